//! Every kernel under every model, as speedup over serial.

use maud::{Markup, html};

use super::{cell_of, nothing};
use crate::report::format::{self, Unit};
use crate::report::text::{self, came_plain, say, t, tf};
use crate::report::view::{BASELINE, Group, shape};
use crate::report::{GAINS, LOSSES, Panel, View, shade};
use crate::run::{CaseResult, Metric};
use crate::stats::{Estimate, two_modes};

pub(super) const PANEL: Panel = Panel { id: "table", title: "Every kernel under every model", draw };

fn draw(view: &View) -> Markup {
    let models: Vec<&str> = view.models().into_iter().filter(|id| *id != BASELINE).collect();
    if models.is_empty() {
        return nothing("No case was measured beside serial.");
    }
    html! {
        (tools(view))
        div.scroll.tall tabindex="0" role="region" aria-label="Every kernel under every model" data-zh-label="每个工作负载在每种模型下" {
            table.matrix #cells data-sortable="" data-shades=(shades()) {
                caption.hidden { (t("Speedup over serial by kernel, workers and model")) }
                thead { tr {
                    th.first scope="col" { (t("Kernel")) }
                    th.num scope="col" { (t("Workers")) }
                    th.num scope="col" { (t("Serial step")) }
                    @for id in &models { th class=(if view.locked(id) { "num locked" } else { "num" }) scope="col" { (cell_of(id)) } }
                } }
                @for group in Group::ALL { (group_rows(view, group, &models)) }
            }
        }
        (scale())
    }
}

/// What the cells can show beside the speedup: id, name, metric, unit of the script, and whether less is better.
const METRICS: [(&str, &str, Metric, &str); 4] = [
    ("time", "Time of a sample", Metric::Compute, "ns"),
    ("cpu", "CPU time", Metric::CpuTime, "ns"),
    ("memory", "Memory per worker", Metric::PssPerWorker, "bytes"),
    ("switches", "Context switches/s", Metric::SwitchesPerSecond, "/s"),
];

/// Choices that need the script, which shows them.
fn tools(view: &View) -> Markup {
    html! {
        div.tools.scripted hidden {
            label { (t("Show")) " "
                select #metric autocomplete="off" {
                    option value="speedup" data-zh=[text::chinese("Speedup")] { "Speedup" }
                    option value="throughput" data-unit="steps/s" data-more="" data-zh=[text::chinese("Steps per second")] { "Steps per second" }
                    option value="efficiency" data-unit="share" data-more="" data-zh=[text::chinese("Efficiency")] { "Efficiency" }
                    @for (id, name, _, unit) in METRICS {
                        option value=(id) data-unit=(unit) data-zh=[text::chinese(name)] { (name) }
                    }
                }
            }
            label { (t("Kernels")) " "
                input #kernels .find type="search" placeholder="part of a name…" data-zh-placeholder="名称的一部分…" autocomplete="off";
            }
            label { (t("Work")) " "
                select #group autocomplete="off" {
                    option value="" data-zh=[text::chinese("all")] { "all" }
                    @for (at, group) in Group::ALL.into_iter().enumerate() {
                        @if !view.kernels(group).is_empty() {
                            option value=(at) data-zh=[text::chinese(group.title())] { (group.title()) }
                        }
                    }
                }
            }
            label { (t("Models")) " "
                select #locks autocomplete="off" {
                    option value="" data-zh=[text::chinese("all")] { "all" }
                    option value="free" data-zh=[text::chinese("without a lock")] { "without a lock" }
                    option value="locked" data-zh=[text::chinese("under a global lock")] { "under a global lock" }
                }
            }
            span #cells-left role="status" {}
        }
    }
}

/// The edges of the shades, for the script: gains, then losses.
fn shades() -> String {
    serde_json::json!([GAINS, LOSSES]).to_string()
}

