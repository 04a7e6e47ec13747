//! A small stack-machine interpreter with reference counts: the stand-in for Python code.
//!
//! It is an interpreter and not a model of one: instructions are fetched and dispatched, every value is an object on a
//! heap, and every push, pop, load and store counts references up or down and frees what nobody refers to any more. A
//! step is one call of a function, up to its return: about ninety instructions between two safepoints.
//!
//! [`program`] is what is run, [`interpret`] runs it, [`heap`] keeps the objects. How references are counted is the
//! model's business: plainly under a lock, with a bias without one ([`crate::count`]).

mod heap;
mod interpret;
mod program;

use super::chained::chained;
use super::{Bound, Counting, Kernel, Seat, Task};
use crate::count::{Biased, Count, Plain};
use crate::error::Result;
use interpret::Interpreter;

pub(super) struct Bytecode;

impl Kernel for Bytecode {
    fn name(&self) -> &'static str {
        "bytecode"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "interprets a small function with reference counts, like Python code"
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        Ok(match seat.counting() {
            Counting::Plain => task::<Plain>(seat),
            Counting::Biased => task::<Biased>(seat),
        })
    }
}

fn task<C: Count + Send + 'static>(seat: &Seat) -> Box<dyn Task> {
    let mut interpreter = Interpreter::<C>::new(&program::RECURRENCE);
    chained(seat, move |number, _| interpreter.call(number.cast_signed()).cast_unsigned())
}
