//! A server's clients: how long answers take, by the way it serves and the number of clients.

use maud::{Markup, html};

use super::nothing;
use crate::report::format::{self, Unit};
use crate::report::palette::{self, Key};
use crate::report::svg::{Strip, swatch};
use crate::report::text::{counted, say, t, tf};
use crate::report::{Panel, View};
use crate::run::Reading;
#[cfg(test)]
use crate::run::{Run, synthetic::Synthetic};
use crate::stats::{Estimate, median_estimate, pooled_tail};

pub(super) const PANEL: Panel = Panel { id: "server-latency", title: "Server latency", draw };

/// The probe whose readings these are.
const PROBE: &str = "server";

/// Percentiles that are columns where there are any: name, and share of the answers that are no slower.
const PERCENTILES: [(&str, f64); 2] = [("p99", 0.99), ("p99.9", 0.999)];

/// A server as its readings name it, with the numbers that were read.
struct Server<'a> {
    /// The name that all of its readings begin with.
    name: &'a str,
    /// The way it serves.
    id: &'a str,
    locked: bool,
    /// Computing for a request, in microseconds.
    work_us: u64,
    clients: u64,
}

fn draw(view: &View) -> Markup {
    if let Some(failure) = view.run.failed_probe(PROBE) {
        return html! { p.empty { (tf("Nothing that was read of servers counts: {0}", &[&failure.message])) } };
    }
    let servers = servers(view);
    if servers.is_empty() {
        return nothing(
            "No server was asked. Run `gilbench run --kernel none --model none --probe server` to ask some.",
        );
    }
    let ends = servers.iter().flat_map(|server| [server.read(view, "p50"), server.read(view, "p99")]).flatten();
    let ends: Vec<f64> = ends.map(|end| end.value).filter(|end| *end > 0.0).collect();
    let mut groups: Vec<(u64, bool)> = servers.iter().map(|server| (server.work_us, server.locked)).collect();
    groups.sort_unstable();
    groups.dedup();
    html! {
        @for (at, (work_us, locked)) in groups.into_iter().enumerate() {
            h3 { (heading(work_us, locked)) }
            // All tables have one scale, so that they can be compared.
            (table(view, &servers, (work_us, locked), &Strip::holding(format!("servers-{at}"), &ends)))
        }
    }
}

fn heading(work_us: u64, locked: bool) -> Markup {
    let lock = say(if locked { "Under the simulated lock" } else { "Without a lock" }, &[]);
    let time = format::tick(work_us as f64 * 1e3, Unit::Time);
    match work_us {
        0 => tf("{0}, no computing", &[&lock]),
        _ => tf("{0}, {1} of computing for each request", &[&lock, &time]),
    }
}

fn table(view: &View, servers: &[Server], group: (u64, bool), strip: &Strip) -> Markup {
    let servers = || servers.iter().filter(|server| (server.work_us, server.locked) == group);
    // Percentiles that so few requests do not have are no column.
    let has = |column: &&(&str, f64)| servers().any(|server| server.percentile(view, **column).is_some());
    let percentiles: Vec<(&str, f64)> = PERCENTILES.iter().filter(has).copied().collect();
    html! {
        div.scroll {
            table.rows {
                thead { tr {
                    th.num scope="col" { (t("Clients")) } th scope="col" { (t("Served by")) }
                    th.strip-cell scope="col" { (strip.axis(|tick| format::tick(tick, Unit::Time))) }
                    th.num scope="col" { "p50" } @for (name, _) in &percentiles { th.num scope="col" { (name) } }
                    th.num scope="col" { (t("Answers/s")) } th.num scope="col" { (t("First answer")) }
                    th.num scope="col" { (t("Memory each")) } th.num scope="col" { (t("Unserved")) } th.num scope="col" { (t("Lost")) }
                } }
                tbody {
                    @for server in servers() { (row(view, server, &percentiles, strip)) }
                }
            }
        }
    }
}

