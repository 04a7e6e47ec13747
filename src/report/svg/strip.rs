//! Strips: one row of values on an axis that many rows share, in a table cell of any width.

use maud::{Markup, html};

use super::mark::used_at;
use super::{Scale, n};
use crate::report::palette::Key;
use crate::stats::Estimate;

/// Horizontal room for values, in per cent of the cell.
const ROOM: (f64, f64) = (3.0, 97.0);

/// The axis that a column of strips shares.
#[derive(Debug, Clone)]
pub(crate) struct Strip {
    scale: Scale,
    /// A value that all rows are to be held against, such as 1 for ratios.
    reference: Option<f64>,
}

impl Strip {
    /// An axis that holds all these values; logarithmic if they span more than a factor of eight.
    pub(crate) fn holding(values: &[f64]) -> Self {
        Self { scale: Scale::holding(values, 8.0, ROOM), reference: None }
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
                @for tick in self.scale.ticks(4) {
                    text x=(self.x(tick)) y="13" text-anchor="middle" { (label(tick)) }
                }
            }
        }
    }

    /// An estimate with its interval, and the bounds that it in particular is held against.
    pub(crate) fn bounded(&self, estimate: &Estimate, bounds: &[f64], key: Key, tip: &str) -> Markup {
        let inner = html! {
            @for bound in bounds.iter().filter(|bound| self.scale.holds(**bound)) {
                rect.bound x=(self.x(*bound)) {}
            }
            (self.mark(estimate, None, key, tip))
        };
        self.row(&inner)
    }

    /// An estimate with its interval; `spread` is drawn behind it, faint.
    pub(crate) fn estimate(&self, estimate: &Estimate, spread: Option<(f64, f64)>, key: Key, tip: &str) -> Markup {
        self.row(&self.mark(estimate, spread, key, tip))
    }

    fn mark(&self, estimate: &Estimate, spread: Option<(f64, f64)>, key: Key, tip: &str) -> Markup {
        let (x, low) = (self.x(estimate.value), self.x(estimate.low));
        let width = format!("{}%", n(self.scale.at(estimate.high) - self.scale.at(estimate.low)));
        html! {
            @if let Some((least, most)) = spread {
                line.spread x1=(self.x(least)) x2=(self.x(most)) y1="50%" y2="50%" {}
            }
            g class=(key.class) data-tip=[Some(tip).filter(|tip| !tip.is_empty())] {
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
        let dot = |(at, value): &(usize, f64)| {
            format!("M{:.0} {:.0}h0", self.scale.at(*value) * 10.0, 12.0 + step * *at as f64)
        };
        let inner = html! {
            g class={ "dots " (key.class) } {
                @if let Some(median) = median {
                    line.median x1=(self.x(median)) x2=(self.x(median)) y1="5%" y2="95%" {}
                }
                @for (at, value) in &all[..hollow] { circle.out cx=(self.x(*value)) cy={ (n(12.0 + step * *at as f64)) "%" } {} }
            }
            // Dots are strokes of no length with round ends, which keep their shape however wide the cell is.
            svg viewBox="0 0 1000 100" preserveAspectRatio="none" {
                g class={ "dots " (key.class) } {
                    @for alike in all[hollow..].chunk_by(|a, b| age(a) == age(b)) {
                        path class={ "o" (age(&alike[0])) } d=(alike.iter().map(dot).collect::<String>()) {}
                    }
                }
            }
        };
        self.classed_row(&inner, "strip high")
    }

    fn row(&self, inner: &Markup) -> Markup {
        self.classed_row(inner, "strip")
    }

    fn classed_row(&self, inner: &Markup, class: &str) -> Markup {
        html! {
            svg class=(class) aria-hidden="true" {
                @for tick in self.scale.ticks(4) {
                    rect x=(self.x(tick)) {}
                }
                @if let Some(value) = self.reference {
                    line.reference x1=(self.x(value)) x2=(self.x(value)) y1="0" y2="100%" {}
                }
                (inner)
            }
        }
    }

    fn x(&self, value: f64) -> String {
        format!("{}%", n(self.scale.at(value)))
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
