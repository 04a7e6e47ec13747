//! What judging makes of rounds, what the catalogue promises, what the stand-in answers, and that nobody's words are
//! taken for granted.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;

use super::cells::{self, Metric, Pace, Sample, Work};
use super::judge::{is_wide, judge};
use super::protocol::{Answer, Ask, Body, Hello, LockKind, Part, Units};
use super::stand_in::under;
use crate::run::synthetic::{cell, cell_round, interpreter};
use crate::run::validation::{Agreement, Cell, Interpreter, Validation};

const LOCKS: [LockKind; 3] = [LockKind::Ticks, LockKind::Gil, LockKind::FreeThreaded];

/// Nine rounds in which the arms are `apart` from each other, to either side in turn, and the stand-in is off by `error`.
fn rounds(apart: f64, error: f64) -> Vec<crate::run::validation::CellRound> {
    let one = |round: u32| {
        let (a, b) = if round.is_multiple_of(2) { (1.0 + apart, 1.0) } else { (1.0, 1.0 + apart) };
        let wobble = 1.0 + 0.001 * f64::from(round % 3);
        cell_round(round, a * 100.0, b * 100.0, (a * b).sqrt() * 100.0 * (1.0 + error) * wobble)
    };
    (0..9).map(one).collect()
}

fn judged(lock: LockKind, cells: Vec<Cell>) -> Interpreter {
    let mut interpreter = interpreter("3.99.1", lock, 9, cells);
    judge(&mut interpreter, 1);
    interpreter
}

#[track_caller]
fn becomes(apart: f64, error: f64, expected: Agreement, certain: bool) {
    let found = judged(LockKind::Gil, vec![cell("mixed/io-50/workers-2/rate", "/s", 2, rounds(apart, error))]);
    let cell = &found.cells[0];
    assert_eq!((cell.equivalent, cell.certain), (expected, certain), "{cell:?}");
    assert!((cell.spread.unwrap() - apart).abs() < 1e-9 && (cell.error.unwrap() - error).abs() < 0.003, "{cell:?}");
}

#[test]
fn five_per_cent_are_allowed_or_the_interpreters_own_spread() {
    becomes(0.01, 0.02, Agreement::Equivalent, true);
    becomes(0.01, -0.04, Agreement::Equivalent, true);
    becomes(0.01, 0.06, Agreement::Differs, true);
    becomes(0.01, -0.06, Agreement::Differs, true);
    becomes(0.08, 0.06, Agreement::Equivalent, true);
    becomes(0.08, 0.1, Agreement::Differs, true);
}

#[test]
fn an_interpreter_that_differs_from_itself_by_more_than_15_per_cent_says_nothing() {
    // The second was seen: "+131.8 % ±177.1 %", called equivalent.
    for (apart, error) in [(0.2, 0.0), (1.771, 1.318), (0.16, 0.12)] {
        becomes(apart, error, Agreement::Unqualified, false);
    }
    becomes(0.14, 0.12, Agreement::Equivalent, true);
}

/// So many cells of one family without an error, and so many that are too noisy.
fn mixture(good: usize, noisy: usize) -> Interpreter {
    let cells = [(good, 0.01), (noisy, 0.5)].into_iter().enumerate();
    let cells = cells.flat_map(|(kind, (many, apart))| {
        (0..many).map(move |at| cell(&format!("mixed/io-{kind}/workers-{at}/rate"), "/s", 2, rounds(apart, 0.0)))
    });
    judged(LockKind::Gil, cells.collect())
}

#[test]
fn noisy_cells_neither_help_nor_stand_for_the_rest() {
    let found = mixture(10, 3);
    assert_eq!((found.goals[0].met, found.verdict), (Some(true), Agreement::Equivalent));
    assert_eq!(found.goals[0].found, "10 of 10 cells, 0 undecided; 3 too noisy to count");
    let found = mixture(3, 10);
    assert_eq!((found.goals[0].met, found.verdict), (None, Agreement::Unqualified));
    let found = mixture(0, 4);
    assert_eq!((found.goals[1].met, found.verdict), (None, Agreement::Unqualified));
    assert_eq!(found.goals[1].found, "every cell is too noisy to count");
    assert_eq!((found.median_error, found.worst_cell), (None, None));
}

#[test]
fn undecided_cells_reach_no_goal_and_miss_none() {
    let near = |at: u32| cell(&format!("mixed/io-0/workers-{at}/rate"), "/s", 2, wide_rounds());
    let good = |at: u32| cell(&format!("mixed/io-1/workers-{at}/rate"), "/s", 2, rounds(0.01, 0.0));
    let found = judged(LockKind::Gil, (0..2).map(near).chain((0..2).map(good)).collect());
    assert_eq!((found.goals[0].met, found.verdict), (None, Agreement::Unqualified), "{:?}", found.goals);
    assert_eq!(found.goals[0].found, "2 of 4 cells, 2 undecided; 0 too noisy to count");
}

