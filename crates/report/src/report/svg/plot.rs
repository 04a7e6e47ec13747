//! Small charts of anything over anything: marks with their intervals, joined where they belong together.

use maud::{Markup, html};

use super::mark::marker;
use super::{Caption, Scale, figure, n};
use crate::report::format::{self, Unit};
use crate::report::palette::Key;
use crate::report::text::Plain;
use crate::stats::Estimate;

const SIZE: (f64, f64) = (310.0, 214.0);
const X: (f64, f64) = (50.0, 300.0);
const Y: (f64, f64) = (174.0, 10.0);

/// What lies along a side.
#[derive(Debug, Clone)]
pub(crate) struct Axis<'a> {
    name: Plain,
    kind: Kind<'a>,
}

#[derive(Debug, Clone)]
enum Kind<'a> {
    Steps(Vec<String>),
    Values { ends: (f64, f64), log: bool, unit: Unit<'a> },
}

impl<'a> Axis<'a> {
    /// Equal distances whatever the labels say; the place of a value is its number, counted from 0.
    pub(crate) fn steps(name: Plain, labels: Vec<String>) -> Self {
        Self { name, kind: Kind::Steps(labels) }
    }

    /// Equal distances for equal ratios, with room for all of these.
    pub(crate) fn log(name: Plain, unit: Unit<'a>, values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = ends(values.into_iter().filter(|value| *value > 0.0));
        Self { name, kind: Kind::Values { ends: (low / 1.3, high * 1.3), log: true, unit } }
    }

    /// Equal distances for equal differences, with room for all of these.
    pub(crate) fn linear(name: Plain, unit: Unit<'a>, values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = ends(values);
        let margin = ((high - low) * 0.08).max(high.abs() * 0.01);
        Self { name, kind: Kind::Values { ends: (low - margin, high + margin), log: false, unit } }
    }

    fn scale(&self, range: (f64, f64)) -> Scale {
        match &self.kind {
            Kind::Steps(labels) => Scale::linear(-0.5, labels.len().max(1) as f64 - 0.5, range),
            Kind::Values { ends, log: true, .. } => Scale::log(ends.0, ends.1, range),
            Kind::Values { ends, .. } => Scale::linear(ends.0, ends.1, range),
        }
    }

    fn ticks(&self, scale: &Scale) -> Vec<(f64, String)> {
        match &self.kind {
            Kind::Steps(labels) => labels.iter().enumerate().map(|(at, label)| (at as f64, label.clone())).collect(),
            Kind::Values { unit, .. } => scale.ticks(5).into_iter().map(|at| (at, format::tick(at, *unit))).collect(),
        }
    }
}

fn ends(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

/// One mark.
#[derive(Debug)]
pub(crate) struct Spot {
    /// Where it stands.
    pub(crate) x: Estimate,
    /// Where it stands.
    pub(crate) y: Estimate,
    /// Drawn as an outline and left out of the line.
    pub(crate) aside: bool,
    /// What is written beside it.
    pub(crate) label: String,
    /// What to show on a closer look.
    pub(crate) tip: Plain,
}

impl Spot {
    /// A mark at a place along the bottom that is no measurement.
    pub(crate) fn at(x: f64, y: Estimate, tip: Plain) -> Self {
        let x = Estimate { value: x, low: x, high: x, level: 1.0, n: 1 };
        Self { x, y, aside: false, label: String::new(), tip }
    }
}

/// Marks that look alike, joined by a line.
#[derive(Debug)]
pub(crate) struct Curve {
    /// How they are drawn.
    pub(crate) key: Key,
    /// Where the line comes from, faintly.
    pub(crate) origin: Option<(f64, f64)>,
    /// In the order of the line.
    pub(crate) spots: Vec<Spot>,
}

/// The frame of a chart, for as many charts as share it.
#[derive(Debug)]
pub(crate) struct Plot<'a> {
    across: Axis<'a>,
    up: Axis<'a>,
    x: Scale,
    y: Scale,
    dodge: f64,
}

impl<'a> Plot<'a> {
    /// A frame with these axes.
    pub(crate) fn new(across: Axis<'a>, up: Axis<'a>) -> Self {
        let (x, y) = (across.scale(X), up.scale(Y));
        // Marks on a step stand side by side, so that none hides another.
        let dodge = if matches!(across.kind, Kind::Steps(_)) { 9.0 } else { 0.0 };
        Self { across, up, x, y, dodge }
    }

