//! The scripts that continuous integration calls, tried on checkouts made for the purpose: which revision is compared, with
//! whose configuration each is built, and that no job's line of the history is lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gilbench::run::Bound;
use gilbench::run::synthetic::Synthetic;

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(name)
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let author = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main"];
    let output = Command::new("git").args(author).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn executable(path: &Path, text: &str) -> PathBuf {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_owned()
}

fn commit(folder: &Path, file: &str, content: &str) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-qm", file]);
}

/// A checkout in a folder of its own, so that what is built beside it goes with the folder.
fn checkout() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let checkout = folder.path().join("checkout");
    fs::create_dir(&checkout).unwrap();
    git(&checkout, &["init", "-q"]);
    (folder, checkout)
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What both executables print, as `scripts/track` would have them measured: `base|head`.
fn compared(checkout: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let stand_in = executable(
        &checkout.parent().unwrap().join("stand-in"),
        "#!/bin/sh\ncase $1 in ab) mkdir -p out; echo \"$($2)|$($3)\" > out/ab.json ;; export) : > \"${6:-/dev/null}\" ;; esac\n",
    );
    let mut command = Command::new(script("track"));
    command.args(arguments).current_dir(checkout).env("TRACK_OUT", "out").env("TRACK_TARGET", "builds");
    command.env("TRACK_GILBENCH", stand_in).env_remove("RUSTFLAGS").envs(environment.iter().copied());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    fs::read_to_string(checkout.join("out/ab.json")).unwrap().trim().to_owned()
}

/// The head's flags are no part of the base's build: slow ones would otherwise slow both down, and be equivalent.
#[test]
fn each_revision_is_built_with_its_own_configuration() {
    let (_folder, checkout) = checkout();
    fs::write(checkout.join(".gitignore"), "out\nbuilds\n").unwrap();
    commit(&checkout, "Cargo.toml", "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    commit(&checkout, "src/main.rs", "fn main() { println!(\"{}\", if cfg!(slow) { \"slow\" } else { \"fast\" }) }\n");
    commit(&checkout, ".cargo/config.toml", "[build]\nrustflags = [\"--cfg\", \"slow\"]\n");
    let environment = [("TRACK_BUILD", "cargo build --release --offline"), ("TRACK_EXE", "release/p")];
    assert_eq!(compared(&checkout, &["HEAD~1"], &environment), "fast|slow");
    assert_eq!(compared(&checkout, &["HEAD~1", "HEAD"], &environment), "fast|slow", "both beside the checkout");
    let left: Vec<_> =
        fs::read_dir(checkout.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "nothing is left beside the checkout: {left:?}");
}

/// Of a merge, the base is what it was merged into: what others landed after the branch began is on both sides.
#[test]
fn a_pull_request_is_not_blamed_for_what_others_landed() {
    let (_folder, checkout) = checkout();
    fs::write(checkout.join(".gitignore"), "out\nbuilds\n").unwrap();
    commit(&checkout, "theirs", "old");
    git(&checkout, &["checkout", "-q", "-b", "branch"]);
    commit(&checkout, "mine", "new");
    git(&checkout, &["checkout", "-q", "main"]);
    commit(&checkout, "theirs", "slow");
    git(&checkout, &["merge", "-q", "--no-ff", "-m", "merge", "branch"]);
    let build = "mkdir -p $CARGO_TARGET_DIR && printf '#!/bin/sh\\necho %s,%s\\n' \"$(cat theirs)\" \"$(cat mine 2>&- || echo none)\" \
                 > $CARGO_TARGET_DIR/program && chmod +x $CARGO_TARGET_DIR/program";
    let environment = [("TRACK_BUILD", build), ("TRACK_EXE", "program")];
    assert_eq!(compared(&checkout, &["auto"], &environment), "slow,none|slow,new");
    commit(&checkout, "mine", "newer");
    assert_eq!(compared(&checkout, &["auto"], &environment), "slow,new|slow,newer", "of no merge, the commit before");
}

#[test]
fn what_git_refuses_is_told_in_its_own_words() {
    let (_folder, checkout) = checkout();
    commit(&checkout, "readme", "nothing");
    let mut command = Command::new(script("track"));
    let output =
        command.arg("HEAD").current_dir(&checkout).env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        said(&output).contains("dubious ownership") && said(&output).contains("safe.directory"),
        "{}",
        said(&output)
    );
    let nowhere = tempfile::tempdir().unwrap();
    let output = Command::new(script("track")).arg("HEAD").current_dir(&nowhere).output().unwrap();
    assert!(said(&output).contains("not a git repository"), "{}", said(&output));
}

/// A bare repository, a checkout of it, and a run to be kept.
struct Kept {
    folder: tempfile::TempDir,
}

impl Kept {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q", "--bare", "bare"]);
        let kept = Self { folder };
        for (name, number) in [("mine", 1.0), ("other", 2.0)] {
            git(kept.folder.path(), &["clone", "-q", "bare", name]);
            let made =
                Synthetic::new(2).kernel("primes", Bound::Cpu, None).case("primes", "serial", (1, 1), number, number);
            let mut run = made.build();
            run.started_at = format!("2026-01-0{number:.0}T00:00:00Z");
            gilbench::run::write(&kept.path(&format!("{name}.json")), &run).unwrap();
        }
        commit(&kept.path("mine"), "readme", "nothing");
        git(&kept.path("mine"), &["push", "-q", "origin", "HEAD:refs/heads/main"]);
        git(&kept.path("other"), &["pull", "-q", "origin", "main"]);
        kept
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn keep(&self, who: &str, gilbench: &Path, attempts: &str) -> Output {
        let mut command = Command::new(script("keep-history"));
        command.arg(self.path(&format!("{who}.json"))).arg(self.path(&format!("{who}-history")));
        command.current_dir(self.path(who)).env("KEEP_GILBENCH", gilbench).env("KEEP_ATTEMPTS", attempts);
        command.output().unwrap()
    }

    fn lines(&self) -> usize {
        git(&self.path("bare"), &["show", "bench-history:history.jsonl"]).lines().count()
    }
}

/// Another job pushes between this one's fetch and its push: both lines are there afterwards.
#[test]
fn a_competing_push_costs_no_line_of_the_history() {
    let kept = Kept::new();
    let gilbench = Path::new(env!("CARGO_BIN_EXE_gilbench"));
    let (keep, mark) = (script("keep-history"), kept.path("mark"));
    let inner = format!(
        "cd '{}' && KEEP_GILBENCH='{}' '{}' '{}' '{}'",
        kept.path("other").display(),
        gilbench.display(),
        keep.display(),
        kept.path("other.json").display(),
        kept.path("other-history").display()
    );
    let meanwhile = executable(
        &kept.path("meanwhile"),
        &format!(
            "#!/bin/bash\nif [ ! -e '{0}' ]; then touch '{0}'; ({inner}) || exit 9; fi\nexec '{1}' \"$@\"\n",
            mark.display(),
            gilbench.display()
        ),
    );
    let output = kept.keep("mine", &meanwhile, "3");
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("attempt 1 of 3 was refused"), "{}", said(&output));
    assert_eq!(kept.lines(), 2, "{}", said(&output));
    // The same run once more is there already, which is no failure.
    let output = kept.keep("mine", gilbench, "3");
    assert!(output.status.success() && kept.lines() == 2, "{}", said(&output));
}

