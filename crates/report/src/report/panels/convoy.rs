//! The convoy: what a thread that talks to the outside pays for threads that compute under the same lock.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::{figure_cell, nothing};
use crate::report::format::{self, Unit};
use crate::report::palette::{self, Key};
use crate::report::svg::{Axis, Caption, Curve, Plot, Spot, swatch};
use crate::report::text::{Plain, counted, say, t, tf};
use crate::report::{Panel, View};
use crate::stats::{Estimate, median_estimate};

pub(super) const PANEL: Panel = Panel { id: "convoy-beside", title: "Convoy", draw };

/// Share of calls that waited from which a round counts as the convoy.
const MOST: f64 = 0.5;

/// Id of the table.
const NUMBERS: &str = "round-trips";

const RATE: Unit = Unit::Other("/s");

/// One cell of the grid, its rounds apart by what happened in them.
#[derive(Debug)]
struct Cell {
    /// How long the echo waits before it answers, in microseconds.
    wait_us: u64,
    computing: usize,
    interval_us: u64,
    modes: Vec<Mode>,
}

/// Rounds of a cell in which the same happened.
#[derive(Debug)]
struct Mode {
    name: &'static str,
    /// Whether most calls came back at once although others compute.
    escaped: bool,
    rounds: usize,
    /// Rounds of the cell.
    of: usize,
    p50: Estimate,
    p99: Option<Estimate>,
    rate: Option<Estimate>,
    slow: Option<Estimate>,
}

/// A chart's quantity: its name, its unit, and where a mode has it.
type Quantity = (&'static str, Unit<'static>, fn(&Mode) -> Option<Estimate>);

const QUANTITIES: [Quantity; 3] = [
    ("median round trip", Unit::Time, |mode| Some(mode.p50)),
    ("99th percentile", Unit::Time, |mode| mode.p99),
    ("round trips per second", RATE, |mode| mode.rate),
];

fn draw(view: &View) -> Markup {
    let cells = cells(view);
    if cells.is_empty() {
        return nothing("No thread talked to an echo beside threads that compute: the probe `convoy` did not run.");
    }
    html! {
        (figures(&cells))
        (table(&cells))
    }
}

/// `at-once/1-cpu/5000us/p50` or `1000us/…`: the echo's wait, threads that compute, switch interval, and what was read.
fn parse(name: &str) -> Option<(u64, usize, u64, &str)> {
    let mut parts = name.split('/');
    let mut part = || parts.next();
    let microseconds = |text: &str| text.strip_suffix("us")?.parse::<u64>().ok();
    let wait = part()?;
    let wait = if wait == "at-once" { 0 } else { microseconds(wait)? };
    let computing = part()?.strip_suffix("-cpu")?.parse().ok()?;
    Some((wait, computing, microseconds(part()?)?, part()?))
}

fn cells(view: &View) -> Vec<Cell> {
    let mut found: BTreeMap<_, BTreeMap<&str, &[f64]>> = BTreeMap::new();
    for reading in view.readings("convoy") {
        if let Some((wait, computing, interval, what)) = parse(&reading.name) {
            found.entry((wait, computing, Reverse(interval))).or_default().insert(what, &reading.values);
        }
    }
    let cell = |((wait_us, computing, Reverse(interval_us)), read)| Cell {
        wait_us,
        computing,
        interval_us,
        modes: modes(computing, &read),
    };
    found.into_iter().map(cell).filter(|cell| !cell.modes.is_empty()).collect()
}

/// The rounds of a cell by what happened in them, what happened more often first.
fn modes(computing: usize, read: &BTreeMap<&str, &[f64]>) -> Vec<Mode> {
    let rounds = read.get("p50").map_or(0, |values| values.len());
    // Values that are not of the same rounds cannot be told apart.
    let told = read.get("slow").filter(|_| computing > 0 && read.values().all(|values| values.len() == rounds));
    let mode = |name, escaped, here: &dyn Fn(usize) -> bool| {
        let of = |what: &str| {
            let values = read.get(what)?.iter().enumerate().filter(|(round, _)| here(*round)).map(|(_, value)| *value);
            median_estimate(&values.collect::<Vec<_>>(), 0.95)
        };
        let p50 = of("p50")?;
        let (p99, rate, slow) = (of("p99"), of("rate"), of("slow"));
        Some(Mode { name, escaped, rounds: p50.n, of: rounds, p50, p99, rate, slow })
    };
    let Some(slow) = told else {
        let name = if computing == 0 { "alone" } else { "not told" };
        return mode(name, false, &|_| true).into_iter().collect();
    };
    let convoy = mode("convoy", false, &|round| slow[round] >= MOST);
    let missed = mode("missed wake-up", true, &|round| slow[round] < MOST);
    let mut modes: Vec<Mode> = convoy.into_iter().chain(missed).collect();
    modes.sort_by_key(|mode| Reverse(mode.rounds));
    modes
}

