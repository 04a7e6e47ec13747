//! What the biased count and its merge queues are made of. They name nothing else, so that a model checker can put its
//! own in this place.

pub(super) use std::sync::Mutex as DataMutex;
pub(super) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
