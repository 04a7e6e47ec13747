//! The pseudo-random numbers of all kernels: a function of the step's number, never of what ran before.
//!
//! This is the output function of `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
//! OOPSLA 2014): neighbouring numbers give unrelated values, and different numbers give different values.

/// Scatters a number over all 64 bits. One to one.
pub(super) fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
