//! Reading and writing the document: whole or not at all.

use std::io::Write;
use std::path::Path;

use super::{Run, SCHEMA};
use crate::error::{Error, Result};

/// The JSON Schema of [`Run`], as published in `reports/run.schema.json`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Run).to_value()
}

/// Reads a run.
///
/// # Errors
/// If the file cannot be read, is no run, or has a newer version than [`SCHEMA`].
pub fn read(path: &Path) -> Result<Run> {
    let bad = |reason: String| Error::File { path: path.display().to_string(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
    let value: serde_json::Value = serde_json::from_str(&text)
        .map_err(|error| bad(format!("not JSON: {error}; expected a run written by `gilbench run`")))?;
    match value.get("schema").and_then(serde_json::Value::as_u64) {
        None => return Err(bad("no `schema` field; expected a run written by `gilbench run`".into())),
        Some(version) if version > u64::from(SCHEMA) => {
            return Err(bad(format!(
                "format version {version}, but this program reads up to {SCHEMA}; use a newer gilbench"
            )));
        }
        Some(_) => {}
    }
    serde_json::from_value(value).map_err(|error| bad(format!("not a run: {error}")))
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
