//! What is handed over: payloads, and the reading of every byte of one.

use super::super::mix::mix;

/// The payloads of a dispatcher, all of one size. The same everywhere: who knows a job's number knows its bytes.
#[derive(Debug)]
pub(crate) struct Store {
    kinds: Vec<Box<[u8]>>,
}

impl Store {
    /// Different payloads: enough that a large one is not in the caches nearest to its reader only because it has been
    /// read just before.
    pub(crate) const KINDS: u64 = 8;

    /// Payloads of so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        let words = bytes.div_ceil(8) as u64;
        let kind = |kind: u64| (0..words).flat_map(move |word| mix(kind << 32 | word).to_le_bytes()).take(bytes);
        Self { kinds: (0..Self::KINDS).map(|number| kind(number).collect()).collect() }
    }

    /// The payload of job `number`.
    pub(crate) fn payload(&self, number: u64) -> &[u8] {
        &self.kinds[(number % Self::KINDS) as usize]
    }

    /// What all of the jobs with numbers below `jobs` read, together.
    pub(crate) fn sum(&self, jobs: u64) -> u64 {
        let times = |kind: u64| jobs / Self::KINDS + u64::from(jobs % Self::KINDS > kind);
        (0..Self::KINDS).fold(0, |sum: u64, kind| sum.wrapping_add(times(kind).wrapping_mul(read(self.payload(kind)))))
    }
}

/// Reads every byte, as fast as memory allows: the sum of its words, little-endian, the last one filled up with zeros.
#[inline]
pub(crate) fn read(payload: &[u8]) -> u64 {
    let (words, rest) = payload.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    words.iter().fold(u64::from_le_bytes(last), |sum, word| sum.wrapping_add(u64::from_le_bytes(*word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_counts() {
        for bytes in [1, 7, 8, 9, 100] {
            let store = Store::new(bytes);
            let (mut payload, whole) = (store.payload(3).to_vec(), read(store.payload(3)));
            assert_eq!(payload.len(), bytes);
            for at in 0..bytes {
                payload[at] ^= 1;
                assert_ne!(read(&payload), whole, "byte {at} of {bytes}");
                payload[at] ^= 1;
            }
        }
        assert_eq!(read(&[]), 0);
    }

    #[test]
    fn the_sum_is_that_of_all_jobs() {
        let store = Store::new(24);
        for jobs in [0, 1, 7, 8, 9, 100] {
            let one_by_one = (0..jobs).fold(0, |sum: u64, job| sum.wrapping_add(read(store.payload(job))));
            assert_eq!(store.sum(jobs), one_by_one, "{jobs} jobs");
        }
        assert_ne!(store.payload(0), store.payload(1));
        assert_eq!(store.payload(1), Store::new(24).payload(9));
    }
}
