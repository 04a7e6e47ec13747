//! Laws of what is kept, and of the log under two writers and torn lines.

mod a_check;
mod an_order;

use std::fs;
use std::path::PathBuf;

use super::fixture::entry;
use super::*;
use crate::run::synthetic::Synthetic;
use crate::run::{Bound, Role, Run};

/// A run of two cases that took so many milliseconds.
fn run(ms: f64, started_at: &str) -> Run {
    let made = Synthetic::new(2).kernel("primes", Bound::Cpu, None).case("primes", "serial", (1, 1), ms, ms);
    let mut run = made.case("primes", "threads", (1, 2), ms / 2.0, ms).build();
    run.started_at = started_at.into();
    run.machine.build.commit = Some("0123456789ab".into());
    run
}

/// A log in a folder of its own.
fn log() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("deep/history.jsonl");
    (folder, path)
}

fn lines(path: &PathBuf) -> Vec<String> {
    fs::read_to_string(path).expect("the log is there").lines().map(Into::into).collect()
}

mod an_entry {
    use super::*;

    #[test]
    fn keeps_the_levels_and_not_the_samples() {
        let run = run(100.0, "2026-01-01T00:00:00Z");
        let entry = Entry::of(&run, None).unwrap();
        assert_eq!(entry.commit.as_deref(), Some("0123456789ab"));
        assert_eq!(entry.cases.len(), 2);
        let (id, kept) = &entry.cases[0];
        let level = run.level(&run.cases[0], crate::run::Metric::Compute).unwrap();
        assert_eq!((&**id, kept.n, kept.time_ns.value), ("primes/serial/1", 12, level.value.round() as u64));
        assert_eq!(kept.time_ns.low, Some(level.low.round() as u64));
        let line = String::from_utf8(entry.line()).unwrap();
        assert!(line.len() < 700, "{} bytes for two cases: {line}", line.len());
        assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), entry, "it is read as it was written");
    }

    #[test]
    fn is_refused_when_it_says_what_cannot_be() {
        let good = run(100.0, "2026-01-01T00:00:00Z");
        let said = |run: &Run, commit| Entry::of(run, commit).unwrap_err().to_string();
        let mut twice = good.clone();
        twice.cases.push(twice.cases[0].clone());
        assert!(said(&twice, None).contains("`primes/serial/1` is there twice"), "{}", said(&twice, None));
        let mut timeless = good.clone();
        timeless.started_at = "yesterday".into();
        assert!(said(&timeless, None).contains("is no time"));
        let mut nothing = good.clone();
        nothing.cases.iter_mut().for_each(|case| case.samples.clear());
        assert!(said(&nothing, None).contains("nothing to keep"));
        for commit in ["", "two words", "line\nbreak", &"x".repeat(65)] {
            assert!(said(&good, Some(commit)).contains("names no revision"), "{commit:?}");
        }
        assert_eq!(Entry::of(&good, Some("v1.2")).unwrap().commit.as_deref(), Some("v1.2"));
    }

    #[test]
    fn knows_whether_the_instrument_was_qualified() {
        let mut run = run(100.0, "2026-01-01T00:00:00Z");
        assert_eq!(Entry::of(&run, None).unwrap().qualified, None, "there was no A/A arm");
        let mut twin = run.cases[1].clone();
        (twin.id, twin.role) = ("primes/threads/2@twin".into(), Role::Twin);
        run.cases.push(twin);
        let entry = Entry::of(&run, None).unwrap();
        assert_eq!(entry.qualified, Some(true));
        assert_eq!(entry.cases.len(), 2, "the arm is no case of its own");
        run.cases[2].samples.iter_mut().for_each(|sample| sample.parts.compute_ns *= 2);
        assert_eq!(Entry::of(&run, None).unwrap().qualified, Some(false));
    }

    #[test]
    fn leaves_out_what_failed() {
        let mut run = run(100.0, "2026-01-01T00:00:00Z");
        run.cases[0].failed = true;
        let entry = Entry::of(&run, None).unwrap();
        assert_eq!(entry.cases.iter().map(|(id, _)| &**id).collect::<Vec<_>>(), ["primes/threads/2"]);
    }
}

