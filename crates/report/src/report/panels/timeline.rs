//! The lock at work: short scenes, moment by moment.

use maud::{Markup, html};

use super::nothing;
use crate::report::format::{self, Unit};
use crate::report::lanes::{self, COUNTS, Row};
use crate::report::svg::{Caption, Lanes, Picture, hand_over_swatch, mark_swatch, state_swatch};
use crate::report::text::{Plain, Say, came, came_plain, say, t, tf, word};
use crate::report::{Panel, View};
use crate::run::Trace;
use crate::run::timeline::{Mark, State, Timeline};

pub(super) const PANEL: Panel = Panel { id: "timeline", title: "Timeline of the lock", draw };

/// Switch intervals that a picture shows: more, and hand-overs cannot be told apart.
const INTERVALS: u64 = 12;
/// Lanes that a picture shows.
const LANES: usize = 16;

fn draw(view: &View) -> Markup {
    if view.run.traces.is_empty() {
        return nothing("No trace was recorded. Every run with a CPU-bound kernel under `gil` records one.");
    }
    html! {
        (key())
        @for (at, trace) in view.run.traces.iter().enumerate() { (scene(at, trace)) }
        p.why { (t("To look closer: `gilbench trace` records a scene as a file for Perfetto.")) }
    }
}

fn key() -> Markup {
    html! {
        ul.legend aria-label="Signs" data-zh-label="图例" {
            @for (state, meaning) in STATES { (sign(&state_swatch(state), state.name(), meaning)) }
            (sign(&hand_over_swatch(true), "forced hand-over", "The holder was asked for the lock and let go at a safepoint."))
            (sign(
                &hand_over_swatch(false), "hand-over of its own accord", "The holder let go to block, or because its work was done.",
            ))
            @for (mark, meaning) in MARKS { (sign(&mark_swatch(mark), mark.name(), meaning)) }
        }
    }
}

fn sign(swatch: &Markup, name: &'static str, meaning: &str) -> Markup {
    let meaning = say(meaning, &[]);
    html! { li title=(meaning.en) data-zh-title=[&meaning.zh] { (swatch) (t(name)) } }
}

const STATES: [(State, &str); 4] = [
    (State::Held, "It holds the lock."),
    (State::Waiting, "It waits for the lock."),
    (State::Switching, "It lets go at a safepoint, and may have to wait until another worker has had the lock."),
    (State::Detached, "It neither has nor needs the lock: it blocks, has not begun, or has finished."),
];

const MARKS: [(Mark, &str); 3] = [
    (Mark::Request, "A waiter asks the holder to let go, after a whole switch interval."),
    (Mark::Barge, "It takes the lock ahead of a worker that waits for it."),
    (Mark::Overtaken, "It was woken for the lock and found it held again."),
];

fn scene(at: usize, trace: &Trace) -> Markup {
    let timeline = Timeline::of(trace);
    let rows = lanes::rows(trace, &timeline);
    let sentence = lanes::sentence(&timeline, &rows);
    let (until_ns, recorded_ns) = window(trace);
    let numbers = format!("lanes-{at}");
    let caption = Caption {
        title: say("Who held the lock when: {0}", &[&came_plain(&trace.name)]),
        desc: describe(&rows, &sentence),
        table: &numbers,
    };
    let Picture { svg, left_out } = Lanes::new(trace, &timeline, LANES, until_ns).draw(&caption);
    html! {
        figure.scene {
            figcaption {
                b { (came(&trace.name)) } " " small { (tf("switch interval {0}", &[&interval(trace)])) } br;
                (came(&trace.summary)) " " (sentence)
            }
            div.wide { (svg) }
            @let limits = limits(trace, &rows, (until_ns, recorded_ns), left_out);
            @if !limits.is_empty() { p.rule { (limits) } }
        }
        (table(&rows, &numbers))
    }
}

/// How much of the trace is drawn, and how much of it there is, in nanoseconds.
fn window(trace: &Trace) -> (u64, u64) {
    let recorded = trace.lanes.iter().map(|lane| lane.end_ns(trace.length_ns)).max().unwrap_or(0);
    let wanted = trace.switch_interval_us.saturating_mul(1000 * INTERVALS);
    // What would be left out must be worth it.
    let whole = wanted == 0 || recorded <= wanted.saturating_add(wanted / 6);
    (if whole { recorded } else { wanted }, recorded)
}

fn interval(trace: &Trace) -> String {
    format::time(trace.switch_interval_us as f64 * 1e3)
}

/// What the picture leaves out.
fn limits(trace: &Trace, rows: &[Row], (until_ns, recorded_ns): (u64, u64), left_out: usize) -> Plain {
    let mut limits = vec![];
    if until_ns < recorded_ns {
        let (shown, all) = (format::time(until_ns as f64), format::time(recorded_ns as f64));
        limits.push(say("The picture shows the first {0} of {1}; the table counts all.", &[&shown, &all]));
    }
    if rows.len() > LANES {
        limits.push(say("It shows the first {0} of {1} workers.", &[&LANES, &rows.len()]));
    }
    if left_out > 0 {
        let left_out = format::fixed(left_out as f64, 0);
        limits.push(say("Arrows and marks too close to the one before are left out, {0} in all.", &[&left_out]));
    }
    if recorded_ns < trace.length_ns {
        let length = format::time(trace.length_ns as f64);
        limits.push(say("The record ends before the scene does, which took {0}.", &[&length]));
    }
    limits.extend(lanes::loss(rows));
    Plain::join(limits, " ")
}

/// The picture for those who cannot see it.
fn describe(rows: &[Row], sentence: &Plain) -> Plain {
    let share = |row: &Row| {
        let of = |state: State| format::quantity(row.shares[state as usize], Unit::Share);
        let parts: [&dyn Say; 3] = [&came_plain(&row.name), &of(State::Held), &of(State::Waiting)];
        say("{0} held the lock {1} of the time and waited for it {2}", &parts)
    };
    say("{0}. {1}", &[&Plain::join(rows.iter().take(LANES).map(share), "; "), sentence])
}

fn table(rows: &[Row], id: &str) -> Markup {
    html! {
        div.scroll.tall { table.plain id=(id) data-sortable="" {
            thead { tr {
                th.first scope="col" { (t("Worker")) }
                @for (state, _) in STATES { th.num scope="col" { (word(&lanes::capital(state.name()))) } }
                @for name in COUNTS { th.num scope="col" { (word(&lanes::capital(name))) } }
            } }
            tbody { @for row in rows { (line(row)) } }
        } }
    }
}

fn line(row: &Row) -> Markup {
    let wait = row.longest_wait_ns;
    html! {
        tr {
            th.first scope="row" { (came(&row.name)) }
            @for (state, _) in STATES {
                @let share = row.shares[state as usize];
                td.num data-value=(format::sortable(share)) { (format::fixed(share * 100.0, 1)) "\u{a0}%" }
            }
            td.num data-value=(wait) { @if wait == 0 { "–" } @else { (format::time(wait as f64)) } }
            @for count in [row.hand_overs].into_iter().chain(row.marks) {
                td.num data-value=(count) { (format::fixed(count as f64, 0)) }
            }
            td.num data-value=(row.lost) { (format::fixed(row.lost as f64, 0)) }
        }
    }
}
