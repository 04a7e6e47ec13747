//! Fetch a page from a server 1 ms away, then parse it: waiting and computing in turn, in a chosen proportion.
//!
//! The row is a sequence of cycles: one step that fetches, then a fixed number of steps that parse one paragraph each.
//! Parsing is cut that finely because a safepoint lies between steps only, as it does between two bytecodes; and the
//! number of paragraphs is a constant rather than timed, because every model must do the same work. The proportion is
//! therefore exact on a machine like the one [`SLICE_NS`] was read on, and approximate elsewhere. A seat that begins
//! within a cycle is given that cycle's page when it is prepared.
//!
//! [`page`] says what a page is, [`parse`] what is done with it, [`wire`] how it is asked for.

mod page;
mod parse;
mod wire;

use std::net::{TcpListener, TcpStream};

use super::chained::chained;
use super::mix::mix;
use super::peer::{connect, serve};
use super::{Bound, Kernel, Seat, Task, Thread};
use crate::error::Result;

/// Time of one fetch: the server's latency, and the round trip over loopback.
const FETCH_NS: u64 = 1_100_000;
/// Time to parse one paragraph on the machine of the calibration (AMD EPYC, 2 virtual cores, release build).
const SLICE_NS: u64 = 310;

/// The kernel for one share of computing.
pub(super) struct Crawl {
    pub(super) name: &'static str,
    /// How much of a cycle's time is spent parsing when nobody else runs; 1 to 99.
    pub(super) cpu_percent: u64,
}

impl Crawl {
    /// Steps that parse, per step that fetches.
    fn slices(&self) -> u64 {
        FETCH_NS * self.cpu_percent / (100 - self.cpu_percent) / SLICE_NS
    }
}

impl Kernel for Crawl {
    fn name(&self) -> &'static str {
        self.name
    }

    fn bound(&self) -> Bound {
        Bound::Mixed
    }

    fn summary(&self) -> &'static str {
        "fetches pages over loopback (1 ms) and parses them; the number is the per cent of time spent parsing"
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        let mut crawler = Crawler::new(connect(seat)?, self.cycle(), seat.first());
        Ok(chained(seat, move |number, thread| crawler.step(number, thread)))
    }

    fn cycle(&self) -> u64 {
        self.slices() + 1
    }

    fn peer(&self) -> Option<fn(TcpListener)> {
        Some(|listener| serve(&listener, wire::answer_all))
    }
}

struct Crawler {
    stream: TcpStream,
    response: Box<wire::Response>,
    cycle: u64,
}

impl Crawler {
    fn new(stream: TcpStream, cycle: u64, first: u64) -> Self {
        Self { stream, response: wire::response(first / cycle), cycle }
    }

    fn step(&mut self, number: u64, thread: &dyn Thread) -> u64 {
        let (page, place) = (number / self.cycle, number % self.cycle);
        match place.checked_sub(1) {
            None => self.fetch(page, thread),
            Some(slice) => self.parse(slice) ^ mix(number),
        }
    }

    fn fetch(&mut self, page: u64, thread: &dyn Thread) -> u64 {
        wire::fetch(&mut self.stream, page, &mut self.response, thread)
            .unwrap_or_else(|error| panic!("the step could not fetch page {page}: {error}"));
        mix(page)
    }

    fn parse(&self, slice: u64) -> u64 {
        parse::paragraph(page::paragraph(wire::body(&self.response), slice)).digest()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NoLock, peer_of};
    use super::*;

    #[test]
    fn the_share_of_computing_sets_the_length_of_a_cycle() {
        let slices = |cpu_percent| Crawl { name: "", cpu_percent }.slices();
        assert_eq!((slices(25), slices(50), slices(75)), (1182, 3548, 10645));
    }

    #[test]
    fn a_seat_may_begin_within_a_cycle() {
        let kernel = Crawl { name: "crawl-1", cpu_percent: 1 };
        let peer = peer_of(&kernel);
        let total = 3 * (kernel.slices() + 1);
        let steps = |seat: &Seat| {
            let mut task = kernel.prepare(&seat.clone().with_peer(peer)).unwrap();
            (0..seat.steps()).map(|_| task.step(&NoLock)).collect::<Vec<_>>()
        };
        let whole = Seat::new(0, 1, total);
        let parts: Vec<u64> = whole.split(total as usize).iter().flat_map(steps).collect();
        assert_eq!(parts, steps(&whole));
    }
}
