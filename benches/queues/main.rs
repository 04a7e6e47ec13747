//! The queue between processes, beside what else there is: libraries between threads, a pipe, ipc-channel, Python's.
//!
//! All of a table alternate in one run, so that what the machine does meanwhile hits all of them. Every receiver reads
//! every byte. `cargo bench --bench queues` shows the tables, `-- two-to-two` one of them; those of Python only
//! where `python3` is found.

mod python;
mod transfer;
mod trips;

use gilbench::stats::{Estimate, median_estimate};

/// Times each table is measured.
const ROUNDS: usize = 15;

/// What can be asked for by name.
const TABLES: [(&str, fn()); 5] = [
    ("one-to-one", transfer::one_to_one),
    ("two-to-two", transfer::two_to_two),
    ("batches", transfer::batches),
    ("trips", trips::show),
    ("python", python::show),
];

fn main() {
    // `cargo bench -- FILTER` asks for something in particular: these only if they are named.
    let asked: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let all = asked.is_empty() || asked.iter().any(|name| "queues".contains(name.as_str()));
    let mut tables = TABLES.iter().filter(|(table, _)| all || asked.iter().any(|name| table.contains(name.as_str())));
    let Some(first) = tables.next() else { return };
    println!("\nQueues: medians of {ROUNDS} alternated rounds, ratios with 95 % intervals\n");
    for (_, show) in std::iter::once(first).chain(tables) {
        show();
    }
}

/// A way to do the same thing, and how many times as fast ours must be.
pub(crate) struct Peer<'a> {
    pub(crate) name: &'a str,
    pub(crate) least: Option<f64>,
    /// One measurement, in nanoseconds for each.
    pub(crate) measure: Box<dyn FnMut() -> f64 + 'a>,
}

impl<'a> Peer<'a> {
    pub(crate) fn new(name: &'a str, least: impl Into<Option<f64>>, measure: impl FnMut() -> f64 + 'a) -> Self {
        Self { name, least: least.into(), measure: Box::new(measure) }
    }
}

/// Measures ours and its peers in turn and prints a line for each.
pub(crate) fn table(title: &str, rounds: usize, mut ours: impl FnMut() -> f64, mut peers: Vec<Peer<'_>>) {
    println!("{title}");
    let mut times = vec![vec![]; peers.len()];
    let mut own = vec![];
    for _ in 0..rounds {
        own.push(ours());
        for (peer, times) in peers.iter_mut().zip(&mut times) {
            times.push((peer.measure)());
        }
    }
    println!("       {:34} {:>10}", "ours", time(median(&own)));
    for (peer, times) in peers.iter().zip(&times) {
        let logs: Vec<_> = own.iter().zip(times).map(|(own, peer)| (peer / own).ln()).collect();
        let ratio = median_estimate(&logs, 0.95).expect("there are rounds").map(f64::exp);
        let verdict = peer.least.map_or("", |least| verdict(&ratio, least));
        let least = peer.least.map_or(String::new(), |least| format!(" (at least {least:.2})"));
        println!("{verdict:>6} {:34} {:>10}  ours is {} as fast{least}", peer.name, time(median(times)), words(&ratio));
    }
    println!();
}

fn verdict(ratio: &Estimate, least: f64) -> &'static str {
    if ratio.low >= least {
        "ok"
    } else if ratio.high < least {
        "MISS"
    } else {
        "?"
    }
}

fn words(ratio: &Estimate) -> String {
    let digits = if ratio.value < 10.0 { 2 } else { 0 };
    format!("{:.digits$}× [{:.digits$}, {:.digits$}]", ratio.value, ratio.low, ratio.high)
}

fn time(ns: f64) -> String {
    match ns {
        ..1e3 => format!("{ns:.1} ns"),
        ..1e6 => format!("{:.1} µs", ns / 1e3),
        _ => format!("{:.1} ms", ns / 1e6),
    }
}

fn median(values: &[f64]) -> f64 {
    gilbench::stats::median(values).expect("there are rounds")
}
