//! A page stays as small as is promised.

use super::super::page_with;
use super::*;
use crate::run::Role;
use crate::track::history::fixture::stepped;

/// CPU-bound kernels that the standard profile looks at more closely, and how many workers those that wait have.
const DEEP: [&str; 2] = ["bytecode", "primes"];
const MANY: usize = 4;

/// A run as the standard profile makes it on two processors: its kernels, models and workers, all that probes read, and
/// as many rounds as it takes at most.
pub(super) fn standard() -> Run {
    let mut run = fixture::suite(2);
    let shape: std::collections::HashMap<String, (Bound, bool)> =
        run.kernels.iter().map(|kernel| (kernel.id.clone(), (kernel.bound, kernel.shares.is_some()))).collect();
    run.cases.retain(|case| {
        let (bound, shares) = shape[&case.kernel];
        let deep = DEEP.contains(&case.kernel.as_str());
        let wanted = match (bound, shares) {
            (Bound::Cpu, false) => deep || case.workers <= 2,
            (Bound::Cpu, true) => case.workers <= 2 && case.model != "gil",
            _ => case.workers == MANY,
        };
        wanted || case.role != Role::Case || case.model == "serial"
    });
    let (had, wanted) = (run.plan.rounds, 31);
    run.plan.rounds = wanted;
    for case in &mut run.cases {
        let first = case.samples.clone();
        for round in had..wanted {
            // No two samples are alike, or they would pack too well.
            let mut sample = first[(round % had) as usize].clone();
            sample.round = round;
            sample.parts.compute_ns += u64::from(round) * 7919 + sample.parts.compute_ns % 1013;
            sample.parts.spawn_ns += u64::from(round) * 131;
            sample.wall_ns = sample.parts.total_ns();
            case.samples.push(sample);
        }
    }
    run
}

#[test]
fn a_page_of_a_standard_run_is_below_a_megabyte() {
    let run = standard();
    assert!(run.cases.len() > 90 && run.cases[0].samples.len() == 31, "{} cases", run.cases.len());
    let size = page_with(&run, None, None).len();
    assert!(size <= 1_000_000, "{size} bytes");
}

#[test]
fn a_history_has_no_say_in_the_size_of_the_page() {
    let ids: Vec<String> = (0..40).map(|kernel| format!("kernel-{kernel}/threads/2")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let size = |runs| with_history(&stepped(&ids, runs, runs / 2)).len() - draw(&fixture::suite(2), &[]).len();
    let (hundred, thousands) = (size(130), size(3000));
    assert!(thousands < hundred * 3 / 2, "{thousands} bytes for 3,000 runs, {hundred} for 130");
    assert!(thousands < 400_000, "{thousands} bytes");
}
