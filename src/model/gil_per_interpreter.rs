//! `gil-per-interpreter`: W threads, each with a lock of its own (PEP 684).

use super::locked::{Policy, work_under};
use super::{Arrangement, Crew, Model};
use crate::error::Result;
use crate::kernel::Kernel;
use crate::run::Failure;

/// Threads that share a process but no lock: sub-interpreters.
#[derive(Debug)]
pub struct GilPerInterpreter;

impl Model for GilPerInterpreter {
    fn name(&self) -> &'static str {
        "gil-per-interpreter"
    }

    fn summary(&self) -> &'static str {
        "W threads, each under a lock of its own, as sub-interpreters have it since CPython 3.12"
    }

    fn arrange(&self, workers: usize, _: usize) -> Result<Arrangement> {
        Ok(Arrangement::threads(workers))
    }

    fn work(&self, kernel: &dyn Kernel, crew: &Crew<'_>) -> Result<(), Failure> {
        work_under(Policy::GilEach, kernel, crew);
        Ok(())
    }

    fn locked(&self) -> bool {
        true
    }
}
