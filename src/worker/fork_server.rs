//! The `fork-server` start method: a clean, single-threaded child that forks on request.
//!
//! A request is one byte with two descriptors, the new worker's socket and its standard error; the answer is the
//! worker's process id. The new process is the child of whoever started the server, which can therefore wait for it
//! and need not be told how it ended.

use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;

use rustix::process::Pid;

use super::launch::{self, Process};
use super::wire::{receive_with_descriptors, send_with_descriptors};
use crate::sys::{self, Forked, SingleThreaded};

/// The one server of this process, started when first needed and ended with this process: as Python has it.
static SERVER: Mutex<Option<Server>> = Mutex::new(None);

struct Server {
    process: Process,
}

/// Starts a worker process by fork.
pub(super) fn start(socket: &UnixStream, stderr: &OwnedFd) -> io::Result<Pid> {
    let mut server = SERVER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if server.is_none() {
        *server = Some(Server::start()?);
    }
    let outcome = server.as_ref().expect("started above").fork(socket, stderr);
    if outcome.is_err() {
        // It may have been killed; the next request gets a new one.
        *server = None;
    }
    outcome
}

impl Server {
    fn start() -> io::Result<Self> {
        Ok(Self { process: launch::spawn("fork-server", &launch::last_words()?)? })
    }

    fn fork(&self, socket: &UnixStream, stderr: &OwnedFd) -> io::Result<Pid> {
        let mut line = self.process.socket();
        let gone = |error: io::Error| io::Error::new(error.kind(), "the fork server is gone");
        send_with_descriptors(line, b"f", &[socket.as_fd(), stderr.as_fd()]).map_err(gone)?;
        let mut answer = [0; 4];
        line.read_exact(&mut answer).map_err(gone)?;
        match i32::from_le_bytes(answer) {
            pid if pid > 0 => Ok(Pid::from_raw(pid).expect("positive")),
            code => Err(io::Error::from_raw_os_error(-code)),
        }
    }
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
        let mut request = [0; 1];
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
        if (&line).write_all(&answer.to_le_bytes()).is_err() {
            sys::leave(0);
        }
    }
}
