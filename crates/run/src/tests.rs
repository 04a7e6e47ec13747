//! Laws of the waist: the document survives writing and reading, is refused when it cannot be understood, matches its
//! published schema, and pairs its samples by round.

use std::path::Path;

use super::synthetic::Synthetic;
use super::*;
use crate::stats::Estimate;

/// A run with something in every list, and an interval without ends.
fn full() -> Run {
    let mut run = Synthetic::new(2)
        .kernel("primes", Bound::Cpu, None)
        .kernel("mmap", Bound::Cpu, Some("address space"))
        .case("primes", "serial", (1, 1), 100.0, 100.0)
        .case("primes", "gil-hybrid", (2, 2), 51.0, 100.0)
        .case_with("mmap", "threads", (1, 2), 80.0, 100.0, |sample| sample.pss_per_worker_bytes = None)
        .build();
    run.partial = Some("interrupted after 13 rounds".into());
    run.machine.cpu.quota = Some(1.5);
    run.machine.notes.push(Note { id: "quota".into(), serious: true, text: "1.5 processors at most".into() });
    run.readings.push(Reading {
        probe: "start".into(),
        name: "thread".into(),
        unit: "ns".into(),
        rounds: vec![1, 2],
        values: vec![1.5, 2.25],
        opportunities: vec![100, 120],
        disturbed: vec![],
    });
    run.failures.push(Failure {
        case: Some("primes/threads/2".into()),
        round: Some(3),
        kind: FailureKind::WrongAnswer,
        message: "its checksum differs".into(),
    });
    let ns_per_step = Estimate { value: 300.0, low: f64::NEG_INFINITY, high: f64::INFINITY, level: 0.95, n: 3 };
    let (kernel, model) = ("primes".into(), "serial".into());
    run.second_opinions.push(SecondOpinion { instrument: "criterion".into(), kernel, model, workers: 1, ns_per_step });
    run
}

/// What reading a file with this content says.
fn refusal(content: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("run.json");
    std::fs::write(&path, content).expect("the temporary folder can be written");
    let message = read(&path).expect_err("it is no run").to_string();
    assert!(message.contains("run.json"), "{message} does not name the file");
    message
}

mod document {
    use super::*;

    #[test]
    fn survives_writing_and_reading() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/run.json");
        write(&path, &full()).unwrap();
        assert_eq!(read(&path).unwrap(), full());
    }

    #[test]
    fn newer_versions_are_refused_with_the_remedy() {
        let mut document = serde_json::to_value(full()).unwrap();
        document["schema"] = (SCHEMA + 1).into();
        let message = refusal(&document.to_string());
        assert!(message.contains(&format!("format version {}", SCHEMA + 1)), "{message}");
        assert!(message.contains("use a newer gilbench"), "{message}");
    }

    #[test]
    fn strangers_are_refused_with_what_was_expected() {
        assert!(refusal("hello").contains("not JSON"));
        assert!(refusal("{}").contains("no `schema` field; expected a run written by `gilbench run`"));
        assert!(refusal(r#"{"schema": 1}"#).contains("not a run: missing field"));
        let missing = read(Path::new("/no/such/run.json")).unwrap_err().to_string();
        assert!(missing.contains("/no/such/run.json") && missing.contains("No such file"), "{missing}");
    }

    #[test]
    fn lists_that_older_documents_lack_are_empty() {
        let mut document = serde_json::to_value(full()).unwrap();
        let object = document.as_object_mut().unwrap();
        assert!(object.remove("readings").is_some() && object.remove("second_opinions").is_some());
        let run: Run = serde_json::from_value(document).unwrap();
        assert!(run.readings.is_empty() && run.second_opinions.is_empty());
    }

    #[test]
    fn kernels_of_older_documents_are_of_revision_1() {
        let mut document = serde_json::to_value(full()).unwrap();
        assert_eq!(document["kernels"][0].as_object_mut().unwrap().remove("revision"), Some(1.into()));
        assert_eq!(serde_json::from_value::<Run>(document).unwrap(), full());
    }

    #[test]
    fn an_id_that_tells_of_another_revision_is_refused() {
        let mut run = full();
        run.kernels.iter_mut().for_each(|kernel| kernel.revision = 2);
        let message = refusal(&serde_json::to_string(&run).unwrap());
        assert!(
            message.contains("is of revision 2, but the id of case") && message.contains("of revision 1"),
            "{message}"
        );
        for case in &mut run.cases {
            case.id = case.id.replacen('/', ".r2/", 1);
        }
        assert_eq!(run.check(), Ok(()));
    }

    #[test]
    fn a_failed_probe_is_known_by_its_message() {
        let mut run = full();
        let message = "probe convoy: killed by signal 9".into();
        run.failures.push(Failure { case: None, round: Some(2), kind: FailureKind::Killed, message });
        assert!(run.failed_probe("convoy").is_some());
        assert!(run.failed_probe("con").is_none() && run.failed_probe("refcount").is_none());
    }
}

mod files {
    use super::*;

    #[test]
    fn are_replaced_whole_and_leave_nothing_beside_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.html");
        write_whole(&path, b"a long first version").unwrap();
        // Somebody still reading keeps the old file whole: it is replaced, never written into.
        let mut reader = std::fs::File::open(&path).unwrap();
        write_whole(&path, b"second").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"second");
        assert_eq!(std::io::read_to_string(&mut reader).unwrap(), "a long first version");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn that_cannot_be_written_are_named_and_leave_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        std::fs::create_dir(&path).unwrap();
        let message = write_whole(&path, b"text").unwrap_err().to_string();
        assert!(message.starts_with("cannot write") && message.contains("taken"), "{message}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

mod published_schema {
    use super::*;
    use crate::golden::assert_unchanged;

    #[test]
    fn is_up_to_date() {
        let current = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
        let mind = "raise SCHEMA if readers of old runs break";
        assert_unchanged("crates/run/schema/run.schema.json", current.as_bytes(), "published_schema", mind);
    }

    #[test]
    fn admits_every_run_that_we_write() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        for run in [full(), Synthetic::new(1).build()] {
            let document = serde_json::to_value(run).unwrap();
            let complaints: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
            assert_eq!(complaints, [] as [&str; 0]);
        }
    }

    #[test]
    fn admits_nothing_else() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let mut document = serde_json::to_value(full()).unwrap();
        document["cases"][0].as_object_mut().unwrap().remove("samples");
        assert!(!validator.is_valid(&document));
    }
}

