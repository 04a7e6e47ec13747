//! Hands: processes at a queue, each with a journal that outlives it.
//!
//! What a hand is about to do and has done it writes into shared memory as it goes, so that who has started it knows
//! all of it even if it was killed between two instructions.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::super::{ByteQueue, Error, Patience, Queue};
use crate::sys::{self, Shared};
use crate::worker::{self, Process, Role, receive_with_descriptors};

/// What a process is when it works at a queue.
const ROLE: Role = Role { name: "hand", play };

/// Becomes a hand if this process was started as one.
pub(crate) fn entry() {
    if std::env::var(worker::ENV).is_ok_and(|kind| kind == ROLE.name) {
        worker::serve(&[], &|_, _| Ok(()), &[ROLE], &[]);
    }
}

/// What a hand does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Deed {
    /// Puts numbered messages.
    Produce,
    /// Gets messages, and says of each that it is done if the queue is to be joined.
    Consume { joinable: bool },
}

/// The part of a hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) deed: Deed,
    /// Messages after which it stops; it also stops when the queue is closed or the only other users have died.
    pub(crate) count: u64,
    /// Bytes of each message that is produced, 8 at least: the first 8 are its number.
    pub(crate) bytes: usize,
    /// Number of the first message that it produces.
    pub(crate) first: u64,
    /// Messages that it puts or gets at once.
    pub(crate) batch: u64,
    /// Whether the numbers of the messages it gets are written down: as many as `count`.
    pub(crate) noted: bool,
}

/// Words of a journal.
const BEGIN: usize = 0;
const PROGRESS: usize = 1;
const OUTCOME: usize = 4;
const SUM: usize = 5;
const READY: usize = 6;
const NUMBERS: usize = 8;

/// How a hand came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Not at all: it works, or was killed.
    None,
    /// It has done its count.
    Finished,
    /// The queue was closed.
    Closed,
    /// The others had died.
    Abandoned,
    /// Anything else.
    Failed,
}

/// A process at a queue. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Hand {
    process: Process,
    journal: Shared,
}

impl Hand {
    /// Starts a hand at this queue; it waits until it may [begin](Self::begin).
    pub(crate) fn start(part: &Part, queue: &ByteQueue) -> io::Result<Self> {
        let journal = Shared::new(NUMBERS + if part.noted { part.count as usize } else { 0 })?;
        let mut order = serde_json::to_vec(part)?;
        order.push(b'\n');
        let process = Process::play_with(ROLE.name, &order, &[journal.as_fd(), queue.as_fd()])?;
        Ok(Self { process, journal })
    }

    fn word(&self, at: usize) -> &AtomicU64 {
        &self.journal.words()[at]
    }

    /// Waits until it is at the queue; false if it does not come to that.
    pub(crate) fn ready(&self) -> bool {
        let since = Instant::now();
        while self.word(READY).load(Ordering::Acquire) == 0 {
            if since.elapsed() > Duration::from_secs(10) || self.ending() == Ending::Failed {
                return false;
            }
            std::thread::sleep(Duration::from_micros(100));
        }
        true
    }

    /// Lets it begin.
    pub(crate) fn begin(&self) {
        self.word(BEGIN).store(1, Ordering::Release);
    }

    /// Messages it has put, or got.
    pub(crate) fn progress(&self) -> u64 {
        self.word(PROGRESS).load(Ordering::Acquire)
    }

    /// Numbers of the messages it got, in the order in which it got them.
    pub(crate) fn numbers(&self) -> Vec<u64> {
        let words = &self.journal.words()[NUMBERS..];
        words[..words.len().min(self.progress() as usize)].iter().map(|word| word.load(Ordering::Relaxed)).collect()
    }

    /// How it has come to its end, if it has.
    pub(crate) fn ending(&self) -> Ending {
        match self.word(OUTCOME).load(Ordering::Acquire) {
            0 => Ending::None,
            1 => Ending::Finished,
            2 => Ending::Closed,
            3 => Ending::Abandoned,
            _ => Ending::Failed,
        }
    }

    /// Waits until it has ended by itself; false if it has not after so long.
    pub(crate) fn ended_within(&self, patience: Duration) -> bool {
        let since = Instant::now();
        while self.ending() == Ending::None && since.elapsed() < patience {
            std::thread::sleep(Duration::from_micros(200));
        }
        self.ending() != Ending::None
    }

