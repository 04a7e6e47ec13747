//! Clocks and what the operating system charges a thread for.

use rustix::process::Pid;

/// What one thread has used since it began.
///
/// `cpu_ns` is exact. The split into user and system time comes from `getrusage`, which lags behind by up to a
/// scheduler tick for a thread that is running; see [`Usage::since`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// CPU time in nanoseconds.
    pub cpu_ns: u64,
    /// CPU time in user mode, in nanoseconds.
    pub user_ns: u64,
    /// CPU time in the system, in nanoseconds.
    pub system_ns: u64,
    /// Context switches because it waited.
    pub voluntary: u64,
    /// Context switches because others ran.
    pub involuntary: u64,
    /// Page faults without reading from a disk.
    pub minor: u64,
    /// Page faults with reading from a disk.
    pub major: u64,
    /// Time runnable without running; `None` where the system does not count it.
    pub run_delay_ns: Option<u64>,
}

/// The calling thread's usage so far.
pub fn thread_usage() -> Usage {
    let mut raw = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `raw` is valid memory for one `rusage`, for which all zeroes is a valid value.
    let raw = unsafe {
        libc::getrusage(libc::RUSAGE_THREAD, raw.as_mut_ptr());
        raw.assume_init()
    };
    let ns = |time: libc::timeval| time.tv_sec as u64 * 1_000_000_000 + time.tv_usec as u64 * 1_000;
    let exact = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Usage {
        cpu_ns: exact.tv_sec as u64 * 1_000_000_000 + exact.tv_nsec as u64,
        user_ns: ns(raw.ru_utime),
        system_ns: ns(raw.ru_stime),
        voluntary: raw.ru_nvcsw as u64,
        involuntary: raw.ru_nivcsw as u64,
        minor: raw.ru_minflt as u64,
        major: raw.ru_majflt as u64,
        run_delay_ns: thread_run_delay_ns(),
    }
}

/// Time that the calling thread has been runnable without running since it began, in nanoseconds: the second number of
/// `/proc/thread-self/schedstat`. `None` where the system does not count it.
fn thread_run_delay_ns() -> Option<u64> {
    use rustix::fs::{Mode, OFlags};
    let file = rustix::fs::open("/proc/thread-self/schedstat", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    // Three numbers of at most twenty digits.
    let mut text = [0_u8; 64];
    let length = rustix::io::read(&file, &mut text).ok()?;
    std::str::from_utf8(&text[..length]).ok()?.split_whitespace().nth(1)?.parse().ok()
}

/// CPU time of this process's children that have ended and were waited for, and of theirs, in nanoseconds.
pub fn children_cpu_ns() -> u64 {
    let mut raw = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `raw` is valid memory for one `rusage`, for which all zeroes is a valid value.
    let raw = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, raw.as_mut_ptr());
        raw.assume_init()
    };
    let ns = |time: libc::timeval| time.tv_sec as u64 * 1_000_000_000 + time.tv_usec as u64 * 1_000;
    ns(raw.ru_utime) + ns(raw.ru_stime)
}

/// CPU time of this process in nanoseconds.
pub fn process_cpu_ns() -> u64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    used.tv_sec as u64 * 1_000_000_000 + used.tv_nsec as u64
}

/// CPU time of another process so far in nanoseconds, that of its threads which have ended included; `None` if it is
/// gone.
pub fn cpu_ns_of(process: Pid) -> Option<u64> {
    let mut clock = 0;
    let mut used = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: both are valid memory for what the calls write there. A clock of a process that has ended since is an
    // error of the second call.
    let read = unsafe {
        libc::clock_getcpuclockid(process.as_raw_nonzero().get(), &raw mut clock) == 0
            && libc::clock_gettime(clock, &raw mut used) == 0
    };
    read.then(|| used.tv_sec as u64 * 1_000_000_000 + used.tv_nsec as u64)
}

/// Voluntary and involuntary context switches of this process's threads so far, those that have ended included.
pub fn process_switches() -> (u64, u64) {
    let mut raw = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `raw` is valid memory for one `rusage`, for which all zeroes is a valid value.
    let raw = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, raw.as_mut_ptr());
        raw.assume_init()
    };
    (raw.ru_nvcsw as u64, raw.ru_nivcsw as u64)
}

impl Usage {
    /// What was used since `earlier`: the exact CPU time, split in the proportion that `getrusage` gives.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        let cpu_ns = self.cpu_ns.saturating_sub(earlier.cpu_ns);
        let user = self.user_ns.saturating_sub(earlier.user_ns);
        let system = self.system_ns.saturating_sub(earlier.system_ns);
        let share = if user + system == 0 { 0.0 } else { system as f64 / (user + system) as f64 };
        let system_ns = (cpu_ns as f64 * share) as u64;
        Self {
            cpu_ns,
            user_ns: cpu_ns - system_ns.min(cpu_ns),
            system_ns,
            voluntary: self.voluntary.saturating_sub(earlier.voluntary),
            involuntary: self.involuntary.saturating_sub(earlier.involuntary),
            minor: self.minor.saturating_sub(earlier.minor),
            major: self.major.saturating_sub(earlier.major),
            run_delay_ns: self.run_delay_ns.zip(earlier.run_delay_ns).map(|(now, then)| now.saturating_sub(then)),
        }
    }
}

/// `CLOCK_MONOTONIC` in nanoseconds: the same in every process of the machine.
#[inline]
pub fn clock_ns() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_of_a_process_is_read_by_its_id() {
        let before = process_cpu_ns();
        let read = cpu_ns_of(rustix::process::getpid()).unwrap();
        assert!((before..=process_cpu_ns()).contains(&read));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let gone = Pid::from_child(&child);
        child.wait().unwrap();
        assert_eq!(cpu_ns_of(gone), None);
    }
}
