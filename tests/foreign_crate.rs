//! Somebody else's crate, with a kernel of its own: built against this one outside of its package, and run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const MAIN: &str = r#"
use gilbench::{Suite, kernel::Bound};

fn main() {
    gilbench::main(Suite::empty().kernel_fn("digits", Bound::Cpu, |step| {
        (0..50).map(|n| (step + n).to_string().len() as u64).sum()
    }))
}
"#;

const WITH_ENTRY: &str = r#"
use gilbench::{Suite, kernel::Bound};

fn suite() -> Suite {
    Suite::empty().kernel_fn("digits", Bound::Cpu, |step| step.to_string().len() as u64)
}

#[test]
fn gilbench_worker_entry() {
    gilbench::worker_entry(&suite());
}

#[test]
fn a_hundred_numbers_have_190_digits() {
    let suite = suite();
    for model in suite.models().iter().filter(|model| model.name() != "serial") {
        assert_eq!(model.run(suite.kernels()[0], 2, 100).unwrap().checksum, 190, "{}", model.name());
    }
}
"#;

const WITHOUT_ENTRY: &str = r#"
use gilbench::Suite;

#[test]
fn measures() {
    let suite = Suite::standard();
    suite.find_model("processes").unwrap().run(suite.kernels()[0], 2, 100).unwrap();
}
"#;

/// The crate's manifest: its profiles and what its tests use are ours, so that what we stand on is not built again.
fn manifest() -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    let ours = fs::read_to_string(Path::new(root).join("Cargo.toml")).unwrap();
    let shared = ours
        .split_inclusive("\n[")
        .filter(|table| {
            ["profile.", "dev-dependencies", "workspace.dependencies"].iter().any(|name| table.starts_with(name))
        })
        .flat_map(|table| ["[", table.trim_end_matches('[').trim_end(), "\n"])
        .collect::<String>()
        .replace("path = \"", &format!("path = \"{root}/"));
    format!(
        "[package]\nname = \"foreign-suite\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\ngilbench = {{ path = {root:?} }}\n\n{shared}"
    )
}

/// Writes the crate, outside of our package's workspace.
fn write(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    let lock = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    for (name, content) in [
        ("Cargo.toml", manifest().as_bytes()),
        ("Cargo.lock", &lock),
        ("src/main.rs", MAIN.as_bytes()),
        ("tests/with_entry.rs", WITH_ENTRY.as_bytes()),
        ("tests/without_entry.rs", WITHOUT_ENTRY.as_bytes()),
    ] {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

/// Builds its program and its tests; returns the executables by the names of their sources.
fn build(folder: &Path) -> Vec<(String, PathBuf)> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--no-run", "--bins", "--tests", "--offline", "--message-format=json-render-diagnostics"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo.current_dir(folder).env("CARGO_TARGET_DIR", target).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    messages
        .map(|line| serde_json::from_slice::<Value>(line).unwrap())
        .filter_map(|message| {
            let name = format!(
                "{}{}",
                message["target"]["name"].as_str()?,
                if message["profile"]["test"] == true { " test" } else { "" }
            );
            Some((name, message["executable"].as_str()?.into()))
        })
        .collect()
}

fn judged(program: &Path, results: &Path) -> Value {
    let output = Command::new(program).arg("claims").arg(results).arg("--json").output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Measures, and looks at what that leaves. It ends long before the time allowed, except on a very busy machine.
fn measured(program: &Path, folder: &Path) {
    let arguments = ["run", "--workers", "4", "--budget", "20s", "--switch-interval", "100us", "--out", "reports"];
    let output = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let results = folder.join("reports/latest.json");
    let run = gilbench::run::read(&results).unwrap();
    for model in gilbench::model::ALL {
        let case = run.cases.iter().find(|case| case.kernel == "digits" && case.model == model.name());
        assert!(case.is_some_and(|case| !case.samples.is_empty() && !case.failed), "{}", model.name());
    }
    let page = fs::read_to_string(folder.join("reports/index.html")).unwrap();
    assert!(page.contains("digits") && page.trim_end().ends_with("</html>"));
    let claims = judged(program, &results);
    let claim = claims["claims"].as_array().unwrap().iter().find(|claim| claim["id"] == "gil-serialises-cpu").unwrap();
    // On one processor nobody could tell.
    assert_eq!(claim["verdict"] == "not-measured", run.cores() < 2, "{claim}");
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|stream| String::from_utf8_lossy(stream)).concat()
}

#[test]
fn a_foreign_crate_measures_its_own_kernel() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign-suite");
    write(&folder);
    let built = build(&folder);
    let executable =
        |name: &str| &built.iter().find(|(other, _)| other == name).unwrap_or_else(|| panic!("{built:?}")).1;
    measured(executable("foreign-suite"), &folder);

    let output = Command::new(executable("with_entry test")).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));

    // Forgetting the one line is told with the line.
    let output = Command::new(executable("without_entry test")).output().unwrap();
    assert!(!output.status.success(), "{}", said(&output));
    for words in ["without becoming one", "#[test] fn gilbench_worker_entry()", "gilbench::worker_entry("] {
        assert!(said(&output).contains(words), "no `{words}` in: {}", said(&output));
    }
}
