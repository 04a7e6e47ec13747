//! `threads`: W threads of one process, no lock.

use super::{Arrangement, Crew, Free, Model};
use crate::error::Result;
use crate::kernel::Kernel;
use crate::run::Failure;

/// Threads that share everything and wait for nobody.
#[derive(Debug)]
pub struct Threads;

impl Model for Threads {
    fn name(&self) -> &'static str {
        "threads"
    }

    fn summary(&self) -> &'static str {
        "W threads in one process, no lock"
    }

    fn arrange(&self, workers: usize, _: usize) -> Result<Arrangement> {
        Ok(Arrangement::threads(workers))
    }

    fn work(&self, kernel: &dyn Kernel, crew: &Crew<'_>) -> Result<(), Failure> {
        crew.each(kernel, |_| Free);
        Ok(())
    }
}
