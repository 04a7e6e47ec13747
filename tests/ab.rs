//! Two executables beside each other, and what is made of documents: asked of the real program.

mod common;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{gilbench, text};
use gilbench::run::Run;
use gilbench::run::comparison::{Comparison, read_comparison};
use serde_json::Value;

const GILBENCH: &str = env!("CARGO_BIN_EXE_gilbench");

/// A program of the test's own making.
fn script(folder: &Path, name: &str, lines: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Asserts that two executables are refused in one line with these words, and that nothing is left behind.
fn refuses(base: &str, head: &str, words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let arguments = ["ab", base, head, "--budget", "20s", "--kernel", "primes", "--stall-limit", "1s"];
    let mut command = gilbench(&arguments);
    let output = command.current_dir(&folder).env("TMPDIR", temporary.path()).assert().code(3).get_output().clone();
    let message = text(&output.stderr);
    assert_eq!(message.lines().count(), 1, "{message}");
    for word in words {
        assert!(message.contains(word), "no `{word}` in: {message}");
    }
    assert_eq!(text(&output.stdout), "");
    for place in [&folder, &temporary] {
        let left: Vec<_> = std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.is_empty(), "{left:?} was left");
    }
}

/// Whether no process has these words as its command line, any more after a while: a killed one takes its time.
fn is_gone(words: &str) -> bool {
    let lives = || {
        let all = std::fs::read_dir("/proc").unwrap().flatten();
        let lines = all.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
        lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ")).any(|line| line.trim() == words)
    };
    let until = Instant::now() + Duration::from_secs(10);
    while lives() {
        if Instant::now() > until {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

#[test]
fn files_that_are_no_executables_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "text").unwrap();
    let at = |path: &Path| path.to_str().unwrap().to_owned();
    refuses("/nonexistent/gilbench", GILBENCH, &["/nonexistent/gilbench", "no executable to compare", "No such file"]);
    refuses(GILBENCH, "/nonexistent/gilbench", &["/nonexistent/gilbench", "no executable to compare"]);
    refuses(GILBENCH, &at(folder.path()), &["not a file"]);
    refuses(GILBENCH, &at(&plain), &["may not be executed", "chmod +x"]);
    std::fs::set_permissions(&plain, std::fs::Permissions::from_mode(0o755)).unwrap();
    refuses(GILBENCH, &at(&plain), &["plain", "(head)"]);
}

#[test]
fn programs_that_are_no_bench_of_ours_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    // A sleep of its own, that would outlive a shell which is killed alone.
    let hang = script(folder.path(), "hang", "sleep 987654321 & wait");
    let crash = script(folder.path(), "crash", "kill -SEGV $$");
    let rubbish = script(folder.path(), "rubbish", "while :; do echo rubbish; done");
    let liar = script(folder.path(), "liar", "echo 'gilbench:{\"no\": \"hello\"}'; sleep 60");
    let fails = script(folder.path(), "fails", "echo 'no such option' >&2; exit 4");
    let newer = script(
        folder.path(),
        "newer",
        "echo 'gilbench:{\"protocol\":99,\"generator\":\"gilbench 9.9\",\"build\":{\"compiler\":\"\",\"flags\":\"\",\
         \"target\":\"\",\"commit\":null}}'; sleep 60",
    );
    let at = |path: &PathBuf| path.to_str().unwrap().to_owned();
    refuses(GILBENCH, &at(&hang), &["hang", "(head)", "did not answer within 1 s", "gilbench::main"]);
    assert!(is_gone("sleep 987654321"), "its children were ended with it");
    refuses(&at(&crash), GILBENCH, &["crash", "(base)", "killed by signal 11"]);
    refuses(GILBENCH, &at(&rubbish), &["prints rubbish without end", "`rubbish`"]);
    refuses(GILBENCH, &at(&liar), &["answered rubbish", "no"]);
    refuses(GILBENCH, &at(&fails), &["exit status 4", "no such option"]);
    refuses(GILBENCH, &at(&newer), &["gilbench 9.9", "another protocol (99, here 1)"]);
}