fn waits(cells: &[Cell]) -> BTreeSet<u64> {
    cells.iter().map(|cell| cell.wait_us).collect()
}

/// Switch intervals with their marks, the longest first.
fn intervals(cells: &[Cell]) -> Vec<(u64, Key)> {
    let beside = cells.iter().filter(|cell| cell.computing > 0);
    let all: BTreeSet<Reverse<u64>> = beside.map(|cell| Reverse(cell.interval_us)).collect();
    all.into_iter().enumerate().map(|(at, Reverse(interval))| (interval, palette::step(at))).collect()
}

fn microseconds(us: u64) -> String {
    format::tick(us as f64 * 1e3, Unit::Time)
}

fn echo(wait_us: u64) -> Plain {
    if wait_us == 0 { say("at once", &[]) } else { say("after {0}", &[&microseconds(wait_us)]) }
}

fn figures(cells: &[Cell]) -> Markup {
    html! {
        ul.legend aria-label="Switch intervals" data-zh-label="切换间隔" {
            li { (swatch(palette::CONTEXT)) (t("alone")) }
            @for (interval, key) in intervals(cells) {
                li { (swatch(key)) (tf("switch interval {0}", &[&microseconds(interval)])) }
            }
        }
        @for wait in waits(cells) {
            h3 { (tf("The echo answers {0}", &[&echo(wait)])) }
            div.multiples {
                @for quantity in QUANTITIES.iter().filter(|quantity| is_read(cells, wait, quantity)) {
                    figure { figcaption { b { (t(quantity.0)) } } (chart(cells, wait, quantity)) }
                }
            }
        }
    }
}

fn is_read(cells: &[Cell], wait_us: u64, quantity: &Quantity) -> bool {
    cells
        .iter()
        .filter(|cell| cell.wait_us == wait_us)
        .flat_map(|cell| &cell.modes)
        .any(|mode| quantity.2(mode).is_some())
}

/// One quantity over threads that compute; all charts of a unit share their scale, so that they can be compared.
fn chart(cells: &[Cell], wait_us: u64, quantity: &Quantity) -> Markup {
    let (name, unit, of) = *quantity;
    let counts: Vec<usize> = cells.iter().map(|cell| cell.computing).collect::<BTreeSet<_>>().into_iter().collect();
    let place = |computing: usize| counts.iter().position(|count| *count == computing).unwrap_or(0) as f64;
    let alike = QUANTITIES.iter().filter(|(_, other, _)| *other == unit);
    let values = alike.flat_map(|(_, _, of)| cells.iter().flat_map(|cell| &cell.modes).filter_map(of));
    let up = Axis::log(say(name, &[]), unit, values.flat_map(|estimate| [estimate.value, estimate.low, estimate.high]));
    let across = Axis::steps(say("CPU-bound threads beside it", &[]), counts.iter().map(ToString::to_string).collect());
    let spots = |cell: &Cell| {
        let spot = |mode: &Mode| {
            let value = of(mode)?;
            let tip = tip(cell, mode, &value, unit);
            Some(Spot { aside: mode.escaped, ..Spot::at(place(cell.computing), value, tip) })
        };
        cell.modes.iter().filter_map(spot).collect::<Vec<_>>()
    };
    let here = || cells.iter().filter(|cell| cell.wait_us == wait_us);
    let alone: Vec<Spot> = here().filter(|cell| cell.computing == 0).flat_map(spots).collect();
    let origin = alone.first().map(|spot| (spot.x.value, spot.y.value));
    let mut curves: Vec<Curve> = intervals(cells)
        .into_iter()
        .map(|(interval, key)| {
            let of_interval = here().filter(|cell| cell.computing > 0 && cell.interval_us == interval);
            Curve { key, origin, spots: of_interval.flat_map(spots).collect() }
        })
        .collect();
    curves.push(Curve { key: palette::CONTEXT, origin: None, spots: alone });
    let tips = curves.iter().flat_map(|curve| &curve.spots).map(|spot| spot.tip.clone());
    let caption = Caption {
        title: say("{0} over CPU-bound threads; the echo answers {1}", &[&say(name, &[]), &echo(wait_us)]).capital(),
        desc: Plain::join(tips, "; "),
        table: NUMBERS,
    };
    Plot::new(across, up).draw(&caption, &curves)
}

