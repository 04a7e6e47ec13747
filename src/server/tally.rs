//! What a server has done, in a page that all of its processes share.
//!
//! A row for the server itself, and one for each of its processes; each row has a cache line of its own.
//!
//! | word of a row | counts |
//! |---|---|
//! | 0 | connections that came to be served |
//! | 1 | those that left again |
//! | 2 | requests answered |
//! | 3 | processes that ended badly |
//! | 4 | times at which the system had no descriptor, thread or process left |
//! | 5 | no count: id of the row's process, 0 for none |

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::Pid;

use super::MOST_CONNECTIONS;
use crate::sys::Shared;

const ROW: usize = 8;
const ROWS: usize = MOST_CONNECTIONS + 1;

/// The page.
#[derive(Debug)]
pub struct Tally(Shared);

/// Which word of a row.
#[derive(Debug, Clone, Copy)]
enum Word {
    Came,
    Left,
    Requests,
    Lost,
    Shortages,
    Process,
}

impl Tally {
    /// A page on which nothing has happened yet.
    ///
    /// # Errors
    /// If the system has no memory or no descriptor left.
    pub fn new() -> io::Result<Self> {
        Ok(Self(Shared::new(ROWS * ROW)?))
    }

    /// The page of another process.
    ///
    /// # Errors
    /// If the descriptor is no such page.
    pub(super) fn open(descriptor: OwnedFd) -> io::Result<Self> {
        let shared = Shared::open(descriptor)?;
        if shared.words().len() < ROWS * ROW {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the tally is too small"));
        }
        Ok(Self(shared))
    }

    /// Connections that came to be served.
    pub fn connections(&self) -> u64 {
        self.sum(Word::Came)
    }

    /// Connections being served.
    pub fn present(&self) -> u64 {
        // In this order, so that who leaves between the two is not counted as fewer than none.
        let left = self.sum(Word::Left);
        self.sum(Word::Came).saturating_sub(left)
    }

    /// Requests answered.
    pub fn requests(&self) -> u64 {
        self.sum(Word::Requests)
    }

    /// Processes that ended badly.
    pub fn lost(&self) -> u64 {
        self.sum(Word::Lost)
    }

    /// Times at which the system had no descriptor, thread or process left for a connection.
    pub fn shortages(&self) -> u64 {
        self.sum(Word::Shortages)
    }

    /// The processes that serve, as far as they are up.
    pub fn processes(&self) -> impl Iterator<Item = Pid> {
        (0..ROWS).filter_map(|row| Pid::from_raw(self.word(row, Word::Process).load(Ordering::Acquire) as i32))
    }

    /// Connections of a row that left again.
    pub(super) fn left_from(&self, row: usize) -> u64 {
        self.word(row, Word::Left).load(Ordering::Relaxed)
    }

    /// This process writes the row.
    pub(super) fn enter(&self, row: usize) {
        self.word(row, Word::Process).store(u64::from(std::process::id()), Ordering::Release);
    }

    /// The row's process is gone, and with it whoever it talked to.
    pub(super) fn gone(&self, row: usize, well: bool) {
        self.word(row, Word::Process).store(0, Ordering::Release);
        let came = self.word(row, Word::Came).load(Ordering::Relaxed);
        self.word(row, Word::Left).store(came, Ordering::Relaxed);
        if !well {
            self.add(row, Word::Lost, 1);
        }
    }

    pub(super) fn came(&self, row: usize) {
        self.add(row, Word::Came, 1);
    }

    pub(super) fn left(&self, row: usize) {
        self.add(row, Word::Left, 1);
    }

    pub(super) fn answered(&self, row: usize, requests: u64) {
        self.add(row, Word::Requests, requests);
    }

    pub(super) fn note_shortage(&self, row: usize) {
        self.add(row, Word::Shortages, 1);
    }

    fn add(&self, row: usize, word: Word, number: u64) {
        self.word(row, word).fetch_add(number, Ordering::Relaxed);
    }

    fn sum(&self, word: Word) -> u64 {
        (0..ROWS).map(|row| self.word(row, word).load(Ordering::Relaxed)).sum()
    }

    fn word(&self, row: usize, word: Word) -> &AtomicU64 {
        &self.0.words()[row * ROW + word as usize]
    }
}

impl AsFd for Tally {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
