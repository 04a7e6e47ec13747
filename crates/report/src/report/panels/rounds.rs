//! Every round of every case as a dot, so that what a median hides can be seen.

use maud::{Markup, html};

use super::nothing;
use crate::report::format::{self, Unit};
use crate::report::palette;
use crate::report::svg::Strip;
use crate::report::text::{counted, t, tf};
use crate::report::view::{Group, shape};
use crate::report::{Panel, View};
use crate::run::{CaseResult, KernelInfo, Metric};
use crate::stats::{median, two_modes};

pub(super) const PANEL: Panel = Panel { id: "rounds", title: "Every round", draw };

fn draw(view: &View) -> Markup {
    let kernels: Vec<&KernelInfo> = Group::ALL.into_iter().flat_map(|group| view.kernels(group)).collect();
    if kernels.is_empty() {
        return nothing("Nothing was measured.");
    }
    html! {
        p.why { (tf("Rounds that count in no estimate: the first {0}, and samples that were disturbed.", &[&view.run.plan.discarded_rounds])) }
        @for (at, kernel) in kernels.into_iter().enumerate() { (strips(view, at, kernel)) }
    }
}

fn strips(view: &View, at: usize, kernel: &KernelInfo) -> Markup {
    let cases: Vec<&CaseResult> =
        view.of_kernel(&kernel.id).into_iter().filter(|case| !case.samples.is_empty()).collect();
    let of = |case: &CaseResult| view.run.values(case, Metric::Compute);
    let modes: Vec<bool> = cases.iter().map(|case| two_modes(&of(case)).is_some()).collect();
    let bimodal = modes.iter().filter(|two| **two).count();
    let all: Vec<f64> =
        cases.iter().flat_map(|case| case.samples.iter().filter_map(|s| Metric::Compute.of(s))).collect();
    let strip = Strip::holding(format!("rounds-{at}"), &all);
    html! {
        details.rounds {
            summary {
                b { (kernel.id) } " " small { (counted(cases.len(), "case")) }
                @if bimodal > 0 { span.flag { " " (tf("{0} bimodal", &[&bimodal])) } }
            }
            div.scroll { table.rows.numbers {
                thead { tr {
                    th scope="col" { (t("Model")) } th.num scope="col" { (t("Workers")) }
                    th.strip-cell scope="col" { (strip.axis(|tick| format::tick(tick, Unit::Time))) } th.num scope="col" { (t("Median")) }
                    th.num scope="col" { (t("Disturbed")) }
                } }
                tbody { @for (case, two) in cases.iter().zip(&modes) { (row(view, case, &strip, *two)) } }
            } }
        }
    }
}

fn row(view: &View, case: &CaseResult, strip: &Strip, two: bool) -> Markup {
    let values = view.run.values(case, Metric::Compute);
    let left_out = case.samples.iter().filter(|s| s.disturbed || s.round < view.run.plan.discarded_rounds);
    let mut all: Vec<f64> = left_out.filter_map(|sample| Metric::Compute.of(sample)).collect();
    let hollow = all.len();
    all.extend(&values);
    let middle = median(&values);
    let repeats = view.run.repeats(case);
    html! {
        tr {
            th scope="row" { (case.model) }
            td { (shape(case)) }
            td.strip-cell { (strip.dots(&all, hollow, middle, palette::key(&case.model))) }
            td {
                (middle.map_or("–".into(), format::time))
                @if two { span.flag { " " (t("bimodal")) } }
                @if case.failed { span.failed { " " (t("FAILED")) } }
            }
            td { @if case.limits.is_some() { (tf("{0} of {1}", &[&repeats.disturbed, &repeats.watched])) } @else { "–" } }
        }
    }
}
