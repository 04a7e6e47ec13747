//! Heat maps: a ratio in each cell of a grid. Of the splits of a model, the fastest is framed; of a grid of settings, a line
//! shows where the ratio passes through 1.

use maud::{Markup, html};

use super::{Caption, figure, n};
use crate::report::format::{self, Unit};
use crate::report::shade;
use crate::report::text::{Plain, say};
use crate::stats::Estimate;

const CELL: (f64, f64) = (52.0, 34.0);
const HEAD: (f64, f64) = (34.0, 24.0);
/// Width of names at the left that are no small numbers; height of the name below the columns.
const NAMES: f64 = 62.0;
const FOOT: f64 = 22.0;

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
    pub(crate) tip: Plain,
}

/// The map of all splits, the fastest one framed.
pub(crate) fn heat_map(caption: &Caption, cells: &[Cell]) -> Markup {
    let steps = |of: fn(&Cell) -> usize| -> Vec<usize> {
        let mut all: Vec<_> = cells.iter().map(of).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let (rows, columns) = (steps(|cell| cell.processes), steps(|cell| cell.threads));
    let value = |cell: &Cell| cell.speedup.map_or(f64::NEG_INFINITY, |speedup| speedup.value);
    let best = cells.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
    let place = |all: &[usize], one: usize| all.iter().position(|step| *step == one).unwrap_or(0) as f64;
    let x = |threads: usize| HEAD.0 + place(&columns, threads) * CELL.0;
    let y = |processes: usize| HEAD.1 + place(&rows, processes) * CELL.1;
    let size = (HEAD.0 + columns.len() as f64 * CELL.0 + 4.0, HEAD.1 + rows.len() as f64 * CELL.1 + 4.0);
    let body = html! {
        text.tick x="2" y="14" { "p \\ t" }
        @for t in &columns { text.tick x=(n(x(*t) + CELL.0 / 2.0)) y="14" text-anchor="middle" { (t) } }
        @for p in &rows { text.tick x=(n(HEAD.0 - 8.0)) y=(n(y(*p) + CELL.1 / 2.0 + 4.0)) text-anchor="end" { (p) } }
        @for p in &rows { @for t in &columns {
            @if !cells.iter().any(|cell| (cell.processes, cell.threads) == (*p, *t)) { (empty(x(*t), y(*p))) }
        } }
        @for cell in cells {
            (draw(cell.speedup, &cell.tip, (x(cell.threads), y(cell.processes)), value(cell) >= best))
        }
    };
    figure("heat", size, caption, &body)
}

/// A place of the line in one row, and the ends of its interval, if there is one: 0 is the middle of the first column;
/// before it, and behind the last, is the edge.
pub(crate) type Passage = (f64, Option<(f64, f64)>);

/// A grid of settings, and where the ratio passes through 1 in each row.
#[derive(Debug)]
pub(crate) struct Grid {
    /// Names of the rows, and of what they are.
    pub(crate) rows: (Plain, Vec<String>),
    /// Names of the columns, and of what they are.
    pub(crate) columns: (Plain, Vec<String>),
    /// Row, column, ratio (`None`: not read), and what to show on a closer look.
    pub(crate) cells: Vec<(usize, usize, Option<Estimate>, Plain)>,
    /// Where the line passes through each row; `None` where there is no line.
    pub(crate) line: Vec<Option<Passage>>,
}

impl Grid {
    /// The map, its rows and columns in the order in which they are given.
    pub(crate) fn draw(&self, caption: &Caption) -> Markup {
        let (rows, columns) = (&self.rows.1, &self.columns.1);
        let bottom = HEAD.1 + rows.len() as f64 * CELL.1;
        let size = (x(columns.len()) + 4.0, bottom + FOOT);
        let body = html! {
            text.tick.name x="2" y="14" { (self.rows.0.in_picture()) }
            @for (at, name) in columns.iter().enumerate() {
                text.tick x=(n(x(at) + CELL.0 / 2.0)) y="14" text-anchor="middle" { (name) }
            }
            @for (at, name) in rows.iter().enumerate() {
                text.tick x=(n(NAMES - 8.0)) y=(n(y(at) + CELL.1 / 2.0 + 4.0)) text-anchor="end" { (name) }
            }
            text.tick.name x=(n(x(0) + CELL.0 * columns.len() as f64 / 2.0)) y=(n(bottom + 16.0)) text-anchor="middle" {
                (self.columns.0.in_picture())
            }
            @for row in 0..rows.len() { @for column in 0..columns.len() {
                @if !self.is_read(row, column) { (empty(x(column), y(row))) }
            } }
            @for (row, column, ratio, tip) in &self.cells {
                @if ratio.is_some() { (draw(*ratio, tip, (x(*column), y(*row)), false)) }
            }
            (self.edge())
            // Where the line passes through a number, the number stands before it.
            g.over {
                @for (row, column, ratio, _) in &self.cells {
                    @if ratio.is_some() && self.is_crossed(*row, *column) { (number(*ratio, (x(*column), y(*row)))) }
                }
            }
        };
        figure("heat", size, caption, &body)
    }

    fn is_read(&self, row: usize, column: usize) -> bool {
        self.cells.iter().any(|(at, place, ratio, _)| (*at, *place) == (row, column) && ratio.is_some())
    }

    /// Whether the line passes through the cell.
    fn is_crossed(&self, row: usize, column: usize) -> bool {
        let line = self.line.get(row).copied().flatten();
        line.is_some_and(|(place, _)| (self.along(place) - x(column) - CELL.0 / 2.0).abs() < CELL.0 / 2.0)
    }

    /// A place along the columns, within the map.
    fn along(&self, place: f64) -> f64 {
        let last = self.columns.1.len() as f64;
        NAMES + (place + 0.5).clamp(0.0, last) * CELL.0
    }

    /// The line, from row to row, and its interval as a band in each.
    fn edge(&self) -> Markup {
        let known = || self.line.iter().enumerate().filter_map(|(row, line)| Some((row, (*line)?)));
        let path: Vec<String> = known()
            .map(|(row, (place, _))| {
                let x = n(self.along(place));
                format!("{x} {} {x} {}", n(y(row) + 1.5), n(y(row) + CELL.1 - 1.5))
            })
            .collect();
        html! {
            @for (row, (_, ends)) in known() { @if let Some((low, high)) = ends {
                @let (from, to) = (self.along(low), self.along(high));
                rect.edge-band x=(n(from - 1.5)) y=(n(y(row) + 1.5)) width=(n(to - from + 3.0)) height=(n(CELL.1 - 3.0)) {}
            } }
            @if !path.is_empty() {
                polyline.edge-halo points=(path.join(" ")) {}
                polyline.edge points=(path.join(" ")) {}
            }
        }
    }
}

fn x(column: usize) -> f64 {
    NAMES + column as f64 * CELL.0
}

fn y(row: usize) -> f64 {
    HEAD.1 + row as f64 * CELL.1
}

fn empty(x: f64, y: f64) -> Markup {
    html! { rect.void x=(n(x + 1.5)) y=(n(y + 1.5)) {} }
}

/// Size and corners of a cell are the style sheet's, as for the empty ones.
fn draw(ratio: Option<Estimate>, tip: &Plain, (x, y): (f64, f64), best: bool) -> Markup {
    let class = ratio.map_or("failed", |ratio| shade(ratio.value));
    html! {
        g class=(if best { "cell best" } else { "cell" }) data-tip=(tip.en) data-tip-zh=[&tip.zh] {
            rect class=(class) x=(n(x + 1.5)) y=(n(y + 1.5)) {}
            (number(ratio, (x, y)))
        }
    }
}

/// What a cell says.
fn number(ratio: Option<Estimate>, (x, y): (f64, f64)) -> Markup {
    let text = ratio.map_or_else(|| say("FAILED", &[]), |ratio| format::quantity(ratio.value, Unit::Ratio).into());
    html! { text x=(n(x + CELL.0 / 2.0)) y=(n(y + CELL.1 / 2.0 + 4.5)) { (text.in_picture()) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(line: Vec<Option<Passage>>) -> String {
        let ratio = Estimate { value: 1.5, low: 1.4, high: 1.6, level: 0.95, n: 12 };
        let names = |count: usize| (0..count).map(|at| at.to_string()).collect();
        let cells = vec![(0, 0, Some(ratio), Plain::same("a tip")), (1, 2, None, Plain::same("not read"))];
        let caption = Caption { title: Plain::same("title"), desc: Plain::same("desc"), table: "numbers" };
        Grid { rows: (Plain::same("rows"), names(2)), columns: (Plain::same("columns"), names(3)), cells, line }
            .draw(&caption)
            .into_string()
    }

    #[test]
    fn the_line_passes_through_the_columns_and_ends_at_the_edges() {
        let html = grid(vec![Some((0.5, Some((f64::NEG_INFINITY, 1.0)))), Some((f64::INFINITY, None))]);
        // Between the first and the second column; then at the right edge.
        assert!(html.contains("points=\"114 25.5 114 56.5 218 59.5 218 90.5\""), "{html}");
        assert!(html.contains("class=\"edge-band\" x=\"60.5\" y=\"25.5\" width=\"81\""), "{html}");
        assert_eq!(html.matches("edge-band").count(), 1, "no interval, no band");
    }

    #[test]
    fn without_a_line_there_is_none_and_what_was_not_read_is_empty() {
        let html = grid(vec![None, None]);
        assert!(!html.contains("polyline") && !html.contains("FAILED"));
        assert_eq!((html.matches("class=\"void\"").count(), html.matches("class=\"cell\"").count()), (5, 1));
    }
}
