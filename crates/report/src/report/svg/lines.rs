//! Speedup over workers: one small chart per kernel, all of a group on the same scales.

use maud::{Markup, html};

use super::mark::marker;
use super::{Caption, Scale, figure, n};
use crate::report::format::{self, Unit};
use crate::report::palette::Key;
use crate::report::text::{Plain, counted, say};
use crate::stats::Estimate;

const SIZE: (f64, f64) = (310.0, 214.0);
const X: (f64, f64) = (45.0, 298.0);
const Y: (f64, f64) = (182.0, 22.0);

/// One model's line.
#[derive(Debug)]
pub(crate) struct Series {
    /// How it is drawn.
    pub(crate) key: Key,
    /// Its points, in the order of workers.
    pub(crate) points: Vec<Point>,
}

/// One measured point.
#[derive(Debug)]
pub(crate) struct Point {
    /// Workers.
    pub(crate) workers: usize,
    /// Speedup.
    pub(crate) speedup: Estimate,
    /// What to show on a closer look.
    pub(crate) tip: Plain,
}

/// The frame that the charts of a group share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chart {
    x: Scale,
    y: Scale,
    cores: usize,
    most: usize,
}

impl Chart {
    /// A frame for at most so many workers and speedups within these ends.
    pub(crate) fn new(most_workers: usize, (low, high): (f64, f64), cores: usize) -> Self {
        let most = most_workers.max(2);
        let (low, high) = (low.min(0.9), high.max(2.0));
        let x = Scale::log(1.0, most as f64, (X.0 + 12.0, X.1 - 10.0));
        Self { x, y: Scale::log(low / 1.1, high * 1.15, Y), cores, most }
    }

    /// The chart of one kernel.
    pub(crate) fn draw(&self, caption: &Caption, series: &[Series]) -> Markup {
        let lines = html! {
            @for (at, line) in series.iter().enumerate() {
                (self.line(line, (at as f64 - (series.len() as f64 - 1.0) / 2.0) * 3.2))
            }
        };
        figure("chart", SIZE, caption, &html! { (self.frame()) (lines) })
    }

    fn frame(&self) -> Markup {
        let bottom = Y.0;
        html! {
            (self.beyond_cores())
            @for tick in self.y.doublings() {
                @let y = n(self.y.at(tick));
                line class=(if (tick - 1.0).abs() < 1e-9 { "grid one" } else { "grid" }) x1=(n(X.0)) x2=(n(X.1)) y1=(y) y2=(y) {}
                text.tick x=(n(X.0 - 6.0)) y=(y) dy="4" text-anchor="end" { (format::tick(tick, Unit::Ratio)) }
            }
            @for tick in self.x.doublings() {
                text.tick x=(n(self.x.at(tick))) y=(n(bottom + 15.0)) text-anchor="middle" { (tick) }
            }
            line.base x1=(n(X.0)) x2=(n(X.1)) y1=(n(bottom)) y2=(n(bottom)) {}
            text.tick.name x=(n(f64::midpoint(X.0, X.1))) y=(n(bottom + 29.0)) text-anchor="middle" { (say("workers", &[]).in_picture()) }
            (self.ideal())
        }
    }

    /// More workers than processors: the ground is tinted and the edge says where.
    fn beyond_cores(&self) -> Markup {
        if self.cores == 0 || self.cores > self.most {
            return html! {};
        }
        let x = self.x.at(self.cores as f64);
        let width = (X.1 - x).max(0.0);
        html! {
            rect.beyond x=(n(x)) y=(n(Y.1)) width=(n(width)) height=(n(Y.0 - Y.1)) {}
            line.cores x1=(n(x)) x2=(n(x)) y1=(n(Y.1)) y2=(n(Y.0)) {}
            text.tick x=(n(x)) y=(n(Y.1 - 7.0)) text-anchor=(if x > X.1 - 30.0 { "end" } else { "middle" }) { (counted(self.cores, "core").in_picture()) }
        }
    }

    /// W workers, W times as fast; cut off at the upper edge.
    fn ideal(&self) -> Markup {
        let end = (1..=self.most).rev().map(|w| w as f64).find(|w| self.y.holds(*w)).unwrap_or(1.0);
        html! {
            line.ideal x1=(n(self.x.at(1.0))) y1=(n(self.y.at(1.0))) x2=(n(self.x.at(end))) y2=(n(self.y.at(end))) {}
        }
    }

    /// The ground between the ends of all intervals, there and back again; `None` unless every point has one.
    fn ribbon(&self, series: &Series, shift: f64) -> Option<String> {
        let points = &series.points;
        if points.len() < 2 || points.iter().any(|point| !point.speedup.is_bounded()) {
            return None;
        }
        let corner =
            |point: &Point, end: f64| format!("{} {}", n(self.x.at(point.workers as f64) + shift), n(self.y.at(end)));
        let there = points.iter().map(|point| corner(point, point.speedup.high));
        let back = points.iter().rev().map(|point| corner(point, point.speedup.low));
        Some(there.chain(back).collect::<Vec<_>>().join(" "))
    }

    fn line(&self, series: &Series, shift: f64) -> Markup {
        let place = |point: &Point| (self.x.at(point.workers as f64) + shift, self.y.at(point.speedup.value));
        let path: Vec<_> = series.points.iter().map(place).map(|(x, y)| format!("{} {}", n(x), n(y))).collect();
        // One path for all of them: a page has hundreds.
        let bounded = series.points.iter().filter(|point| point.speedup.is_bounded());
        let whisker = |point: &Point| {
            format!("M{} {}V{}", n(place(point).0), n(self.y.at(point.speedup.low)), n(self.y.at(point.speedup.high)))
        };
        let whiskers: String = bounded.map(whisker).collect();
        html! {
            g class=(series.key.class) {
                @if let Some(first) = series.points.first().filter(|first| first.workers > 1) {
                    @let (x, y) = place(first);
                    line.origin x1=(n(self.x.at(1.0))) y1=(n(self.y.at(1.0))) x2=(n(x)) y2=(n(y)) {}
                }
                @if let Some(ribbon) = self.ribbon(series, shift) { polygon.ribbon points=(ribbon) {} }
                @if path.len() > 1 { polyline.line points=(path.join(" ")) {} }
                @if !whiskers.is_empty() { path.whisker d=(whiskers) {} }
            }
            @for point in &series.points {
                @let (x, y) = place(point);
                (marker(series.key, x, y, &point.tip))
            }
        }
    }
}
