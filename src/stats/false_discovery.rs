//! The false discovery rate over a family of tests.
//!
//! Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", J. R. Statist. Soc. B 57, 1995: of the m
//! probabilities in ascending order, the last that is no more than its rank × rate / m is a discovery, and so are all
//! before it. If nothing changed anywhere, that finds anything at all with a probability of at most the rate.

/// The greatest probability that still is a discovery among these; `None` if none is.
pub fn discoveries_up_to(probabilities: &[f64], rate: f64) -> Option<f64> {
    let sorted = super::sorted(probabilities);
    let m = sorted.len() as f64;
    let ranked = sorted.iter().enumerate().rev();
    ranked.map(|(at, p)| (at + 1, *p)).find(|(rank, p)| *p <= *rank as f64 * rate / m).map(|(_, p)| p)
}
