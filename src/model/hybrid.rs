//! `hybrid`: p processes × t threads, no lock.

use super::{Arrangement, Crew, Free, Model};
use crate::error::Result;
use crate::kernel::Kernel;
use crate::run::Failure;

/// Processes with threads in them; by default one process a core.
#[derive(Debug)]
pub struct Hybrid;

impl Model for Hybrid {
    fn name(&self) -> &'static str {
        "hybrid"
    }

    fn summary(&self) -> &'static str {
        "p processes of t threads each, no lock"
    }

    fn arrange(&self, workers: usize, cores: usize) -> Result<Arrangement> {
        Ok(Arrangement::for_cores(workers, cores))
    }

    fn work(&self, kernel: &dyn Kernel, crew: &Crew<'_>) -> Result<(), Failure> {
        crew.each(kernel, |_| Free);
        Ok(())
    }

    fn splits(&self) -> bool {
        true
    }
}