#[test]
fn a_history_that_nobody_may_push_is_given_up_after_a_bounded_number_of_attempts() {
    let kept = Kept::new();
    executable(&kept.path("bare/hooks/pre-receive"), "#!/bin/sh\nexit 1\n");
    let output = kept.keep("mine", Path::new(env!("CARGO_BIN_EXE_gilbench")), "2");
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(
        said(&output).contains("could not be pushed to bench-history of origin in 2 attempts"),
        "{}",
        said(&output)
    );
}

/// What the build script says the commit is, for a copy of the package in this folder.
fn recorded(build_script: &Path, folder: &Path) -> String {
    let output = Command::new(build_script)
        .envs([("RUSTC", "rustc"), ("TARGET", "t"), ("OPT_LEVEL", "0")])
        .env("CARGO_MANIFEST_DIR", folder)
        .env("GIT_DIR", "/nowhere")
        .current_dir(folder)
        .output()
        .unwrap();
    let told = said(&output);
    told.lines().find_map(|line| line.strip_prefix("cargo::rustc-env=GILBENCH_COMMIT=")).expect("a line").to_owned()
}

/// A copy inside of another repository records no commit: that of the repository is another program's.
#[test]
fn a_vendored_copy_records_no_foreign_commit() {
    let (folder, checkout) = checkout();
    let build_script = folder.path().join("build");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs");
    let built = Command::new("rustc").arg(source).arg("-o").arg(&build_script).arg("--edition=2024").status().unwrap();
    assert!(built.success());
    commit(&checkout, "vendor/gilbench/Cargo.toml", "");
    let head = git(&checkout, &["rev-parse", "--short=12", "HEAD"]);
    assert_eq!(recorded(&build_script, &checkout), head, "a checkout of its own");
    assert_eq!(recorded(&build_script, &checkout.join("vendor/gilbench")), "", "a copy inside of another repository");
    fs::write(checkout.join("vendor/gilbench/Cargo.toml"), "changed").unwrap();
    assert_eq!(recorded(&build_script, &checkout), format!("{head}+changes"));
    assert_eq!(recorded(&build_script, folder.path()), "", "no repository at all");
}
