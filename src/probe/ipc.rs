//! How long a message takes from one worker to another, and how many come through, by each way and length.
//!
//! The two are on different processors where there are two, and the receiver reads every byte: whoever does not touch
//! what arrives measures a fraction of it. **Latency** is half of a round trip with messages of the same length both
//! ways, so that the receiver mostly waits when one arrives: asleep, or spinning, as the way has it. **Throughput** is what a
//! stream in one direction comes to, from when it is in full flow.

use std::time::Duration;

use rustix::thread::CpuSet;

use super::home::{Home, Slate};
use super::place::{apart, settle};
use super::route::{End, Route, Way};
use super::timed::typical_ns;
use super::{FEW, Findings, Probe, Round};
use crate::error::{Error, Result};
use crate::run::Profile;
use crate::sys::clock_ns;

pub(super) const PROBE: Probe = Probe {
    id: "ipc",
    question: "How fast do messages pass between threads and between processes by a queue, a pipe, a socket and bare memory?",
    rounds: FEW,
    run,
};

/// Bytes of a message.
const LENGTHS: [usize; 4] = [8, 64, 1024, 65_536];
/// The same in a hurry.
const LENGTH: [usize; 1] = [64];
/// Round trips between two looks at the clock, and messages of a stream.
const BATCH: u32 = 8;
/// Bytes that a route has room for, and the fewest and the most messages: a stream of short ones is to depend on how they
/// pass and not on how often one of the two finds the route empty or full.
const ROOM: usize = 256 * 1024;
const SLOTS: (usize, usize) = (8, 1024);
/// In the place of a message's number: there will be none any more.
const END: u64 = u64::MAX;

/// Places on the slate: nanoseconds of a round trip and of the stream, messages of the stream, and messages that were
/// not what they should have been.
const ROUND_TRIP: usize = 0;
const STREAM_NS: usize = 1;
const STREAMED: usize = 2;
const WRONG: usize = 3;

/// What is found of one way with messages of one length.
#[derive(Debug)]
struct Found {
    latency_ns: f64,
    per_s: f64,
}

fn run(round: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    let quick = round.profile == Profile::Quick;
    let time = Duration::from_micros(if quick { 1500 } else { 4000 });
    let masks = apart(round.cores)?;
    let lengths = if quick { &LENGTH[..] } else { &LENGTHS[..] };
    let ways = Home::BOTH.into_iter().flat_map(|home| Way::ALL.map(|way| (home, way)));
    let arms = ways.flat_map(|(home, way)| lengths.iter().map(move |&length| (home, way, length)));
    round.arms(&mut findings, arms, |(home, way, length), findings| {
        let found = exchange(home, way, length, time, masks)?;
        let name = |what: &str| format!("{}/{}/{length}B/{what}", home.name(), way.name());
        findings.add(name("latency"), "ns", found.latency_ns);
        findings.add(name("throughput"), "/s", found.per_s);
        Ok(())
    })?;
    Ok(findings)
}

