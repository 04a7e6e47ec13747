//! The `fork-server` start method: a clean, single-threaded child that forks on request.
//!
//! A request is a ticket with two descriptors, the new worker's socket and its standard error; the answer is the ticket
//! with the worker's process id. Nobody waits for the answer before the worker is at work: a parent that woke up to
//! read it would take the processor on which the worker is about to start. The new process is the child of whoever
//! started the server, which can therefore wait for it and need not be told how it ended.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::time::Duration;

use rustix::process::Pid;

use super::launch::{self, Process};
use super::wire::{receive_with_descriptors, send_with_descriptors};
use crate::sys::{self, Forked, SingleThreaded};

/// The one server of this process, started when first needed and ended with this process: as CPython has it.
static SERVER: Mutex<Option<Server>> = Mutex::new(None);

/// How long a server may take to answer before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);

struct Server {
    process: Process,
    /// The latest request's number.
    ticket: u32,
    /// Answers that have been read, but not asked for yet.
    answers: BTreeMap<u32, i32>,
}

/// Has a worker process forked; returns the ticket that [`pid`] takes.
pub(super) fn request(socket: &UnixStream, stderr: &OwnedFd) -> io::Result<u32> {
    with_server(|server| {
        server.ticket += 1;
        let request = server.ticket.to_le_bytes();
        send_with_descriptors(server.process.socket(), &request, &[socket.as_fd(), stderr.as_fd()]).map_err(gone)?;
        Ok(server.ticket)
    })
}

/// The process id of the worker with this ticket; waits for the answer.
pub(super) fn pid(ticket: u32) -> io::Result<Pid> {
    with_server(|server| {
        while !server.answers.contains_key(&ticket) {
            let mut line = server.process.socket();
            let mut answer = [0; 8];
            line.read_exact(&mut answer).map_err(gone)?;
            let [ticket, pid] = [&answer[..4], &answer[4..]].map(|half| half.try_into().expect("half of eight bytes"));
            server.answers.insert(u32::from_le_bytes(ticket), i32::from_le_bytes(pid));
        }
        match server.answers.remove(&ticket) {
            Some(pid) if pid > 0 => Ok(Pid::from_raw(pid).expect("positive")),
            code => Err(io::Error::from_raw_os_error(-code.unwrap_or_default())),
        }
    })
}

/// Talks to the server, which is started if need be.
fn with_server<R>(talk: impl FnOnce(&mut Server) -> io::Result<R>) -> io::Result<R> {
    let mut server = SERVER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut present = if let Some(server) = server.take() {
        server
    } else {
        let process = launch::spawn("fork-server", &launch::last_words()?)?;
        process.socket().set_read_timeout(Some(PATIENCE))?;
        Server { process, ticket: 0, answers: BTreeMap::new() }
    };
    let outcome = talk(&mut present);
    // After an error of the line the server may be dead, and the next request gets a new one.
    if outcome.as_ref().map_or_else(refused, |_| true) {
        *server = Some(present);
    }
    outcome
}

/// The line's errors, called what they mean.
fn gone(error: impl Into<io::Error>) -> io::Error {
    let error = error.into();
    let what = if error.kind() == io::ErrorKind::WouldBlock { "does not answer" } else { "is gone" };
    io::Error::new(error.kind(), format!("the fork server {what}"))
}

/// Whether the error is the system's refusal to fork, after which the server is as good as before.
fn refused(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::ENOMEM))
}

/// Serves requests until the parent is gone; each child becomes a worker.
pub(super) fn serve(line: UnixStream, be_worker: &dyn Fn(UnixStream) -> Infallible) -> ! {
    let alone = match SingleThreaded::check() {
        Ok(alone) => alone,
        Err(error) => {
            eprintln!("gilbench: {error}");
            sys::leave(3);
        }
    };
    loop {
        let mut request = [0; 4];
        let (got, descriptors) = receive_with_descriptors(&line, &mut request).unwrap_or_default();
        let Ok([socket, stderr]) = <[OwnedFd; 2]>::try_from(descriptors) else { sys::leave(0) };
        if got == 0 {
            sys::leave(0);
        }
        let answer = match sys::fork_for_parent(&alone) {
            Ok(Forked::Child) => {
                // Only the server may hold this end: if it dies, its parent must hear so at once, though its workers live
                // on and wait for a team that would never be complete.
                drop(line);
                let adopted = sys::adopt_descriptor(&socket, 0).and_then(|()| sys::adopt_descriptor(&stderr, 2));
                if adopted.is_err() {
                    sys::leave(3);
                }
                match be_worker(UnixStream::from(socket)) {}
            }
            Ok(Forked::Parent(pid)) => pid.as_raw_nonzero().get(),
            Err(error) => -error.raw_os_error().unwrap_or(1),
        };
        if (&line).write_all(&[request, answer.to_le_bytes()].concat()).is_err() {
            sys::leave(0);
        }
    }
}
