//! What a check calls a change, and what it does not.

use std::sync::{Mutex, PoisonError};

use proptest::prelude::*;

use super::super::fixture::{entry, normal, stepped};
use super::super::*;
use crate::stats::Chance;

const CASES: [&str; 3] = ["a/serial/1", "b/threads/2", "c/processes/2"];

/// The permutations are the same in every check, so the tests draw them once.
fn checked(history: &History) -> Checked {
    static CHANCE: Mutex<Option<Chance>> = Mutex::new(None);
    let rules = Rules::default();
    let mut chance = CHANCE.lock().unwrap_or_else(PoisonError::into_inner);
    let chance = chance.get_or_insert_with(|| Chance::new(rules.seed));
    check::check_with(chance, history, Figure::Time, None, &rules)
}

/// One case whose logarithms these are.
fn of(logs: &[f64]) -> History {
    History::of(logs.iter().enumerate().map(|(run, log)| entry(run, "here", &[("a/serial/1", 1e8 * log.exp())])))
}

#[test]
fn finds_the_run_that_a_level_begins_with() {
    let checked = checked(&stepped(&CASES, 60, 41));
    let trend = &checked.series[0];
    assert_eq!(trend.verdict, Found::Regression);
    let shift = &trend.changes[0];
    assert!(shift.run.abs_diff(41) <= 1, "{shift:?}");
    assert_eq!((trend.changes.len(), &shift.commit), (1, &Some(format!("{:012x}", shift.run))));
    assert_eq!(shift.after_commit, Some(format!("{:012x}", shift.run - 1)));
    assert!((shift.ratio - 1.1).abs() < 0.01 && (trend.level / 1.1e8 - 1.0).abs() < 0.01, "{trend:?}");
    assert!(checked.series[1..].iter().all(|trend| trend.verdict == Found::Steady), "{checked:?}");
    assert_eq!(checked, self::checked(&stepped(&CASES, 60, 41)), "the same history, the same answer");
}

#[test]
fn what_was_undone_is_no_regression_any_more() {
    let mut random = fastrand::Rng::with_seed(2);
    let level = |run: usize| if (40..85).contains(&run) { 0.2 } else { 0.0 };
    let logs: Vec<f64> = (0..100).map(|run| level(run) + 0.01 * normal(&mut random)).collect();
    let checked = checked(&of(&logs));
    let ratios: Vec<f64> = checked.series[0].changes.iter().map(|shift| shift.ratio).collect();
    assert!(ratios.len() == 2 && ratios[0] > 1.2 && ratios[1] < 0.83, "{ratios:?}");
    assert_eq!(checked.series[0].verdict, Found::Improvement);
}

#[test]
fn old_changes_count_as_accepted() {
    let history = stepped(&CASES, 60, 20);
    let within = |last| check(&history, Figure::Time, None, &Rules { last_runs: last, ..Rules::default() });
    let verdict = |last| within(last).series[0].verdict;
    let begun = 60 - within(None).series[0].changes[0].run;
    assert!(begun > RECENT_RUNS, "{begun}");
    assert_eq!(verdict(Some(begun - 1)), Found::Steady);
    assert_eq!(verdict(Some(begun)), Found::Regression);
    assert_eq!(verdict(None), Found::Regression);

    let usual = checked(&history);
    assert_eq!(usual.regressions().count(), 0);
    let shown: Vec<_> = usual.accepted().map(|(trend, shift)| (trend.case.as_str(), shift.is_worse())).collect();
    assert_eq!(shown, [(CASES[0], true)], "it is shown all the same");
    assert_eq!(checked(&stepped(&CASES, 60, 41)).accepted().count(), 0);
}

#[test]
fn runs_of_an_unqualified_instrument_do_not_count() {
    let mut history = stepped(&CASES, 60, 40);
    history.runs[40..].iter_mut().for_each(|run| run.qualified = Some(false));
    let checked = checked(&history);
    let trend = &checked.series[0];
    assert_eq!((trend.verdict, trend.runs, trend.unqualified), (Found::Steady, 40, 20));
}

