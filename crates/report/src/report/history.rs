//! The history on a terminal: the trend of every case, and what a check has found.

use std::fmt::Write as _;

use super::envelope::envelope;
use super::format::{self, Unit};
use super::terminal::printable;
use crate::track::history::{Checked, Found, History, RECENT_RUNS, Series, Shift, Trend};

/// Columns of a trend.
const TREND: usize = 28;
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const BOLD: &str = "1";
const PLAIN: &str = "0";

/// Every series with its trend, machine by machine, in lines of at most `width` characters (but never less than 60);
/// with ANSI colours or none.
pub fn history(history: &History, checked: &Checked, width: usize, colour: bool) -> String {
    let page = Page { width: width.max(60), colour };
    let mut text = page.notes(history);
    for machine in 0..history.machines.len() {
        let series = history.series.iter().filter(|series| series.machine == machine);
        let rows: Vec<_> = series.filter_map(|series| Some((series, checked.trend(series)?))).collect();
        if rows.is_empty() {
            continue;
        }
        text += &page.machine(history, checked, machine);
        text += &page.table(history, checked, &rows);
    }
    if text.is_empty() {
        text += "The history is empty: `gilbench run` adds to it.\n";
    }
    text
}

/// What changed, most important first, and what that makes of the whole.
pub fn history_findings(history: &History, checked: &Checked, width: usize, colour: bool) -> String {
    let page = Page { width: width.max(60), colour };
    let mut text = page.notes(history);
    let told = |word: &str, trend: &Trend, shift: &Shift| {
        let many = history.machines.len() > 1;
        let where_ = if many { format!(" on {}", checked.machines[trend.machine]) } else { String::new() };
        format!("{word}: {}{where_}: {}", trend.case, sentence(history, checked, shift))
    };
    for (found, colour, sign) in [(Found::Regression, RED, '✗'), (Found::Improvement, GREEN, '✓')] {
        let word = if found == Found::Regression { "regression" } else { "improvement" };
        for trend in checked.series.iter().filter(|trend| trend.verdict == found) {
            if let Some(shift) = trend.changes.last() {
                text += &page.painted(colour, &format!("{sign} "), &told(word, trend, shift));
            }
        }
    }
    let names = |trend: &Trend| {
        if history.machines.len() > 1 {
            format!("{} on {}", trend.case, checked.machines[trend.machine])
        } else {
            trend.case.clone()
        }
    };
    for (trend, suspected) in checked.series.iter().filter_map(|trend| Some((trend, trend.suspected?))) {
        let runs = format::count(suspected.runs, "run");
        let words = format!(
            "suspected: {}: {} in the last {runs}; a change counts once it has lasted {}",
            names(trend),
            percent(suspected.ratio),
            format::count(checked.rules.minimum_runs, "run")
        );
        text += &page.painted(YELLOW, "? ", &words);
    }
    for trend in checked.series.iter().filter(|trend| trend.verdict == Found::Ended) {
        let words = format!("ended: {}: not measured in the last {}", names(trend), format::count(RECENT_RUNS, "run"));
        text += &page.painted(PLAIN, "· ", &words);
    }
    for (trend, shift) in checked.accepted() {
        text += &page.painted(PLAIN, "· ", &told("accepted", trend, shift));
    }
    let count = |found| checked.series.iter().filter(|trend| trend.verdict == found).count();
    let few = count(Found::TooShort);
    let _ = writeln!(
        text,
        "{} over {}: {}, {}, {} steady, {few} too short ({} runs are needed), {} ended.",
        format::count(checked.series.len(), "series").replace("seriess", "series"),
        format::count(history.runs.len(), "run"),
        format::count(count(Found::Regression), "regression"),
        format::count(count(Found::Improvement), "improvement"),
        count(Found::Steady),
        2 * checked.rules.minimum_runs,
        count(Found::Ended),
    );
    text += &could_have_shown(checked);
    let _ = writeln!(
        text,
        "A change lasts {} runs, is {} at least, and is one of {} looked at, at a false discovery rate of {}.",
        checked.rules.minimum_runs,
        format::quantity(checked.rules.least_effect, Unit::Share),
        format::count(checked.family, "place"),
        format::quantity(checked.rules.false_discovery_rate, Unit::Share),
    );
    if let Some(last) = checked.rules.last_runs {
        let _ = writeln!(text, "Only a change within the last {} of a case counts.", format::count(last, "run"));
    }
    text
}

