//! Numbers as a reader sees them: three significant digits, a unit that fits, the interval in the unit of its value.

use maud::{Markup, html};

use crate::stats::Estimate;

/// What a number counts, and so how it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unit<'a> {
    /// One quantity over another of the same kind: `1.94×`.
    Ratio,
    /// Time, given in nanoseconds.
    Time,
    /// Memory, given in bytes.
    Bytes,
    /// A share of a whole, given as 0–1 and written in per cent.
    Share,
    /// Anything else, with its name behind the number.
    Other(&'a str),
}

impl<'a> Unit<'a> {
    /// The unit that a run or a verdict names.
    pub fn named(name: &'a str) -> Self {
        match name {
            "×" | "x" | "ratio" | "times" => Self::Ratio,
            "ns" => Self::Time,
            "bytes" | "B" => Self::Bytes,
            "share" => Self::Share,
            other => Self::Other(other),
        }
    }

    /// What to divide by and to write behind, so that a value of this size is easy to read.
    fn scale(self, value: f64) -> (f64, String) {
        let step = |steps: &[(f64, &str)]| {
            let fits = steps.iter().rev().find(|(size, _)| value.abs() >= *size * 0.9995);
            let (size, name) = fits.or(steps.first()).copied().unwrap_or((1.0, ""));
            (size, format!("\u{a0}{name}"))
        };
        match self {
            Self::Ratio => (1.0, "×".into()),
            Self::Time => step(&[(1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")]),
            Self::Bytes => step(&[(1.0, "B"), (1024.0, "KiB"), (1_048_576.0, "MiB"), (1_073_741_824.0, "GiB")]),
            Self::Share => (0.01, "\u{a0}%".into()),
            Self::Other("") => (1.0, String::new()),
            Self::Other(name) => (1.0, format!("\u{a0}{name}")),
        }
    }
}

/// Decimals that give three significant digits.
fn decimals(value: f64) -> usize {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    let digits = |v: f64| v.abs().log10().floor() as i32;
    // 9.996 has one digit before the point until it is rounded to three.
    let rounded = (value.abs() / 10f64.powi(digits(value) - 2)).round() * 10f64.powi(digits(value) - 2);
    (2 - digits(rounded)).clamp(0, 6) as usize
}

/// Three significant digits; thousands are grouped, and what is not a number is a dash.
pub fn plain(value: f64) -> String {
    if value.abs() >= 1e12 && value.is_finite() {
        return format!("{value:.2e}");
    }
    if value.abs() < 1000.0 {
        return fixed(value, decimals(value));
    }
    let step = step(value);
    fixed((value / step).round() * step, 0)
}

/// The place of the third significant digit of a value with more than three before its point; 1 for others.
fn step(value: f64) -> f64 {
    if value.abs() < 1000.0 || !value.is_finite() { 1.0 } else { 10f64.powi(value.abs().log10().floor() as i32 - 2) }
}

/// So many decimals; thousands are grouped.
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let text = format!("{value:.decimals$}");
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("−", rest));
    let (whole, part) = text.split_once('.').map_or((text, String::new()), |(w, p)| (w, format!(".{p}")));
    format!("{sign}{}{part}", grouped(whole))
}

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A value with its unit.
pub fn quantity(value: f64, unit: Unit) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let (size, name) = unit.scale(value);
    format!("{}{name}", plain(value / size))
}

/// A round value along an axis: no more digits than it needs, and a unit only if that is short.
pub fn tick(value: f64, unit: Unit) -> String {
    let (size, name) = unit.scale(value);
    let digits = plain(value / size);
    let digits = if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { &digits };
    let name = if matches!(unit, Unit::Other(_)) { "" } else { &name };
    format!("{digits}{name}")
}

