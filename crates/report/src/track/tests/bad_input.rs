//! Files that are not what they should be.

use std::path::Path;

use super::{Law, Made};
use crate::run::Bound;
use crate::run::comparison::{Document, read_comparison, read_either};
use crate::run::synthetic::Synthetic;

fn file(content: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content).unwrap();
    file
}

/// What is said of such a file, in one line that begins with its name.
fn refused(content: &[u8]) -> String {
    let file = file(content);
    let error = read_either(file.path()).unwrap_err().to_string();
    assert!(error.starts_with(file.path().to_str().unwrap()) && error.lines().count() == 1, "{error}");
    error
}

fn comparison() -> serde_json::Value {
    serde_json::to_value(Made::new().rounds(3).case("a/serial/1", Law::SAME).build()).unwrap()
}

fn run() -> serde_json::Value {
    let made = Synthetic::new(2).kernel("primes", Bound::Cpu, None).case("primes", "serial", (1, 1), 100.0, 100.0);
    serde_json::to_value(made.build()).unwrap()
}

/// A document after something was done to it.
fn changed(mut value: serde_json::Value, change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    change(&mut value);
    serde_json::to_vec(&value).unwrap()
}

#[test]
fn both_kinds_are_read_as_written() {
    let made = Made::new().rounds(3).case("a/serial/1", Law::SAME).build();
    let written = file(&serde_json::to_vec(&made).unwrap());
    assert_eq!(read_either(written.path()).unwrap(), Document::Comparison(Box::new(made.clone())));
    assert_eq!(read_comparison(written.path()).unwrap(), made);
    // As `ab --json` prints it, inside of what was concluded.
    let printed = serde_json::json!({"kind": "ab", "schema": 1, "cases": [], "comparison": made});
    let printed = file(&serde_json::to_vec(&printed).unwrap());
    assert_eq!(read_either(printed.path()).unwrap(), Document::Comparison(Box::new(made)));
    let written = file(&serde_json::to_vec(&run()).unwrap());
    assert!(matches!(read_either(written.path()).unwrap(), Document::Run(_)));
}

#[test]
fn what_is_no_document_of_ours_is_refused() {
    let whole = serde_json::to_vec(&comparison()).unwrap();
    assert!(refused(&whole[..whole.len() / 2]).contains("not JSON: EOF"));
    assert!(refused(b"").contains("not JSON"));
    assert!(refused(b"\xff\xfe\x00").contains("not text"));
    assert!(refused(b"[1, 2]").contains("no `schema` field"));
    assert!(refused(br#"{"results": [{"command": "sleep 1", "mean": 1.0}]}"#).contains("no `schema` field"));
    assert!(refused(br#"{"schema": 1, "benchmarks": []}"#).contains("not a run: missing field"));
    assert!(refused(br#"{"schema": 1, "kind": "ab"}"#).contains("no comparison: missing field"));
    assert!(refused(&changed(comparison(), |value| value["schema"] = 99.into())).contains("use a newer gilbench"));
    assert!(refused(&changed(run(), |value| value["schema"] = 99.into())).contains("use a newer gilbench"));
    let missing = read_either(Path::new("/nonexistent/ab.json")).unwrap_err().to_string();
    assert!(missing.contains("/nonexistent/ab.json"), "{missing}");
    let folder = read_either(Path::new("/")).unwrap_err().to_string();
    assert!(folder.contains("directory"), "{folder}");
}

#[test]
fn numbers_that_cannot_be_are_refused() {
    let time = |value: serde_json::Value| {
        changed(comparison(), |document| document["cases"][0]["rounds"][0]["head"]["compute_ns"] = value)
    };
    assert!(refused(&time((-5).into())).contains("no comparison: invalid value: integer `-5`"));
    assert!(refused(&time(serde_json::Value::Null)).contains("no comparison"));
    let text = String::from_utf8(serde_json::to_vec(&comparison()).unwrap()).unwrap();
    assert!(refused(text.replace("\"elapsed_s\":60.0", "\"elapsed_s\":NaN").as_bytes()).contains("not JSON"));
    assert!(
        refused(text.replace("\"elapsed_s\":60.0", "\"elapsed_s\":-1.0").as_bytes()).contains("a time is negative")
    );
    let margin = changed(comparison(), |document| document["plan"]["margin"] = (-1).into());
    assert!(refused(&margin).contains("a margin of -1 makes no sense"));
    let samples = changed(run(), |document| document["cases"][0]["samples"][0]["parts"]["compute_ns"] = (-5).into());
    assert!(refused(&samples).contains("not a run: invalid value: integer `-5`"));
}

#[test]
fn names_given_twice_are_refused() {
    let twice = |document: &mut serde_json::Value| {
        let case = document["cases"][0].clone();
        document["cases"].as_array_mut().unwrap().push(case);
    };
    assert!(refused(&changed(comparison(), twice)).contains("case `a/serial/1` is there twice"));
    assert!(refused(&changed(run(), twice)).contains("case `primes/serial/1` is there twice"));
    let rounds = changed(run(), |document| document["cases"][0]["samples"][1]["round"] = 0.into());
    assert!(refused(&rounds).contains("two undisturbed samples of one round"));
}

#[test]
fn a_file_without_end_is_not_read_to_its_end() {
    let file = tempfile::NamedTempFile::new().unwrap();
    // A hole: a gigabyte that takes no room.
    file.as_file().set_len(1 << 30).unwrap();
    let error = read_either(file.path()).unwrap_err().to_string();
    assert!(error.contains("larger than 256 MiB"), "{error}");
    let error = read_either(Path::new("/dev/zero")).unwrap_err().to_string();
    assert!(error.contains("larger than 256 MiB"), "{error}");
}
