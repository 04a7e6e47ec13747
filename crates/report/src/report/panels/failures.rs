//! What failed, and why.

use maud::{Markup, html};

use crate::report::svg::icon;
use crate::report::text::t;
use crate::report::{Panel, View};
use crate::run::FailureKind;

pub(super) const PANEL: Panel = Panel { id: "failures", title: "What failed and why", draw };

fn draw(view: &View) -> Markup {
    let failures = view.failures();
    if failures.is_empty() {
        return html! { p.good { (icon("yes")) (t("Nothing failed: every case ran to its end, and all models agreed on every checksum.")) } };
    }
    html! {
        div.scroll {
            table.plain {
                thead { tr {
                    th scope="col" { (t("Case")) } th.num scope="col" { (t("Round")) } th scope="col" { (t("What")) } th scope="col" { (t("Cause")) }
                } }
                tbody {
                    @for failure in failures {
                        tr {
                            th scope="row" { @if let Some(case) = &failure.case { (case) } @else { (t("no single case")) } }
                            td.num { (failure.round.map_or("–".into(), |round| round.to_string())) }
                            td { span.holds { (icon("no")) (t(word(failure.kind))) } }
                            td.text { (failure.message) }
                        }
                    }
                }
            }
        }
    }
}

/// The kind of failure in words.
pub(in crate::report) fn word(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Killed => "killed",
        FailureKind::Panicked => "panicked",
        FailureKind::Exited => "exited early",
        FailureKind::Stalled => "stalled",
        FailureKind::NotStarted => "not started",
        FailureKind::NotPrepared => "not prepared",
        FailureKind::WrongAnswer => "wrong answer",
    }
}
