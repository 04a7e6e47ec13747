//! What the operating system counts, read before and after a run.

use std::time::Instant;

use super::{cgroup, proc};
use crate::run::Conditions;

/// Counters at one moment.
#[derive(Debug, Clone)]
pub struct Counters {
    at: Instant,
    load: f64,
    ticks: Option<Vec<u64>>,
    throttled_us: Option<u64>,
    /// Microseconds in which some task waited, for cpu, memory, io.
    pressure_us: [Option<u64>; 3],
}

impl Counters {
    /// Reads them now.
    pub fn now() -> Self {
        Self {
            at: Instant::now(),
            load: sysinfo::System::load_average().one,
            ticks: proc::ticks(),
            throttled_us: cgroup::throttled_us(),
            pressure_us: ["cpu", "memory", "io"].map(pressure_us),
        }
    }

    /// What happened since `before`.
    pub fn since(&self, before: &Self) -> Conditions {
        let elapsed_us = (self.at - before.at).as_micros().max(1) as f64;
        let share = |index: usize| {
            let waited = self.pressure_us[index]?.checked_sub(before.pressure_us[index]?)?;
            Some((waited as f64 / elapsed_us).min(1.0))
        };
        Conditions {
            load_before: before.load,
            load_after: self.load,
            steal: self.steal_since(before),
            throttled_us: self.throttled_us.zip(before.throttled_us).map(|(now, then)| now.saturating_sub(then)),
            cpu_pressure: share(0),
            memory_pressure: share(1),
            io_pressure: share(2),
            neighbours_before: None,
        }
    }

    fn steal_since(&self, before: &Self) -> Option<f64> {
        let (now, then) = (self.ticks.as_ref()?, before.ticks.as_ref()?);
        let all = now.iter().sum::<u64>().checked_sub(then.iter().sum())?;
        let stolen = now[7].checked_sub(then[7])?;
        (all > 0).then(|| stolen as f64 / all as f64)
    }
}

fn pressure_us(resource: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/pressure/{resource}")).ok()?;
    let some = text.lines().find(|line| line.starts_with("some "))?;
    some.rsplit_once("total=")?.1.trim().parse().ok()
}