/// The smallest step that would have been found, in a sentence or two.
fn could_have_shown(checked: &Checked) -> String {
    let alive: Vec<&Trend> = checked.series.iter().filter(|trend| trend.verdict != Found::Ended).collect();
    let mut steps: Vec<(f64, &Trend)> = alive.iter().filter_map(|trend| Some((trend.smallest_step?, *trend))).collect();
    steps.sort_by(|a, b| a.0.total_cmp(&b.0));
    let series = format::count(alive.len(), "series").replace("seriess", "series");
    let (Some(least), Some(most)) = (steps.first(), steps.last()) else {
        return format!("No step could have been found in any of {series}: there are too few runs yet.\n");
    };
    let share = |step: f64| format!("{:.1} %", step * 100.0);
    let mut text = format!(
        "With {series}, the smallest step that would have been found {} after it began: {} ({}), {} in the median series, {} ({}).\n",
        format::count(checked.rules.minimum_runs, "run"),
        share(least.0),
        printable(&least.1.case),
        share(steps[steps.len() / 2].0),
        share(most.0),
        printable(&most.1.case),
    );
    let mut tenths: Vec<usize> = alive.iter().map(|trend| trend.runs_for_tenth.unwrap_or(usize::MAX)).collect();
    tenths.sort_unstable();
    let (verb, runs) = match tenths[tenths.len() / 2] {
        usize::MAX => ("is not found within", RECENT_RUNS),
        runs => ("is found after", runs),
    };
    let _ = writeln!(text, "A step of 10 % {verb} {} in the median series.", format::count(runs, "run"));
    let none = alive.len() - steps.len();
    if none > 0 {
        let _ = writeln!(text, "In {none} of {series} no step could have been found yet.");
    }
    text
}

/// `+12.3 %, 104 ms to 117 ms, since 3f2a91c (2026-03-02), after 8be2211`.
fn sentence(history: &History, checked: &Checked, shift: &Shift) -> String {
    let unit = Unit::named(checked.unit);
    let run = &history.runs[shift.run];
    let since = if shift.commit.is_some() { format!("{} ({})", run.name(), run.day()) } else { run.day().into() };
    let after = shift.after_commit.as_ref().filter(|before| Some(*before) != shift.commit.as_ref());
    format!(
        "{}, {} to {}, since {since}{}",
        percent(shift.ratio),
        format::quantity(shift.before, unit),
        format::quantity(shift.behind, unit),
        after.map_or(String::new(), |after| format!(", after {}", &after[..floor(after, 12)])),
    )
}

/// A ratio as what it adds or takes away.
pub(super) fn percent(ratio: f64) -> String {
    format!("{:+.1} %", (ratio - 1.0) * 100.0).replace('-', "−")
}

