//! `free-threaded`: W threads, no lock, and reference counts that bear it (PEP 703).

use super::{Arrangement, Crew, Free, Model};
use crate::error::Result;
use crate::kernel::{Counting, Kernel};
use crate::run::Failure;

/// Threads without a lock whose interpreter counts references with a bias towards the owner.
///
/// To a kernel without reference counts this is `threads`. Kernels keep their objects to one worker each, as most objects
/// of a program are, so no worker ever queues an object to another one here; what that costs and whether it is right is
/// the question of the probe `refcount`.
#[derive(Debug)]
pub struct FreeThreaded;

impl Model for FreeThreaded {
    fn name(&self) -> &'static str {
        "free-threaded"
    }

    fn summary(&self) -> &'static str {
        "W threads, no lock, biased reference counts, as in CPython's free-threaded build"
    }

    fn arrange(&self, workers: usize, _: usize) -> Result<Arrangement> {
        Ok(Arrangement::threads(workers))
    }

    fn work(&self, kernel: &dyn Kernel, crew: &Crew<'_>) -> Result<(), Failure> {
        crew.each(kernel, |_| Free);
        Ok(())
    }

    fn counting(&self) -> Counting {
        Counting::Biased
    }
}
