//! The command line's contract, asked of the real program: what it refuses and how, what it prints, what it writes.

#[path = "../common/mod.rs"]
mod common;
mod predictions;
mod runs;
mod small;

use std::collections::BTreeMap;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use self::common::{gilbench, text};
use self::small::Small;

/// Asserts that the program refuses the arguments with one line that has these words, and leaves the folder as it was.
fn refuses(arguments: &[&str], words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let output = gilbench(arguments).current_dir(&folder).assert().code(3).get_output().clone();
    let message = text(&output.stderr);
    assert_eq!(message.lines().count(), 1, "{arguments:?}: {message}");
    assert!(message.starts_with("gilbench: "), "{arguments:?}: {message}");
    for word in words {
        assert!(message.contains(word), "{arguments:?}: no `{word}` in: {message}");
    }
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{arguments:?} left {left:?}");
}

#[test]
fn what_cannot_be_meant_is_refused_with_the_remedy() {
    refuses(&["run", "--kernel", "primse"], &["no kernel matches `primse`", "there are", "primes"]);
    refuses(&["run", "--kernel", "["], &["`[` is no pattern"]);
    refuses(&["run", "--model", "fibers"], &["no model matches `fibers`", "there are", "threads"]);
    refuses(&["run", "--probe", "latency-*"], &["no probe matches `latency-*`"]);
    refuses(&["run", "--workers", "0"], &["0 workers", "ask for 1 or more"]);
    refuses(&["run", "--workers", "2,1000000"], &["1000000 workers", "ask for fewer"]);
    refuses(&["run", "--budget", "0s"], &["budget under one second", "60s"]);
    refuses(&["run", "--switch-interval", "0s"], &["switch interval", "5ms", "1us"]);
    refuses(&["run", "--switch-interval", "1h"], &["switch interval", "5ms", "10s"]);
    refuses(&["run", "--kernel", "none"], &["nothing is left to measure", "choose at least one kernel"]);
    refuses(&["run", "--model", "none"], &["nothing is left to measure"]);
}

#[test]
fn a_folder_that_cannot_be_written_to_is_refused_before_measuring() {
    refuses(&["run", "--out", "/proc/nope"], &["cannot write to /proc/nope", "--out"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    let below = file.path().join("reports");
    for path in [file.path(), &below] {
        let path = path.to_str().unwrap();
        refuses(&["run", "--out", path], &["cannot write to", path, "--out"]);
    }
    assert_eq!(file.as_file().metadata().unwrap().len(), 0, "the file in the way is untouched");
}

#[test]
fn wrong_usage_is_told_the_right_usage() {
    for (arguments, words) in [
        (["run", "--profile", "fast"], "[possible values: quick, standard, full]"),
        (["run", "--budget", "soon"], "write a number with its unit"),
        (["run", "--workers", "two"], "invalid digit"),
        (["list", "kernals", "--json"], "'kernels'"),
    ] {
        let output = gilbench(&arguments).assert().code(2).get_output().clone();
        let message = text(&output.stderr);
        assert!(message.starts_with("error: ") && message.contains(words), "{arguments:?}: {message}");
    }
}

#[test]
fn help_names_every_command() {
    let output = gilbench(&["--help"]).assert().success().get_output().clone();
    let help = text(&output.stdout);
    for command in [
        "run",
        "list",
        "report",
        "claims",
        "ab",
        "compare",
        "gate",
        "trace",
        "validate",
        "predict",
        "history",
        "export",
        "doctor",
        "completions",
    ] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(&format!("{command} "))), "{command}: {help}");
    }
    assert!(help.contains("Exit codes:"), "{help}");
    for shell in ["bash", "zsh", "fish"] {
        let output = gilbench(&["completions", shell]).assert().success().get_output().clone();
        assert!(text(&output.stdout).contains("switch-interval"), "{shell}");
    }
}

