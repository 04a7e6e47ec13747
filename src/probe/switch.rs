//! What it costs to hand over from one worker to another: threads and processes, on one processor and on two.
//!
//! Two workers take turns at one word of shared memory. On the same processor a turn is a switch of the operating
//! system: the one's registers and stack are put away and the other's come back, and between processes the address
//! space with them. On two processors both stay where they are, and what is handed over is a cache line and, if the
//! waiter sleeps, its wake-up.
//!
//! Who **sleeps** waits in a futex and is woken by every hand-over; between threads the futex is private to their
//! process, as it would be in a program. Who **spins** looks at the word, and after [`LOOKS`] looks lets others have the
//! processor, without which two spinning workers on one processor would wait for the scheduler's slice to end.
//!
//! Two that sleep on two processors have a second mode, seldom entered and then kept for a while: each is answered before
//! it has fallen asleep, and a hand-over takes a hundredth of the usual time. Rounds tell the two apart.
//!
//! That state is saved is counted beside it: each worker carries a number through all of its turns, which comes out
//! right only if every switch has brought back what the last one took away.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::thread::{CpuSet, futex};

use super::home::{Home, Slate};
use super::place::{places, settle};
use super::timed::typical_ns;
use super::{Findings, Probe, Round, TIMED};
use crate::error::{Error, Result};
use crate::run::Profile;
use crate::sys::Shared;

pub(super) const PROBE: Probe = Probe {
    id: "switch",
    question: "What does a hand-over from one worker to another cost, between threads and between processes?",
    rounds: TIMED,
    run,
};

/// Round trips between two looks at the clock.
const BATCH: u32 = 16;
/// Looks of a spinning worker before others may have the processor.
const LOOKS: u32 = 32;

/// Values of the word: whose turn it is, or that there will be none any more.
const FIRST: u32 = 0;
const SECOND: u32 = 1;
const OVER: u32 = 2;

/// Places on the slate: nanoseconds of a round trip (as bits), turns of each, and the number that each has carried.
const ROUND_TRIP: usize = 0;
const TURNS: [usize; 2] = [1, 2];
const CARRIED: [usize; 2] = [3, 4];

/// How a worker waits for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    Sleeping,
    Spinning,
}

fn run(round: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    let length = Duration::from_millis(if round.profile == Profile::Quick { 2 } else { 20 });
    let mut arms = vec![];
    for (number, home) in Home::BOTH.into_iter().enumerate() {
        for (place, masks) in places(round.cores)? {
            for wait in [(Wait::Sleeping, "sleeping"), (Wait::Spinning, "spinning")] {
                arms.push((number, home, place, masks, wait));
            }
        }
    }
    let (mut lost, mut switches) = ([0; 2], [0; 2]);
    round.arms(&mut findings, arms, |(number, home, place, masks, (wait, words)), findings| {
        let (round_trip, turns, wrong) = take_turns(home, wait, masks, length)?;
        let name = |what: &str| format!("{}/{}/{words}/{what}", home.name(), place.name());
        findings.add(name("round-trip"), "ns", round_trip);
        findings.add(name("hand-over"), "ns", round_trip / 2.0);
        lost[number] += wrong;
        switches[number] += turns;
        Ok(())
    })?;
    for (number, home) in Home::BOTH.into_iter().enumerate() {
        findings.count(format!("{}/state-lost", home.name()), f64::from(lost[number]), switches[number]);
    }
    Ok(findings)
}

