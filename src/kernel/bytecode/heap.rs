//! The objects of an interpreter, each freed when the last reference to it is given up.
//!
//! The heap has a fixed number of places and a list of the free ones, made when it is set up: objects come and go
//! without the system's allocator, as most of CPython's come and go in its free lists.

use crate::count::Count;

/// Places for objects: far more than any program here has alive at once.
const PLACES: u32 = 64;

/// A counted reference. A copy of it is a second reference only after [`Heap::up`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ref(u32);

/// What an object is.
#[derive(Debug, Clone, Copy)]
enum Value {
    Number(i64),
    /// Owns a reference to each half.
    Pair(Ref, Ref),
}

#[derive(Debug)]
struct Object<C> {
    count: C,
    value: Value,
}

/// All objects of one interpreter.
#[derive(Debug)]
pub(super) struct Heap<C> {
    objects: Vec<Object<C>>,
    free: Vec<Ref>,
}

impl<C: Count> Heap<C> {
    /// An empty heap.
    pub(super) fn new() -> Self {
        let objects = (0..PLACES).map(|_| Object { count: C::one(), value: Value::Number(0) }).collect();
        Self { objects, free: (0..PLACES).rev().map(Ref).collect() }
    }

    /// A new number.
    pub(super) fn number(&mut self, number: i64) -> Ref {
        self.place(Value::Number(number))
    }

    /// A new pair, which takes over the two references.
    pub(super) fn pair(&mut self, first: Ref, second: Ref) -> Ref {
        self.place(Value::Pair(first, second))
    }

    /// One reference more to the object.
    pub(super) fn up(&mut self, object: Ref) -> Ref {
        self.object(object).count.up();
        object
    }

    /// Gives up a reference; with the last one go the object and what it refers to.
    pub(super) fn down(&mut self, object: Ref) {
        if self.object_mut(object).count.down_alone() {
            self.free.push(object);
            if let Value::Pair(first, second) = self.object(object).value {
                self.down(first);
                self.down(second);
            }
        }
    }

    /// The value of a number; the reference stays the caller's.
    ///
    /// # Panics
    /// If it is a pair: the program is wrong.
    pub(super) fn to_number(&self, object: Ref) -> i64 {
        match self.object(object).value {
            Value::Number(number) => number,
            Value::Pair(..) => panic!("the program wants a number where it has a pair"),
        }
    }

    /// The halves of a pair, whose references stay the pair's.
    ///
    /// # Panics
    /// If it is a number: the program is wrong.
    pub(super) fn halves(&self, object: Ref) -> (Ref, Ref) {
        match self.object(object).value {
            Value::Pair(first, second) => (first, second),
            Value::Number(number) => panic!("the program wants a pair where it has the number {number}"),
        }
    }

    /// How many objects there are.
    #[cfg(test)]
    pub(super) fn live(&self) -> usize {
        self.objects.len() - self.free.len()
    }

    fn place(&mut self, value: Value) -> Ref {
        let place = self.free.pop().expect("the heap has a place for every object of the program");
        *self.object_mut(place) = Object { count: C::one(), value };
        place
    }

    fn object(&self, object: Ref) -> &Object<C> {
        &self.objects[object.0 as usize]
    }

    fn object_mut(&mut self, object: Ref) -> &mut Object<C> {
        &mut self.objects[object.0 as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::{Biased, Plain};

    #[test]
    fn objects_live_as_long_as_references_to_them() {
        live_and_die(Heap::<Plain>::new());
        live_and_die(Heap::<Biased>::new());
    }

    fn live_and_die<C: Count>(mut heap: Heap<C>) {
        let (one, two) = (heap.number(1), heap.number(2));
        let inner = heap.pair(one, two);
        let kept = heap.up(two);
        let outer = heap.pair(inner, kept);
        assert_eq!(heap.live(), 4);

        heap.up(two);
        heap.down(outer);
        assert_eq!((heap.live(), heap.to_number(two)), (1, 2));
        heap.down(two);
        assert_eq!(heap.live(), 0);
    }

    /// Its objects were made on another thread, which has given the heap away: this one stands for their owner.
    #[test]
    fn a_heap_may_change_threads() {
        let mut heap = Heap::<Biased>::new();
        let number = heap.number(1);
        let pair = heap.number(2);
        let pair = heap.pair(number, pair);
        heap.up(number);
        std::thread::spawn(move || {
            heap.down(pair);
            assert_eq!((heap.live(), heap.to_number(number)), (1, 1));
            heap.down(number);
            assert_eq!(heap.live(), 0);
        })
        .join()
        .unwrap();
    }

    #[test]
    #[should_panic(expected = "wants a pair")]
    fn a_number_has_no_halves() {
        let mut heap = Heap::<Plain>::new();
        let number = heap.number(5);
        heap.halves(number);
    }
}
