//! What workers did to a lock, moment by moment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Moment {
    /// Found the lock held, and waits from now on.
    Wait = 1,
    /// Holds the lock from now on.
    Take = 2,
    /// The same, ahead of others that had waited for it: barging.
    Barge = 3,
    /// Lets go of the lock by itself, to block or because its work is done.
    Detach = 4,
    /// Lets go at a safepoint: because a waiter asked for it, or because a check interval has passed.
    Drop = 5,
    /// Asks the holder to let go, after a whole switch interval.
    Request = 6,
    /// Was woken for the lock and found it held again.
    Overtaken = 7,
}

impl Moment {
    /// The moment with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        use Moment::{Barge, Detach, Drop, Overtaken, Request, Take, Wait};
        [Wait, Take, Barge, Detach, Drop, Request, Overtaken].into_iter().find(|moment| *moment as u8 == number)
    }

    /// Whether it is about another worker too: the holder that is asked, the one that came first.
    pub fn concerns_another(self) -> bool {
        matches!(self, Self::Request | Self::Overtaken)
    }
}

/// One moment of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TraceEvent {
    /// Since the trace began, in nanoseconds.
    pub at_ns: u64,
    /// What happened.
    pub moment: Moment,
    /// The other worker that it concerns: the number of its lane.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<usize>,
}

/// One worker's moments, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lane {
    /// What the worker does, in a word or two.
    pub name: String,
    /// Process that it belongs to, counted from 0.
    pub process: usize,
    /// Lock that it works under: the number of the first lane under it. Lanes with the same number share one.
    #[serde(default)]
    pub lock: usize,
    /// What it did.
    pub events: Vec<TraceEvent>,
    /// Moments that found no room in its buffer.
    pub lost: u64,
}

impl Lane {
    /// Where its record ends: with a trace of this length, or with the last moment that found room.
    pub fn end_ns(&self, length_ns: u64) -> u64 {
        let last = self.events.iter().map(|event| event.at_ns).max().unwrap_or(0);
        if self.lost > 0 { last } else { length_ns.max(last) }
    }
}

/// A short time under a lock, seen from each worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trace {
    /// What is shown: a case, or a scene of a probe.
    pub name: String,
    /// One sentence on what is to be seen.
    pub summary: String,
    /// How long it was, in nanoseconds.
    pub length_ns: u64,
    /// Switch interval of the lock, in microseconds.
    pub switch_interval_us: u64,
    /// One lane a worker.
    pub lanes: Vec<Lane>,
}
