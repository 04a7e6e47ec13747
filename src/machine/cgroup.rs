//! What the control group allows, in both versions of the interface.

use std::fs;
use std::path::PathBuf;

use super::proc;

/// CPU time per wall time that this process's control group, or any above it, allows; `None` without a quota.
pub(super) fn quota() -> Option<f64> {
    let v2 = folders().filter_map(|folder| v2_quota(&fs::read_to_string(folder.join("cpu.max")).ok()?));
    let v1 = || {
        let period: f64 = proc::number("/sys/fs/cgroup/cpu/cpu.cfs_period_us")?;
        let quota: f64 = proc::number("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")?;
        (quota > 0.0 && period > 0.0).then(|| quota / period)
    };
    v2.reduce(f64::min).or_else(v1)
}

/// Time for which the group was throttled so far, in microseconds; `None` where nobody counts.
pub(super) fn throttled_us() -> Option<u64> {
    folders().find_map(|folder| {
        let text = fs::read_to_string(folder.join("cpu.stat")).ok()?;
        text.lines().find_map(|line| line.strip_prefix("throttled_usec "))?.trim().parse().ok()
    })
}

/// This process's folder in the version 2 hierarchy, and those above it.
fn folders() -> impl Iterator<Item = PathBuf> {
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = own.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or("/").trim().to_owned();
    let path = PathBuf::from(own);
    let folders: Vec<_> = path
        .ancestors()
        .map(|path| PathBuf::from("/sys/fs/cgroup").join(path.strip_prefix("/").unwrap_or(path)))
        .collect();
    folders.into_iter()
}

fn v2_quota(text: &str) -> Option<f64> {
    let (quota, period) = text.trim().split_once(' ')?;
    Some(quota.parse::<f64>().ok()? / period.parse::<f64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::v2_quota;

    #[test]
    fn a_quota_is_time_per_time() {
        assert_eq!(v2_quota("150000 100000\n"), Some(1.5));
        assert_eq!(v2_quota("max 100000\n"), None);
        assert_eq!(v2_quota(""), None);
    }
}
