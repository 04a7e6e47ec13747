//! What the switch interval trades: computing against the patience of a thread that talks.

use maud::{Markup, html};

use super::{figure_cell, nothing};
use crate::report::format::{self, Unit};
use crate::report::palette;
use crate::report::svg::{Axis, Caption, Curve, Plot, Spot};
use crate::report::text::{Plain, say, t};
use crate::report::{Panel, View};
use crate::stats::Estimate;

pub(super) const PANEL: Panel = Panel { id: "interval", title: "Switch interval", draw };

const PROBE: &str = "interval-sweep";

/// Id of the table.
const NUMBERS: &str = "intervals";

/// One switch interval and what it gave.
#[derive(Debug)]
struct Setting {
    us: u64,
    /// Turns of the threads that compute, as a share of those of one thread that has the lock to itself.
    throughput: Estimate,
    /// Mean round trip of the thread that talks.
    latency: Estimate,
}

fn draw(view: &View) -> Markup {
    let settings = settings(view);
    if settings.is_empty() {
        return nothing(
            "No switch interval was tried. Run `gilbench run --profile standard --kernel none --model none --probe \
             interval-sweep` to try eight.",
        );
    }
    html! {
        div.multiples {
            figure { figcaption { b { (t("round trip of the thread that talks")) } } (over(&settings, true)) }
            figure { figcaption { b { (t("work of the threads that compute")) } } (over(&settings, false)) }
            figure { figcaption { b { (t("one against the other")) } } (against(&settings)) }
        }
        (table(&settings))
    }
}

fn settings(view: &View) -> Vec<Setting> {
    let tried = view.readings(PROBE).filter_map(|reading| reading.name.strip_suffix("us/throughput")?.parse().ok());
    let mut settings: Vec<Setting> = tried
        .filter_map(|us: u64| {
            let read = |what: &str| view.reading(PROBE, &format!("{us}us/{what}"));
            Some(Setting { us, throughput: read("throughput")?, latency: read("latency")? })
        })
        .collect();
    settings.sort_by_key(|setting| setting.us);
    settings
}

fn length(us: u64) -> String {
    format::tick(us as f64 * 1e3, Unit::Time)
}

fn tip(setting: &Setting) -> Plain {
    let (work, trip) = (setting.throughput.value, setting.latency.value);
    let (work, trip) = (format::quantity(work, Unit::Share), format::quantity(trip, Unit::Time));
    say("switch interval {0}: round trip {1}, {2} of one thread's work", &[&length(setting.us), &trip, &work])
}

fn all(of: &Estimate) -> [f64; 3] {
    [of.value, of.low, of.high]
}

fn picture(plot: &Plot, title: &str, spots: Vec<Spot>) -> Markup {
    let desc = Plain::join(spots.iter().map(|spot| spot.tip.clone()), "; ");
    let caption = Caption { title: say(title, &[]), desc, table: NUMBERS };
    plot.draw(&caption, &[Curve { key: palette::step(1), origin: None, spots }])
}

/// Latency or throughput over the interval.
fn over(settings: &[Setting], latency: bool) -> Markup {
    let of = |setting: &Setting| if latency { setting.latency } else { setting.throughput };
    let across =
        Axis::log(say("switch interval", &[]), Unit::Time, settings.iter().map(|setting| setting.us as f64 * 1e3));
    let values = settings.iter().flat_map(|setting| all(&of(setting)));
    let (title, up) = if latency {
        let title = "Round trip over the switch interval";
        (title, Axis::log(say("round trip", &[]), Unit::Time, values))
    } else {
        let title = "Work of the threads that compute over the switch interval";
        (title, Axis::linear(say("work", &[]), Unit::Share, values))
    };
    let spot = |setting: &Setting| Spot::at(setting.us as f64 * 1e3, of(setting), tip(setting));
    picture(&Plot::new(across, up), title, settings.iter().map(spot).collect())
}

fn against(settings: &[Setting]) -> Markup {
    let across =
        Axis::log(say("round trip", &[]), Unit::Time, settings.iter().flat_map(|setting| all(&setting.latency)));
    let up = Axis::linear(say("work", &[]), Unit::Share, settings.iter().flat_map(|setting| all(&setting.throughput)));
    let ends = [settings.first(), settings.last()].map(|setting| setting.map(|setting| setting.us));
    let spot = |setting: &Setting| {
        // Labels on all marks would lie upon each other.
        let label = if ends.contains(&Some(setting.us)) { length(setting.us) } else { String::new() };
        Spot { x: setting.latency, y: setting.throughput, aside: false, label, tip: tip(setting) }
    };
    picture(
        &Plot::new(across, up),
        "Work against round trip, one mark an interval",
        settings.iter().map(spot).collect(),
    )
}

fn table(settings: &[Setting]) -> Markup {
    html! {
        details {
            summary { (t("The numbers")) }
            div.scroll {
                table.plain id=(NUMBERS) data-sortable="" {
                    caption.hidden { (t("Round trip and work by switch interval")) }
                    thead { tr {
                        th.first scope="col" { (t("Switch interval")) } th.num scope="col" { (t("Round trip")) }
                        th.num scope="col" { (t("Work, of one thread alone")) }
                    } }
                    tbody {
                        @for setting in settings {
                            tr {
                                th.first scope="row" data-value=(setting.us) { (length(setting.us)) }
                                (figure_cell(Some(&setting.latency), Unit::Time))
                                (figure_cell(Some(&setting.throughput), Unit::Share))
                            }
                        }
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
    fn every_interval_is_in_each_picture_and_in_the_table() {
        let mut made = Synthetic::new(2).noise(0.02);
        for (us, work, trip) in [(50_u64, 0.7, 6e4), (500, 0.95, 5.1e5), (5000, 0.99, 5.1e6)] {
            made = made.reading(PROBE, &format!("{us}us/throughput"), "", work);
            made = made.reading(PROBE, &format!("{us}us/latency"), "ns", trip);
        }
        let run = made.build();
        let html = draw(&View::new(&run, &[])).into_string();
        assert_eq!(html.matches("<svg").count(), 3);
        assert_eq!(html.matches("<th class=\"first\" scope=\"row\"").count(), 3);
        assert_eq!(html.matches("switch interval 500\u{a0}µs: ").count(), 6, "a tip and a description each: {html}");
    }

    #[test]
    fn without_readings_the_command_is_named() {
        let run = Synthetic::new(2).build();
        assert!(draw(&View::new(&run, &[])).into_string().contains("interval-sweep"));
    }
}
