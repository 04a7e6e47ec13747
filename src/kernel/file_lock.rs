//! Locking and unlocking a file of the worker's own for writing, with `fcntl`.
//!
//! No other worker asks for the same file, so a step never waits. What threads pay for is finding the file in a
//! descriptor table that others use, as in `pipe-pair`. The same operation as `lock1` of will-it-scale. The file has no
//! name, so nothing remains of it.

use std::fs::File;

use rustix::fs::{FlockOperation, fcntl_lock};

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::{Error, Result};

pub(super) struct FileLock;

impl Kernel for FileLock {
    fn name(&self) -> &'static str {
        "file-lock"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "locks and unlocks a file of the worker's own"
    }

    fn shares(&self) -> Option<&'static str> {
        Some("descriptor table")
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        let file = tempfile::tempfile().map_err(Error::os("making a temporary file to lock"))?;
        lock_and_unlock(&file).map_err(Error::os("locking a temporary file"))?;
        Ok(chained(seat, move |number, _| {
            lock_and_unlock(&file).unwrap_or_else(|error| panic!("the step could not lock its file: {error}"));
            mix(number)
        }))
    }
}

fn lock_and_unlock(file: &File) -> rustix::io::Result<()> {
    fcntl_lock(file, FlockOperation::LockExclusive)?;
    fcntl_lock(file, FlockOperation::Unlock)
}
