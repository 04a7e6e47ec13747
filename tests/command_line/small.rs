//! A small real run, made once for all tests that look at one.

use std::collections::BTreeMap;
use std::process::Output;
use std::sync::OnceLock;

use gilbench::run::Run;

use crate::common::gilbench;

/// What a small real run printed and wrote.
pub(crate) struct Small {
    pub(crate) output: Output,
    pub(crate) files: BTreeMap<String, String>,
}

impl Small {
    pub(crate) const ARGUMENTS: [&str; 14] = [
        "run",
        "--kernel",
        "primes",
        "--kernel",
        "control",
        "--model",
        "serial",
        "--model",
        "threads",
        "--model",
        "gil",
        "--budget",
        "4s",
        "--switch-interval=500us",
    ];

    pub(crate) fn new(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().to_str().unwrap();
        let mut command = gilbench(&[&Self::ARGUMENTS, more, &["--out", out]].concat());
        let output = command.assert().success().get_output().clone();
        let file = |entry: std::io::Result<std::fs::DirEntry>| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap())
        };
        Self { output, files: std::fs::read_dir(&folder).unwrap().map(file).collect() }
    }

    /// The one that most tests look at.
    pub(crate) fn json() -> &'static Self {
        static ONE: OnceLock<Small> = OnceLock::new();
        ONE.get_or_init(|| {
            let small = || Self::new(&["--json", "--seed", "7"]);
            // Other tests run beside it and disturb its samples, sometimes all of them.
            (0..9).map(|_| small()).find(Self::is_measured).unwrap_or_else(small)
        })
    }

    /// Whether every case has samples that count.
    fn is_measured(&self) -> bool {
        let run = self.run();
        run.cases.iter().all(|case| run.kept(case).next().is_some())
    }

    pub(crate) fn results(&self) -> &str {
        &self.files["latest.json"]
    }

    pub(crate) fn run(&self) -> Run {
        gilbench::run::read(self.file().path()).unwrap()
    }

    /// Its results in a file of the caller's own.
    pub(crate) fn file(&self) -> tempfile::NamedTempFile {
        let file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
        std::fs::write(file.path(), self.results()).unwrap();
        file
    }
}
