//! The head of the page: the question, the machine, and whatever must be known before any number is believed.

use maud::{Markup, html};

use super::View;
use super::format::{self, Unit};
use super::svg::{icon, spark};
use super::text::{Plain, came, counted, say, t, tf, word};
use crate::claim::Outcome;
use crate::run::{Machine, Note};

/// The head of the page.
pub(super) fn head(view: &View) -> Markup {
    html! {
        header {
            p.brand { span.logo aria-hidden="true" { b {} b {} b {} } "gilbench" }
            h1 { (t("Should this work run on threads or on processes, and what would a global lock cost it?")) }
            p.machine { (tf("Measured on {0}, {1}.", &[&machine_line(&view.run.machine), &measured(view)])) }
            (warnings(view))
            (facts(view))
        }
    }
}

/// The machine in one line.
pub(super) fn machine_line(machine: &Machine) -> Plain {
    let cpu = &machine.cpu;
    let model = if cpu.model.is_empty() { say("an unnamed processor", &[]) } else { Plain::same(cpu.model.as_str()) };
    let cores = match (cpu.usable, cpu.logical) {
        (usable, all) if usable < all => say("{0} of its {1} processors usable", &[&usable, &all]),
        (usable, _) => counted(usable, "processor"),
    };
    let mut parts = vec![model, cores];
    if machine.memory.total_bytes > 0 {
        parts.push(format::bytes(machine.memory.total_bytes as f64).into());
    }
    parts.extend(
        [&machine.os, &machine.kernel].into_iter().filter(|text| !text.is_empty()).map(|text| text.clone().into()),
    );
    Plain::join(parts, ", ")
}

fn measured(view: &View) -> Plain {
    let run = view.run;
    let begun = run.started_at.replacen('T', " ", 1).replacen('Z', " UTC", 1);
    say("{0} profile, {1}, took {2}", &[&say(run.plan.profile.name(), &[]), &begun, &format::duration(run.elapsed_s)])
}

/// The partial flag, an unqualified instrument and all serious notes; the others behind a fold.
fn warnings(view: &View) -> Markup {
    let (serious, minor): (Vec<_>, Vec<_>) = view.run.machine.notes.iter().partition(|note| note.serious);
    html! {
        @if let Some(reason) = &view.run.partial { (callout(&t("Partial run"), reason)) }
        @if let Some(reason) = view.unqualified() { (callout(&t("This run decides nothing that was timed"), &reason)) }
        @for note in serious { (callout(&word(&note.id), &note.text)) }
        @if !minor.is_empty() { (minor_notes(&minor)) }
    }
}

fn callout(title: &Markup, text: &str) -> Markup {
    html! { div.callout role="note" { (icon("warn")) p { strong { (title) } " " (came(text)) } } }
}

fn minor_notes(notes: &[&Note]) -> Markup {
    html! {
        details.minor {
            summary { (tf("Minor notes on the conditions: {0}", &[&notes.len()])) }
            ul { @for note in notes { li { strong { (word(&note.id)) } " " (came(&note.text)) } } }
        }
    }
}

fn facts(view: &View) -> Markup {
    let failures = view.run.failures.len();
    html! {
        dl.facts {
            (qualification(view))
            (drift(view))
            div { dt { (t("Verdicts")) } dd { (tally(view)) } }
            div {
                dt { (t("Failures")) }
                dd {
                    @if failures == 0 { (icon("yes")) (t("nothing failed")) }
                    @else { a href="#failures" { (icon("no")) (tf("{0} failed", &[&failures])) } }
                }
            }
        }
    }
}

fn qualification(view: &View) -> Markup {
    let twins = view.twins();
    html! {
        div {
            dt { (t("Instrument")) }
            @if twins.is_empty() { dd { (icon("none")) (t("no A/A arm in this run")) } }
            @for (twin, ratio) in &twins {
                @let (qualified, words) = super::view::qualification(ratio);
                dd title=(twin.id) { (icon(qualified.map_or("unsure", |yes| if yes { "yes" } else { "no" }))) (words) }
            }
        }
    }
}

fn drift(view: &View) -> Markup {
    html! {
        div {
            dt { (t("Drift of the neutral control")) }
            dd {
                @match view.drift() {
                    Some(drift) => {
                        (if drift < 0.0 { "−" } else { "+" }) (format::quantity(drift.abs(), Unit::Share))
                        small { " " (t("second half against first")) } (spark(&view.control()))
                    },
                    None => { (icon("none")) (t("no control in this run")) },
                }
            }
        }
    }
}

/// How many verdicts of each kind.
fn tally(view: &View) -> Markup {
    let kinds = [
        (Outcome::Supported, "yes", "supported"),
        (Outcome::Refuted, "no", "refuted"),
        (Outcome::Inconclusive, "unsure", "inconclusive"),
        (Outcome::NotMeasured, "none", "not measured"),
    ];
    let counted = kinds.map(|(outcome, sign, word)| {
        (view.verdicts.iter().filter(|judged| judged.verdict.outcome == outcome).count(), sign, word)
    });
    html! {
        @if view.verdicts.is_empty() { (t("none")) }
        @for (n, sign, word) in counted.into_iter().filter(|(n, ..)| *n > 0) {
            span.tally { (icon(sign)) (n) " " (t(word)) }
        }
    }
}
