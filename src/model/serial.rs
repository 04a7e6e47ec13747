//! `serial`: one thread, the baseline of every speedup.

use super::{Arrangement, Crew, Free, Model};
use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::run::Failure;

/// One worker, on the main thread of its process.
#[derive(Debug)]
pub struct Serial;

impl Model for Serial {
    fn name(&self) -> &'static str {
        "serial"
    }

    fn summary(&self) -> &'static str {
        "one thread in one process: the baseline"
    }

    fn arrange(&self, workers: usize, _: usize) -> Result<Arrangement> {
        match workers {
            1 => Ok(Arrangement::threads(1)),
            _ => Err(Error::request(format!("model serial has one worker, not {workers}"))),
        }
    }

    fn work(&self, kernel: &dyn Kernel, crew: &Crew<'_>) -> Result<(), Failure> {
        crew.seat_at(kernel, 0, &Free)
    }
}
