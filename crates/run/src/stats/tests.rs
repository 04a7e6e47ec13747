//! Known answers, laws for any values, and simulations with a seed.
#![expect(clippy::float_cmp, reason = "known answers are exact where they are compared exactly")]

use proptest::prelude::*;

use super::median::outermost;
use super::noise::normal;
use super::trials::at_least;
use super::*;

mod simulations;

/// Within a relative (or, near 0, absolute) tolerance.
#[track_caller]
fn close(actual: f64, expected: f64, tolerance: f64) {
    let scale = expected.abs().max(1.0);
    assert!((actual - expected).abs() <= tolerance * scale, "{actual} is not {expected} ± {tolerance}");
}

mod median_and_quantiles {
    use super::*;

    #[test]
    fn known_answers() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(quantile(&[10.0, 20.0, 30.0, 40.0, 50.0], 0.1), Some(14.0));
        assert_eq!(quantile(&[f64::INFINITY, f64::INFINITY, 1.0], 0.75), Some(f64::INFINITY));
    }

    /// Ranks from the binomial table: Conover, table A3 with p = ½.
    #[test]
    fn ranks_are_those_of_the_binomial_table() {
        for (n, level, expected) in
            [(6, 0.95, 1), (8, 0.95, 1), (9, 0.95, 2), (12, 0.95, 3), (20, 0.95, 6), (8, 0.99, 1), (12, 0.99, 2)]
        {
            let values: Vec<f64> = (1..=n).map(f64::from).collect();
            let estimate = median_estimate(&values, level).expect("there are values");
            assert_eq!((estimate.low, estimate.high), (f64::from(expected), f64::from(n + 1 - expected)), "n = {n}");
            assert_eq!((estimate.n, estimate.level), (n as usize, level));
        }
    }

    #[test]
    fn too_few_values_give_no_interval() {
        assert_eq!(median_estimate(&[], 0.95), None);
        for (n, level) in [(1, 0.95), (5, 0.95), (7, 0.99)] {
            let estimate = median_estimate(&vec![1.0; n], level).expect("there are values");
            assert_eq!((estimate.value, estimate.low, estimate.high), (1.0, f64::NEG_INFINITY, f64::INFINITY));
        }
    }

    #[test]
    fn many_values_do_not_underflow() {
        let values: Vec<f64> = (0..4001).map(f64::from).collect();
        let estimate = median_estimate(&values, 0.95).expect("there are values");
        // Normal approximation: 1.96·√n/2 ranks on either side.
        close(estimate.high - estimate.low, 1.96 * 4001_f64.sqrt(), 0.02);
    }

    /// The promise itself, of log-normal values. Intervals that miss two and a half times as often as they may are seen,
    /// and so are those whose ends are one rank further inside.
    #[test]
    fn covers_the_true_median_as_often_as_it_says() {
        const TIMES: usize = 4000;
        let mut random = fastrand::Rng::with_seed(1);
        for (n, level) in [(12, 0.95), (12, 0.99), (25, 0.95), (6, 0.95)] {
            let mut covered = |rank: usize| {
                let holds = |_: &usize| {
                    let mut values: Vec<f64> = (0..n).map(|_| normal(&mut random).exp()).collect();
                    let estimate = median_estimate(&values, level).expect("there are values");
                    values.sort_by(f64::total_cmp);
                    let (low, high) = (values[rank - 1], values[n - rank]);
                    assert!(rank != outermost(n, level) || (low, high) == (estimate.low, estimate.high));
                    low <= 1.0 && 1.0 <= high
                };
                (0..TIMES).filter(holds).count()
            };
            let least = at_least(TIMES, level, 1.0 - 2.5 * (1.0 - level));
            let (right, narrow) = (covered(outermost(n, level)), covered(outermost(n, level) + 1));
            assert!(right >= least, "{right} of the intervals of {n} values at {level}");
            assert!(narrow < least, "{narrow} of too narrow intervals of {n} values at {level}");
        }
    }

    proptest! {
        #[test]
        fn the_interval_contains_the_median_and_grows_with_the_level(
            values in prop::collection::vec(-1e6_f64..1e6, 1..60),
            level in 0.05_f64..0.98,
        ) {
            let narrow = median_estimate(&values, level).unwrap();
            let wide = median_estimate(&values, level + 0.01).unwrap();
            prop_assert!(narrow.low <= narrow.value && narrow.value <= narrow.high);
            prop_assert!(wide.low <= narrow.low && narrow.high <= wide.high);
        }

        #[test]
        fn a_change_of_unit_changes_the_estimate_likewise(
            values in prop::collection::vec(0.001_f64..1e6, 1..60),
            // A power of two, so that equality is exact.
            power in -8_i32..8,
        ) {
            let unit = 2_f64.powi(power);
            let scaled: Vec<f64> = values.iter().map(|value| value * unit).collect();
            let (plain, scaled) = (median_estimate(&values, 0.95).unwrap(), median_estimate(&scaled, 0.95).unwrap());
            prop_assert_eq!(plain.map(|value| value * unit), scaled);
        }

        #[test]
        fn order_does_not_matter(mut values in prop::collection::vec(-1e6_f64..1e6, 1..60), seed: u64) {
            let before = median_estimate(&values, 0.95);
            fastrand::Rng::with_seed(seed).shuffle(&mut values);
            prop_assert_eq!(before, median_estimate(&values, 0.95));
        }

        #[test]
        fn quantiles_rise_from_the_least_to_the_greatest(
            values in prop::collection::vec(-1e6_f64..1e6, 1..40),
            p in 0.0_f64..1.0, q in 0.0_f64..1.0,
        ) {
            let of = |p| quantile(&values, p).unwrap();
            prop_assert!(of(0.0) <= of(p.min(q)) && of(p.min(q)) <= of(p.max(q)) && of(p.max(q)) <= of(1.0));
        }
    }
}

