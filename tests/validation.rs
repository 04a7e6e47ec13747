//! `gilbench validate` against interpreters that are none, against bad ones, and against every real one found here.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use gilbench::run::validation::{Validation, read_validation};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

const DRIVER: &str = include_str!("../scripts/driver.py");

/// What an interpreter says of itself, in a shell script.
const HELLO: &str = r#"echo 'gilbench:{"implementation":"CPython","version":"3.99.0","build":"fake","executable":"/fake","lock":"gil","missing":[]}'"#;

/// A folder with fake interpreters in it.
struct Fakes(tempfile::TempDir);

impl Fakes {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn add(&self, name: &str, script: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn out(&self) -> PathBuf {
        self.0.path().join("reports")
    }

    /// Validates these, in little time.
    fn validate(&self, python: &[&Path], more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gilbench"));
        command.arg("validate").args(["--budget", "1s", "--stall-limit", "1s", "--cell", "sleep/workers-1/*"]);
        command.arg("--out").arg(self.out()).args(more);
        if !python.is_empty() {
            command.arg("--python").args(python);
        }
        let nowhere = self.0.path().join("nowhere");
        command.env("PATH", "/bin:/usr/bin").env("HOME", &nowhere).env_remove("PYENV_ROOT").output().unwrap()
    }

    /// What is said of the one interpreter given, which the user named: it fails.
    #[track_caller]
    fn refused(&self, path: &Path, reason: &str) {
        let output = self.validate(&[path], &["--json"]);
        let validation: Validation = serde_json::from_slice(&output.stdout).unwrap();
        let said: Vec<&str> = validation.skipped.iter().map(|skipped| skipped.reason.as_str()).collect();
        assert!(said.len() == 1 && said[0].contains(reason), "{said:?} does not say `{reason}`");
        assert_eq!(output.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&output.stderr).contains(&path.display().to_string()));
    }
}

#[test]
fn files_that_are_no_interpreters_are_named_with_the_reason() {
    let fakes = Fakes::new();
    fakes.refused(Path::new("/no/such/python"), "cannot be started: No such file");
    let text = fakes.0.path().join("text");
    fs::write(&text, "hello").unwrap();
    fakes.refused(&text, "cannot be started");
    fakes.refused(Path::new("/bin/true"), "ended by itself with exit status 0");
    fakes.refused(&fakes.add("crashes", "kill -SEGV $$"), "was killed by signal 11");
    fakes.refused(&fakes.add("gives-up", "echo 'no libpython' >&2; exit 7"), "exit status 7: no libpython");
    fakes.refused(&fakes.add("hangs", "sleep 1000"), "did not answer within 1 s");
    fakes.refused(&fakes.add("babbles", "yes rubbish"), "prints rubbish without end, such as `rubbish`");
    fakes.refused(&fakes.add("nonsense", "echo 'gilbench:{\"x\": 1}'; sleep 1000"), "answered rubbish");
    let lacking = HELLO.replace("[]", r#"["threading"]"#);
    fakes.refused(&fakes.add("lacks", &lacking), "lacks `threading`");
    let other = HELLO.replace("CPython", "PyPy");
    fakes.refused(&fakes.add("other", &other), "is PyPy 3.99.0, whose lock is not CPython's");
}

#[test]
fn whoever_fails_later_is_kept_with_the_cause() {
    let fakes = Fakes::new();
    let half = fakes.add("half", &format!("{HELLO}; read line; echo bye >&2; exit 9"));
    let stuck =
        fakes.add("stuck", &format!("{}; sleep 1000", HELLO.replace("/fake", "/stuck").replace("3.99.0", "3.98.0")));
    let mad = HELLO.replace("/fake", "/mad").replace("3.99.0", "3.97.0");
    let mad = fakes.add("mad", &format!("{mad}; while read line; do echo 'gilbench:{{\"cpu_ns\": -5}}'; done"));
    let output = fakes.validate(&[&half, &stuck, &mad], &["--json"]);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let validation = read_validation(&fakes.out().join("validation.json")).unwrap();
    let causes: Vec<&str> = validation.interpreters.iter().map(|one| one.failure.as_deref().unwrap()).collect();
    assert!(causes[0].contains("exit status 9: bye"), "{causes:?}");
    assert!(causes[1].contains("did not answer within"), "{causes:?}");
    assert!(causes[2].contains("without the number"), "{causes:?}");
}

#[test]
fn nobody_found_is_said_and_nothing_is_overwritten() {
    let fakes = Fakes::new();
    let nowhere = fakes.0.path().join("nowhere");
    let mut command = Command::new(env!("CARGO_BIN_EXE_gilbench"));
    command.arg("validate").arg("--out").arg(fakes.out()).env("PATH", &nowhere).env("HOME", &nowhere);
    let output = command.env_remove("PYENV_ROOT").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stdout).contains("No CPython interpreter was found"));
    assert!(!fakes.out().join("validation.json").exists());
}

