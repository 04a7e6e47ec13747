//! The p × t map: the same workers, split into processes and threads in every measured way.

use maud::{Markup, html};

use super::{model, nothing};
use crate::report::format::{self, Unit};
use crate::report::svg::{Cell, heat_map};
use crate::report::view::Group;
use crate::report::{Panel, View};
use crate::run::CaseResult;

pub(super) const PANEL: Panel = Panel { id: "splits", title: "Processes × threads", draw };

/// Each map: its model, and the models that are its edges, all threads (1×t) and all processes (p×1).
const MAPS: [(&str, &str, &str); 2] = [("hybrid", "threads", "processes"), ("gil-hybrid", "gil", "processes")];

fn draw(view: &View) -> Markup {
    let mixed = pairs(view, &[Group::Mixed]);
    let others = pairs(view, &[Group::Io, Group::Cpu, Group::Shared]);
    if mixed.is_empty() && others.is_empty() {
        return nothing("No hybrid was measured.");
    }
    html! {
        @if !mixed.is_empty() { div.maps { @for pair in &mixed { (pair) } } }
        @if !others.is_empty() {
            details open[mixed.is_empty()] {
                summary { (format::count(others.len(), "kernel")) " that only compute or only wait" }
                div.maps { @for pair in &others { (pair) } }
            }
        }
    }
}

/// The maps of each kernel of these groups, side by side.
fn pairs(view: &View, groups: &[Group]) -> Vec<Markup> {
    let kernels = groups.iter().flat_map(|group| view.kernels(*group));
    let pair = |kernel: &str| {
        let maps: Vec<Markup> = MAPS.iter().filter_map(|map| draw_map(view, kernel, *map)).collect();
        (!maps.is_empty()).then(|| html! { div.pair { h3 { (kernel) } @for map in maps { (map) } } })
    };
    kernels.filter_map(|kernel| pair(&kernel.id)).collect()
}

/// The kernel's map; `None` unless at least two splits of the model itself were measured, or one beside both edges.
fn draw_map(view: &View, kernel: &str, (id, all_threads, all_processes): (&str, &str, &str)) -> Option<Markup> {
    let cases = view.of_kernel(kernel);
    let own: Vec<&CaseResult> = cases.iter().copied().filter(|case| case.model == id).collect();
    let measured = |case: &&CaseResult| !own.iter().any(|o| (o.processes, o.threads) == (case.processes, case.threads));
    let edges = cases.iter().copied().filter(|case| {
        (case.model == all_threads && case.processes == 1) || (case.model == all_processes && case.threads == 1)
    });
    let edges: Vec<&CaseResult> = edges.filter(measured).collect();
    if own.is_empty() || own.len() + edges.len() < 3 {
        return None;
    }
    let cells: Vec<Cell> = own.into_iter().chain(edges).map(|case| cell(view, case)).collect();
    let title = format!("{kernel}: speedup of {id} by processes and threads");
    Some(html! {
        figure { figcaption { (model(id)) } (heat_map(&title, &describe(&cells), &cells)) }
    })
}

fn cell(view: &View, case: &CaseResult) -> Cell {
    let speedup = view.speedup(case);
    let text = speedup.map_or_else(|| view.cause(case), |speedup| format::estimate(&speedup, Unit::Ratio));
    Cell { processes: case.processes, threads: case.threads, speedup, tip: format!("{}: {text}", case.id) }
}

/// The cells in words.
fn describe(cells: &[Cell]) -> String {
    let one = |cell: &Cell| {
        let value = cell.speedup.map_or("failed".into(), |speedup| format::quantity(speedup.value, Unit::Ratio));
        format!("{}×{}: {value}", cell.processes, cell.threads)
    };
    cells.iter().map(one).collect::<Vec<_>>().join(", ")
}
