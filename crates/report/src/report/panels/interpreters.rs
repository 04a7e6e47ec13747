//! Real interpreters: how far the simulated lock is from the real one, cell by cell, beside how far that is from itself.

use maud::{Markup, html};

use super::{met, nothing};
use crate::report::format::{self, Unit};
use crate::report::palette::{Key, Shape};
use crate::report::svg::{Strip, icon};
use crate::report::text::{self, came, counted, say, t, tf};
use crate::report::validation::{lock, percent, word};
use crate::report::{Panel, View};
use crate::run::validation::{Agreement, Cell, Goal, Interpreter, Validation};
use crate::stats::Estimate;

pub(super) const PANEL: Panel = Panel { id: "interpreters", title: "Real interpreters", draw };

/// Farthest ratio that the axis of a picture has room for: beyond it only the number tells.
const FARTHEST: f64 = 2.0;

fn draw(view: &View) -> Markup {
    let Some(validation) = &view.run.validation else {
        return nothing(
            "No real interpreter stood beside the simulation. With CPython installed, `gilbench validate` has a look.",
        );
    };
    if validation.interpreters.is_empty() {
        return nothing("No interpreter was found that could be measured.");
    }
    html! {
        p.minor {
            (tf("Measured {0} by {1}, seed {2}.", &[&validation.started_at, &validation.generator, &validation.seed]))
            @if let Some(partial) = &validation.partial { " " (tf("Partial: {0}.", &[partial])) }
        }
        @for (number, interpreter) in validation.interpreters.iter().enumerate() { (one(number, interpreter, validation)) }
        (skipped(validation))
    }
}

fn one(number: usize, interpreter: &Interpreter, validation: &Validation) -> Markup {
    let (sign, verdict) = sign(interpreter.verdict);
    let judged = interpreter.cells.iter().filter(|cell| cell.counts());
    let share = |share: Option<f64>| share.map_or("–".into(), |share| format::quantity(share, Unit::Share));
    html! {
        h3 { "CPython " (interpreter.version) ", " (t(lock(interpreter.lock))) }
        p {
            span.holds { (icon(sign)) (t(verdict)) } " "
            (tf("{0}, median error {1}, worst {2}, {3}.", &[
                &counted(judged.count(), "judged cell"), &share(interpreter.median_error),
                &html! { (share(interpreter.worst_error)) @if let Some(cell) = &interpreter.worst_cell { " (" (cell) ")" } },
                &counted(interpreter.rounds as usize, "round"),
            ]))
        }
        @if let Some(failure) = &interpreter.failure { p.failed { (t("FAILED")) ": " (interpreter.path) " " (failure) } }
        ul.notes { @for goal in &interpreter.goals { (reached(goal)) } }
        details {
            summary { (tf("{0} of {1}", &[&counted(interpreter.cells.len(), "cell"), &interpreter.path])) }
            (table(interpreter, validation, &format!("real-{number}")))
        }
    }
}

/// Sign and words of a verdict.
fn sign(verdict: Agreement) -> (&'static str, &'static str) {
    match verdict {
        Agreement::Equivalent => ("yes", "The simulation stands for it."),
        Agreement::Differs => ("no", "The simulation misses a goal."),
        Agreement::Unqualified => ("unsure", "Too little was measured to say."),
    }
}

fn reached(goal: &Goal) -> Markup {
    html! { li { (met(goal.met)) ": " (came(&goal.statement)) " " (came(&goal.found)) "." } }
}

fn table(interpreter: &Interpreter, validation: &Validation, id: &str) -> Markup {
    let mut values = vec![1.0 - 0.05, 1.0 + 0.05];
    values.extend(interpreter.cells.iter().filter_map(ratio).flat_map(|ratio| [ratio.value, ratio.low, ratio.high]));
    values.retain(|value| value.is_finite());
    let values: Vec<f64> = values.iter().map(|value| near(*value)).collect();
    let strip = Strip::holding(id, &values).against(Some(1.0));
    html! {
        div.scroll.tall {
            table.rows {
                thead { tr {
                    th scope="col" { (t("Cell")) } th.num scope="col" { (t("Real")) } th.num scope="col" { (t("Simulated")) }
                    th.strip-cell scope="col" { (strip.axis(|tick| format::tick(tick, Unit::Ratio))) }
                    th.num scope="col" { (t("Error")) } th.num scope="col" { (t("Spread")) } th scope="col" { (t("Verdict")) }
                } }
                tbody { @for cell in &interpreter.cells { (row(cell, &strip, validation.discarded_rounds)) } }
            }
        }
    }
}

fn row(cell: &Cell, strip: &Strip, discarded: u32) -> Markup {
    let unit = Unit::named(&cell.unit);
    let number = |value: Option<f64>| value.map_or("–".into(), |value| format::quantity(value, unit));
    let name = match cell.equivalent {
        _ if cell.too_noisy() => "unsure",
        Agreement::Equivalent => "yes",
        Agreement::Differs => "no",
        Agreement::Unqualified if cell.qualified => "unsure",
        Agreement::Unqualified => "none",
    };
    let class = if cell.judged { "e-context" } else { "m-serial" };
    let key = Key { class, shape: if cell.judged { Shape::Circle } else { Shape::Ring } };
    let rounds = counted(cell.kept(discarded).count(), "qualified round");
    let tip =
        say("{0}: {1} real, {2} simulated, {3}", &[&cell.cell, &number(cell.real), &number(cell.simulated), &rounds]);
    let margin = (near(1.0 / (1.0 + cell.margin)), near(1.0 + cell.margin));
    html! {
        tr {
            th scope="row" { (cell.cell) } td.num { (number(cell.real)) } td.num { (number(cell.simulated)) }
            td.strip-cell {
                @if let Some(ratio) = ratio(cell) {
                    (strip.estimate(&Estimate { value: near(ratio.value), ..ratio }, Some(margin), key, &tip))
                }
            }
            td.num { (percent(cell.error)) }
            td.num { (cell.spread.map_or("–".into(), |spread| format!("±{:.1} %", spread * 100.0))) }
            td { span.holds { (icon(name)) (text::word(&word(cell))) } }
        }
    }
}

/// Simulated over real, with its interval where there is one.
fn ratio(cell: &Cell) -> Option<Estimate> {
    let (low, high) = (cell.error_low.unwrap_or(f64::NEG_INFINITY), cell.error_high.unwrap_or(f64::INFINITY));
    Some(Estimate { value: cell.error?, low, high, level: 0.95, n: cell.rounds.len() }.map(|error| 1.0 + error))
}

fn near(ratio: f64) -> f64 {
    ratio.clamp(1.0 / FARTHEST, FARTHEST)
}

fn skipped(validation: &Validation) -> Markup {
    html! {
        @if !validation.skipped.is_empty() {
            p.minor { (t("Asked, but of no use:")) }
            ul.notes { @for skipped in &validation.skipped { li { (skipped.path) " " (skipped.reason) } } }
        }
    }
}
