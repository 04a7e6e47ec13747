//! Simulations with a seed, under the noise that real machines have: do the methods keep what they promise?
//!
//! Quick by default. `GILBENCH_SIMULATIONS=20 cargo test --release --lib simulations` is the long form: so many times as many
//! repetitions of each, with the same bounds.

use super::*;
use crate::stats::noise::{Noise, Weather, repetitions};

/// Share of intervals of the paired effect that contain it.
fn coverage(noise: Noise, rounds: usize, level: f64, times: usize, estimate: impl Fn(&[f64]) -> Estimate) -> f64 {
    let times = repetitions(times);
    let effect = 0.02;
    let covered = (0..times as u64).filter(|seed| {
        let pairs = Weather::new(noise, 0.01, 77 + seed).pairs(rounds, effect);
        let estimate = estimate(&pairs);
        assert!((estimate.level - level).abs() < 1e-12);
        estimate.low <= effect && effect <= estimate.high
    });
    covered.count() as f64 / times as f64
}

const TIMES: usize = 3000;

/// The least share of [`TIMES`] trials that is believable where this one is promised.
fn share_at_least(promised: f64, bad: f64) -> f64 {
    let times = repetitions(TIMES);
    at_least(times, promised, bad) as f64 / times as f64
}

/// Intervals at 90 % where 95 is promised: the tests below see them.
#[test]
fn intervals_that_cover_too_seldom_are_seen() {
    for (rounds, promised, bad, wrong) in [(30, 0.95, 0.92, 0.9), (30, 0.99, 0.975, 0.95)] {
        let covered = coverage(Noise::Normal, rounds, wrong, TIMES, |pairs| median_estimate(pairs, wrong).unwrap());
        assert!(covered < share_at_least(promised, bad), "{covered} at {wrong}");
    }
}

/// Numbers of rounds whose ranks give between 95 and 96.5 % by the binomial table: other numbers give more, never less.
#[test]
fn intervals_of_the_median_cover_what_they_promise() {
    for noise in Noise::ALL {
        for rounds in [12, 17, 30, 101] {
            let covered = coverage(noise, rounds, 0.95, TIMES, |pairs| median_estimate(pairs, 0.95).unwrap());
            assert!(covered >= share_at_least(0.95, 0.92), "{covered} at 95 % of {rounds} rounds, {noise:?}");
            assert!(covered <= 0.97, "{covered} at 95 % of {rounds} rounds, {noise:?}");
        }
    }
}

#[test]
fn intervals_at_99_per_cent_hardly_ever_miss() {
    for noise in Noise::ALL {
        for rounds in [12, 30, 101] {
            let covered = coverage(noise, rounds, 0.99, TIMES, |pairs| median_estimate(pairs, 0.99).unwrap());
            assert!(covered >= share_at_least(0.99, 0.975), "{covered} at 99 % of {rounds} rounds, {noise:?}");
        }
    }
}

/// The percentile interval is the approximate one of the two: a little too narrow at thirty rounds, as its docs say.
#[test]
fn the_bootstrap_comes_close_to_what_it_promises() {
    for noise in Noise::ALL {
        let covered = coverage(noise, 40, 0.95, 500, |pairs| {
            let rounds: Vec<Vec<f64>> = pairs.iter().map(|pair| vec![*pair]).collect();
            hierarchical_bootstrap(&rounds, |values| median(values).unwrap(), 0.95, 200, 1).unwrap()
        });
        assert!((0.90..=0.98).contains(&covered), "{covered} at 95 %, {noise:?}");
    }
}

/// A geometric mean over eight kernels, each of whose ratios is the machine's noise about the same effect.
#[test]
fn geometric_means_cover_what_they_promise() {
    for noise in [Noise::Normal, Noise::Autocorrelated, Noise::Bimodal, Noise::StickyModes] {
        let covered = coverage(noise, 8, 0.95, 3000, |pairs| {
            let ratios: Vec<f64> = pairs.iter().map(|pair| pair.exp()).collect();
            geometric_mean(&ratios, 0.95).unwrap().map(f64::ln)
        });
        assert!((0.93..=0.985).contains(&covered), "{covered} at 95 %, {noise:?}");
    }
}

