//! Reading and writing the document: whole or not at all.

use std::io::{Read as _, Write};
use std::path::Path;

use serde_json::Value;

use super::{Run, SCHEMA};
use crate::error::{Error, Result};

/// The JSON Schema of [`Run`], as published in `crates/run/schema/run.schema.json`.
pub fn schema() -> Value {
    schemars::schema_for!(Run).to_value()
}

/// The largest file that is read: fifty times the largest run that has been seen.
const LARGEST: u64 = 256 << 20;

/// Reads a run.
///
/// # Errors
/// If the file cannot be read, is no run, has a newer version than [`SCHEMA`], or says what cannot be.
pub fn read(path: &Path) -> Result<Run> {
    let value = read_document(path, SCHEMA, "a run written by `gilbench run`")?;
    run_of(path, value)
}

/// The run in a document that [`read_document`] has read.
///
/// # Errors
/// If it is none, or says what cannot be: names given twice, numbers out of range.
pub fn run_of(path: &Path, value: Value) -> Result<Run> {
    let bad = |reason: String| Error::File { path: path.display().to_string(), reason };
    let run: Run = serde_json::from_value(value).map_err(|error| bad(format!("not a run: {error}")))?;
    run.check().map_err(|reason| bad(format!("not a run that gilbench wrote: {reason}")))?;
    Ok(run)
}

/// Reads a versioned JSON document, of which `expected` says in words what it should be.
///
/// # Errors
/// If the file cannot be read, is larger than anything of ours, is no JSON object, has no `schema`, or a newer one.
pub fn read_document(path: &Path, schema: u32, expected: &str) -> Result<Value> {
    let bad = |reason: String| Error::File { path: path.display().to_string(), reason };
    let value: Value = serde_json::from_str(&read_text(path)?)
        .map_err(|error| bad(format!("not JSON: {error}; expected {expected}")))?;
    match value.get("schema").and_then(Value::as_u64) {
        None => Err(bad(format!("no `schema` field; expected {expected}"))),
        Some(version) if version > u64::from(schema) => {
            Err(bad(format!("format version {version}, but this program reads up to {schema}; use a newer gilbench")))
        }
        Some(_) => Ok(value),
    }
}

/// The text of a file that somebody else may have written: never more of it than a document of ours can be long.
///
/// # Errors
/// If the file cannot be read, is too long, or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String> {
    let bad = |reason: String| Error::File { path: path.display().to_string(), reason };
    let file = std::fs::File::open(path).map_err(|error| bad(error.to_string()))?;
    let mut bytes = Vec::new();
    // A pipe or a device has no length to look at beforehand.
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    if length <= LARGEST {
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| bad(error.to_string()))?;
    }
    if length > LARGEST || bytes.len() as u64 > LARGEST {
        return Err(bad(format!("larger than {} MiB, which no document of gilbench is", LARGEST >> 20)));
    }
    String::from_utf8(bytes).map_err(|_| bad("not text in UTF-8; expected JSON".into()))
}

impl Run {
    /// What in it cannot have been measured: names given twice, numbers out of range.
    ///
    /// # Errors
    /// The first such thing, in words.
    pub fn check(&self) -> std::result::Result<(), String> {
        unique("case", self.cases.iter().map(|case| case.id.as_str()))?;
        unique("kernel", self.kernels.iter().map(|kernel| kernel.id.as_str()))?;
        unique("model", self.models.iter().map(|model| model.id.as_str()))?;
        let names: Vec<_> = self.readings.iter().map(|reading| format!("{}/{}", reading.probe, reading.name)).collect();
        unique("reading", names.iter().map(String::as_str))?;
        for case in &self.cases {
            self.check_revision(case)?;
            let undisturbed = case.samples.iter().filter(|sample| !sample.disturbed);
            let mut rounds: Vec<_> = undisturbed.map(|sample| sample.round).collect();
            rounds.sort_unstable();
            if rounds.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(format!("case `{}` has two undisturbed samples of one round", case.id));
            }
        }
        if !(self.elapsed_s >= 0.0 && self.plan.budget_s >= 0.0) {
            return Err("a time is negative".into());
        }
        Ok(())
    }
}

/// Refuses names that are given twice.
pub(super) fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> std::result::Result<(), String> {
    let mut seen = std::collections::HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(format!("{what} `{name}` is there twice"));
        }
    }
    Ok(())
}

/// Writes a run as JSON, whole or not at all.
///
/// # Errors
/// As [`write_whole`].
pub fn write(path: &Path, run: &Run) -> Result<()> {
    let mut text = serde_json::to_vec(run).expect("a run has only string keys and finite numbers or null");
    text.push(b'\n');
    write_whole(path, &text)
}

/// Writes a file whole or not at all: a temporary file beside it, flushed to disk, then renamed over it.
///
/// # Errors
/// If the folder cannot be made or written to; the old file, if any, is then as it was.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    stream_whole(path, |file| file.write_all(content))
}

/// The same for content that is made while it is written.
///
/// # Errors
/// As [`write_whole`], and those of `content`.
pub fn stream_whole(path: &Path, content: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let attempt = move || -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new().prefix(".gilbench-").tempfile_in(folder)?;
        content(file.as_file_mut())?;
        file.as_file().sync_all()?;
        // A temporary file is private; what we publish has the permissions of an ordinary new file.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        file.as_file().set_permissions(mode)?;
        file.persist(path)?;
        std::fs::File::open(folder)?.sync_all()
    };
    attempt().map_err(Error::os(format!("cannot write {}", path.display())))
}
