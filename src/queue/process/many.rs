//! Many messages at a time.
//!
//! Each is put and got by itself, with the name of its taker in its slot, so whoever is killed in the middle leaves
//! nothing that others could not tell. Others are told once for all of them, and where the ring begins and ends is noted
//! once. (To take several slots before anything is written into them costs more than it saves: what was taken has to be
//! remembered, and gone through again.)

use super::super::peers::Side;
use super::super::{Error, Patience};
use super::ByteQueue;
use super::waiting::damaged;

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
        let mut messages = messages.into_iter().peekable();
        let mut count = 0;
        let outcome = loop {
            match self.put_now(&mut messages) {
                Ok(put) => count += put,
                Err((put, error)) => {
                    count += put;
                    break Err(error);
                }
            }
            let Some(message) = messages.next() else { break Ok(count) };
            // Who could make room may be asleep.
            self.ring_for_more(Side::Put);
            if let Err(error) = self.put_bytes(message, patience.rest(end)) {
                break Err(error);
            }
            count += 1;
        };
        self.ring_for_more(Side::Put);
        outcome.map_err(|error| (count, error))
    }

    /// Puts as many of these as there is room for now; how many.
    #[inline]
    fn put_now<'a>(
        &self,
        messages: &mut std::iter::Peekable<impl Iterator<Item = &'a [u8]>>,
    ) -> Result<usize, (usize, Error)> {
        if messages.peek().is_some() && self.closed() {
            return Err((0, Error::Closed));
        }
        let (ring, longest) = (self.ring(), self.longest());
        let mut at = self.putting.get();
        let mut count = 0;
        let outcome = loop {
            let Some(message) = messages.peek() else { break Ok(()) };
            if message.len() > longest {
                break Err(Error::TooLong { bytes: message.len(), longest });
            }
            let Ok(taken) = ring.take_empty(&mut at, self.name) else { break Ok(()) };
            // After the slot is taken, as for a single one.
            let closed = self.closed();
            if !closed {
                self.write(ring.start(&taken), message);
            }
            ring.fill(&taken, (!closed).then_some(message.len()));
            at = ring.after(&taken);
            if closed {
                break Err(Error::Closed);
            }
            messages.next();
            count += 1;
        };
        self.putting.set(at);
        if count > 0 {
            ring.note_tail(at);
            self.note_use(Side::Put);
            self.paces[Side::Put as usize].passed(count as u32);
        }
        outcome.map(|()| count).map_err(|error| (count, error))
    }

    /// Gets at least one message, waiting for it, and then as many as are there, up to `most`; gives each to `each`.
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
        let mut message = self.scratch.take();
        let mut slept = false;
        let mut count = self.get_now(most, &mut message, &mut each);
        if count == 0 {
            match self.get_quietly(&mut message, patience) {
                Ok(waited) => slept = waited,
                Err(error) => {
                    self.scratch.set(message);
                    return Err(error);
                }
            }
            each(&message);
            count = 1 + self.get_now(most - 1, &mut message, &mut each);
        }
        self.scratch.set(message);
        self.ring_for_more(Side::Get);
        if slept {
            self.pass_on(Side::Get);
        }
        Ok(count)
    }

    /// Gets as many as are there now, up to `most`; how many.
    #[inline]
    fn get_now(&self, most: usize, message: &mut Vec<u8>, each: &mut impl FnMut(&[u8])) -> usize {
        let (ring, longest) = (self.ring(), self.longest());
        let before = self.getting.get();
        let mut at = before;
        let mut count = 0;
        while count < most {
            let Ok(taken) = ring.take_full(&mut at, self.name) else { break };
            let length = taken.length.filter(|length| *length <= longest);
            if let Some(length) = length {
                self.read_from(ring.start(&taken), length, message);
            }
            self.count_taken(1);
            ring.empty(&taken);
            at = ring.after(&taken);
            // Before a stranger's code, which may never come back.
            self.getting.set(at);
            if length.is_some() {
                count += 1;
                each(message);
            } else if taken.length.is_some() {
                self.misread.set(true);
            } else if self.joinable {
                self.count_done();
            }
        }
        self.getting.set(at);
        if at > before {
            ring.note_head(at);
        }
        if count > 0 {
            self.note_use(Side::Get);
            self.paces[Side::Get as usize].passed(count as u32);
        } else if at > before {
            // Void, all of them: there is room for others.
            self.ring_for_more(Side::Get);
        }
        count
    }
}