fn row(view: &View, server: &Server, percentiles: &[(&str, f64)], strip: &Strip) -> Markup {
    let read = |what: &str| server.read(view, what);
    let number = |what: &str, unit: Unit| {
        let text = read(what).map_or("–".into(), |estimate| format::quantity(estimate.value, unit));
        html! { td.num { (text) } }
    };
    let (p50, p99) = (read("p50"), read("p99"));
    html! {
        tr {
            td.num { (server.clients) }
            th scope="row" { (swatch(key(server.id))) (server.id) }
            td.strip-cell { @if let Some(p50) = p50 { (mark(server, &p50, p99.as_ref(), strip)) } }
            td.num {
                @if let Some(p50) = p50 {
                    b { (format::time(p50.value)) } " " small { (format::interval(&p50, Unit::Time)) }
                } @else { "–" }
            }
            @for percentile in percentiles { (tail(server.percentile(view, *percentile))) }
            (number("rate", Unit::Other(""))) (number("first-answer", Unit::Time)) (number("pss", Unit::Bytes))
            (count(view, server, "unserved")) (count(view, server, "lost"))
        }
    }
}

/// A percentile; of all rounds together, it says so.
fn tail(percentile: Option<(f64, bool)>) -> Markup {
    let title = percentile
        .filter(|(_, pooled)| *pooled)
        .map(|_| say("of all rounds together: one alone has too few requests", &[]));
    html! {
        td.num title=[title.as_ref().map(|title| &title.en)] data-zh-title=[title.as_ref().and_then(|title| title.zh.as_ref())] {
            @if let Some((ns, pooled)) = percentile { (format::time(ns)) @if pooled { "*" } } @else { "–" }
        }
    }
}

fn mark(server: &Server, p50: &Estimate, p99: Option<&Estimate>, strip: &Strip) -> Markup {
    let slow = p99.map(|p99| say(", 99th percentile {0}", &[&format::time(p99.value)])).unwrap_or_default();
    let (median, clients) = (format::estimate(p50, Unit::Time), counted(server.clients as usize, "client"));
    let tip = say("{0}, {1}: {2}{3}", &[&server.id, &clients, &median, &slow]);
    strip.estimate(p50, p99.map(|p99| (p50.value, p99.value)), key(server.id), &tip)
}

/// The most of all rounds: what happened once has happened.
fn count(view: &View, server: &Server, what: &str) -> Markup {
    let reading = view.run.reading(PROBE, &format!("{}/{what}", server.name));
    let most = reading.and_then(|reading| reading.values.iter().copied().reduce(f64::max));
    html! { td.num { (most.map_or("–".into(), |most| format::fixed(most, 0))) } }
}

/// Servers that are arranged like a model look like it.
fn key(id: &str) -> Key {
    palette::key(match id {
        "sequential" => "serial",
        "pool" => "rayon",
        other => other,
    })
}

/// Every server that was asked, those with the fewest clients first.
fn servers<'a>(view: &View<'a>) -> Vec<Server<'a>> {
    let names = view.run.readings.iter().filter(|reading| reading.probe == PROBE && !reading.values.is_empty());
    let mut servers: Vec<Server> = names.filter_map(|reading| Server::of(&reading.name)).collect();
    // Stable: ways of serving stay in the order in which they were asked.
    servers.sort_by_key(|server| server.clients);
    servers
}

impl<'a> Server<'a> {
    /// The server whose median this reading is.
    fn of(reading: &'a str) -> Option<Self> {
        let name = reading.strip_suffix("/p50")?;
        let [id, lock, work, clients] = name.split('/').collect::<Vec<_>>().try_into().ok()?;
        let work_us = work.strip_suffix("us")?.parse().ok()?;
        Some(Self { name, id, locked: lock == "lock", work_us, clients: clients.parse().ok()? })
    }

    /// A percentile, by its name and as a share: the median over the rounds if they have it, and otherwise that of all
    /// rounds together, with whether it is that.
    fn percentile(&self, view: &View, (name, share): (&str, f64)) -> Option<(f64, bool)> {
        let each = self.read(view, name).map(|estimate| (estimate.value, false));
        each.or_else(|| Some((self.of_all_rounds(view, share)?, true)))
    }

    fn of_all_rounds(&self, view: &View, share: f64) -> Option<f64> {
        let reading = |what: &str| view.run.reading(PROBE, &format!("{}/{what}", self.name));
        let requests = reading("requests")?;
        let slowest: Vec<_> = (1..).map_while(|place| reading(&format!("slowest/{place}"))).collect();
        let kept = |round: &u32| slowest.iter().filter_map(|reading| value_in(reading, *round)).collect();
        let rounds: Vec<(usize, Vec<f64>)> = requests
            .rounds
            .iter()
            .zip(&requests.values)
            .map(|(round, count)| (count.round() as usize, kept(round)))
            .collect();
        pooled_tail(&rounds, share)
    }

