//! Opening and closing a file: threads share one descriptor table, processes have one each.
//!
//! What is opened matters. One path for everybody would make all workers, processes too, fight for that file's entry
//! in the kernel's directory cache, and `/proc/self/fd` leads through entries that the threads of a process share. So
//! each seat opens an empty folder of its own, which is removed as soon as the seat holds it and is reached as `.` from
//! there: nothing is looked up, nothing is left behind however the worker ends, and what remains in common is the table.

use std::env;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{Mode, OFlags, open, openat};

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::{Error, Result};

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

pub(super) struct OpenClose;

impl Kernel for OpenClose {
    fn name(&self) -> &'static str {
        "open-close"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "opens and closes a file of the worker's own"
    }

    fn shares(&self) -> Option<&'static str> {
        Some("descriptor table")
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        let folder = removed_folder(&env::temp_dir())?;
        Ok(chained(seat, move |number, _| {
            drop(open_again(&folder).unwrap_or_else(|error| panic!("the step could not open its folder: {error}")));
            mix(number)
        }))
    }
}

/// A folder that exists only for who holds it.
fn removed_folder(parent: &Path) -> Result<OwnedFd> {
    let what = || format!("making a folder in {}", parent.display());
    let named = tempfile::Builder::new().prefix("gilbench-").tempdir_in(parent).map_err(Error::os(what()))?;
    let folder = open(named.path(), FOLDER, Mode::empty()).map_err(Error::os(what()))?;
    named.close().map_err(Error::os(what()))?;
    open_again(&folder).map_err(Error::os("opening a removed folder"))?;
    Ok(folder)
}

fn open_again(folder: &OwnedFd) -> rustix::io::Result<OwnedFd> {
    openat(folder, c".", FOLDER, Mode::empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_nothing_behind_even_while_in_use() {
        let parent = tempfile::tempdir().unwrap();
        let folder = removed_folder(parent.path()).unwrap();
        assert_eq!(parent.path().read_dir().unwrap().count(), 0);
        assert!(open_again(&folder).is_ok());
    }
}
