//! What a worker costs while it works: memory, CPU time, context switches.

use maud::{Markup, html};

use super::{cell_of, nothing};
use crate::report::format::{self, Unit};
use crate::report::palette::{self, Key};
use crate::report::svg::Strip;
use crate::report::text::{counted, say, t};
use crate::report::view::{Group, Typical, shape};
use crate::report::{Panel, View};
use crate::run::{CaseResult, Metric, Sample, WorkerSample};
use crate::stats;

pub(super) const PANEL: Panel = Panel { id: "resources", title: "CPU and memory per worker", draw };

const COLUMNS: [(Metric, &str, Unit); 4] = [
    (Metric::PssPerWorker, "Memory per worker (PSS)", Unit::Bytes),
    (Metric::CpuTime, "CPU time of all workers", Unit::Time),
    (Metric::Utilisation, "Processors busy at once", Unit::Other("")),
    (Metric::SwitchesPerSecond, "Context switches per second", Unit::Other("/s")),
];

fn draw(view: &View) -> Markup {
    if view.plain().next().is_none() {
        return nothing("Nothing was measured.");
    }
    html! {
        @for group in Group::ALL { (group_table(view, group)) }
        (every_case(view))
    }
}

fn group_table(view: &View, group: Group) -> Markup {
    let rows: Vec<(&str, Vec<Option<Typical>>)> =
        view.models().into_iter().map(|id| (id, row(view, group, id))).collect();
    let rows: Vec<_> = rows.into_iter().filter(|(_, row)| row.iter().any(Option::is_some)).collect();
    if rows.is_empty() {
        return html! {};
    }
    let ends = |at: usize| -> Vec<f64> {
        rows.iter().filter_map(|(_, row)| row[at]).flat_map(|typical| [typical.least, typical.most]).collect()
    };
    let strip = |at: usize| Strip::holding(format!("use-{}-{at}", group as usize), &ends(at));
    let strips: Vec<Strip> = (0..COLUMNS.len()).map(strip).collect();
    html! {
        h3 { (t(group.title())) }
        div.scroll {
            table.rows.wide {
                thead { tr {
                    th scope="col" { (t("Model")) }
                    @for ((_, title, _), strip) in COLUMNS.iter().zip(&strips) {
                        th.meter-cell scope="col" { (t(title)) (strip.lines()) }
                    }
                } }
                tbody {
                    @for (id, row) in &rows {
                        tr {
                            th scope="row" { (cell_of(id)) }
                            @for ((typical, strip), (_, _, unit)) in row.iter().zip(&strips).zip(COLUMNS) {
                                (meter(typical.as_ref(), strip, palette::key(id), unit))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The model's figures over the group's kernels, each kernel at the model's largest number of workers.
fn row(view: &View, group: Group, model: &str) -> Vec<Option<Typical>> {
    let largest = |kernel: &str| {
        let of_model = view.of_kernel(kernel).into_iter().filter(|case| case.model == model && !case.failed);
        of_model.max_by_key(|case| case.workers)
    };
    let cases: Vec<&CaseResult> = view.kernels(group).into_iter().filter_map(|kernel| largest(&kernel.id)).collect();
    COLUMNS.iter().map(|(metric, ..)| view.typical(&cases, *metric)).collect()
}

fn meter(typical: Option<&Typical>, strip: &Strip, key: Key, unit: Unit) -> Markup {
    let Some(typical) = typical else { return html! { td.meter-cell.absent { "–" } } };
    let value = typical.estimate.value;
    // Memory is looked at in few rounds: a point without its interval is then all there is to draw.
    let drawn = if typical.estimate.is_bounded() { typical.estimate } else { typical.estimate.map(|_| value) };
    let range = format::range(value, typical.least, typical.most, unit);
    let tip = say("{0} over {1}: {2}", &[&format::quantity(value, unit), &counted(typical.cases, "kernel"), &range]);
    html! {
        td.meter-cell data-value=(format::sortable(value)) {
            span.value { (format::quantity(value, unit)) }
            (strip.estimate(&drawn, Some((typical.least, typical.most)), key, &tip))
        }
    }
}

fn every_case(view: &View) -> Markup {
    let cases: Vec<&CaseResult> = view.plain().filter(|case| !case.failed).collect();
    html! {
        details {
            summary { (t("Every case: time, CPU, memory, switches, faults")) }
            div.scroll.tall {
                table.plain.numbers data-sortable="" {
                    thead { tr {
                        @for title in ["Kernel", "Model"] { th scope="col" { (t(title)) } }
                        @for title in ["Workers", "Time", "CPU time", "Busy", "Memory", "Switches/s", "Minor faults", "Major faults", "Fairness"] {
                            th.num scope="col" { (t(title)) }
                        }
                    } }
                    tbody { @for case in cases { (case_row(view, case)) } }
                }
            }
        }
    }
}

/// Jain's index over the workers' steps per second; `None` for one worker alone.
fn fairness(sample: &Sample) -> Option<f64> {
    let rate = |worker: &WorkerSample| worker.steps as f64 / worker.end_ns.max(1) as f64;
    (sample.workers.len() > 1).then(|| stats::jain(&sample.workers.iter().map(rate).collect::<Vec<_>>())).flatten()
}

fn case_row(view: &View, case: &CaseResult) -> Markup {
    let kept = || view.run.kept(case);
    let mean = |of: fn(&Sample) -> u64| kept().map(of).sum::<u64>() as f64 / kept().count().max(1) as f64;
    let cell = |metric, unit| {
        let value = view.run.level(case, metric).map(|level| level.value);
        html! { td { (value.map_or("–".into(), |value| format::quantity(value, unit))) } }
    };
    // The widest table of the page: cells sort by what they say, and names stand without their markers.
    html! {
        tr {
            th scope="row" { (case.kernel) } td.name { (case.model) }
            td { (shape(case)) }
            (cell(Metric::Compute, Unit::Time)) (cell(Metric::CpuTime, Unit::Time))
            (cell(Metric::Utilisation, Unit::Other(""))) (cell(Metric::PssPerWorker, Unit::Bytes))
            (cell(Metric::SwitchesPerSecond, Unit::Other("")))
            @for value in [mean(|sample| sample.minor_faults), mean(|sample| sample.major_faults)] {
                td { (format::plain(value)) }
            }
            @let fair = stats::median(&kept().filter_map(fairness).collect::<Vec<_>>());
            td { (fair.map_or("–".into(), format::plain)) }
        }
    }
}
