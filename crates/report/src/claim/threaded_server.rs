//! A thread for each connection lets a server talk to many clients at once; a loop without threads serves them one by one.
//!
//! Who is served is no matter of speed, so it is counted: when the first client of a server leaves, the others have had
//! an answer or they have not. One client served beside the first refutes that a loop serves one; one client without an
//! answer refutes that a thread or a process each serves all, with the lock or without. A pool of threads promises as
//! many as it has: with more clients than threads the number without an answer is shown, and judged with no more.
//!
//! What it costs is shown: how long answers take from the moment at which they are due, how many come, and the memory
//! of a connection.

use super::cell::{Cell, Claimed};
use super::judge::{Question, for_every};
use super::{Claim, Need, Verdict, select};
use crate::run::Run;
#[cfg(any(test, feature = "testing"))]
use crate::run::synthetic::Synthetic;

const PROBE: &str = "server";

/// The loop, which serves one client.
const LOOP: &str = "sequential";
/// A fixed number of threads, which serves as many clients.
const POOL: &str = "pool";

/// What is shown of each server beside who was served: the reading, its unit's share in that of the figure, in words.
const SHOWN: [(&str, &str); 4] = [
    ("p50", "median answer"),
    ("p99", "99th percentile"),
    ("rate", "answers at most"),
    ("pss", "memory of a connection"),
];

pub(super) const CLAIM: Claim = Claim {
    id: "threaded-server-is-concurrent",
    statement: "With a thread for each client a server serves many at once; a loop without threads serves one at a time.",
    needs,
    check,
    #[cfg(any(test, feature = "testing"))]
    example,
};

fn needs() -> Vec<Need> {
    vec![Need::Probe { sentence: "clients of a server that serves them in each way", probe: PROBE }]
}

fn check(run: &Run) -> Verdict {
    let mut cells = vec![];
    for name in servers(run) {
        let read = |what: &str| select::reading(run, PROBE, &format!("{name}/{what}"));
        let Some(server) = Server::of(&name) else { continue };
        let words = server.words();
        if server.id == LOOP {
            let beside = read("beside");
            cells.extend(beside.map(|beside| {
                let subject = format!("{words}, served beside the first");
                Cell::count(&subject, "clients", beside).of_programs().judged(Claimed::never())
            }));
        } else if let Some(unserved) = read("unserved") {
            let cell = Cell::count(&format!("{words}, without an answer"), "clients", unserved).of_programs();
            let promised = server.id != POOL || server.clients <= pool_threads(run);
            cells.push(if promised { cell.judged(Claimed::never()) } else { cell });
        }
        for (what, shown) in SHOWN {
            cells.extend(read(what).map(|reading| Cell::reading(&format!("{words}, {shown}"), reading)));
        }
    }
    let rule = for_every(
        "when the first of several clients leaves, no other client of a sequential server has ever had an answer, and no \
         client is ever without one if each has a thread or a process of its own, or a thread of a pool",
    );
    let otherwise = "No server had more than one client.".into();
    Question { run, needs: needs(), rule, otherwise, two_cores: false, cells }.judge()
}

/// A server as its readings name it: way of serving, lock, computing, clients.
struct Server<'a> {
    id: &'a str,
    locked: bool,
    work_us: u64,
    clients: u64,
}

impl<'a> Server<'a> {
    fn of(name: &'a str) -> Option<Self> {
        let mut parts = name.split('/');
        let (id, lock) = (parts.next()?, parts.next()?);
        let work_us = parts.next()?.strip_suffix("us")?.parse().ok()?;
        let clients = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(Self { id, locked: lock == "lock", work_us, clients })
    }

    fn words(&self) -> String {
        let lock = if self.locked { " under the lock" } else { "" };
        let work = match self.work_us {
            0 => String::new(),
            us => format!(", {} ms of computing a request", us as f64 / 1e3),
        };
        format!("{}{lock}, {} clients{work}", self.id, self.clients)
    }
}

/// The servers that had several clients, in the order in which they were asked.
fn servers(run: &Run) -> Vec<String> {
    let several = select::readings(run, PROBE).filter_map(|reading| reading.name.strip_suffix("/unserved"));
    several.map(Into::into).collect()
}

/// Threads of the pool: the fewest of any round.
fn pool_threads(run: &Run) -> u64 {
    let threads = select::reading(run, PROBE, "pool-threads");
    threads.map_or(0, |threads| threads.values.iter().copied().fold(f64::INFINITY, f64::min) as u64)
}

#[cfg(any(test, feature = "testing"))]
fn example(holds: bool) -> Run {
    let mut made = Synthetic::new(2).reading(PROBE, "pool-threads", "", 6.1);
    for (id, lock, clients, unserved) in [
        (LOOP, "free", 8, 7.0),
        ("threads", "free", 8, 0.0),
        ("threads", "lock", 8, 0.0),
        ("processes", "free", 8, 0.0),
        (POOL, "free", 4, 0.0),
        (POOL, "free", 8, 2.0),
    ] {
        // Refuted by a lock that lets one thread alone talk to its client.
        let unserved = if holds || lock == "free" { unserved } else { 7.0 };
        let name = |what: &str| format!("{id}/{lock}/0us/{clients}/{what}");
        let others = clients - 1;
        made = made.counted(PROBE, &name("unserved"), unserved, others);
        made = made.counted(PROBE, &name("beside"), others as f64 - unserved, others);
        made = made.reading(PROBE, &name("p50"), "ns", if id == LOOP { 12e6 } else { 60e3 });
        made = made.reading(PROBE, &name("rate"), "/s", 80e3);
    }
    made.qualified()
}
