//! The place in a stretch where what lies before differs most from what lies behind.
//!
//! With F and G the distribution functions of the τ values before and the n − τ behind, the statistic at τ is
//! τ(n − τ)/n · 2·mean((F − G)²), where the mean is over quantiles of the whole stretch. Both functions are counts, so
//! that moving one value across the border changes them by a fixed step, and a stretch is scanned in one pass.

use crate::stats::sorted;

/// Quantiles at which the two distribution functions are compared. More of them change nothing that matters, and these
/// fit the registers of a processor.
const QUANTILES: usize = 31;

/// Counts at each quantile; the last stays empty, for an even number.
type Counts = [f64; QUANTILES + 1];

/// Values as what matters of them: between which quantiles of the whole each one lies.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    /// For each value, how many quantiles lie below it.
    places: Vec<u8>,
    /// How many values are at or below each quantile, over their number.
    shares: Counts,
}

/// Where a stretch is best divided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// Values before it.
    pub(super) at: usize,
    /// The weighted energy distance of ranks there.
    pub(super) statistic: f64,
}

impl Stretch {
    /// A stretch of at least one value.
    pub(super) fn new(values: &[f64]) -> Self {
        let sorted = sorted(values);
        let quantiles: Vec<f64> =
            (1..=QUANTILES).map(|rank| sorted[rank * (values.len() - 1) / (QUANTILES + 1)]).collect();
        let place = |value: &f64| quantiles.partition_point(|quantile| quantile < value) as u8;
        let places: Vec<u8> = values.iter().map(place).collect();
        let mut shares = [0.0; QUANTILES + 1];
        for (share, quantile) in shares.iter_mut().zip(&quantiles) {
            *share = sorted.partition_point(|value| value <= quantile) as f64 / values.len() as f64;
        }
        Self { places, shares }
    }

    /// For each value, how many of the quantiles lie below it.
    pub(super) fn places(&self) -> &[u8] {
        &self.places
    }

    /// The same values in a random order.
    pub(super) fn shuffle(&mut self, random: &mut fastrand::Rng) {
        random.shuffle(&mut self.places);
    }
}

/// The best place with at least `minimum` values on either side; the stretch has at least twice as many.
pub(super) fn scan(stretch: &Stretch, minimum: usize) -> Found {
    let n = stretch.places.len() as f64;
    // How many of the values so far are at or below each quantile, beyond what their number would lead to expect.
    let mut excess: Counts = [0.0; QUANTILES + 1];
    let steps = steps(&stretch.shares);
    let mut best = Found { at: minimum, statistic: f64::NEG_INFINITY };
    for (before, &place) in stretch.places.iter().enumerate() {
        let squares = advance(&mut excess, &steps[usize::from(place)]);
        let at = before + 1;
        if at < minimum || stretch.places.len() - at < minimum {
            continue;
        }
        // F − G = n·excess / (τ(n − τ)), so that the weight leaves one n and one τ(n − τ).
        let statistic = 2.0 / QUANTILES as f64 * n * squares / (at as f64 * (n - at as f64));
        if statistic > best.statistic {
            best = Found { at, statistic };
        }
    }
    best
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
                let (found, (_, statistic)) = (scan(&Stretch::new(&values), 5), by_definition(&values, 5));
                assert!((found.statistic - statistic).abs() < 1e-9, "n = {n}: {found:?}, not {statistic}");
            }
        }
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
