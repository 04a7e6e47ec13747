//! How many steps a sample has: found once on the serial model, then the same for every model of the kernel.

use std::time::Duration;

use super::plan::{Group, Planned, Request};
use crate::error::{Error, Result};
use crate::kernel::Bound;
use crate::model::{self, Arrangement, Model, Order};
use crate::run::{Profile, Sample};

/// A sample under a global lock lasts at least so many switch intervals.
const INTERVALS: u32 = 20;
/// The same of a kernel that only blocks, whose workers give the lock away long before an interval ends.
const INTERVALS_OF_IO: u32 = 10;
/// The same in a hurry.
const INTERVALS_OF_IO_QUICK: u32 = 5;
/// A serial sample never lasts longer than this, whatever the rule above asks of the widest case.
const LONGEST: Duration = Duration::from_secs(2);
/// A serial sample long enough to tell the time of a step.
const LONG_ENOUGH_NS: u64 = 10_000_000;

/// What calibration found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Calibration {
    /// Steps of every sample.
    pub(super) steps: u64,
    /// What those steps take serially, in nanoseconds.
    pub(super) serial_ns: f64,
    /// Processors that the serial sample used (0–1): how CPU-bound the kernel really is here.
    pub(super) utilisation: f64,
    /// The checksum that every model must reach.
    pub(super) checksum: u64,
}

/// Calibrates a group's kernel.
pub(super) fn calibrate(group: &Group, request: &Request, cores: usize) -> Result<Calibration> {
    let serial = |steps| {
        let mut order = Order::new(group.kernel, "serial", Arrangement::threads(1), steps);
        order.limits = request.limits;
        model::run(&order)
    };
    let (steps, step, sample) = lengthen(&serial, &|step| {
        let target = target(group, request, cores, step.utilisation);
        round_up(step.times(target), &group.cases, group.kernel.cycle())
    })?;
    Ok(Calibration {
        steps,
        serial_ns: step.ns * steps as f64,
        utilisation: step.utilisation,
        checksum: sample.checksum,
    })
}

/// A sample may be so much shorter than wanted, as a factor.
const SHORTER: f64 = 1.05;
/// Samples of about the final length by which it is chosen.
const LOOKS: usize = 4;

/// Finds how many steps a sample must have, as `wanted` says of what one step is like; the step it was chosen by; and the
/// last sample taken.
///
/// Times change by half for a second at a time (cold caches, another guest on the core), and a sample planned in a slow
/// second would be shorter than its verdict needs. So there are a few looks, and the fastest counts.
pub(super) fn lengthen(
    sample: &impl Fn(u64) -> Result<Sample>,
    wanted: &impl Fn(&Step) -> u64,
) -> Result<(u64, Step, Sample)> {
    let mut fastest = find_step(sample)?;
    let mut steps = wanted(&fastest);
    let mut taken = sample(steps)?;
    for look in 0..LOOKS {
        let step = Step::of(&taken, steps);
        if step.cpu_ns() < fastest.cpu_ns() || look == 0 {
            fastest = step;
        }
        let needed = wanted(&fastest);
        if needed as f64 > steps as f64 * SHORTER {
            steps = needed;
        }
        taken = sample(steps)?;
    }
    Ok((steps, fastest, taken))
}

/// What one step is like on the serial model.
pub(super) struct Step {
    /// Its time, in nanoseconds.
    pub(super) ns: f64,
    /// Processors that it uses (0–1).
    pub(super) utilisation: f64,
}

impl Step {
    /// One of the steps of a sample.
    fn of(sample: &Sample, steps: u64) -> Self {
        let compute = sample.parts.compute_ns.max(1) as f64;
        let utilisation = (sample.user_ns + sample.system_ns) as f64 / compute;
        Self { ns: compute / steps as f64, utilisation: utilisation.clamp(0.01, 1.0) }
    }

    /// Processor time of it, in nanoseconds.
    fn cpu_ns(&self) -> f64 {
        self.ns * self.utilisation
    }

    /// How many of them take so long.
    pub(super) fn times(&self, time: Duration) -> u64 {
        (time.as_nanos() as f64 / self.ns).ceil() as u64
    }
}

