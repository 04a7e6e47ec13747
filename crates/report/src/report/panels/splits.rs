//! The p × t map: the same workers, split into processes and threads in every measured way.

use maud::{Markup, html};

use super::{model, nothing};
use crate::report::format::{self, Unit};
use crate::report::svg::{Caption, Cell, heat_map};
use crate::report::text::{Plain, came_plain, say, t, tf};
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
        @if !mixed.is_empty() { div.maps { @for (_, pair) in &mixed { (pair) } } }
        @if !others.is_empty() {
            details open[mixed.is_empty()] {
                summary { (tf("Kernels that only compute or only wait: {0}", &[&others.len()])) }
                div.maps { @for (_, pair) in &others { (pair) } }
            }
        }
        (table(mixed.iter().chain(&others).flat_map(|(rows, _)| rows)))
    }
}

/// Id of the table.
const NUMBERS: &str = "speedups-of-splits";

/// A row of the table: the kernel, whose map it is, and the cell.
type Row = (String, &'static str, Cell);

fn table<'a>(rows: impl Iterator<Item = &'a Row>) -> Markup {
    html! {
        details {
            summary { (t("The numbers")) }
            div.scroll.tall {
                table.plain.numbers id=(NUMBERS) data-sortable="" {
                    thead { tr {
                        th scope="col" { (t("Kernel")) } th scope="col" { (t("Model")) }
                        th.num scope="col" { (t("Processes")) } th.num scope="col" { (t("Threads")) }
                        th.num scope="col" { (t("Speedup")) }
                    } }
                    tbody {
                        @for (kernel, model, cell) in rows {
                            tr {
                                th scope="row" { (kernel) } td.name { (model) }
                                td { (cell.processes) } td { (cell.threads) }
                                td {
                                    @if let Some(speedup) = cell.speedup { (format::estimate(&speedup, Unit::Ratio)) }
                                    @else { (t("FAILED")) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The maps of each kernel of these groups, side by side.
fn pairs(view: &View, groups: &[Group]) -> Vec<(Vec<Row>, Markup)> {
    let kernels = groups.iter().flat_map(|group| view.kernels(*group));
    let pair = |kernel: &str| {
        let maps: Vec<_> = MAPS.iter().filter_map(|map| Some((map.0, cells(view, kernel, *map)?))).collect();
        let drawn = html! { div.pair { h3 { (kernel) } @for (id, cells) in &maps { (draw_map(kernel, id, cells)) } } };
        let row = |id, cell| (kernel.to_owned(), id, cell);
        let rows: Vec<Row> =
            maps.into_iter().flat_map(|(id, cells)| cells.into_iter().map(move |cell| row(id, cell))).collect();
        (!rows.is_empty()).then_some((rows, drawn))
    };
    kernels.filter_map(|kernel| pair(&kernel.id)).collect()
}

/// The cells of a kernel's map; `None` unless at least two splits of the model itself were measured, or one beside both
/// edges.
fn cells(view: &View, kernel: &str, (id, all_threads, all_processes): (&str, &str, &str)) -> Option<Vec<Cell>> {
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
    Some(own.into_iter().chain(edges).map(|case| cell(view, case)).collect())
}

fn draw_map(kernel: &str, id: &str, cells: &[Cell]) -> Markup {
    let title = say("{0}: speedup of {1} by processes and threads", &[&kernel, &id]);
    html! {
        figure { figcaption { (model(id)) } (heat_map(&Caption { title, desc: describe(cells), table: NUMBERS }, cells)) }
    }
}

fn cell(view: &View, case: &CaseResult) -> Cell {
    let speedup = view.speedup(case);
    let text =
        speedup.map_or_else(|| came_plain(&view.cause(case)), |speedup| format::estimate(&speedup, Unit::Ratio).into());
    Cell { processes: case.processes, threads: case.threads, speedup, tip: say("{0}: {1}", &[&case.id, &text]) }
}

/// The fastest and the slowest of the cells in words; the table has all.
fn describe(cells: &[Cell]) -> Plain {
    let mut known: Vec<(f64, &Cell)> = cells.iter().filter_map(|cell| Some((cell.speedup?.value, cell))).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    let one = |(value, cell): &(f64, &Cell)| {
        format!("{}×{}: {}", cell.processes, cell.threads, format::quantity(*value, Unit::Ratio))
    };
    match (known.last(), known.first()) {
        (Some(fastest), Some(slowest)) => say("Fastest {0}, slowest {1}.", &[&one(fastest), &one(slowest)]),
        _ => say("FAILED", &[]),
    }
}