/// Rounds whose error has an interval from 3 to 9 per cent.
fn wide_rounds() -> Vec<crate::run::validation::CellRound> {
    let mut wide = rounds(0.01, 0.03);
    for round in &mut wide {
        round.simulated *= 1.0 + 0.02 * f64::from(round.round % 4);
    }
    wide
}

#[test]
fn an_interval_across_the_margin_says_nothing() {
    let found = judged(LockKind::Gil, vec![cell("mixed/io-50/workers-2/rate", "/s", 2, wide_rounds())]);
    let cell = &found.cells[0];
    assert_eq!((cell.equivalent, cell.certain), (Agreement::Unqualified, false), "{cell:?}");
}

#[test]
fn cells_without_their_processors_are_left_out() {
    let mut lacking = rounds(0.01, 5.0);
    lacking.iter_mut().skip(1).step_by(2).for_each(|round| round.qualified = false);
    lacking[2].qualified = false;
    let good = cell("hand-over/threads-2/5ms/rate", "/s", 2, rounds(0.01, 0.01));
    let found = judged(LockKind::Gil, vec![cell("cpu/threads-2/speedup", "×", 2, lacking), good]);
    let cell = &found.cells[0];
    assert_eq!((cell.qualified, cell.equivalent), (false, Agreement::Unqualified));
    assert!(cell.real.is_some(), "it is shown all the same");
    assert!(found.worst_error.unwrap() < 0.02 && found.verdict == Agreement::Equivalent, "{found:?}");
}

#[test]
fn a_missed_goal_is_a_missed_goal() {
    let far = |id: &str, error: f64| judged(LockKind::Gil, vec![cell(id, "/s", 2, rounds(0.01, error))]);
    assert_eq!(far("hand-over/threads-2/5ms/rate", 0.02).verdict, Agreement::Equivalent);
    // Within 5 %, but hand-overs are to be within 3 %.
    assert_eq!(far("hand-over/threads-2/5ms/rate", 0.04).verdict, Agreement::Differs);
    assert_eq!(far("convoy/1ms/beside-1/5ms/mean", 0.2).verdict, Agreement::Differs);
    let ticks = |apart: f64, error: f64| {
        let cells = vec![cell("cpu/threads-4/voluntary-switches", "/s", 4, rounds(apart, error))];
        judged(LockKind::Ticks, cells).goals.last().unwrap().met
    };
    assert_eq!((ticks(0.1, 0.2), ticks(0.1, 0.5), ticks(0.3, 0.5)), (Some(true), Some(false), None));
}

#[test]
fn too_few_rounds_decide_nothing() {
    let mut few =
        interpreter("3.99.1", LockKind::Gil, 3, vec![cell("cpu/threads-1/speedup", "×", 1, rounds(0.01, 0.0))]);
    few.cells[0].rounds.truncate(3);
    judge(&mut few, 1);
    assert!(few.goals.iter().all(|goal| goal.met.is_none()));
    assert_eq!(few.verdict, Agreement::Unqualified);
    let mut none = interpreter("3.99.1", LockKind::Gil, 0, vec![]);
    judge(&mut none, 1);
    assert_eq!((none.verdict, none.median_error), (Agreement::Unqualified, None));
}

#[test]
fn every_cell_has_a_name_of_its_own() {
    for lock in LOCKS {
        let ids: Vec<String> = cells::all(lock).iter().flat_map(Sample::cells).map(|(id, _)| id).collect();
        let unique: HashSet<&String> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{ids:?}");
    }
}

#[test]
fn a_round_takes_about_half_a_minute() {
    for lock in LOCKS {
        let arms: Duration = cells::all(lock).iter().map(Sample::expected).sum::<Duration>() * 3;
        assert!(arms < Duration::from_secs(35), "{lock:?}: {arms:?}");
    }
}

