//! The history and the exports, asked of the real program: what they refuse and how, and many writers at once.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use common::{gilbench, text};
use gilbench::run::synthetic::Synthetic;
use gilbench::run::{Bound, Run};
use serde_json::Value;

/// A run with this number, in which everything took so many milliseconds.
fn run(number: usize, ms: f64) -> Run {
    let made = Synthetic::new(2).kernel("primes", Bound::Cpu, None).case("primes", "serial", (1, 1), ms, ms);
    let mut run = made.case("primes", "threads", (1, 2), ms / 2.0, ms).build();
    run.started_at = format!("2026-{:02}-{:02}T12:00:00Z", 1 + number / 28, 1 + number % 28);
    run.machine.build.commit = Some(format!("{number:012x}"));
    run
}

/// A folder with a log and what is put into it.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self) -> PathBuf {
        self.path("history.jsonl")
    }

    fn file(&self, name: &str, content: &[u8]) -> String {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    fn run(&self, name: &str, run: &Run) -> String {
        gilbench::run::write(&self.path(name), run).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = gilbench(&["history"]);
        command.args(arguments).arg("--file").arg(self.log());
        command
    }

    /// A log of so many runs, a tenth slower from the twentieth on.
    fn with_a_step(runs: usize) -> Self {
        let place = Self::new();
        let mut random = fastrand::Rng::with_seed(1);
        for number in 0..runs {
            let ms = if number < 20 { 100.0 } else { 115.0 } * (1.0 + 0.01 * (random.f64() - 0.5));
            place.add(&run(number, ms));
        }
        place
    }

    /// Adds without starting a program.
    fn add(&self, run: &Run) {
        let entry = gilbench::track::history::Entry::of(run, None).unwrap();
        gilbench::track::history::append(&self.log(), &entry).unwrap();
    }
}

/// Asserts that the command is refused with one line that has these words, and that the log stays as it was.
fn refuses(place: &Place, mut command: assert_cmd::Command, words: &[&str]) {
    let before = std::fs::read(place.log()).ok();
    let output = command.assert().code(3).get_output().clone();
    let message = text(&output.stderr);
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.starts_with("gilbench: ") && text(&output.stdout).is_empty(), "{message}");
    for word in words {
        assert!(message.contains(word), "no `{word}` in: {message}");
    }
    assert_eq!(std::fs::read(place.log()).ok(), before, "the history is untouched");
}

/// Files that are no run, each with what is said of them.
fn strangers(place: &Place) -> Vec<(String, &'static str)> {
    let good = serde_json::to_string(&run(0, 100.0)).unwrap();
    let mut value: Value = serde_json::from_str(&good).unwrap();
    value["schema"] = 999.into();
    let newer = value.to_string();
    let nan = good.replace("\"elapsed_s\":200.0", "\"elapsed_s\":NaN");
    let negative = good.replacen("\"compute_ns\":", "\"compute_ns\":-", 1);
    let twice = good.replace("primes/threads/2", "primes/serial/1");
    assert!(nan != good && negative != good && twice != good);
    // A gigabyte that takes no room on the disk.
    let rubbish = place.path("rubbish.json");
    std::fs::File::create(&rubbish).unwrap().set_len(1 << 30).unwrap();
    vec![
        (place.file("hyperfine.json", b"{\"results\": [{\"command\": \"ls\"}]}"), "no `schema` field"),
        (place.file("truncated.json", &good.as_bytes()[..good.len() / 2]), "not JSON"),
        (place.file("newer.json", newer.as_bytes()), "use a newer gilbench"),
        (place.file("nan.json", nan.as_bytes()), "not JSON"),
        (place.file("negative.json", negative.as_bytes()), "not a run"),
        (place.file("twice.json", twice.as_bytes()), "is there twice"),
        (place.file("empty.json", b""), "not JSON"),
        (rubbish.to_str().unwrap().to_owned(), "larger than"),
        (place.path("missing.json").to_str().unwrap().to_owned(), "No such file"),
    ]
}

#[test]
fn what_is_no_run_is_refused_and_the_history_untouched() {
    let place = Place::with_a_step(3);
    for (path, words) in strangers(&place) {
        let mut add = place.command(&["add"]);
        add.arg(&path);
        refuses(&place, add, &[&path, words]);
        let out = place.path("out.txt");
        let export = gilbench(&["export", &path, "--format", "csv", "--out", out.to_str().unwrap()]);
        refuses(&place, export, &[&path, words]);
        assert!(!out.exists(), "{path}");
    }
    let good = place.run("good.json", &run(9, 100.0));
    let mut badly_named = place.command(&["add", "--commit", "two words"]);
    badly_named.arg(&good);
    refuses(&place, badly_named, &["names no revision"]);
    place.command(&["add"]).arg(&good).assert().success();
    let mut again = place.command(&["add"]);
    again.arg(&good);
    refuses(&place, again, &["there already, in line 4"]);
}

