//! Where workers work: on one processor, or on two.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::error::{Error, Result};
use crate::machine;

/// Places of two workers that have to do with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On the same processor: while one runs, the other does not.
    Same,
    /// On two processors.
    Other,
}

impl Place {
    /// As it stands in readings' names.
    pub(super) fn name(self) -> &'static str {
        if self == Self::Same { "same-core" } else { "other-core" }
    }
}

/// Every place that there is, with the processors of the first worker and of the second.
///
/// The second processor is another core if there is one, and not the same one's other hardware thread.
pub(super) fn places(cores: usize) -> Result<Vec<(Place, [CpuSet; 2])>> {
    let (_, numbers) = usable()?;
    let first = only(numbers[0]);
    let mut places = vec![(Place::Same, [first, first])];
    // Under a quota of one processor, two that are used at once are paused together.
    if let Some(other) = other(&numbers, &machine::siblings(numbers[0])).filter(|_| cores > 1) {
        places.push((Place::Other, [first, only(other)]));
    }
    Ok(places)
}

/// The processors of two workers that do their best side by side.
pub(super) fn apart(cores: usize) -> Result<[CpuSet; 2]> {
    Ok(places(cores)?.pop().expect("one processor is always there").1)
}

/// Processors that this thread may use, and their numbers.
pub(super) fn usable() -> Result<(CpuSet, Vec<usize>)> {
    let all = sched_getaffinity(None).map_err(Error::os("reading the affinity mask"))?;
    let numbers: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|&cpu| all.is_set(cpu)).collect();
    Ok((all, numbers))
}

/// This processor alone.
pub(super) fn only(cpu: usize) -> CpuSet {
    let mut one = CpuSet::new();
    one.set(cpu);
    one
}

/// Keeps the calling thread on these processors, and whom it starts from here on.
pub(super) fn pin(mask: &CpuSet) -> Result<()> {
    sched_setaffinity(None, mask).map_err(Error::os("pinning to processors"))
}

/// The same for a worker of a probe, which has nobody to tell: its end tells it.
///
/// # Panics
/// If the system refuses.
pub(super) fn settle(mask: &CpuSet) {
    pin(mask).unwrap_or_else(|error| panic!("{error}"));
}

/// The first of another core than the first; else the second.
fn other(numbers: &[usize], siblings: &[usize]) -> Option<usize> {
    numbers[1..].iter().find(|cpu| !siblings.contains(cpu)).or(numbers.get(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_core_is_no_hardware_thread_of_the_same_if_there_is_a_choice() {
        assert_eq!(other(&[2], &[2]), None);
        assert_eq!(other(&[0, 1, 2, 3], &[0, 1]), Some(2));
        assert_eq!(other(&[0, 1], &[0, 1]), Some(1));
    }

    #[test]
    fn one_core_is_one_place() {
        assert_eq!(places(1).unwrap().len(), 1);
        assert!(places(2).unwrap().iter().all(|(_, masks)| masks.iter().all(|mask| mask.count() == 1)));
    }
}