#[test]
fn what_cannot_be_meant_is_refused_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (&["--kernel", "primse"][..], "no kernel matches `primse`"),
        (&["--budget", "0s"], "budget under one second"),
        (&["--workers", "0"], "ask for 1 or more"),
        (&["--model", "none"], "nothing is left"),
        (&["--out", "/proc/nope"], "cannot write to /proc/nope"),
    ] {
        let arguments = [&["ab", GILBENCH, GILBENCH], arguments].concat();
        let output = gilbench(&arguments).current_dir(&folder).assert().code(3).get_output().clone();
        let message = text(&output.stderr);
        assert!(message.contains(words) && message.lines().count() == 1, "{arguments:?}: {message}");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "{arguments:?}");
    }
    gilbench(&["ab", GILBENCH, GILBENCH, "--margin", "-1"]).assert().code(2);
}

/// A comparison of this program with itself: short, of one case.
fn itself(out: &Path, more: &[&str]) -> std::process::Output {
    let out = out.to_str().unwrap();
    let arguments =
        ["ab", GILBENCH, GILBENCH, "--kernel", "primes", "--model", "serial", "--budget", "6s", "--out", out];
    gilbench(&[&arguments, more].concat()).assert().get_output().clone()
}

#[test]
fn a_program_beside_itself() {
    let folder = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let output = itself(folder.path(), &["--json", "--seed", "7"]);
    let took = began.elapsed();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let comparison = read_comparison(&folder.path().join("ab.json")).unwrap();
    assert_eq!(told["failures"].as_array().unwrap().len(), 0, "{}", told["failures"]);
    // Whether this machine is quiet enough to say so is its own affair, but the code follows from what is told.
    let verdict = told["cases"][0]["verdict"].as_str().unwrap();
    let code = match (verdict, told["qualified"].as_bool().unwrap()) {
        ("regression", true) => 1,
        ("inconclusive" | "too-noisy", _) | (_, false) => 2,
        _ => 0,
    };
    assert_eq!(output.status.code(), Some(code), "{verdict}");
    assert_eq!(told["cases"][0]["case"], "primes/serial/1");
    assert!(told["cases"][0]["ratio"].as_f64().unwrap() > 0.0 && told["a_a"]["ratio"].as_f64().unwrap() > 0.0);
    is_what_was_asked(&comparison);
    // Four times the time allowed is a machine that stands still, not a comparison that does not end.
    assert!(took < Duration::from_secs(24), "{took:?}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing but ab.json is left");

    // What was printed can be gated as well as what was written.
    let printed = folder.path().join("printed.json");
    std::fs::write(&printed, &output.stdout).unwrap();
    let written = folder.path().join("ab.json");
    let gated = |path: &Path| gilbench(&["gate", path.to_str().unwrap(), "--json"]).assert().get_output().clone();
    let findings =
        |path: &Path| -> Value { serde_json::from_slice::<Value>(&gated(path).stdout).unwrap()["findings"].clone() };
    assert_eq!(findings(&printed), findings(&written));
    let lenient = folder.path().join("policy.toml");
    let rule = "unqualified = 'pass'\npartial = 'pass'\n[[cases]]\nmatch = '*'\nmargin = 1.0\ninconclusive = 'pass'\n";
    std::fs::write(&lenient, rule).unwrap();
    gilbench(&["gate", "--policy", lenient.to_str().unwrap(), written.to_str().unwrap()]).assert().code(0);
}

fn is_what_was_asked(comparison: &Comparison) {
    assert_eq!(comparison.base.sha256, comparison.head.sha256);
    assert_eq!(comparison.base.sha256.len(), 64);
    assert_eq!(comparison.plan.seed, 7);
    let [case] = &comparison.cases[..] else { panic!("{:?}", comparison.cases) };
    assert!(case.steps > 0 && case.rounds.len() > 1, "{} rounds", case.rounds.len());
    // The pilot comes first, and a small case leaves time for judged rounds.
    assert!(case.pilot.len() > 1 && comparison.plan.planned_rounds > 0, "{} pilot rounds", case.pilot.len());
    for round in &case.rounds {
        let mut positions = [round.base.position, round.copy.position, round.head.position];
        positions.sort_unstable();
        assert_eq!(positions, [0, 1, 2], "one after the other");
        assert!([round.base, round.copy, round.head].iter().all(|sample| sample.compute_ns > 0 && sample.start_ns > 0));
    }
    // Over three rounds each takes each place once.
    let places = |arm: fn(&gilbench::run::PairedRound) -> u8| -> u8 { case.rounds[..3].iter().map(arm).sum() };
    if case.rounds.len() >= 3 {
        assert_eq!([places(|r| r.base.position), places(|r| r.copy.position), places(|r| r.head.position)], [3, 3, 3]);
    }
}