#[test]
fn another_machine_is_another_series() {
    let mut random = fastrand::Rng::with_seed(3);
    let entries = (0..60).map(|run| {
        let (cpu, ns) = if run < 30 { ("slow", 2e8) } else { ("fast", 1e8) };
        entry(run, cpu, &[("a/serial/1", ns * (0.01 * normal(&mut random)).exp())])
    });
    let checked = checked(&History::of(entries));
    assert_eq!(checked.series.len(), 2);
    // The slow machine has not been measured on for as many runs as count.
    let told: Vec<Found> = checked.series.iter().map(|trend| trend.verdict).collect();
    assert_eq!(told, [Found::Ended, Found::Steady], "{checked:?}");
    assert!(checked.series.iter().all(|trend| trend.changes.is_empty()), "{checked:?}");
}

#[test]
fn nine_runs_are_too_few_and_say_so() {
    let checked = checked(&stepped(&CASES, 9, 4));
    assert!(checked.series.iter().all(|trend| trend.verdict == Found::TooShort) && !checked.can_tell(0));
}

#[test]
fn only_what_matches_is_looked_at() {
    let glob = globset::Glob::new("b/*").unwrap().compile_matcher();
    let checked = check(&stepped(&CASES, 60, 37), Figure::Cpu, Some(&glob), &Rules::default());
    assert_eq!(checked.series.iter().map(|trend| trend.case.as_str()).collect::<Vec<_>>(), ["b/threads/2"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Up to four runs in a row, however far off, are no change.
    #[test]
    fn a_spike_never_alarms(seed: u64, runs in 10_usize..120, place in 0.0..1.0, length in 1_usize..5, size in -3.0..3.0) {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut logs: Vec<f64> = (0..runs).map(|_| 0.005 * random.f64()).collect();
        let from = (place * (runs - length) as f64) as usize;
        logs[from..from + length].iter_mut().for_each(|log| *log += size);
        prop_assert!(checked(&of(&logs)).series[0].changes.is_empty());
    }

    #[test]
    fn a_flat_history_has_no_change(value in 1.0..1e12_f64, runs in 0_usize..100) {
        let history = History::of((0..runs).map(|run| entry(run, "here", &[("a/serial/1", value)])));
        prop_assert!(checked(&history).series.iter().all(|trend| trend.changes.is_empty()));
    }

    /// Up and down are treated alike: the history upside down has the same changes, the other way. All that are clear,
    /// that is: upside down, quantiles fall between other values, so that what is barely a change may be barely none.
    #[test]
    fn regressions_and_improvements_are_found_alike(seed: u64, step in 5_usize..35, size in 0.0..0.3) {
        let mut random = fastrand::Rng::with_seed(seed);
        let level = |run: usize| if run >= step { size } else { 0.0 };
        let logs: Vec<f64> = (0..40).map(|run| level(run) + 0.02 * normal(&mut random)).collect();
        let upside_down: Vec<f64> = logs.iter().map(|log| -log).collect();
        let both = [&logs, &upside_down].map(|logs| checked(&of(logs)).series[0].changes.clone());
        for (these, those) in [(&both[0], &both[1]), (&both[1], &both[0])] {
            for clear in these.iter().filter(|shift| shift.p < 1e-4) {
                let same = those.iter().any(|shift| shift.run.abs_diff(clear.run) <= 1 && shift.is_worse() != clear.is_worse());
                prop_assert!(same, "{:?} is not in {:?}", clear, those);
            }
        }
    }
}

/// Noise of many kinds that has no change in it. `mood` is what each value keeps of its neighbour's deviation.
fn noise(kind: &str, runs: usize, random: &mut fastrand::Rng) -> Vec<f64> {
    let mut mood = 0.0;
    let mut draw = || match kind {
        "heavy-tailed" => {
            let chi = (0..3).map(|_| normal(random).powi(2)).sum::<f64>() / 3.0;
            normal(random) / chi.sqrt()
        }
        "skewed" => -(1.0 - random.f64()).ln(),
        "bimodal" => 3.0 * f64::from(random.u8(..2)) + 0.3 * normal(random),
        "lasting" => {
            mood = 0.6 * mood + normal(random);
            mood
        }
        _ => normal(random),
    };
    (0..runs).map(|_| 0.03 * draw()).collect()
}

/// The promise is one check in a hundred; moods that last, which no finite history can tell from changes for sure,
/// get six.
#[test]
fn unchanged_histories_rarely_alarm_whatever_their_noise() {
    for (kind, allowed) in [("normal", 10), ("heavy-tailed", 10), ("skewed", 10), ("bimodal", 10), ("lasting", 30)] {
        let mut random = fastrand::Rng::with_seed(17);
        let alarms: usize = [12, 25, 60, 120]
            .into_iter()
            .map(|runs| {
                let alarm = |_: &usize| !checked(&of(&noise(kind, runs, &mut random))).series[0].changes.is_empty();
                (0..125).filter(alarm).count()
            })
            .sum();
        assert!(alarms <= allowed, "{kind}: {alarms} of 500");
    }
}

/// However many series there are, it is one family.
#[test]
fn many_unchanged_series_alarm_no_more_than_one() {
    let ids: Vec<String> = (0..60).map(|case| format!("kernel-{case}/threads/2")).collect();
    let alarms = (0..40).filter(|seed| {
        let mut random = fastrand::Rng::with_seed(*seed);
        let entries = (0..50).map(|run| {
            let times: Vec<_> = ids.iter().map(|id| (id.as_str(), 1e8 * (0.03 * normal(&mut random)).exp())).collect();
            entry(run, "here", &times)
        });
        let history = History::of(entries);
        checked(&history).series.iter().any(|trend| !trend.changes.is_empty())
    });
    assert!(alarms.count() <= 2);
}

#[test]
fn a_step_is_found_soon_and_where_it_is() {
    let found = |noise: &str, step: f64, after: usize| {
        let mut random = fastrand::Rng::with_seed(23);
        let found = |_: &usize| {
            let mut logs = self::noise(noise, 40 + after, &mut random);
            logs[40..].iter_mut().for_each(|log| *log += step);
            let checked = checked(&of(&logs));
            let changes = &checked.series[0].changes;
            changes.len() == 1 && changes[0].run.abs_diff(40) <= 2 && changes[0].is_worse()
        };
        (0..100).filter(found).count()
    };
    // The noise is 3 %: steps of 9 % and 15 %.
    assert!(found("normal", 0.09, 20) >= 85, "{}", found("normal", 0.09, 20));
    assert!(found("normal", 0.15, 12) >= 80, "{}", found("normal", 0.15, 12));
    assert!(found("heavy-tailed", 0.15, 20) >= 85, "{}", found("heavy-tailed", 0.15, 20));
    assert!(found("normal", 0.0, 20) == 0);
    // What counts as recent is long enough for such a step to be found before it is old.
    let in_time = found("normal", 0.09, RECENT_RUNS);
    assert!(in_time >= 90, "{in_time}");
}

#[test]
fn a_step_too_small_to_act_on_is_none() {
    let mut random = fastrand::Rng::with_seed(5);
    let logs: Vec<f64> =
        (0..200).map(|run| if run >= 100 { 0.01 } else { 0.0 } + 0.001 * normal(&mut random)).collect();
    assert!(checked(&of(&logs)).series[0].changes.is_empty(), "1 % is below the gate");
    let rules = Rules { least_effect: 0.005, ..Rules::default() };
    assert_eq!(check(&of(&logs), Figure::Time, None, &rules).series[0].changes.len(), 1);
}
