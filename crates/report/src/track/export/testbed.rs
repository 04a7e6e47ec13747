//! The machine's name in one line: what two times must have in common to be compared.
//!
//! For trackers that keep series of different machines apart by a name given on their command line, as Bencher does with
//! `--testbed`. Characters that a shell or a table might take for something else are left out, and it is no longer than
//! Bencher allows. <https://bencher.dev/docs/explanation/bencher-run/>

use super::escape::shortened;
use super::{Document, Format};
use crate::error::Result;
use crate::run::Run;

pub(super) const FORMAT: Format =
    Format { id: "testbed", summary: "Bencher: the machine's name, for bencher run --testbed", write };

/// Longest name, in bytes.
const MAX_NAME: usize = 256;

fn write(document: &Document) -> Result<Vec<u8>> {
    Ok((name(document.run("testbed")?) + "\n").into_bytes())
}

/// CPU, cores, quota, system and compiler of a run.
pub(super) fn name(run: &Run) -> String {
    let key = run.machine.key().to_string();
    let plain = |c: char| c.is_alphanumeric() || " .,:+-_()@%/".contains(c);
    let kept: String = key.chars().filter(|c| plain(*c)).collect();
    shortened(&kept, MAX_NAME)
}
