//! Opening and closing a file: threads share one descriptor table, processes have one each.
//!
//! What is opened matters: one path for everybody would make all workers, processes too, fight for that file's entry in
//! the system's directory cache. So each seat opens an empty file of its own, by its path: the same operation as `open1`
//! of will-it-scale. A file without a name would leave nothing behind, but cannot be opened again without going through
//! `/proc`, whose entries the threads of a process share. So the file has a name and is removed with its task; a worker
//! that is killed leaves it behind, in a folder that the next seat removes once no living process has it locked.

use std::ffi::CString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;

use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::{Error, Result};

/// What the names of the folders begin with.
const PREFIX: &str = "gilbench-open-close-";
/// The file that is opened, in its folder.
const OPENED: &str = "opened";
/// The file beside it that is locked for as long as the folder is used: a lock on the opened one would have to be looked
/// for at each close.
const LOCKED: &str = "locked";

pub(super) struct OpenClose;

impl Kernel for OpenClose {
    fn name(&self) -> &'static str {
        "open-close"
    }

    /// Revision 1 opened a folder through a descriptor of it.
    fn revision(&self) -> u32 {
        2
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
        let parent = std::env::temp_dir();
        let what = || format!("making a file to open in {}", parent.display());
        let file = OwnFile::new(&parent).map_err(Error::os(what()))?;
        file.open_and_close().map_err(Error::os(what()))?;
        Ok(chained(seat, move |number, _| {
            file.open_and_close().unwrap_or_else(|error| panic!("the step could not open its file: {error}"));
            mix(number)
        }))
    }
}

/// An empty file in a folder of its own, both of which are removed when this is dropped.
struct OwnFile {
    path: CString,
    /// Removed when dropped.
    _folder: tempfile::TempDir,
    _lock: File,
}

impl OwnFile {
    fn new(parent: &Path) -> io::Result<Self> {
        remove_left_behind(parent);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        // It has no such name before it is locked, or another seat could take the folder for left behind.
        let (locking, locked) = (folder.path().join("locking"), folder.path().join(LOCKED));
        let lock = File::create(&locking)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        fs::rename(locking, locked)?;
        let path = folder.path().join(OPENED);
        File::create(&path)?;
        let path = CString::new(path.into_os_string().into_vec())?;
        Ok(Self { path, _folder: folder, _lock: lock })
    }

    fn open_and_close(&self) -> rustix::io::Result<()> {
        open(&*self.path, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).map(drop)
    }
}

/// Removes the folders of workers that were killed. One that is still being made has no locked file yet, and stays.
fn remove_left_behind(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            let lock = OpenOptions::new().write(true).open(entry.path().join(LOCKED));
            let unused = |lock: File| flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok();
            if lock.is_ok_and(unused) {
                // What cannot be removed, of another user say, does no harm.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> usize {
        folder.read_dir().unwrap().count()
    }

    #[test]
    fn leaves_nothing_behind() {
        let parent = tempfile::tempdir().unwrap();
        let (one, two) = (OwnFile::new(parent.path()).unwrap(), OwnFile::new(parent.path()).unwrap());
        assert!(one.open_and_close().is_ok() && two.open_and_close().is_ok());
        assert_eq!(names(parent.path()), 2, "what is used is not removed");
        drop((one, two));
        assert_eq!(names(parent.path()), 0);
    }

    #[test]
    fn removes_what_a_killed_worker_left() {
        let parent = tempfile::tempdir().unwrap();
        let killed = OwnFile::new(parent.path()).unwrap();
        let OwnFile { _folder: folder, _lock: lock, .. } = killed;
        let left = folder.keep();
        drop(lock);
        fs::create_dir(parent.path().join("gilbench-other")).unwrap();
        let next = OwnFile::new(parent.path()).unwrap();
        assert!(!left.exists() && next.open_and_close().is_ok());
        assert_eq!(names(parent.path()), 2, "what is not this kernel's stays");
    }
}
