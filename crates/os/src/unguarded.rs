//! A number that nothing guards, for tests of what should.

use std::cell::UnsafeCell;

/// Read and written plainly, by whoever wants to. What stands between two threads here is the lock or the count under
/// test, so `ThreadSanitizer` reports a data race where that does not do its work.
#[derive(Debug, Default)]
pub struct Unguarded(UnsafeCell<u64>);

// SAFETY: none of its own. In a test of a lock, that lock excludes and orders; where it does not, the test has found
// what it looks for. The feature `testing` exists for nothing else.
unsafe impl Sync for Unguarded {}

impl Unguarded {
    /// The number.
    pub fn get(&self) -> u64 {
        // SAFETY: the pointer is valid; for races, see above.
        unsafe { self.0.get().read_volatile() }
    }

    /// Adds one.
    pub fn add_one(&self) {
        // SAFETY: as in `get`. Volatile, so that each addition is a load and a store where it stands.
        unsafe { self.0.get().write_volatile(self.get() + 1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A race, for `ThreadSanitizer` to see; without it, no test at all.
    #[test]
    #[ignore = "a data race on purpose: run by scripts/tsan, to see that it would see one"]
    fn a_race() {
        let number = Unguarded::default();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..1000).for_each(|_| number.add_one()));
            }
        });
    }
}
