//! Notes how the program is built, so that a run can say what was measured.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let output = |mut command: Command| {
        let output = command.output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    // Git finds the checkout from this package's own folder, whatever a hook has set in the environment.
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C").arg(variable("CARGO_MANIFEST_DIR")).args(args);
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX"] {
            git.env_remove(name);
        }
        output(git)
    };
    let mut compiler = Command::new(variable("RUSTC"));
    compiler.arg("--version");
    let compiler = output(compiler).unwrap_or_else(|| "unknown compiler".into());
    // Only a checkout whose root is this package tells its commit: a copy inside of another repository, or one that came from
    // a registry, would record a commit that has nothing to do with it.
    let real = |path: String| std::fs::canonicalize(path).ok();
    let root = git(&["rev-parse", "--show-toplevel"]).and_then(real);
    let is_own = root.is_some() && root == real(variable("CARGO_MANIFEST_DIR"));
    let (mut commit, mut changed) = (String::new(), false);
    if is_own {
        // Git says where they are: in a worktree, elsewhere.
        for file in ["HEAD", "index"] {
            if let Some(path) = git(&["rev-parse", "--path-format=absolute", "--git-path", file]) {
                println!("cargo::rerun-if-changed={path}");
            }
        }
        commit = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_default();
        changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|text| !text.is_empty());
    }
    let mark = if changed && !commit.is_empty() { "+changes" } else { "" };
    let flags = variable("CARGO_ENCODED_RUSTFLAGS").replace('\u{1f}', " ");
    println!("cargo::rustc-env=GILBENCH_COMPILER={compiler}");
    println!("cargo::rustc-env=GILBENCH_FLAGS={}", format!("opt-level={} {flags}", variable("OPT_LEVEL")).trim());
    println!("cargo::rustc-env=GILBENCH_TARGET={}", variable("TARGET"));
    println!("cargo::rustc-env=GILBENCH_COMMIT={commit}{mark}");
}