#[test]
fn what_is_no_history_is_refused_and_untouched() {
    let place = Place::new();
    let good = place.run("good.json", &run(0, 100.0));
    let rubbish = [b"\x7fELF".to_vec(), vec![7; 1 << 20]].concat();
    for content in [&b"time,commit\n1,2\n"[..], &rubbish, good.as_bytes()] {
        std::fs::write(place.log(), content).unwrap();
        for arguments in [&["show"][..], &["check"], &["check", "--json"], &["add", &good]] {
            refuses(&place, place.command(arguments), &["history.jsonl: no history"]);
        }
    }
    std::fs::remove_file(place.log()).unwrap();
    refuses(&place, place.command(&["check"]), &["No such file"]);
    let mut nowhere = gilbench(&["history", "add", &good, "--file", "/proc/nope/history.jsonl"]);
    let output = nowhere.assert().code(3).get_output().clone();
    assert!(text(&output.stderr).contains("cannot write /proc/nope/history.jsonl"));
}

#[test]
fn a_run_is_added_with_its_revision() {
    let place = Place::new();
    let path = place.run("run.json", &run(0, 100.0));
    let output = place.command(&["add", &path, "--commit", "v1.2.3"]).assert().success().get_output().clone();
    assert!(text(&output.stderr).contains("revision v1.2.3, 2 cases"), "{}", text(&output.stderr));
    let path = place.run("other.json", &run(1, 100.0));
    place.command(&["add", &path]).assert().success();
    let lines = std::fs::read_to_string(place.log()).unwrap();
    let commits: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["commit"].clone()).collect();
    assert_eq!(commits, ["v1.2.3", "000000000001"]);
}

#[test]
fn a_check_says_what_changed_and_since_when() {
    let place = Place::with_a_step(45);
    let output = place.command(&["check"]).assert().code(1).get_output().clone();
    let told = text(&output.stdout);
    assert!(told.contains("regression: primes/serial/1: +1") && told.contains("(2026-01-21)"), "{told}");
    assert!(told.contains("2 regressions") && !told.contains('\u{1b}'), "{told}");

    let output = place.command(&["check", "--json", "--case", "*serial*"]).assert().code(1).get_output().clone();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let series = told["series"].as_array().unwrap();
    assert_eq!(series.len(), 1);
    assert_eq!((&series[0]["verdict"], &series[0]["changes"][0]["run"]), (&"regression".into(), &20.into()), "{told}");
    assert_eq!(series[0]["changes"][0]["commit"], "000000000014");

    place.command(&["check", "--last", "10"]).assert().code(0);
    let mut nothing = place.command(&["check", "--case", "nothing/*"]);
    let output = nothing.assert().code(3).get_output().clone();
    assert!(text(&output.stderr).contains("no case matches"), "{}", text(&output.stderr));
}

/// A change older than the last runs is shown and lets the check pass, unless all of them are asked for.
#[test]
fn an_old_change_is_shown_and_accepted() {
    let place = Place::with_a_step(55);
    let output = place.command(&["check"]).assert().code(0).get_output().clone();
    let told = text(&output.stdout);
    assert!(told.contains("accepted: primes/serial/1: +1") && told.contains("0 regressions"), "{told}");
    assert!(told.contains("Only a change within the last 30 runs of a case counts."), "{told}");
    place.command(&["check", "--last", "34"]).assert().code(0);
    place.command(&["check", "--last", "35"]).assert().code(1);
    let output = place.command(&["check", "--last", "all"]).assert().code(1).get_output().clone();
    assert!(text(&output.stdout).contains("regression: primes/serial/1: +1"), "{}", text(&output.stdout));
    for wrong in ["0", "-1", "some"] {
        place.command(&["check", "--last", wrong]).assert().code(2);
    }
}

#[test]
fn too_few_runs_cannot_tell() {
    let place = Place::with_a_step(9);
    let output = place.command(&["check"]).assert().code(2).get_output().clone();
    assert!(text(&output.stdout).contains("2 too short (10 runs are needed)"), "{}", text(&output.stdout));
    let place = Place::with_a_step(19);
    place.command(&["check"]).assert().code(0);
}

#[test]
fn the_trend_fits_the_terminal_and_a_torn_line_is_told() {
    let place = Place::with_a_step(45);
    let mut log = std::fs::read(place.log()).unwrap();
    log.truncate(log.len() - 40);
    std::fs::write(place.log(), &log).unwrap();
    let output = place.command(&["show"]).assert().success().get_output().clone();
    let told = text(&output.stdout);
    assert!(told.contains("line 45, the last one, is torn and was skipped"), "{told}");
    assert!(told.lines().all(|line| line.chars().count() <= 100) && !told.contains('\u{1b}'), "{told}");
    let row = told.lines().find(|line| line.contains("primes/serial/1")).unwrap();
    assert!(row.contains("44") && row.contains('│') && row.contains("✗ +1"), "{told}");
}

