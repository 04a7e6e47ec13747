//! A kernel of one's own beside those that come with gilbench:
//! `cargo run --release --example own_kernel -- --kernel collatz`

use gilbench::kernel::{Bound, Kernel, Seat, Task, from_fn};

/// How many numbers a Collatz sequence has.
struct Collatz;

impl Kernel for Collatz {
    fn name(&self) -> &'static str {
        "collatz"
    }
    fn bound(&self) -> Bound {
        Bound::Cpu
    }
    fn prepare(&self, seat: &Seat) -> gilbench::Result<Box<dyn Task>> {
        let next = |&n: &u64| (n > 1).then_some(if n.is_multiple_of(2) { n / 2 } else { 3 * n + 1 });
        from_fn("collatz", Bound::Cpu, move |step| std::iter::successors(Some(step % 97 + 1), next).count() as u64)
            .prepare(seat)
    }
}

fn main() {
    gilbench::main(gilbench::Suite::standard().kernel(&Collatz))
}