/// Lengthens serial samples until one is long enough to tell the time of a step.
pub(super) fn find_step(serial: &impl Fn(u64) -> Result<Sample>) -> Result<Step> {
    let mut steps = 1_u64;
    loop {
        let sample = serial(steps)?;
        let compute = sample.parts.compute_ns.max(1);
        if compute >= LONG_ENOUGH_NS {
            return Ok(Step::of(&sample, steps));
        }
        let factor = (LONG_ENOUGH_NS * 3 / 2 / compute).clamp(2, 64);
        steps = steps.checked_mul(factor).filter(|&steps| steps < 1 << 50).ok_or_else(|| {
            Error::request("a kernel's steps take no time at all: is the work optimised away? Use std::hint::black_box")
        })?;
    }
}

/// How long a serial sample must be so that the group's shortest sample is long enough for what it measures.
fn target(group: &Group, request: &Request, cores: usize, utilisation: f64) -> Duration {
    let plain = Duration::from_millis(match request.profile {
        Profile::Quick => 20,
        Profile::Standard => 25,
        Profile::Full => 50,
    });
    let intervals = match (group.kernel.bound(), request.profile) {
        (Bound::Io, Profile::Quick) => INTERVALS_OF_IO_QUICK,
        (Bound::Io, _) => INTERVALS_OF_IO,
        _ => INTERVALS,
    };
    let cases = group.cases.iter().map(|case| {
        // Each of several locks is seen as often as one would be in a sample so many times as long.
        let locks = case.arrangement.processes.min(cores) as u32;
        let least = if case.model.locked() { request.knobs.switch_interval() * intervals / locks } else { plain };
        least.mul_f64(expected_speedup(case.model, case.arrangement, cores, utilisation))
    });
    cases.max().unwrap_or(plain).clamp(plain, LONGEST)
}

/// The most that a case can be faster than serial: its CPU part needs processors and locks, its waiting only workers.
pub(super) fn expected_speedup(model: &dyn Model, arrangement: Arrangement, cores: usize, utilisation: f64) -> f64 {
    (busy(model, arrangement, cores) as f64 / utilisation).clamp(1.0, arrangement.workers() as f64)
}

/// Most processors that a case keeps busy at once: one for each lock, or for each worker without one.
pub(super) fn busy(model: &dyn Model, arrangement: Arrangement, cores: usize) -> usize {
    if model.locked() { arrangement.processes.min(cores) } else { arrangement.workers().min(cores) }
}

/// A number of steps that gives every worker of every case the same whole cycles, if that is not far away.
fn round_up(steps: u64, cases: &[Planned], cycle: u64) -> u64 {
    let shares = cases.iter().map(|case| case.arrangement.workers() as u64).fold(1, lcm);
    let unit = shares.min(2048) * cycle.max(1);
    steps.max(unit).next_multiple_of(unit)
}

fn lcm(a: u64, b: u64) -> u64 {
    let gcd = |mut a: u64, mut b: u64| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    (a / gcd(a, b)).saturating_mul(b).max(1)
}

#[cfg(test)]
mod tests {
    use super::{Step, lcm, lengthen};
    use crate::kernel::Bound;
    use crate::run::synthetic::Synthetic;
    use std::cell::Cell;
    use std::time::Duration;

    /// The first samples are slow by half. What comes out is as long as was wanted all the same.
    #[test]
    fn a_slow_beginning_does_not_shorten_samples() {
        let (taken, lasted) = (Cell::new(0), Cell::new(0));
        let run =
            Synthetic::new(1).kernel("primes", Bound::Cpu, None).case("primes", "serial", (1, 1), 9.0, 9.0).build();
        let sample = |steps: u64| {
            taken.set(taken.get() + 1);
            let ns = if taken.get() < 8 { 1500 } else { 1000 };
            lasted.set(steps * ns);
            let mut sample = run.cases[0].samples[0].clone();
            (sample.parts.compute_ns, sample.user_ns) = (lasted.get(), lasted.get());
            Ok(sample)
        };
        let wanted = Duration::from_millis(100);
        let (steps, _, last) = lengthen(&sample, &|step: &Step| step.times(wanted)).unwrap();
        assert_eq!(last.parts.compute_ns, lasted.get());
        assert!((95_000_000..130_000_000).contains(&lasted.get()), "{steps} steps took {} ns", lasted.get());
    }

    #[test]
    fn least_common_multiples() {
        assert_eq!((lcm(4, 6), lcm(1, 1), lcm(7, 8), lcm(1, 256)), (12, 1, 56, 256));
    }
}