    /// Kills it, wherever it is, and waits until it is dead.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
        let _ = self.process.finish();
    }
}

fn play(mut line: &UnixStream) {
    let mut first = [0; 1];
    let Ok((1, descriptors)) = receive_with_descriptors(line, &mut first) else { return };
    let mut order = first.to_vec();
    let mut byte = [0; 1];
    while line.read_exact(&mut byte).is_ok() && byte[0] != b'\n' {
        order.push(byte[0]);
    }
    let Ok(part) = serde_json::from_slice::<Part>(&order) else { return };
    let mut descriptors = descriptors.into_iter();
    let journal = descriptors.next().and_then(|descriptor| Shared::open(descriptor).ok());
    let (Some(journal), Ok(())) = (journal, sys::die_with(line).map(drop)) else { return };
    let words = journal.words();
    let outcome = match descriptors.next().map(ByteQueue::open) {
        Some(Ok(queue)) => {
            words[READY].store(1, Ordering::Release);
            while words[BEGIN].load(Ordering::Acquire) == 0 {
                std::hint::spin_loop();
            }
            work(&part, words, &queue)
        }
        _ => Err(Error::Corrupted("no queue".into())),
    };
    let code = match outcome {
        Ok(()) => 1,
        Err(Error::Closed) => 2,
        Err(Error::Abandoned { .. }) => 3,
        Err(_) => 4,
    };
    words[OUTCOME].store(code, Ordering::Release);
    let _ = line.write_all(&[1]);
}

fn work(part: &Part, words: &[AtomicU64], queue: &ByteQueue) -> Result<(), Error> {
    match part.deed {
        Deed::Produce => produce(part, words, queue),
        Deed::Consume { joinable } => consume(part, joinable, words, queue),
    }
}

fn produce(part: &Part, words: &[AtomicU64], queue: &ByteQueue) -> Result<(), Error> {
    let mut messages = vec![vec![0x5A; part.bytes.max(8)]; part.batch as usize];
    let mut put = 0;
    while put < part.count {
        for (message, number) in messages.iter_mut().zip(put..) {
            message[..8].copy_from_slice(&(part.first + number).to_ne_bytes());
        }
        if let [message] = &messages[..] {
            queue.put_bytes(message, Patience::Forever)?;
        } else {
            let many = messages.iter().map(Vec::as_slice);
            queue.put_many_bytes(many, Patience::Forever).map_err(|(_, error)| error)?;
        }
        put += part.batch;
        words[PROGRESS].store(put, Ordering::Release);
    }
    Ok(())
}

fn consume(part: &Part, joinable: bool, words: &[AtomicU64], queue: &ByteQueue) -> Result<(), Error> {
    let mut sum = 0_u64;
    let mut got = 0;
    let mut take = |message: &[u8]| {
        sum = sum.wrapping_add(read_all(message));
        if part.noted {
            words[NUMBERS + got as usize].store(first_word(message), Ordering::Relaxed);
        }
        got += 1;
        words[PROGRESS].store(got, Ordering::Release);
        got
    };
    let mut message = vec![];
    let mut so_far = 0;
    while so_far < part.count {
        let before = so_far;
        if part.batch == 1 {
            queue.get_bytes(&mut message, Patience::Forever)?;
            so_far = take(&message);
        } else {
            let most = part.batch.min(part.count - so_far) as usize;
            queue.get_many_bytes(most, Patience::Forever, |message| so_far = take(message))?;
        }
        for _ in before..so_far {
            if joinable {
                queue.task_done()?;
            }
        }
    }
    words[SUM].store(sum, Ordering::Relaxed);
    Ok(())
}

/// Looks at every byte: a receiver that does not flatters the sender.
pub(crate) fn read_all(message: &[u8]) -> u64 {
    let (words, rest) = message.as_chunks::<8>();
    let sum = words.iter().fold(0_u64, |sum, word| sum.wrapping_add(u64::from_ne_bytes(*word)));
    rest.iter().fold(sum, |sum, byte| sum.wrapping_add((*byte).into()))
}

fn first_word(message: &[u8]) -> u64 {
    message.first_chunk().map_or(0, |bytes| u64::from_ne_bytes(*bytes))
}
