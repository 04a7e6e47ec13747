//! What is counted while the simulation runs.

/// Buckets per doubling of a duration: percentiles are good to about 2 %.
const FINENESS: u32 = 5;

/// Counts since some moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Time workers spent computing, in nanoseconds.
    pub(crate) computed_ns: u64,
    /// Time cores worked, in nanoseconds: computing, and calls that do not sleep.
    pub(crate) busy_ns: u64,
    /// Time workers waited for a lock, in nanoseconds.
    pub(crate) wait_ns: u64,
    /// Jobs finished.
    pub(crate) jobs: u64,
    /// Times a lock went to another worker than its last holder.
    pub(crate) hand_overs: u64,
    /// Drop requests made.
    pub(crate) requests: u64,
    /// Durations of the finished jobs, by their logarithm.
    durations: Vec<u32>,
}

impl Tally {
    pub(super) fn job(&mut self, ns: u64) {
        self.jobs += 1;
        let bucket = bucket(ns);
        if self.durations.len() <= bucket {
            self.durations.resize(bucket + 1, 0);
        }
        self.durations[bucket] = self.durations[bucket].saturating_add(1);
    }

    /// Adds what another tally counted.
    pub(crate) fn add(&mut self, other: &Self) {
        self.computed_ns += other.computed_ns;
        self.busy_ns += other.busy_ns;
        self.wait_ns += other.wait_ns;
        self.jobs += other.jobs;
        self.hand_overs += other.hand_overs;
        self.requests += other.requests;
        if self.durations.len() < other.durations.len() {
            self.durations.resize(other.durations.len(), 0);
        }
        for (own, theirs) in self.durations.iter_mut().zip(&other.durations) {
            *own = own.saturating_add(*theirs);
        }
    }

    /// The duration that this share of the finished jobs did not exceed, in nanoseconds; `None` if there are too few
    /// jobs for that share to mean anything.
    pub(crate) fn percentile(&self, share: f64) -> Option<f64> {
        // At least two jobs are to lie beyond it.
        if self.jobs as f64 * (1.0 - share) < 2.0 {
            return None;
        }
        let rank = (self.jobs as f64 * share).ceil() as u64;
        let mut below = 0;
        let found = self.durations.iter().position(|&count| {
            below += u64::from(count);
            below >= rank
        });
        found.map(middle)
    }
}

/// The durations that share a bucket have the same highest bits.
fn bucket(ns: u64) -> usize {
    let doublings = (ns | 1).ilog2();
    if doublings < FINENESS {
        return ns as usize;
    }
    let rest = (ns >> (doublings - FINENESS)) & ((1 << FINENESS) - 1);
    (((doublings - FINENESS + 1) << FINENESS) as usize) + rest as usize
}

fn middle(bucket: usize) -> f64 {
    if bucket < 1 << FINENESS {
        return bucket as f64;
    }
    let (doublings, rest) = (bucket >> FINENESS, bucket & ((1 << FINENESS) - 1));
    (f64::from(1 << FINENESS) + rest as f64 + 0.5) * ((1_u64 << doublings) as f64 / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_near_the_middle_of_its_bucket() {
        for ns in (0..40).map(|n| n * n * n * n * 7 + n).chain([u64::MAX >> 1]) {
            let error = (middle(bucket(ns)) - ns as f64).abs();
            assert!(error <= 0.5 + ns as f64 * 0.02, "{ns}: {}", middle(bucket(ns)));
        }
    }

    #[test]
    fn percentiles_of_a_row_of_numbers() {
        let mut tally = Tally::default();
        assert_eq!(tally.percentile(0.5), None);
        (1..=1000).for_each(|n| tally.job(n * 1000));
        let near = |share: f64, expected: f64| (tally.percentile(share).unwrap() / expected - 1.0).abs() < 0.03;
        assert!(near(0.5, 500e3) && near(0.99, 990e3), "{:?}", tally.percentile(0.5));
        assert_eq!(tally.percentile(0.999), None, "one job in a thousand is no percentile");
    }
}
