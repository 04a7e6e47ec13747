//! How long a mood of the machine lasts, and what that does to a statistic which presumes that it does not.
//!
//! Sums of deviations that last vary more than sums of independent ones (by the long-run variance; D. W. K. Andrews,
//! Econometrica 59, 1991, and every CUSUM test since), and statistics that are squares of such sums grow by the same
//! factor. If each value keeps a share φ of its neighbour's deviation, the factor is (1 + φ)/(1 − φ), and φ is told in two
//! ways, of which the smaller is believed, since each errs upwards in a way of its own:
//! - from differences: how much farther apart values four runs apart are than neighbours. They do not see a level, so
//!   that neither one change nor ten disturb them; but of few values they tell little;
//! - from what is left beside the place that was found, each side less its own mean: the correlation of neighbours. That
//!   tells more, but another change on either side looks like a mood.
//!
//! A mood that hides under independent noise escapes both. Of a hundred runs or more, a third way needs no model: the
//! means of a few neighbours differ from those of the next by so much more than single values as far apart would lead to
//! expect. Where it finds more, it is believed. Moods that last for as long as levels do look like levels to all three.

use super::scan::Stretch;

/// Values that lie this far apart are compared with neighbours.
const FAR: usize = 4;
/// Fewest values that can tell anything of persistence.
const FEWEST: usize = 3 * FAR;
/// Most of a deviation that can be told from a change of level.
const MOST: f64 = 0.9;

/// Neighbours whose mean is compared with that of the next, at least and at most.
const BATCH: (usize, usize) = (4, 6);
/// By how much the correlation of what is left is too small, times how many values there are: each side's own mean takes
/// something away, and that the place was chosen for leaving little takes more. Found by simulation.
const TAKEN: f64 = 6.0;

/// What is known of how long moods last in a series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Persistence {
    phi: f64,
    batches: f64,
}

impl Persistence {
    /// That of these values, which are the whole stretch.
    pub(super) fn new(values: &[f64], whole: &Stretch) -> Self {
        Self { phi: of_differences(values), batches: of_batches(whole.places()) }
    }

    /// What lasting moods multiply the statistic by at a place with these two sides; 1 where each value is its own.
    pub(super) fn inflation(self, sides: (&[u8], &[u8])) -> f64 {
        let phi = self.phi.min(of_sides(sides)).clamp(0.0, MOST);
        self.batches.max((1.0 + phi) / (1.0 - phi))
    }
}

/// The correlation of neighbours beside a place.
fn of_sides((before, behind): (&[u8], &[u8])) -> f64 {
    let n = (before.len() + behind.len()) as f64;
    let of = |side: &[u8]| {
        let mean = side.iter().map(|place| f64::from(*place)).sum::<f64>() / side.len() as f64;
        let deviations: Vec<f64> = side.iter().map(|place| f64::from(*place) - mean).collect();
        let squares: f64 = deviations.iter().map(|deviation| deviation * deviation).sum();
        let products: f64 = deviations.windows(2).map(|pair| pair[0] * pair[1]).sum();
        // Each side weighs by its length, however its ranks spread.
        if squares > 0.0 { products / squares * side.len() as f64 } else { 0.0 }
    };
    (of(before) + of(behind) + TAKEN) / n
}

/// How much more the means of neighbours vary than independent values would let them, at least 1.
fn of_batches(places: &[u8]) -> f64 {
    let batch = (places.len() / 24).min(BATCH.1);
    if batch < BATCH.0 {
        return 1.0;
    }
    let mut sums = vec![0.0];
    sums.extend(places.iter().scan(0.0, |sum, place| {
        *sum += f64::from(*place);
        Some(*sum)
    }));
    let mean = |from: usize| (sums[from + batch] - sums[from]) / batch as f64;
    let means = (0..=places.len() - 2 * batch).map(|at| mean(at + batch) - mean(at));
    let singles = places.iter().zip(&places[batch..]).map(|(a, b)| f64::from(*b) - f64::from(*a));
    let (means, singles) = (typical_square(means), typical_square(singles));
    if singles > 0.0 { (batch as f64 * means / singles).max(1.0) } else { 1.0 }
}

/// The share of its neighbour's deviation that a value keeps, within 0–0.9.
fn of_differences(values: &[f64]) -> f64 {
    if values.len() < FEWEST {
        return 0.0;
    }
    let apart = |apart: usize| typical_square(values.iter().zip(&values[apart..]).map(|(a, b)| b - a));
    let (near, far) = (apart(1), apart(FAR));
    if near <= 0.0 {
        return 0.0;
    }
    // For such a process, farther over nearer is 1 + φ + φ² + φ³, which grows with φ.
    let growth = |phi: f64| std::iter::successors(Some(1.0), |power| Some(power * phi)).take(FAR).sum::<f64>();
    let (mut low, mut high) = (0.0, MOST);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if growth(middle) < far / near { low = middle } else { high = middle }
    }
    low
}

/// The mean square of at least one distance, the greater two fifths left out: those may be across a change.
fn typical_square(distances: impl Iterator<Item = f64>) -> f64 {
    let mut squares: Vec<f64> = distances.map(|distance| distance * distance).collect();
    let kept = (squares.len() * 3 / 5).max(1);
    squares.select_nth_unstable_by(kept - 1, f64::total_cmp);
    squares[..kept].iter().sum::<f64>() / kept as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A series in which each value keeps so much of its neighbour's deviation.
    fn series(phi: f64, n: usize, seed: u64) -> Vec<f64> {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut last = 0.0;
        (0..n)
            .map(|_| {
                last = phi * last + (0..6).map(|_| random.f64() - 0.5).sum::<f64>();
                last
            })
            .collect()
    }

    #[test]
    fn it_is_told_from_the_values() {
        for phi in [0.0, 0.3, 0.6, 0.8] {
            let values = series(phi, 4000, 1);
            let told = of_differences(&values);
            assert!((told - phi).abs() < 0.08, "{phi} is told as {told}");
            let told = of_sides(Stretch::new(&values).places().split_at(1000));
            assert!((told - phi).abs() < 0.08, "{phi} is told as {told} by what is left");
        }
    }

    #[test]
    fn a_mood_under_noise_is_told_from_batches() {
        let mut random = fastrand::Rng::with_seed(5);
        let hidden: Vec<f64> = series(0.9, 4000, 3).iter().map(|value| value + 8.0 * random.f64()).collect();
        let (told, phi) = (of_batches(Stretch::new(&hidden).places()), of_differences(&hidden));
        assert!(told > 1.2 && told > 1.05 * (1.0 + phi) / (1.0 - phi), "{told}, and φ as {phi}");
        let alone = series(0.0, 4000, 3);
        assert!(of_batches(Stretch::new(&alone).places()) < 1.2);
    }

    #[test]
    fn changes_of_level_and_spikes_are_no_persistence() {
        let mut values = series(0.0, 400, 2);
        values[200..].iter_mut().for_each(|value| *value += 10.0);
        values[300..].iter_mut().for_each(|value| *value -= 15.0);
        values.iter_mut().step_by(37).for_each(|value| *value += 100.0);
        assert!(of_differences(&values) < 0.15, "{}", of_differences(&values));
        assert!(of_differences(&[3.0; 50]).abs() < 1e-9 && of_differences(&[1.0, 2.0]).abs() < 1e-9);
    }
}
