//! The place in a stretch where what lies before differs most from what lies behind.
//!
//! A level that came and went differs little from the whole of what lies beside it, which hides both of its ends. E-divisive
//! therefore looks for the place in every shorter stretch too; here in halves and quarters that overlap by half, which
//! finds the same at a fraction of the cost. The permutations look in the same places, so nothing has to be corrected for.
//!
//! With F and G the distribution functions of the τ values before and the n − τ behind, the statistic at τ is
//! τ(n − τ)/n · 2·mean((F − G)²), where the mean is over quantiles of the whole stretch. Both functions are counts, so
//! that moving one value across the border changes them by a fixed step, and a stretch is scanned in one pass.

use std::ops::Range;

use crate::stats::sorted;

/// Quantiles at which the two distribution functions are compared. More of them change nothing that matters, and these
/// fit the registers of a processor.
const QUANTILES: usize = 31;

/// Counts at each quantile; the last stays empty, for an even number.
type Counts = [f64; QUANTILES + 1];

/// Values as what matters of them: between which quantiles of the whole each one lies, that is, how many of them lie below.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    places: Vec<u8>,
}

/// Where a stretch is best divided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// Values before it.
    pub(super) at: usize,
    /// The weighted energy distance of ranks there.
    pub(super) statistic: f64,
    /// Where the part begins in which they are that far apart.
    pub(super) start: usize,
    /// Values of that part, and those of them that lie before the place.
    pub(super) part: (usize, usize),
}

impl Stretch {
    /// A stretch of at least one value.
    pub(super) fn new(values: &[f64]) -> Self {
        let sorted = sorted(values);
        let quantiles: Vec<f64> =
            (1..=QUANTILES).map(|rank| sorted[rank * (values.len() - 1) / (QUANTILES + 1)]).collect();
        let place = |value: &f64| quantiles.partition_point(|quantile| quantile < value) as u8;
        Self { places: values.iter().map(place).collect() }
    }

    /// For each value, how many of the quantiles lie below it.
    pub(super) fn places(&self) -> &[u8] {
        &self.places
    }

    /// What lies before and what lies behind the place, of the part in which it was found.
    pub(super) fn sides(&self, found: &Found) -> (&[u8], &[u8]) {
        self.places[found.start..][..found.part.0].split_at(found.part.1)
    }

    /// The same values in a random order.
    pub(super) fn shuffle(&mut self, random: &mut fastrand::Rng) {
        random.shuffle(&mut self.places);
    }
}

/// The best place with at least `minimum` values on either side; the stretch has at least twice as many.
pub(super) fn scan(stretch: &Stretch, minimum: usize) -> Found {
    let scans = parts(stretch.places.len(), minimum).into_iter().map(|part| {
        let found = scan_part(&stretch.places[part.clone()], minimum);
        Found { at: part.start + found.at, start: part.start, ..found }
    });
    scans
        .reduce(|best, other| if other.statistic > best.statistic { other } else { best })
        .expect("the whole is a part")
}

/// The whole, its halves and its quarters, each overlapping by half with the next, as long as they are worth it.
fn parts(n: usize, minimum: usize) -> Vec<Range<usize>> {
    let lengths = [n, n / 2, n / 4].into_iter().filter(|length| *length == n || *length >= 4 * minimum);
    let all = lengths.flat_map(|length| {
        let starts = (0..).map(move |at| at * (length / 2).max(1)).take_while(move |start| start + length < n);
        starts.chain([n - length]).map(move |start| start..start + length)
    });
    all.collect()
}

/// The best place in a part.
fn scan_part(places: &[u8], minimum: usize) -> Found {
    let n = places.len() as f64;
    // How many of the values so far are at or below each quantile, beyond what their number would lead to expect.
    let mut excess: Counts = [0.0; QUANTILES + 1];
    let steps = steps(&shares(places));
    let mut best = Found { at: minimum, statistic: f64::NEG_INFINITY, start: 0, part: (places.len(), minimum) };
    for (before, &place) in places.iter().enumerate() {
        let squares = advance(&mut excess, &steps[usize::from(place)]);
        let at = before + 1;
        if at < minimum || places.len() - at < minimum {
            continue;
        }
        // F − G = n·excess / (τ(n − τ)), so that the weight leaves one n and one τ(n − τ).
        let statistic = 2.0 / QUANTILES as f64 * n * squares / (at as f64 * (n - at as f64));
        if statistic > best.statistic {
            best = Found { at, statistic, start: 0, part: (places.len(), at) };
        }
    }
    best
}

