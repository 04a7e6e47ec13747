//! How the id of a case tells which revision of its kernel was measured.
//!
//! The rule, once for everything: of revision 1 a case is `mmap/threads/2`, of revision N from 2 on it is
//! `mmap.rN/threads/2`. A kernel's own name has no dot, so the two cannot be mistaken for each other. Runs, comparisons,
//! the history and every export know a case by its id, so times of different revisions meet nowhere; documents that are
//! older than revisions are of revision 1 by themselves. `--kernel` and [`KernelInfo::id`](super::KernelInfo::id) take
//! and have the plain name.

use super::{CaseResult, Run};

/// The first part of the ids of a kernel's cases.
pub fn revised(kernel: &str, revision: u32) -> String {
    if revision > 1 { format!("{kernel}.r{revision}") } else { kernel.into() }
}

/// The kernel's own name in the first part of an id.
pub fn unrevised(first: &str) -> &str {
    parts(first).0
}

/// The revision in the id of a case; 1 if it names none.
pub fn revision_of(case: &str) -> u32 {
    parts(case).1
}

/// Whether two ids differ in the revision of their kernel and in nothing else; if so, the later one.
pub fn later_revision(one: &str, other: &str) -> Option<u32> {
    let ((kernel, a, rest), (other_kernel, b, other_rest)) = (parts(one), parts(other));
    ((kernel, rest) == (other_kernel, other_rest) && a != b).then(|| a.max(b))
}

/// The kernel, its revision, and what follows behind the slash.
fn parts(case: &str) -> (&str, u32, &str) {
    let (first, rest) = case.split_once('/').unwrap_or((case, ""));
    let revised = first.rsplit_once(".r").and_then(|(kernel, number)| Some((kernel, number.parse().ok()?)));
    let (kernel, revision) = revised.unwrap_or((first, 1));
    (kernel, revision, rest)
}

impl Run {
    /// The revision of a kernel; 1 if it is not there.
    pub fn revision(&self, kernel: &str) -> u32 {
        self.kernel(kernel).map_or(1, |kernel| kernel.revision)
    }

    /// Refuses a case whose id tells of another revision than its kernel has.
    pub(super) fn check_revision(&self, case: &CaseResult) -> Result<(), String> {
        let (revision, told) = (self.revision(&case.kernel), revision_of(&case.id));
        if revision == told {
            return Ok(());
        }
        Err(format!(
            "kernel `{}` is of revision {revision}, but the id of case `{}` of revision {told}",
            case.kernel, case.id
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stands_in_the_id_from_2_on() {
        assert_eq!(revised("mmap", 1), "mmap");
        assert_eq!(revised("mmap", 2), "mmap.r2");
        for revision in [1, 2, 3, 17] {
            assert_eq!(revision_of(&format!("{}/threads/2@twin", revised("mmap", revision))), revision);
            assert_eq!(unrevised(&revised("mmap", revision)), "mmap");
        }
        for plain in ["mmap/threads/2", "mmap", "", "/", "mmap.r/threads/2", "mmap.rx/threads/2", "a/mmap.r2/2"] {
            assert_eq!(revision_of(plain), 1, "{plain:?}");
        }
    }

    #[test]
    fn is_told_of_ids_that_differ_in_nothing_else() {
        assert_eq!(later_revision("mmap/threads/2", "mmap.r2/threads/2"), Some(2));
        assert_eq!(later_revision("mmap.r3/threads/2", "mmap.r2/threads/2"), Some(3), "whichever comes first");
        for other in ["mmap.r2/threads/2", "mmap.r3/threads/4", "mmap-touch.r3/threads/2", "mmap.r3/serial/2"] {
            assert_eq!(later_revision("mmap.r2/threads/2", other), None, "{other}");
        }
    }
}
