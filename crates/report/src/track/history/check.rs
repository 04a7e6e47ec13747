//! Where levels changed.
//!
//! A series is divided by [`stats::divide`]. What it finds has then to pass three gates, each against one way of crying
//! wolf:
//! - **chance**: the probabilities of all places in all series that were looked at are one family, of which only
//!   discoveries at a false discovery rate of 1 % remain (Benjamini and Hochberg). If nothing changed anywhere, one
//!   check in a hundred names anything at all, however many series there are;
//! - **size**: the medians before and behind differ by 2 %, and by half of what runs of one level usually differ by.
//!   Anything smaller may be there, but nobody acts on it. Levels that turn out to be no different are joined, and their
//!   neighbours looked at again;
//! - **length**: a level lasts for five runs at least. A spike, or four in a row, is none.
//!
//! Runs with an unqualified instrument are left out, and series are never joined across machines. What a series is now
//! is decided by its last change: one that was undone is no regression any more. Nor is one that lies more than
//! [`RECENT_RUNS`] back, unless it is asked for: it was told when it was found, and a level that was kept since then is
//! accepted. It stays among the changes, but a check that went on failing for it would hide the next one.
//!
//! A series that the last [`RECENT_RUNS`] runs of the log do not have has ended, as that of an old compiler: it is told as
//! ended and decides nothing.
//!
//! Whether a check could have found anything is part of its answer (`power`): the smallest step that each series would have
//! shown, and, before a level has lasted for five runs, that the last runs lie far outside of it.
//!
//! The rate of 1 % is that of one check. Every commit is checked anew, mostly on the same runs. In a simulation of six years of
//! 250 commits each, four unchanged cases with independent noise of 3 %, checks at every second commit named no change and
//! suspected none: at most one in two years, at 95 % confidence (`a_year_of_unchanged_commits` in the tests). Noise that
//! lasts from run to run is named more often, up to six times in a hundred histories.

use globset::GlobMatcher;
use serde::Serialize;

use super::past::{Figure, History, Series};
use super::power::{self, Suspected};
use crate::stats::{self, Chance, Change};
use crate::track::Outcome;

/// How many of a series' last runs a change has to lie within to decide what the series is now, unless another number is
/// asked for.
///
/// No change is found before its level has lasted for the fewest runs of one, five; then it takes more, until chance and
/// moods of the machine are ruled out: of steps of three times the noise, nine in ten are found so many runs behind them
/// (the tests ask for that). With fewer, many a step would be too old to count by the time it is certain.
pub const RECENT_RUNS: usize = 30;

/// What counts as a change.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rules {
    /// Fewest runs of a level.
    pub minimum_runs: usize,
    /// Rate of false ones among all changes that are named.
    pub false_discovery_rate: f64,
    /// Least change of the median, as a share (0.02 is 2 %).
    pub least_effect: f64,
    /// Least change, as a share of the usual difference between runs of one level (their robust standard deviation).
    pub least_of_spread: f64,
    /// Only changes within so many of the last runs make a series a regression or an improvement now; older ones are
    /// accepted. Runs of the series count, and those of the log since it was measured last. `None` accepts none.
    pub last_runs: Option<usize>,
    /// Seed of the permutations.
    pub seed: u64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            minimum_runs: 5,
            false_discovery_rate: 0.01,
            least_effect: 0.02,
            least_of_spread: 0.5,
            last_runs: Some(RECENT_RUNS),
            seed: 1,
        }
    }
}

/// Probability from which on a part is not divided any further; the family's correction then asks for much less.
const WORTH: f64 = 0.05;

/// What was found in a history.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checked {
    /// What was followed.
    pub figure: Figure,
    /// Unit of all levels.
    pub unit: &'static str,
    /// What counted as a change.
    pub rules: Rules,
    /// How many places were looked at: the family of the correction.
    pub family: usize,
    /// The machines.
    pub machines: Vec<String>,
    /// Every series, in the order of the history.
    pub series: Vec<Trend>,
}

/// A series and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trend {
    /// Id of the case.
    pub case: String,
    /// Place in [`Checked::machines`].
    pub machine: usize,
    /// Runs that count.
    pub runs: usize,
    /// Runs that were left out for their unqualified instrument.
    pub unqualified: usize,
    /// What it is now.
    pub verdict: Found,
    /// Median of the present level.
    pub level: f64,
    /// Its changes, in the order of the runs.
    pub changes: Vec<Shift>,
    /// The smallest step that would have been found, had it begun as many runs ago as a level must last, as a share
    /// (0.1 is 10 %); `None` if there are too few runs, or the series has ended.
    pub smallest_step: Option<f64>,
    /// Runs that a step of 10 % needs until it is found; `None` if it is not within [`RECENT_RUNS`].
    pub runs_for_tenth: Option<usize>,
    /// The last runs, if they lie far outside of the level but have not lasted long enough to be another.
    pub suspected: Option<Suspected>,
}

