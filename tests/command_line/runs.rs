//! `run`, and what reads its results again.

use std::path::Path;
use std::process::Output;

use gilbench::run::CaseResult;
use serde_json::Value;

use crate::common::{gilbench, text};
use crate::refuses;
use crate::small::Small;

#[test]
fn a_run_writes_its_results_and_its_page() {
    let small = Small::json();
    assert_eq!(small.files.keys().collect::<Vec<_>>(), ["history.jsonl", "index.html", "latest.json"]);
    let page = &small.files["index.html"];
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    let run = small.run();
    assert_eq!(run.failures, []);
    for model in ["serial", "threads", "gil"] {
        let mut cases = run.cases.iter().filter(|case| case.kernel == "primes" && case.model == model);
        assert!(cases.all(|case| !case.samples.is_empty()) && run.model(model).is_some(), "{model}");
    }
}

#[test]
fn the_results_are_what_the_published_schema_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = std::fs::read_to_string(root.join("crates/run/schema/run.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let results: Value = serde_json::from_str(Small::json().results()).unwrap();
    let complaints: Vec<_> =
        schema.iter_errors(&results).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn json_on_standard_output_is_the_document_and_nothing_else() {
    let Output { stdout, stderr, .. } = &Small::json().output;
    assert_eq!(text(stdout), Small::json().results());
    assert!(!text(stderr).contains('{'), "{}", text(stderr));
}

#[test]
fn a_pipe_gets_no_escape_sequences() {
    let small = Small::new(&[]);
    for stream in [&small.output.stdout, &small.output.stderr] {
        assert!(!stream.is_empty() && !stream.contains(&0x1b), "{}", text(stream));
    }
    assert!(text(&small.output.stdout).contains("Verdicts"));
    assert!(text(&small.output.stderr).contains("/latest.json"), "it says where the results are");
}

#[test]
fn the_same_seed_gives_the_same_order() {
    let (one, other) = (Small::json().run(), Small::new(&["--seed", "7"]).run());
    assert_eq!(one.cases.len(), other.cases.len());
    let mut compared = 0;
    for (one, other) in one.cases.iter().zip(&other.cases) {
        assert_eq!(one.id, other.id);
        // The machine decides how many rounds the time is enough for, and what is disturbed and repeated in its round;
        // rounds that both have must agree.
        let places = |case: &CaseResult| {
            let mut places: Vec<_> = case.samples.iter().map(|sample| (sample.round, sample.position)).collect();
            places.dedup();
            places
        };
        for (a, b) in places(one).into_iter().zip(places(other)) {
            assert_eq!(a, b, "{}", one.id);
            compared += 1;
        }
    }
    assert!(compared >= one.cases.len(), "at least one round of every case");
}

#[test]
fn claims_are_judged_from_a_file() {
    let results = Small::json().file();
    let output = gilbench(&["claims", results.path().to_str().unwrap(), "--json"]).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 2)), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let claims = told["claims"].as_array().unwrap();
    assert_eq!(claims.len(), gilbench::claim::ALL.len());
    for claim in claims {
        for key in ["id", "statement", "unit", "rule", "reason"] {
            assert!(claim[key].as_str().is_some_and(|text| !text.is_empty()), "{key} of {claim}");
        }
        for key in ["value", "low", "high"] {
            let number = claim.get(key).unwrap_or_else(|| panic!("no {key} in {claim}"));
            assert!(number.is_null() || number.is_number(), "{key} of {claim}");
        }
        let verdict = claim["verdict"].as_str().unwrap();
        assert!(["supported", "refuted", "inconclusive", "not-measured"].contains(&verdict), "{claim}");
    }
}

#[test]
fn the_page_can_be_written_again() {
    let (small, folder) = (Small::json(), tempfile::tempdir().unwrap());
    let (results, page) = (small.file(), folder.path().join("sub/page.html"));
    let (results, out) = (results.path().to_str().unwrap(), page.to_str().unwrap());
    gilbench(&["report", results, "--out", out]).assert().success();
    assert_eq!(std::fs::read_to_string(&page).unwrap(), small.files["index.html"]);
}

#[test]
fn files_that_are_no_runs_are_refused() {
    let newer = {
        let mut results: Value = serde_json::from_str(Small::json().results()).unwrap();
        results["schema"] = 999.into();
        results.to_string()
    };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    for (path, words) in [
        ("no-such-file.json".to_owned(), "No such file"),
        (folder.path().to_str().unwrap().to_owned(), "directory"),
        (file("empty.json", b""), "not JSON"),
        (file("binary.json", b"\xff\xfe\x00"), "UTF-8"),
        (file("other.json", b"{\"results\": []}"), "expected a run written by `gilbench run`"),
        (file("hollow.json", b"{\"schema\": 1}"), "not a run: missing field"),
        (file("newer.json", newer.as_bytes()), "use a newer gilbench"),
    ] {
        for command in ["claims", "report"] {
            refuses(&[command, &path], &[&path, words]);
        }
    }
}
