//! From rounds to verdicts: pure functions on what was measured.
//!
//! - The **error** of a cell is the median over rounds of ln(simulated/real), where the real value of a round is the
//!   geometric mean of the interpreter's two arms: both were measured beside the stand-in, and neither is the better.
//! - Its **spread** is the 95 % quantile of |ln(A/B)| over rounds: in 95 % of rounds the interpreter is no further from
//!   itself than that. An error below it could not be told from the interpreter's own doings in one round.
//! - It is **equivalent** if its error is within the margin, which is 5 % or the spread, whichever is more. The error is
//!   the median, so that a rule of the whole interval would ask of a few rounds what only many can give; whether the
//!   interval says so too is told beside it (`certain`).
//! - It is **qualified** if in at least half of the rounds as many processes of the interpreter as it has workers used
//!   at least 85 % of the processors that there were for them. Rounds in which they did not are left out of it.

use super::cells::{Metric, Read, Sample};
use crate::run::validation::{Agreement, Cell, CellRound, Goal, Interpreter, LockKind};
use crate::stats::{Estimate, median, median_estimate, quantile};

/// Fewest kept rounds for a verdict: fewer give no 95 % interval of a median.
pub(super) const FLOOR: usize = 6;
/// Error that any cell may have.
const MARGIN: f64 = 0.05;
/// Share of cells that must be equivalent.
const SHARE: f64 = 0.95;
/// Share of the processors that as many processes must have had.
pub(super) const CONTROL: f64 = 0.85;

/// What a cell is before anything is known of its values.
pub(super) fn cells(samples: &[Sample]) -> Vec<Cell> {
    let ids = samples.iter().flat_map(|sample| sample.cells().map(move |cell| (sample, cell)));
    let blank = |(sample, (id, read)): (&Sample, (String, Read))| Cell {
        family: id.split('/').next().unwrap_or_default().into(),
        cell: id,
        unit: read.metric.unit().into(),
        workers: sample.work.workers(),
        real: None,
        simulated: None,
        error: None,
        error_low: None,
        error_high: None,
        self_error: None,
        spread: None,
        margin: MARGIN,
        judged: read.judged,
        qualified: false,
        equivalent: Agreement::Unqualified,
        certain: false,
        rounds: vec![],
    };
    ids.map(blank).collect()
}

/// Fills in what follows from the rounds.
pub(super) fn judge(interpreter: &mut Interpreter, discarded: u32) {
    interpreter.cells.iter_mut().for_each(|cell| judge_cell(cell, discarded));
    let judged: Vec<&Cell> = interpreter.cells.iter().filter(|cell| cell.judged && cell.qualified).collect();
    let size = |cell: &Cell| cell.error.map_or(0.0, f64::abs);
    let worst = judged.iter().copied().max_by(|a, b| size(a).total_cmp(&size(b)));
    interpreter.worst_error = worst.map(size);
    interpreter.worst_cell = worst.map(|cell| cell.cell.clone());
    interpreter.median_error = median(&judged.iter().map(|cell| size(cell)).collect::<Vec<_>>());
    let kept = interpreter.rounds.saturating_sub(discarded) as usize;
    interpreter.goals = goals(&judged, interpreter.lock, kept >= FLOOR);
    interpreter.verdict = if interpreter.goals.iter().any(|goal| goal.met == Some(false)) {
        Agreement::Differs
    } else if judged.is_empty() || interpreter.goals.iter().any(|goal| goal.met.is_none()) {
        Agreement::Unqualified
    } else {
        Agreement::Equivalent
    };
}

fn judge_cell(cell: &mut Cell, discarded: u32) {
    let all: Vec<CellRound> = cell.rounds.iter().filter(|round| round.round >= discarded).cloned().collect();
    let qualified: Vec<CellRound> = cell.kept(discarded).cloned().collect();
    cell.qualified = !all.is_empty() && qualified.len() * 2 >= all.len();
    // What cannot be judged is shown all the same.
    let kept = if cell.qualified { qualified } else { all };
    let logs = |of: fn(&CellRound) -> f64| kept.iter().map(of).collect::<Vec<_>>();
    let error = median_estimate(&logs(|round| (round.simulated / round.real()).ln()), 0.95);
    let apart = logs(|round| (round.real_a / round.real_b).ln());
    let spread = quantile(&apart.iter().map(|log| log.abs()).collect::<Vec<_>>(), 0.95);
    cell.real = median(&logs(CellRound::real));
    cell.simulated = median(&logs(|round| round.simulated));
    cell.error = error.map(|error| error.value.exp_m1());
    let end = |end: f64| end.is_finite().then(|| end.exp_m1());
    cell.error_low = error.and_then(|error| end(error.low));
    cell.error_high = error.and_then(|error| end(error.high));
    cell.self_error = median(&apart).map(f64::exp_m1);
    cell.spread = spread.map(f64::exp_m1);
    cell.margin = margin(cell, MARGIN);
    (cell.equivalent, cell.certain) = match error.filter(|_| cell.qualified) {
        None => (Agreement::Unqualified, false),
        Some(error) => agreement(&error, cell.margin),
    };
}