/// What a series is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// Its last change was for the worse, and is recent.
    Regression,
    /// Its last change was for the better, and is recent.
    Improvement,
    /// No change was found, or the last one is too old to count.
    Steady,
    /// There are not enough runs to find any.
    TooShort,
    /// None of the last [`RECENT_RUNS`] runs of the log has it.
    Ended,
}

/// A change of level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shift {
    /// The first run of the new level, as a place in [`History::runs`].
    pub run: usize,
    /// When that began.
    pub at: String,
    /// Its revision, if it is known.
    pub commit: Option<String>,
    /// The revision before it, if it is known: the cause lies between the two.
    pub after_commit: Option<String>,
    /// Median of the level before.
    pub before: f64,
    /// Median of the level behind.
    pub behind: f64,
    /// The latter over the former.
    pub ratio: f64,
    /// Probability of its place, if nothing had changed.
    pub p: f64,
}

impl Shift {
    /// Whether it is for the worse: more time, more memory.
    pub fn is_worse(&self) -> bool {
        self.ratio > 1.0
    }
}

impl Checked {
    /// Series that are a regression now.
    pub fn regressions(&self) -> impl Iterator<Item = &Trend> {
        self.series.iter().filter(|trend| trend.verdict == Found::Regression)
    }

    /// Series whose last change is too old to decide what they are now, with that change.
    pub fn accepted(&self) -> impl Iterator<Item = (&Trend, &Shift)> {
        let steady = self.series.iter().filter(|trend| trend.verdict == Found::Steady);
        steady.filter_map(|trend| Some((trend, trend.changes.last()?)))
    }

    /// Whether any series on this machine could have shown a doubling.
    pub fn can_tell(&self, machine: usize) -> bool {
        let shows =
            |trend: &Trend| trend.changes.last().is_some() || trend.smallest_step.is_some_and(|step| step <= 1.0);
        let alive = self.series.iter().filter(|trend| !matches!(trend.verdict, Found::TooShort | Found::Ended));
        alive.filter(|trend| trend.machine == machine).any(shows)
    }

    /// What a check of this history ends with: a regression if any series is one; undecided if the machine that is measured
    /// on now has no series that could show anything, or its last runs may be the beginning of a step.
    pub fn outcome(&self, history: &History) -> Outcome {
        // What cannot be told of the machine of the last run is not told by another one's past.
        let can_tell = history.machine_now().is_some_and(|machine| self.can_tell(machine));
        let suspected = self.series.iter().any(|trend| trend.suspected.is_some_and(|suspected| suspected.ratio > 1.0));
        match (self.regressions().next(), can_tell && !suspected) {
            (Some(_), _) => Outcome::Regression,
            (None, true) => Outcome::Pass,
            (None, false) => Outcome::Undecided,
        }
    }

    /// The trend of a series of the history that was checked.
    pub fn trend(&self, series: &Series) -> Option<&Trend> {
        self.series.iter().find(|trend| trend.machine == series.machine && *trend.case == *series.case)
    }
}

/// Looks for changes in every series whose case matches.
pub fn check(history: &History, figure: Figure, cases: Option<&GlobMatcher>, rules: &Rules) -> Checked {
    check_with(&mut Chance::new(rules.seed), history, figure, cases, rules)
}

/// The same with permutations that may have been drawn already.
pub(super) fn check_with(
    chance: &mut Chance,
    history: &History,
    figure: Figure,
    cases: Option<&GlobMatcher>,
    rules: &Rules,
) -> Checked {
    let mut family = Vec::new();
    let mut divided = Vec::new();
    for series in history.series.iter().filter(|series| cases.is_none_or(|glob| glob.is_match(&*series.case))) {
        let points: Vec<(usize, f64)> = history.judged(series, figure).collect();
        if points.is_empty() {
            continue;
        }
        // Levels are compared by ratios, so logarithms; the ranks do not mind.
        let logs: Vec<f64> = points.iter().map(|(_, value)| value.ln()).collect();
        let division = stats::divide(&logs, rules.minimum_runs, WORTH, chance);
        family.extend(&division.looked_at);
        divided.push((series, points, logs, division.changes));
    }
    let discovered = stats::benjamini_hochberg(&family, rules.false_discovery_rate);
    let believed = family.iter().zip(discovered).filter(|(_, counts)| *counts).map(|(p, _)| *p).reduce(f64::max);
    // One discovery among all places has to be as unlikely as this.
    let rate = rules.false_discovery_rate / family.len().max(divided.len()).max(1) as f64;
    let series = divided.into_iter().map(|(series, points, logs, mut changes)| {
        changes.retain(|change| believed.is_some_and(|limit| change.p <= limit));
        join_equal_levels(&logs, &mut changes, rules);
        let trend = trend(history, series, &points, &changes, rules);
        if trend.verdict == Found::Ended { trend } else { power::add(trend, &levels(&logs, &changes), rules, rate) }
    });
    Checked {
        figure,
        unit: figure.unit(),
        rules: *rules,
        family: family.len(),
        machines: history.machines.iter().map(ToString::to_string).collect(),
        series: series.collect(),
    }
}

