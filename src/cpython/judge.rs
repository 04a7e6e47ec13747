//! From rounds to verdicts: pure functions on what was measured.
//!
//! - The **error** of a cell is the median over rounds of ln(simulated/real), where the real value of a round is the
//!   geometric mean of the interpreter's two arms: both were measured beside the stand-in, and neither is the better.
//! - Its **spread** is the 95 % quantile of |ln(A/B)| over rounds: in 95 % of rounds the interpreter is no further from
//!   itself than that. An error below it could not be told from the interpreter's own doings in one round.
//! - A cell whose spread exceeds 15 % is **too noisy**: it counts for nothing, and is measured longer. A margin that
//!   grew with the interpreter's own noise would allow any error.
//! - Any other is **equivalent** if the whole 95 % interval of its error is within the margin, which is 5 % or the
//!   spread, whichever is more; it **differs** if the whole interval is beyond. In between, nothing is said.
//! - Rounds after the floor hold only what is still **wide**: too noisy, or with an interval longer than the margin. The
//!   error itself decides nothing there.
//! - It is **qualified** if in at least half of the rounds as many processes of the interpreter as it has workers used
//!   at least 85 % of the processors that there were for them. Rounds in which they did not are left out of it.

use super::cells::{Metric, Read, Sample};
use crate::run::validation::{Agreement, Cell, CellRound, Goal, Interpreter, LockKind, TOO_NOISY};
use crate::stats::{median, median_estimate, quantile};

/// Fewest kept rounds for a verdict: fewer give no 95 % interval of a median.
pub(super) const FLOOR: usize = 6;
/// Error that any cell may have.
const MARGIN: f64 = 0.05;
/// Share of cells that must be equivalent.
const SHARE: f64 = 0.95;
/// Share of the processors that as many processes must have had.
pub(super) const CONTROL: f64 = 0.85;

/// What a goal finds where no cell counts.
const NOTHING: &str = "every cell is too noisy to count";

/// The cells that count.
fn counted<'a>(cells: &[&'a Cell]) -> Vec<&'a Cell> {
    cells.iter().copied().filter(|cell| cell.counts()).collect()
}

/// Whether half of the cells count at least: no goal is reached by the rest alone.
fn mostly_counted(cells: &[&Cell]) -> bool {
    counted(cells).len() * 2 >= cells.len()
}

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
    let counted: Vec<&Cell> = interpreter.cells.iter().filter(|cell| cell.counts()).collect();
    let size = |cell: &Cell| cell.error.map_or(0.0, f64::abs);
    let worst = counted.iter().copied().max_by(|a, b| size(a).total_cmp(&size(b)));
    interpreter.worst_error = worst.map(size);
    interpreter.worst_cell = worst.map(|cell| cell.cell.clone());
    interpreter.median_error = median(&counted.iter().map(|cell| size(cell)).collect::<Vec<_>>());
    let kept = interpreter.rounds.saturating_sub(discarded) as usize;
    let judged: Vec<&Cell> = interpreter.cells.iter().filter(|cell| cell.judged && cell.qualified).collect();
    interpreter.goals = goals(&judged, interpreter.lock, kept >= FLOOR);
    interpreter.verdict = if interpreter.goals.iter().any(|goal| goal.met == Some(false)) {
        Agreement::Differs
    } else if interpreter.goals.is_empty() || interpreter.goals.iter().any(|goal| goal.met.is_none()) {
        Agreement::Unqualified
    } else {
        Agreement::Equivalent
    };
}

/// Whether more rounds could still say more about a cell. Looks at how wide things are, never at where they lie.
pub(super) fn is_wide(cell: &Cell, discarded: u32) -> bool {
    let mut cell = cell.clone();
    judge_cell(&mut cell, discarded);
    let (Some(low), Some(high)) = (cell.error_low, cell.error_high) else { return true };
    cell.too_noisy() || high.ln_1p() - low.ln_1p() > cell.margin.ln_1p()
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
    cell.equivalent = agreement(cell, cell.margin);
    cell.certain = cell.equivalent != Agreement::Unqualified;
}

