//! A thread under no lock: detaching and attaching cost nothing.

use super::Safepoint;
use crate::kernel::Thread;

/// A thread without a lock.
#[derive(Debug, Clone, Copy)]
pub struct Free;

impl Thread for Free {
    fn detach(&self) {}
    fn attach(&self) {}
}

impl Safepoint for Free {
    fn enter(&self) {}
    #[inline]
    fn safepoint(&self) {}
    fn leave(&self) {}
}
