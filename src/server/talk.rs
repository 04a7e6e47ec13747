//! Talking to one client until it leaves.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use memchr::memchr_iter;

use super::tally::Tally;
use super::work::compute;
use crate::lock::Worker;

/// Bytes that are read at once, as in the textbook's `recv(1024)`.
const BUFFER: usize = 1024;

/// What the threads of one process have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    /// Where they count what they do.
    pub(super) tally: &'a Tally,
    /// Which row of it is theirs.
    pub(super) row: usize,
    /// Steps of computing for a request.
    pub(super) steps: u64,
}

/// What one thread of a server does for its clients.
#[derive(Debug)]
pub(super) struct Talk<'a> {
    part: Part<'a>,
    worker: Option<Worker<'a>>,
}

impl<'a> Talk<'a> {
    /// For a thread that is this worker of a lock, if there is one.
    pub(super) fn new(part: Part<'a>, worker: Option<Worker<'a>>) -> Self {
        Self { part, worker }
    }

    /// Answers a client until it leaves; that it left without a word of farewell is its own affair.
    pub(super) fn to(&self, stream: &TcpStream) {
        let Part { tally, row, .. } = self.part;
        tally.came(row);
        self.attach();
        let _ = self.answer_all(stream);
        self.detach();
        tally.left(row);
    }

    /// Each call that may wait lets go of the lock, as in CPython: who has sent needs it again before it can receive.
    fn answer_all(&self, mut stream: &TcpStream) -> io::Result<()> {
        let Part { tally, row, steps } = self.part;
        let mut buffer = [0; BUFFER];
        loop {
            let length = self.blocking(|| read(stream, &mut buffer))?;
            if length == 0 {
                return Ok(());
            }
            let bytes = &mut buffer[..length];
            let requests = requests(bytes);
            compute(requests * steps, self.worker.as_ref());
            bytes.make_ascii_uppercase();
            tally.answered(row, requests);
            self.blocking(|| stream.write_all(bytes))?;
        }
    }

    fn blocking<R>(&self, call: impl FnOnce() -> R) -> R {
        self.detach();
        let outcome = call();
        self.attach();
        outcome
    }

    fn attach(&self) {
        if let Some(worker) = &self.worker {
            worker.attach();
        }
    }

    fn detach(&self) {
        if let Some(worker) = &self.worker {
            worker.detach();
        }
    }
}

fn read(mut stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

/// Requests in what was read at once: its lines, or one if it has no end of a line.
fn requests(bytes: &[u8]) -> u64 {
    (memchr_iter(b'\n', bytes).count() as u64).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_a_line_or_what_has_none() {
        assert_eq!(requests(b"one\ntwo\n"), 2);
        assert_eq!(requests(b"no line"), 1);
        assert_eq!(requests(b"end\nbegin"), 1);
    }
}
