//! Where a sample's time goes: start-up, hand-over, work and teardown, one bar a model.

use maud::{Markup, html};

use super::{cell_of, nothing};
use crate::report::format::{self, Unit};
use crate::report::svg::n;
use crate::report::text::{t, tf};
use crate::report::view::{Group, shape};
use crate::report::{Panel, View};
use crate::run::{CaseResult, Parts};
use crate::stats::median;

pub(super) const PANEL: Panel = Panel { id: "parts", title: "Where the time goes", draw };

/// A part's name, its class, and where a sample has it.
type Part = (&'static str, &'static str, fn(&Parts) -> u64);

const PARTS: [Part; 4] = [
    ("Start-up", "p-start", |parts| parts.spawn_ns),
    ("Hand-over", "p-hand", |parts| parts.hand_over_ns),
    ("Work", "p-work", |parts| parts.compute_ns),
    ("Teardown", "p-end", |parts| parts.join_ns),
];

/// Median of each part, in nanoseconds.
type Bar = [f64; PARTS.len()];

fn draw(view: &View) -> Markup {
    let kernels: Vec<_> = Group::ALL.into_iter().flat_map(|group| view.kernels(group)).collect();
    let rows: Vec<_> = kernels.iter().map(|kernel| (kernel.id.as_str(), rows(view, &kernel.id))).collect();
    let rows: Vec<_> = rows.into_iter().filter(|(_, rows)| !rows.is_empty()).collect();
    if rows.is_empty() {
        return nothing("Nothing was measured.");
    }
    html! {
        ul.legend aria-label="Parts" data-zh-label="各段" {
            @for (name, class, _) in PARTS { li { (swatch(class)) (t(name)) } }
        }
        @for (at, (kernel, rows)) in rows.iter().enumerate() {
            details.rounds open[at == 0] {
                summary { b { (kernel) } " " small { (tf("{0} cases", &[&rows.len()])) } }
                (table(rows))
            }
        }
    }
}

fn swatch(class: &str) -> Markup {
    html! {
        svg.swatch width="22" height="14" viewBox="0 0 22 14" aria-hidden="true" {
            rect class=(class) x="0" y="1" width="22" height="12" {}
        }
    }
}

/// Each model of the kernel at its largest number of workers, serial first.
fn rows<'a>(view: &View<'a>, kernel: &str) -> Vec<(&'a CaseResult, Bar)> {
    let cases = view.of_kernel(kernel);
    let largest = |model: &str| {
        cases.iter().copied().filter(|case| case.model == model && !case.failed).max_by_key(|case| case.workers)
    };
    let bar = |case: &CaseResult| -> Option<Bar> {
        let part = |of: fn(&Parts) -> u64| {
            median(&view.run.kept(case).map(|sample| of(&sample.parts) as f64).collect::<Vec<_>>())
        };
        let parts: Option<Vec<f64>> = PARTS.iter().map(|(_, _, of)| part(*of)).collect();
        parts?.try_into().ok()
    };
    view.models().into_iter().filter_map(|model| Some((largest(model)?, bar(largest(model)?)?))).collect()
}

fn table(rows: &[(&CaseResult, Bar)]) -> Markup {
    let longest = rows.iter().map(|(_, bar)| bar.iter().sum::<f64>()).fold(1.0, f64::max);
    html! {
        div.scroll {
            table.rows.numbers {
                thead { tr {
                    th scope="col" { (t("Model")) } th.num scope="col" { (t("Workers")) }
                    th.strip-cell scope="col" { (t("From first to last")) }
                    @for (name, ..) in PARTS { th.num scope="col" { (t(name)) } }
                    th.num scope="col" { (t("Not work")) }
                } }
                tbody { @for (case, bar) in rows { (row(case, bar, longest)) } }
            }
        }
    }
}

fn row(case: &CaseResult, bar: &Bar, longest: f64) -> Markup {
    let whole = bar.iter().sum::<f64>().max(1.0);
    html! {
        tr {
            th scope="row" { (cell_of(&case.model)) }
            td { (shape(case)) }
            td.strip-cell { (stack(bar, longest)) }
            @for part in bar { td { (format::time(*part)) } }
            td { (format::quantity(1.0 - bar[2] / whole, Unit::Share)) }
        }
    }
}

/// The parts one after another; one that is too short to be seen is drawn a pixel wide.
fn stack(bar: &Bar, longest: f64) -> Markup {
    let mut from = 0.0;
    let pieces = bar.iter().zip(PARTS).map(|(part, (_, class, _))| {
        let (x, width) = (from, part / longest * 100.0);
        from += width;
        (x, width, class)
    });
    html! {
        svg.strip.stack aria-hidden="true" {
            @for (x, width, class) in pieces {
                @if width > 0.0 {
                    rect class=(class) x={ (n(x)) "%" } width={ (n(width.max(0.2))) "%" } {}
                }
            }
        }
    }
}
