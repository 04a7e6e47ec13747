//! Speedup over workers: one small chart per kernel.

use maud::{Markup, html};

use super::{legend, nothing};
use crate::report::format::{self, Unit};
use crate::report::palette;
use crate::report::svg::{Caption, Chart, Point, Series};
use crate::report::text::{Plain, came_plain, counted, say, t, tf};
use crate::report::view::{BASELINE, Group, shape};
use crate::report::{Panel, View};
use crate::run::KernelInfo;
use crate::stats::{self, Estimate};

pub(super) const PANEL: Panel = Panel { id: "scaling", title: "Speedup over workers", draw };

fn draw(view: &View) -> Markup {
    let models: Vec<&str> = view.models().into_iter().filter(|id| *id != BASELINE).collect();
    if models.is_empty() {
        return nothing("No case was measured beside serial.");
    }
    html! {
        p.why { (tf("The numbers are in the table {0}.", &[&html! { a href="#table" { (t("Every kernel under every model")) } }])) }
        (legend(view, &models))
        @for group in Group::ALL { (charts(view, group, &models)) }
        (laws(view))
    }
}

fn charts(view: &View, group: Group, models: &[&str]) -> Markup {
    let kernels: Vec<(&KernelInfo, Vec<Series>)> =
        view.kernels(group).into_iter().map(|kernel| (kernel, series(view, &kernel.id, models))).collect();
    let points = || kernels.iter().flat_map(|(_, lines)| lines).flat_map(|line| &line.points);
    if points().next().is_none() {
        return html! {};
    }
    let most = points().map(|point| point.workers).max().unwrap_or(2);
    let ends = (
        points().map(|point| point.speedup.value).fold(f64::INFINITY, f64::min),
        points().map(|point| point.speedup.value).fold(0.0, f64::max),
    );
    let chart = Chart::new(most, ends, view.run.cores());
    html! {
        h3 { (t(group.title())) }
        div.multiples {
            @for (kernel, lines) in &kernels {
                figure {
                    figcaption { b { (kernel.id) } @if let Some(shares) = &kernel.shares { small { " " (tf("shares: {0}", &[&came_plain(shares)])) } } }
                    (chart.draw(&caption(kernel, lines, models), lines))
                }
            }
        }
    }
}

/// One line per model: at each number of workers the fastest split.
fn series(view: &View, kernel: &str, models: &[&str]) -> Vec<Series> {
    let cases = view.of_kernel(kernel);
    let line = |model: &&str| {
        let mut counts: Vec<usize> = cases.iter().filter(|c| c.model == *model).map(|case| case.workers).collect();
        counts.sort_unstable();
        counts.dedup();
        let point = |workers: usize| {
            let here = cases.iter().copied().filter(|case| case.model == *model && case.workers == workers);
            let (case, speedup) = view.fastest(here)?;
            let tip = format!("{model} {}: {}", shape(case), format::estimate(&speedup, Unit::Ratio)).into();
            Some(Point { workers, speedup, tip })
        };
        Series { key: palette::key(model), points: counts.into_iter().filter_map(point).collect() }
    };
    models.iter().map(line).collect()
}

/// Each line's end in words; its points are the numbers of the table of all kernels.
fn caption(kernel: &KernelInfo, lines: &[Series], models: &[&str]) -> Caption<'static> {
    let end = |(line, model): (&Series, &&str)| {
        let last = line.points.last()?;
        let speedup: Estimate = last.speedup;
        let workers = counted(last.workers, "worker");
        Some(say("{0} {1} with {2}", &[model, &format::quantity(speedup.value, Unit::Ratio), &workers]))
    };
    Caption {
        title: say("Speedup of {0} over workers", &[&kernel.id]),
        desc: Plain::join(lines.iter().zip(models).filter_map(end), "; "),
        table: "cells",
    }
}

/// Fitted laws where there are points enough, and the reason where there are not.
fn laws(view: &View) -> Markup {
    let cores = view.run.cores();
    let mut reason = None;
    let mut fitted = Vec::new();
    for model in view.models().into_iter().filter(|id| *id != BASELINE) {
        for kernel in Group::ALL.into_iter().flat_map(|group| view.kernels(group)) {
            let lines = series(view, &kernel.id, &[model]);
            let points = lines[0].points.iter().map(|point| (point.workers, point.speedup.value));
            let points: Vec<_> = std::iter::once((1, 1.0)).chain(points).collect();
            match (stats::amdahl(&points, cores), stats::usl(&points, cores)) {
                (Ok(amdahl), Ok(usl)) => fitted.push((kernel.id.as_str(), model, amdahl, usl)),
                (Err(why), _) | (_, Err(why)) => reason = Some(why.reason),
            }
        }
    }
    html! {
        h3 { (t("Scaling laws")) }
        @if fitted.is_empty() {
            p.empty {
                (tf("Amdahl's law and the Universal Scalability Law: {0}. The points above are all there is to say.", &[
                    &came_plain(reason.as_deref().unwrap_or("not identifiable: no points").trim_end_matches('.')),
                ]))
            }
        } @else {
            div.scroll { table.plain data-sortable="" {
                thead { tr {
                    th scope="col" { (t("Kernel")) } th scope="col" { (t("Model")) }
                    th.num scope="col" { (t("Amdahl: serial share")) } th.num scope="col" { (t("USL: contention")) }
                    th.num scope="col" { (t("USL: coherency")) } th.num scope="col" { (t("USL: peak")) }
                } }
                tbody { @for (kernel, model, amdahl, usl) in &fitted { tr {
                    th scope="row" { (kernel) } td { (super::cell_of(model)) }
                    td.num data-value=(amdahl.serial) { (format::quantity(amdahl.serial, Unit::Share)) }
                    td.num data-value=(usl.contention) { (format::quantity(usl.contention, Unit::Share)) }
                    td.num data-value=(usl.coherency) { (format::quantity(usl.coherency, Unit::Share)) }
                    td.num data-value=(usl.peak()) { (format::plain(usl.peak())) }
                } } }
            } }
        }
    }
}
