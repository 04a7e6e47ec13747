//! Who held the lock when: one lane a worker, time from left to right.
//!
//! A state is told by its height as well as by its colour. A trace may have far more spans than the picture has pixels,
//! so each pixel shows what took most of its time, and a hold shorter than a pixel a bar as high as the hold's share
//! calls for, never too low to be seen. Arrows and marks too close to the one before are left out, and counted.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::mark::shape;
use super::states::{HALF, class, half, mark_class, mark_shape};
use super::{Caption, Scale, figure, n};
use crate::report::format::{self, Unit};
use crate::report::text::{came_plain, say};
use crate::run::Trace;
use crate::run::timeline::{HandOver, Mark, Span, State, Timeline};

const WIDTH: f64 = 1100.0;
/// Where time runs, from the names to the right edge.
const X: (f64, f64) = (104.0, 1090.0);
const COLUMNS: usize = (X.1 - X.0) as usize;
/// Room for the axis above the first lane, and from one lane's middle to the next.
const HEAD: f64 = 24.0;
const PITCH: f64 = 44.0;
/// Most arrows of a picture: more, and none can be followed.
const ARROWS: usize = 100;
/// The least distance of two arrows between the same lanes, and of two like marks of a lane.
const APART: f64 = 7.0;
/// Most spans of a lane that the script is told, so that a page stays small.
const MOST_SPANS: usize = 2000;
/// Spans at least this wide say how long they were on a closer look.
const TIP: f64 = 4.0;

/// The picture of a trace's first lanes, up to a time.
#[derive(Debug)]
pub(crate) struct Lanes<'a> {
    trace: &'a Trace,
    timeline: &'a Timeline,
    shown: usize,
    until_ns: u64,
    scale: Scale,
}

/// A picture, and what of it was left out.
#[derive(Debug)]
pub(crate) struct Picture {
    /// The figure.
    pub(crate) svg: Markup,
    /// Hand-overs and marks for which there was no room.
    pub(crate) left_out: usize,
}

impl<'a> Lanes<'a> {
    /// So many lanes, from the beginning until then.
    pub(crate) fn new(trace: &'a Trace, timeline: &'a Timeline, shown: usize, until_ns: u64) -> Self {
        let scale = Scale::linear(0.0, until_ns.max(1) as f64, X);
        Self { trace, timeline, shown: shown.min(trace.lanes.len()), until_ns, scale }
    }

    /// Draws it.
    pub(crate) fn draw(&self, caption: &Caption) -> Picture {
        let (arrows, no_arrows) = self.arrows();
        let (marks, no_marks) = self.marks();
        let height = HEAD + PITCH * self.shown as f64 + 12.0;
        let body = html! {
            g.axis-of-time { (self.axis(height)) }
            @for lane in 0..self.shown { (self.lane(lane)) }
            (arrows)
            (marks)
        };
        Picture {
            svg: figure(
                "timeline",
                (WIDTH, height),
                caption,
                &html! { g data-until=(self.until_ns) data-from=(n(X.0)) data-to=(n(X.1)) { (body) } },
            ),
            left_out: no_arrows + no_marks,
        }
    }

    fn x(&self, ns: u64) -> f64 {
        self.scale.at(ns as f64)
    }

    fn axis(&self, height: f64) -> Markup {
        let interval = self.trace.switch_interval_us.saturating_mul(1000);
        // Lines closer than this would be a grey ground.
        let lines = if interval > 0 && self.x(interval) - X.0 >= 6.0 { self.until_ns / interval } else { 0 };
        html! {
            @for line in 0..=lines {
                @let x = n(self.x(line * interval));
                line.grid x1=(x) x2=(x) y1=(n(HEAD - 6.0)) y2=(n(height - 4.0)) {}
            }
            @for tick in self.scale.ticks(8) {
                @let x = self.scale.at(tick);
                text.tick x=(n(x)) y="12" text-anchor=(if x > X.1 - 20.0 { "end" } else { "middle" }) { (time(tick)) }
            }
        }
    }

    fn lane(&self, lane: usize) -> Markup {
        let y = middle(lane);
        let end = self.trace.lanes[lane].end_ns(self.trace.length_ns);
        let layers = layers(&self.columns(lane), y);
        let name = came_plain(&short(&self.trace.lanes[lane].name));
        let wide = |span: &&Span| self.x(span.to_ns) - self.x(span.from_ns) >= TIP;
        html! {
            g.lane data-y=(n(y)) data-spans=(self.spans(lane)) {
            text x="0" y=(n(y + 4.0)) { (name.in_picture()) }
            // Holds come last, so that a short one stands before what its worker did most of the time.
            @for state in [State::Detached, State::Waiting, State::Switching, State::Held] {
                @let path = &layers[state as usize];
                @if !path.is_empty() { path class=(class(state)) d=(path) {} }
            }
            @if end < self.until_ns {
                line.ideal x1=(n(self.x(end))) x2=(n(X.1)) y1=(n(y)) y2=(n(y)) {}
                // Without room for it the sentence below the picture says so.
                @if self.x(end) < X.1 - 70.0 {
                    text.tick x=(n(self.x(end) + 4.0)) y=(n(y - 4.0)) { (say("record ends", &[]).in_picture()) }
                }
            }
            @for span in self.timeline.spans[lane].iter().filter(wide) { (self.tip(span, y)) }
            }
        }
    }

