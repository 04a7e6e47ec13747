//! Small readings from `/proc` and `/sys`.

use std::fs;
use std::str::FromStr;
use std::time::Duration;

use rustix::process::Pid;

/// Proportional set size of a process in bytes: shared pages count by their share.
pub fn pss_bytes(pid: Pid) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", pid.as_raw_nonzero())).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
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
