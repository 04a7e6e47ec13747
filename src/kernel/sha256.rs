//! SHA-256 of a small block: a library's code, which uses the processor's own instructions where there are any.
//!
//! The block is smaller than the 2 KiB from which CPython's `hashlib` lets go of the lock, so keeping the lock is what
//! really happens.

use sha2::{Digest, Sha256};

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::Result;

/// Bytes hashed per step.
const BLOCK: usize = 256;

pub(super) struct Hash;

impl Kernel for Hash {
    fn name(&self) -> &'static str {
        "sha256"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "SHA-256 of 256 bytes, by a library"
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        Ok(chained(seat, |number, _| leading_bytes(&Sha256::digest(block(number)))))
    }
}

/// A block that begins with eight bytes that depend on the step's number, then filler.
fn block(number: u64) -> [u8; BLOCK] {
    let mut block = [0x61; BLOCK];
    block[..8].copy_from_slice(&mix(number).to_le_bytes());
    block
}

fn leading_bytes(digest: &[u8]) -> u64 {
    u64::from_be_bytes(*digest.first_chunk().expect("a digest has 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_standard() {
        // FIPS 180-2, appendix B.1: the digest of "abc".
        assert_eq!(leading_bytes(&Sha256::digest("abc")), 0xba78_16bf_8f01_cfea);
    }
}
