//! Start-up and teardown per worker, by model and start method.

use maud::{Markup, html};

use super::{cell_of, nothing};
use crate::report::format::{self, Unit};
use crate::report::palette;
use crate::report::svg::Strip;
use crate::report::text::t;
use crate::report::view::{BASELINE, Typical};
use crate::report::{Panel, View};
use crate::run::{CaseResult, Metric, Role, Sample, StartMethod};
use crate::stats::median;

pub(super) const PANEL: Panel = Panel { id: "start-up", title: "Start-up cost", draw };

/// One way of getting workers.
struct Way<'a> {
    model: &'a str,
    method: Option<StartMethod>,
    start: Typical,
    join: Option<Typical>,
    /// Medians per worker, in nanoseconds.
    spawn: f64,
    hand_over: f64,
}

fn draw(view: &View) -> Markup {
    let (control, kernels) = (ways(view, Role::Control), ways(view, Role::Case));
    if control.is_empty() && kernels.is_empty() {
        return nothing("Nothing was started.");
    }
    let starts = control.iter().chain(&kernels).flat_map(|way| [way.start.least, way.start.most]);
    let starts: Vec<f64> = starts.filter(|start| *start > 0.0).collect();
    // Both tables have one scale, so that they can be compared.
    let strip = |id: &str| Strip::holding(id, &starts);
    html! {
        @if !control.is_empty() { h3 { (t("The neutral control, which has nothing to set up")) } (table(&control, &strip("start-control"))) }
        @if !kernels.is_empty() { h3 { (t("All kernels, their own set-up included")) } (table(&kernels, &strip("start-kernels"))) }
    }
}

fn table(ways: &[Way], strip: &Strip) -> Markup {
    html! {
        div.scroll {
            table.rows {
                thead { tr {
                    th scope="col" { (t("Model")) } th scope="col" { (t("Started by")) }
                    th.strip-cell scope="col" { (strip.axis(|tick| format::tick(tick, Unit::Time))) }
                    th.num scope="col" { (t("Ready")) } th.num scope="col" { (t("Spawn")) }
                    th.num scope="col" { (t("Hand-over")) } th.num scope="col" { (t("Join")) }
                } }
                tbody { @for way in ways { (row(way, strip)) } }
            }
        }
    }
}

fn row(way: &Way, strip: &Strip) -> Markup {
    let start = &way.start;
    let tip = format!("{}: {}", way.model, format::estimate(&start.estimate, Unit::Time)).into();
    html! {
        tr {
            th scope="row" { (cell_of(way.model)) }
            td { @if let Some(method) = way.method { (method.name()) } @else { (t("a thread")) } }
            td.strip-cell { (strip.estimate(&start.estimate, Some((start.least, start.most)), palette::key(way.model), &tip)) }
            td.num { b { (format::time(start.estimate.value)) } " " small { (format::interval(&start.estimate, Unit::Time)) } }
            td.num { (format::time(way.spawn)) }
            td.num { (format::time(way.hand_over)) }
            td.num { (way.join.map_or("–".into(), |join| format::time(join.estimate.value))) }
        }
    }
}

/// Every way of getting workers among the cases of a role.
fn ways<'a>(view: &View<'a>, role: Role) -> Vec<Way<'a>> {
    let counts = |case: &&CaseResult| case.role == role && !case.failed && case.model != BASELINE;
    let cases: Vec<&CaseResult> = view.run.cases.iter().filter(counts).collect();
    let mut keys: Vec<(&str, Option<StartMethod>)> = Vec::new();
    for case in &cases {
        if !keys.contains(&way_of(case)) {
            keys.push(way_of(case));
        }
    }
    keys.sort_by_key(|(model, method)| (palette::rank(model), method.map(StartMethod::name)));
    keys.into_iter().filter_map(|key| way(view, key, &cases)).collect()
}

/// Processes are started by a method; threads are threads.
fn way_of(case: &CaseResult) -> (&str, Option<StartMethod>) {
    let has_processes = case.processes > 1 || matches!(case.model.as_str(), "processes" | "hybrid" | "gil-hybrid");
    (&case.model, has_processes.then_some(case.start_method))
}

fn way<'a>(view: &View, key: (&'a str, Option<StartMethod>), cases: &[&'a CaseResult]) -> Option<Way<'a>> {
    let same: Vec<&CaseResult> = cases.iter().copied().filter(|case| way_of(case) == key).collect();
    let part = |of: fn(&Sample) -> u64| {
        let per_worker = |sample: &Sample| of(sample) as f64 / sample.workers.len().max(1) as f64;
        median(&same.iter().flat_map(|case| view.run.kept(case)).map(per_worker).collect::<Vec<_>>())
    };
    Some(Way {
        model: key.0,
        method: key.1,
        start: view.typical(&same, Metric::StartPerWorker)?,
        join: view.typical(&same, Metric::JoinPerWorker),
        spawn: part(|sample| sample.parts.spawn_ns)?,
        hand_over: part(|sample| sample.parts.hand_over_ns)?,
    })
}
