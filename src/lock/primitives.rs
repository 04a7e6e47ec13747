//! What the locks are made of. They name nothing else, so that a model checker can put its own in this place.

pub(super) use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, AtomicUsize, Ordering};

pub(super) use crate::sys::{Condvar, Guard, Mutex, Semaphore, clock_ns};
