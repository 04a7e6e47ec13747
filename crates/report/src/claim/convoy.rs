//! A thread that waits for IO beside one that computes waits for the lock on every call.
//!
//! Whoever comes back from a blocking call finds the lock held and asks for it after a whole switch interval, so that a
//! round trip takes the interval longer than alone: once, if the sending call gets the lock back before the other thread
//! is awake, and twice if not (plus two wake-ups, which count most at the shortest interval). So the delay must round to
//! one interval or two: more than half of one, which is where a delay would rather be none, and less than two and a half.
//! A lock that is handed over as soon as somebody comes back stays far below, one that starves waiters far above.
//!
//! Judged is the echo that answers after a millisecond: in that time the thread that computes surely gets the lock. One
//! that answers at once has two modes: the full convoy, and the missed wake-up, in which the thread is back before the
//! other, woken for the lock, gets to run. Which of them a round falls into says more of the operating system's wake-ups
//! than of the lock, so it is shown, with the share of round trips that waited. Nor is an interval judged behind which
//! the answer can hide: a thread that has to wait for the lock after sending finds the answer there when it has it, so
//! that of an interval about as long as the answer takes nothing is left. Judged is the median round trip and
//! not the mean, in which one slice of the scheduler's outweighs fifty round trips; the mean is shown. So is what two
//! threads that compute make of it: which of them gets the lock between is up to the operating system.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Verdict, select};
use crate::run::Run;
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;

const PROBE: &str = "convoy";
/// Delay of a round trip in switch intervals that still rounds to one or two.
const DELAY: (f64, f64) = (0.5, 2.5);
/// Beside how many threads that compute, which number of the round trips is judged.
const JUDGED: (usize, &str) = (1, "p50");
/// Those that are shown, the judged one among them, and what they are called.
const SHOWN: [(usize, &str, &str); 3] =
    [(1, "p50", "median delay"), (1, "mean", "mean delay"), (2, "p50", "median delay beside two threads")];
/// What the readings call the echo that is judged, and the one that is shown.
const ECHOES: [(&str, &str); 2] = [("1000us", "echo after 1 ms"), ("at-once", "echo at once")];

pub(super) const CLAIM: Claim = Claim {
    id: "convoy",
    statement: "Under the lock, a thread that does IO beside one that computes waits about a switch interval for every call.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Probe { sentence: "round trips to an echo, alone and beside a thread that computes", probe: PROBE }]
}

fn check(run: &Run) -> Verdict {
    let mut cells = vec![];
    for (echo, words) in ECHOES {
        for interval_us in intervals(run, echo) {
            let read = |computing: usize, interval_us: u64, what: &str| {
                select::reading(run, PROBE, &format!("{echo}/{computing}-cpu/{interval_us}us/{what}"))
            };
            let interval = format!("{words}, interval {} ms", interval_us as f64 / 1e3);
            for (computing, what, name) in SHOWN {
                // Alone nobody waits for the lock, and the interval is no matter.
                let pair = read(computing, interval_us, what).zip(read(0, 5000, what));
                let Some((beside, alone)) = pair else { continue };
                let subject = format!("{interval}, {name}");
                let cell = Cell::difference(&subject, beside, alone, "intervals", interval_us as f64 * 1e3);
                let judged = echo == ECHOES[0].0 && (computing, what) == JUDGED && !hidden(interval_us);
                cells.push(if judged { cell.judged(Claimed::between(DELAY.0, DELAY.1)) } else { cell });
            }
            let slow = read(1, interval_us, "slow");
            cells.extend(slow.map(|slow| Cell::share(&format!("{interval}, round trips that waited"), slow)));
        }
    }
    let rule = for_every(&format!(
        "the median round trip to an echo that answers after 1 ms, beside one thread that computes, takes longer than \
         alone by more than {} and less than {} switch intervals, which must not be about as long as the answer takes",
        DELAY.0, DELAY.1
    ));
    let otherwise =
        "The echo that answers after 1 ms was not heard both alone and beside one thread that computes.".into();
    Question { run, needs: needs(), rule, otherwise, two_cores: true, cells }.judge()
}

/// Whether the answer of the echo that is judged can hide more than half of this interval, in microseconds, or so much
/// of it that chance decides.
fn hidden(interval_us: u64) -> bool {
    const ANSWER_US: u64 = 1000;
    (ANSWER_US * 2 / 3..ANSWER_US * 3).contains(&interval_us)
}

/// Switch intervals, in microseconds, at which one thread computed beside this echo; the longest first.
fn intervals(run: &Run, echo: &str) -> Vec<u64> {
    let interval = |name: &str| {
        name.strip_prefix(echo)?.strip_prefix("/1-cpu/")?.strip_suffix("us/p50")?.parse().ok().filter(|us| *us > 0)
    };
    let mut all: Vec<u64> = select::readings(run, PROBE).filter_map(|reading| interval(&reading.name)).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    all
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    let mut made = Synthetic::new(2);
    for (echo, alone) in [("1000us", 1.05e6), ("at-once", 12e3)] {
        for what in ["p50", "mean"] {
            made = made.reading(PROBE, &format!("{echo}/0-cpu/5000us/{what}"), "ns", alone);
        }
    }
    for interval_us in [5000, 1000, 500] {
        let interval = f64::from(interval_us) * 1e3;
        // Refuted by one that hands the lock over at once, at the shortest interval alone.
        let delay = if holds || interval_us > 500 { interval + 1e5 } else { 5e4 };
        for (echo, alone) in [("1000us", 1.05e6), ("at-once", 12e3)] {
            let name = |what: &str| format!("{echo}/1-cpu/{interval_us}us/{what}");
            // The other mode of the echo at once: few wait, and the median knows nothing of them.
            let (p50, slow) = if echo == "at-once" { (15e3, 0.01) } else { (alone + delay, 0.97) };
            made = made.reading(PROBE, &name("p50"), "ns", p50).reading(PROBE, &name("slow"), "", slow);
            made = made.reading(PROBE, &name("mean"), "ns", alone + delay * slow);
        }
    }
    made.qualified()
}

#[cfg(test)]
mod tests {
    use super::hidden;

    #[test]
    fn intervals_about_as_long_as_the_answer_are_hidden() {
        assert_eq!([500, 665, 666, 1000, 2999, 3000, 5000].map(hidden), [false, false, true, true, true, false, false]);
    }
}