/// Nanoseconds of a round trip, turns of both workers, and how many of the two lost what they carried.
fn take_turns(home: Home, wait: Wait, [here, there]: [CpuSet; 2], length: Duration) -> Result<(f64, u64, u32)> {
    let (memory, slate) = (Shared::new(0).map_err(Error::os("sharing memory"))?, Slate::new(5)?);
    let flags = if home == Home::Thread { futex::Flags::PRIVATE } else { futex::Flags::empty() };
    let baton = Baton { turn: &memory.head()[0], wait, flags };
    let first = || {
        settle(&here);
        let mut own = State::new(0);
        let round_trip = typical_ns(length, BATCH, || {
            own.turn();
            baton.give(SECOND);
            baton.wait_while(SECOND);
        });
        baton.give(OVER);
        slate.add(ROUND_TRIP, round_trip.to_bits());
        own.write(0, &slate);
    };
    let second = || {
        settle(&there);
        let mut own = State::new(1);
        while baton.wait_while(FIRST) != OVER {
            own.turn();
            baton.give(FIRST);
        }
        own.write(1, &slate);
    };
    home.together(&[&first, &second], || ())?;
    let right = |worker: usize| {
        let turns = slate.get(TURNS[worker]);
        turns == slate.get(TURNS[0]) && slate.get(CARRIED[worker]) == State::after(worker, turns).carried
    };
    let turns = TURNS.iter().map(|place| slate.get(*place)).sum();
    Ok((f64::from_bits(slate.get(ROUND_TRIP)), turns, (0..2).map(|worker| u32::from(!right(worker))).sum()))
}

/// The word, and how to wait for it.
#[derive(Debug, Clone, Copy)]
struct Baton<'a> {
    turn: &'a AtomicU32,
    wait: Wait,
    flags: futex::Flags,
}

impl Baton<'_> {
    #[inline]
    fn give(&self, turn: u32) {
        self.turn.store(turn, Ordering::SeqCst);
        if self.wait == Wait::Sleeping {
            let _ = futex::wake(self.turn, self.flags, 1);
        }
    }

    /// Waits until it is another turn than this one; which.
    #[inline]
    fn wait_while(&self, turn: u32) -> u32 {
        let mut looks = 0_u32;
        loop {
            let seen = self.turn.load(Ordering::SeqCst);
            if seen != turn {
                return seen;
            }
            looks += 1;
            if self.wait == Wait::Sleeping {
                // Whatever ends it, the word says what there is.
                let _ = futex::wait(self.turn, self.flags, turn, None);
            } else if looks.is_multiple_of(LOOKS) {
                std::thread::yield_now();
            } else {
                std::hint::spin_loop();
            }
        }
    }
}

/// What a worker carries through its turns: each depends on the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    carried: u64,
    turns: u64,
}

impl State {
    fn new(worker: usize) -> Self {
        Self { carried: worker as u64, turns: 0 }
    }

    /// What it must be after so many turns.
    fn after(worker: usize, turns: u64) -> Self {
        let mut state = Self::new(worker);
        (0..turns).for_each(|_| state.turn());
        state
    }

    #[inline]
    fn turn(&mut self) {
        self.carried = self.carried.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.turns += 1;
    }

    fn write(self, worker: usize, slate: &Slate) {
        slate.add(TURNS[worker], self.turns);
        slate.add(CARRIED[worker], self.carried);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_that_is_missing_or_doubled_shows() {
        let state = State::after(1, 1000);
        assert_ne!(state.carried, State::after(1, 999).carried);
        assert_ne!(state.carried, State::after(1, 1001).carried);
        assert_ne!(state.carried, State::after(0, 1000).carried);
    }

    #[test]
    fn on_one_core_there_is_no_other() {
        let round = Round {
            profile: Profile::Quick,
            cores: 1,
            knobs: crate::run::Knobs::default(),
            traced: false,
            number: 0,
            seed: 1,
        };
        let findings = run(&round).unwrap();
        assert!(findings.values.iter().all(|value| !value.0.contains("other-core")), "{findings:?}");
        let lost: Vec<_> = findings.values.iter().filter(|value| value.0.ends_with("state-lost")).collect();
        assert_eq!(lost.len(), 2);
        assert!(lost.iter().all(|value| value.2 <= 0.0), "{lost:?}");
    }
}