/// `[low, high]` in the unit and with the decimals of the value between them.
pub fn range(value: f64, low: f64, high: f64, unit: Unit) -> String {
    let (size, _) = unit.scale(value);
    let (places, step) = (decimals(value / size), step(value / size));
    let round = |end: f64| if step > 1.0 { (end / step).round() * step } else { end };
    let end = |end: f64| fixed(round(end / size), places);
    format!("[{}, {}]", end(low), end(high))
}

/// The interval of an estimate, or of how few values it is that there is none; no word of any language.
pub fn interval(estimate: &Estimate, unit: Unit) -> String {
    if estimate.low.is_finite() && estimate.high.is_finite() {
        range(estimate.value, estimate.low, estimate.high, unit)
    } else {
        format!("(n = {})", estimate.n)
    }
}

/// An estimate in full: `1.94× [1.90, 1.97]`.
pub fn estimate(estimate: &Estimate, unit: Unit) -> String {
    format!("{} {}", quantity(estimate.value, unit), interval(estimate, unit))
}

/// A value to sort by: four digits tell any two apart that a reader could.
pub fn sortable(value: f64) -> String {
    format!("{value:.3e}").parse::<f64>().map_or_else(|_| String::new(), |value| value.to_string())
}

/// Time in nanoseconds.
pub fn time(ns: f64) -> String {
    quantity(ns, Unit::Time)
}

/// Memory in bytes.
pub fn bytes(bytes: f64) -> String {
    quantity(bytes, Unit::Bytes)
}

/// `1 round`, `2 rounds`.
pub fn count(n: usize, thing: &str) -> String {
    format!("{} {thing}{}", grouped(&n.to_string()), if n == 1 { "" } else { "s" })
}

/// Seconds as a person says them: `42 s`, `3 min 20 s`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, _) if seconds < 10.0 => format!("{} s", plain(seconds)),
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

/// A sentence in which what stands between backticks is code.
pub fn prose(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_significant_digits() {
        let cases = [
            (1.944, "1.94"),
            (0.9651, "0.965"),
            (9.996, "10.0"),
            (64.04, "64.0"),
            (123.4, "123"),
            (999.7, "1,000"),
            (1944.0, "1,940"),
            (-2.5, "−2.50"),
            (0.0, "0"),
            (f64::INFINITY, "–"),
        ];
        for (value, text) in cases {
            assert_eq!(plain(value), text, "{value}");
        }
    }

    #[test]
    fn units_fit_their_values() {
        assert_eq!(time(1_940_000.0), "1.94\u{a0}ms");
        assert_eq!(time(999_990.0), "1.00\u{a0}ms");
        assert_eq!(time(0.5), "0.500\u{a0}ns");
        assert_eq!(bytes(2048.0), "2.00\u{a0}KiB");
        assert_eq!(quantity(0.123, Unit::Share), "12.3\u{a0}%");
        assert_eq!(quantity(3.0, Unit::named("cores")), "3.00\u{a0}cores");
    }

    #[test]
    fn an_interval_has_the_decimals_of_its_value() {
        let e = Estimate { value: 0.998, low: 0.9911, high: 1.0042, level: 0.95, n: 12 };
        assert_eq!(estimate(&e, Unit::Ratio), "0.998× [0.991, 1.004]");
        let wide = Estimate { low: f64::NEG_INFINITY, high: f64::INFINITY, n: 4, ..e };
        assert_eq!(interval(&wide, Unit::Ratio), "(n = 4)");
    }

    #[test]
    fn ticks_are_short() {
        assert_eq!(tick(0.96, Unit::Ratio), "0.96×");
        assert_eq!(tick(10.0, Unit::Ratio), "10×");
        assert_eq!(tick(1e5, Unit::Time), "100\u{a0}µs");
        assert_eq!(tick(1.5, Unit::Other("cores")), "1.5");
    }

    #[test]
    fn durations_read_like_speech() {
        assert_eq!(duration(200.0), "3 min 20 s");
        assert_eq!(duration(42.4), "42 s");
        assert_eq!(duration(3_700.0), "1 h 1 min");
    }
}