/// The allowed error of a cell: never less than the interpreter's own spread, and never more than makes it too noisy.
fn margin(cell: &Cell, least: f64) -> f64 {
    least.max(cell.spread.unwrap_or(0.0).min(TOO_NOISY))
}

/// On which side of the margin the whole interval of the error lies, if anything can be said.
fn agreement(cell: &Cell, margin: f64) -> Agreement {
    let (Some(low), Some(high)) = (cell.error_low, cell.error_high) else { return Agreement::Unqualified };
    let (low, high, bound) = (low.ln_1p(), high.ln_1p(), margin.ln_1p());
    if !cell.qualified || cell.too_noisy() {
        Agreement::Unqualified
    } else if low >= -bound && high <= bound {
        Agreement::Equivalent
    } else if low > bound || high < -bound {
        Agreement::Differs
    } else {
        Agreement::Unqualified
    }
}

/// The goals, from the judged, qualified cells.
fn goals(judged: &[&Cell], lock: LockKind, enough: bool) -> Vec<Goal> {
    if judged.is_empty() {
        return vec![];
    }
    let all = counted(judged);
    let number = |wanted| all.iter().filter(|cell| cell.equivalent == wanted).count();
    let (equivalent, apart) = (number(Agreement::Equivalent), number(Agreement::Differs));
    let least = SHARE * all.len() as f64;
    let reached =
        if ((all.len() - apart) as f64) < least { Some(false) } else { (equivalent as f64 >= least).then_some(true) };
    let errors: Vec<f64> = all.iter().filter_map(|cell| cell.error.map(f64::abs)).collect();
    let middle = median(&errors);
    let met = |met: Option<bool>, cells: &[&Cell]| met.filter(|met| enough && (!met || mostly_counted(cells)));
    let mut goals = vec![
        Goal {
            statement: "At least 95 % of the cells are within 5 % or the interpreter's own spread.".into(),
            found: format!(
                "{equivalent} of {} cells, {} undecided; {} too noisy to count",
                all.len(),
                all.len() - equivalent - apart,
                judged.len() - all.len()
            ),
            met: met(reached, judged),
        },
        Goal {
            statement: "The median error is at most 5 %.".into(),
            found: middle.map_or_else(|| NOTHING.into(), |middle| format!("{:.1} %", middle * 100.0)),
            met: met(middle.map(|middle| middle <= MARGIN), judged),
        },
    ];
    let named =
        |cell: &Cell, metrics: &[Metric]| metrics.iter().any(|one| cell.cell.ends_with(&format!("/{}", one.name())));
    let mut family = |statement: &str, least: f64, of: &dyn Fn(&Cell) -> bool| {
        let cells: Vec<&Cell> = judged.iter().copied().filter(|cell| of(cell)).collect();
        if cells.is_empty() {
            return;
        }
        let of = |cell: &Cell| agreement(cell, margin(cell, least));
        let beyond = |cell: &Cell| cell.error.map_or(0.0, |error| error.ln_1p().abs() - margin(cell, least).ln_1p());
        let gravity = |cell: &Cell| {
            [Agreement::Equivalent, Agreement::Unqualified, Agreement::Differs].iter().position(|one| *one == of(cell))
        };
        let counted = counted(&cells);
        let order = |a: &&Cell, b: &&Cell| gravity(a).cmp(&gravity(b)).then(beyond(a).total_cmp(&beyond(b)));
        let worst = counted.iter().copied().max_by(order);
        let found = worst.map_or_else(
            || NOTHING.into(),
            |worst| format!("worst is {}, {:+.1} %", worst.cell, worst.error.unwrap_or(0.0) * 100.0),
        );
        let reached = worst.and_then(|worst| match of(worst) {
            Agreement::Equivalent => Some(true),
            Agreement::Differs => Some(false),
            Agreement::Unqualified => None,
        });
        goals.push(Goal { statement: statement.into(), found, met: met(reached, &cells) });
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
