//! Many messages at a time.
//!
//! Faster than one by one for three reasons: others are told once; where the ring begins and ends is noted once; and the
//! slots of a [chunk](CHUNK) are taken one after another before anything is written into them or freed, so that no
//! atomic exchange has to wait for the stores of the message before. Each slot is still taken by itself and has the name
//! of its taker in it, so whoever is killed in the middle leaves nothing that others could not tell.

use super::super::peers::Side;
use super::super::ring::Taken;
use super::super::{Error, Patience};
use super::waiting::damaged;
use super::{ByteQueue, Scratch};

/// Messages that are in hand at once.
const CHUNK: usize = 16;

impl ByteQueue {
    /// Puts messages one after another, waking others once for all that go in without waiting; waits so long in all. How
    /// many went in before an error, beside it.
    ///
    /// # Errors
    /// As [`Self::put_bytes`].
    pub fn put_many_bytes<'a>(
        &self,
        messages: impl IntoIterator<Item = &'a [u8]>,
        patience: Patience,
    ) -> Result<usize, (usize, Error)> {
        let end = patience.end();
        let mut messages = messages.into_iter();
        let mut count = 0;
        let outcome = loop {
            let mut chunk = [&[][..]; CHUNK];
            let mut length = 0;
            let mut unfit = None;
            for message in messages.by_ref().take(CHUNK) {
                if message.len() > self.longest() {
                    unfit = Some(Error::TooLong { bytes: message.len(), longest: self.longest() });
                    break;
                }
                chunk[length] = message;
                length += 1;
            }
            if let Err(error) = self.put_chunk(&chunk[..length], patience.rest(end), &mut count) {
                break Err(error);
            }
            if let Some(error) = unfit {
                break Err(error);
            }
            if length < CHUNK {
                break Ok(count);
            }
        };
        self.ring_for_more(Side::Put);
        outcome.map_err(|error| (count, error))
    }

    /// Puts all of these, adding to the count as it goes.
    fn put_chunk(&self, mut messages: &[&[u8]], patience: Patience, count: &mut usize) -> Result<(), Error> {
        let end = patience.end();
        while let Some((first, rest)) = messages.split_first() {
            let put = self.put_now(messages)?;
            if put == 0 {
                self.ring_for_more(Side::Put);
                self.put_bytes(first, patience.rest(end))?;
                *count += 1;
                messages = rest;
            } else {
                *count += put;
                messages = &messages[put..];
            }
        }
        Ok(())
    }

    /// Puts as many of these as there is room for now; how many.
    #[inline]
    fn put_now(&self, messages: &[&[u8]]) -> Result<usize, Error> {
        if self.closed() {
            return Err(Error::Closed);
        }
        let ring = self.ring();
        let mut at = self.putting.get();
        let mut taken = [Taken::default(); CHUNK];
        let mut count = 0;
        for slot in taken.iter_mut().take(messages.len()) {
            let Ok(one) = ring.take_empty(&mut at, self.name) else { break };
            at = ring.after(&one);
            *slot = one;
            count += 1;
        }
        self.putting.set(at);
        if count == 0 {
            return Ok(0);
        }
        // After the slots are taken, as for a single one.
        let closed = self.closed();
        for (slot, message) in taken[..count].iter().zip(messages) {
            if !closed {
                self.write(ring.start(slot), message);
            }
        }
        for (slot, message) in taken[..count].iter().zip(messages) {
            ring.fill(slot, (!closed).then_some(message.len()));
        }
        ring.note_tail(at);
        if closed {
            self.ring_for_more(Side::Put);
            return Err(Error::Closed);
        }
        self.note_use(Side::Put);
        self.paces[Side::Put as usize].passed(count as u32);
        Ok(count)
    }

    /// Gets at least one message, waiting for it, and then as many as are there, up to `most`; gives each to `each`.
    /// Whoever is killed meanwhile takes up to 16 messages with it, those that it has in hand.
    ///
    /// # Errors
    /// As [`Self::get_bytes`], if there is not even one.
    pub fn get_many_bytes(&self, most: usize, patience: Patience, mut each: impl FnMut(&[u8])) -> Result<usize, Error> {
        if most == 0 {
            return Ok(0);
        }
        if self.misread.replace(false) {
            return Err(damaged());
        }
        let mut scratch = self.scratch.take();
        let mut slept = false;
        let mut count = self.get_now(most, &mut scratch, &mut each);
        if count == 0 {
            let first = self.get_quietly(&mut scratch.bytes, patience);
            slept = *first.as_ref().unwrap_or(&false);
            if let Err(error) = first {
                self.scratch.set(scratch);
                return Err(error);
            }
            each(&scratch.bytes);
            count = 1;
        }
        while count < most {
            match self.get_now(most - count, &mut scratch, &mut each) {
                0 => break,
                more => count += more,
            }
        }
        self.scratch.set(scratch);
        self.ring_for_more(Side::Get);
        if slept {
            self.pass_on(Side::Get);
        }
        Ok(count)
    }

    /// Gets as many as are there now, up to `most` and to a chunk; how many.
    #[inline]
    fn get_now(&self, most: usize, scratch: &mut Scratch, each: &mut impl FnMut(&[u8])) -> usize {
        let ring = self.ring();
        let mut at = self.getting.get();
        let mut taken = [Taken::default(); CHUNK];
        let mut count = 0;
        for slot in taken.iter_mut().take(most) {
            let Ok(one) = ring.take_full(&mut at, self.name) else { break };
            at = ring.after(&one);
            *slot = one;
            count += 1;
        }
        self.getting.set(at);
        if count == 0 {
            return 0;
        }
        let taken = &taken[..count];
        let Scratch { bytes, ends } = scratch;
        ends.clear();
        let mut end = 0;
        for slot in taken {
            let Some(length) = slot.length else { continue };
            if length > self.longest() {
                self.misread.set(true);
                continue;
            }
            if bytes.len() < end + length {
                bytes.resize(end + length, 0);
            }
            self.copy_from(ring.start(slot), &mut bytes[end..end + length]);
            end += length;
            ends.push(end);
        }
        self.count_taken(count as u64);
        for slot in taken {
            ring.empty(slot);
        }
        ring.note_head(at);
        if self.joinable {
            taken.iter().filter(|slot| slot.length.is_none()).for_each(|_| self.count_done());
        }
        if ends.is_empty() {
            // Void, all of them: there is room for others.
            self.ring_for_more(Side::Get);
            return 0;
        }
        self.note_use(Side::Get);
        self.paces[Side::Get as usize].passed(ends.len() as u32);
        let mut start = 0;
        for end in &*ends {
            each(&bytes[start..*end]);
            start = *end;
        }
        ends.len()
    }
}