    /// The chart.
    pub(crate) fn draw(&self, caption: &Caption, curves: &[Curve]) -> Markup {
        let several = curves.iter().filter(|curve| curve.origin.is_some()).count();
        let shift = |at: usize| (at as f64 - (several as f64 - 1.0) / 2.0) * self.dodge;
        let mut moved = 0;
        let shifts: Vec<f64> = curves
            .iter()
            .map(|curve| {
                moved += usize::from(curve.origin.is_some());
                curve.origin.map_or(0.0, |_| shift(moved - 1))
            })
            .collect();
        let body = html! {
            (self.frame())
            @for (curve, shift) in curves.iter().zip(&shifts) { (self.line(curve, *shift)) }
            @for (curve, shift) in curves.iter().zip(&shifts) { (self.marks(curve, *shift)) }
        };
        figure("chart", SIZE, caption, &body)
    }

    fn frame(&self) -> Markup {
        html! {
            @for (tick, label) in self.up.ticks(&self.y) {
                @let y = n(self.y.at(tick));
                line.grid x1=(n(X.0)) x2=(n(X.1)) y1=(y) y2=(y) {}
                text.tick x=(n(X.0 - 6.0)) y=(y) dy="4" text-anchor="end" { (label) }
            }
            @for (tick, label) in self.across.ticks(&self.x) {
                text.tick x=(n(self.x.at(tick))) y=(n(Y.0 + 15.0)) text-anchor="middle" { (label) }
            }
            line.base x1=(n(X.0)) x2=(n(X.1)) y1=(n(Y.0)) y2=(n(Y.0)) {}
            text.tick.name x=(n(f64::midpoint(X.0, X.1))) y=(n(Y.0 + 32.0)) text-anchor="middle" { (self.across.name.in_picture()) }
        }
    }

    fn line(&self, curve: &Curve, shift: f64) -> Markup {
        let joined: Vec<(f64, f64)> =
            curve.spots.iter().filter(|spot| !spot.aside).map(|spot| self.place(spot, shift)).collect();
        let path: Vec<_> = joined.iter().map(|(x, y)| format!("{} {}", n(*x), n(*y))).collect();
        html! {
            g class=(curve.key.class) {
                @if let (Some((x, y)), Some(first)) = (curve.origin, joined.first()) {
                    line.origin x1=(n(self.x.at(x))) y1=(n(self.y.at(y))) x2=(n(first.0)) y2=(n(first.1)) {}
                }
                @if path.len() > 1 { polyline.line points=(path.join(" ")) {} }
            }
        }
    }

    fn marks(&self, curve: &Curve, shift: f64) -> Markup {
        html! {
            g class=(curve.key.class) {
                @for spot in &curve.spots { (self.whiskers(spot, shift)) }
            }
            @for spot in &curve.spots {
                @let (x, y) = self.place(spot, shift);
                (marker(if spot.aside { curve.key.hollow() } else { curve.key }, x, y, &spot.tip))
                @if !spot.label.is_empty() {
                    @let end = x > X.1 - 40.0;
                    text.tick x=(n(if end { x - 4.0 } else { x + 7.0 })) y=(n(y + 15.0))
                        text-anchor=(if end { "end" } else { "start" }) { (spot.label) }
                }
            }
        }
    }

    fn whiskers(&self, spot: &Spot, shift: f64) -> Markup {
        let (x, y) = self.place(spot, shift);
        let wide = |of: &Estimate| of.is_bounded() && of.high > of.low;
        html! {
            @if wide(&spot.y) {
                line.whisker x1=(n(x)) x2=(n(x)) y1=(n(self.y.at(spot.y.low))) y2=(n(self.y.at(spot.y.high))) {}
            }
            @if wide(&spot.x) {
                line.whisker x1=(n(self.x.at(spot.x.low))) x2=(n(self.x.at(spot.x.high))) y1=(n(y)) y2=(n(y)) {}
            }
        }
    }

    fn place(&self, spot: &Spot, shift: f64) -> (f64, f64) {
        (self.x.at(spot.x.value) + shift, self.y.at(spot.y.value))
    }
}
