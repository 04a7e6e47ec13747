//! The ladder of costs: from a function call to a process, everything on one scale.

use maud::{Markup, html};

use super::{figure_cell, nothing};
use crate::report::format::{self, Unit};
use crate::report::palette::{self, Key};
use crate::report::svg::{Strip, swatch};
use crate::report::text::{say, t};
use crate::report::{Panel, View};
use crate::stats::{Estimate, median_estimate};

pub(super) const PANEL: Panel = Panel { id: "ladder", title: "The ladder of costs", draw };

/// Whom a cost is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// One worker alone.
    One,
    Threads,
    Processes,
}

impl Of {
    const ALL: [Self; 3] = [Self::One, Self::Threads, Self::Processes];

    /// Colour and shape are those of the models, but for what belongs to none of them.
    fn key(self) -> Key {
        match self {
            Self::One => palette::CONTEXT,
            Self::Threads => palette::key("threads"),
            Self::Processes => palette::key("processes"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::One => "one thread alone",
            Self::Threads => "threads",
            Self::Processes => "processes",
        }
    }
}

/// Where the figure of a rung is found, as probe and reading.
#[derive(Debug, Clone, Copy)]
enum From {
    /// Read as a time.
    Time(&'static str, &'static str),
    /// Read as so many a second, of which one takes the time between two.
    Rate(&'static str, &'static str),
    /// The start of a worker, whose memory is found by the same name.
    Start(&'static str),
}

/// A rung before it is read: whom it is about, what it is, where its figure is.
type Rung = (Of, &'static str, From);

const ALONE: &[Rung] = &[
    (Of::One, "a safepoint of the global lock", From::Time("uncontended", "gil/safepoint")),
    (Of::One, CALL, From::Time("uncontended", "call")),
    (Of::One, "an atomic increment", From::Time("uncontended", "atomic")),
    (Of::One, "a mutex, locked and unlocked", From::Time("uncontended", "mutex")),
    (Of::One, "the global lock, attached and detached", From::Time("uncontended", "gil/attach-detach")),
    (Of::One, "the old global lock, the same", From::Time("uncontended", "gil-legacy/attach-detach")),
];

const HANDED_OVER: &[Rung] = &[
    (Of::Threads, "threads: spinning, two cores", From::Time("switch", "thread/other-core/spinning/hand-over")),
    (Of::Processes, "processes: spinning, two cores", From::Time("switch", "process/other-core/spinning/hand-over")),
    (Of::Threads, "threads: spinning, one core", From::Time("switch", "thread/same-core/spinning/hand-over")),
    (Of::Processes, "processes: spinning, one core", From::Time("switch", "process/same-core/spinning/hand-over")),
    (Of::Threads, "threads: sleeping, one core", From::Time("switch", "thread/same-core/sleeping/hand-over")),
    (Of::Processes, "processes: sleeping, one core", From::Time("switch", "process/same-core/sleeping/hand-over")),
    (Of::Threads, "threads: sleeping, two cores", From::Time("switch", "thread/other-core/sleeping/hand-over")),
    (Of::Processes, "processes: sleeping, two cores", From::Time("switch", "process/other-core/sleeping/hand-over")),
    (Of::Threads, "threads: the global lock, contended", From::Time("handover", "gap")),
];

const MESSAGES: &[Rung] = &[
    (Of::Threads, "threads: queue, in a stream", From::Rate("ipc", "thread/queue/64B/throughput")),
    (Of::Processes, "processes: queue, in a stream", From::Rate("ipc", "process/queue/64B/throughput")),
    (Of::Processes, "processes: pipe, in a stream", From::Rate("ipc", "process/pipe/64B/throughput")),
    (Of::Threads, "threads: bare memory, one at a time", From::Time("ipc", "thread/shared-memory/64B/latency")),
    (Of::Processes, "processes: bare memory, one at a time", From::Time("ipc", "process/shared-memory/64B/latency")),
    (Of::Threads, "threads: queue, one at a time", From::Time("ipc", "thread/queue/64B/latency")),
    (Of::Processes, "processes: queue, one at a time", From::Time("ipc", "process/queue/64B/latency")),
    (Of::Threads, "threads: pipe, one at a time", From::Time("ipc", "thread/pipe/64B/latency")),
    (Of::Processes, "processes: pipe, one at a time", From::Time("ipc", "process/pipe/64B/latency")),
    (Of::Processes, "processes: socket, one at a time", From::Time("ipc", "process/socket/64B/latency")),
];

const STARTED: &[Rung] = &[
    (Of::Threads, "a thread", From::Start("thread")),
    (Of::Processes, "a process, by fork", From::Start("fork")),
    (Of::Processes, "a process, by a fork server", From::Start("fork-server")),
    (Of::Processes, "a process, by spawn", From::Start("spawn")),
];

/// Parts of the ladder, from below.
const PARTS: [(&str, &[Rung]); 4] = [
    ("Without anybody else", ALONE),
    ("A hand-over to another worker", HANDED_OVER),
    ("A message of 64 bytes to another worker", MESSAGES),
    ("A worker, from asking for it until it has been joined", STARTED),
];

/// What all others are counted in.
const CALL: &str = "a function call";

/// A rung with its figures.
#[derive(Debug)]
struct Cost {
    of: Of,
    what: &'static str,
    time: Estimate,
    memory: Option<Estimate>,
}

fn draw(view: &View) -> Markup {
    let parts: Vec<(&str, Vec<Cost>)> = PARTS.iter().map(|(name, rungs)| (*name, costs(view, rungs))).collect();
    let all = || parts.iter().flat_map(|(_, costs)| costs);
    if all().next().is_none() {
        return nothing(
            "None of it was timed. Run `gilbench run --kernel none --model none --probe uncontended --probe switch --probe ipc \
             --probe creation --probe memory` to draw the ladder.",
        );
    }
    let ends = all().flat_map(|cost| [cost.time.value, cost.time.low, cost.time.high]);
    let strip = Strip::holding("ladder", &ends.filter(|ns| *ns > 0.0 && ns.is_finite()).collect::<Vec<_>>());
    let call = all().find(|cost| cost.what == CALL).map(|cost| cost.time.value);
    html! {
        ul.legend aria-label="Whom it is about" data-zh-label="关于谁" {
            @for of in Of::ALL { li { span.model { (swatch(of.key())) (t(of.name())) } } }
        }
        div.scroll {
            table.rows {
                caption.hidden { (t("Costs from a function call to the start of a process, the cheapest of each part first")) }
                thead { tr {
                    th scope="col" { (t("Cost")) }
                    th.strip-cell scope="col" { (strip.axis(|tick| format::tick(tick, Unit::Time))) }
                    th.num scope="col" { (t("Time")) } th.num scope="col" { (t("In calls")) }
                    th.num scope="col" { (t("Memory, idle")) }
                } }
                @for (name, costs) in parts.iter().filter(|(_, costs)| !costs.is_empty()) {
                    tbody {
                        tr { th.part colspan="5" scope="rowgroup" { (t(name)) } }
                        @for cost in costs { (row(cost, &strip, call)) }
                    }
                }
            }
        }
    }
}

fn row(cost: &Cost, strip: &Strip, call: Option<f64>) -> Markup {
    let key = cost.of.key();
    let tip = say("{0}: {1}", &[&say(cost.what, &[]), &format::estimate(&cost.time, Unit::Time)]);
    html! {
        tr {
            th scope="row" { (swatch(key)) (t(cost.what)) }
            td.strip-cell { (strip.estimate(&cost.time, None, key, &tip)) }
            td.num { b { (format::time(cost.time.value)) } " " small { (format::interval(&cost.time, Unit::Time)) } }
            td.num { (call.map_or("–".into(), |call| format::plain(cost.time.value / call))) }
            @if cost.memory.is_some() { (figure_cell(cost.memory.as_ref(), Unit::Bytes)) } @else { td {} }
        }
    }
}

/// The rungs that were read, the cheapest first.
fn costs(view: &View, rungs: &[Rung]) -> Vec<Cost> {
    let read =
        |(of, what, from): &Rung| Some(Cost { of: *of, what, time: time(view, *from)?, memory: memory(view, *from) });
    let mut costs: Vec<Cost> = rungs.iter().filter_map(read).collect();
    costs.sort_by(|a, b| a.time.value.total_cmp(&b.time.value));
    costs
}

fn time(view: &View, from: From) -> Option<Estimate> {
    match from {
        From::Time(probe, name) => view.reading(probe, name),
        From::Rate(probe, name) => {
            let rate = view.reading(probe, name)?;
            // Of more a second, each takes less; an end that is not known stays so.
            let each = |rate: f64| if rate.is_finite() { 1e9 / rate } else { -rate };
            Some(Estimate { value: each(rate.value), low: each(rate.high), high: each(rate.low), ..rate })
        }
        From::Start(way) => view.reading("creation", &format!("{way}/0MiB/joined")),
    }
}

/// What a worker adds while it is idle: memory and page tables, its starter's among them.
fn memory(view: &View, from: From) -> Option<Estimate> {
    let From::Start(way) = from else { return None };
    let read = |what: &str| view.run.reading("memory", &format!("{way}/{what}"));
    let sums: Vec<f64> = read("pss")?.pairs(read("page-tables")?).iter().map(|(pss, tables)| pss + tables).collect();
    median_estimate(&sums, 0.95)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::run::synthetic::Synthetic;

    #[test]
    fn every_rung_has_a_row_and_starts_have_their_memory() {
        let run = fixture::suite(2);
        let html = draw(&View::new(&run, &[])).into_string();
        let rungs: usize = PARTS.iter().map(|(_, rungs)| rungs.len()).sum();
        assert_eq!(html.matches("<th scope=\"row\">").count(), rungs);
        assert_eq!(html.matches("KiB").count(), STARTED.len(), "{html}");
    }

    #[test]
    fn a_rate_becomes_the_time_of_one_and_its_ends_change_sides() {
        let mut run = Synthetic::new(2).reading("ipc", "process/pipe/64B/throughput", "/s", 2e6).build();
        run.readings[0].values = (0..12).map(|at| 2e6 + 1e5 * f64::from(at)).collect();
        let view = View::new(&run, &[]);
        let time = time(&view, From::Rate("ipc", "process/pipe/64B/throughput")).unwrap();
        assert!(time.low < time.value && time.value < time.high && time.high <= 500.0, "{time:?}");
        run.readings[0].values.truncate(2);
        run.readings[0].rounds.truncate(2);
        let few = super::time(&View::new(&run, &[]), From::Rate("ipc", "process/pipe/64B/throughput")).unwrap();
        assert!(few.low < 0.0 && few.high > 1e12 && !few.is_bounded(), "{few:?}");
    }

    #[test]
    fn what_was_not_read_has_no_row_and_nothing_at_all_names_the_command() {
        let run = Synthetic::new(2).reading("creation", "thread/0MiB/joined", "ns", 4e4).build();
        let html = draw(&View::new(&run, &[])).into_string();
        assert_eq!(html.matches("<th scope=\"row\">").count(), 1);
        assert!(!html.contains("hand-over to another"), "a part without rungs has no heading");
        assert!(draw(&View::new(&Synthetic::new(2).build(), &[])).into_string().contains("--probe switch"));
    }
}
