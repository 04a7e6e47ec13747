//! Imaginary histories for the tests.

use serde_json::json;

use super::{Entry, History};

/// A machine key with this processor.
fn machine(cpu: &str) -> serde_json::Value {
    json!({"cpu": cpu, "cores": 2, "quota_percent": null, "os": "Synthetic OS", "compiler": "rustc 1.90.0"})
}

/// A run with this number, an hour after the one before it, in which each case took so many nanoseconds.
pub(crate) fn entry(number: usize, cpu: &str, cases: &[(&str, f64)]) -> Entry {
    let kept = |ns: f64| {
        let [value, low, high] = [ns, ns * 0.99, ns * 1.01].map(|ns| ns as u64);
        json!({"n": 12, "time_ns": [value, low, high], "cpu_ns": [value, null, null], "pss_bytes": [4096, 4096, 4096]})
    };
    let cases: serde_json::Map<_, _> = cases.iter().map(|(id, ns)| ((*id).to_owned(), kept(*ns))).collect();
    let (year, hour) = (2000 + number / 8064, number % 8064);
    let (month, day) = (1 + hour / 24 / 28, 1 + hour / 24 % 28);
    serde_json::from_value(json!({
        "kind": "history", "schema": 1, "id": format!("{number:016x}"),
        "at": format!("{year}-{month:02}-{day:02}T{:02}:00:00Z", hour % 24),
        "commit": format!("{number:012x}"), "generator": "synthetic", "machine": machine(cpu),
        "profile": "standard", "qualified": true, "cases": cases,
    }))
    .expect("it is an entry")
}

/// A standard normal value (Box and Muller).
pub(crate) fn normal(random: &mut fastrand::Rng) -> f64 {
    (-2.0 * (1.0 - random.f64()).ln()).sqrt() * (std::f64::consts::TAU * random.f64()).cos()
}

/// So many runs of some cases with noise of 1 %; the first case takes a tenth more from run `step` on.
pub(crate) fn stepped(cases: &[&str], runs: usize, step: usize) -> History {
    let mut random = fastrand::Rng::with_seed(11);
    History::of((0..runs).map(|run| {
        let level = |at: usize| if at == 0 && run >= step { 1.1 } else { 1.0 };
        let times: Vec<(&str, f64)> = cases
            .iter()
            .enumerate()
            .map(|(at, id)| (*id, 1e8 * level(at) * (0.01 * normal(&mut random)).exp()))
            .collect();
        entry(run, "Imaginary EPYC 9000", &times)
    }))
}
