//! The history: the level of every case over the runs that were kept, and where it changed.
//!
//! A page must not grow with the history, so a series of thousands of runs is drawn in columns, fewer of them the more
//! series there are, and beyond some number only the series with the greatest changes are drawn at all; the table has
//! all of them.

use maud::{Markup, html};

use super::nothing;
use crate::report::envelope::envelope;
use crate::report::format::{self, Unit};
use crate::report::history::percent;
use crate::report::palette;
use crate::report::svg::{Break, Caption, Stop, TrendLine, icon};
use crate::report::text::{Plain, came, counted, say, t, tf};
use crate::report::{Panel, View};
use crate::track::history::{Checked, Figure, Found, History, RECENT_RUNS, Rules, Series, Shift, Trend, check};

pub(super) const PANEL: Panel = Panel { id: "history", title: "History", draw };

/// Columns that all pictures together have: what a page has room for.
const COLUMNS: usize = 24_000;
/// Columns that one picture has at least, and at most; the latter is one for two of its pixels.
const OF_ONE: (usize, usize) = (60, 126);
/// Changes that one picture or row has at most, the last ones.
const CHANGES: usize = 12;
/// Rows of the table; a history of more is read with `gilbench history`.
const ROWS: usize = 2_000;

fn draw(view: &View) -> Markup {
    let Some(history) = view.history.filter(|history| history.runs.len() > 1) else {
        return nothing(
            "A history begins with the second run that is kept: `gilbench run` adds each of its runs to history.jsonl, and \
             `gilbench history add` one that was made elsewhere.",
        );
    };
    let checked = check(history, Figure::Time, None, &Rules::default());
    html! {
        p.why {
            (tf("Runs: {0}. A change lasts {1} runs and is {2} at least, so a spike is none.", &[
                &history.runs.len(), &checked.rules.minimum_runs,
                &format::quantity(checked.rules.least_effect, Unit::Share),
            ]))
            " "
            (tf("One that lies more than {0} runs back is taken for accepted.", &[&RECENT_RUNS]))
        }
        @for note in &history.notes { p.minor { (came(note)) } }
        @for (machine, name) in checked.machines.iter().enumerate() {
            (of_machine(history, &checked, machine, name))
        }
    }
}

fn of_machine(history: &History, checked: &Checked, machine: usize, name: &str) -> Markup {
    let series = history.series.iter().filter(|series| series.machine == machine);
    let mut rows: Vec<(&Series, &Trend)> = series.filter_map(|series| Some((series, checked.trend(series)?))).collect();
    if rows.is_empty() {
        return html! {};
    }
    rows.sort_by(|a, b| weight(b.1).total_cmp(&weight(a.1)));
    let all = checked.series.len().max(1);
    let columns = (COLUMNS / all).clamp(OF_ONE.0, OF_ONE.1);
    // Each machine has its share of the pictures.
    let drawn = (COLUMNS / columns * rows.len()).div_ceil(all).min(rows.len());
    html! {
        h3 { (name) }
        p.minor {
            (tally(&rows))
            @if drawn < rows.len() { " " (tf("Drawn are the {0} series with the greatest changes; the table has all.", &[&drawn])) }
        }
        div.multiples {
            @for (series, trend) in &rows[..drawn] { (picture(history, checked, series, trend, columns)) }
        }
        details {
            summary { (tf("Levels and changes of every case ({0})", &[&rows.len()])) }
            @if rows.len() > ROWS { p.minor { (tf("The first {0}; `gilbench history show` has all.", &[&ROWS])) } }
            (table(history, checked, machine, &rows[..rows.len().min(ROWS)]))
        }
    }
}

/// How much a reader wants to see a series: present changes first, greatest first; then those that had any.
fn weight(trend: &Trend) -> f64 {
    let last = trend.changes.last().map_or(0.0, |shift| shift.ratio.ln().abs());
    last + match trend.verdict {
        Found::Regression => 2000.0,
        Found::Improvement => 1000.0,
        Found::Steady | Found::TooShort | Found::Ended => 0.0,
    }
}

fn tally(rows: &[(&Series, &Trend)]) -> Markup {
    let of = |found| rows.iter().filter(|(_, trend)| trend.verdict == found).count();
    tf(
        "Regressions: {0}. Improvements: {1}. Steady: {2}. Too short to tell: {3}. Ended: {4}.",
        &[&of(Found::Regression), &of(Found::Improvement), &of(Found::Steady), &of(Found::TooShort), &of(Found::Ended)],
    )
}

