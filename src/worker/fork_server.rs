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
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
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
    /// The latest request's number; servers count on where the last one ended, so a ticket belongs to one of them.
    ticket: u32,
    /// The number before its first request's.
    base: u32,
    /// Answers that have been read, but not asked for yet.
    answers: BTreeMap<u32, i32>,
}

/// Has a worker process forked, by a server that is started if need be; returns the ticket that [`pid`] takes.
pub(super) fn request(socket: &UnixStream, stderr: &OwnedFd) -> io::Result<u32> {
    static LATEST: AtomicU32 = AtomicU32::new(0);
    let mut server = lock();
    if server.is_none() {
        *server = Some(Server::start(LATEST.load(Ordering::Relaxed))?);
    }
    let present = server.as_mut().expect("started above");
    present.ticket += 1;
    LATEST.store(present.ticket, Ordering::Relaxed);
    let request = present.ticket.to_le_bytes();
    let sent = send_with_descriptors(present.process.socket(), &request, &[socket.as_fd(), stderr.as_fd()]);
    let ticket = present.ticket;
    if sent.is_err() {
        // It has been killed; the next request gets a new one.
        *server = None;
    }
    sent.map(|_| ticket).map_err(gone)
}

/// The process id of the worker with this ticket; waits for the answer.
///
/// # Errors
/// If the server could not fork, or is gone: then nobody knows the id any more.
pub(super) fn pid(ticket: u32) -> io::Result<Pid> {
    let mut server = lock();
    let present = server.as_mut().filter(|server| server.base < ticket);
    let answer = present.ok_or_else(|| gone(io::ErrorKind::NotConnected)).and_then(|server| server.answer(ticket));
    match answer {
        Ok(pid) if pid > 0 => Ok(Pid::from_raw(pid).expect("positive")),
        Ok(code) => Err(io::Error::from_raw_os_error(-code)),
        Err(error) => {
            server.take_if(|server| server.base < ticket);
            Err(error)
        }
    }
}

/// The server itself, if it has been started: whoever weighs its children weighs it too.
pub(crate) fn server() -> Option<Pid> {
    lock().as_mut().and_then(|server| server.process.pid().ok())
}

impl Server {
    fn start(base: u32) -> io::Result<Self> {
        let process = launch::spawn("fork-server", &launch::last_words()?)?;
        process.socket().set_read_timeout(Some(PATIENCE))?;
        Ok(Self { process, ticket: base, base, answers: BTreeMap::new() })
    }

    /// The answer to a ticket: a process id, or a negative error code.
    fn answer(&mut self, ticket: u32) -> io::Result<i32> {
        loop {
            if let Some(answer) = self.answers.remove(&ticket) {
                return Ok(answer);
            }
            let mut line = self.process.socket();
            let mut answer = [0; 8];
            line.read_exact(&mut answer).map_err(gone)?;
            let [ticket, pid] = [&answer[..4], &answer[4..]].map(|half| half.try_into().expect("half of eight bytes"));
            self.answers.insert(u32::from_le_bytes(ticket), i32::from_le_bytes(pid));
        }
    }
}

fn lock() -> MutexGuard<'static, Option<Server>> {
    SERVER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The line's errors, called what they mean.
fn gone(error: impl Into<io::Error>) -> io::Error {
    let error = error.into();
    let what = if error.kind() == io::ErrorKind::WouldBlock { "does not answer" } else { "is gone" };
    io::Error::new(error.kind(), format!("the fork server {what}"))
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
