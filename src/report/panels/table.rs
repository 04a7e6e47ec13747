//! Every kernel under every model, as speedup over serial.

use maud::{Markup, html};

use super::{model, nothing};
use crate::report::format::{self, Unit};
use crate::report::view::{BASELINE, Group, shape};
use crate::report::{Panel, View, shade};
use crate::run::{CaseResult, Metric};
use crate::stats::two_modes;

pub(super) const PANEL: Panel = Panel { id: "table", title: "Speedup", draw };

fn draw(view: &View) -> Markup {
    let models: Vec<&str> = view.models().into_iter().filter(|id| *id != BASELINE).collect();
    if models.is_empty() {
        return nothing("No case was measured beside serial.");
    }
    html! {
        p.lead {
            "How many times faster than serial the same work was done, with the 95 % interval of the paired ratio "
            "(or how many rounds there are, where that is too few for an interval). "
            "Hybrids show their fastest split, as processes×threads. "
            "Where times fall into two groups the cell says " span.flag { "bimodal" } ": see " a href="#rounds" { "the rounds" } "."
        }
        div.scroll.tall {
            table.matrix data-sortable="" {
                caption.hidden { "Speedup over serial by kernel, workers and model" }
                thead { tr {
                    th.first scope="col" { "Kernel" }
                    th.num scope="col" { "Workers" }
                    th.num scope="col" { "Serial step" }
                    @for id in &models { th.num scope="col" { (model(id)) } }
                } }
                @for group in Group::ALL { (group_rows(view, group, &models)) }
            }
        }
        (scale())
    }
}

/// What the shades mean.
fn scale() -> Markup {
    let values = [0.2, 0.4, 0.7, 0.9, 1.0, 1.1, 1.5, 2.0, 4.0, 8.0, 16.0];
    let labels =
        ["≤ 0.25×", "≤ 0.5×", "≤ 0.77×", "≤ 0.95×", "as fast", "≥ 1.05×", "≥ 1.3×", "≥ 1.7×", "≥ 3×", "≥ 6×", "≥ 12×"];
    html! {
        ul.shades aria-label="Shades" { @for (value, label) in values.iter().zip(labels) { li class=(shade(*value)) { (label) } } }
    }
}

fn group_rows(view: &View, group: Group, models: &[&str]) -> Markup {
    let kernels = view.kernels(group);
    if kernels.is_empty() {
        return html! {};
    }
    html! {
        tbody.group { tr { th colspan=(models.len() + 3) scope="rowgroup" { span { (group.title()) } } } }
        tbody {
            @for kernel in kernels {
                @let cases = view.of_kernel(&kernel.id);
                @for (at, workers) in worker_counts(&cases).into_iter().enumerate() {
                    tr {
                        th.first.again[at > 0] scope="row" title=(kernel.summary) { (kernel.id) }
                        td.num data-value=(workers) { (workers) }
                        (serial(view, &kernel.id, at == 0))
                        @for id in models { (cell(view, &cases, id, workers)) }
                    }
                }
            }
        }
    }
}

/// Worker counts of the cases beside serial.
fn worker_counts(cases: &[&CaseResult]) -> Vec<usize> {
    let mut counts: Vec<usize> = cases.iter().filter(|case| case.model != BASELINE).map(|case| case.workers).collect();
    counts.sort_unstable();
    counts.dedup();
    counts
}

/// Time per step of the serial case.
fn serial(view: &View, kernel: &str, first: bool) -> Markup {
    let Some(case) = view.baseline(kernel) else { return html! { td.num.absent { "–" } } };
    if case.failed {
        return failed(view, case);
    }
    let steps = case.steps.max(1) as f64;
    html! {
        @match view.run.level(case, Metric::Compute).map(|level| level.map(|ns| ns / steps)) {
            Some(step) => td.num.again[!first] data-value=(step.value) title=(format::estimate(&step, Unit::Time)) {
                (format::time(step.value))
            },
            None => td.num.absent { "–" },
        }
    }
}

fn cell(view: &View, cases: &[&CaseResult], model: &str, workers: usize) -> Markup {
    let here: Vec<&CaseResult> =
        cases.iter().filter(|case| case.model == model && case.workers == workers).copied().collect();
    let Some(first) = here.first() else { return html! { td.num.absent title="not measured" { "·" } } };
    let Some((case, speedup)) = view.fastest(here.iter().copied()) else {
        return if first.failed {
            failed(view, first)
        } else {
            html! { td.num.absent title="no baseline" { "–" } }
        };
    };
    let lost = here.iter().filter(|case| case.failed).count();
    let split = (here.len() > 1 || shape(case).contains('×')).then(|| shape(case));
    html! {
        td class={ "num " (shade(speedup.value)) } data-value=(speedup.value) data-tip={ (case.id) ": " (format::estimate(&speedup, Unit::Ratio)) ", " (speedup.n) " rounds" } {
            @if let Some(split) = split { span.split { (split) " " } }
            b { (format::quantity(speedup.value, Unit::Ratio)) }
            span.ci { @if speedup.is_bounded() { (format::interval(&speedup, Unit::Ratio)) } @else { "n = " (speedup.n) } }
            @if two_modes(&view.run.values(case, Metric::Compute)).is_some() { span.flag { "bimodal" } }
            @if lost > 0 { span.failed { (lost) " FAILED" } }
        }
    }
}

fn failed(view: &View, case: &CaseResult) -> Markup {
    let why = view.cause(case);
    html! { td.num.failed data-tip={ (case.id) ": " (why) } title=(why) { a href="#failures" { "FAILED" } } }
}
