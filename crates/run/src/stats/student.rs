//! Student's t distribution.
//!
//! The distribution function through the regularised incomplete beta function, as a continued fraction by Lentz's
//! method (W. H. Press et al., *Numerical Recipes*, 3rd ed., §6.4); its inverse by bisection, which needs no more care
//! and is quick enough for a report. Good to at least 1e-8 for up to 1000 degrees of freedom.

/// The `p`-quantile of Student's t with so many degrees of freedom; infinite for fewer than one.
///
/// # Panics
/// If `p` is not strictly between 0 and 1.
pub fn student_quantile(p: f64, freedom: f64) -> f64 {
    assert!(p > 0.0 && p < 1.0, "a quantile's order is between 0 and 1, not {p}");
    if p < 0.5 {
        return -student_quantile(1.0 - p, freedom);
    }
    if freedom < 1.0 {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (0.0, 1.0);
    while distribution(high, freedom) < p && high < 1e12 {
        (low, high) = (high, high * 2.0);
    }
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if distribution(middle, freedom) < p { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// P(Z > z) of the normal distribution, for z ≥ 0: to 1e-8, which is that of Student's t with very many degrees of freedom.
pub(super) fn normal_tail(z: f64) -> f64 {
    1.0 - distribution(z.max(0.0), NORMAL)
}

/// Degrees of freedom beyond which Student's t is the normal distribution for every purpose here.
pub(super) const NORMAL: f64 = 1e7;

/// P(T > t) for t ≥ 0, however small it is.
pub(super) fn student_tail(t: f64, freedom: f64) -> f64 {
    0.5 * incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t))
}

/// P(T ≤ t) for t ≥ 0.
fn distribution(t: f64, freedom: f64) -> f64 {
    1.0 - student_tail(t, freedom)
}

/// The regularised incomplete beta function `I_x(a, b)`.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let front = (log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    // The fraction converges quickly on this side of the mean; symmetry serves the other.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(a, b, x) / a
    } else {
        1.0 - front * fraction(b, a, 1.0 - x) / b
    }
}

/// The continued fraction of the incomplete beta function.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let away_from_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut upper = 1.0;
    let mut lower = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = lower;
    for m in (1..=500).map(f64::from) {
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = value;
        for term in [even, odd] {
            lower = 1.0 / away_from_zero(1.0 + term * lower);
            upper = away_from_zero(1.0 + term / upper);
            value *= upper * lower;
        }
        if (value / before - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// ln Γ(x) for x > 0: Stirling's series after moving x beyond 10 (Abramowitz and Stegun, 6.1.41).
fn log_gamma(mut x: f64) -> f64 {
    let mut moved = 0.0;
    while x < 10.0 {
        moved += x.ln();
        x += 1.0;
    }
    let series = 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3)) + 1.0 / (1260.0 * x.powi(5)) - 1.0 / (1680.0 * x.powi(7));
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - moved
}
