//! Where processes begin to pay: a map of work per job and bytes per job, and the line of break-even on it.

use maud::{Markup, html};

use super::{figure_cell, nothing};
use crate::report::format::{self, Unit};
use crate::report::svg::{Caption, Grid};
use crate::report::text::{say, t, tf};
use crate::report::{Panel, View};
use crate::run::{Crossover, CrossoverCell};
#[cfg(test)]
use crate::run::{Run, synthetic::Synthetic};
use crate::stats::{BreakEven, Estimate, Place};

pub(super) const PANEL: Panel = Panel { id: "crossover", title: "Where processes begin to pay", draw };

const PROBE: &str = "crossover";

/// Id of the table.
const NUMBERS: &str = "times-of-jobs";

/// A map: what is written above it, the ratio, and whether the line belongs on it.
type Map = (&'static str, fn(&CrossoverCell) -> Option<Estimate>, bool);

const MAPS: [Map; 2] = [
    ("How many times as fast as threads under a lock processes are", |cell| cell.gain, true),
    // Turned round, so that the colour of what is good is the same in both.
    ("How many times as fast as threads without a lock they are", |cell| cell.cost.map(inverse), false),
];

fn inverse(ratio: Estimate) -> Estimate {
    Estimate { value: 1.0 / ratio.value, low: 1.0 / ratio.high, high: 1.0 / ratio.low, ..ratio }
}

fn draw(view: &View) -> Markup {
    if let Some(failure) = view.run.failed_probe(PROBE) {
        return html! { p.empty { (tf("Nothing that was read of jobs handed over counts: {0}", &[&failure.message])) } };
    }
    let Some(found) = view.run.crossover() else {
        return nothing(
            "No jobs were handed over. Run `gilbench run --kernel none --model none --probe crossover` to hand over some.",
        );
    };
    html! {
        p.why {
            @if let Some(workers) = found.workers { (tf("Workers that are handed jobs: {0}.", &[&format::fixed(workers, 0)])) " " }
            (tf("What starting them takes is in {0}.", &[&html! { a href="#creation" { (t("Creation")) } }]))
        }
        (words(&found))
        div.pair { @for map in &MAPS {
            figure { figcaption { b { (t(map.0)) } } (draw_map(&found, map)) }
        } }
        (table(&found))
    }
}

/// The line in a sentence for each size.
fn words(found: &Crossover) -> Markup {
    if found.break_evens.is_empty() {
        return html! { p { (t("From where on processes pay cannot be told: too little was read.")) } };
    }
    html! {
        ul.break-evens aria-label="Break-even" data-zh-label="收支平衡点" {
            @for (bytes, line) in &found.break_evens {
                li { b { (size(*bytes)) } ": " (sentence(found, line)) }
            }
        }
    }
}

fn sentence(found: &Crossover, line: &BreakEven) -> Markup {
    let interval = interval(found, line);
    match line.place {
        Place::Below => {
            tf("processes pay at every job that was tried, from {0} on{1}", &[&work(found.works_us[0]), &interval])
        }
        Place::At(work_us) => {
            tf("processes pay from {0} of work per job on{1}", &[&format::time(work_us * 1e3), &interval])
        }
        Place::Beyond => tf("processes pay at no job that was tried, up to {0}{1}", &[&longest(found), &interval]),
    }
}

/// The interval in brackets, its ends as places of the grid; nothing where it says no more than the place.
fn interval(found: &Crossover, line: &BreakEven) -> Markup {
    let end = |place: Place| match place {
        Place::Below => tf("below {0}", &[&work(found.works_us[0])]),
        Place::At(work_us) => html! { (format::time(work_us * 1e3)) },
        Place::Beyond => tf("beyond {0}", &[&longest(found)]),
    };
    html! {
        @match line.ends {
            None => { " (" (tf("no interval, n = {0}", &[&line.n])) ")" },
            Some((low, high)) if low == high => {},
            Some((low, high)) => { " [" (end(low)) ", " (end(high)) "]" },
        }
    }
}

/// The most work of a job that was tried.
fn longest(found: &Crossover) -> String {
    found.works_us.last().map_or(String::new(), |last| work(*last))
}

fn work(us: u64) -> String {
    format::tick(us as f64 * 1e3, Unit::Time)
}

fn size(bytes: u64) -> String {
    format::tick(bytes as f64, Unit::Bytes)
}

fn draw_map(found: &Crossover, (title, ratio, lined): &Map) -> Markup {
    let place = |all: &[u64], one: u64| all.iter().position(|step| *step == one).unwrap_or(0);
    let tip = |cell: &CrossoverCell| {
        let text = ratio(cell).map_or_else(|| say("not read", &[]), |it| format::estimate(&it, Unit::Ratio).into());
        say("{0}, {1} of work: {2}", &[&size(cell.bytes), &work(cell.work_us), &text])
    };
    let cell = |cell: &CrossoverCell| {
        (place(&found.bytes, cell.bytes), place(&found.works_us, cell.work_us), ratio(cell), tip(cell))
    };
    let line = |bytes: &u64| {
        let (_, line) = found.break_evens.iter().find(|(size, _)| size == bytes).filter(|_| *lined)?;
        Some((along(found, line.place), line.ends.map(|(low, high)| (along(found, low), along(found, high)))))
    };
    let grid = Grid {
        rows: (say("bytes", &[]), found.bytes.iter().map(|bytes| size(*bytes)).collect()),
        columns: (say("work per job", &[]), found.works_us.iter().map(|us| work(*us)).collect()),
        cells: found.cells.iter().map(cell).collect(),
        line: found.bytes.iter().map(line).collect(),
    };
    // Each cell tells itself on a closer look, and the table has all of them.
    let ends = |which: fn(f64, f64) -> f64| found.cells.iter().filter_map(ratio).map(|ratio| ratio.value).reduce(which);
    let desc = match ends(f64::min).zip(ends(f64::max)) {
        Some((least, most)) => {
            let write = |value| format::quantity(value, Unit::Ratio);
            say("From {0} to {1} in {2} cells.", &[&write(least), &write(most), &found.cells.len()])
        }
        None => say("not read", &[]),
    };
    grid.draw(&Caption { title: say(title, &[]), desc, table: NUMBERS })
}

/// A place of the grid along its columns, which stand at equal distances whatever they are.
fn along(found: &Crossover, place: Place) -> f64 {
    let works = &found.works_us;
    let work_us = match place {
        Place::Below => return f64::NEG_INFINITY,
        Place::Beyond => return f64::INFINITY,
        Place::At(work_us) => work_us,
    };
    let after = works.partition_point(|work| (*work as f64) < work_us).clamp(1, works.len().max(2) - 1);
    let Some((from, to)) = works.get(after - 1).zip(works.get(after)) else { return 0.0 };
    let (from, to) = ((*from as f64).ln(), (*to as f64).ln());
    (after - 1) as f64 + (work_us.ln() - from) / (to - from)
}

fn table(found: &Crossover) -> Markup {
    html! {
        details {
            summary { (t("The numbers")) }
            div.scroll {
                table.plain id=(NUMBERS) data-sortable="" {
                    caption.hidden { (t("Time per job by bytes and work, and what processes gain and cost")) }
                    thead { tr {
                        th.num scope="col" { (t("Bytes")) } th.num scope="col" { (t("Work per job")) }
                        th.num scope="col" { (t("Threads under a lock")) } th.num scope="col" { (t("Threads")) }
                        th.num scope="col" { (t("Processes")) } th.num scope="col" { (t("Gain over the lock")) }
                        th.num scope="col" { (t("Cost over threads")) }
                    } }
                    tbody {
                        @for cell in &found.cells {
                            tr {
                                td.num data-value=(cell.bytes) { (size(cell.bytes)) }
                                td.num data-value=(cell.work_us) { (work(cell.work_us)) }
                                @for time in [&cell.gil_ns, &cell.threads_ns, &cell.processes_ns] {
                                    (figure_cell(time.as_ref(), Unit::Time))
                                }
                                @for ratio in [&cell.gain, &cell.cost] { (figure_cell(ratio.as_ref(), Unit::Ratio)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Readings of an imaginary machine: copying takes so long, and everything else its time.
#[cfg(test)]
pub(in crate::report) fn add_example(mut made: Synthetic) -> Synthetic {
    made = made.reading(PROBE, "workers", "", 2.0);
    for bytes in [0_u32, 1024, 65_536, 1_048_576] {
        let (copy, read) = (f64::from(bytes) * 0.2, f64::from(bytes) * 0.05);
        for work_us in [1_u32, 10, 100, 1000, 10_000] {
            let alone = f64::from(work_us) * 1e3 + read;
            let times =
                [("gil", alone + 400.0), ("threads", alone / 2.0 + 300.0), ("processes", alone / 2.0 + copy + 900.0)];
            for (way, ns) in times {
                made = made.reading(PROBE, &format!("{way}/{work_us}us/{bytes}B"), "ns", ns);
            }
        }
    }
    made
}

/// A run of nothing else.
#[cfg(test)]
pub(in crate::report) fn example() -> Run {
    add_example(Synthetic::new(2).noise(0.05)).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(run: &Run) -> String {
        draw(&View::new(run, &[])).into_string()
    }

    #[test]
    fn every_cell_is_on_both_maps_and_in_the_table() {
        let html = drawn(&example());
        assert_eq!(html.matches("class=\"cell\"").count(), 2 * 20);
        assert_eq!(html.matches("<tr>").count(), 1 + 20);
        assert_eq!(html.matches("<title").count(), 2);
        assert_eq!(html.matches("<polyline class=\"edge\"").count(), 1, "the line is on the map that it belongs to");
        assert_eq!(html.matches("edge-band").count(), 4);
    }

    #[test]
    fn the_line_is_told_in_words() {
        let html = drawn(&example());
        // 1 µs with nothing to carry: even there or soon after; a mebibyte takes 0.2 ms to carry.
        assert!(html.contains("<b>1\u{a0}MiB</b>: <i>processes pay from 3"), "{html}");
        assert!(html.contains("of work per job on ["), "{html}");
    }

    #[test]
    fn always_and_never_are_told_and_drawn_at_the_edges() {
        let level = |processes: f64| {
            let made = ["1", "10"].iter().fold(Synthetic::new(2), |made, work| {
                let made = made.reading(PROBE, &format!("gil/{work}us/0B"), "ns", 1000.0);
                made.reading(PROBE, &format!("processes/{work}us/0B"), "ns", processes)
            });
            drawn(&made.build())
        };
        assert!(level(500.0).contains("processes pay at every job that was tried, from 1\u{a0}µs on<"));
        assert!(level(2000.0).contains("processes pay at no job that was tried, up to 10\u{a0}µs<"));
        assert!(level(500.0).contains("points=\"62 ") && level(2000.0).contains("points=\"166 "));
    }

    #[test]
    fn a_place_is_where_its_logarithm_is() {
        let found = example().crossover().expect("it was read");
        for (work_us, expected) in [(1.0, 0.0), (10.0, 1.0), (1000_f64.sqrt(), 1.5), (10_000.0, 4.0)] {
            assert!((along(&found, Place::At(work_us)) - expected).abs() < 1e-9, "{work_us}");
        }
    }

    #[test]
    fn without_readings_the_command_is_named() {
        let run = Synthetic::new(2).build();
        assert!(drawn(&run).contains("--probe crossover"));
    }
}
