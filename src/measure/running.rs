//! A group of cases while it is measured: what it lacks, and whether it is known well enough.

use std::time::Duration;

use super::calibrate::Calibration;
use super::pace::{FLOOR, common_rounds};
use super::plan::Group;
use super::stopping::{LOOSE, WIDE, narrow_enough, tolerance};
use crate::run::{Metric, Run};

/// A group while it is measured.
pub(super) struct Running {
    pub(super) group: Group,
    /// `None` until it is calibrated, and for ever if that failed.
    pub(super) calibration: Option<Calibration>,
    /// Indices of its cases in the run.
    pub(super) cases: Vec<usize>,
    /// Whether its intervals are narrow enough.
    pub(super) settled: bool,
    /// Whether an interval is too wide for a verdict.
    pub(super) wide: bool,
    /// How long its last round took.
    pub(super) took: Duration,
}

impl Running {
    pub(super) fn new(group: Group, cases: Vec<usize>) -> Self {
        Self { group, calibration: None, cases, settled: false, wide: false, took: Duration::ZERO }
    }

    /// Whether it has too few undisturbed rounds for a verdict.
    pub(super) fn lacks(&self, run: &Run) -> bool {
        let cases = self.cases.iter().map(|&case| &run.cases[case]).filter(|case| !case.failed);
        self.calibration.is_some() && common_rounds(&run.plan, &cases.collect::<Vec<_>>()) < FLOOR
    }

    /// Ends it if its every ratio is known well enough. Looks at the width of intervals, never at where they lie.
    pub(super) fn settle(&mut self, run: &Run) {
        let width = run.plan.target_width;
        let cases = self.cases.iter().map(|&case| &run.cases[case]).zip(&self.group.cases);
        let cases: Vec<_> = cases.filter(|(case, _)| !case.failed).collect();
        let Some(&(baseline, _)) = cases.first() else {
            // All have failed.
            (self.settled, self.wide) = (true, false);
            return;
        };
        // Ratios of which verdicts ask closely, each no wider than this times its tolerance.
        let narrow = |width: f64, closely: f64| {
            cases[1..].iter().all(|(case, planned)| {
                let tolerance = tolerance(self.group.kernel, planned);
                let ratios = run.log_ratios(case, baseline, Metric::Compute);
                tolerance >= closely || narrow_enough(&ratios, width * tolerance)
            })
        };
        // However narrow they are: what was left out as disturbed is still lacking.
        let settled = !self.lacks(run) && narrow(width, f64::INFINITY);
        (self.settled, self.wide) = (settled, !narrow(WIDE.max(width), LOOSE));
    }
}
