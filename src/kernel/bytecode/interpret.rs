//! Runs programs: fetch, dispatch, count.

use std::hint::black_box;

use super::heap::{Heap, Ref};
use super::program::{Instruction, Program};
use crate::count::Count;

/// One interpreter, with a heap of its own, ready to call one program.
#[derive(Debug)]
pub(super) struct Interpreter<C> {
    program: &'static Program,
    constants: Vec<Ref>,
    locals: Vec<Option<Ref>>,
    stack: Vec<Ref>,
    heap: Heap<C>,
}

/// Room for operands: more than any program here uses, so that the stack never grows in a step.
const STACK: usize = 16;

impl<C: Count> Interpreter<C> {
    /// Loads a program: its constants are objects, referred to for as long as the interpreter lives.
    pub(super) fn new(program: &'static Program) -> Self {
        let mut heap = Heap::new();
        let constants = program.constants.iter().map(|&constant| heap.number(constant)).collect();
        let locals = vec![None; program.locals];
        // The compiler is not to know which program it is, or it could compile the interpreter away.
        Self { program: black_box(program), constants, locals, stack: Vec::with_capacity(STACK), heap }
    }

    /// Calls the program with one argument and runs it until it returns.
    pub(super) fn call(&mut self, argument: i64) -> i64 {
        self.locals[0] = Some(self.heap.number(argument));
        let mut at = 0;
        loop {
            let instruction = self.program.code[at];
            at += 1;
            match instruction {
                Instruction::Jump(target) => at = target,
                Instruction::JumpUnless(target) if self.pop_number() == 0 => at = target,
                Instruction::JumpUnless(_) => {}
                Instruction::Return => break,
                other => self.execute(other),
            }
        }
        self.leave()
    }

    /// Executes an instruction that goes on at the next one.
    #[inline]
    fn execute(&mut self, instruction: Instruction) {
        match instruction {
            Instruction::Constant(number) => self.push_another(self.constants[number]),
            Instruction::Load(local) => self.push_another(self.locals[local].expect("a local is stored before loaded")),
            Instruction::Store(local) => {
                let value = self.pop();
                self.set(local, Some(value));
            }
            Instruction::Add => self.arithmetic(i64::wrapping_add),
            Instruction::Multiply => self.arithmetic(i64::wrapping_mul),
            Instruction::Less => self.arithmetic(|left, right| i64::from(left < right)),
            Instruction::Pair => {
                let (second, first) = (self.pop(), self.pop());
                let pair = self.heap.pair(first, second);
                self.stack.push(pair);
            }
            Instruction::First => self.half(|(first, _)| first),
            Instruction::Second => self.half(|(_, second)| second),
            Instruction::Jump(_) | Instruction::JumpUnless(_) | Instruction::Return => {
                unreachable!("the loop of a call follows jumps itself")
            }
        }
    }

    /// Takes the result off the stack and empties the locals.
    fn leave(&mut self) -> i64 {
        let result = self.pop_number();
        (0..self.locals.len()).for_each(|local| self.set(local, None));
        result
    }

    fn set(&mut self, local: usize, value: Option<Ref>) {
        if let Some(old) = std::mem::replace(&mut self.locals[local], value) {
            self.heap.down(old);
        }
    }

    fn push_another(&mut self, object: Ref) {
        let another = self.heap.up(object);
        self.stack.push(another);
    }

    fn pop(&mut self) -> Ref {
        self.stack.pop().expect("a program pops only what it pushed")
    }

    fn pop_number(&mut self) -> i64 {
        let object = self.pop();
        let number = self.heap.to_number(object);
        self.heap.down(object);
        number
    }

    fn arithmetic(&mut self, operation: impl FnOnce(i64, i64) -> i64) {
        let (right, left) = (self.pop_number(), self.pop_number());
        let result = self.heap.number(operation(left, right));
        self.stack.push(result);
    }

    fn half(&mut self, choose: impl FnOnce((Ref, Ref)) -> Ref) {
        let pair = self.pop();
        let half = choose(self.heap.halves(pair));
        self.push_another(half);
        self.heap.down(pair);
    }
}

#[cfg(test)]
mod tests {
    use super::super::program::RECURRENCE;
    use super::*;
    use crate::count::Plain;

    /// What [`RECURRENCE`] computes.
    fn recurrence(n: i64) -> i64 {
        let (first, second) = (0..4).fold((n, 1), |(a, b): (i64, i64), _| (b, a.wrapping_mul(31).wrapping_add(b)));
        first.wrapping_add(second)
    }

    #[test]
    fn computes_what_the_program_says() {
        let mut interpreter = Interpreter::<Plain>::new(&RECURRENCE);
        for n in [0, 1, 2, -1, 1_000_003, i64::MAX, i64::MIN] {
            assert_eq!(interpreter.call(n), recurrence(n), "of {n}");
        }
    }

    #[test]
    fn leaks_nothing() {
        let mut interpreter = Interpreter::<Plain>::new(&RECURRENCE);
        for n in 0..1000 {
            interpreter.call(n);
            assert_eq!(interpreter.heap.live(), RECURRENCE.constants.len(), "after call {n}");
        }
    }

    #[test]
    fn jumps_only_if_told() {
        static CHOICE: Program = Program {
            code: &[
                Instruction::Load(0),
                Instruction::Constant(0),
                Instruction::Less,
                Instruction::JumpUnless(6),
                Instruction::Constant(1),
                Instruction::Return,
                Instruction::Constant(2),
                Instruction::Return,
            ],
            constants: &[10, 111, 222],
            locals: 1,
        };
        let mut interpreter = Interpreter::<Plain>::new(&CHOICE);
        assert_eq!([9, 10].map(|n| interpreter.call(n)), [111, 222]);
    }

    #[test]
    #[should_panic(expected = "pops only what it pushed")]
    fn a_wrong_program_is_found_out() {
        static WRONG: Program = Program { code: &[Instruction::Add], constants: &[], locals: 1 };
        Interpreter::<Plain>::new(&WRONG).call(0);
    }
}
