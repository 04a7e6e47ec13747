//! How full a queue is, over time, when supply and demand are equal and when they are not.

use maud::{Markup, html};

use super::{figure_cell, nothing};
use crate::report::format::{self, Unit};
use crate::report::palette;
use crate::report::svg::{Axis, Caption, Curve, Plot, Spot, swatch};
use crate::report::text::{Plain, say, t, tf};
use crate::report::{Panel, View};
#[cfg(test)]
use crate::run::{Run, synthetic::Synthetic};
use crate::stats::{Estimate, median_estimate};

pub(super) const PANEL: Panel = Panel { id: "queue-depth", title: "Queue depth", draw };

const PROBE: &str = "balance";

/// Id of the table.
const NUMBERS: &str = "depths";

/// Homes of a queue, as readings name them and in words.
const HOMES: [(&str, &str); 2] = [("thread", "Between threads"), ("process", "Between processes")];

/// Supply to demand, and what that is.
const RATES: [(&str, &str); 3] =
    [("1:2", "supply is half of demand"), ("1:1", "supply is demand"), ("2:1", "supply is twice demand")];

/// Of the three looks of one moment, how far from each other they stand, so that none hides another's interval.
const DODGE: f64 = 0.013;

/// A look at a queue: moment, as a share of the time that the slower side takes alone, and depth.
type Look = (f64, Estimate);

fn draw(view: &View) -> Markup {
    if let Some(failure) = view.run.failed_probe(PROBE) {
        return html! { p.empty { (tf("Nothing that was read of queues counts: {0}", &[&failure.message])) } };
    }
    if HOMES.iter().all(|(home, _)| RATES.iter().all(|(rate, _)| looks(view, home, rate).is_empty())) {
        return nothing(
            "No queue was watched. Run `gilbench run --profile standard --kernel none --model none --probe balance` to \
             watch some.",
        );
    }
    let bound = view.reading(PROBE, "capacity");
    html! {
        @if let Some(bound) = &bound {
            p.why { (tf("The bound of each queue is {0} items.", &[&format::fixed(bound.value, 0)])) }
        }
        ul.legend aria-label="Supply : demand" data-zh-label="供给 : 需求" {
            @for (at, (rate, words)) in RATES.iter().enumerate() {
                li { (swatch(palette::step(at))) (rate) ", " (t(words)) }
            }
        }
        div.multiples {
            @for (home, words) in HOMES { figure { figcaption { b { (t(words)) } } (chart(view, home, words, bound)) } }
        }
        (table(view))
    }
}

/// What was seen of a queue, in the order of time.
fn looks(view: &View, home: &str, rate: &str) -> Vec<Look> {
    let prefix = format!("{home}/{rate}/depth-at/");
    let look = |name: &str| name.strip_prefix(&prefix)?.strip_suffix('%')?.parse::<u32>().ok();
    let mut looks: Vec<(u32, Estimate)> = view
        .readings(PROBE)
        .filter_map(|reading| Some((look(&reading.name)?, median_estimate(&reading.values, 0.95)?)))
        .collect();
    looks.sort_by_key(|(moment, _)| *moment);
    looks.into_iter().map(|(moment, depth)| (f64::from(moment) / 100.0, depth)).collect()
}

fn chart(view: &View, home: &str, words: &str, bound: Option<Estimate>) -> Markup {
    let all: Vec<Vec<Look>> = RATES.iter().map(|(rate, _)| looks(view, home, rate)).collect();
    let depths = all.iter().flatten().flat_map(|(_, depth)| [depth.value, depth.low, depth.high]);
    let up =
        Axis::linear(say("items", &[]), Unit::Other(""), depths.chain(bound.map(|bound| bound.value)).chain([0.0]));
    let across = Axis::linear(say("time", &[]), Unit::Share, all.iter().flatten().map(|look| look.0).chain([0.0, 1.0]));
    let curve = |(at, looks): (usize, &Vec<Look>)| {
        let spot = |(moment, depth): &Look| {
            let (when, depth_text) = (format::tick(*moment, Unit::Share), format::estimate(depth, Unit::Other("")));
            let place = moment + (at as f64 - 1.0) * DODGE;
            Spot::at(place, *depth, format!("{}, {when}: {depth_text}", RATES[at].0).into())
        };
        Curve { key: palette::step(at), origin: None, spots: looks.iter().map(spot).collect() }
    };
    let curves: Vec<Curve> = all.iter().enumerate().map(curve).collect();
    let mean = |(rate, _): &(&str, &str)| {
        let depth = view.reading(PROBE, &format!("{home}/{rate}/depth"))?;
        Some(say("{0}: {1} of the bound on average", &[rate, &format::quantity(depth.value, Unit::Share)]))
    };
    let caption = Caption {
        title: say("Depth of a queue over time: {0}", &[&say(words, &[])]),
        desc: Plain::join(RATES.iter().filter_map(mean), "; "),
        table: NUMBERS,
    };
    Plot::new(across, up).draw(&caption, &curves)
}