/// Every metric of a case for the script: value and interval, in the order of the choices.
fn metrics(view: &View, case: &CaseResult) -> String {
    // Four digits tell apart what three digits show, in the shorter of two ways to write them.
    let short = |value: f64| {
        let exponent = format!("{value:.3e}");
        let Ok(rounded) = exponent.parse::<f64>() else { return String::new() };
        [format!("{rounded:e}"), rounded.to_string()].into_iter().min_by_key(String::len).unwrap_or_default()
    };
    let one = |level: Option<Estimate>| match level {
        None => String::new(),
        Some(level) if level.is_bounded() => [level.value, level.low, level.high].map(short).join(" "),
        Some(level) => short(level.value),
    };
    let steps = case.steps as f64 * 1e9;
    let rate = view.run.level(case, Metric::Compute).map(|time| Estimate {
        value: steps / time.value,
        low: steps / time.high,
        high: steps / time.low,
        ..time
    });
    let others = METRICS.iter().map(|(_, _, metric, _)| one(view.run.level(case, *metric)));
    // Speedup over as many processors as the workers could use.
    let usable = case.workers.min(view.run.cores()).max(1) as f64;
    let efficiency = view.speedup(case).map(|speedup| speedup.map(|speedup| speedup / usable));
    [one(rate), one(efficiency)].into_iter().chain(others).collect::<Vec<_>>().join(",")
}

/// What the shades mean.
fn scale() -> Markup {
    let values = [0.2, 0.4, 0.7, 0.9, 1.0, 1.1, 1.5, 2.0, 4.0, 8.0, 16.0];
    let labels =
        ["≤ 0.25×", "≤ 0.5×", "≤ 0.77×", "≤ 0.95×", "as fast", "≥ 1.05×", "≥ 1.3×", "≥ 1.7×", "≥ 3×", "≥ 6×", "≥ 12×"];
    html! {
        ul.shades aria-label="Shades" data-zh-label="深浅" { @for (value, label) in values.iter().zip(labels) { li class=(shade(*value)) { (t(label)) } } }
    }
}

fn group_rows(view: &View, group: Group, models: &[&str]) -> Markup {
    let kernels = view.kernels(group);
    if kernels.is_empty() {
        return html! {};
    }
    html! {
        tbody.group data-group=(group as usize) { tr { th colspan=(models.len() + 3) scope="rowgroup" { span { (t(group.title())) } } } }
        tbody data-group=(group as usize) {
            @for kernel in kernels {
                @let cases = view.of_kernel(&kernel.id);
                @for (at, workers) in worker_counts(&cases).into_iter().enumerate() {
                    tr {
                        @let meaning = (at == 0).then(|| came_plain(&kernel.summary));
                        th.first.again[at > 0] scope="row" title=[meaning.as_ref().map(|meaning| &meaning.en)]
                            data-zh-title=[meaning.as_ref().and_then(|meaning| meaning.zh.as_ref())] { (kernel.id) }
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
            Some(step) => td.num.again[!first] data-m=(metrics(view, case)) data-value=(format::sortable(step.value)) title=(format::estimate(&step, Unit::Time)) {
                (format::time(step.value))
            },
            None => td.num.absent { "–" },
        }
    }
}

fn cell(view: &View, cases: &[&CaseResult], model: &str, workers: usize) -> Markup {
    let here: Vec<&CaseResult> =
        cases.iter().filter(|case| case.model == model && case.workers == workers).copied().collect();
    let Some(first) = here.first() else { return html! { td.num.absent { "·" } } };
    let Some((case, speedup)) = view.fastest(here.iter().copied()) else {
        return if first.failed {
            failed(view, first)
        } else {
            html! { td.num.absent { "–" } }
        };
    };
    let lost = here.iter().filter(|case| case.failed).count();
    let tip = format!("{}: {}, n = {}", case.id, format::estimate(&speedup, Unit::Ratio), speedup.n);
    let split = (here.len() > 1 || shape(case).contains('×')).then(|| shape(case));
    html! {
        td class={ "num " (shade(speedup.value)) } data-m=(metrics(view, case)) data-value=(format::sortable(speedup.value)) data-tip=(tip) {
            @if let Some(split) = split { span.split { (split) " " } }
            b { (format::quantity(speedup.value, Unit::Ratio)) }
            small { @if speedup.is_bounded() { (format::interval(&speedup, Unit::Ratio)) } @else { "n = " (speedup.n) } }
            @if two_modes(&view.run.values(case, Metric::Compute)).is_some() { span.flag { (t("bimodal")) } }
            @if lost > 0 { span.failed { (tf("{0} FAILED", &[&lost])) } }
        }
    }
}

fn failed(view: &View, case: &CaseResult) -> Markup {
    let why = say("{0}: {1}", &[&case.id, &came_plain(&view.cause(case))]);
    html! { td.num.failed data-tip=(why.en) data-tip-zh=[&why.zh] { a href="#failures" { (t("FAILED")) } } }
}
