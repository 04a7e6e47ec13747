//! What can be turned at a simulated lock.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of every simulated lock of a run; the defaults are CPython's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Knobs {
    /// How long a waiter waits before it asks the holder to let go, in microseconds.
    pub switch_interval_us: u64,
    /// Ticks after which the holder of a tick-based lock lets go for an instant; a step counts a hundred.
    #[serde(default = "hundred")]
    pub check_interval_ticks: u32,
    /// Whether a holder that was asked to let go waits until another worker has had the lock.
    #[serde(default = "yes")]
    pub forced_switching: bool,
    /// Steps from one safepoint to the next.
    #[serde(default = "one")]
    pub safepoint_steps: u32,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            switch_interval_us: 5000,
            check_interval_ticks: hundred(),
            forced_switching: yes(),
            safepoint_steps: one(),
        }
    }
}

impl Knobs {
    /// The defaults with this switch interval.
    pub fn with_interval(interval: Duration) -> Self {
        Self { switch_interval_us: interval.as_micros() as u64, ..Self::default() }
    }

    /// The switch interval.
    pub fn switch_interval(&self) -> Duration {
        Duration::from_micros(self.switch_interval_us)
    }
}

// What runs written before these could be turned were measured with.

fn hundred() -> u32 {
    100
}

fn one() -> u32 {
    1
}

fn yes() -> bool {
    true
}
