//! Trials: rounds of a comparison, cut out or drawn again, that are judged as a comparison of their own.

use crate::run::comparison::{ArmSample, Comparison, PairedCase, PairedRound};

/// Rounds that are drawn in a row.
const STRETCH: usize = 5;

/// A comparison with a known change.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    /// Its rounds, none of them to be discarded.
    pub(super) comparison: Comparison,
    /// Kept rounds.
    pub(super) rounds: usize,
}

/// Cuts a comparison into trials of so many kept rounds. The rounds that confirm a suspicion are those of the trial after
/// it, and of the first trial for the last one; a comparison of a single trial has none, and gives none.
pub(super) fn cut(comparison: &Comparison, rounds: usize) -> Vec<Trial> {
    // Every case has the same rounds unless it failed, and what failed is no trial of the instrument.
    let whole = |case: &&PairedCase| !case.failed;
    let fewest = comparison.cases.iter().filter(whole).map(|case| comparison.kept(case).count()).min().unwrap_or(0);
    let count = fewest / rounds.max(1);
    if count < 2 {
        return vec![];
    }
    let part = |case: &PairedCase, number: usize| -> Vec<PairedRound> {
        comparison.kept(case).skip(number * rounds).take(rounds).copied().collect()
    };
    (0..count)
        .map(|number| {
            let cases = comparison.cases.iter().filter(whole);
            let cases = cases.map(|case| rebuilt(case, part(case, number), part(case, (number + 1) % count)));
            trial(comparison, cases.collect(), rounds)
        })
        .collect()
}

/// The kept rounds of all comparisons without a change, as one comparison; `None` if there are fewer than two stretches.
pub(super) fn pool(comparisons: &[Comparison]) -> Option<Comparison> {
    let mut same = comparisons.iter().filter(|comparison| comparison.plan.injected == 0.0);
    let mut pool = kept_only(same.next()?);
    for more in same {
        for case in &mut pool.cases {
            match more.case(&case.id).filter(|case| !case.failed) {
                // Steps are calibrated anew in each comparison. Ratios inside a round do not mind.
                Some(other) => case.rounds.extend(more.kept(other)),
                None => case.failed = true,
            }
        }
    }
    pool.cases.retain(|case| !case.failed);
    // Cases are drawn together, round by round, so that they share the weather as they did.
    let fewest = pool.cases.iter().map(|case| case.rounds.len()).min()?;
    for case in &mut pool.cases {
        case.rounds.truncate(fewest);
    }
    (fewest >= 2 * STRETCH).then_some(pool)
}

fn kept_only(comparison: &Comparison) -> Comparison {
    let mut kept = comparison.clone();
    for case in &mut kept.cases {
        case.rounds =
            comparison.case(&case.id).map(|case| comparison.kept(case).copied().collect()).unwrap_or_default();
    }
    kept
}

/// Draws a trial with this change from the rounds of a pool, and as many rounds again for its confirmation.
pub(super) fn draw(pool: &Comparison, rounds: usize, injected: f64, random: &mut fastrand::Rng) -> Trial {
    let size = pool.cases.iter().map(|case| case.rounds.len()).min().unwrap_or(0);
    let mut places = || -> Vec<usize> {
        let mut places = vec![];
        while places.len() < rounds {
            let start = random.usize(..size);
            places.extend((0..STRETCH).map(|more| (start + more) % size));
        }
        places.truncate(rounds);
        places
    };
    let (first, second) = (places(), places());
    // One executable under three labels: which sample was whose says nothing, so that it can be drawn as well. Without
    // that, how far the median of these very rounds happens to be from 0 would be in every trial.
    let labels: Vec<usize> = (0..rounds).map(|_| random.usize(..ORDERS.len())).collect();
    let taken = |case: &PairedCase, places: &[usize]| -> Vec<PairedRound> {
        places
            .iter()
            .zip(&labels)
            .map(|(place, labels)| changed(exchanged(case.rounds[*place], *labels), injected))
            .collect()
    };
    let cases = pool.cases.iter().map(|case| rebuilt(case, taken(case, &first), taken(case, &second)));
    let mut trial = trial(pool, cases.collect(), rounds);
    trial.comparison.plan.injected = injected;
    trial
}

/// All orders of three labels.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// The round under other labels.
fn exchanged(round: PairedRound, order: usize) -> PairedRound {
    let samples = [round.base, round.copy, round.head];
    let [base, copy, head] = ORDERS[order].map(|arm| samples[arm]);
    PairedRound { base, copy, head, ..round }
}

/// A round in which one side has worked longer: the head, or if the change is negative the base and its copy.
fn changed(round: PairedRound, injected: f64) -> PairedRound {
    let longer = |sample: ArmSample| ArmSample {
        compute_ns: (sample.compute_ns as f64 * (1.0 + injected.abs())).round() as u64,
        cpu_ns: (sample.cpu_ns as f64 * (1.0 + injected.abs())).round() as u64,
        ..sample
    };
    if injected >= 0.0 {
        PairedRound { head: longer(round.head), ..round }
    } else {
        PairedRound { base: longer(round.base), copy: longer(round.copy), ..round }
    }
}

/// The case with these rounds, counted from 0.
fn rebuilt(case: &PairedCase, rounds: Vec<PairedRound>, confirmation: Vec<PairedRound>) -> PairedCase {
    let counted = |rounds: Vec<PairedRound>| -> Vec<PairedRound> {
        rounds.into_iter().enumerate().map(|(at, round)| PairedRound { round: at as u32, ..round }).collect()
    };
    PairedCase {
        id: case.id.clone(),
        kernel: case.kernel.clone(),
        model: case.model.clone(),
        pilot: case.pilot.clone(),
        rounds: counted(rounds),
        confirmation: counted(confirmation),
        ..*case
    }
}

/// A comparison of these cases; what a judge does not look at stays behind.
fn trial(of: &Comparison, cases: Vec<PairedCase>, rounds: usize) -> Trial {
    let mut plan = of.plan.clone();
    (plan.discarded_rounds, plan.rounds, plan.planned_rounds) = (0, rounds as u32, rounds as u32);
    let comparison = Comparison {
        cases,
        plan,
        generator: String::new(),
        started_at: String::new(),
        partial: None,
        machine: crate::run::Machine::default(),
        base: crate::run::comparison::Executable::default(),
        head: crate::run::comparison::Executable::default(),
        only_base: vec![],
        only_head: vec![],
        failures: vec![],
        ..*of
    };
    Trial { comparison, rounds }
}

/// Rounds of the case alone that so much time allows, its confirmation included; never more than there are in the pool,
/// whose repetition would show nothing new.
pub(super) fn rounds_within(case: &PairedCase, time_ns: f64) -> usize {
    let of = |sample: &ArmSample| (sample.start_ns + sample.compute_ns) as f64;
    let all: f64 = case.rounds.iter().map(|round| of(&round.base) + of(&round.copy) + of(&round.head)).sum();
    let one = all / case.rounds.len().max(1) as f64 * AROUND;
    ((time_ns * JUDGED / one.max(1.0)) as usize).clamp(1, case.rounds.len().max(1))
}

/// The share of a comparison's time that is left for judged rounds, beside calibration, pilot and confirmation.
const JUDGED: f64 = 0.65;

/// What a round takes beyond its samples' start and work: three programs started afresh, teams ended. 1.5 and more was
/// measured on the reference machine; a generous figure makes the trials short, and the test strict.
const AROUND: f64 = 1.6;