/// Of no change at all, as many intervals lie above as below, and no more than the level allows.
#[test]
fn false_findings_are_as_often_up_as_down() {
    let times = repetitions(20_000) as u64;
    for noise in Noise::ALL {
        let (mut up, mut down) = (0_u32, 0_u32);
        for seed in 0..times {
            let estimate = median_estimate(&Weather::new(noise, 0.01, seed).pairs(12, 0.0), 0.95).unwrap();
            up += u32::from(estimate.is_above(0.0));
            down += u32::from(estimate.is_below(0.0));
        }
        let (found, balance) = (f64::from(up + down), f64::from(up) - f64::from(down));
        assert!(balance.abs() <= 3.5 * found.sqrt(), "{up} up and {down} down of {times}, {noise:?}");
        assert!(found <= 0.05 * times as f64, "{found} of {times}, {noise:?}");
        assert!(up > 0 && down > 0, "{noise:?}: a test that finds nothing of so many shows nothing");
    }
}

/// A slowdown is found as often as the same speedup, to within what chance allows.
#[test]
fn power_is_the_same_up_and_down() {
    let times = repetitions(3000);
    for noise in Noise::ALL {
        let effect = 2.0 * typical_detectable(noise, 30) / 3.0;
        let [up, down] = [effect, -effect].map(|effect| power(noise, 30, effect, times));
        let error = (up * (1.0 - up) * 2.0 / times as f64).sqrt();
        assert!((0.05..0.95).contains(&up), "{up}: {noise:?} leaves nothing to compare");
        assert!((up - down).abs() <= 4.0 * error, "{up} up, {down} down, {noise:?}");
    }
}

/// The smallest effect that is printed after a run is the one that such runs find four times in five.
#[test]
fn the_smallest_detectable_effect_is_that_of_the_power_curve() {
    let times = repetitions(800);
    for noise in Noise::ALL {
        for rounds in [30, 101] {
            let printed = typical_detectable(noise, rounds);
            let (mut low, mut high) = (printed / 8.0, printed * 8.0);
            for _ in 0..8 {
                let middle = (low * high).sqrt();
                if power(noise, rounds, middle, times) < 0.8 { low = middle } else { high = middle }
            }
            let ratio = printed / (low * high).sqrt();
            assert!((1.0 / 1.5..=1.5).contains(&ratio), "{ratio} of the measured one, {rounds} rounds, {noise:?}");
        }
    }
}

/// Share of runs whose interval at 99 % lies on the effect's side of none.
fn power(noise: Noise, rounds: usize, effect: f64, times: usize) -> f64 {
    let found = (0..times as u64).filter(|seed| {
        let estimate =
            median_estimate(&Weather::new(noise, 0.01, 9_000_000 + seed).pairs(rounds, effect), 0.99).unwrap();
        if effect > 0.0 { estimate.is_above(0.0) } else { estimate.is_below(0.0) }
    });
    found.count() as f64 / times as f64
}

/// Median of the smallest detectable effects printed after runs without a change, on the logarithm.
fn typical_detectable(noise: Noise, rounds: usize) -> f64 {
    let printed: Vec<f64> = (0..200)
        .map(|seed| {
            let pairs = Weather::new(noise, 0.01, 5_000_000 + seed).pairs(rounds, 0.0);
            smallest_detectable(&median_estimate(&pairs, 0.99).unwrap().map(f64::exp))
        })
        .collect();
    median(&printed).unwrap().ln_1p()
}

/// Known answers of Wilson's interval, and how often it covers.
#[test]
fn proportions_have_wilsons_interval() {
    assert_eq!(proportion(0, 0, 0.95), None);
    let of = |happened, of| proportion(happened, of, 0.95).unwrap();
    let none = of(0, 10);
    assert_eq!((none.value, none.low), (0.0, 0.0));
    close(none.high, 0.277_533, 1e-5);
    let half = of(5, 10);
    close(half.low, 0.236_593, 1e-5);
    close(half.high, 0.763_407, 1e-5);
    let all = of(10, 10);
    assert_eq!(all.high, 1.0);
    close(all.low, 1.0 - none.high, 1e-12);
    // 1.96²/(n + 1.96²): what it takes to show a rate of one in a thousand.
    assert!(of(0, 3800).high > 0.001 && of(0, 3900).high < 0.001);
    let mut random = fastrand::Rng::with_seed(12);
    for (share, n) in [(0.02, 100), (0.2, 30), (0.5, 30), (0.97, 200)] {
        let times = repetitions(2000);
        let covered = (0..times).filter(|_| {
            let estimate = of((0..n).filter(|_| random.f64() < share).count(), n);
            estimate.low <= share && share <= estimate.high
        });
        let covered = covered.count() as f64 / times as f64;
        assert!((0.92..=0.985).contains(&covered), "{covered} of {share} in {n}");
    }
}
