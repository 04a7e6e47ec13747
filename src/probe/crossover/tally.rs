//! How many jobs are done, and when the last one was: in memory that threads and processes can share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::fs::Timespec;
use rustix::thread::futex;

use crate::error::{Error, Result};
use crate::sys::{Shared, clock_ns};

/// Words.
const DONE: usize = 0;
const SUM: usize = 1;
const WANTED: usize = 2;
const ENDED: usize = 3;
/// The futex word: 0 while jobs are out.
const OVER: usize = 0;

/// How long jobs may stay out, and how often who waits looks after that.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(100);

/// The tally of a crew.
#[derive(Debug)]
pub(super) struct Tally(Shared);

impl Tally {
    pub(super) fn new() -> Result<Self> {
        Shared::new(4).map(Self).map_err(Error::os("sharing memory"))
    }

    fn word(&self, at: usize) -> &AtomicU64 {
        &self.0.words()[at]
    }

    /// So many jobs are about to be handed out.
    pub(super) fn begin(&self, jobs: u64) {
        self.0.head()[OVER].store(0, Ordering::Relaxed);
        self.word(DONE).store(0, Ordering::Relaxed);
        self.word(SUM).store(0, Ordering::Relaxed);
        // Workers see it at the latest with the first job.
        self.word(WANTED).store(jobs, Ordering::SeqCst);
    }

    /// A job is done, and this is what was read of it. Whoever does the last one looks at the clock.
    #[inline]
    pub(super) fn count(&self, read: u64) {
        self.word(SUM).fetch_add(read, Ordering::Relaxed);
        let done = self.word(DONE).fetch_add(1, Ordering::AcqRel) + 1;
        if done == self.word(WANTED).load(Ordering::Relaxed) {
            self.word(ENDED).store(clock_ns(), Ordering::Relaxed);
            self.0.head()[OVER].store(1, Ordering::Release);
            let _ = futex::wake(&self.0.head()[OVER], futex::Flags::empty(), 1);
        }
    }

    /// Waits until all are done; when that was, and the sum of what was read.
    ///
    /// # Errors
    /// If they are out for too long: a worker is gone.
    pub(super) fn wait(&self) -> Result<(u64, u64)> {
        let over = &self.0.head()[OVER];
        let until = Instant::now() + PATIENCE;
        let look = Timespec { tv_sec: 0, tv_nsec: LOOK.as_nanos() as i64 };
        while over.load(Ordering::Acquire) == 0 {
            if Instant::now() > until {
                let done = self.word(DONE).load(Ordering::Relaxed);
                let wanted = self.word(WANTED).load(Ordering::Relaxed);
                return Err(Error::request(format!(
                    "of {wanted} jobs handed over, {} never came to an end",
                    wanted - done
                )));
            }
            // That it woke up for something else is seen above.
            let _ = futex::wait(over, futex::Flags::empty(), 0, Some(&look));
        }
        Ok((self.word(ENDED).load(Ordering::Relaxed), self.word(SUM).load(Ordering::Relaxed)))
    }
}