mod bootstrap {
    use super::*;

    fn rounds(rounds: usize, teams: usize, shared: f64, own: f64, random: &mut fastrand::Rng) -> Vec<Vec<f64>> {
        (0..rounds)
            .map(|_| {
                let weather = shared * normal(random);
                (0..teams).map(|_| weather + own * normal(random)).collect()
            })
            .collect()
    }

    /// The mean of 40 × 4 values whose rounds vary by 2 and whose teams vary by 1 has a variance of (4 + 1/4)/40.
    #[test]
    fn the_width_is_that_of_the_known_variance() {
        let mut random = fastrand::Rng::with_seed(2);
        let widths: Vec<f64> = (0..40)
            .map(|seed| {
                let rounds = rounds(40, 4, 2.0, 1.0, &mut random);
                let estimate = hierarchical_bootstrap(&rounds, mean, 0.95, 400, seed).unwrap();
                assert_eq!(estimate.n, 40);
                estimate.high - estimate.low
            })
            .collect();
        close(mean(&widths), 2.0 * 1.96 * (4.25_f64 / 40.0).sqrt(), 0.1);
    }

    #[test]
    fn the_seed_decides() {
        let rounds = rounds(12, 2, 1.0, 1.0, &mut fastrand::Rng::with_seed(3));
        let with_seed = |seed| hierarchical_bootstrap(&rounds, mean, 0.95, 200, seed).unwrap();
        assert_eq!(with_seed(5), with_seed(5));
        assert_ne!(with_seed(5), with_seed(6));
    }

    #[test]
    fn too_little_gives_no_interval() {
        assert_eq!(hierarchical_bootstrap(&[], mean, 0.95, 100, 1), None);
        assert_eq!(hierarchical_bootstrap(&[vec![], vec![]], mean, 0.95, 100, 1), None);
        assert_eq!(hierarchical_bootstrap(&[vec![1.0]], mean, 0.95, 0, 1), None);
        let one = hierarchical_bootstrap(&[vec![], vec![1.0, 3.0]], mean, 0.95, 100, 1).unwrap();
        assert_eq!((one.value, one.low, one.high, one.n), (2.0, f64::NEG_INFINITY, f64::INFINITY, 1));
    }
}

mod comparing {
    use super::*;

    fn ratio(value: f64, low: f64, high: f64) -> Estimate {
        Estimate { value, low, high, level: 0.95, n: 12 }
    }

    #[test]
    fn superiority_counts_ties_half() {
        assert_eq!(superiority_paired(&[]), None);
        assert_eq!(superiority_paired(&[-1.0, 0.0, 2.0, -3.0]), Some(0.625));
        assert_eq!(superiority(&[1.0], &[]), None);
        // 1 < 2, 1 < 3, 2 = 2, 2 < 3.
        assert_eq!(superiority(&[1.0, 2.0], &[2.0, 3.0]), Some(0.875));
    }

    proptest! {
        #[test]
        fn superiority_of_both_arms_adds_up_to_one(
            a in prop::collection::vec(0_i32..9, 1..20), b in prop::collection::vec(0_i32..9, 1..20),
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = (a.into_iter().map(Into::into).collect(), b.into_iter().map(Into::into).collect());
            let sum = superiority(&a, &b).unwrap() + superiority(&b, &a).unwrap();
            prop_assert!((sum - 1.0).abs() < 1e-12);
        }

        #[test]
        fn equivalence_does_not_depend_on_which_arm_is_on_top(low in 0.8_f64..1.2, more in 1.0_f64..1.3) {
            let (there, back) = (ratio(low, low, low * more), ratio(1.0 / low, 1.0 / (low * more), 1.0 / low));
            prop_assert_eq!(equivalent(&there, 0.1), equivalent(&back, 0.1));
        }
    }

