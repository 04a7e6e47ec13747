//! Probability of superiority: how often one arm is smaller than the other, ties counted half.
//!
//! It says how sure one may be of the next execution, where a ratio says by how much: 0.5 is a coin toss, 1 is always.
//! Source: A. Vargha and H. D. Delaney, "A critique and improvement of the CL common language effect size statistics",
//! Journal of Educational and Behavioral Statistics 25, 2000 (their Â₁₂, here for "smaller is better").

use std::cmp::Ordering;

/// Share (0–1) of the pairs in which the first arm was smaller, from their differences `a − b` or `ln(a/b)`, however many
/// pairs a round has given; `None` without any.
pub fn superiority_paired(differences: &[f64]) -> Option<f64> {
    share(differences.iter().map(|difference| difference.total_cmp(&0.0)))
}

/// Probability (0–1) that a random value of `a` is smaller than one of `b`, rounds ignored; `None` if either is empty.
pub fn superiority(a: &[f64], b: &[f64]) -> Option<f64> {
    share(a.iter().flat_map(|x| b.iter().map(move |y| x.total_cmp(y))))
}

fn share(orders: impl Iterator<Item = Ordering>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_usize);
    for order in orders {
        count += 1;
        sum += match order {
            Ordering::Less => 1.0,
            Ordering::Equal => 0.5,
            Ordering::Greater => 0.0,
        };
    }
    (count > 0).then(|| sum / count as f64)
}