/// How many values are at or below each quantile, over their number.
fn shares(places: &[u8]) -> Counts {
    let mut counts = [0_usize; QUANTILES + 1];
    for place in places {
        counts[usize::from(*place)] += 1;
    }
    let mut shares = [0.0; QUANTILES + 1];
    let mut below = 0;
    for (share, count) in shares[..QUANTILES].iter_mut().zip(counts) {
        below += count;
        *share = below as f64 / places.len() as f64;
    }
    shares
}

/// What one more value in each place adds to the excess.
fn steps(shares: &Counts) -> Vec<Counts> {
    let step = |place: usize| {
        let mut step = shares.map(|share| -share);
        step[place.min(QUANTILES)..QUANTILES].iter_mut().for_each(|excess| *excess += 1.0);
        step
    };
    (0..=QUANTILES).map(step).collect()
}

/// Adds a step and gives the sum of squares.
fn advance(excess: &mut Counts, step: &Counts) -> f64 {
    // Four sums, so that no addition waits for the one before it.
    let mut sums = [0.0; 4];
    for (four, step) in excess.chunks_exact_mut(4).zip(step.chunks_exact(4)) {
        for lane in 0..4 {
            four[lane] += step[lane];
            sums[lane] += four[lane] * four[lane];
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The statistic from its definition, with the distribution functions counted anew at every place.
    fn by_definition(values: &[f64], minimum: usize) -> (usize, f64) {
        let sorted = sorted(values);
        let quantiles: Vec<f64> =
            (1..=QUANTILES).map(|rank| sorted[rank * (values.len() - 1) / (QUANTILES + 1)]).collect();
        let below = |part: &[f64], quantile: f64| {
            part.iter().filter(|value| **value <= quantile).count() as f64 / part.len() as f64
        };
        let statistic = |at: usize| {
            let (before, behind) = values.split_at(at);
            let squares = quantiles.iter().map(|q| (below(before, *q) - below(behind, *q)).powi(2));
            let (n, m) = (before.len() as f64, behind.len() as f64);
            n * m / (n + m) * 2.0 * squares.sum::<f64>() / QUANTILES as f64
        };
        let places = minimum..=values.len() - minimum;
        places.map(|at| (at, statistic(at))).max_by(|a, b| a.1.total_cmp(&b.1)).expect("there are places")
    }

    #[test]
    fn one_pass_gives_what_the_definition_gives() {
        let mut random = fastrand::Rng::with_seed(3);
        for n in [10, 11, 40, 200] {
            for ties in [false, true] {
                let draw = |random: &mut fastrand::Rng| if ties { random.u8(..6).into() } else { random.f64() };
                let values: Vec<f64> = (0..n).map(|_| draw(&mut random)).collect();
                let found = scan_part(&Stretch::new(&values).places, 5);
                let (_, statistic) = by_definition(&values, 5);
                assert!((found.statistic - statistic).abs() < 1e-9, "n = {n}: {found:?}, not {statistic}");
            }
        }
    }

    #[test]
    fn parts_cover_the_whole_and_are_worth_it() {
        assert_eq!(parts(30, 5), std::iter::once(0..30).collect::<Vec<_>>());
        assert_eq!(parts(40, 5), [0..40, 0..20, 10..30, 20..40]);
        for n in [83, 400, 1001] {
            let parts = parts(n, 5);
            assert!((11..=13).contains(&parts.len()), "{n}: {parts:?}");
            for length in [n / 2, n / 4] {
                let same: Vec<_> = parts.iter().filter(|part| part.len() == length).collect();
                assert!((0..n).all(|at| same.iter().any(|part| part.contains(&at))), "{n}: {parts:?}");
            }
        }
    }

    #[test]
    fn a_level_that_came_and_went_has_two_ends() {
        let values: Vec<f64> =
            (0..80).map(|run| f64::from(run % 7) + if (30..50).contains(&run) { 50.0 } else { 0.0 }).collect();
        let found = scan(&Stretch::new(&values), 5);
        assert!([30, 50].contains(&found.at), "{found:?}");
    }

    #[test]
    fn only_the_order_of_values_matters() {
        let mut random = fastrand::Rng::with_seed(4);
        let values: Vec<f64> = (0..60).map(|_| random.f64() * 5.0).collect();
        let grown: Vec<f64> = values.iter().map(|value| value.exp()).collect();
        let (plain, grown) = (scan(&Stretch::new(&values), 5), scan(&Stretch::new(&grown), 5));
        assert_eq!((plain.at, plain.statistic.to_bits()), (grown.at, grown.statistic.to_bits()));
    }
}
