//! `gil`: W threads under one lock with the protocol of CPython since 3.2.

use super::locked::{Policy, work_under};
use super::{Arrangement, Crew, Model};
use crate::error::Result;
use crate::kernel::Kernel;
use crate::run::Failure;

/// Threads that take turns.
#[derive(Debug)]
pub struct UnderGil;

impl Model for UnderGil {
    fn name(&self) -> &'static str {
        "gil"
    }

    fn summary(&self) -> &'static str {
        "W threads under one global lock, as in CPython 3.2 and later"
    }

    fn arrange(&self, workers: usize, _: usize) -> Result<Arrangement> {
        Ok(Arrangement::threads(workers))
    }

    fn work(&self, kernel: &dyn Kernel, crew: &Crew<'_>) -> Result<(), Failure> {
        work_under(Policy::Gil, kernel, crew);
        Ok(())
    }

    fn locked(&self) -> bool {
        true
    }
}