    #[test]
    fn equivalence_needs_the_whole_interval_inside() {
        assert!(equivalent(&ratio(1.0, 0.95, 1.05), 0.1));
        assert!(!equivalent(&ratio(1.0, 0.95, 1.11), 0.1));
        assert!(!equivalent(&ratio(1.0, 0.90, 1.05), 0.1), "0.90 is farther from 1 than 1.1");
        assert!(!equivalent(&ratio(1.0, f64::NEG_INFINITY, f64::INFINITY), 0.1));
    }

    #[test]
    fn smallest_detectable_effect_follows_the_width() {
        // Half width e^0.1; t(0.8; 11) = 0.8755, t(0.975; 11) = 2.2010.
        let wide = ratio(1.0, (-0.1_f64).exp(), 0.1_f64.exp());
        close(smallest_detectable(&wide), (0.1_f64 * (1.0 + 0.8755 / 2.2010)).exp_m1(), 1e-4);
        assert_eq!(smallest_detectable(&ratio(1.0, 0.0, f64::INFINITY)), f64::INFINITY);
        assert_eq!(smallest_detectable(&ratio(1.0, 1.0, 1.0)), 0.0);
    }

    /// t tables; the normal distribution at the end.
    #[test]
    fn student_quantiles_are_those_of_the_tables() {
        for (p, freedom, expected) in [
            (0.975, 1.0, 12.706_204_736),
            (0.975, 5.0, 2.570_581_836),
            (0.975, 11.0, 2.200_985_160),
            (0.995, 11.0, 3.105_806_516),
            (0.8, 11.0, 0.875_529_978),
            (0.975, 1000.0, 1.962_339_081),
        ] {
            close(student_quantile(p, freedom), expected, 1e-7);
            close(student_quantile(1.0 - p, freedom), -expected, 1e-7);
        }
        close(student_quantile(0.5, 3.0), 0.0, 1e-12);
        assert_eq!(student_quantile(0.9, 0.0), f64::INFINITY);
    }

    #[test]
    fn geometric_mean_has_an_interval_over_kernels() {
        assert_eq!(geometric_mean(&[], 0.95), None);
        assert_eq!(geometric_mean(&[1.0, 0.0], 0.95), None);
        let one = geometric_mean(&[2.0], 0.95).unwrap();
        assert_eq!((one.value, one.low, one.high), (2.0, 0.0, f64::INFINITY));
        let three = geometric_mean(&[1.0, 2.0, 4.0], 0.95).unwrap();
        close(three.value, 2.0, 1e-12);
        // t(0.975; 2) = 4.302653, standard deviation of the logs ln 2.
        close(three.high, 2.0 * (4.302_653 / 3_f64.sqrt() * 2_f64.ln()).exp(), 1e-5);
        let inverse = geometric_mean(&[1.0, 0.5, 0.25], 0.95).unwrap();
        close(inverse.low * three.high, 1.0, 1e-9);
    }
}

mod scaling {
    use super::*;

    #[test]
    fn known_answers() {
        close(speedup(10.0, 4.0), 2.5, 1e-12);
        close(efficiency(2.5, 4), 0.625, 1e-12);
        // Karp and Flatt's definition, solved by hand for S = 2.5, N = 4.
        close(karp_flatt(2.5, 4).unwrap(), 0.2, 1e-12);
        assert_eq!((karp_flatt(1.0, 1), karp_flatt(0.0, 4)), (None, None));
    }

    proptest! {
        #[test]
        fn karp_flatt_finds_amdahls_fraction(serial in 0.0_f64..1.0, workers in 2_usize..64) {
            let found = karp_flatt(Amdahl { serial }.at(workers as f64), workers).unwrap();
            prop_assert!((found - serial).abs() < 1e-9);
        }

        #[test]
        fn planted_parameters_are_recovered(contention in 0.0_f64..0.5, coherency in 0.0_f64..0.02) {
            let law = Usl { contention, coherency };
            let points: Vec<_> = [1, 2, 4, 8, 12, 16].map(|n| (n, law.at(n as f64))).to_vec();
            let found = usl(&points, 16).unwrap();
            prop_assert!((found.contention - contention).abs() < 1e-6, "{found:?}");
            prop_assert!((found.coherency - coherency).abs() < 1e-6, "{found:?}");
        }
    }

