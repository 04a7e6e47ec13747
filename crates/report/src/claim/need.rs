//! What a claim needs to have been measured, and the command that measures it.

use super::select;
use crate::run::{Bound, CaseResult, KernelInfo, Run};

/// Which kernels a claim is about. The neutral control never is one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// Those with this bound whose threads share nothing that they would have to compete for.
    Bound(Bound),
    /// Those whose threads compete for this although no lock of ours is involved.
    Sharing(&'static str),
    /// Those with these ids.
    Ids(&'static [&'static str]),
}

impl Selection {
    /// Whether the kernel is one of them.
    pub fn contains(self, kernel: &KernelInfo) -> bool {
        let selected = match self {
            Self::Bound(bound) => kernel.bound == bound && kernel.shares.is_none(),
            Self::Sharing(what) => kernel.shares.as_deref() == Some(what),
            Self::Ids(ids) => ids.contains(&kernel.id.as_str()),
        };
        selected && kernel.id != "control"
    }
}

/// What must have been measured.
#[derive(Debug, Clone, Copy)]
pub enum Need {
    /// Models side by side on one kernel at least.
    Cases {
        /// What is needed, in words that follow "this needs".
        sentence: &'static str,
        /// The kernels of which one at least must have been measured.
        kernels: Selection,
        /// One of these kernels, for the command that fills the gap.
        example: &'static str,
        /// The models that it must have been measured under.
        models: &'static [&'static str],
    },
    /// The readings of a probe.
    Probe {
        /// What is needed, in words that follow "this needs".
        sentence: &'static str,
        /// Id of the probe.
        probe: &'static str,
    },
}

impl Need {
    /// Whether the run has it: one kernel under all models, none of them failed, or a probe that did not fail.
    pub fn met_by(&self, run: &Run) -> bool {
        match *self {
            Self::Cases { kernels, models, .. } => select::kernels(run, kernels)
                .any(|kernel| models.iter().all(|model| select::cases(run, &kernel.id, model).next().is_some())),
            Self::Probe { probe, .. } => select::readings(run, probe).next().is_some(),
        }
    }

    /// The command that measures it.
    pub fn command(&self) -> String {
        match self {
            Self::Cases { example, models, .. } => {
                format!("gilbench run --kernel {example} --model {}", models.join(" --model "))
            }
            Self::Probe { probe, .. } => format!("gilbench run --kernel none --model none --probe {probe}"),
        }
    }

    /// What is needed, in words that follow "this needs".
    pub fn sentence(&self) -> &'static str {
        match self {
            Self::Cases { sentence, .. } | Self::Probe { sentence, .. } => sentence,
        }
    }

    /// Whether the case is one of those needed.
    fn covers(&self, run: &Run, case: &CaseResult) -> bool {
        let Self::Cases { kernels, models, .. } = self else { return false };
        models.contains(&case.model.as_str()) && run.kernel(&case.kernel).is_some_and(|info| kernels.contains(info))
    }
}

/// The needs that are not met, with the command for each; empty if all are.
pub(super) fn missing(run: &Run, needs: &[Need]) -> String {
    let unmet = needs.iter().filter(|need| !need.met_by(run));
    let sentences: Vec<String> =
        unmet.map(|need| format!("This needs {}: run `{}`.", need.sentence(), need.command())).collect();
    sentences.join(" ")
}

/// What was needed, was there and yet decides nothing, in sentences: failed cases and probes, and samples under a lock
/// that were too short. Empty without any.
pub(super) fn lost(run: &Run, needs: &[Need]) -> String {
    let needed = |case: &&CaseResult| select::counts(case) && needs.iter().any(|need| need.covers(run, case));
    let listed = |which: &dyn Fn(&CaseResult) -> bool| -> Vec<&str> {
        let cases = run.cases.iter().filter(needed).filter(|case| which(case));
        cases.map(|case| case.id.as_str()).collect()
    };
    let failed = listed(&|case| case.failed);
    let failed = (!failed.is_empty()).then(|| match failed.len() {
        1 => format!("One case failed and does not count as measured: {}.", failed[0]),
        n => format!("{n} cases failed and do not count as measured: {}.", failed.join(", ")),
    });
    let short = listed(&|case| !case.failed && select::too_short(run, case));
    let short = (!short.is_empty()).then(|| {
        let least = select::FEWEST_INTERVALS;
        format!(
            "Too short to be judged, with samples planned for fewer than {least} switch intervals: {}.",
            short.join(", ")
        )
    });
    let probes = needs.iter().filter_map(|need| {
        let Need::Probe { probe, .. } = need else { return None };
        let message = &run.failed_probe(probe)?.message;
        Some(format!("A probe failed and does not count as measured: {}.", message.trim_end_matches('.')))
    });
    failed.into_iter().chain(short).chain(probes).collect::<Vec<_>>().join(" ")
}
