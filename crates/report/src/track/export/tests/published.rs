//! Every format of every document that it has a place for, byte for byte as it was: whoever reads such files would notice.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{judged, stepped};
use crate::run::golden::assert_unchanged;
use crate::run::synthetic::Synthetic;
use crate::run::{Bound, Failure, FailureKind, Role, Run, scenes};
use crate::track::export::{Document, FORMATS};
use crate::track::tests::{Law, Made};
use crate::track::{Policy, gate_comparison, gate_run};

const FOLDER: &str = "crates/report/src/track/export/golden";

/// A few cases, an A/A arm, a case that failed, and a traced scene.
fn run() -> Run {
    let made = Synthetic::new(2).rounds(13).kernel("primes", Bound::Cpu, None).kernel("sleep", Bound::Io, None);
    let made = made.case("primes", "serial", (1, 1), 100.0, 100.0).case("primes", "threads", (1, 2), 50.0, 100.0);
    let made = made.case("primes", "gil", (1, 2), 101.0, 100.0).case("sleep", "processes", (2, 1), 20.0, 40.0);
    let mut run = made.build();
    let mut twin = run.cases[1].clone();
    (twin.id, twin.role) = ("primes/threads/2@twin".into(), Role::Twin);
    run.cases.push(twin);
    run.cases[3].failed = true;
    let message = "a worker was killed by signal 9".into();
    let case = Some(run.cases[3].id.clone());
    run.failures.push(Failure { case, round: Some(3), kind: FailureKind::Killed, message });
    run.machine.build.commit = Some("0123456789ab".into());
    run.traces = vec![scenes::convoy(3, 100, 1000)];
    run
}

#[test]
fn every_file_is_as_it_always_was() {
    let run = run();
    let made = Made::new().rounds(14).case("primes/serial/1", Law::SAME).case("primes/threads/2", Law::head(1.2));
    let (comparison, judgement) = judged(made);
    let history = stepped(&["primes/serial/1", "primes/threads/2"], 60, 41);
    let gated = (gate_run(&run, &Policy::default()), gate_comparison(&comparison, &Policy::default()));
    let documents = [
        ("run", Document::Run(&run, &gated.0)),
        ("ab", Document::Comparison(&comparison, &judgement, &gated.1)),
        ("history", Document::History(&history)),
    ];
    let mut names = BTreeSet::new();
    for (name, document) in documents {
        for format in FORMATS {
            let Ok(current) = (format.write)(&document) else { continue };
            let file = format!("{name}.{}", format.id);
            let mind = "its readers must be able to live with that";
            assert_unchanged(&format!("{FOLDER}/{file}"), &current, "published", mind);
            names.insert(file);
        }
    }
    for format in FORMATS {
        assert!(names.contains(&format!("run.{}", format.id)), "{} has no golden file", format.id);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(FOLDER);
    let there = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(there.collect::<BTreeSet<_>>(), names, "no file is left over");
}
