//! What clients see of a server, by the way it serves them: how long answers take, how many come, who waits, what a
//! connection costs.
//!
//! The server is a process of its own, and so is its client, which is the process that runs the probe: one thread with
//! all connections in a watch. A scene goes like this:
//!
//! 1. Clients connect and ask once (`first-answer`: from connecting to the answer). Whoever can be served at once is
//!    answered; then the memory of the server's processes is looked at (`pss`: added by each connection served).
//! 2. For a while each client asks again as soon as it is answered (`rate`: answers per second of all). That finds what
//!    the server can do; how long an answer takes then says nothing.
//! 3. Then requests are sent on a schedule that was fixed beforehand, the same for every way of serving, whether or not
//!    earlier ones have been answered. A latency (`p50`, `p99`, `p99.9`) counts from the moment at which the schedule
//!    asks for the request, not from the one at which it was sent, so that a server which stops answering cannot keep
//!    its clients from asking (no coordinated omission). `late` is the client's own part in it.
//! 4. When the schedule is over, a client leaves as soon as it has all its answers. When the first does, two kinds of others are counted: those that had
//!    no answer at all until then (`unserved`), and those that had (`beside`). `lost` counts connections that were
//!    refused, broken off, or never answered.
//!
//! Percentiles come only from samples that have them: the 99th from a hundred requests, the 99.9th from a thousand. Of a
//! round with fewer, the slowest answers are kept (`slowest/1` and so on, beside `requests`), from which a reader has the
//! tail of all rounds together.

mod client;
mod load;
mod scene;
#[cfg(test)]
mod tests;

use rustix::process::{Resource, getrlimit, setrlimit};

use self::scene::{Heard, Scene};
use super::{Findings, Probe, Round, TIMED};
use crate::error::Result;
use crate::run::Profile;
use crate::server::{self, Serving};
use crate::stats::quantile;

pub(super) const PROBE: Probe = Probe {
    id: "server",
    question: "How long do a server's clients wait, when it serves them one by one, by threads, by processes or by both?",
    rounds: TIMED,
    run,
};

/// One cell of the grid: the way of serving, whether under the lock, microseconds of computing for a request, clients.
type Cell = (&'static str, bool, u64, usize);

/// Computing for a request where it is to count, in microseconds.
const WORK_US: u64 = 1000;

fn cells(profile: Profile) -> Vec<Cell> {
    let ids = || server::ALL.iter().map(|serving| serving.id);
    let of = |locked, work, clients| move |id| (id, locked, work, clients);
    match profile {
        // Who waits for whom, with and without the lock: enough for a verdict.
        Profile::Quick => vec![
            ("sequential", false, 0, 8),
            ("threads", false, 0, 8),
            ("threads", true, 0, 8),
            ("processes", false, 0, 8),
        ],
        Profile::Standard => {
            let mut cells: Vec<Cell> =
                [1, 8].into_iter().flat_map(|clients| ids().map(of(false, 0, clients))).collect();
            cells.push(("threads", true, 0, 8));
            for (id, locked) in [("threads", false), ("threads", true), ("processes", false), ("hybrid", true)] {
                cells.push((id, locked, WORK_US, 8));
            }
            cells
        }
        Profile::Full => {
            let mut cells = vec![];
            for work in [0, WORK_US] {
                for locked in [false, true] {
                    cells.extend([1, 8, 64, 256].into_iter().flat_map(|clients| ids().map(of(locked, work, clients))));
                }
            }
            cells
        }
    }
}

fn run(round: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    let descriptors = descriptors();
    let work_steps = server::work::steps_for(std::time::Duration::from_micros(WORK_US));
    round.arms(&mut findings, cells(round.profile), |(id, locked, work_us, clients), findings| {
        // A connection takes one descriptor here and up to two there.
        if clients * 2 + SPARE > descriptors {
            return Ok(());
        }
        let serving = Serving::find(id).expect("the grid has ways of serving that there are");
        let workers = serving.workers(round.cores);
        let scene = Scene {
            settings: server::Settings {
                serving: id.into(),
                locked,
                steps: if work_us == 0 { 0 } else { work_steps },
                workers,
                knobs: round.knobs,
            },
            clients,
            at_once: serving.at_once(clients, workers),
            computing: work_us > 0,
            profile: round.profile,
        };
        let lock = if locked { "lock" } else { "free" };
        report(findings, &format!("{id}/{lock}/{work_us}us/{clients}"), clients, &scene.play()?);
        Ok(())
    })?;
    if let Some(pool) = Serving::find("pool") {
        findings.add("pool-threads", "", pool.workers(round.cores) as f64);
    }
    Ok(findings)
}

/// Answers of a round that are kept, the slowest ones: enough for one in a thousand of some thousand requests.
const SLOWEST: usize = 5;

/// Descriptors of a process beside those of its connections.
const SPARE: usize = 64;

/// How many descriptors this process and the servers it starts may have: as many as they can be allowed.
fn descriptors() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = rustix::process::Rlimit { current: limit.maximum, ..limit };
    let limit = if setrlimit(Resource::Nofile, raised).is_ok() { raised } else { limit };
    limit.current.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX))
}

fn report(findings: &mut Findings, cell: &str, clients: usize, heard: &Heard) {
    let mut add = |what: &str, unit: &str, value: f64| findings.add(format!("{cell}/{what}"), unit, value);
    let of = |samples: &[f64], share: f64| quantile(samples, share).unwrap_or(f64::NAN);
    let enough = |fewest: usize| heard.latencies.len() >= fewest;
    add("rate", "/s", heard.rate);
    add("p50", "ns", of(&heard.latencies, 0.5));
    if enough(100) {
        add("p99", "ns", of(&heard.latencies, 0.99));
    }
    if enough(1000) {
        add("p99.9", "ns", of(&heard.latencies, 0.999));
    } else {
        let mut slowest = heard.latencies.clone();
        slowest.sort_by(|a, b| b.total_cmp(a));
        add("requests", "", slowest.len() as f64);
        for (place, latency) in slowest.iter().take(SLOWEST).enumerate() {
            add(&format!("slowest/{}", place + 1), "ns", *latency);
        }
    }
    add("late", "ns", of(&heard.lateness, 0.99));
    add("first-answer", "ns", of(&heard.first_answers, 0.5));
    add("pss", "bytes", heard.pss_bytes.unwrap_or(f64::NAN));
    add("lost", "", heard.lost as f64);
    if clients > 1 {
        let others = clients as u64 - 1;
        findings.count(format!("{cell}/unserved"), heard.unserved as f64, others);
        findings.count(format!("{cell}/beside"), heard.beside as f64, others);
    }
}
