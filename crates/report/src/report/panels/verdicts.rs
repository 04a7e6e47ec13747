//! Verdicts: each claim, what became of it, and the numbers it was judged by.

use maud::{Markup, html};

use super::nothing;
use crate::claim::{Evidence, Figure, Judged, Outcome, Verdict};
use crate::report::format::{self, Unit};
use crate::report::palette::{Key, Shape};
use crate::report::svg::{Strip, icon};
use crate::report::text::{self, Plain, came, came_plain, say, t};
use crate::report::{Panel, View};

pub(super) const PANEL: Panel = Panel { id: "verdicts", title: "Verdicts", draw };

/// The outcomes in the order of the filter.
const OUTCOMES: [Outcome; 4] = [Outcome::Supported, Outcome::Refuted, Outcome::Inconclusive, Outcome::NotMeasured];

fn draw(view: &View) -> Markup {
    if view.verdicts.is_empty() {
        return nothing("No claim was put to the test.");
    }
    html! {
        fieldset.filter {
            legend.hidden { (t("Show verdicts that are")) }
            @for outcome in OUTCOMES { (choice(view, outcome)) }
            // Words can be looked for only by the script, which shows this.
            input #claims-words .find.scripted type="search" placeholder="words in a claim…" data-zh-placeholder="查找…"
                aria-label="Words in a claim" data-zh-label="在主张中查找" hidden;
        }
        // What the signs in the tables of figures mean, once for all of them.
        ul.legend aria-label="Signs" data-zh-label="图例" {
            @for (class, glyph, word) in SIGNS { li { span class=(class) { (glyph) } " " (t(word)) } }
        }
        div.verdicts { @for (at, judged) in view.verdicts.iter().enumerate() { (one(at, judged)) } }
        p.none-left hidden { (t("No claim matches.")) }
    }
}

/// A box that shows and hides the claims of an outcome, by a rule of the style sheet.
fn choice(view: &View, outcome: Outcome) -> Markup {
    let (name, word) = sign(outcome);
    let count = view.verdicts.iter().filter(|judged| judged.verdict.outcome == outcome).count();
    html! {
        @if count > 0 {
            label class={ "choice f-" (name) } {
                input type="checkbox" id={ "show-" (name) } checked autocomplete="off"; (icon(name)) (t(word)) " " b { (count) }
            }
        }
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

fn one(at: usize, judged: &Judged) -> Markup {
    let verdict = &judged.verdict;
    let (name, word) = sign(verdict.outcome);
    html! {
        details class={ "verdict v-" (name) } id={ "claim-" (judged.id) } {
            summary {
                span.outcome { (icon(name)) (t(word)) }
                span.statement { (text::both(&judged.statement, text::chinese(&judged.statement), &[])) }
                span.figure { (number(verdict)) }
            }
            div.grounds {
                p.why { b { (t("Why:")) } " " (came(&verdict.reason)) }
                p.rule { b { (t("Rule:")) } " " (came(&verdict.rule)) }
                p.rule { b { (t("Link to this claim:")) } " " a href={ "#claim-" (judged.id) } { (judged.id) } }
                @if !verdict.evidence.is_empty() { (evidence(at, verdict)) }
            }
        }
    }
}

fn number(verdict: &Verdict) -> Markup {
    html! { @if let Some(figure) = verdict.figure() { (written(&figure)) } }
}

/// A number with what qualifies it, in both languages.
fn written(figure: &Figure) -> Markup {
    html! {
        b { (came_plain(&figure.number)) }
        @if !figure.rest.is_empty() { " " small { (came_plain(&figure.rest)) } }
    }
}

/// A number, whose unit may be a word.
fn quantity(value: f64, unit: Unit) -> Plain {
    let en = format::quantity(value, unit);
    let zh = match unit {
        Unit::Other(name) => text::unit(name).map(|chinese| en.replace(name, chinese)),
        _ => None,
    };
    Plain { en, zh }
}

fn evidence(claim: usize, verdict: &Verdict) -> Markup {
    let units = units(&verdict.evidence);
    html! { @for (at, unit) in units.iter().enumerate() { (forest(&format!("c{claim}-{at}"), verdict, unit)) } }
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

fn forest(id: &str, verdict: &Verdict, unit_name: &str) -> Markup {
    let unit = Unit::named(unit_name);
    let rows: Vec<&Evidence> = verdict.evidence.iter().filter(|one| one.unit == unit_name).collect();
    let ends = rows.iter().flat_map(|one| [one.estimate.value, one.estimate.low, one.estimate.high]);
    let mut values: Vec<f64> = ends.filter(|value| value.is_finite()).collect();
    let reference = (unit == Unit::Ratio).then_some(1.0);
    values.extend(reference);
    values.extend(rows.iter().flat_map(|one| bounds(one)));
    let strip = Strip::holding(id, &values).against(reference);
    html! {
        div.scroll {
            table.rows.evidence {
                thead { tr {
                    th scope="col" { (t("Figure")) }
                    th.strip-cell scope="col" { (strip.axis(|tick| format::tick(tick, unit))) }
                    th.num scope="col" { (t("Value")) }
                    th scope="col" { (t("Bound")) }
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

/// The claimed side, in signs that any language has.
fn side(one: &Evidence, unit: Unit) -> Option<Plain> {
    // Counts are whole numbers: never, or once at least.
    if one.of.is_some() && one.judged {
        return Some(Plain::same(if one.bound_high.is_some() { "= 0" } else { "≥ 1" }));
    }
    let write = |bound: f64| quantity(bound, unit);
    match (one.bound_low, one.bound_high) {
        (None, None) => None,
        (Some(low), None) => Some(say("> {0}", &[&write(low)])),
        (None, Some(high)) => Some(say("< {0}", &[&write(high)])),
        (Some(low), Some(high)) => Some(say("{0} – {1}", &[&write(low), &write(high)])),
    }
}

/// How a figure stands to its bound: class, sign, word.
const SIGNS: [(&str, &str, &str); 3] =
    [("e-holds", "✓", "holds"), ("e-fails", "✗", "fails"), ("e-across", "?", "across")];

fn row(one: &Evidence, strip: &Strip, unit: Unit) -> Markup {
    let sign = one.judged.then(|| match one.holds {
        Some(true) => SIGNS[0],
        Some(false) => SIGNS[1],
        None => SIGNS[2],
    });
    let class = sign.map_or("e-context", |(class, ..)| class);
    let shape = if one.judged { Shape::Circle } else { Shape::Ring };
    html! {
        tr {
            th scope="row" { (came(&one.subject)) }
            td { (strip.bounded(&one.estimate, &bounds(one), Key { class, shape }, &Plain::default())) }
            td { (written(&one.figure())) }
            td { @if let Some((class, glyph, _)) = sign { span class=(class) { (glyph) } " " } (side(one, unit).unwrap_or_default()) }
        }
    }
}
