//! Files of this repository that tests hold against what the code makes of them: published schemas and golden files.

use std::path::Path;

use super::write_whole;

/// Asserts that the file, named from the root of the repository, is `current` byte for byte, and says otherwise how to
/// bless it and what to mind before. With `GILBENCH_BLESS` in the environment it is written instead.
#[track_caller]
pub fn assert_unchanged(file: &str, current: &[u8], tests: &str, mind: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    if std::env::var_os("GILBENCH_BLESS").is_some() {
        write_whole(&path, current).unwrap();
    }
    let there = std::fs::read(&path).unwrap_or_default();
    assert!(
        there == current,
        "{file} is not what is written now; {mind}, and then: `GILBENCH_BLESS=1 cargo test --workspace --lib {tests}`. Now it is:\n{}",
        String::from_utf8_lossy(current)
    );
}
