//! Verdicts: each claim, what became of it, and the numbers it was judged by.

use maud::{Markup, html};

use super::nothing;
use crate::claim::{Evidence, Judged, Outcome, Verdict};
use crate::report::format::{self, Unit};
use crate::report::palette::{Key, Shape};
use crate::report::svg::{Strip, icon};
use crate::report::{Panel, View};

pub(super) const PANEL: Panel = Panel { id: "verdicts", title: "Verdicts", draw };

fn draw(view: &View) -> Markup {
    if view.verdicts.is_empty() {
        return nothing("No claim was put to the test.");
    }
    html! {
        p.lead {
            "A claim is supported only if the whole interval lies on the claimed side of the bound, and refuted only if "
            "it lies wholly on the other. Open one to see the figures it was judged by; the solid mark in a row is its bound."
        }
        div.verdicts { @for judged in view.verdicts { (one(judged)) } }
    }
}

/// Sign and word of an outcome; colour only repeats them.
pub(super) fn sign(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Supported => ("yes", "supported"),
        Outcome::Refuted => ("no", "refuted"),
        Outcome::Inconclusive => ("unsure", "inconclusive"),
        Outcome::NotMeasured => ("none", "not measured"),
    }
}

fn one(judged: &Judged) -> Markup {
    let verdict = &judged.verdict;
    let (name, word) = sign(verdict.outcome);
    html! {
        article class={ "verdict v-" (name) } id={ "claim-" (judged.id) } {
            p.outcome { (icon(name)) (word) }
            div.claim {
                h3 { (judged.statement) }
                p.why { (format::prose(&verdict.reason)) }
                p.rule { (format::prose(&verdict.rule)) }
            }
            p.figure { (number(verdict)) }
            @if !verdict.evidence.is_empty() { (evidence(verdict)) }
        }
    }
}

fn number(verdict: &Verdict) -> Markup {
    let unit = Unit::named(&verdict.unit);
    html! {
        @if let Some(value) = verdict.value {
            b { (format::quantity(value, unit)) }
            @if let (Some(low), Some(high)) = (verdict.low, verdict.high) {
                span.ci { (format::range(value, low, high, unit)) }
            }
        }
    }
}

fn evidence(verdict: &Verdict) -> Markup {
    html! {
        details {
            summary { (format::count(verdict.evidence.len(), "figure")) " behind this" }
            @for unit in units(&verdict.evidence) { (forest(verdict, unit)) }
        }
    }
}

/// The units of the evidence, each once: figures of different units never share an axis.
fn units(evidence: &[Evidence]) -> Vec<&str> {
    let mut units: Vec<&str> = Vec::new();
    for one in evidence {
        if !units.contains(&one.unit.as_str()) {
            units.push(&one.unit);
        }
    }
    units
}

fn forest(verdict: &Verdict, unit_name: &str) -> Markup {
    let unit = Unit::named(unit_name);
    let rows: Vec<&Evidence> = verdict.evidence.iter().filter(|one| one.unit == unit_name).collect();
    let ends = rows.iter().flat_map(|one| [one.estimate.value, one.estimate.low, one.estimate.high]);
    let mut values: Vec<f64> = ends.filter(|value| value.is_finite()).collect();
    let reference = (unit == Unit::Ratio).then_some(1.0);
    values.extend(reference);
    values.extend(rows.iter().flat_map(|one| bounds(one)));
    let strip = Strip::holding(&values).against(reference);
    html! {
        div.scroll {
            table.rows {
                thead { tr {
                    th scope="col" { "Figure" }
                    th.strip-cell scope="col" { (strip.axis(|tick| format::tick(tick, unit))) }
                    th.num scope="col" { "Value" }
                    th scope="col" { "Bound" }
                } }
                tbody { @for one in rows { (row(one, &strip, unit)) } }
            }
        }
    }
}

/// What the figure is held against: one bound, or the two ends of a margin.
fn bounds(one: &Evidence) -> Vec<f64> {
    [one.bound_low, one.bound_high].into_iter().flatten().collect()
}

/// The claimed side in words.
fn side(one: &Evidence, unit: Unit) -> Option<String> {
    let write = |bound: f64| format::quantity(bound, unit);
    match (one.bound_low, one.bound_high) {
        (None, None) => None,
        (Some(low), None) => Some(format!("above {}", write(low))),
        (None, Some(high)) => Some(format!("below {}", write(high))),
        (Some(low), Some(high)) => Some(format!("{} to {}", write(low), write(high))),
    }
}

fn row(one: &Evidence, strip: &Strip, unit: Unit) -> Markup {
    let (class, name, word) = match (one.judged, one.holds) {
        (false, _) => ("e-context", "none", "context"),
        (true, Some(true)) => ("e-holds", "yes", "holds"),
        (true, Some(false)) => ("e-fails", "no", "fails"),
        (true, None) => ("e-across", "unsure", "across"),
    };
    let shape = if one.judged { Shape::Circle } else { Shape::Ring };
    let claimed = side(one, unit).map_or(String::new(), |side| format!("; claimed: {side}"));
    let tip = format!("{}: {}{claimed}", one.subject, format::estimate(&one.estimate, unit));
    html! {
        tr {
            th scope="row" { (one.subject) }
            td.strip-cell { (strip.bounded(&one.estimate, &bounds(one), Key { class, shape }, &tip)) }
            td.num { (format::quantity(one.estimate.value, unit)) " " span.ci { (format::interval(&one.estimate, unit)) } }
            td { span.holds { (icon(name)) (word) } }
        }
    }
}
