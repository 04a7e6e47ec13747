//! The instrument: how far it can be trusted on this machine, as a selftest found.

use maud::{Markup, html};

use super::nothing;
use crate::report::selftest::{HEAD, row};
use crate::report::svg::icon;
use crate::report::{Panel, View};
use crate::run::selftest::{Basis, Check, Findings, Point};

pub(super) const PANEL: Panel = Panel { id: "instrument", title: "The instrument", draw };

fn draw(view: &View) -> Markup {
    let found = view.run.selftest.as_ref().and_then(|selftest| Some((selftest, selftest.findings.as_ref()?)));
    let Some((selftest, findings)) = found else {
        return nothing(
            "The instrument has not been tried on itself here. `gilbench selftest` does that in five minutes.",
        );
    };
    html! {
        p.minor {
            "Measured " (selftest.started_at) " by " (selftest.generator) ", seed " (selftest.seed)
            @if selftest.neighbour { ", beside a neighbour that computed in bursts" } "."
            @if let Some(partial) = &selftest.partial { " Partial: " (partial) "." }
        }
        ul.notes { @for check in &findings.checks { (reached(check)) } }
        (curve(findings, Basis::Measured, "Trials that were measured"))
        (curve(findings, Basis::Resampled, "Trials drawn again from the rounds without a change"))
    }
}

fn reached(check: &Check) -> Markup {
    let (sign, word) = match check.met {
        Some(true) => ("yes", "met"),
        Some(false) => ("no", "missed"),
        None => ("unsure", "cannot be said"),
    };
    html! { li { span.holds { (icon(sign)) (word) } ": " (check.statement) " " (check.found) "." } }
}

fn curve(findings: &Findings, basis: Basis, title: &str) -> Markup {
    let points: Vec<&Point> = findings.points.iter().filter(|point| point.basis == basis).collect();
    html! {
        @if !points.is_empty() {
            details {
                summary { (title) }
                div.scroll.tall {
                    table.rows {
                        thead { tr {
                            th scope="col" { (HEAD[0]) } @for head in &HEAD[1..] { th.num scope="col" { (head) } }
                        } }
                        tbody { @for point in points { @let row = row(point); tr {
                            th scope="row" { (row[0]) } @for cell in &row[1..] { td.num { (cell) } }
                        } } }
                    }
                }
            }
        }
    }
}