    fn read(&self, view: &View, what: &str) -> Option<Estimate> {
        let reading = view.run.reading(PROBE, &format!("{}/{what}", self.name))?;
        median_estimate(&reading.values, 0.95)
    }
}

fn value_in(reading: &Reading, round: u32) -> Option<f64> {
    let at = reading.rounds.iter().position(|known| *known == round)?;
    reading.values.get(at).copied()
}

/// A run of nothing but servers, on an imaginary machine.
#[cfg(test)]
pub(in crate::report) fn example() -> Run {
    let mut made = Synthetic::new(2).noise(0.05).reading(PROBE, "pool-threads", "", 6.0);
    for (work_us, lock) in [(0, "free"), (0, "lock"), (1000, "lock")] {
        for clients in [1_u32, 8, 64] {
            let ways =
                [("sequential", 1.0, 0.0), ("threads", 64.0, 11e3), ("processes", 64.0, 5e5), ("pool", 6.0, 0.0)];
            for (id, at_once, pss) in ways.into_iter().chain([("hybrid", 64.0, 14e3)]) {
                let name = |what: &str| format!("{id}/{lock}/{work_us}us/{clients}/{what}");
                let unserved = (f64::from(clients) - at_once).max(0.0);
                let p50 = f64::from(work_us) * 1e3 + if unserved > 4.0 { 1.2e7 } else { 5.5e4 };
                made = made.reading(PROBE, &name("p50"), "ns", p50).reading(PROBE, &name("rate"), "/s", 8e4);
                made = made.reading(PROBE, &name("first-answer"), "ns", 3e5).reading(PROBE, &name("pss"), "bytes", pss);
                made = made.reading(PROBE, &name("unserved"), "", unserved).reading(PROBE, &name("lost"), "", 0.0);
                // Of thirty requests a round has no 99th percentile, but all rounds together have.
                if work_us == 0 {
                    made = made.reading(PROBE, &name("p99"), "ns", p50 * 2.0);
                } else {
                    made = made.reading(PROBE, &name("requests"), "", 30.0);
                    for place in 1..=5_u32 {
                        made = made.reading(
                            PROBE,
                            &name(&format!("slowest/{place}")),
                            "ns",
                            p50 * (9.0 - f64::from(place)),
                        );
                    }
                }
            }
        }
    }
    made.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(run: &Run) -> String {
        draw(&View::new(run, &[])).into_string()
    }

    #[test]
    fn every_server_has_a_row_in_its_table() {
        let html = drawn(&example());
        assert_eq!(html.matches("<h3>").count(), 3);
        assert_eq!(html.matches("<tbody>").count(), 3);
        assert_eq!(html.matches("<th scope=\"row\">").count(), 45);
        assert!(html.contains("sequential, 64 clients: ") && html.contains("99th percentile"));
    }

    #[test]
    fn a_client_that_was_unserved_once_is_shown() {
        let mut run = example();
        let lost = run.readings.iter_mut().find(|reading| reading.name == "threads/free/0us/8/lost").unwrap();
        lost.values[3] = 77.0;
        assert!(drawn(&run).contains("<td class=\"num\">77</td>"));
    }

    #[test]
    fn percentiles_of_all_rounds_together_say_so() {
        let html = drawn(&example());
        let tables: Vec<&str> = html.split("<h3>").skip(1).collect();
        assert_eq!(tables[0].matches("*</td>").count(), 0, "a round has enough");
        assert_eq!(tables[2].matches("of all rounds together: one").count(), 15, "one for each server");
        assert!(tables[2].contains("<th class=\"num\" scope=\"col\">p99</th>") && !tables[2].contains("p99.9"));
    }

    #[test]
    fn a_probe_that_failed_is_not_drawn() {
        use crate::run::{Failure, FailureKind};
        let mut run = example();
        let message = "probe server: killed by signal 9".into();
        run.failures.push(Failure { case: None, round: Some(2), kind: FailureKind::Killed, message });
        let html = drawn(&run);
        assert!(html.contains("killed by signal 9") && !html.contains("<table"), "{html}");
    }
}
