//! A trend: the level of a case over many runs, with the band that they lie in, and a line where the level changed.

use maud::{Markup, html};

use super::{Caption, Scale, figure, n};
use crate::report::format::{self, Unit};
use crate::report::text::Plain;

const SIZE: (f64, f64) = (310.0, 118.0);
const X: (f64, f64) = (50.0, 302.0);
const Y: (f64, f64) = (94.0, 8.0);

/// Some neighbouring runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    /// Place of their middle along the runs.
    pub(crate) at: f64,
    /// The least of them.
    pub(crate) least: f64,
    /// Their median.
    pub(crate) middle: f64,
    /// The greatest of them.
    pub(crate) most: f64,
}

/// A place where the level changed.
#[derive(Debug, Clone)]
pub(crate) struct Break {
    /// Place along the runs.
    pub(crate) at: f64,
    /// Whether it is for the worse.
    pub(crate) worse: bool,
    /// What to show on a closer look.
    pub(crate) tip: Plain,
}

/// The picture of one series.
#[derive(Debug)]
pub(crate) struct TrendLine<'a> {
    /// How many runs lie along the bottom.
    pub(crate) runs: usize,
    /// Unit of the level.
    pub(crate) unit: Unit<'a>,
    /// The series, in order.
    pub(crate) stops: &'a [Stop],
    /// Its changes, in order.
    pub(crate) breaks: &'a [Break],
    /// CSS class that sets the colour.
    pub(crate) class: &'static str,
    /// What stands at the left and at the right end of the bottom.
    pub(crate) ends: (&'a str, &'a str),
}

impl TrendLine<'_> {
    /// The picture, with its name and description.
    pub(crate) fn draw(&self, caption: &Caption) -> Markup {
        let ends: Vec<f64> = self.stops.iter().flat_map(|stop| [stop.least, stop.most]).collect();
        let y = Scale::holding(&ends, 8.0, Y);
        let x = Scale::linear(0.0, (self.runs.max(2) - 1) as f64, X);
        let point = |at: f64, value: f64| format!("{:.0} {:.0}", x.at(at), y.at(value));
        let upper = self.stops.iter().map(|stop| point(stop.at, stop.most));
        let lower = self.stops.iter().rev().map(|stop| point(stop.at, stop.least));
        let band: Vec<String> = upper.chain(lower).collect();
        let line: Vec<String> = self.stops.iter().map(|stop| point(stop.at, stop.middle)).collect();
        let body = html! {
            @for tick in y.ticks(3) {
                @let at = n(y.at(tick));
                line.grid x1=(n(X.0)) x2=(n(X.1)) y1=(at) y2=(at) {}
                text.tick x=(n(X.0 - 6.0)) y=(at) dy="4" text-anchor="end" { (format::tick(tick, self.unit)) }
            }
            text.tick x=(n(X.0)) y=(n(Y.0 + 16.0)) { (self.ends.0) }
            text.tick x=(n(X.1)) y=(n(Y.0 + 16.0)) text-anchor="end" { (self.ends.1) }
            g class=(self.class) {
                polygon.band points=(band.join(" ")) {}
                polyline.line points=(line.join(" ")) {}
            }
            @for one in self.breaks {
                @let at = n(x.at(one.at));
                line class=(if one.worse { "break worse" } else { "break" }) data-tip=(one.tip.en) data-tip-zh=[&one.tip.zh] x1=(at) x2=(at) y1=(n(Y.1)) y2=(n(Y.0)) {}
                text.tick x=(at) y=(n(Y.1 + 2.0)) text-anchor="middle" { (if one.worse { "▲" } else { "▼" }) }
            }
        };
        figure("chart", SIZE, caption, &body)
    }
}
