//! What the biased count is made of. It names nothing else, so that a model checker can put its own in this place.

pub(super) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
