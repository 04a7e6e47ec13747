//! When to hold back from a stream of messages.

use std::cell::Cell;

/// Looks within which what is waited for comes soon, as in a stream.
const SOON: u32 = 12;
/// Time to hold back from a stream, in turns of a spinning loop.
pub(super) const HOLD: u32 = 64;
/// Messages that make holding back worth it.
const WORTH: u32 = 4;
/// Waits that must be short before it is tried: at first, and at most.
const TRIES: (u32, u32) = (4, 1 << 14);

/// How fast the messages come that a handle puts or gets, as far as it can tell from its waits.
#[derive(Debug)]
pub(super) struct Pace {
    /// Messages since the last wait.
    messages: Cell<u32>,
    /// Waits in a row that were short.
    short: Cell<u32>,
    /// How many of them it takes to hold back.
    tries: Cell<u32>,
    held: Cell<bool>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { messages: Cell::new(0), short: Cell::new(0), tries: Cell::new(TRIES.0), held: Cell::new(false) }
    }
}

impl Pace {
    /// Whether to hold back before looking again.
    ///
    /// Who looks at a slot takes its cache line from under the hands of whoever is busy with it. In a stream, where the
    /// next message is there at once, looking at once makes the two exchange lines message by message; it is better to
    /// come back when there are several in a line. Where each message is an answer to one before, holding back only
    /// costs time: then there is one message each time, and it is tried less and less often.
    pub(super) fn holds(&self) -> bool {
        if self.held.replace(false) {
            let worth = self.messages.get() >= WORTH;
            self.tries.set(if worth { TRIES.0 } else { (self.tries.get() * 2).min(TRIES.1) });
            // While it is worth it, every time.
            self.short.set(if worth { TRIES.0 } else { 0 });
        }
        self.messages.set(0);
        let holds = self.short.get() >= self.tries.get();
        self.held.set(holds);
        holds
    }

    pub(super) fn waited(&self, looks: u32) {
        self.short.set(if looks <= SOON { self.short.get() + 1 } else { 0 });
    }

    #[inline]
    pub(super) fn passed(&self, count: u32) {
        self.messages.set(self.messages.get().wrapping_add(count));
    }
}