    /// Every span of the lane for the script that looks closer: the state's first letter and how long it lasted, in
    /// nanoseconds, one after another from the beginning.
    fn spans(&self, lane: usize) -> String {
        let shown = self.timeline.spans[lane].iter().take_while(|span| span.from_ns < self.until_ns);
        let mut now = 0;
        let mut out = String::new();
        for span in shown.take(MOST_SPANS) {
            // A gap in the record is nobody's state.
            if span.from_ns > now {
                let _ = write!(out, "-{}", span.from_ns - now);
            }
            let _ = write!(out, "{}{}", &span.state.name()[..1], span.length_ns());
            now = span.to_ns;
        }
        out
    }

    /// An invisible ground on which the pointer finds what the span is.
    fn tip(&self, span: &Span, y: f64) -> Markup {
        let (from, to) = (self.x(span.from_ns), self.x(span.to_ns));
        let tip = say("{0} for {1}", &[&say(span.state.name(), &[]), &format::time(span.length_ns() as f64)]);
        html! {
            rect.hit x=(n(from)) y=(n(y - HALF)) width=(n(to - from)) height=(n(2.0 * HALF)) data-tip=(tip.en) data-tip-zh=[&tip.zh] {}
        }
    }

    /// What shares of each pixel's time the lane spent in each state.
    fn columns(&self, lane: usize) -> Vec<[f64; State::ALL.len()]> {
        let mut columns = vec![[0.0; State::ALL.len()]; COLUMNS];
        for span in self.timeline.spans[lane].iter().take_while(|span| span.from_ns < self.until_ns) {
            let (from, to) = (self.x(span.from_ns) - X.0, self.x(span.to_ns) - X.0);
            for (at, column) in columns.iter_mut().enumerate().take(to.ceil() as usize).skip(from as usize) {
                column[span.state as usize] += to.min(at as f64 + 1.0) - from.max(at as f64);
            }
        }
        columns
    }

    fn arrows(&self) -> (Markup, usize) {
        let mut last = vec![f64::NEG_INFINITY; self.shown * self.shown];
        let seen =
            |change: &&HandOver| change.taken_ns <= self.until_ns && change.from < self.shown && change.to < self.shown;
        let all: Vec<_> = self.timeline.hand_overs.iter().filter(seen).collect();
        let every = all.len().div_ceil(ARROWS).max(1);
        let room = |change: &&&HandOver| {
            let place = change.from * self.shown + change.to;
            has_room(&mut last[place], self.x(change.taken_ns))
        };
        let drawn: Vec<_> = all.iter().step_by(every).filter(room).collect();
        (html! { @for change in &drawn { (self.arrow(change)) } }, all.len() - drawn.len())
    }

    fn arrow(&self, change: &HandOver) -> Markup {
        let down = if change.to > change.from { 1.0 } else { -1.0 };
        let (from, to) =
            ((self.x(change.released_ns), middle(change.from)), (self.x(change.taken_ns), middle(change.to)));
        let (y1, y2) = (from.1 + down * HALF, to.1 - down * HALF);
        let head = format!("M{} {}l-3.2 {}h6.4Z", n(to.0), n(y2), n(-6.0 * down));
        let tip =
            say(if change.forced { "hand-over, forced" } else { "hand-over, by a holder that blocks or ends" }, &[]);
        html! {
            g class=(if change.forced { "hand-over" } else { "hand-over own" }) data-tip=(tip.en) data-tip-zh=[&tip.zh] {
                line x1=(n(from.0)) y1=(n(y1)) x2=(n(to.0)) y2=(n(y2 - 4.0 * down)) {}
                path d=(head) {}
            }
        }
    }

    /// Where a lane's marks stand: above it, and below the last one, to which arrows come from above only.
    fn beside(&self, lane: usize) -> f64 {
        let away = HALF + 6.0;
        if lane > 0 && lane + 1 == self.shown { middle(lane) + away } else { middle(lane) - away }
    }

    fn marks(&self) -> (Markup, usize) {
        let mut last = vec![[f64::NEG_INFINITY; Mark::ALL.len()]; self.shown];
        let seen = |(lane, at_ns, _): &&(usize, u64, Mark)| *at_ns <= self.until_ns && *lane < self.shown;
        let all: Vec<_> = self.timeline.marks.iter().filter(seen).collect();
        let room =
            |(lane, at_ns, mark): &&&(usize, u64, Mark)| has_room(&mut last[*lane][*mark as usize], self.x(*at_ns));
        let drawn: Vec<_> = all.iter().filter(room).collect();
        let markup = html! {
            @for (lane, at_ns, mark) in &drawn {
                @let place = format!("translate({} {}) scale(.8)", n(self.x(*at_ns)), n(self.beside(*lane)));
                @let tip = say(mark.name(), &[]);
                g class=(mark_class(*mark)) transform=(place) data-tip=(tip.en) data-tip-zh=[&tip.zh] { (shape(mark_shape(*mark))) }
            }
        };
        (markup, all.len() - drawn.len())
    }
}

