//! The command line's contract, asked of the real program: what it refuses and how, what it prints, what it writes.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use gilbench::run::Run;
use serde_json::Value;

fn gilbench(arguments: &[&str]) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_gilbench"));
    command.args(arguments).env_remove("CI").env_remove("NO_COLOR");
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

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

/// What a small real run printed and wrote.
struct Small {
    output: Output,
    files: BTreeMap<String, String>,
}

impl Small {
    const ARGUMENTS: [&str; 14] = [
        "run",
        "--kernel",
        "primes",
        "--kernel",
        "control",
        "--model",
        "serial",
        "--model",
        "threads",
        "--model",
        "gil",
        "--budget",
        "2s",
        "--switch-interval=500us",
    ];

    fn new(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().to_str().unwrap();
        let mut command = gilbench(&[&Self::ARGUMENTS, more, &["--out", out]].concat());
        let output = command.assert().success().get_output().clone();
        let file = |entry: std::io::Result<std::fs::DirEntry>| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap())
        };
        Self { output, files: std::fs::read_dir(&folder).unwrap().map(file).collect() }
    }

    /// The one that most tests look at.
    fn json() -> &'static Self {
        static ONE: OnceLock<Small> = OnceLock::new();
        ONE.get_or_init(|| Self::new(&["--json", "--seed", "7"]))
    }

    fn results(&self) -> &str {
        &self.files["latest.json"]
    }

    fn run(&self) -> Run {
        gilbench::run::read(self.file().path()).unwrap()
    }

    /// Its results in a file of the caller's own.
    fn file(&self) -> tempfile::NamedTempFile {
        let file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
        std::fs::write(file.path(), self.results()).unwrap();
        file
    }
}

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
    let schema = std::fs::read_to_string(root.join("reports/run.schema.json")).unwrap();
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
        // The machine decides how many rounds the time is enough for; those that both have must agree.
        for (a, b) in one.samples.iter().zip(&other.samples) {
            assert_eq!((a.round, a.position), (b.round, b.position), "{}", one.id);
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

#[test]
fn predictions_come_with_their_constants_and_their_check() {
    let file = Small::json().file();
    let run = file.path().to_str().unwrap();
    let question = ["predict", "--cpu-us", "300", "--io-us", "2000", "--workers", "8", "--cores", "64", "--run", run];
    let output = gilbench(&question).assert().success().get_output().clone();
    let told = text(&output.stdout);
    for words in ["8 workers on 64 cores", "extrapolated: this machine has", "checked: ", "wake-up", "gil-hybrid"] {
        assert!(told.contains(words), "no `{words}` in: {told}");
    }
    let output =
        gilbench(&[&question[..], &["--json", "--model", "gil*"]].concat()).assert().success().get_output().clone();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["extrapolated"], true);
    assert!(told["constants"]["wake_up_ns"]["value"].is_number() && told["check"]["cells"].is_array());
    let models: Vec<_> =
        told["prediction"].as_array().unwrap().iter().map(|one| one["model"].as_str().unwrap()).collect();
    assert_eq!(models, ["gil", "gil-legacy", "gil-per-interpreter", "gil-hybrid"]);

    let output = gilbench(&["predict", "--check", run]).assert().success().get_output().clone();
    let told = text(&output.stdout);
    assert!(told.contains("primes/gil/") && told.contains("median error"), "{told}");
    let output = gilbench(&["predict", "--check", run, "--json"]).assert().success().get_output().clone();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(told["check"]["median_error"].is_number(), "{told}");
}

#[test]
fn predictions_that_cannot_be_meant_are_refused() {
    refuses(&["predict", "--cpu-us", "300"], &["reports/latest.json", "`gilbench run`"]);
    refuses(&["predict", "--check"], &["reports/latest.json", "`gilbench run`"]);
    let file = Small::json().file();
    let run = file.path().to_str().unwrap();
    let refuses_question = |arguments: &[&str], words: &[&str]| {
        refuses(&[&["predict", "--run", run], arguments].concat(), words);
    };
    refuses_question(&[], &["neither computes nor waits", "--cpu-us"]);
    refuses_question(&["--cpu-us", "-5"], &["CPU time of -5 µs", "makes no sense"]);
    refuses_question(&["--io-us", "NaN"], &["IO time of NaN µs"]);
    refuses_question(&["--io-us", "1e300"], &["makes no sense"]);
    refuses_question(&["--cpu-us", "1", "--workers", "0"], &["0 workers", "ask for 1 or more"]);
    refuses_question(&["--cpu-us", "1", "--workers", "9999999"], &["9999999 workers", "ask for fewer"]);
    refuses_question(&["--cpu-us", "1", "--cores", "0"], &["0 cores"]);
    refuses_question(&["--cpu-us", "1", "--cores", "9999999"], &["9999999 cores", "ask for fewer"]);
    refuses_question(&["--cpu-us", "1", "--interval", "0s"], &["switch interval", "5ms"]);
    refuses_question(&["--cpu-us", "1", "--interval", "1h"], &["switch interval"]);
    refuses_question(&["--cpu-us", "1", "--safepoint-us", "0"], &["safepoints 0 µs apart"]);
    refuses_question(&["--cpu-us", "1", "--model", "fibers"], &["no model matches `fibers`", "gil-hybrid"]);
    let output = gilbench(&["predict", "--check", run, "--cores", "4"]).assert().code(2).get_output().clone();
    assert!(text(&output.stderr).contains("cannot be used with"), "one or the other");
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