#[test]
fn list_shows_the_catalogues() {
    let output = gilbench(&["list", "--json"]).assert().success().get_output().clone();
    let lists: BTreeMap<String, Vec<BTreeMap<String, String>>> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(lists.keys().collect::<Vec<_>>(), ["claims", "kernels", "models", "panels", "probes"]);
    for (section, entries) in &lists {
        for entry in entries {
            let keys: Vec<_> = entry.keys().map(String::as_str).collect();
            let expected: &[&str] = if section == "kernels" { &["bound", "id", "summary"] } else { &["id", "summary"] };
            assert_eq!(keys, expected, "{section}");
            assert!(entry.values().all(|value| !value.is_empty()), "{section}: {entry:?}");
        }
    }
    let has = |section: &str, id: &str| lists[section].iter().any(|entry| entry["id"] == id);
    assert!(has("kernels", "primes") && has("models", "gil-hybrid") && has("claims", "gil-serialises-cpu"));
    assert!(lists["kernels"].iter().all(|kernel| ["cpu", "io", "mixed"].contains(&kernel["bound"].as_str())));

    let output = gilbench(&["list", "kernels"]).assert().success().get_output().clone();
    let listed = text(&output.stdout);
    assert!(lists["kernels"].iter().all(|kernel| listed.contains(&kernel["id"])), "{listed}");
    assert!(!listed.contains("gil-hybrid"), "only what was asked for: {listed}");
}

#[test]
fn the_doctor_speaks_json() {
    let output = gilbench(&["doctor", "--json"]).assert().get_output().clone();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = told["findings"].as_array().unwrap();
    assert!(findings.iter().all(|one| one["what"].is_string() && one["grade"].is_string() && one["found"].is_string()));
    let workers: Vec<_> = findings.iter().filter(|one| one["what"].as_str().unwrap().starts_with("workers")).collect();
    assert_eq!(workers.len(), 2, "{told}");
    assert!(workers.iter().all(|one| one["grade"] == "good"), "{workers:?}");
    assert!(told["machine"]["cpu"]["usable"].is_u64());
    // Whether this machine is fit is its own affair, but both answers must agree.
    assert_eq!(output.status.code(), Some(if told["fit"] == true { 0 } else { 2 }));
}

/// Runs the program with a standard output, and perhaps standard error, that nobody reads.
fn unread(arguments: &[&str], with_stderr: bool) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gilbench"));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::piped());
    if with_stderr {
        command.stderr(writer.try_clone().unwrap());
    }
    command.stdout(writer).output().unwrap()
}

#[test]
fn a_reader_that_goes_away_is_no_catastrophe() {
    for arguments in [&["list"][..], &["list", "--json"], &["completions", "bash"], &["--help"]] {
        let output = unread(arguments, false);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        assert_eq!(text(&output.stderr), "", "{arguments:?}");
    }
    // As in `gilbench 2>&1 | head -1`: the measurement is finished and kept.
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let output = unread(&[&Small::ARGUMENTS[..], &["--out", out]].concat(), true);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(folder.path().join("index.html").exists());
}

#[test]
fn a_trace_is_written_for_perfetto() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deep/scene.json");
    let arguments = ["trace", "--kernel", "crawl-50", "--workers", "3", "--time", "40ms", "--out"];
    let output =
        gilbench(&[&arguments[..], &[file.to_str().unwrap()]].concat()).assert().success().get_output().clone();
    let told = text(&output.stdout);
    for words in ["crawl-50/gil/3", "hand-overs", "worker 2", "longest wait"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(text(&output.stderr).contains("ui.perfetto.dev"), "{}", text(&output.stderr));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let events = document["traceEvents"].as_array().unwrap();
    for phase in ["X", "s", "f", "M"] {
        assert!(events.iter().any(|event| event["ph"] == phase), "{phase}");
    }
    refuses(&["trace", "--kernel", "primse"], &["there is no kernel `primse`", "primes"]);
    refuses(&["trace", "--model", "threads"], &["`threads` has no lock to trace", "gil-legacy"]);
    refuses(&["trace", "--workers", "0"], &["0 workers"]);
}