/// Real processes, all at once: every line is whole, and every run is there once.
#[test]
fn many_writers_at_once_lose_nothing() {
    let place = Place::new();
    let paths: Vec<String> = (0..12).map(|number| place.run(&format!("{number}.json"), &run(number, 100.0))).collect();
    let start = |path: &String| -> Child {
        Command::new(env!("CARGO_BIN_EXE_gilbench"))
            .args(["history", "add", path, "--file"])
            .arg(place.log())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let writers: Vec<Child> = paths.iter().map(start).collect();
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    let history = gilbench::track::history::read(&place.log()).unwrap();
    assert!(history.notes.is_empty(), "{:?}", history.notes);
    assert_eq!(history.runs.len(), 12);
    let lines = std::fs::read_to_string(place.log()).unwrap();
    assert!(lines.ends_with('\n') && lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
}

/// A writer that is killed at any moment leaves at most a torn last line, and the next one goes on.
#[test]
fn killed_writers_tear_nothing_but_their_own_line() {
    let place = Place::with_a_step(2);
    let before = std::fs::read(place.log()).unwrap();
    for number in 2..10 {
        let path = place.run("run.json", &run(number, 100.0));
        let mut writer = Command::new(env!("CARGO_BIN_EXE_gilbench"))
            .args(["history", "add", &path, "--file"])
            .arg(place.log())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(number as u64 * 2));
        let _ = writer.kill();
        writer.wait().unwrap();
        assert!(std::fs::read(place.log()).unwrap().starts_with(&before));
        let history = gilbench::track::history::read(&place.log()).unwrap();
        assert!(history.runs.len() >= 2);
    }
    place.add(&run(40, 100.0));
    let history = gilbench::track::history::read(&place.log()).unwrap();
    assert_eq!(history.runs.last().unwrap().commit.as_deref(), Some("000000000028"));
}

#[test]
fn exports_are_written_whole_or_printed() {
    let place = Place::with_a_step(30);
    let run_path = place.run("run.json", &run(0, 100.0));
    let output = gilbench(&["export", &run_path, "--format", "gab"]).assert().success().get_output().clone();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told.as_array().unwrap().len(), 2);
    let out = place.path("deep/report.xml");
    let arguments = ["export", &run_path, "--format", "junit", "--out", out.to_str().unwrap()];
    gilbench(&arguments).assert().success().stdout("");
    assert!(roxmltree::Document::parse(&std::fs::read_to_string(&out).unwrap()).is_ok());

    let log = place.log();
    let output =
        gilbench(&["export", log.to_str().unwrap(), "--format", "otava"]).assert().success().get_output().clone();
    assert_eq!(text(&output.stdout).lines().count(), 31);
    refuses(&place, gilbench(&["export", log.to_str().unwrap(), "--format", "bmf"]), &["no place for a history"]);
    let output = gilbench(&["export", &run_path, "--format", "yaml"]).assert().code(2).get_output().clone();
    assert!(text(&output.stderr).contains("possible values: gab, gab-bigger, bmf"), "{}", text(&output.stderr));
}

/// What the consumers themselves say, where they are installed: `pip install junitparser apache-otava`.
#[test]
fn consumers_read_what_is_exported() {
    let place = Place::with_a_step(60);
    let xml = place.path("report.xml");
    let run_path = place.run("run.json", &run(0, 100.0));
    gilbench(&["export", &run_path, "--format", "junit", "--out", xml.to_str().unwrap()]).assert().success();
    let program =
        "import sys, junitparser\nxml = junitparser.JUnitXml.fromfile(sys.argv[1])\nprint(xml.tests, xml.failures)";
    if let Some(told) = python(program, &xml, "junitparser") {
        assert_eq!(told.trim(), "2 0");
    }
    let csv = place.path("history.csv");
    let log = place.log();
    gilbench(&["export", log.to_str().unwrap(), "--format", "otava", "--out", csv.to_str().unwrap()])
        .assert()
        .success();
    let program = "\
import sys
from datetime import datetime, timezone
from otava.data_selector import DataSelector
from otava.importer import CsvImporter
from otava.test_config import CsvMetric, CsvTestConfig
metrics = [CsvMetric('time', -1, 1.0, 'primes/serial/1 time_ns')]
config = CsvTestConfig('primes', sys.argv[1], metrics=metrics, attributes=['commit'])
selector = DataSelector()
selector.since_time, selector.until_time = (datetime(year, 1, 1, tzinfo=timezone.utc) for year in (2020, 2100))
series = CsvImporter().fetch_data(config, selector)
print(len(series.time), len(series.data['time']))
for metric, points in series.analyze().change_points.items():
    for point in points:
        print(point.index)";
    if let Some(told) = python(program, &csv, "otava.importer") {
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[..2], ["60 60", "20"], "it reads every run, and finds the same change: {told}");
    }
}

/// Runs a Python program that needs a package, upon a file; `None`, and a word of it, where there is no such package.
fn python(program: &str, file: &Path, package: &str) -> Option<String> {
    let python = std::env::var("GILBENCH_CONSUMERS_PYTHON").unwrap_or_else(|_| "python3".into());
    let there = Command::new(&python).args(["-c", &format!("import {package}")]).stderr(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        eprintln!("skipped: {python} has no package {package}");
        return None;
    }
    let output = Command::new(&python).args(["-c", program]).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}