#[test]
fn the_stand_in_answers_every_request_under_every_lock() {
    let pace = Pace { count: 2000.0, task: 2000.0, watch: 2000.0, churn: 2000.0 };
    for lock in LOCKS {
        let units = Units { count: 5, watch: 5, notice: 5, churn: 5, call: 5 };
        let part = Part { lock, check_interval: Some(100), units };
        for sample in cells::all(lock) {
            let short = match sample.work {
                // Processes are not forked from a test, which has threads; echoes have their server elsewhere.
                Work::Processes { .. } | Work::Echo { .. } => continue,
                _ if sample.work.workers() > 4 => continue,
                Work::Mixed { .. } if sample.interval_us.is_none() && sample.work.workers() > 1 => continue,
                _ => sample.ask(&pace, 1),
            };
            let answer = under(&part, &short).unwrap();
            assert!(answer.wall_ns.is_some_and(|ns| ns > 0.0) && answer.cpu_ns.is_some(), "{lock:?} {sample:?}");
        }
    }
}

#[test]
fn threads_that_look_who_ran_last_see_each_other() {
    let part = Part { lock: LockKind::Gil, check_interval: None, units: Units { watch: 5, ..Units::default() } };
    let ask = Ask::HandOvers { threads: 2, iterations: 4_000_000, interval_us: Some(500) };
    let answer = under(&part, &ask).unwrap();
    assert!(answer.count.unwrap() > 3.0 && answer.slice_ns.unwrap() > 400e3, "{answer:?}");
}

#[test]
fn a_missing_server_is_an_error_and_no_panic() {
    let part = Part { lock: LockKind::Gil, check_interval: None, units: Units::default() };
    let ask = Ask::Echo { workers: 1, beside: 1, duration_us: 1000, delay_us: 0, port: 1, interval_us: None };
    assert!(under(&part, &ask).unwrap_err().contains("refused"));
}

/// Any JSON, and often of the names that matter.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
        Just("gil".into()),
    ];
    let names =
        ["wall_ns", "base_ns", "count", "error", "version", "lock", "missing", "schema", "interpreters", "cells"];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(prop::sample::select(names.to_vec()), inner, 0..6).prop_map(|map| {
                serde_json::Value::Object(map.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_answered_nothing_panics(value in json()) {
        let text = value.to_string();
        let _ = serde_json::from_str::<Hello>(&text);
        let _ = serde_json::from_str::<Validation>(&text);
        if let Ok(answer) = serde_json::from_str::<Answer>(&text) {
            let work = Work::Threads { body: Body::Count, threads: 2 };
            for metric in [Metric::Speedup, Metric::Rate, Metric::Mean, Metric::Slice, Metric::Voluntary] {
                let value = metric.value(&work, &answer);
                prop_assert!(value.is_none_or(|value| value.is_finite() && value > 0.0));
            }
        }
    }

    #[test]
    fn no_noise_makes_a_large_error_equivalent(
        noise in prop::collection::vec((-2.0f64..2.0, -0.05f64..0.05), 7..30),
        error in prop_oneof![-0.9f64..-0.2, 0.2f64..3.0],
    ) {
        let rounds = (0..).zip(&noise).map(|(round, (apart, wobble))| {
            cell_round(round, 100.0 * (apart / 2.0).exp(), 100.0 * (-apart / 2.0).exp(), 100.0 * (1.0 + error) * wobble.exp())
        });
        let found = judged(LockKind::Gil, vec![cell("mixed/io-50/workers-2/rate", "/s", 2, rounds.collect())]);
        prop_assert!(found.cells[0].equivalent != Agreement::Equivalent && found.verdict != Agreement::Equivalent);
    }

    #[test]
    fn what_is_measured_longer_does_not_depend_on_the_error(
        noise in prop::collection::vec((-0.3f64..0.3, -0.2f64..0.2), 0..20),
        error in -3.0f64..3.0,
    ) {
        let wide = |error: f64| {
            let rounds = (0..).zip(&noise).map(|(round, (apart, wobble))| {
                cell_round(round, 100.0 * (apart / 2.0).exp(), 100.0 * (-apart / 2.0).exp(), 100.0 * (error + wobble).exp())
            });
            is_wide(&cell("mixed/io-50/workers-2/rate", "/s", 2, rounds.collect()), 1)
        };
        prop_assert_eq!(wide(0.0), wide(error));
    }

    #[test]
    fn whatever_was_measured_judging_does_not_panic(values in prop::collection::vec((1e-9f64..1e12, 1e-9f64..1e12, 1e-9f64..1e12, any::<bool>()), 0..12)) {
        let rounds = (0..).zip(&values).map(|(round, &(a, b, simulated, qualified))| {
            crate::run::validation::CellRound { qualified, ..cell_round(round, a, b, simulated) }
        });
        let found = judged(LockKind::Ticks, vec![cell("cpu/threads-2/speedup", "×", 2, rounds.collect())]);
        let text = serde_json::to_string(&found).unwrap();
        prop_assert_eq!(serde_json::from_str::<Interpreter>(&text).unwrap(), found);
    }
}
