//! A fixed number of numbered seats: a lock and a tally have room for so many.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The free seats.
#[derive(Debug)]
pub(super) struct Seats {
    free: Mutex<Vec<usize>>,
    freed: Condvar,
}

/// A seat that is taken until this is dropped.
#[derive(Debug)]
pub(super) struct Seat<'a> {
    seats: &'a Seats,
    number: usize,
}

impl Seats {
    /// So many, all free.
    pub(super) fn new(number: usize) -> Self {
        Self { free: Mutex::new((0..number).rev().collect()), freed: Condvar::new() }
    }

    /// Takes a seat; waits until one is free.
    pub(super) fn take(&self) -> Seat<'_> {
        let mut free = self.free();
        loop {
            if let Some(number) = free.pop() {
                return Seat { seats: self, number };
            }
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn free(&self) -> MutexGuard<'_, Vec<usize>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat<'_> {
    /// Its number, from 0; no two that are taken have the same.
    pub(super) fn number(&self) -> usize {
        self.number
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.seats.free().push(self.number);
        self.seats.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_all_seats_taken_waits_for_one() {
        let seats = Seats::new(2);
        let (first, second) = (seats.take(), seats.take());
        assert_ne!(first.number(), second.number());
        let number = first.number();
        std::thread::scope(|scope| {
            let third = scope.spawn(|| seats.take().number());
            drop(first);
            assert_eq!(third.join().unwrap(), number);
        });
    }
}
