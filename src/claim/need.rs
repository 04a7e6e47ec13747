//! What a claim needs to have been measured, and the command that measures it.

use super::select;
use crate::run::{Bound, KernelInfo, Run};

/// Which kernels a claim is about. The neutral control never is one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// Those with this bound whose threads share nothing that they would have to compete for.
    Bound(Bound),
    /// Those whose threads compete for something although no lock of ours is involved.
    Sharing,
    /// Those with these ids.
    Ids(&'static [&'static str]),
}

impl Selection {
    /// Whether the kernel is one of them.
    pub fn contains(self, kernel: &KernelInfo) -> bool {
        let selected = match self {
            Self::Bound(bound) => kernel.bound == bound && kernel.shares.is_none(),
            Self::Sharing => kernel.shares.is_some(),
            Self::Ids(ids) => ids.contains(&kernel.id.as_str()),
        };
        selected && kernel.id != "control"
    }
}

/// Models that must have been measured side by side on one kernel at least.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    /// What is needed, in words that follow "this needs".
    pub sentence: &'static str,
    /// The kernels of which one at least must have been measured.
    pub kernels: Selection,
    /// One of these kernels, for the command that fills the gap.
    pub example: &'static str,
    /// The models that it must have been measured under.
    pub models: &'static [&'static str],
}

impl Need {
    /// Whether the run has it: one kernel under all models, none of them failed.
    pub fn met_by(&self, run: &Run) -> bool {
        select::kernels(run, self.kernels)
            .any(|kernel| self.models.iter().all(|model| select::cases(run, &kernel.id, model).next().is_some()))
    }

    /// The command that measures it.
    pub fn command(&self) -> String {
        format!("gilbench run --kernel {} --model {}", self.example, self.models.join(" --model "))
    }
}

/// The needs that are not met, with the command for each; empty if all are.
pub(super) fn missing(run: &Run, needs: &[Need]) -> String {
    let unmet = needs.iter().filter(|need| !need.met_by(run));
    let sentences: Vec<String> =
        unmet.map(|need| format!("This needs {}: run `{}`.", need.sentence, need.command())).collect();
    sentences.join(" ")
}

/// The failed cases among those needed, in a sentence; empty without any.
pub(super) fn failed(run: &Run, needs: &[Need]) -> String {
    let needed = |kernel: &str, model: &str| {
        let info = run.kernel(kernel);
        needs.iter().any(|need| need.models.contains(&model) && info.is_some_and(|info| need.kernels.contains(info)))
    };
    let lost: Vec<&str> = run
        .cases
        .iter()
        .filter(|case| case.failed && select::counts(case) && needed(&case.kernel, &case.model))
        .map(|case| case.id.as_str())
        .collect();
    match lost.len() {
        0 => String::new(),
        1 => format!("One case failed and does not count as measured: {}.", lost[0]),
        n => format!("{n} cases failed and do not count as measured: {}.", lost.join(", ")),
    }
}