    #[test]
    fn noise_of_two_per_cent_moves_them_little() {
        let mut random = fastrand::Rng::with_seed(4);
        let law = Usl { contention: 0.05, coherency: 0.002 };
        let points: Vec<_> = (1..=16).map(|n| (n, law.at(n as f64) * (1.0 + 0.02 * (random.f64() - 0.5)))).collect();
        let found = usl(&points, 16).unwrap();
        close(found.contention, 0.05, 0.01);
        close(found.coherency, 0.002, 0.001);
        close(found.peak(), (0.95_f64 / 0.002).sqrt(), 0.2);
    }

    #[test]
    fn more_than_perfect_speedups_do_not_give_negative_coefficients() {
        let points: Vec<_> = (1..=8).map(|n| (n, n as f64 * 1.1)).collect();
        assert_eq!(amdahl(&points, 8).unwrap(), Amdahl { serial: 0.0 });
        assert_eq!(usl(&points, 8).unwrap(), Usl { contention: 0.0, coherency: 0.0 });
        assert_eq!(Usl { contention: 0.0, coherency: 0.0 }.peak(), f64::INFINITY);
        assert_eq!(Usl { contention: 2.0, coherency: 0.1 }.peak(), 1.0);
    }

    #[test]
    fn five_counts_or_counts_beyond_the_cores_identify_nothing() {
        let law = Amdahl { serial: 0.1 };
        let points: Vec<_> = (1..=6).map(|n| (n, law.at(n as f64))).collect();
        close(amdahl(&points, 6).unwrap().serial, 0.1, 1e-9);
        for too_few in [amdahl(&points, 4), amdahl(&points[1..], 6), amdahl(&[points[0]; 9], 6)] {
            let reason = too_few.unwrap_err().reason;
            assert!(reason.contains("not identifiable") && reason.contains('6'), "{reason}");
        }
        assert!(usl(&points, 5).is_err());
    }
}

mod flags {
    use super::*;

    fn flagged(n: usize, mut draw: impl FnMut() -> f64) -> f64 {
        (0..2000).filter(|_| two_modes(&(0..n).map(|_| draw()).collect::<Vec<_>>()).is_some()).count() as f64 / 2000.0
    }

    #[test]
    fn one_heap_is_rarely_taken_for_two() {
        let mut random = fastrand::Rng::with_seed(5);
        for n in [12, 13, 24, 60] {
            let normal = flagged(n, || (0.05 * normal(&mut random)).exp());
            assert!(normal <= 0.01, "{normal} of normal samples of {n}");
            let uniform = flagged(n, || (0.05 * random.f64()).exp());
            assert!(uniform <= 0.05, "{uniform} of uniform samples of {n}");
        }
    }

    #[test]
    fn two_heaps_are_found_with_their_places_and_shares() {
        let mut random = fastrand::Rng::with_seed(6);
        let values: Vec<f64> =
            (0..40).map(|i| if i % 4 == 0 { 40.0 } else { 10.0 } * (0.03 * normal(&mut random)).exp()).collect();
        let modes = two_modes(&values).expect("a fourfold difference");
        close(modes.low, 10.0, 0.05);
        close(modes.high, 40.0, 0.05);
        close(modes.upper_share, 0.25, 1e-12);
        let often = flagged(24, || if random.bool() { 12.0 } else { 10.0 } * (0.02 * normal(&mut random)).exp());
        assert!(often > 0.95, "{often} found");
    }

    #[test]
    fn equal_values_and_lone_outliers_are_no_second_mode() {
        assert_eq!(two_modes(&[5.1; 31]), None);
        let mut values = [5.0; 30];
        values[7] = 50.0;
        assert_eq!(two_modes(&values), None);
        assert_eq!(two_modes(&[1.0, 2.0]), None);
        // A clock that ticks: two exact values, half each.
        values[..15].fill(10.0);
        assert!(two_modes(&values).is_some());
    }

    #[test]
    fn far_outliers_are_found_by_place() {
        let mut values: Vec<f64> = (0..20).map(|i| 100.0 + f64::from(i % 5)).collect();
        assert_eq!(far_outliers(&values), Vec::<usize>::new());
        (values[3], values[11]) = (300.0, 20.0);
        assert_eq!(far_outliers(&values), [3, 11]);
        assert_eq!(far_outliers(&[1.0, 1.0, 1.0, 99.0]), Vec::<usize>::new());
    }

    #[test]
    fn fairness_runs_from_one_nth_to_one() {
        assert_eq!(jain(&[]), None);
        assert_eq!(jain(&[0.0, 0.0]), None);
        assert_eq!(jain(&[3.0, 3.0, 3.0]), Some(1.0));
        assert_eq!(jain(&[1.0, 0.0, 0.0, 0.0]), Some(0.25));
    }
}
