//! A hint to the processor.

use std::sync::atomic::AtomicU64;

/// Asks for the cache line of this word, to write to it soon; the memory is not touched. Nothing happens on processors
/// that have no such instruction.
#[inline]
pub fn prefetch_for_write(word: &AtomicU64) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads and writes nothing and cannot fault; the address is that of a reference anyway. Where
    // the instruction is not implemented, 64-bit processors take it for one that does nothing.
    unsafe {
        std::arch::asm!("prefetchw byte ptr [{}]", in(reg) word.as_ptr(), options(nostack, preserves_flags));
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = word;
}
