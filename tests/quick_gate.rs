//! `scripts/quick-gate`: one bad run is measured again, two close the gate.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the script with a command of ours in place of gilbench: its runs end with `runs`, its gate with `gates`, one
/// after the other.
fn quick_gate(runs: &[u8], gates: &[u8]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let list = |codes: &[u8]| codes.iter().map(u8::to_string).collect::<Vec<_>>().join("\n") + "\n";
    fs::write(folder.path().join("run"), list(runs)).unwrap();
    fs::write(folder.path().join("gate"), list(gates)).unwrap();
    let command = folder.path().join("gilbench");
    let code = "#!/bin/sh\ncd \"${0%/*}\"\ncode=$(head -n 1 \"$1\")\nsed -i 1d \"$1\"\necho \"$*\"\nexit \"$code\"\n";
    fs::write(&command, code).unwrap();
    fs::set_permissions(&command, fs::Permissions::from_mode(0o755)).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/quick-gate");
    Command::new(script).args([folder.path(), &command]).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_good_run_passes_at_once() {
    let output = quick_gate(&[0], &[0]);
    assert_eq!(output.status.code(), Some(0));
    assert!(!said(&output).contains("attempt 2"), "{}", said(&output));
}

#[test]
fn a_bad_run_is_measured_once_more_and_both_are_told() {
    for (runs, gates) in [(&[0, 0][..], &[1, 0][..]), (&[0, 0], &[2, 0]), (&[3, 0], &[1, 0]), (&[101, 0], &[0])] {
        let output = quick_gate(runs, gates);
        assert_eq!(output.status.code(), Some(0), "{runs:?} {gates:?}: {}", said(&output));
        assert!(said(&output).contains("attempt 1: the run ended with"), "{}", said(&output));
        assert!(said(&output).contains("quick run, attempt 2"), "{}", said(&output));
    }
}

#[test]
fn two_bad_runs_close_it() {
    for (runs, gates) in [(&[0, 0][..], &[1, 1][..]), (&[0, 0], &[2, 2]), (&[3, 3], &[0, 0]), (&[101, 101], &[])] {
        let output = quick_gate(runs, gates);
        assert_eq!(output.status.code(), Some(1), "{runs:?} {gates:?}: {}", said(&output));
    }
}
