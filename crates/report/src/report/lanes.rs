//! What a trace says of each worker, in numbers: the same for the page and for the terminal.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::format;
use super::text::{Plain, came_plain, counted, say};
use crate::run::Trace;
use crate::run::timeline::{Mark, State, Timeline};

/// One worker's part of a trace.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// The worker.
    pub(super) name: String,
    /// Shares of its time, in the order of [`State::ALL`] (0–1).
    pub(super) shares: [f64; State::ALL.len()],
    /// The longest time that it wanted the lock and did not have it, in nanoseconds.
    pub(super) longest_wait_ns: u64,
    /// Times it got the lock from another worker.
    pub(super) hand_overs: usize,
    /// Times of each kind of mark, in the order of [`Mark::ALL`].
    pub(super) marks: [usize; Mark::ALL.len()],
    /// Moments that found no room.
    pub(super) lost: u64,
}

/// What is told of each worker beside its shares, in the order of columns.
pub(super) const COUNTS: [&str; 6] = ["longest wait", "hand-overs", "requests", "barged", "overtaken", "lost"];

/// All workers' rows.
pub(super) fn rows(trace: &Trace, timeline: &Timeline) -> Vec<Row> {
    let mut rows: Vec<_> = trace
        .lanes
        .iter()
        .enumerate()
        .map(|(at, lane)| {
            let length = lane.end_ns(trace.length_ns).max(1) as f64;
            Row {
                name: lane.name.clone(),
                shares: State::ALL.map(|state| timeline.time_ns(at, state) as f64 / length),
                longest_wait_ns: timeline.longest_wait_ns(at),
                hand_overs: 0,
                marks: Mark::ALL.map(|_| 0),
                lost: lane.lost,
            }
        })
        .collect();
    timeline.hand_overs.iter().for_each(|change| rows[change.to].hand_overs += 1);
    timeline.marks.iter().for_each(|(lane, _, mark)| rows[*lane].marks[*mark as usize] += 1);
    rows
}

/// What passed between the workers, in a sentence.
pub(super) fn sentence(timeline: &Timeline, rows: &[Row]) -> Plain {
    let forced = timeline.hand_overs.iter().filter(|change| change.forced).count();
    let marks = |mark: Mark| rows.iter().map(|row| row.marks[mark as usize]).sum::<usize>();
    let longest = rows.iter().max_by_key(|row| row.longest_wait_ns).filter(|row| row.longest_wait_ns > 0);
    let mut parts = vec![match (timeline.hand_overs.len(), forced) {
        (0, _) => say("no hand-over", &[]),
        (all, forced) if all == forced => say("{0}, all forced", &[&counted(all, "hand-over")]),
        (all, 0) => say("{0}, none of them forced", &[&counted(all, "hand-over")]),
        (all, _) => say("{0}, {1} of them forced", &[&counted(all, "hand-over"), &format::fixed(forced as f64, 0)]),
    }];
    for mark in Mark::ALL {
        match (marks(mark), mark) {
            (0, _) => {}
            (count, Mark::Barge) => parts.push(say("barged {0}", &[&counted(count, "time")])),
            (count, _) => parts.push(counted(count, mark.name())),
        }
    }
    parts.push(longest.map_or_else(
        || say("nobody waited", &[]),
        |row| {
            say(
                "the longest wait was {0}, of {1}",
                &[&format::time(row.longest_wait_ns as f64), &came_plain(&row.name)],
            )
        },
    ));
    say("{0}.", &[&Plain::join(parts, "; ").capital()])
}

/// With a capital at its beginning.
pub(super) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a lost record means for what is shown; `None` if nothing was lost.
pub(super) fn loss(rows: &[Row]) -> Option<Plain> {
    let lost: u64 = rows.iter().map(|row| row.lost).sum();
    let lanes = rows.iter().filter(|row| row.lost > 0).count();
    (lost > 0).then(|| {
        let words = if lanes == 1 {
            "{0} found no room: one worker's record ends early, and hand-overs are told until it does."
        } else {
            "{0} found no room: {1} workers' records end early, and hand-overs are told until the first of them ends."
        };
        say(words, &[&counted(usize::try_from(lost).unwrap_or(usize::MAX), "moment"), &lanes])
    })
}

/// A trace in words and a table, for a terminal.
pub fn trace_summary(trace: &Trace) -> String {
    let timeline = Timeline::of(trace);
    let rows = rows(trace, &timeline);
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let states = State::ALL.map(State::name);
    table.set_header([""].iter().chain(&states).chain(&COUNTS));
    for row in &rows {
        let number = |value: usize| format::fixed(value as f64, 0);
        let longest = if row.longest_wait_ns == 0 { "–".into() } else { format::time(row.longest_wait_ns as f64) };
        let mut cells = vec![row.name.clone()];
        cells.extend(row.shares.map(|share| format!("{}\u{a0}%", format::fixed(share * 100.0, 1))));
        cells.extend([longest, number(row.hand_overs)]);
        cells.extend(row.marks.map(number));
        cells.push(format::fixed(row.lost as f64, 0));
        table.add_row(cells);
    }
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    let length = format::time(trace.length_ns as f64);
    let loss = loss(&rows).map(|loss| format!("{} Give them more with --moments.\n", loss.en)).unwrap_or_default();
    let sentence = sentence(&timeline, &rows).en;
    format!(
        "{}, {length}, switch interval {} µs\n{sentence}\n{loss}\n{}\n",
        trace.name,
        trace.switch_interval_us,
        table.trim_fmt()
    )
}