mod the_log {
    use super::*;

    #[test]
    fn is_read_in_the_order_in_which_it_was_written_whatever_the_clocks_say() {
        let (_folder, path) = log();
        for (ms, at) in [(3.0, "2026-01-03"), (1.0, "2026-01-01"), (2.0, "2026-01-02")] {
            append(&path, &Entry::of(&run(ms, &format!("{at}T00:00:00Z")), None).unwrap()).unwrap();
        }
        let history = read(&path).unwrap();
        assert_eq!(history.runs.iter().map(Past::day).collect::<Vec<_>>(), ["2026-01-03", "2026-01-01", "2026-01-02"]);
        let serial: Vec<u64> = history.series[0].points.iter().map(|point| point.kept.time_ns.value).collect();
        assert!(serial[0] > 2_900_000 && serial[1] < 1_100_000, "{serial:?}");
        assert_eq!(history.series[0].points.iter().map(|point| point.run).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(history.notes.is_empty());
    }

    #[test]
    fn keeps_a_run_once() {
        let (_folder, path) = log();
        let one = Entry::of(&run(100.0, "2026-01-01T00:00:00Z"), None).unwrap();
        append(&path, &one).unwrap();
        let before = fs::read(&path).unwrap();
        let message = append(&path, &one).unwrap_err().to_string();
        assert!(message.contains("history.jsonl") && message.contains("there already, in line 1"), "{message}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn that_is_none_is_refused_and_left_as_it_is() {
        let one = entry(0, "here", &[("a/serial/1", 1e6)]);
        let run = serde_json::to_string(&run(1.0, "2026-01-01T00:00:00Z")).unwrap();
        for content in ["hello\n", "{\"results\": []}\n", "\u{0}\u{1}\u{2}", &run, "[]", "\n\n"] {
            let (_folder, path) = log();
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            for message in [append(&path, &one).unwrap_err().to_string(), read(&path).unwrap_err().to_string()] {
                assert!(message.contains("history.jsonl: no history"), "{content:.20}: {message}");
            }
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        let folder = tempfile::tempdir().unwrap();
        assert!(append(folder.path(), &one).is_err() && read(folder.path()).is_err(), "a folder is no log");
    }

    #[test]
    fn skips_lines_of_newer_versions_and_strangers_and_says_so() {
        let (_folder, path) = log();
        append(&path, &entry(0, "here", &[("a/serial/1", 1e6)])).unwrap();
        let newer = r#"{"kind":"history","schema":99,"shape":"unknown"}"#;
        let twice = lines(&path)[0].clone();
        let mut rest = lines(&path)[0].replace("0000000000000000", "0000000000000001");
        let dup = r#""cases":{"a":{"n":1,"time_ns":[1,1,1]},"a":{"n":1,"time_ns":[1,1,1]}}}"#;
        let doubled = format!("{}{dup}", rest.split("\"cases\"").next().unwrap()).replace("0001\"", "0002\"");
        let zero = rest.replace("[1000000,990000,1010000]", "[0,0,0]").replace("0001\"", "0003\"");
        let odd = rest.replace("[1000000,990000,1010000]", "[1000000,2000000,3000000]").replace("0001\"", "0004\"");
        let negative = rest.replace("[1000000,990000", "[-1000000,990000").replace("0001\"", "0005\"");
        rest.push('\n');
        let strange = [newer, "garbage", &twice, &doubled, &zero, &odd, &negative, "{\"schema\":98}"].join("\n");
        let content = fs::read_to_string(&path).unwrap() + &strange + "\n" + &rest;
        fs::write(&path, content).unwrap();
        let history = read(&path).unwrap();
        assert_eq!(history.runs.len(), 2, "{:?}", history.notes);
        assert_eq!(history.notes.len(), 2, "{:?}", history.notes);
        assert!(history.notes[0].starts_with("6 lines are no entry and skipped, the first in line 3"));
        assert!(
            history.notes[1].starts_with("2 lines were written by a newer gilbench and skipped, the first in line 2")
        );
    }

    #[test]
    fn does_not_hold_a_line_that_is_too_long() {
        let (_folder, path) = log();
        append(&path, &entry(0, "here", &[("a/serial/1", 1e6)])).unwrap();
        let mut content = fs::read(&path).unwrap();
        content.extend(std::iter::repeat_n(b'x', 40 << 20));
        content.push(b'\n');
        fs::write(&path, &content).unwrap();
        append(&path, &entry(1, "here", &[("a/serial/1", 1e6)])).unwrap();
        let history = read(&path).unwrap();
        assert_eq!(history.runs.len(), 2);
        assert!(history.notes[0].starts_with("line 2 is no entry"), "{:?}", history.notes);
    }

    /// Whatever a crash leaves of the last line: the lines before it are read, and the next one stands by itself.
    #[test]
    fn survives_a_line_torn_at_any_byte() {
        let (_folder, path) = log();
        for number in 0..2 {
            append(&path, &entry(number, "here", &[("a/serial/1", 1e6)])).unwrap();
        }
        let whole = fs::read(&path).unwrap();
        let third = entry(2, "here", &[("a/serial/1", 1e6)]);
        let line = third.line();
        for cut in 0..=line.len() {
            fs::write(&path, [&whole[..], &line[..cut]].concat()).unwrap();
            let history = read(&path).unwrap();
            // All but the end of the line is the whole of what it says.
            let there = cut >= line.len() - 1;
            assert_eq!(history.runs.len(), 2 + usize::from(there), "cut at {cut}");
            assert_eq!(history.notes.len(), usize::from(cut > 0 && !there), "cut at {cut}: {:?}", history.notes);

            let torn = append(&path, &entry(3, "here", &[("a/serial/1", 1e6)])).unwrap();
            assert_eq!(torn, cut > 0 && cut < line.len(), "cut at {cut}");
            // And the run that was torn can be added again.
            assert_eq!(append(&path, &third).is_ok(), !there, "cut at {cut}");
            let history = read(&path).unwrap();
            assert_eq!(history.runs.len(), 4, "cut at {cut}: {:?}", history.notes);
            assert!(fs::read(&path).unwrap().starts_with(&whole), "cut at {cut}");
        }
        for cut in 0..line.len() - 1 {
            fs::write(&path, &line[..cut]).unwrap();
            assert_eq!(read(&path).unwrap().runs.len(), 0, "a first line, cut at {cut}");
            append(&path, &third).unwrap();
            assert_eq!(read(&path).unwrap().runs.len(), 1, "a first line, cut at {cut}");
        }
    }

    #[test]
    fn has_whole_lines_whoever_writes_at_once() {
        let (_folder, path) = log();
        let cases: Vec<String> = (0..50).map(|case| format!("kernel-{case}/threads/2")).collect();
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let (path, cases) = (&path, &cases);
                scope.spawn(move || {
                    for number in 0..10 {
                        let times: Vec<_> = cases.iter().map(|id| (id.as_str(), 1e6)).collect();
                        append(path, &entry(writer * 10 + number, "here", &times)).unwrap();
                    }
                });
            }
        });
        let history = read(&path).unwrap();
        assert!(history.notes.is_empty(), "{:?}", history.notes);
        assert_eq!((history.runs.len(), lines(&path).len()), (80, 80));
        assert!(history.series.iter().all(|series| series.points.len() == 80));
    }

    #[test]
    fn of_machines_side_by_side_has_series_of_each() {
        let entries = (0..6).map(|number| entry(number, ["here", "there"][number % 2], &[("a/serial/1", 1e6)]));
        let history = History::of(entries);
        assert_eq!((history.machines.len(), history.series.len()), (2, 2));
        assert!(history.series.iter().all(|series| series.points.len() == 3));
    }
}
