//! What starting a thread or a process takes, beside how much memory.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::{figure_cell, nothing};
use crate::report::format::{self, Unit};
use crate::report::palette;
use crate::report::svg::{Axis, Caption, Curve, Plot, Spot, swatch};
use crate::report::text::{Plain, say, t};
use crate::report::{Panel, View};
use crate::stats::Estimate;

pub(super) const PANEL: Panel = Panel { id: "creation", title: "Creation", draw };

const PROBE: &str = "creation";

/// Id of the table.
const NUMBERS: &str = "starts";

const WAYS: [(&str, &str); 4] = [
    ("thread", "a thread of the same process"),
    ("fork", "a copy of the process, with the page tables of all its memory"),
    ("spawn", "this program executed again"),
    ("fork-server", "a copy of a small process that was started beforehand"),
];

/// What is drawn: the end of a reading's name, and what it says.
const TIMES: [(&str, &str); 2] = [("running", "until it runs"), ("joined", "until it has been joined")];

fn draw(view: &View) -> Markup {
    let sizes = sizes(view);
    if sizes.is_empty() {
        return nothing(
            "Nothing was started. Run `gilbench run --kernel none --model none --probe creation` to start something.",
        );
    }
    html! {
        ul.legend aria-label="Methods" data-zh-label="方法" {
            @for (at, (way, meaning)) in WAYS.iter().enumerate() {
                @let meaning = say(meaning, &[]);
                li title=(meaning.en) data-zh-title=[&meaning.zh] { (swatch(palette::step(at))) (way) }
            }
        }
        div.multiples {
            @for (what, words) in TIMES {
                figure { figcaption { b { (t(words)) } } (chart(view, &sizes, what, words)) }
            }
        }
        (table(view, &sizes))
    }
}

/// Resident memory, in MiB, beside which something was started.
fn sizes(view: &View) -> Vec<u64> {
    let size = |name: &str| name.split('/').nth(1)?.strip_suffix("MiB")?.parse().ok();
    view.readings(PROBE).filter_map(|reading| size(&reading.name)).collect::<BTreeSet<_>>().into_iter().collect()
}

fn time(view: &View, way: &str, size: u64, what: &str) -> Option<Estimate> {
    view.reading(PROBE, &format!("{way}/{size}MiB/{what}"))
}

fn memory(mib: u64) -> String {
    format!("{mib}\u{a0}MiB")
}

fn chart(view: &View, sizes: &[u64], what: &str, words: &str) -> Markup {
    let all = WAYS.iter().flat_map(|(way, _)| sizes.iter().map(move |size| (*way, *size)));
    // Both charts share their scale, so that they can be compared.
    let values = all.flat_map(|(way, size)| TIMES.iter().filter_map(move |(what, _)| time(view, way, size, what)));
    let up = Axis::log(say("time", &[]), Unit::Time, values.flat_map(|time| [time.value, time.low, time.high]));
    let across = Axis::steps(say("resident memory", &[]), sizes.iter().map(|size| memory(*size)).collect());
    let curve = |(at, (way, _)): (usize, &(&str, &str))| {
        let spot = |(place, size): (usize, &u64)| {
            let time = time(view, way, *size, what)?;
            let tip = format!("{way}, {}: {}", memory(*size), format::estimate(&time, Unit::Time)).into();
            Some(Spot::at(place as f64, time, tip))
        };
        Curve { key: palette::step(at), origin: None, spots: sizes.iter().enumerate().filter_map(spot).collect() }
    };
    let curves: Vec<Curve> = WAYS.iter().enumerate().map(curve).collect();
    let tips = curves.iter().flat_map(|curve| &curve.spots).map(|spot| spot.tip.clone());
    let caption = Caption {
        title: say("Starting, {0}, over resident memory", &[&say(words, &[])]),
        desc: Plain::join(tips, "; "),
        table: NUMBERS,
    };
    Plot::new(across, up).draw(&caption, &curves)
}

fn table(view: &View, sizes: &[u64]) -> Markup {
    html! {
        details {
            summary { (t("The numbers")) }
            div.scroll {
                table.plain id=(NUMBERS) data-sortable="" {
                    caption.hidden { (t("Time of starting by method and resident memory")) }
                    thead { tr {
                        th.first scope="col" { (t("Method")) } th.num scope="col" { (t("Resident memory")) }
                        @for (_, words) in TIMES { th.num scope="col" { (t(words)) } }
                    } }
                    tbody {
                        @for (way, _) in WAYS { @for &size in sizes {
                            tr {
                                th.first scope="row" { (way) }
                                td.num data-value=(size) { (memory(size)) }
                                @for (what, _) in TIMES { (figure_cell(time(view, way, size, what).as_ref(), Unit::Time)) }
                            }
                        } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::synthetic::Synthetic;

    #[test]
    fn every_method_is_in_both_pictures_and_beside_every_size_in_the_table() {
        let mut made = Synthetic::new(2);
        for (way, _) in WAYS {
            for size in [0, 64, 512] {
                for (what, _) in TIMES {
                    made = made.reading(PROBE, &format!("{way}/{size}MiB/{what}"), "ns", 4e4);
                }
            }
        }
        let run = made.build();
        let html = draw(&View::new(&run, &[])).into_string();
        assert_eq!(html.matches("<th class=\"first\" scope=\"row\"").count(), 12);
        assert_eq!(html.matches("fork-server, 512\u{a0}MiB: ").count(), 4, "a tip and a description each");
    }

    #[test]
    fn without_readings_the_command_is_named() {
        let run = Synthetic::new(2).build();
        assert!(draw(&View::new(&run, &[])).into_string().contains("--probe creation"));
    }
}
