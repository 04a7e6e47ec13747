//! How references to an object are counted. Nothing else in the interpreter knows.

/// The number of references to one object, kept by plain additions: right for one thread, or under a global lock.
#[derive(Debug)]
pub(super) struct Count(u32);

impl Count {
    /// The count of a new object: its maker's reference.
    pub(super) fn one() -> Self {
        Self(1)
    }

    /// One reference more.
    pub(super) fn up(&mut self) {
        self.0 += 1;
    }

    /// One reference less; true if that was the last.
    pub(super) fn down(&mut self) -> bool {
        self.0 -= 1;
        self.0 == 0
    }
}