#[test]
fn a_pattern_that_matches_nothing_is_refused() {
    let fakes = Fakes::new();
    let output = fakes.validate(&[], &["--cell", "nonsense/*"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no cell matches `nonsense/*`"));
}

/// Real interpreters: every one under pyenv, and the system's.
fn real() -> Vec<PathBuf> {
    let home = std::env::var("HOME").unwrap_or_default();
    let versions = fs::read_dir(Path::new(&home).join(".pyenv/versions")).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|version| version.path().join("bin/python")).collect();
    found.push("/usr/bin/python3".into());
    found.retain(|path| path.exists());
    found.sort();
    if found.is_empty() {
        eprintln!("skipped: no Python interpreter is installed under pyenv or in /usr/bin");
    }
    found
}

/// The first and the last of them, or all if `GILBENCH_PYTHONS` is `all`.
fn some_real() -> Vec<PathBuf> {
    let mut found = real();
    if found.len() > 2 && std::env::var_os("GILBENCH_PYTHONS").is_none_or(|which| which != "all") {
        found.drain(1..found.len() - 1);
    }
    found
}

/// Has an interpreter answer requests; the first answer is its hello.
fn answers(python: &Path, requests: &[Value]) -> Vec<Value> {
    let mut child = Command::new(python)
        .args(["-E", "-s", "-S", "-u", "-c", DRIVER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = child.stdin.take().unwrap();
    for request in requests {
        writeln!(line, "{request}").unwrap();
    }
    drop(line);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let answers = lines.map(|line| serde_json::from_str(line.unwrap().strip_prefix("gilbench:").unwrap()).unwrap());
    let answers = answers.collect();
    assert!(child.wait().unwrap().success(), "{}", python.display());
    answers
}

#[test]
fn every_real_interpreter_runs_the_driver() {
    for python in real() {
        let n = 20_000;
        let said = answers(
            &python,
            &[
                json!({"do": "alone", "body": "count", "iterations": n}),
                json!({"do": "alone", "body": "watch", "iterations": n}),
                json!({"do": "alone", "body": "notice", "iterations": n}),
                json!({"do": "threads", "body": "shared", "threads": 3, "iterations": n, "interval_us": 1000}),
                json!({"do": "hand-overs", "threads": 2, "iterations": 60 * n, "interval_us": 500}),
                json!({"do": "processes", "workers": 3, "iterations": n}),
                json!({"do": "mixed", "workers": 2, "tasks": 5, "iterations": 100, "sleep_us": 100}),
                json!({"do": "echo", "workers": 1, "beside": 1, "duration_us": 10, "delay_us": 0, "port": 1}),
                json!({"do": "something else"}),
            ],
        );
        let name = python.display();
        let two = said[0]["version"].as_str().unwrap().starts_with("2.");
        assert!(two == (said[0]["lock"] == "ticks"), "{name}: {}", said[0]);
        assert_eq!(said[0]["missing"], json!([]), "{name}");
        for answer in &said[1..8] {
            assert!(answer["wall_ns"].as_f64().unwrap() > 0.0 && answer["cpu_ns"].is_number(), "{name}: {answer}");
        }
        assert!(said[4]["base_ns"].as_f64().unwrap() > 0.0 && said[4]["voluntary"].is_number(), "{name}: {}", said[4]);
        assert!(said[5]["count"].as_f64().unwrap() > 0.0, "{name}: {}", said[5]);
        assert!(said[8]["error"].as_str().unwrap().to_lowercase().contains("refused"), "{name}: {}", said[8]);
        assert!(said[9]["error"].is_string(), "{name}: {}", said[9]);
    }
}

#[test]
fn no_module_of_the_current_folder_or_the_environment_is_executed() {
    let all = some_real();
    let hostile = tempfile::tempdir().unwrap();
    let mark = hostile.path().join("executed");
    let script = format!("open({mark:?}, 'a').write(__file__ + '\\n')\n");
    for name in ["json", "socket", "threading", "platform", "linecache", "sitecustomize", "usercustomize", "startup"] {
        fs::write(hostile.path().join(name).with_extension("py"), &script).unwrap();
    }
    // A path relative to the folder that the user is in still means that folder.
    if let Some(python) = all.first() {
        std::os::unix::fs::symlink(python, hostile.path().join("mine")).unwrap();
    }
    let relative = Path::new("./mine").to_path_buf();
    for python in all.iter().chain(all.first().map(|_| &relative)) {
        let output = Command::new(env!("CARGO_BIN_EXE_gilbench"))
            .args(["validate", "--json", "--budget", "10ms", "--cell", "sleep/workers-1/*", "--out", "reports"])
            .arg("--python")
            .arg(python)
            .current_dir(&hostile)
            .env("PYTHONPATH", hostile.path())
            .env("PYTHONSTARTUP", hostile.path().join("startup.py"))
            .output()
            .unwrap();
        let name = python.display();
        let validation: Validation = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(fs::read_to_string(&mark).unwrap_or_default(), "", "{name}");
        let one = validation.interpreters.first().unwrap_or_else(|| panic!("{name}: {:?}", validation.skipped));
        assert!(one.failure.is_none() && one.rounds >= 2, "{name}: {one:?}");
    }
}

#[test]
fn a_real_one_is_measured_beside_a_broken_one() {
    let Some(python) = real().pop() else { return };
    let fakes = Fakes::new();
    let broken = fakes.add("broken", "exit 1");
    let output = fakes.validate(&[&broken, &python], &["--cell", "convoy/at-once/beside-0/*"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("sleep/workers-1/rate") && text.contains("Skipped: "), "{text}");
    let validation = read_validation(&fakes.out().join("validation.json")).unwrap();
    let one = &validation.interpreters[0];
    assert!(one.failure.is_none() && one.rounds >= 2 && one.matching.len() == 5, "{one:?}");
    for cell in &one.cells {
        assert!(cell.rounds.len() >= 2 && cell.real.unwrap() > 0.0 && cell.simulated.unwrap() > 0.0, "{cell:?}");
    }
    let sleep = one.cells.iter().find(|cell| cell.cell == "sleep/workers-1/rate").unwrap();
    assert!(sleep.error.unwrap().abs() < 0.5, "{sleep:?}");
}

#[test]
fn an_interruption_keeps_what_is_measured() {
    let Some(python) = real().pop() else { return };
    let fakes = Fakes::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_gilbench"))
        .args(["validate", "--budget", "300s", "--cell", "sleep/*", "--python"])
        .arg(&python)
        .arg("--out")
        .arg(fakes.out())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("round 2")));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let asked = Instant::now();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(asked.elapsed() < Duration::from_secs(5));
    let validation = read_validation(&fakes.out().join("validation.json")).unwrap();
    assert!(validation.partial.is_some());
    assert!(validation.interpreters[0].rounds >= 1 && !validation.interpreters[0].cells[0].rounds.is_empty());
}
