//! The instrument: how far it can be trusted on this machine, as a selftest found.

use maud::{Markup, html};

use super::{met, nothing};
use crate::report::selftest::{HEAD, row};
use crate::report::text::{came, t, tf};
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
            (tf("Measured {0} by {1}, seed {2}.", &[&selftest.started_at, &selftest.generator, &selftest.seed]))
            @if selftest.neighbour { " " (t("It ran beside a neighbour that computed in bursts.")) }
            @if let Some(partial) = &selftest.partial { " " (tf("Partial: {0}.", &[partial])) }
        }
        ul.notes { @for check in &findings.checks { (reached(check)) } }
        (curve(findings, Basis::Measured, "Trials that were measured"))
        (curve(findings, Basis::Resampled, "Trials drawn again from the rounds without a change"))
    }
}

fn reached(check: &Check) -> Markup {
    html! { li { (met(check.met)) ": " (came(&check.statement)) " " (came(&check.found)) "." } }
}

fn curve(findings: &Findings, basis: Basis, title: &'static str) -> Markup {
    let points: Vec<&Point> = findings.points.iter().filter(|point| point.basis == basis).collect();
    html! {
        @if !points.is_empty() {
            details {
                summary { (t(title)) }
                div.scroll.tall {
                    table.rows {
                        thead { tr {
                            th scope="col" { (t(HEAD[0])) } @for head in &HEAD[1..] { th.num scope="col" { (t(head)) } }
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