fn middle(lane: usize) -> f64 {
    HEAD + PITCH * lane as f64 + PITCH - HALF - 6.0
}

/// Whether something at `x` is far enough from the last of its kind, which it then is.
fn has_room(last: &mut f64, x: f64) -> bool {
    let room = x - *last >= APART;
    if room {
        *last = x;
    }
    room
}

/// One path a state: runs of pixels that look the same.
fn layers(columns: &[[f64; State::ALL.len()]], y: f64) -> [String; State::ALL.len()] {
    let mut paths = State::ALL.map(|_| String::new());
    for state in State::ALL {
        let heights: Vec<f64> = (0..columns.len()).map(|at| height(columns, at, state)).collect();
        let mut at = 0;
        for run in heights.chunk_by(|a, b| (a - b).abs() < 0.01) {
            if run[0] > 0.0 {
                let (x, width, half) = (X.0 + at as f64, run.len() as f64, run[0]);
                let (top, height) = (n(y - half), n(2.0 * half));
                let _ = write!(paths[state as usize], "M{} {top}h{width}v{height}h-{width}Z", n(x));
            }
            at += run.len();
        }
    }
    paths
}

/// Half the height at which a state is drawn in a pixel; 0 if it is not drawn there.
fn height(columns: &[[f64; State::ALL.len()]], at: usize, state: State) -> f64 {
    let (shares, held) = (columns[at], held_share(columns, at));
    if state == State::Held {
        let beside = at.checked_sub(1).map_or(0.0, |left| held_share(columns, left)).max(held_share(columns, at + 1));
        // The edge of a long hold goes to the nearer pixel; of a short one the area goes with the share, in three steps
        // so that neighbours can be joined.
        let steps: &[(f64, f64)] = if beside > 0.95 { &[(0.5, 1.0)] } else { &[(0.95, 1.0), (0.4, 0.85), (0.0, 0.7)] };
        return steps.iter().find(|(least, _)| held > *least).map_or(0.0, |(_, of)| of * HALF);
    }
    // Behind a short hold stands what the worker did most of the time beside holding.
    let own = shares[state as usize];
    let most = State::ALL.into_iter().filter(|other| *other != State::Held).all(|other| {
        let share = shares[other as usize];
        share < own || (share <= own && other as usize >= state as usize)
    });
    if own > 0.0 && most { half(state) } else { 0.0 }
}

/// The share of a pixel's recorded time in which the lock was held.
fn held_share(columns: &[[f64; State::ALL.len()]], at: usize) -> f64 {
    columns.get(at).map_or(0.0, |shares| shares[State::Held as usize] / shares.iter().sum::<f64>().max(1e-9))
}

fn time(ns: f64) -> String {
    if ns == 0.0 { "0".into() } else { format::tick(ns, Unit::Time) }
}

/// A name that fits before the lane.
fn short(name: &str) -> String {
    const ROOM: usize = 15;
    if name.chars().count() <= ROOM { name.into() } else { name.chars().take(ROOM - 1).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::text::Plain;
    use crate::run::scenes;

    #[test]
    fn pixels_hold_all_of_the_time_and_no_short_hold_is_lost() {
        let trace = scenes::convoy(9, 100, 5000);
        let timeline = Timeline::of(&trace);
        let lanes = Lanes::new(&trace, &timeline, 2, 12 * 5_000_000);
        for lane in 0..2 {
            let columns = lanes.columns(lane);
            let filled = columns.iter().map(|shares| shares.iter().sum::<f64>());
            let whole = (lanes.x(lane_end(&trace, lane)) - X.0).floor() as usize;
            assert!(filled.take(whole).all(|sum| (sum - 1.0).abs() < 1e-6));
        }
        let ticks = layers(&lanes.columns(1), 0.0)[State::Held as usize].matches('M').count();
        assert!(ticks >= 9, "each of its short holds: {ticks}");
    }

    fn lane_end(trace: &Trace, lane: usize) -> u64 {
        trace.lanes[lane].end_ns(trace.length_ns)
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let trace = scenes::turns(2, 5000, 100);
        let timeline = Timeline::of(&trace);
        let caption = Caption { title: Plain::same(""), desc: Plain::same(""), table: "numbers" };
        let picture = Lanes::new(&trace, &timeline, 2, trace.length_ns).draw(&caption);
        let drawn = picture.svg.into_string();
        let shown = drawn.matches("class=\"hand-over").count() + drawn.matches("t-request").count();
        assert!(shown < 600, "{shown}");
        assert_eq!(shown + picture.left_out, timeline.hand_overs.len() + timeline.marks.len());
    }
}
