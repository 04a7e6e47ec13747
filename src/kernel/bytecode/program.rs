//! Programs for the interpreter: the instruction set, and the function that the kernel calls.

/// One instruction. Operands come from the stack, the one pushed last first; results go there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Instruction {
    /// Pushes the constant of this number.
    Constant(usize),
    /// Pushes what is in this local.
    Load(usize),
    /// Pops into this local.
    Store(usize),
    /// Adds two numbers, wrapping.
    Add,
    /// Multiplies two numbers, wrapping.
    Multiply,
    /// 1 if the first of two numbers is below the second, else 0.
    Less,
    /// Makes a pair of two objects.
    Pair,
    /// The first half of a pair.
    First,
    /// The second half of a pair.
    Second,
    /// Goes on at this instruction.
    Jump(usize),
    /// Pops a number and goes on at this instruction if it is 0.
    JumpUnless(usize),
    /// Pops the result and ends.
    Return,
}

/// A function of one argument, which it finds in local 0.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) code: &'static [Instruction],
    pub(super) constants: &'static [i64],
    pub(super) locals: usize,
}

/// The kernel's function. In Python:
///
/// ```python
/// def recurrence(n):
///     pair = (n, 1)
///     i = 0
///     while i < 4:
///         pair = (pair[1], pair[0] * 31 + pair[1])
///         i = i + 1
///     return pair[0] + pair[1]
/// ```
pub(super) const RECURRENCE: Program = {
    use Instruction::{Add, Constant, First, Jump, JumpUnless, Less, Load, Multiply, Pair, Return, Second, Store};
    const N: usize = 0;
    const PAIR: usize = 1;
    const I: usize = 2;
    const ZERO: usize = 0;
    const ONE: usize = 1;
    const FACTOR: usize = 2;
    const TURNS: usize = 3;
    const HEAD: usize = 6;
    const END: usize = 26;
    Program {
        #[rustfmt::skip]
        code: &[
            Load(N), Constant(ONE), Pair, Store(PAIR),
            Constant(ZERO), Store(I),
            // HEAD
            Load(I), Constant(TURNS), Less, JumpUnless(END),
            Load(PAIR), Second,
            Load(PAIR), First, Constant(FACTOR), Multiply,
            Load(PAIR), Second, Add, Pair, Store(PAIR),
            Load(I), Constant(ONE), Add, Store(I), Jump(HEAD),
            // END
            Load(PAIR), First, Load(PAIR), Second, Add, Return,
        ],
        constants: &[0, 1, 31, 4],
        locals: 3,
    }
};