#[test]
fn an_interruption_keeps_what_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(GILBENCH)
        .args(["ab", GILBENCH, GILBENCH, "--kernel", "primes", "--model", "serial", "--budget", "10m", "--out"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It tells the rounds of every other second; by the sixth there is something to keep.
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let round = |line: &str| line.strip_prefix("round ")?.split(',').next()?.parse::<u32>().ok();
    // The pilot has five rounds, counted from 0 as well.
    assert!(lines.any(|line| round(&line.unwrap()).is_some_and(|round| round >= 5)));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let comparison = read_comparison(&folder.path().join("ab.json")).unwrap();
    assert!(comparison.partial.as_ref().is_some_and(|why| why.contains("interrupted")), "{:?}", comparison.partial);
    assert!(comparison.cases[0].rounds.len() >= 2);
}

/// A run without clocks.
fn run(threads_ms: f64) -> Run {
    gilbench::run::synthetic::Synthetic::new(2)
        .rounds(31)
        .kernel("primes", gilbench::kernel::Bound::Cpu, None)
        .case("primes", "serial", (1, 1), 100.0, 100.0)
        .case("primes", "threads", (1, 2), threads_ms, 100.0)
        .qualified()
}

#[test]
fn runs_are_compared_with_the_exit_code_that_fits() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, run: &Run| -> String {
        let path = folder.path().join(name);
        gilbench::run::write(&path, run).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (base, slower) = (file("base.json", &run(50.0)), file("slower.json", &run(60.0)));
    let output = gilbench(&["compare", &base, &slower]).assert().code(1).get_output().clone();
    let said = text(&output.stdout);
    assert!(said.contains("REGRESSION primes/threads/2: +20.") && said.contains("times decide"), "{said}");
    gilbench(&["compare", &base, &base]).assert().code(0);
    let output = gilbench(&["compare", &slower, &base, "--json"]).assert().code(0).get_output().clone();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(told["outcome"] == "pass" && told["cases"].as_array().unwrap().len() == 3, "{told}");

    let mut elsewhere = run(50.0);
    elsewhere.machine.cpu.model = "Another CPU".into();
    let elsewhere = file("elsewhere.json", &elsewhere);
    let output = gilbench(&["compare", &base, &elsewhere]).assert().code(0).get_output().clone();
    let said = text(&output.stdout);
    assert!(said.contains("Times are not compared") && said.contains("Another CPU"), "{said}");
    assert!(!said.contains("time a step"), "{said}");

    let half = std::fs::read(&base).unwrap();
    std::fs::write(folder.path().join("half.json"), &half[..half.len() / 2]).unwrap();
    let torn = folder.path().join("half.json");
    for arguments in [["compare", &base, torn.to_str().unwrap()], ["compare", "/nonexistent.json", &base]] {
        let output = gilbench(&arguments).assert().code(3).get_output().clone();
        assert_eq!(text(&output.stderr).lines().count(), 1, "{arguments:?}");
    }
}

#[test]
fn a_gate_over_a_run_follows_its_policy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    gilbench::run::write(&path, &run(50.0)).unwrap();
    let gate = |policy: &str| {
        let file = folder.path().join("policy.toml");
        std::fs::write(&file, policy).unwrap();
        let arguments = ["gate", "--policy", file.to_str().unwrap(), path.to_str().unwrap()];
        gilbench(&arguments).assert().get_output().clone()
    };
    let rule = |bound: &str| gate(&format!("[[ratios]]\nmatch = '*/threads/*'\n{bound}\n"));
    assert_eq!(rule("most = 0.6").status.code(), Some(0));
    let closed = rule("most = 0.4");
    assert_eq!(closed.status.code(), Some(1));
    assert!(text(&closed.stdout).contains("at most 0.4 is allowed"), "{}", text(&closed.stdout));
    assert_eq!(rule("most = 0.5").status.code(), Some(2));
    let wrong = gate("[[ratios]]\nmatch = '*'\nmots = 0.4\n");
    assert_eq!(wrong.status.code(), Some(3));
    assert!(text(&wrong.stderr).contains("policy.toml: no policy: line 3: unknown field `mots`"), "{wrong:?}");
    let pathless = gilbench(&["gate", "/nonexistent.json"]).assert().code(3).get_output().clone();
    assert!(text(&pathless.stderr).contains("/nonexistent.json"));
}
