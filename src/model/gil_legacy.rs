//! `gil-legacy`: W threads, under the lock of CPython until 3.1.

use super::locked::{Policy, work_under};
use super::{Arrangement, Crew, Model};
use crate::error::Result;
use crate::kernel::Kernel;
use crate::run::Failure;

/// Threads that take turns whenever one of them wins the race for the lock.
#[derive(Debug)]
pub struct UnderLegacy;

impl Model for UnderLegacy {
    fn name(&self) -> &'static str {
        "gil-legacy"
    }

    fn summary(&self) -> &'static str {
        "W threads under the tick-based global lock of CPython 3.1 and earlier"
    }

    fn arrange(&self, workers: usize, _: usize) -> Result<Arrangement> {
        Ok(Arrangement::threads(workers))
    }

    fn work(&self, kernel: &dyn Kernel, crew: &Crew<'_>) -> Result<(), Failure> {
        work_under(Policy::Legacy, kernel, crew);
        Ok(())
    }

    fn locked(&self) -> bool {
        true
    }
}