/// Drops the smallest change that is none, again and again, until all that are left are some.
fn join_equal_levels(logs: &[f64], changes: &mut Vec<Change>, rules: &Rules) {
    while let Some(weakest) = weakest(logs, changes, rules) {
        changes.remove(weakest);
    }
}

/// The smallest change that is too small, or whose levels do not last: fewer than the fewest runs of one of them are
/// nearer to it than to the other.
fn weakest(logs: &[f64], changes: &[Change], rules: &Rules) -> Option<usize> {
    let levels = levels(logs, changes);
    let middles: Vec<f64> = levels.iter().map(|level| stats::median(level).unwrap_or(0.0)).collect();
    let deviations: Vec<f64> = levels
        .iter()
        .zip(&middles)
        .flat_map(|(level, middle)| level.iter().map(move |log| (log - middle).abs()))
        .collect();
    // Of a normal distribution, the median distance from the middle is 1/1.4826 of a standard deviation.
    let spread = 1.4826 * stats::median(&deviations)?;
    let needed = rules.least_effect.ln_1p().max(rules.least_of_spread * spread);
    let lasts = |level: &[f64], own: f64, other: f64| {
        level.iter().filter(|log| (**log - own).abs() < (**log - other).abs()).count() >= rules.minimum_runs
    };
    let size = |at: usize| (middles[at + 1] - middles[at]).abs();
    let is_one = |at: usize| {
        let (before, behind) = (middles[at], middles[at + 1]);
        size(at) >= needed && lasts(levels[at], before, behind) && lasts(levels[at + 1], behind, before)
    };
    (0..changes.len()).filter(|at| !is_one(*at)).min_by(|a, b| size(*a).total_cmp(&size(*b)))
}

/// The parts between the changes.
fn levels<'a>(logs: &'a [f64], changes: &[Change]) -> Vec<&'a [f64]> {
    let starts = std::iter::once(0).chain(changes.iter().map(|change| change.at));
    let ends = changes.iter().map(|change| change.at).chain([logs.len()]);
    starts.zip(ends).map(|(start, end)| &logs[start..end]).collect()
}

fn trend(history: &History, series: &Series, points: &[(usize, f64)], changes: &[Change], rules: &Rules) -> Trend {
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let middles: Vec<f64> = levels(&values, changes).iter().map(|level| stats::median(level).unwrap_or(0.0)).collect();
    let shift = |(change, pair): (&Change, &[f64])| {
        let run = points[change.at].0;
        let (before, behind) = (pair[0], pair[1]);
        let (at, commit) = (history.runs[run].at.clone(), history.runs[run].commit.clone());
        let after_commit = history.runs[points[change.at - 1].0].commit.clone();
        Shift { run, at, commit, after_commit, before, behind, ratio: behind / before, p: change.p }
    };
    let shifts: Vec<Shift> = changes.iter().zip(middles.windows(2)).map(shift).collect();
    // Runs of the log since it was measured last: a series that is not measured any more grows old with them.
    let since = series.points.last().map_or(0, |point| history.runs.len() - 1 - point.run);
    let age = |change: &Change| points.len() - change.at + since;
    let recent = changes.last().is_some_and(|change| rules.last_runs.is_none_or(|last| age(change) <= last));
    let verdict = match shifts.last() {
        _ if since >= RECENT_RUNS => Found::Ended,
        _ if points.len() < 2 * rules.minimum_runs => Found::TooShort,
        Some(last) if recent && last.is_worse() => Found::Regression,
        Some(last) if recent && !last.is_worse() => Found::Improvement,
        _ => Found::Steady,
    };
    Trend {
        case: series.case.to_string(),
        machine: series.machine,
        runs: points.len(),
        unqualified: series.points.iter().filter(|point| history.runs[point.run].qualified == Some(false)).count(),
        verdict,
        level: middles.last().copied().unwrap_or(0.0),
        changes: shifts,
        smallest_step: None,
        runs_for_tenth: None,
        suspected: None,
    }
}
