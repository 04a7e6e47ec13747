//! The pages of a private mapping of a file, visited one after the other, for the kernels that touch them.
//!
//! The mapping is unmapped behind its last page and made anew before the next one. It is so large that this is a small
//! part of a step's share, and far smaller than the 128 MiB of will-it-scale's tests, since every worker needs twice
//! its size of memory: for the file in the page cache, and for the pages written to.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::sys::{Mapping, ZeroFile};

/// Pages of a mapping: 8 MiB where pages have 4 KiB.
pub(super) const PAGES: usize = 2048;

pub(super) struct FilePages {
    file: ZeroFile,
    page: usize,
    mapping: Option<Mapping>,
    used: usize,
}

impl FilePages {
    /// Visits every page once, so that no later visit has to bring the file into the page cache.
    pub(super) fn new() -> Result<Self> {
        let page = rustix::param::page_size();
        let (bytes, folder) = (PAGES * page, std::env::temp_dir());
        let what = format!("making a file of {bytes} bytes in {}", folder.display());
        let file = ZeroFile::new(bytes).map_err(Error::os(what))?;
        let mut pages = Self { file, page, mapping: None, used: 0 };
        for _ in 0..PAGES {
            pages.visit(|mapping, page| mapping.bytes()[page.start] = 1)?;
        }
        Ok(pages)
    }

    /// Gives the mapping and the place of its next page to `visit`.
    pub(super) fn visit<R>(&mut self, visit: impl FnOnce(&mut Mapping, Range<usize>) -> R) -> Result<R> {
        let mapping = match &mut self.mapping {
            Some(mapping) => mapping,
            none => none
                .insert(self.file.map().map_err(Error::os(format!("mapping {} bytes of memory", PAGES * self.page)))?),
        };
        let start = self.used * self.page;
        let result = visit(mapping, start..start + self.page);
        self.used += 1;
        if self.used == PAGES {
            (self.mapping, self.used) = (None, 0);
        }
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_fresh() {
        let mut pages = FilePages::new().unwrap();
        for step in 0..3 * PAGES {
            let before = pages.visit(|mapping, page| {
                let old = mapping.bytes()[page.clone()].to_vec();
                mapping.bytes()[page].fill(7);
                old
            });
            assert!(before.unwrap().iter().all(|&byte| byte == 0), "step {step}");
        }
    }
}
