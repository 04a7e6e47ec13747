//! Notes how the program is built, so that a run can say what was measured.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let output = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    // Git says where they are: in a worktree, elsewhere.
    for file in ["HEAD", "index"] {
        if let Some(path) = output("git", &["rev-parse", "--git-path", file]) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    let compiler = output(&variable("RUSTC"), &["--version"]).unwrap_or_else(|| "unknown compiler".into());
    let commit = output("git", &["rev-parse", "--short=12", "HEAD"]).unwrap_or_default();
    let changed =
        output("git", &["status", "--porcelain", "--untracked-files=no"]).is_some_and(|text| !text.is_empty());
    let flags = variable("CARGO_ENCODED_RUSTFLAGS").replace('\u{1f}', " ");
    println!("cargo::rustc-env=GILBENCH_COMPILER={compiler}");
    println!("cargo::rustc-env=GILBENCH_FLAGS={}", format!("opt-level={} {flags}", variable("OPT_LEVEL")).trim());
    println!("cargo::rustc-env=GILBENCH_TARGET={}", variable("TARGET"));
    println!("cargo::rustc-env=GILBENCH_COMMIT={commit}{}", if changed { "+changes" } else { "" });
}
