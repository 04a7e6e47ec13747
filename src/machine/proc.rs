//! Small readings from `/proc` and `/sys`.

use std::fs;
use std::str::FromStr;
use std::time::Duration;

use rustix::process::Pid;
use rustix::thread::CpuSet;

/// What a process has of the machine, in bytes but for the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Proportional set size: pages that it shares with others count by its share.
    pub pss: u64,
    /// Unique set size: pages that nobody else has, and that are free when it ends.
    pub uss: u64,
    /// Page tables, which are in neither of the two and never shared.
    pub page_tables: u64,
    /// Open file descriptors, in number.
    pub descriptors: u64,
}

/// What this process has; `None` if it has ended, or if that is not for us to know.
pub fn footprint(pid: Pid) -> Option<Footprint> {
    let file = |name: &str| format!("/proc/{}/{name}", pid.as_raw_nonzero());
    let (memory, status) = (fs::read_to_string(file("smaps_rollup")).ok()?, fs::read_to_string(file("status")).ok()?);
    Some(Footprint {
        pss: amount(&memory, "Pss:")?,
        uss: amount(&memory, "Private_Clean:")? + amount(&memory, "Private_Dirty:")?,
        page_tables: amount(&status, "VmPTE:")?,
        descriptors: fs::read_dir(file("fd")).ok()?.count() as u64,
    })
}

/// Proportional set size of a process in bytes: shared pages count by their share.
pub fn pss_bytes(pid: Pid) -> Option<u64> {
    amount(&fs::read_to_string(format!("/proc/{}/smaps_rollup", pid.as_raw_nonzero())).ok()?, "Pss:")
}

/// The amount of memory, in bytes, on the line that begins so.
fn amount(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Processors that are the same core as this one, itself among them: its hardware threads.
pub fn siblings(cpu: usize) -> Vec<usize> {
    let path = format!("/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
    text(&path).and_then(|list| numbers(&list)).unwrap_or_else(|| vec![cpu])
}

/// The numbers in a list as the kernel writes them: `0-2,5`.
fn numbers(list: &str) -> Option<Vec<usize>> {
    let ranges = list.split(',').map(|part| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        Some(from.parse::<usize>().ok()?..=to.parse().ok()?)
    });
    Some(ranges.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
}

/// Share of the machine's CPU time that processes other than this one use (0–1), watched for so long.
///
/// Meant for a moment in which this process itself does nothing.
pub fn neighbours(watch: Duration) -> Option<f64> {
    let before = ticks()?;
    std::thread::sleep(watch);
    let after = ticks()?;
    let all = after.iter().sum::<u64>().checked_sub(before.iter().sum())?;
    let idle = (after[3] + after[4]).checked_sub(before[3] + before[4])?;
    (all > 0).then(|| 1.0 - idle as f64 / all as f64)
}

/// The machine's CPU time by state, in ticks: user, nice, system, idle, iowait, irq, softirq, steal.
pub(super) fn ticks() -> Option<Vec<u64>> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let ticks: Vec<_> = text.lines().next()?.split_whitespace().skip(1).take(8).map_while(|n| n.parse().ok()).collect();
    (ticks.len() == 8).then_some(ticks)
}

/// CPU time of the processors that this process may use, in ticks of 10 ms.
#[derive(Debug, Clone, Copy)]
pub(super) struct CpuTicks {
    /// Time in which something ran.
    pub(super) busy: u64,
    /// Time given to other machines.
    pub(super) stolen: u64,
}

/// The same sums over the processors in this process's affinity mask.
pub(super) fn ticks_of_usable() -> Option<CpuTicks> {
    let mask = rustix::thread::sched_getaffinity(None).ok()?;
    let mut all = CpuTicks { busy: 0, stolen: 0 };
    let text = fs::read_to_string("/proc/stat").ok()?;
    for line in text.lines().skip(1).map_while(|line| line.strip_prefix("cpu")) {
        let (cpu, states) = line.split_once(' ')?;
        // The mask holds 1,024 processors, and asking it for more panics.
        if cpu.parse().is_ok_and(|cpu: usize| cpu < CpuSet::MAX_CPU && mask.is_set(cpu)) {
            let states: Vec<u64> = states.split_whitespace().take(8).map_while(|n| n.parse().ok()).collect();
            let [user, nice, system, _, _, irq, softirq, stolen] = states.try_into().ok()?;
            all.busy += user + nice + system + irq + softirq;
            all.stolen += stolen;
        }
    }
    Some(all)
}

/// The process that a process descends from.
pub(super) fn parent_of(pid: i32) -> Option<i32> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets, and may have brackets and blanks in it.
    text.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Content of a one-line file.
pub(super) fn text(path: &str) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The number a one-line file holds.
pub(super) fn number<T: FromStr>(path: &str) -> Option<T> {
    text(path)?.parse().ok()
}

pub(super) fn hypervisor() -> Option<String> {
    let flagged = fs::read_to_string("/proc/cpuinfo").is_ok_and(|text| {
        text.lines().any(|line| line.starts_with("flags") && line.split_whitespace().any(|flag| flag == "hypervisor"))
    });
    text("/sys/hypervisor/type")
        .or_else(|| flagged.then(|| text("/sys/class/dmi/id/sys_vendor").unwrap_or("yes".into())))
}

pub(super) fn last_level_cache() -> Option<u64> {
    let sizes = (0..6).filter_map(|index| text(&format!("/sys/devices/system/cpu/cpu0/cache/index{index}/size")));
    sizes.filter_map(|size| Some(size.strip_suffix('K')?.parse::<u64>().ok()? * 1024)).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_processors_are_read_as_the_kernel_writes_them() {
        assert_eq!(numbers("0"), Some(vec![0]));
        assert_eq!(numbers("0,4"), Some(vec![0, 4]));
        assert_eq!(numbers("0-2,5"), Some(vec![0, 1, 2, 5]));
        assert_eq!(numbers("none"), None);
    }

    #[test]
    fn this_process_has_memory_page_tables_and_descriptors() {
        let own = rustix::process::getpid();
        let seen = footprint(own).expect("it lives, and is ours");
        assert!(seen.uss > 0 && seen.pss >= seen.uss && seen.page_tables > 0, "{seen:?}");
        let held: Vec<_> = (0..50).map(|_| fs::File::open("/dev/null").expect("it is there")).collect();
        // Other tests open and close files meanwhile, but not that many.
        let more = footprint(own).expect("it lives, and is ours").descriptors;
        assert!(more > held.len() as u64, "{more} descriptors");
    }
}
