//! Request and response over two pipes, answered after 0.5 ms by a neighbour.
//!
//! The neighbour is a thread of the worker's own process that never asks for the lock, like a helper written in C. It
//! sleeps for nearly all of its life, and lives as long as the task: it ends at the end of the pipe and is waited for.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task, Thread};
use crate::error::{Error, Result};

const PAUSE: Duration = Duration::from_micros(500);
const STACK_BYTES: usize = 64 * 1024;

pub(super) struct Pipe;

impl Kernel for Pipe {
    fn name(&self) -> &'static str {
        "pipe"
    }

    fn bound(&self) -> Bound {
        Bound::Io
    }

    fn summary(&self) -> &'static str {
        "asks a neighbour over a pipe and waits 0.5 ms for the answer"
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        let mut neighbour = Neighbour::start().map_err(Error::os("starting a neighbour at the end of two pipes"))?;
        Ok(chained(seat, move |number, thread| {
            neighbour
                .ask(number, thread)
                .unwrap_or_else(|error| panic!("the step got no answer from its neighbour: {error}"))
        }))
    }
}

/// The worker's ends of the two pipes, and the thread at the others.
struct Neighbour {
    /// There until the drop: closing it is what ends the thread.
    requests: Option<PipeWriter>,
    responses: PipeReader,
    thread: Option<JoinHandle<()>>,
}

impl Neighbour {
    fn start() -> io::Result<Self> {
        let (their_requests, requests) = io::pipe()?;
        let (responses, their_responses) = io::pipe()?;
        let answer = move || answer_all(their_requests, their_responses);
        let thread = thread::Builder::new().name("neighbour".into()).stack_size(STACK_BYTES).spawn(answer)?;
        Ok(Self { requests: Some(requests), responses, thread: Some(thread) })
    }

    fn ask(&mut self, number: u64, thread: &dyn Thread) -> io::Result<u64> {
        let requests = self.requests.as_mut().expect("requests are open until the drop");
        let mut message = number.to_le_bytes();
        thread.blocking(|| requests.write_all(&message))?;
        thread.blocking(|| self.responses.read_exact(&mut message))?;
        Ok(u64::from_le_bytes(message))
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        self.requests = None;
        let ended = self.thread.take().map(JoinHandle::join);
        debug_assert!(matches!(ended, Some(Ok(()))), "the neighbour panicked");
    }
}

/// The neighbour's life: answers each number with its mix, until either pipe ends.
fn answer_all(mut requests: PipeReader, mut responses: PipeWriter) {
    let mut message = [0; 8];
    while requests.read_exact(&mut message).is_ok() {
        thread::sleep(PAUSE);
        let answer = mix(u64::from_le_bytes(message)).to_le_bytes();
        if responses.write_all(&answer).is_err() {
            return;
        }
    }
}
