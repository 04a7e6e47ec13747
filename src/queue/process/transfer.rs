//! Putting and getting messages one by one.

use super::super::peers::Side;
use super::super::primitives::Ordering;
use super::super::ring::{self, Ring, Taken};
use super::super::{Error, Patience};
use super::waiting::Waiting;
use super::{ByteQueue, JOINERS, SLOTS_AT};

/// Messages of more bytes are copied as a block, shorter ones word by word.
const SHORT: usize = 32;

impl ByteQueue {
    #[inline]
    pub(super) fn note_use(&self, side: Side) {
        let used = &self.used[side as usize];
        if !used.get() {
            used.set(true);
            self.peers().has_used(self.name, side);
        }
    }

    /// Puts a message, without waking anybody for it.
    #[inline]
    fn put_quietly(&self, message: &[u8], patience: Patience) -> Result<bool, Error> {
        if message.len() > self.longest() {
            return Err(Error::TooLong { bytes: message.len(), longest: self.longest() });
        }
        if self.closed() {
            return Err(Error::Closed);
        }
        let ring = self.ring();
        let mut at = self.putting.get();
        let mut waiting = Waiting::new(patience);
        let taken = loop {
            match ring.take_empty(&mut at, self.name) {
                Ok(taken) => break taken,
                Err(unready) => {
                    self.putting.set(at);
                    self.wait(Side::Put, at, unready, &mut waiting)?;
                }
            }
        };
        // Once more, after the slot is taken: a consumer that finds a closed queue empty has seen either this slot being
        // written or nothing that will come.
        let closed = self.closed();
        if !closed {
            self.write(ring.start(&taken), message);
        }
        self.putting.set(ring.publish(taken, (!closed).then_some(message.len())));
        if closed {
            self.ring_for_more(Side::Put);
            return Err(Error::Closed);
        }
        self.note_use(Side::Put);
        self.paces[Side::Put as usize].passed(1);
        Ok(waiting.slept)
    }

    #[inline]
    pub(super) fn get_quietly(&self, message: &mut Vec<u8>, patience: Patience) -> Result<bool, Error> {
        let ring = self.ring();
        let mut at = self.getting.get();
        let mut waiting = Waiting::new(patience);
        loop {
            match ring.take_full(&mut at, self.name) {
                Ok(taken) => {
                    let arrived = self.read(&ring, taken, message);
                    at = self.getting.get();
                    if arrived? {
                        self.note_use(Side::Get);
                        self.paces[Side::Get as usize].passed(1);
                        return Ok(waiting.slept);
                    }
                    self.ring_for_more(Side::Get);
                }
                Err(unready) => {
                    self.getting.set(at);
                    self.wait(Side::Get, at, unready, &mut waiting)?;
                }
            }
        }
    }

    /// Copies a message out of a slot and frees it; whether there was one.
    #[inline]
    fn read(&self, ring: &Ring<'_>, taken: Taken, message: &mut Vec<u8>) -> Result<bool, Error> {
        let damaged = taken.length.is_some_and(|length| length > self.longest());
        if let Some(length) = taken.length.filter(|_| !damaged) {
            self.read_from(ring.start(&taken), length, message);
        }
        self.count_taken(1);
        self.getting.set(ring.free(taken));
        if damaged {
            return Err(Error::Corrupted("a message claims to be longer than its slot".into()));
        }
        if taken.length.is_none() && self.joinable {
            self.count_done();
        }
        Ok(taken.length.is_some())
    }

    #[inline]
    pub(super) fn write(&self, start: usize, message: &[u8]) {
        if message.len() > SHORT {
            self.memory.copy_in(SLOTS_AT + start, message);
            return;
        }
        let (whole, rest) = message.as_chunks::<8>();
        let words = &self.memory.words()[SLOTS_AT + start..][..message.len().div_ceil(8)];
        for (word, bytes) in words.iter().zip(whole) {
            word.store(u64::from_ne_bytes(*bytes), Ordering::Relaxed);
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            words[whole.len()].store(u64::from_ne_bytes(last), Ordering::Relaxed);
        }
    }

    #[inline]
    pub(super) fn read_from(&self, start: usize, length: usize, message: &mut Vec<u8>) {
        // A buffer that is used again and again is not cleared each time.
        message.resize(length, 0);
        self.copy_from(start, message);
    }

    #[inline]
    fn copy_from(&self, start: usize, message: &mut [u8]) {
        let length = message.len();
        if length > SHORT {
            self.memory.copy_out(SLOTS_AT + start, message);
            return;
        }
        let words = &self.memory.words()[SLOTS_AT + start..][..length.div_ceil(8)];
        let (whole, rest) = message.as_chunks_mut::<8>();
        for (bytes, word) in whole.iter_mut().zip(words) {
            *bytes = word.load(Ordering::Relaxed).to_ne_bytes();
        }
        if let (Some(word), length @ 1..) = (words.last(), rest.len()) {
            rest.copy_from_slice(&word.load(Ordering::Relaxed).to_ne_bytes()[..length]);
        }
    }

    /// Counts what is taken, before its slot is free: who finds the queue empty finds everything counted.
    #[inline]
    pub(super) fn count_taken(&self, more: u64) {
        if self.joinable {
            self.taken.set(self.taken.get().wrapping_add(more));
            self.peers().set_taken(self.name, self.taken.get());
        }
    }

    pub(super) fn count_done(&self) {
        self.done.set(self.done.get().wrapping_add(1));
        self.peers().set_done(self.name, self.done.get());
        if self.bell(JOINERS).load(Ordering::SeqCst) != 0 {
            ring::ring_all(self.bell(JOINERS));
        }
    }

    /// Puts a message.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Closed`], [`Error::Abandoned`]; [`Error::Full`] if the patience has an end.
    #[inline]
    pub fn put_bytes(&self, message: &[u8], patience: Patience) -> Result<(), Error> {
        let slept = self.put_quietly(message, patience)?;
        self.ring_for_more(Side::Put);
        if slept {
            self.pass_on(Side::Put);
        }
        Ok(())
    }

    /// Gets a message into `message`, whose former content is lost.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Abandoned`], [`Error::Corrupted`]; [`Error::Empty`] if the patience has an end.
    #[inline]
    pub fn get_bytes(&self, message: &mut Vec<u8>, patience: Patience) -> Result<(), Error> {
        let slept = self.get_quietly(message, patience)?;
        self.ring_for_more(Side::Get);
        if slept {
            self.pass_on(Side::Get);
        }
        Ok(())
    }
}