fn table(view: &View) -> Markup {
    html! {
        details {
            summary { (t("The numbers")) }
            div.scroll {
                table.plain id=(NUMBERS) {
                    caption.hidden { (t("Depth of queues over time, and what went through")) }
                    thead { tr {
                        th.first scope="col" { (t("Queue")) } th scope="col" { (t("Supply : demand")) }
                        th.num scope="col" { (t("Mean depth")) } th.num scope="col" { (t("Of what the slower side can do")) }
                        th scope="col" { (t("Items after each share of the time")) }
                    } }
                    tbody {
                        @for (home, words) in HOMES { @for (rate, _) in RATES {
                            @let read = |what: &str| view.reading(PROBE, &format!("{home}/{rate}/{what}"));
                            tr {
                                th.first scope="row" { (t(words)) } td { (rate) }
                                (figure_cell(read("depth").as_ref(), Unit::Share))
                                (figure_cell(read("throughput").as_ref(), Unit::Share))
                                td { (in_words(&looks(view, home, rate))) }
                            }
                        } }
                    }
                }
            }
        }
    }
}

fn in_words(looks: &[Look]) -> String {
    let one =
        |(moment, depth): &Look| format!("{}: {}", format::tick(*moment, Unit::Share), format::fixed(depth.value, 0));
    looks.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Readings of imaginary queues.
#[cfg(test)]
pub(in crate::report) fn add_example(mut made: Synthetic) -> Synthetic {
    made = made.reading(PROBE, "capacity", "items", 16.0);
    for (home, _) in HOMES {
        for (rate, level) in [("1:2", 0.5), ("1:1", 7.0), ("2:1", 15.4)] {
            made = made.reading(PROBE, &format!("{home}/{rate}/throughput"), "", 0.95);
            made = made.reading(PROBE, &format!("{home}/{rate}/depth"), "share", level / 16.0);
            for moment in 1..=16_u32 {
                let depth = level * (1.0 - (-f64::from(moment)).exp());
                made = made.reading(PROBE, &format!("{home}/{rate}/depth-at/{}%", moment * 6), "items", depth);
            }
        }
    }
    made
}

/// A run of nothing else.
#[cfg(test)]
pub(in crate::report) fn example() -> Run {
    add_example(Synthetic::new(2)).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_queue_has_its_curves_and_its_rows() {
        let run = example();
        let html = draw(&View::new(&run, &[])).into_string();
        assert_eq!(html.matches("<title").count(), 2);
        assert_eq!(html.matches("<polyline").count(), 6);
        assert_eq!(html.matches(", 48\u{a0}%: ").count() - html.matches("42\u{a0}%: ").count(), 0, "a tip each");
        assert_eq!(html.matches("scope=\"row\"").count(), 6);
        assert!(html.contains("The bound of each queue is 16 items") && html.contains("96\u{a0}%: 15"), "{html}");
    }

    #[test]
    fn moments_stand_in_the_order_of_time() {
        let mut run = example();
        run.readings.reverse();
        let moments: Vec<f64> = looks(&View::new(&run, &[]), "thread", "1:1").iter().map(|look| look.0).collect();
        assert!(moments.is_sorted() && moments.len() == 16, "{moments:?}");
    }

    #[test]
    fn without_readings_the_command_is_named() {
        let run = Synthetic::new(2).build();
        assert!(draw(&View::new(&run, &[])).into_string().contains("--probe balance"));
    }
}
