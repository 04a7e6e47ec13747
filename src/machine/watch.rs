//! What others did with the processors while we measured.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use std::time::Instant;

use rustix::process::{Pid, getpid};

use super::proc;
use crate::run::Disturbance;
use crate::sys::{children_cpu_ns, cpu_ns_of, process_cpu_ns};

/// Nanoseconds of a tick of `/proc/stat`, whatever the frequency of the kernel's own ticks.
const TICK_NS: u64 = 10_000_000;
/// What `/proc/stat` may be off by: each of its states is rounded down to whole ticks, and a whole tick is charged to
/// whatever runs when it ends.
const TICK_ERROR_NS: f64 = 30_000_000.0;
/// The same as a share of all processors' time.
const TICK_ERROR: f64 = 0.05;
/// The process from which all threads of the system's kernel descend.
const KERNEL: i32 = 2;

/// The state of the machine's counters when something began.
#[derive(Debug)]
pub struct Watch {
    began: Instant,
    ticks: Option<proc::CpuTicks>,
    own_ns: u64,
    others: BTreeMap<i32, u64>,
}

impl Watch {
    /// Begins to watch.
    pub fn begin() -> Self {
        Self { began: Instant::now(), ticks: proc::ticks_of_usable(), own_ns: own_ns(), others: others() }
    }

    /// What others used since. Our own are this process, its children, and `elsewhere_ns` of CPU time that processes of
    /// ours used which are not children of this one.
    ///
    /// Others are taken from the clocks of the processes that can be seen, which are exact, but for those that ended
    /// meanwhile. What cannot be seen, such as another container, is in `/proc/stat` alone, which is coarse: it counts
    /// where it says more than its own error explains.
    pub fn end(&self, elsewhere_ns: u64) -> Disturbance {
        let since = |(pid, used): (i32, u64)| used.saturating_sub(self.others.get(&pid).copied().unwrap_or(0));
        let seen: u64 = others().into_iter().map(since).sum();
        let ticks = proc::ticks_of_usable().zip(self.ticks);
        let own = own_ns().saturating_sub(self.own_ns) + elsewhere_ns;
        let all_ns = self.began.elapsed().as_nanos() as f64 * super::affinity() as f64;
        let counted = |(now, then): (proc::CpuTicks, proc::CpuTicks)| {
            let rest = (now.busy.saturating_sub(then.busy) * TICK_NS).saturating_sub(own);
            let unseen = rest as f64 > seen as f64 + TICK_ERROR_NS + TICK_ERROR * all_ns;
            if unseen { rest } else { seen }
        };
        Disturbance {
            delay_ns: None,
            others_ns: ticks.map(counted),
            stolen_ns: ticks.map(|(now, then)| (now.stolen.saturating_sub(then.stolen)) * TICK_NS),
        }
    }
}

fn own_ns() -> u64 {
    process_cpu_ns() + children_cpu_ns()
}

/// CPU time so far of every process that is neither ours nor part of the system's kernel, whose work is done on behalf
/// of others and mostly of what we measure.
fn others() -> BTreeMap<i32, u64> {
    static PARENTS: Mutex<BTreeMap<i32, i32>> = Mutex::new(BTreeMap::new());
    let mut parents = PARENTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let own = getpid().as_raw_nonzero().get();
    let Ok(entries) = fs::read_dir("/proc") else { return BTreeMap::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| *pid != own && *pid != KERNEL)
        .filter(|pid| {
            let parent = *parents.entry(*pid).or_insert_with(|| proc::parent_of(*pid).unwrap_or(0));
            parent != own && parent != KERNEL
        })
        .filter_map(|pid| Some((pid, cpu_ns_of(Pid::from_raw(pid)?)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::*;

    fn burn(length: Duration) {
        let began = Instant::now();
        while began.elapsed() < length {
            std::hint::black_box(0);
        }
    }

    #[test]
    fn a_stranger_is_seen_to_the_millisecond() {
        // A shell that is no child of ours once its parent has ended.
        let script = "(timeout 5 sh -c 'while :; do :; done' >/dev/null 2>&1 & echo $!)";
        let started = Command::new("sh").args(["-c", script]).output().unwrap();
        let text = String::from_utf8(started.stdout).unwrap();
        let watch = Watch::begin();
        burn(Duration::from_millis(100));
        let seen = watch.end(0).others_ns;
        let _ = Command::new("kill").arg(text.trim()).status();
        // It has a processor of its own, or half of ours.
        assert!(seen.is_none_or(|others| others > 5_000_000), "{seen:?}");
    }

    #[test]
    fn we_and_our_children_are_no_others() {
        let mut child = Command::new("sleep").arg("5").spawn().unwrap();
        let pid = child.id().cast_signed();
        let seen = others();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!seen.contains_key(&pid) && !seen.contains_key(&getpid().as_raw_nonzero().get()));
        assert!(seen.contains_key(&1), "the first process descends from none of ours: {seen:?}");
    }
}
