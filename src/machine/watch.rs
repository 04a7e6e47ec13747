//! What others did with the processors while we measured.

use super::proc;
use crate::run::Disturbance;
use crate::sys::{children_cpu_ns, process_cpu_ns};

/// Nanoseconds of a tick of `/proc/stat`, whatever the frequency of the kernel's own ticks.
const TICK_NS: u64 = 10_000_000;

/// The state of the machine's counters when something began.
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    ticks: Option<proc::CpuTicks>,
    own_ns: u64,
}

impl Watch {
    /// Begins to watch.
    pub fn begin() -> Self {
        Self { ticks: proc::ticks_of_usable(), own_ns: own_ns() }
    }

    /// What others used since. Our own are this process, its children that have ended and been waited for, and
    /// `elsewhere_ns` of CPU time that processes of ours used which are not children of this one.
    pub fn end(&self, elsewhere_ns: u64) -> Disturbance {
        let ticks = proc::ticks_of_usable().zip(self.ticks);
        let own = own_ns().saturating_sub(self.own_ns) + elsewhere_ns;
        Disturbance {
            delay_ns: None,
            others_ns: ticks.map(|(now, then)| ((now.busy.saturating_sub(then.busy)) * TICK_NS).saturating_sub(own)),
            stolen_ns: ticks.map(|(now, then)| (now.stolen.saturating_sub(then.stolen)) * TICK_NS),
        }
    }
}

fn own_ns() -> u64 {
    process_cpu_ns() + children_cpu_ns()
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::Watch;

    /// Burns CPU time for so long in a shell that is no child of ours once its parent has ended.
    fn stranger(seconds: &str) {
        let script = format!("(timeout {seconds} sh -c 'while :; do :; done' &) ; exit 0");
        assert!(Command::new("sh").args(["-c", &script]).status().is_ok_and(|status| status.success()));
    }

    #[test]
    fn a_stranger_is_seen_and_our_own_work_is_not_taken_for_one() {
        let burn = |length: Duration| {
            let began = Instant::now();
            while began.elapsed() < length {
                std::hint::black_box(0);
            }
        };
        // Other tests run beside this one, as threads of this process (ours) and as its children until they are waited
        // for: so only what is bound to be seen is asked for.
        let watch = Watch::begin();
        stranger("0.6");
        burn(Duration::from_millis(700));
        let seen = watch.end(0).others_ns;
        assert!(seen.is_none_or(|others| others > 50_000_000), "{seen:?}");
    }
}
