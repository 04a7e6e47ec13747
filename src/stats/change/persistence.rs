//! How long a mood of the machine lasts, and what that does to a statistic which presumes that it does not.
//!
//! Sums of deviations that last vary more than sums of independent ones (by the long-run variance; D. W. K. Andrews,
//! Econometrica 59, 1991, and every CUSUM test since), and statistics that are squares of such sums grow by the same
//! factor. It is told in two ways, and the greater one is believed:
//! - If each value keeps a share φ of its neighbour's deviation, the factor is (1 + φ)/(1 − φ); φ follows from how much
//!   farther apart values four runs apart are than neighbours. That needs few values, but a mood that hides under
//!   independent noise escapes it.
//! - Without any model: the means of six neighbours differ from those of the six next to them by so much more than
//!   single values that are as far apart would lead to expect. That needs many values.
//!
//! Both look at differences, which do not see a level, so that neither one change nor ten disturb them, and at medians
//! of them, which do not see spikes.

use super::scan::Stretch;

/// Values that lie this far apart are compared with neighbours.
const FAR: usize = 4;
/// Fewest values that can tell anything of persistence.
const FEWEST: usize = 3 * FAR;
/// Most of a deviation that can be told from a change of level.
const MOST: f64 = 0.9;

/// Most neighbours whose mean is compared with that of the next.
const BATCH: usize = 6;

/// What lasting moods multiply the statistic by; 1 where each value is its own.
pub(super) fn inflation(values: &[f64], whole: &Stretch) -> f64 {
    // Few independent values seem to have something in common by chance. Without one standard error's allowance for
    // that, a history of fifty runs would miss one plain change in ten.
    let phi = (persistence(values) - 1.0 / (values.len().max(1) as f64).sqrt()).max(0.0);
    batches(whole.places()).max((1.0 + phi) / (1.0 - phi))
}

/// How much more the means of neighbours vary than independent values would let them, at least 1.
fn batches(places: &[u8]) -> f64 {
    let batch = (places.len() / 24).min(BATCH);
    if batch < 2 {
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
fn persistence(values: &[f64]) -> f64 {
    if values.len() < FEWEST {
        return 0.0;
    }
    let apart = |apart: usize| typical_square(values.iter().zip(&values[apart..]).map(|(a, b)| b - a));
    let (near, far) = (apart(1), apart(FAR));
    if near <= 0.0 {
        return 0.0;
    }
    // For such a process, farther over nearer is 1 + φ + φ² + φ³, which grows with φ.
    let growth = |phi: f64| (0..FAR).map(|power| phi.powi(power as i32)).sum::<f64>();
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
            let told = persistence(&series(phi, 4000, 1));
            assert!((told - phi).abs() < 0.08, "{phi} is told as {told}");
        }
    }

    #[test]
    fn a_mood_under_noise_is_told_from_batches() {
        let mut random = fastrand::Rng::with_seed(5);
        let hidden: Vec<f64> = series(0.9, 4000, 3).iter().map(|value| value + 8.0 * random.f64()).collect();
        let told = inflation(&hidden, &Stretch::new(&hidden));
        let phi = persistence(&hidden);
        assert!(told > 1.2 && told > 1.05 * (1.0 + phi) / (1.0 - phi), "{told}, and φ as {phi}");
        let alone = series(0.0, 4000, 3);
        assert!(inflation(&alone, &Stretch::new(&alone)) < 1.2);
    }

    #[test]
    fn changes_of_level_and_spikes_are_no_persistence() {
        let mut values = series(0.0, 400, 2);
        values[200..].iter_mut().for_each(|value| *value += 10.0);
        values[300..].iter_mut().for_each(|value| *value -= 15.0);
        values.iter_mut().step_by(37).for_each(|value| *value += 100.0);
        assert!(persistence(&values) < 0.15, "{}", persistence(&values));
        assert!(persistence(&[3.0; 50]).abs() < 1e-9 && persistence(&[1.0, 2.0]).abs() < 1e-9);
    }
}
