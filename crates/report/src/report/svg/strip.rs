//! Strips: one row of values on an axis that many rows share, in a table cell of any width.

use maud::{Markup, html};

use super::mark::used_at;
use super::{Scale, n};
use crate::report::palette::{CONTEXT, Key};
use crate::report::text::Plain;
use crate::stats::Estimate;

/// Horizontal room for values, in per cent of the cell.
const ROOM: (f64, f64) = (3.0, 97.0);

/// The axis that a column of strips shares.
#[derive(Debug, Clone)]
pub(crate) struct Strip {
    /// Tells its axis from all others of the page.
    id: String,
    scale: Scale,
    /// A value that all rows are to be held against, such as 1 for ratios.
    reference: Option<f64>,
}

impl Strip {
    /// An axis that holds all these values; logarithmic if they span more than a factor of eight. Its id must be its own.
    pub(crate) fn holding(id: impl Into<String>, values: &[f64]) -> Self {
        Self { id: id.into(), scale: Scale::holding(values, 8.0, ROOM), reference: None }
    }

    /// With a line through all rows.
    pub(crate) fn against(mut self, reference: Option<f64>) -> Self {
        self.reference = reference.filter(|value| self.scale.holds(*value));
        self
    }

    /// The head of the column: values along the axis, written by `label`.
    pub(crate) fn axis(&self, label: impl Fn(f64) -> String) -> Markup {
        html! {
            svg.strip.axis aria-hidden="true" {
                (self.defined())
                @for tick in self.scale.ticks(4) {
                    text x=(self.x(tick)) { (label(tick)) }
                }
            }
        }
    }

    /// The lines of all rows, for a column whose head has no axis.
    pub(crate) fn lines(&self) -> Markup {
        html! { svg.hidden aria-hidden="true" { (self.defined()) } }
    }

    /// An estimate with its interval, and the bounds that it in particular is held against.
    pub(crate) fn bounded(&self, estimate: &Estimate, bounds: &[f64], key: Key, tip: &Plain) -> Markup {
        let inner = html! {
            @for bound in bounds.iter().filter(|bound| self.scale.holds(**bound)) {
                rect.bound x=(self.x(*bound)) {}
            }
            (self.mark(estimate, None, key, tip))
        };
        self.row(&inner)
    }

    /// An estimate with its interval; `spread` is drawn behind it, faint.
    pub(crate) fn estimate(&self, estimate: &Estimate, spread: Option<(f64, f64)>, key: Key, tip: &Plain) -> Markup {
        self.row(&self.mark(estimate, spread, key, tip))
    }

    fn mark(&self, estimate: &Estimate, spread: Option<(f64, f64)>, key: Key, tip: &Plain) -> Markup {
        let (x, low) = (self.x(estimate.value), self.x(estimate.low));
        let width = format!("{}%", n(self.scale.at(estimate.high) - self.scale.at(estimate.low)));
        html! {
            @if let Some((least, most)) = spread {
                rect.spread x=(self.x(least)) width={ (n(self.scale.at(most) - self.scale.at(least))) "%" } {}
            }
            // A mark without a class has the colour of what is there for comparison.
            g class=[Some(key.class).filter(|class| *class != CONTEXT.class)] data-tip=[Some(&tip.en).filter(|tip| !tip.is_empty())] data-tip-zh=[&tip.zh] {
                rect.w.endless[!estimate.is_bounded()] x=(low) width=(width) {}
                @if !self.scale.holds(estimate.low) { (arrow_head(ROOM.0, "M4 -4L0 0L4 4")) }
                @if !self.scale.holds(estimate.high) { (arrow_head(ROOM.1, "M-4 -4L0 0L-4 4")) }
                (used_at(key.shape, &x))
            }
        }
    }

    /// All values as dots in the order of time, from top to bottom and from light to dark, with a stroke at the median;
    /// the first `hollow` ones do not count.
    pub(crate) fn dots(&self, values: &[f64], hollow: usize, median: Option<f64>, key: Key) -> Markup {
        let step = 76.0 / (values.len().max(2) - 1) as f64;
        let all: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
        let hollow = hollow.min(all.len());
        let age = |(at, _): &(usize, f64)| 5 * at / all.len();
        let place = |(at, value): &(usize, f64)| {
            ((self.scale.at(*value) * 10.0).round() as i64, (12.0 + step * *at as f64).round() as i64)
        };
        // The first one stands where it does, the others where it leads to from the one before: fewer digits.
        let path = |alike: &[(usize, f64)]| {
            let (x, y) = place(&alike[0]);
            let steps = alike.windows(2).map(|two| {
                let ((x, y), (next_x, next_y)) = (place(&two[0]), place(&two[1]));
                format!("m{} {}h0", next_x - x, next_y - y)
            });
            format!("M{x} {y}h0{}", steps.collect::<String>())
        };
        let inner = html! {
            @if let Some(median) = median {
                rect.median x=(self.x(median)) {}
            }
            @for (at, value) in &all[..hollow] { circle.out cx=(self.x(*value)) cy={ (n(12.0 + step * *at as f64)) "%" } {} }
            // Dots are strokes of no length with round ends, which keep their shape however wide the cell is.
            svg viewBox="0 0 1000 100" preserveAspectRatio="none" {
                @for alike in all[hollow..].chunk_by(|a, b| age(a) == age(b)) {
                    path class={ "o" (age(&alike[0])) } d=(path(alike)) {}
                }
            }
        };
        self.classed_row(&inner, &format!("strip high dots {}", key.class))
    }

    fn row(&self, inner: &Markup) -> Markup {
        self.classed_row(inner, "strip")
    }

    fn classed_row(&self, inner: &Markup, class: &str) -> Markup {
        html! {
            svg class=(class) aria-hidden="true" {
                use href={ "#" (self.lines_id()) } {}
                (inner)
            }
        }
    }

    fn x(&self, value: f64) -> String {
        format!("{}%", n(self.scale.at(value)))
    }

    fn defined(&self) -> Markup {
        html! {
            defs {
                g.lines id=(self.lines_id()) {
                    @for tick in self.scale.ticks(4) { rect x=(self.x(tick)) {} }
                    @if let Some(value) = self.reference {
                        line.reference x1=(self.x(value)) x2=(self.x(value)) y1="0" y2="100%" {}
                    }
                }
            }
        }
    }

    /// The lines that all rows have are drawn once, in the head of the column.
    fn lines_id(&self) -> String {
        format!("at-{}", self.id)
    }
}

/// The end of a whisker that goes on beyond the axis.
fn arrow_head(x: f64, path: &str) -> Markup {
    html! { svg x={ (n(x)) "%" } y="50%" overflow="visible" { path.whisker d=(path) {} } }
}

/// A line through values in their order, as small as a word.
pub(crate) fn spark(values: &[f64]) -> Markup {
    if values.len() < 2 {
        return html! {};
    }
    let y = Scale::holding(values, f64::INFINITY, (20.0, 2.0));
    let step = 88.0 / (values.len() - 1) as f64;
    let points: Vec<_> = values.iter().enumerate().map(|(i, v)| (1.0 + i as f64 * step, y.at(*v))).collect();
    let path: Vec<_> = points.iter().map(|(x, y)| format!("{} {}", n(*x), n(*y))).collect();
    html! {
        svg.spark width="90" height="22" viewBox="0 0 90 22" aria-hidden="true" {
            polyline points=(path.join(" ")) {}
            @if let Some((x, y)) = points.last() { circle cx=(n(*x)) cy=(n(*y)) r="2.2" {} }
        }
    }
}
