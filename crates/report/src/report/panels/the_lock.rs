//! The lock: how often it changes hands, how long workers wait for it, and how evenly they get on.

use maud::{Markup, html};

use super::{cell_of, nothing};
use crate::report::format::{self, Unit};
use crate::report::text::{t, tf};
use crate::report::view::shape;
use crate::report::{Panel, View};
use crate::run::{CaseResult, Sample};
use crate::stats::{jain, median};

pub(super) const PANEL: Panel = Panel { id: "lock", title: "The lock", draw };

fn draw(view: &View) -> Markup {
    let cases: Vec<&CaseResult> = view.plain().filter(|case| !case.failed && has_lock(view, case)).collect();
    if cases.is_empty() {
        return nothing("No case ran under a lock.");
    }
    html! {
        p.why { (tf("Switch interval {0} µs.", &[&view.run.plan.knobs.switch_interval_us])) }
        div.scroll.tall {
            table.plain data-sortable="" {
                thead { tr {
                    th.first scope="col" { (t("Kernel")) } th scope="col" { (t("Model")) } th.num scope="col" { (t("Workers")) }
                    th.num scope="col" { (t("Hand-overs/s")) } th.bar-cell scope="col" { (t("Waiting")) }
                    th.num scope="col" { (t("Mean slice")) } th.num scope="col" { (t("Forced")) } th.bar-cell scope="col" { (t("Fairness")) }
                } }
                tbody { @for case in cases { (row(view, case)) } }
            }
        }
    }
}

fn has_lock(view: &View, case: &CaseResult) -> bool {
    view.run.kept(case).any(|sample| sample.lock.is_some())
}

fn row(view: &View, case: &CaseResult) -> Markup {
    let over_rounds = |of: fn(&Sample) -> Option<f64>| median(&view.run.kept(case).filter_map(of).collect::<Vec<_>>());
    html! {
        tr {
            th.first scope="row" { (case.kernel) } td { (cell_of(&case.model)) }
            td.num { (shape(case)) }
            (number(over_rounds(hand_overs), Unit::Other("")))
            (bar(over_rounds(waiting), Unit::Share))
            (number(over_rounds(slice), Unit::Time))
            (number(over_rounds(forced), Unit::Share))
            (bar(over_rounds(fairness), Unit::Other("")))
        }
    }
}

/// Hand-overs per second.
fn hand_overs(sample: &Sample) -> Option<f64> {
    Some(sample.lock?.hand_overs as f64 / (sample.parts.compute_ns.max(1) as f64 / 1e9))
}

/// Share of the workers' time spent waiting for the lock.
fn waiting(sample: &Sample) -> Option<f64> {
    let time = sample.parts.compute_ns.max(1) as f64 * sample.workers.len().max(1) as f64;
    Some(sample.lock?.wait_ns as f64 / time)
}

/// Time the lock was held per hand-over, in nanoseconds.
fn slice(sample: &Sample) -> Option<f64> {
    let lock = sample.lock?;
    Some(lock.hold_ns as f64 / lock.hand_overs.max(1) as f64)
}

/// Share of hand-overs that a waiter had to ask for.
fn forced(sample: &Sample) -> Option<f64> {
    let lock = sample.lock?;
    (lock.hand_overs > 0).then(|| lock.forced_drops as f64 / lock.hand_overs as f64)
}

/// Jain's index over the workers' steps per second.
fn fairness(sample: &Sample) -> Option<f64> {
    let rate = |worker: &crate::run::WorkerSample| worker.steps as f64 / worker.end_ns.max(1) as f64;
    jain(&sample.workers.iter().map(rate).collect::<Vec<_>>())
}

fn number(value: Option<f64>, unit: Unit) -> Markup {
    html! { td.num { (value.map_or("–".into(), |value| format::quantity(value, unit))) } }
}

/// A share of 0–1 with a bar under it.
fn bar(value: Option<f64>, unit: Unit) -> Markup {
    let width = value.unwrap_or(0.0).clamp(0.0, 1.0) * 100.0;
    html! {
        td.bar-cell {
            (value.map_or("–".into(), |value| format::quantity(value, unit)))
            svg.bar width="100%" height="4" aria-hidden="true" { rect width={ (format!("{width:.0}")) "%" } height="4" rx="2" {} }
        }
    }
}
