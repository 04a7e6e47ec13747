//! Comparisons of two cases, or of two readings, inside rounds.
//!
//! The unit of the experiment is a fresh team in a round. Two cases are compared by the logarithm of their ratio in
//! each round they share, so that whatever slows the whole machine for a while cancels.

use std::collections::BTreeMap;

use super::{CaseResult, Reading, Role, Run, Sample};
use crate::stats::{self, Estimate};

/// One number of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Time from the start signal to the last step, in nanoseconds.
    Compute,
    /// Start-up: from nothing to all workers at the gate, in nanoseconds per worker.
    StartPerWorker,
    /// Teardown, in nanoseconds per worker.
    JoinPerWorker,
    /// CPU time of the work, user and system, in nanoseconds.
    CpuTime,
    /// CPU time of the workers' whole life but its end: coming into being, setting up, and the work, in nanoseconds.
    LifetimeCpu,
    /// CPU time over wall time of the work: processors in use at once.
    Utilisation,
    /// Memory per worker (proportional set size), in bytes.
    PssPerWorker,
    /// Context switches of both kinds per second.
    SwitchesPerSecond,
}

impl Metric {
    /// Its value in a sample; `None` where it was not recorded.
    pub fn of(self, sample: &Sample) -> Option<f64> {
        let workers = sample.workers.len().max(1) as f64;
        let compute = sample.parts.compute_ns.max(1) as f64;
        let cpu = (sample.user_ns + sample.system_ns) as f64;
        Some(match self {
            Self::Compute => compute,
            Self::StartPerWorker => (sample.parts.spawn_ns + sample.parts.hand_over_ns) as f64 / workers,
            Self::JoinPerWorker => sample.parts.join_ns as f64 / workers,
            Self::CpuTime => cpu,
            Self::LifetimeCpu => cpu + sample.start_cpu_ns? as f64,
            Self::Utilisation => cpu / compute,
            Self::PssPerWorker => sample.pss_per_worker_bytes? as f64,
            Self::SwitchesPerSecond => {
                (sample.voluntary_switches + sample.involuntary_switches) as f64 / (compute / 1e9)
            }
        })
    }
}

impl Run {
    /// The metric's values in the kept rounds of a case.
    pub fn values(&self, case: &CaseResult, metric: Metric) -> Vec<f64> {
        self.kept(case).filter_map(|sample| metric.of(sample)).collect()
    }

    /// Median of the metric over kept rounds with its exact 95 % interval; `None` with no sample at all.
    pub fn level(&self, case: &CaseResult, metric: Metric) -> Option<Estimate> {
        stats::median_estimate(&self.values(case, metric), 0.95)
    }

    /// The metric in both cases, (`a`, `b`), for each kept round that has both.
    pub fn pairs(&self, a: &CaseResult, b: &CaseResult, metric: Metric) -> Vec<(f64, f64)> {
        let by_round = |case| -> BTreeMap<u32, f64> {
            self.kept(case).filter_map(|sample| Some((sample.round, metric.of(sample)?))).collect()
        };
        let (a, b) = (by_round(a), by_round(b));
        a.iter().filter_map(|(round, x)| Some((*x, *b.get(round)?))).collect()
    }

    /// ln(`a`/`b`) of the metric, for each kept round that has both and where both are positive.
    pub fn log_ratios(&self, a: &CaseResult, b: &CaseResult, metric: Metric) -> Vec<f64> {
        self.pairs(a, b, metric).iter().filter(|(x, y)| *x > 0.0 && *y > 0.0).map(|(x, y)| (x / y).ln()).collect()
    }

    /// Median ratio `a`/`b` of the metric over rounds, with the exact interval at the given confidence level.
    ///
    /// `None` when a case failed or no round has both.
    pub fn ratio(&self, a: &CaseResult, b: &CaseResult, metric: Metric, level: f64) -> Option<Estimate> {
        if a.failed || b.failed {
            return None;
        }
        Some(stats::median_estimate(&self.log_ratios(a, b, metric), level)?.map(f64::exp))
    }

    /// How many times faster than `baseline` the case did the same work, at 95 %.
    pub fn speedup(&self, case: &CaseResult, baseline: &CaseResult) -> Option<Estimate> {
        self.ratio(baseline, case, Metric::Compute, 0.95)
    }

    /// The A/A arms: each case that was measured twice, with its twin.
    pub fn twins(&self) -> impl Iterator<Item = (&CaseResult, &CaseResult)> {
        let twins = self.cases.iter().filter(|case| case.role == Role::Twin);
        twins.filter_map(|twin| Some((self.case(twin.id.strip_suffix("@twin")?)?, twin)))
    }
}

impl Reading {
    /// How often what is counted could have happened in all rounds together; `None` if that was not recorded.
    pub fn chances(&self) -> Option<u64> {
        let known = !self.values.is_empty() && self.opportunities.len() == self.values.len();
        known.then(|| self.opportunities.iter().sum())
    }

    /// The values of both readings, (`self`, `other`), for each round that has both.
    pub fn pairs(&self, other: &Self) -> Vec<(f64, f64)> {
        let others: BTreeMap<u32, f64> = other.rounds.iter().copied().zip(other.values.iter().copied()).collect();
        let ours = self.rounds.iter().zip(&self.values);
        ours.filter_map(|(round, x)| Some((*x, *others.get(round)?))).collect()
    }
}