/// A mark in words.
fn tip(cell: &Cell, mode: &Mode, value: &Estimate, unit: Unit) -> Plain {
    let value = format::quantity(value.value, unit);
    if cell.computing == 0 {
        return say("{0}: {1}", &[&say("alone", &[]), &value]);
    }
    let (threads, interval) = (counted(cell.computing, "thread"), microseconds(cell.interval_us));
    let name = say(mode.name, &[]);
    say("{0}, {1}: {2} ({3}, {4} of {5} rounds)", &[&threads, &interval, &value, &name, &mode.rounds, &mode.of])
}

fn table(cells: &[Cell]) -> Markup {
    html! {
        details open[cells.len() <= 12] {
            summary { (t("The numbers")) }
            div.scroll.tall {
                table.plain id=(NUMBERS) data-sortable="" {
                    caption.hidden { (t("Round trips by echo, threads that compute, switch interval and what happened")) }
                    thead { tr {
                        th.first scope="col" { (t("Echo answers")) } th.num scope="col" { (t("CPU-bound threads")) }
                        th.num scope="col" { (t("Switch interval")) } th scope="col" { (t("Mode")) } th.num scope="col" { (t("Rounds")) }
                        th.num scope="col" { (t("Median")) } th.num scope="col" { (t("99th percentile")) }
                        th.num scope="col" { (t("Round trips/s")) } th.num scope="col" { (t("Calls that waited")) }
                    } }
                    tbody { @for cell in cells { @for mode in &cell.modes { (row(cell, mode)) } } }
                }
            }
        }
    }
}

fn row(cell: &Cell, mode: &Mode) -> Markup {
    let alone = cell.computing == 0;
    html! {
        tr {
            th.first scope="row" data-value=(cell.wait_us) { (echo(cell.wait_us)) }
            td.num data-value=(cell.computing) { (cell.computing) }
            @if alone { td.num.absent { "–" } }
            @else { td.num data-value=(cell.interval_us) { (microseconds(cell.interval_us)) } }
            td { (t(mode.name)) }
            td.num data-value=(mode.rounds) { (mode.rounds) " / " (mode.of) }
            (figure_cell(Some(&mode.p50), Unit::Time)) (figure_cell(mode.p99.as_ref(), Unit::Time))
            (figure_cell(mode.rate.as_ref(), RATE)) (figure_cell(mode.slow.as_ref(), Unit::Share))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::synthetic::Synthetic;

    #[test]
    fn both_modes_of_a_cell_are_told_apart() {
        let mut run = Synthetic::new(2)
            .reading("convoy", "at-once/0-cpu/5000us/p50", "ns", 4e4)
            .reading("convoy", "at-once/1-cpu/5000us/p50", "ns", 5.1e6)
            .reading("convoy", "at-once/1-cpu/5000us/slow", "", 1.0)
            .build();
        let cell = |mode: &str| format!("<td><i>{mode}<");
        let html = draw(&View::new(&run, &[])).into_string();
        assert!(html.contains(&cell("alone")) && html.contains(&cell("convoy")), "{html}");
        assert!(!html.contains(&cell("missed wake-up")), "{html}");
        let reading = |run: &mut crate::run::Run, what: &str, value: f64| {
            let name = format!("at-once/1-cpu/5000us/{what}");
            run.readings.iter_mut().find(|reading| reading.name == name).unwrap().values[0] = value;
        };
        reading(&mut run, "slow", 0.1);
        reading(&mut run, "p50", 6e4);
        let html = draw(&View::new(&run, &[])).into_string();
        assert!(html.contains(&cell("convoy")) && html.contains(&cell("missed wake-up")), "{html}");
    }

    #[test]
    fn names_that_are_no_cells_are_passed_over() {
        for name in ["", "p50", "at-once/x-cpu/5000us/p50", "at-once/1-cpu/5ms/p50", "<b>/1-cpu/5000us/p50"] {
            assert!(parse(name).is_none(), "{name}");
        }
        assert_eq!(parse("1000us/2-cpu/500us/rate"), Some((1000, 2, 500, "rate")));
    }
}