/// Messages to and fro for so long, and then a stream for as long.
fn exchange(home: Home, way: Way, length: usize, time: Duration, [here, there]: [CpuSet; 2]) -> Result<Found> {
    let slots = (ROOM / length).clamp(SLOTS.0, SLOTS.1);
    let route = || Route::new(way, home, length, slots);
    let (forth, back, slate) = (route()?, route()?, Slate::new(4)?);
    let sender = || {
        settle(&here);
        let mut sender = Sender::new(&forth, length);
        let mut replies = Receiver::new(&back);
        let round_trip = typical_ns(time, BATCH, || {
            sender.send();
            replies.receive();
        });
        sender.end();
        stream(&mut sender, time, 3 * slots as u64);
        slate.add(ROUND_TRIP, round_trip.to_bits());
        slate.add(WRONG, replies.wrong);
    };
    let receiver = || {
        settle(&there);
        let mut receiver = Receiver::new(&forth);
        let mut replies = Sender::new(&back, length);
        while receiver.receive() {
            replies.send();
        }
        // From when the route has been filled twice: its memory has been touched, and both are at it.
        if (0..2 * slots).all(|_| receiver.receive()) {
            let began = clock_ns();
            let mut messages = 0;
            while receiver.receive() {
                messages += 1;
            }
            slate.add(STREAM_NS, clock_ns() - began);
            slate.add(STREAMED, messages);
        }
        slate.add(WRONG, receiver.wrong);
    };
    home.together(&[&sender, &receiver], || ())?;
    if slate.get(WRONG) > 0 {
        return Err(Error::request(format!("{} messages of a {} were damaged", slate.get(WRONG), way.name())));
    }
    let (streamed, stream_ns) = (slate.get(STREAMED) as f64, slate.get(STREAM_NS) as f64);
    let per_s = if streamed > 0.0 { streamed * 1e9 / stream_ns } else { f64::NAN };
    Ok(Found { latency_ns: f64::from_bits(slate.get(ROUND_TRIP)) / 2.0, per_s })
}

/// One message after another for about so long, and at least so many.
fn stream(sender: &mut Sender<'_>, time: Duration, least: u64) {
    let until = clock_ns() + time.as_nanos() as u64;
    let least = sender.number + least;
    while clock_ns() < until || sender.number < least {
        (0..BATCH).for_each(|_| sender.send());
    }
    sender.end();
}

/// Sends messages that are told apart by a number, which stands in every word of them.
struct Sender<'a> {
    end: End<'a>,
    message: Vec<u8>,
    number: u64,
}

impl<'a> Sender<'a> {
    fn new(route: &'a Route, length: usize) -> Self {
        Self { end: route.end(), message: vec![0; length], number: 0 }
    }

    fn send(&mut self) {
        self.number += 1;
        self.put(self.number);
    }

    fn end(&mut self) {
        self.put(END);
    }

    fn put(&mut self, number: u64) {
        self.message.as_chunks_mut::<8>().0.fill(number.to_ne_bytes());
        self.end.send(&self.message);
    }
}

/// Receives them, and reads every byte.
struct Receiver<'a> {
    end: End<'a>,
    message: Vec<u8>,
    number: u64,
    wrong: u64,
}

impl<'a> Receiver<'a> {
    fn new(route: &'a Route) -> Self {
        Self { end: route.end(), message: vec![], number: 0, wrong: 0 }
    }

    /// Whether there was a message, or else the end of them.
    fn receive(&mut self) -> bool {
        self.end.receive(&mut self.message);
        let words = self.message.as_chunks::<8>().0;
        let first = u64::from_ne_bytes(words[0]);
        let more = first != END;
        self.number += u64::from(more);
        let expected = if more { self.number } else { END };
        let differ = words.iter().fold(0, |differ, word| differ | (u64::from_ne_bytes(*word) ^ expected));
        self.wrong += u64::from(differ != 0);
        more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_damaged_lost_or_doubled_is_seen() {
        let route = Route::new(Way::Queue, Home::Thread, 64, 8).unwrap();
        let (mut sender, mut receiver) = (Sender::new(&route, 64), Receiver::new(&route));
        let mut wrong = |number: u64, damage: usize| {
            sender.put(number);
            let mut message = vec![];
            route.end().receive(&mut message);
            message[damage] ^= u8::from(damage > 0);
            route.end().send(&message);
            let before = receiver.wrong;
            assert!(receiver.receive());
            receiver.wrong - before
        };
        assert_eq!(wrong(1, 0), 0);
        assert_eq!(wrong(2, 63), 1, "a byte at the very end");
        assert_eq!(wrong(4, 0), 1, "the third is lost");
        assert_eq!(wrong(4, 0), 0);
        assert_eq!(wrong(4, 0), 1, "once more");
    }
}