fn picture(history: &History, checked: &Checked, series: &Series, trend: &Trend, columns: usize) -> Markup {
    let points: Vec<(usize, f64)> = history.judged(series, checked.figure).collect();
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let stop = |column: &crate::report::envelope::Column| Stop {
        at: column.first as f64 + (column.count as f64 - 1.0) / 2.0,
        least: column.least,
        middle: column.middle,
        most: column.most,
    };
    let stops: Vec<Stop> = envelope(&values, columns).iter().map(stop).collect();
    let place = |shift: &Shift| points.partition_point(|(run, _)| *run < shift.run) as f64 - 0.5;
    let shown = &trend.changes[trend.changes.len().saturating_sub(CHANGES)..];
    let breaks: Vec<Break> = shown
        .iter()
        .map(|shift| Break { at: place(shift), worse: shift.is_worse(), tip: told(history, checked, shift) })
        .collect();
    let day = |point: Option<&(usize, f64)>| point.map_or("", |(run, _)| history.runs[*run].day());
    let line = TrendLine {
        runs: points.len(),
        unit: Unit::named(checked.unit),
        stops: &stops,
        breaks: &breaks,
        class: palette::key(series.case.split('/').nth(1).unwrap_or_default()).class,
        ends: (day(points.first()), day(points.last())),
    };
    let now = format::quantity(trend.level, Unit::named(checked.unit));
    let told = Plain::join(breaks.iter().map(|one| one.tip.clone()), "; ");
    let caption = Caption {
        title: say("{0} over time", &[&&*series.case]),
        desc: say("{0}, now {1}. {2}", &[&counted(points.len(), "run"), &now, &told]),
        table: &numbers(series.machine),
    };
    html! {
        figure {
            figcaption { b { (series.case) } " " (now) " " (verdict(trend)) }
            (line.draw(&caption))
        }
    }
}

fn verdict(trend: &Trend) -> Markup {
    let change = trend.changes.last().map_or(String::new(), |shift| percent(shift.ratio));
    html! {
        @match trend.verdict {
            Found::Regression => span.failed { (icon("no")) (t("regression")) " " (change) },
            Found::Improvement => span { (icon("yes")) (t("improvement")) " " (change) },
            Found::Steady => span.absent { (t("steady")) },
            Found::TooShort => span.absent { (t("too short")) },
            Found::Ended => span.absent { (t("ended")) },
        }
    }
}

fn told(history: &History, checked: &Checked, shift: &Shift) -> Plain {
    let unit = Unit::named(checked.unit);
    let run = &history.runs[shift.run];
    let (before, behind) = (format::quantity(shift.before, unit), format::quantity(shift.behind, unit));
    say("{0} at {1} ({2}): {3} to {4}", &[&percent(shift.ratio), &run.name(), &run.day(), &before, &behind])
}

/// Id of the table of a machine.
fn numbers(machine: usize) -> String {
    format!("levels-{machine}")
}

fn table(history: &History, checked: &Checked, machine: usize, rows: &[(&Series, &Trend)]) -> Markup {
    let unit = Unit::named(checked.unit);
    html! {
        div.scroll.tall tabindex="0" {
            table id=(numbers(machine)) {
                thead { tr {
                    th scope="col" { (t("Case")) } th.num scope="col" { (t("Runs")) } th.num scope="col" { (t("Now")) }
                    th scope="col" { (t("Verdict")) } th scope="col" { (t("Changes")) }
                } }
                tbody {
                    @for (series, trend) in rows {
                        tr {
                            th scope="row" { (series.case) }
                            td.num data-value=(trend.runs) { (trend.runs) }
                            td.num data-value=(format::sortable(trend.level)) { (format::quantity(trend.level, unit)) }
                            td { (verdict(trend)) }
                            td {
                                @let shown = trend.changes.len().min(CHANGES);
                                @if shown < trend.changes.len() { (tf("{0} earlier", &[&(trend.changes.len() - shown)])) "; " }
                                @for (at, shift) in trend.changes[trend.changes.len() - shown..].iter().enumerate() {
                                    @if at > 0 { "; " }
                                    (told(history, checked, shift))
                                }
                                @if shown == 0 { "–" }
                            }
                        }
                    }
                }
            }
        }
    }
}
