//! From values to positions.

/// A range of values laid along a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    log: bool,
    domain: (f64, f64),
    range: (f64, f64),
}

impl Scale {
    /// Equal distances for equal differences. An empty or mad domain becomes one that can be drawn.
    pub(crate) fn linear(low: f64, high: f64, range: (f64, f64)) -> Self {
        let low = if low.is_finite() { low } else { 0.0 };
        let high = if high.is_finite() && high > low { high } else { low + low.abs().max(1.0) };
        let domain = (low, high);
        Self { log: false, domain, range }
    }

    /// Equal distances for equal ratios.
    pub(crate) fn log(low: f64, high: f64, range: (f64, f64)) -> Self {
        let low = if low.is_finite() && low > 0.0 { low } else { 1.0 };
        let high = if high.is_finite() && high > low * 1.0001 { high } else { low * 2.0 };
        Self { log: true, domain: (low, high), range }
    }

    /// The scale that holds all values: logarithmic if they span more than `ratio`.
    pub(crate) fn holding(values: &[f64], ratio: f64, range: (f64, f64)) -> Self {
        let finite = || values.iter().copied().filter(|v| v.is_finite());
        let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        if low > 0.0 && high / low > ratio {
            return Self::log(low / 1.15, high * 1.15, range);
        }
        let margin = ((high - low) * 0.05).max(high.abs() * 0.005);
        Self::linear(low - margin, high + margin, range)
    }

    /// Where a value stands; beyond the domain, at its end.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let value = value.clamp(self.domain.0, self.domain.1);
        let share = if self.log {
            (value / self.domain.0).ln() / (self.domain.1 / self.domain.0).ln()
        } else {
            (value - self.domain.0) / (self.domain.1 - self.domain.0)
        };
        self.range.0 + share * (self.range.1 - self.range.0)
    }

    /// Whether the value is inside the domain.
    pub(crate) fn holds(&self, value: f64) -> bool {
        value >= self.domain.0 && value <= self.domain.1
    }

    /// Round values inside the domain, about as many as asked for.
    pub(crate) fn ticks(&self, about: usize) -> Vec<f64> {
        let (low, high) = self.domain;
        let decades = (high / low).log10();
        if !self.log || decades < 0.8 {
            return linear_ticks(low, high, about);
        }
        let steps: &[f64] = if decades < 1.6 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let every = ((decades / about as f64).ceil() as i32).max(1);
        let powers = (low.log10().floor() as i32..=high.log10().ceil() as i32).filter(|power| power % every == 0);
        let all = powers.flat_map(|power| steps.iter().map(move |step| step * 10f64.powi(power)));
        all.filter(|tick| self.holds(*tick)).collect()
    }

    /// Powers of two inside the domain.
    pub(crate) fn doublings(&self) -> Vec<f64> {
        (-6..=20).map(|power| 2f64.powi(power)).filter(|tick| self.holds(*tick)).collect()
    }
}

fn linear_ticks(low: f64, high: f64, about: usize) -> Vec<f64> {
    let rough = (high - low) / about.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|step| *step >= rough).unwrap_or(rough);
    let first = (low / step).ceil() as i64;
    (0..=20).map(|k| (first + k) as f64 * step).take_while(|tick| *tick <= high).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_the_domain_are_ends_of_the_range() {
        for scale in [Scale::linear(2.0, 4.0, (0.0, 100.0)), Scale::log(2.0, 4.0, (0.0, 100.0))] {
            assert!((scale.at(2.0)).abs() < 1e-9 && (scale.at(4.0) - 100.0).abs() < 1e-9);
            assert!((scale.at(9.0) - 100.0).abs() < 1e-9, "what lies beyond is drawn at the edge");
        }
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(Scale::linear(0.0, 4.2, (0.0, 1.0)).ticks(4), [0.0, 2.0, 4.0]);
        assert_eq!(Scale::log(0.5, 2000.0, (0.0, 1.0)).ticks(4), [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!(Scale::log(0.9, 9.0, (0.0, 1.0)).doublings(), [1.0, 2.0, 4.0, 8.0]);
    }

    #[test]
    fn mad_domains_can_still_be_drawn() {
        for scale in [
            Scale::linear(f64::NAN, 1.0, (0.0, 1.0)),
            Scale::log(0.0, 0.0, (0.0, 1.0)),
            Scale::holding(&[], 5.0, (0.0, 1.0)),
            Scale::holding(&[3.0], 5.0, (0.0, 1.0)),
            Scale::holding(&[0.0, 0.0], 5.0, (0.0, 1.0)),
        ] {
            assert!(scale.at(1.0).is_finite(), "{scale:?}");
            assert!(scale.ticks(5).len() < 30);
        }
    }
}
