//! `processes`: W processes of one thread each.

use super::{Arrangement, Crew, Free, Model};
use crate::error::Result;
use crate::kernel::Kernel;
use crate::run::Failure;

/// Processes that share nothing but what the operating system makes them share.
#[derive(Debug)]
pub struct Processes;

impl Model for Processes {
    fn name(&self) -> &'static str {
        "processes"
    }

    fn summary(&self) -> &'static str {
        "W worker processes of one thread each"
    }

    fn arrange(&self, workers: usize, _: usize) -> Result<Arrangement> {
        Ok(Arrangement::split(workers, 1))
    }

    fn work(&self, kernel: &dyn Kernel, crew: &Crew<'_>) -> Result<(), Failure> {
        crew.seat_at(kernel, 0, &Free)
    }
}
