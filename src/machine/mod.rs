//! The machine: its fingerprint, what goes on beside a measurement, and whether it is fit to measure on.
//!
//! Only this room reads the host. Nothing is read while a team works: the run's counters are read before and after the run,
//! the processors' ([`Watch`]) before and after each sample, a finished team's memory ([`pss_bytes`]) before it is released;
//! what idle workers have ([`footprint`]) is a probe's to ask.

mod cgroup;
mod counters;
mod notes;
mod proc;
mod watch;

use std::sync::OnceLock;

use sysinfo::System;

pub use self::counters::Counters;
pub use self::proc::{Footprint, footprint, neighbours, pss_bytes, siblings};
pub use self::watch::Watch;
use crate::run::{Build, Cpu, Machine, Memory};

/// Processors this process can really use: the least of the machine's, the affinity mask's and the quota's, rounded
/// to whole ones, at least 1.
pub fn usable_cores() -> usize {
    let quota = cgroup::quota().map_or(usize::MAX, |quota| (quota.round() as usize).max(1));
    // num_cpus minds quotas of both control group versions; the mask is asked for apart, since the two may differ.
    num_cpus::get().min(affinity()).min(quota).max(1)
}

/// Takes the machine's fingerprint. `neighbours` is the share of its CPU time that others use (0–1), if it was measured.
pub fn fingerprint(neighbours: Option<f64>) -> Machine {
    let mut system = System::new();
    system.refresh_memory();
    let mut machine = Machine {
        cpu: cpu(),
        memory: Memory { total_bytes: system.total_memory(), available_bytes: system.available_memory() },
        os: System::long_os_version().unwrap_or_else(|| "unknown system".into()),
        kernel: System::kernel_version().unwrap_or_else(|| "unknown kernel".into()),
        hypervisor: proc::hypervisor(),
        aslr: proc::number("/proc/sys/kernel/randomize_va_space"),
        build: build(),
        conditions: crate::run::Conditions { neighbours_before: neighbours, ..Default::default() },
        notes: vec![],
    };
    machine.notes = notes::of(&machine);
    machine
}

/// Completes the fingerprint with what was counted between the two moments.
pub fn conclude(machine: &mut Machine, before: &Counters, after: &Counters) {
    let neighbours = machine.conditions.neighbours_before;
    machine.conditions = after.since(before);
    machine.conditions.neighbours_before = neighbours;
    machine.notes = notes::of(machine);
}

/// Moves the calling thread to the processor with this number among those that it may use, counted round, and leaves it
/// free to go. Where it stays asleep, it wakes up there if that processor is idle.
pub fn visit(number: usize) {
    use rustix::thread::{CpuSet, sched_getaffinity};
    let Ok(all) = sched_getaffinity(None) else { return };
    let mut usable = (0..CpuSet::MAX_CPU).filter(|cpu| all.is_set(*cpu));
    if let Some(cpu) = usable.nth(number % all.count().max(1) as usize) {
        go_to(cpu);
    }
}

/// Moves the calling thread to the processor that the system calls by this number, and leaves it free to go.
pub fn go_to(cpu: usize) {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let Ok(all) = sched_getaffinity(None) else { return };
    if cpu < CpuSet::MAX_CPU && all.is_set(cpu) {
        let mut one = CpuSet::new();
        one.set(cpu);
        // Where a system refuses, the thread stays where it is.
        if sched_setaffinity(None, &one).is_ok() && sched_setaffinity(None, &all).is_err() {
            // What it may use has changed meanwhile: of all, the system takes those that are left.
            let mut any = CpuSet::new();
            (0..CpuSet::MAX_CPU).for_each(|cpu| any.set(cpu));
            let _ = sched_setaffinity(None, &any);
        }
    }
}

/// Processors in this process's affinity mask.
pub fn affinity() -> usize {
    rustix::thread::sched_getaffinity(None).map_or(usize::MAX, |mask| mask.count() as usize)
}

fn cpu() -> Cpu {
    let mut system = System::new();
    system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
    let model = system.cpus().first().map_or("unknown", |cpu| cpu.brand()).trim().to_owned();
    let logical = system.cpus().len().max(1);
    Cpu {
        model,
        logical,
        physical: num_cpus::get_physical(),
        affinity: affinity().min(logical),
        quota: cgroup::quota(),
        usable: usable_cores(),
        governor: proc::text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        last_level_cache_bytes: proc::last_level_cache(),
    }
}

/// The revision of the program, as its suite says; see [`crate::Suite::commit`].
static COMMIT: OnceLock<String> = OnceLock::new();

/// Says once, before anything is measured, what revision the program is of.
pub(crate) fn set_commit(commit: &str) {
    COMMIT.get_or_init(|| commit.to_owned());
}

/// How this program was built.
pub(crate) fn build() -> Build {
    let commit = COMMIT.get().map_or("", String::as_str);
    Build {
        compiler: env!("GILBENCH_COMPILER").into(),
        flags: env!("GILBENCH_FLAGS").into(),
        target: env!("GILBENCH_TARGET").into(),
        commit: (!commit.is_empty()).then(|| commit.into()),
    }
}
