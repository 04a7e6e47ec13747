//! `gil-hybrid`: p processes × t threads, one global lock in each process: what a CPython deployment really is.

use super::locked::{Policy, work_under};
use super::{Arrangement, Crew, Model};
use crate::error::Result;
use crate::kernel::Kernel;
use crate::run::Failure;

/// Processes with threads in them that take turns; by default one process a core.
#[derive(Debug)]
pub struct GilHybrid;

impl Model for GilHybrid {
    fn name(&self) -> &'static str {
        "gil-hybrid"
    }

    fn summary(&self) -> &'static str {
        "p processes of t threads each, one global lock in each process"
    }

    fn arrange(&self, workers: usize, cores: usize) -> Result<Arrangement> {
        Ok(Arrangement::for_cores(workers, cores))
    }

    fn work(&self, kernel: &dyn Kernel, crew: &Crew<'_>) -> Result<(), Failure> {
        work_under(Policy::Gil, kernel, crew);
        Ok(())
    }

    fn locked(&self) -> bool {
        true
    }

    fn splits(&self) -> bool {
        true
    }
}
