//! Writing 4 KiB and waiting until they are safe: `write`, then `fdatasync`.
//!
//! How much of a step is waiting is up to the disk: nearly all where one answers after a millisecond, two thirds on a
//! virtual disk that answers after a tenth of one. `/tmp` is often memory, so the file lies in `/var/tmp`; only where
//! that cannot be written to does it lie in the usual folder for temporary files, and if that is memory, the wait is
//! short. The file has no name, so nothing remains of it. Its blocks are written once beforehand: the steps overwrite,
//! and the file system's journal has little to do.

use std::env;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task, Thread};
use crate::error::{Error, Result};

/// Bytes written per step.
const BLOCK: usize = 4096;
/// Blocks of the file, overwritten in turn.
const BLOCKS: u64 = 64;

pub(super) struct FileSync;

impl Kernel for FileSync {
    fn name(&self) -> &'static str {
        "file-sync"
    }

    fn bound(&self) -> Bound {
        Bound::Io
    }

    fn summary(&self) -> &'static str {
        "writes 4 KiB to a file and waits until they are on the disk"
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        let file = written_file().map_err(Error::os("making a temporary file to synchronise"))?;
        Ok(chained(seat, move |number, thread| {
            write_and_sync(&file, number, thread)
                .unwrap_or_else(|error| panic!("the step could not write to its file: {error}"));
            mix(number)
        }))
    }
}

fn written_file() -> io::Result<File> {
    let mut file = tempfile::tempfile_in("/var/tmp").or_else(|_| tempfile::tempfile_in(env::temp_dir()))?;
    for _ in 0..BLOCKS {
        file.write_all(&[0; BLOCK])?;
    }
    file.sync_all()?;
    Ok(file)
}

fn write_and_sync(file: &File, number: u64, thread: &dyn Thread) -> io::Result<()> {
    let block = [number as u8; BLOCK];
    thread.blocking(|| file.write_all_at(&block, number % BLOCKS * BLOCK as u64))?;
    thread.blocking(|| file.sync_data())
}
