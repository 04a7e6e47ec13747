//! Heat maps: processes down, threads across, one cell per measured split.

use maud::{Markup, html};

use super::{figure, n};
use crate::report::format::{self, Unit};
use crate::report::shade;
use crate::stats::Estimate;

const CELL: (f64, f64) = (52.0, 34.0);
const HEAD: (f64, f64) = (34.0, 24.0);

/// One split, measured.
#[derive(Debug)]
pub(crate) struct Cell {
    /// Worker processes.
    pub(crate) processes: usize,
    /// Threads in each.
    pub(crate) threads: usize,
    /// Speedup; `None` if the case failed.
    pub(crate) speedup: Option<Estimate>,
    /// What to show on a closer look.
    pub(crate) tip: String,
}

/// The map of all splits, the fastest one framed.
pub(crate) fn heat_map(title: &str, desc: &str, cells: &[Cell]) -> Markup {
    let steps = |of: fn(&Cell) -> usize| -> Vec<usize> {
        let mut all: Vec<_> = cells.iter().map(of).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let (rows, columns) = (steps(|cell| cell.processes), steps(|cell| cell.threads));
    let value = |cell: &Cell| cell.speedup.map_or(f64::NEG_INFINITY, |speedup| speedup.value);
    let best = cells.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
    let x = |threads: usize| HEAD.0 + columns.iter().position(|t| *t == threads).unwrap_or(0) as f64 * CELL.0;
    let y = |processes: usize| HEAD.1 + rows.iter().position(|p| *p == processes).unwrap_or(0) as f64 * CELL.1;
    let size = (HEAD.0 + columns.len() as f64 * CELL.0 + 4.0, HEAD.1 + rows.len() as f64 * CELL.1 + 4.0);
    let body = html! {
        text.tick x="2" y="14" { "p \\ t" }
        @for t in &columns { text.tick x=(n(x(*t) + CELL.0 / 2.0)) y="14" text-anchor="middle" { (t) } }
        @for p in &rows { text.tick x=(n(HEAD.0 - 8.0)) y=(n(y(*p) + CELL.1 / 2.0 + 4.0)) text-anchor="end" { (p) } }
        @for p in &rows { @for t in &columns { (empty(x(*t), y(*p))) } }
        @for cell in cells { (draw(cell, (x(cell.threads), y(cell.processes)), value(cell) >= best)) }
    };
    figure("heat", size, title, desc, &body)
}

fn empty(x: f64, y: f64) -> Markup {
    html! { rect.void x=(n(x + 1.5)) y=(n(y + 1.5)) width=(n(CELL.0 - 3.0)) height=(n(CELL.1 - 3.0)) rx="4" {} }
}

fn draw(cell: &Cell, (x, y): (f64, f64), best: bool) -> Markup {
    let class = cell.speedup.map_or("failed", |speedup| shade(speedup.value));
    let text = cell.speedup.map_or("FAILED".into(), |speedup| format::quantity(speedup.value, Unit::Ratio));
    html! {
        g class=(if best { "cell best" } else { "cell" }) data-tip=(cell.tip) {
            rect class=(class) x=(n(x + 1.5)) y=(n(y + 1.5)) width=(n(CELL.0 - 3.0)) height=(n(CELL.1 - 3.0)) rx="4" {}
            text x=(n(x + CELL.0 / 2.0)) y=(n(y + CELL.1 / 2.0 + 4.5)) text-anchor="middle" { (text) }
        }
    }
}
