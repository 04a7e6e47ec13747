//! Clocks that are wrong, series that ended, and steps that nothing could have shown.

use super::super::fixture::{entry, normal};
use super::super::*;
use super::log;
use crate::track::Outcome;

fn checked(history: &History) -> Checked {
    check(history, Figure::Time, None, &Rules::default())
}

/// Runs of one case with noise of 1 %, whose level is given for each.
fn runs(levels: impl IntoIterator<Item = f64>, machine: &str, from: usize) -> Vec<Entry> {
    let mut random = fastrand::Rng::with_seed(5);
    let one = |(number, level): (usize, f64)| {
        entry(from + number, machine, &[("a/serial/1", 1e8 * level * (0.01 * normal(&mut random)).exp())])
    };
    levels.into_iter().enumerate().map(one).collect()
}

/// A run of another machine dated in the year 2099 neither comes last for ever nor decides what machine is measured on.
#[test]
fn a_clock_in_the_future_decides_nothing() {
    let (_folder, path) = log();
    let mut ahead = entry(999, "another", &[("a/serial/1", 1e8)]);
    ahead.at = "2099-01-01T00:00:00Z".into();
    for entry in runs([1.0; 40], "here", 0).into_iter().chain([ahead]) {
        append(&path, &entry).unwrap();
    }
    let history = read(&path).unwrap();
    assert_eq!(checked(&history).outcome(&history), Outcome::Pass);
    assert!(
        history.notes.iter().any(|note| note.contains("1 run is dated in the future, run 41 (2099-01-01)")),
        "{:?}",
        history.notes
    );

    for entry in runs([1.5; 12], "here", 40) {
        append(&path, &entry).unwrap();
    }
    let history = read(&path).unwrap();
    assert_eq!(history.runs.last().unwrap().machine, 0, "what was added last is last");
    assert_eq!(checked(&history).outcome(&history), Outcome::Regression);
}

/// A series that is not measured any more ended, and its last regression is not told for ever.
#[test]
fn a_series_that_ended_fails_no_check() {
    let old = runs((0..20).map(|run| if run < 12 { 1.0 } else { 1.2 }), "old compiler", 0);
    let history = History::of(old.clone());
    assert_eq!(checked(&history).outcome(&history), Outcome::Regression, "while it is measured");
    let history = History::of(old.iter().cloned().chain(runs([1.1; 200], "new compiler", 20)));
    let told = checked(&history);
    assert_eq!(told.series[0].verdict, Found::Ended);
    assert_eq!(told.outcome(&history), Outcome::Pass);
    // Between, it grows old with the runs of the log.
    let history = History::of(old.into_iter().chain(runs([1.1; 25], "new compiler", 20)));
    assert_eq!(checked(&history).series[0].verdict, Found::Steady);
}

#[test]
fn a_doubling_shows_as_soon_as_its_level_may_count() {
    let doubled = |runs_behind: usize| {
        let history = History::of(runs((0..8 + runs_behind).map(|run| if run < 8 { 1.0 } else { 2.0 }), "here", 0));
        let told = checked(&history);
        (told.outcome(&history), told.series[0].suspected.map(|suspected| suspected.runs), told.series[0].changes.len())
    };
    assert_eq!(doubled(6), (Outcome::Regression, None, 1));
    assert_eq!(doubled(5), (Outcome::Regression, None, 1));
    for behind in 1..5 {
        assert_eq!(doubled(behind), (Outcome::Undecided, Some(behind), 0), "too early for a verdict, but not steady");
    }
}

/// 30 % in the last six of thirty runs of one among 124 series.
#[test]
fn a_large_step_shows_among_many_series() {
    let mut random = fastrand::Rng::with_seed(9);
    let ids: Vec<String> = (0..124).map(|case| format!("kernel-{case}/threads/2")).collect();
    let history = History::of((0..30).map(|run| {
        let level = |case: usize| if case == 7 && run >= 24 { 1.3 } else { 1.0 };
        let times: Vec<(&str, f64)> = ids
            .iter()
            .enumerate()
            .map(|(case, id)| (id.as_str(), 1e8 * level(case) * (0.01 * normal(&mut random)).exp()))
            .collect();
        entry(run, "here", &times)
    }));
    let told = checked(&history);
    let named: Vec<&str> = told.regressions().map(|trend| trend.case.as_str()).collect();
    assert_eq!(named, ["kernel-7/threads/2"]);
    let step = told.series[0].smallest_step.unwrap();
    assert!((0.02..0.3).contains(&step), "{step}");
    assert!(told.series[0].runs_for_tenth.is_some());
}

/// Runs that differ by a factor of several could hide a doubling: that is no reason to call the series steady.
#[test]
fn what_could_show_nothing_is_undecided() {
    let mut random = fastrand::Rng::with_seed(3);
    let wild = (0..14).map(|run| entry(run, "here", &[("a/serial/1", 1e8 * (0.8 * normal(&mut random)).exp())]));
    let history = History::of(wild);
    let told = checked(&history);
    assert!(
        told.series[0].changes.is_empty() && told.series[0].smallest_step.is_none_or(|step| step > 1.0),
        "{told:?}"
    );
    assert_eq!(told.outcome(&history), Outcome::Undecided);
    let text = crate::report::history_findings(&history, &told, 200, false);
    assert!(text.contains("smallest step") || text.contains("No step could have been found"), "{text}");
}

/// Every commit is checked anew. How many false changes that comes to in a year of commits; `GILBENCH_YEARS=40` for the
/// long form.
#[test]
fn a_year_of_unchanged_commits_has_few_false_changes() {
    const COMMITS: usize = 250;
    const CASES: usize = 4;
    let years = std::env::var("GILBENCH_YEARS").ok().and_then(|years| years.parse().ok()).unwrap_or(2_u64);
    let ids: Vec<String> = (0..CASES).map(|case| format!("kernel-{case}/threads/2")).collect();
    let rules = Rules::default();
    let mut chance = crate::stats::Chance::new(rules.seed);
    let (mut alarms, mut suspicions) = (0, 0);
    for seed in 0..years {
        let mut random = fastrand::Rng::with_seed(seed);
        let entries: Vec<Entry> = (0..COMMITS)
            .map(|run| {
                let times: Vec<(&str, f64)> =
                    ids.iter().map(|id| (id.as_str(), 1e8 * (0.03 * normal(&mut random)).exp())).collect();
                entry(run, "here", &times)
            })
            .collect();
        let mut alarmed = false;
        for commits in (10..=COMMITS).step_by(2) {
            let history = History::of(entries[..commits].iter().cloned());
            let told = check::check_with(&mut chance, &history, Figure::Time, None, &rules);
            let now = told.series.iter().any(|trend| !trend.changes.is_empty());
            // One that stays is one alarm.
            alarms += usize::from(now && !alarmed);
            alarmed = now;
            suspicions += usize::from(told.series.iter().any(|trend| trend.suspected.is_some()));
        }
    }
    // Six years had none of either.
    assert!(alarms as u64 <= 1 + years / 4, "{alarms} in {years} years");
    assert!(suspicions as u64 <= 1 + years / 4, "{suspicions} in {years} years");
}