/// The last place at or before so many bytes where a text can be cut.
fn floor(text: &str, bytes: usize) -> usize {
    (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

struct Page {
    width: usize,
    colour: bool,
}

impl Page {
    fn notes(&self, history: &History) -> String {
        history.notes.iter().map(|note| self.painted(YELLOW, "! ", note)).collect()
    }

    /// A line with a coloured sign before it, cut to the width.
    fn painted(&self, code: &str, sign: &str, text: &str) -> String {
        let text: String = printable(text).chars().take(self.width - sign.chars().count()).collect();
        if self.colour { format!("\x1b[{code}m{sign}\x1b[0m{text}\n") } else { format!("{sign}{text}\n") }
    }

    fn machine(&self, history: &History, checked: &Checked, machine: usize) -> String {
        let mut runs = history.runs.iter().filter(|run| run.machine == machine);
        let (count, left_out) = (runs.clone().count(), runs.clone().filter(|run| run.qualified == Some(false)).count());
        let (first, last) = (runs.next(), runs.next_back());
        let days = match (first, last) {
            (Some(first), Some(last)) => format!("{} to {}", first.day(), last.day()),
            (Some(only), None) => only.day().into(),
            _ => String::new(),
        };
        let left_out = if left_out > 0 {
            format!("; {left_out} with an unqualified instrument are left out")
        } else {
            String::new()
        };
        let name: String = printable(&checked.machines[machine]).chars().take(self.width).collect();
        let (on, off) = if self.colour { (format!("\x1b[{BOLD}m"), "\x1b[0m") } else { (String::new(), "") };
        let line: String =
            format!("{}, {days}{left_out}", format::count(count, "run")).chars().take(self.width).collect();
        format!("{on}{name}{off}\n{line}\n")
    }

    fn table(&self, history: &History, checked: &Checked, rows: &[(&Series, &Trend)]) -> String {
        let longest = rows.iter().map(|(series, _)| series.case.chars().count()).max().unwrap_or(0);
        // What the other columns and the gaps between them take.
        let name = longest.clamp(4, (self.width - TREND - 27).min(36));
        let mut text = format!("  {:<name$}  {:>6}  {:<TREND$}  {:>8}  last change\n", "case", "runs", "trend", "now");
        for (series, trend) in rows {
            let case: String = printable(&series.case).chars().take(name).collect();
            let now = format::quantity(trend.level, Unit::named(checked.unit));
            let (change, code) = change(history, trend);
            let row = format!(
                "  {case:<name$}  {:>6}  {:<TREND$}  {now:>8}  ",
                trend.runs,
                spark(history, checked, series, trend)
            );
            let room = self.width.saturating_sub(row.chars().count());
            let change: String = printable(&change).chars().take(room).collect();
            let (on, off) = match code {
                Some(code) if self.colour => (format!("\x1b[{code}m"), "\x1b[0m"),
                _ => (String::new(), ""),
            };
            let _ = writeln!(text, "{}", format!("{row}{on}{change}{off}").trim_end());
        }
        text + "\n"
    }
}

/// The last change in few words, and its colour.
fn change(history: &History, trend: &Trend) -> (String, Option<&'static str>) {
    let last = trend.changes.last().map(|shift| format!("{} {}", percent(shift.ratio), history.runs[shift.run].name()));
    match (trend.verdict, last) {
        (Found::TooShort, _) => ("too short".into(), None),
        (Found::Ended, _) => ("ended".into(), None),
        (Found::Regression, Some(last)) => (format!("✗ {last}"), Some(RED)),
        (Found::Improvement, Some(last)) => (format!("✓ {last}"), Some(GREEN)),
        (_, Some(last)) => (last, None),
        (_, None) => ("–".into(), None),
    }
}

/// Medians of some neighbouring runs each as eight heights, `│` where the level changed.
fn spark(history: &History, checked: &Checked, series: &Series, trend: &Trend) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let points: Vec<(usize, f64)> = history.judged(series, checked.figure).collect();
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let shown = trend.changes.len().min(TREND / 3);
    let breaks: Vec<usize> = trend.changes[trend.changes.len() - shown..]
        .iter()
        .filter_map(|shift| points.iter().position(|(run, _)| *run == shift.run))
        .collect();
    let columns = envelope(&values, TREND - shown);
    let low = columns.iter().map(|column| column.middle).fold(f64::INFINITY, f64::min);
    let high = columns.iter().map(|column| column.middle).fold(0.0, f64::max);
    // Noise of a per cent is no mountain: the scale spans a tenth of the level at least.
    let span = (high - low).max(0.1 * low);
    let low = low - (span - (high - low)) / 2.0;
    let mut text = String::new();
    for column in &columns {
        let inside = column.first..column.first + column.count;
        breaks.iter().filter(|at| inside.contains(at)).for_each(|_| text.push('│'));
        let height = ((column.middle - low) / span * 7.0).round().clamp(0.0, 7.0);
        text.push(HEIGHTS[height as usize]);
    }
    text
}
