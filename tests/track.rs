//! `scripts/track`, as any CI system would call it: exit codes, results, and a real slowdown caught.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gilbench::Suite;
use gilbench::kernel::Bound;

/// How many times a step does its work: this very program is both revisions, told apart by this variable.
const WORK: &str = "GILBENCH_TEST_WORK";

fn suite() -> Suite {
    let times = std::env::var(WORK).ok().and_then(|times| times.parse().ok()).unwrap_or(1_u64);
    Suite::empty().kernel_fn("spin", Bound::Cpu, move |step| {
        // The same checksum however often it is computed, so that both do the same work as far as anyone can see.
        (0..times).fold(0, |_, _| (0..300).fold(step | 1, |x, _| std::hint::black_box(x ^ (x << 13) ^ (x >> 7))))
    })
}

#[test]
fn gilbench_worker_entry() {
    gilbench::worker_entry(&suite());
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/track")
}

/// A revision whose steps do their work so many times.
fn executable(folder: &Path, name: &str, times: u64) -> PathBuf {
    let this = std::env::current_exe().unwrap();
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{WORK}={times} exec '{}' \"$@\"\n", this.display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn git(checkout: &Path, arguments: &[&str]) {
    let author = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
    let output = Command::new("git").args(author).args(arguments).current_dir(checkout).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A checkout with one commit.
fn checkout() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q"]);
    fs::write(folder.path().join("readme"), "nothing").unwrap();
    git(folder.path(), &["add", "readme"]);
    git(folder.path(), &["commit", "-qm", "first"]);
    folder
}

fn track(checkout: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(script());
    command.args(arguments).current_dir(checkout).env("TRACK_OUT", "out").env("TRACK_TARGET", "builds");
    command.env("TRACK_GILBENCH", env!("CARGO_BIN_EXE_gilbench")).envs(environment.iter().copied());
    command.output().unwrap()
}

fn compared(base: u64, head: u64) -> (Option<i32>, tempfile::TempDir, String) {
    let folder = checkout();
    let (base, head) = (executable(folder.path(), "base", base), executable(folder.path(), "head", head));
    let environment = [
        ("TRACK_BASE_EXE", base.to_str().unwrap()),
        ("TRACK_HEAD_EXE", head.to_str().unwrap()),
        ("TRACK_BUDGET", "6s"),
        ("TRACK_ARGS", "--model serial"),
    ];
    let output = track(folder.path(), &["HEAD"], &environment);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), folder, said)
}

/// Twice the work is a regression; on a machine that tests keep busy it may take another look to be sure of it.
#[test]
fn a_slowdown_is_caught() {
    let mut said = String::new();
    for _ in 0..4 {
        let (code, folder, words) = compared(1, 2);
        assert!(matches!(code, Some(1 | 2)), "{code:?}: {words}");
        if code == Some(1) {
            let left = |name: &str| fs::read_to_string(folder.path().join("out").join(name)).unwrap();
            assert!(left("ab.json").contains("spin/serial/1"));
            assert!(left("summary.md").contains("spin/serial/1"), "{}", left("summary.md"));
            assert!(left("junit.xml").contains("<failure"), "{}", left("junit.xml"));
            return;
        }
        said = words;
    }
    panic!("never caught: {said}");
}

#[test]
fn the_same_revision_is_no_regression() {
    let (code, _folder, said) = compared(1, 1);
    assert!(matches!(code, Some(0 | 2)), "{code:?}: {said}");
}

/// Without a base the head is measured by itself: a sentence, exit code 2, and the head's run and history are there.
#[test]
fn a_base_that_does_not_build_or_is_too_old_is_skipped() {
    let folder = checkout();
    fs::write(folder.path().join("compiles"), "since now").unwrap();
    git(folder.path(), &["add", "compiles"]);
    git(folder.path(), &["commit", "-qm", "second"]);
    let gilbench = env!("CARGO_BIN_EXE_gilbench");
    // The first revision does not build; the second is this very program.
    let build = format!("test -f compiles && mkdir -p $CARGO_TARGET_DIR && cp '{gilbench}' $CARGO_TARGET_DIR/program");
    let environment = [
        ("TRACK_BUILD", build.as_str()),
        ("TRACK_EXE", "program"),
        ("TRACK_BUDGET", "4s"),
        // With more workers than processors, samples are not disturbed by the tests that run beside this one.
        ("TRACK_RUN_ARGS", "--kernel primes --model threads --workers 64 --probe none"),
    ];
    let old = folder.path().join("old");
    fs::write(&old, "#!/bin/sh\necho 'error: unrecognized subcommand' >&2\nexit 2\n").unwrap();
    fs::set_permissions(&old, fs::Permissions::from_mode(0o755)).unwrap();
    let too_old = [("TRACK_BASE_EXE", old.to_str().unwrap())];
    for (more, words) in [(&[][..], "the base does not build"), (&too_old, "the base cannot be asked by `ab`")] {
        let output = track(folder.path(), &["HEAD~1", "HEAD"], &[&environment[..], more].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        let last = said.lines().last().unwrap();
        assert!(last.starts_with("track: skipped: nothing to compare with: ") && last.contains(words), "{said}");
        let left = |name: &str| fs::read_to_string(folder.path().join("out").join(name)).unwrap();
        assert!(left("summary.md").contains(words) && left("summary.md").contains("primes/threads/64"));
        assert!(
            left("head/latest.json").contains("primes/threads/64") && left("junit.xml").contains("primes/threads/64")
        );
        assert!(!folder.path().join("out/ab.json").exists());
    }
    let history = fs::read_to_string(folder.path().join("out/head/history.jsonl")).unwrap();
    assert_eq!(history.lines().count(), 2, "both runs of the head were kept");
}

#[test]
fn what_cannot_be_compared_is_said_in_a_line_with_exit_code_3() {
    let folder = checkout();
    let refused = |arguments: &[&str], environment: &[(&str, &str)], words: &str| {
        let output = track(folder.path(), arguments, environment);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {said}");
        assert!(said.lines().last().is_some_and(|line| line.starts_with("track: ") && line.contains(words)), "{said}");
    };
    refused(&[], &[], "usage: scripts/track BASE_REV");
    refused(&["no-such-revision"], &[], "there is no revision `no-such-revision`");
    refused(&["--upload-pack=x"], &[], "there is no revision `--upload-pack=x`");
    refused(&["HEAD"], &[("TRACK_BASE_EXE", "/no/such/file")], "/no/such/file, given as the base, is no executable");
    refused(&["HEAD"], &[("TRACK_BUILD", "exit 7")], "the head does not build");
    refused(&["HEAD"], &[("TRACK_BUILD", "true")], "left no release/gilbench");
    let left = Command::new("git").args(["worktree", "list"]).current_dir(&folder).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&left.stdout).lines().count(), 1, "no checkout is left behind");
}