mod pairs {
    use super::*;

    /// Two cases, the first twice as slow in every round, while the machine slows down tenfold.
    fn drifting() -> Run {
        let drift = |sample: &mut Sample| sample.parts.compute_ns *= 1 + u64::from(sample.round);
        Synthetic::new(2)
            .noise(0.0)
            .kernel("primes", Bound::Cpu, None)
            .case_with("primes", "serial", (1, 1), 100.0, 100.0, drift)
            .case_with("primes", "threads", (1, 2), 50.0, 100.0, drift)
            .build()
    }

    #[track_caller]
    fn twofold(run: &Run, rounds: usize) {
        let ratios = run.log_ratios(&run.cases[0], &run.cases[1], Metric::Compute);
        assert_eq!(ratios.len(), rounds);
        assert!(ratios.iter().all(|ratio| (ratio - 2_f64.ln()).abs() < 1e-9), "{ratios:?}");
    }

    #[test]
    fn are_made_inside_rounds_and_without_the_discarded_one() {
        let mut run = drifting();
        twofold(&run, 12);
        run.plan.discarded_rounds = 3;
        twofold(&run, 10);
    }

    #[test]
    fn need_both_samples_of_the_round() {
        let mut run = drifting();
        // A sample is missing on either side, and one has no CPU time to compare.
        run.cases[0].samples.remove(4);
        run.cases[1].samples.remove(9);
        twofold(&run, 10);
        (run.cases[0].samples[1].user_ns, run.cases[0].samples[1].system_ns) = (0, 0);
        assert_eq!(run.log_ratios(&run.cases[0], &run.cases[1], Metric::CpuTime).len(), 9);
    }

    #[test]
    fn become_an_estimate_unless_a_case_failed() {
        let mut run = drifting();
        let speedup = run.speedup(&run.cases[1], &run.cases[0]).unwrap();
        assert!((speedup.value - 2.0).abs() < 1e-9 && speedup.n == 12 && speedup.is_bounded(), "{speedup:?}");
        run.cases[1].failed = true;
        assert_eq!(run.speedup(&run.cases[1], &run.cases[0]), None);
    }

    #[test]
    fn of_readings_are_made_inside_rounds_too() {
        let reading = |rounds: &[u32], values: &[f64]| {
            let (probe, name, unit) = ("p".into(), "n".into(), "ns".into());
            Reading {
                probe,
                name,
                unit,
                rounds: rounds.to_vec(),
                values: values.to_vec(),
                opportunities: vec![],
                disturbed: vec![],
            }
        };
        // Nothing could be read in round 2 of the one, and in round 4 of the other.
        let (a, b) = (reading(&[1, 3, 4], &[10.0, 30.0, 40.0]), reading(&[1, 2, 3], &[1.0, 2.0, 3.0]));
        assert_eq!(a.pairs(&b), [(10.0, 1.0), (30.0, 3.0)]);
    }

    #[test]
    fn of_a_case_alone_its_level() {
        let run = drifting();
        let level = run.level(&run.cases[0], Metric::Compute).unwrap();
        // Rounds 1 to 12 take 200 to 1300 ms.
        assert!((level.value - 750e6).abs() < 1e3 && level.n == 12, "{level:?}");
        assert!(run.values(&full().cases[2], Metric::PssPerWorker).is_empty());
    }
}
