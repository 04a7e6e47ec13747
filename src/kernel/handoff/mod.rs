//! Be handed a payload by a dispatcher in another process, then work on it: the life of a worker of a pool.
//!
//! The row is a sequence of jobs: one step in which the payload comes, then a fixed number of steps that each read their
//! share of its bytes and compute a little, so that every byte is read and a safepoint is never far.
//!
//! Who hands out is the kernel's [peer](super::peer), a process outside the workers, under every model. A kernel is not
//! told who runs it, so it cannot take its payload by reference from a thread and by value from a process; if it could,
//! the same case would be other work under another model. What is the same for all is a pool whose jobs come from
//! outside, as from a broker: the bytes cross a process boundary once, receiving lets go of the lock, and what they cost
//! falls on threads as on processes. What threads spare who have their dispatcher *inside*, in whose memory a payload
//! stays where it is, is no property of a kernel, but of the place of the dispatcher; the probe `crossover` measures
//! that, on a grid of the same jobs ([`job`]).

pub(crate) mod job;
mod wire;

use std::net::{TcpListener, TcpStream};

use super::chained::chained;
use super::mix::mix;
use super::peer::{connect, serve};
use super::{Bound, Kernel, Seat, Task, Thread};
use crate::error::{Error, Result};

/// Time of one step's computing on the machine of the calibration (AMD EPYC, 2 virtual cores, release build), in
/// nanoseconds.
const SLICE_NS: u64 = 300;

/// The kernel for payloads of one size and jobs of one length.
pub(super) struct Handoff {
    pub(super) name: &'static str,
    /// Bytes of a payload.
    pub(super) bytes: usize,
    /// Computing for a job, in microseconds.
    pub(super) work_us: u64,
}

impl Handoff {
    /// Steps that compute, per step that receives.
    fn slices(&self) -> u64 {
        (self.work_us * 1000 / SLICE_NS).max(1)
    }
}

impl Kernel for Handoff {
    fn name(&self) -> &'static str {
        self.name
    }

    fn bound(&self) -> Bound {
        Bound::Mixed
    }

    fn summary(&self) -> &'static str {
        "is handed 64 KiB by a dispatcher in another process, and works on it for 0.25 ms"
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        let cycle = self.cycle();
        let mut worker = Worker { stream: connect(seat)?, payload: vec![0; self.bytes], cycle };
        // Whoever begins within a job has its payload; and at both ends, memory has been touched before it is timed.
        wire::receive(&mut worker.stream, seat.first() / cycle, &mut worker.payload)
            .map_err(Error::os("receiving the first payload"))?;
        Ok(chained(seat, move |number, thread| worker.step(number, thread)))
    }

    fn cycle(&self) -> u64 {
        self.slices() + 1
    }

    fn peer(&self) -> Option<fn(TcpListener)> {
        Some(|listener| serve(&listener, wire::hand_out_all))
    }
}

struct Worker {
    stream: TcpStream,
    payload: Vec<u8>,
    cycle: u64,
}

impl Worker {
    fn step(&mut self, number: u64, thread: &dyn Thread) -> u64 {
        let (job, place) = (number / self.cycle, number % self.cycle);
        match place.checked_sub(1) {
            None => self.receive(job, thread),
            Some(slice) => churn(number ^ job::read(self.share(slice))),
        }
    }

    fn receive(&mut self, job: u64, thread: &dyn Thread) -> u64 {
        thread
            .blocking(|| wire::receive(&mut self.stream, job, &mut self.payload))
            .unwrap_or_else(|error| panic!("the step was not handed job {job}: {error}"));
        mix(job)
    }

    /// The bytes that a slice of the work reads. Those of all slices are the whole payload.
    fn share(&self, slice: u64) -> &[u8] {
        let edge = |slice: u64| (self.payload.len() as u64 * slice / (self.cycle - 1)) as usize;
        &self.payload[edge(slice)..edge(slice + 1)]
    }
}

/// Computes in registers for about [`SLICE_NS`].
fn churn(seed: u64) -> u64 {
    (0..48).fold(seed, |value, _| mix(value))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NoLock, peer_of};
    use super::*;

    const SMALL: Handoff = Handoff { name: "", bytes: 1000, work_us: 2 };

    #[test]
    fn the_shares_of_all_slices_are_the_whole_payload() {
        let kernel = Handoff { name: "", bytes: 1003, work_us: 3 };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let worker = Worker { stream, payload: (0..1003).map(|at| (at % 251) as u8).collect(), cycle: kernel.cycle() };
        let all: Vec<u8> = (0..kernel.slices()).flat_map(|slice| worker.share(slice).to_vec()).collect();
        assert_eq!(all, worker.payload);
    }

    #[test]
    fn a_seat_may_begin_within_a_job() {
        let peer = peer_of(&SMALL);
        let total = 3 * SMALL.cycle();
        let steps = |seat: &Seat| {
            let mut task = SMALL.prepare(&seat.clone().with_peer(peer)).unwrap();
            (0..seat.steps()).map(|_| task.step(&NoLock)).collect::<Vec<_>>()
        };
        let whole = Seat::new(0, 1, total);
        let parts: Vec<u64> = whole.split(total as usize).iter().flat_map(steps).collect();
        assert_eq!(parts, steps(&whole));
    }

    #[test]
    fn what_a_step_answers_depends_on_the_bytes_it_was_handed() {
        let step = |bytes| {
            let kernel = Handoff { name: "", bytes, work_us: 2 };
            let mut task = kernel.prepare(&Seat::new(0, 1, 2).with_peer(peer_of(&kernel))).unwrap();
            [task.step(&NoLock), task.step(&NoLock)]
        };
        let (short, long) = (step(1000), step(8000));
        assert_eq!(short[0], long[0], "receiving answers with the job's number");
        assert_ne!(short[1], long[1]);
    }
}
