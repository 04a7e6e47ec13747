//! Tests of promised shares that can fail: what a simulation must show, from the binomial distribution.
//!
//! A promise ("at most 1 % of verdicts are false") is tested against a stated bad case ("3 %"): a rule that keeps the
//! promise fails the test with a probability of at most [`ERROR`] (of a sequential test, [`SEQUENTIAL`]), and so does the
//! bad case pass it. Simulations have fixed seeds, so these are the errors of choosing another seed.

use super::noise::repetitions;

/// Probability that a test errs, either way.
const ERROR: f64 = 1e-3;
/// The same of a sequential test, whose trials take longer.
const SEQUENTIAL: f64 = 1e-2;

/// The fewest successes of `n` trials with which a share of successes of `promised` or more is believable.
///
/// # Panics
/// If so few trials cannot tell the promise from the bad case.
pub fn at_least(n: usize, promised: f64, bad: f64) -> usize {
    let (mut below, mut least) = (0.0, 0);
    // The largest number with at most the error's probability of fewer successes.
    while below + mass(n, promised, least) <= ERROR {
        below += mass(n, promised, least);
        least += 1;
    }
    let passes: f64 = (least..=n).map(|count| mass(n, bad, count)).sum();
    assert!(passes <= ERROR, "{n} trials cannot tell {promised} from {bad}: {passes}");
    least
}

/// Probability of so many successes of `n` trials.
fn mass(n: usize, share: f64, count: usize) -> f64 {
    let choices: f64 = (1..=count).map(|k| ((n - count + k) as f64 / k as f64).ln()).sum();
    (choices + count as f64 * share.ln() + (n - count) as f64 * (1.0 - share).ln()).exp()
}

/// Tests a promise as trials come in (A. Wald, *Sequential Analysis*, 1947): as many as it takes to tell "happens at
/// most so often" from the bad case, with an error of at most [`SEQUENTIAL`] either way. The long form errs less.
#[derive(Debug)]
pub struct AtMost {
    /// Logarithms of the likelihood of the bad case over that of the promise: of an event, of none, and of all trials.
    happened: f64,
    not: f64,
    evidence: f64,
    limit: f64,
}

impl AtMost {
    /// The promise and the bad case, as shares of trials.
    pub fn new(promised: f64, bad: f64) -> Self {
        let limit = repetitions(1) as f64 * (1.0 / SEQUENTIAL).ln();
        let (happened, not) = ((bad / promised).ln(), ((1.0 - bad) / (1.0 - promised)).ln());
        Self { happened, not, evidence: 0.0, limit }
    }

    /// Another trial. Trials after the decision change nothing.
    pub fn add(&mut self, happened: bool) {
        if self.kept().is_none() {
            self.evidence += if happened { self.happened } else { self.not };
        }
    }

    /// Whether the promise is kept; `None` while that is open.
    pub fn kept(&self) -> Option<bool> {
        (self.evidence.abs() >= self.limit).then_some(self.evidence < 0.0)
    }
}

#[test]
fn masses_are_those_of_the_binomial_table() {
    let tail = |below: usize| (0..below).map(|count| mass(12, 0.5, count)).sum::<f64>();
    assert!((tail(3) - 79.0 / 4096.0).abs() < 1e-12);
    assert!((tail(13) - 1.0).abs() < 1e-12);
}

#[test]
#[should_panic(expected = "cannot tell")]
fn too_few_trials_are_refused() {
    at_least(8, 0.99, 0.97);
}

/// The errors are what they are said to be: of 1,000 tests of the promise or of the bad case, at most one in a hundred is
/// wrong.
#[test]
fn a_sequential_test_tells_the_promise_from_the_bad_case() {
    let mut random = fastrand::Rng::with_seed(8);
    for (share, kept) in [(0.01, true), (0.03, false), (0.0, true), (0.5, false)] {
        let wrong = (0..1000).filter(|_| {
            let mut test = AtMost::new(0.01, 0.03);
            while test.kept().is_none() {
                test.add(random.f64() < share);
            }
            test.kept() != Some(kept)
        });
        let wrong = wrong.count();
        // Ten are expected at most; more than 21 have a probability of 0.001.
        assert!(wrong <= 21, "{wrong} of 1,000 at {share}");
    }
}