/// The allowed error of a cell: never less than the interpreter's own spread.
fn margin(cell: &Cell, least: f64) -> f64 {
    least.max(cell.spread.unwrap_or(0.0))
}

/// Whether the error, a logarithm, is within the margin, and whether its whole interval says so.
fn agreement(error: &Estimate, margin: f64) -> (Agreement, bool) {
    let bound = margin.ln_1p();
    if error.value.abs() <= bound {
        (Agreement::Equivalent, error.low >= -bound && error.high <= bound)
    } else {
        (Agreement::Differs, error.is_below(-bound) || error.is_above(bound))
    }
}

fn goals(judged: &[&Cell], lock: LockKind, enough: bool) -> Vec<Goal> {
    if judged.is_empty() {
        return vec![];
    }
    let met = |met: bool| enough.then_some(met);
    let equivalent = judged.iter().filter(|cell| cell.equivalent == Agreement::Equivalent).count();
    let within = |cell: &&&Cell| cell.error.is_some_and(|error| error.ln_1p().abs() <= MARGIN.ln_1p());
    let narrow = judged.iter().filter(within).count();
    let errors: Vec<f64> = judged.iter().filter_map(|cell| cell.error.map(f64::abs)).collect();
    let middle = median(&errors).unwrap_or(f64::INFINITY);
    let mut goals = vec![
        Goal {
            statement: "At least 95 % of the cells are within 5 % or the interpreter's own spread.".into(),
            // The interpreter's own spread may be so wide that it allows anything: how many cells needed it is told.
            found: format!("{equivalent} of {} cells, {narrow} of them within 5 %", judged.len()),
            met: met(equivalent as f64 >= SHARE * judged.len() as f64),
        },
        Goal {
            statement: "The median error is at most 5 %.".into(),
            found: format!("{:.1} %", middle * 100.0),
            met: met(middle <= MARGIN),
        },
    ];
    let named =
        |cell: &Cell, metrics: &[Metric]| metrics.iter().any(|one| cell.cell.ends_with(&format!("/{}", one.name())));
    let mut family = |statement: &str, least: f64, of: &dyn Fn(&Cell) -> bool| {
        let cells: Vec<&Cell> = judged.iter().copied().filter(|cell| of(cell)).collect();
        let beyond = |cell: &Cell| cell.error.map_or(0.0, |error| error.ln_1p().abs() - margin(cell, least).ln_1p());
        let Some(worst) = cells.iter().copied().max_by(|a, b| beyond(a).total_cmp(&beyond(b))) else { return };
        let found = format!("worst is {}, {:+.1} %", worst.cell, worst.error.unwrap_or(0.0) * 100.0);
        goals.push(Goal { statement: statement.into(), found, met: met(beyond(worst) <= 0.0) });
    };
    let ticks = lock == LockKind::Ticks;
    let own = "or the interpreter's own spread.";
    if !ticks {
        family(&format!("Hand-over rates and slices are within 3 % {own}"), 0.03, &|cell| cell.family == "hand-over");
    }
    family(&format!("Convoys beside 0 to 2 threads are within 10 % {own}"), 0.1, &|cell| {
        cell.family == "convoy" && cell.workers <= 3
    });
    if ticks {
        family(&format!("Speedups under ticks are within 10 % {own}"), 0.1, &|cell| {
            cell.cell.starts_with("cpu/threads") && named(cell, &[Metric::Speedup])
        });
        family(&format!("Context switches under ticks are within 25 % {own}"), 0.25, &|cell| {
            named(cell, &[Metric::Voluntary, Metric::Involuntary])
        });
    }
    goals
}
