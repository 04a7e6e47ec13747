//! Every verdict on a comparison, and what withholds it.

use super::{Law, Made};
use crate::run::ArmMetric;
use crate::track::{Change, Judgement, Outcome, Rule, judge, suspects};

fn judged(made: Made) -> Judgement {
    judge(&made.build(), &Rule::default())
}

fn verdict(judgement: &Judgement, case: &str) -> Change {
    judgement.cases.iter().find(|judged| judged.case == case).unwrap().verdict
}

#[test]
fn each_verdict_has_its_case() {
    let noisy = Law { noise: 0.2, ..Law::SAME };
    let made = Made::new()
        .case("a/serial/1", Law::SAME)
        .case("b/serial/1", Law::head(1.05))
        .case("c/serial/1", Law::head(0.95))
        .case("d/serial/1", noisy);
    let judgement = judged(made);
    assert!(judgement.qualified && judgement.family == 4);
    assert_eq!(verdict(&judgement, "a/serial/1"), Change::Equivalent);
    assert_eq!(verdict(&judgement, "b/serial/1"), Change::Regression);
    assert_eq!(verdict(&judgement, "c/serial/1"), Change::Improvement);
    assert_eq!(verdict(&judgement, "d/serial/1"), Change::Inconclusive);
    assert_eq!(judgement.outcome(), Outcome::Regression);
    let case = &judgement.cases[1];
    assert!((case.ratio - 1.05).abs() < 0.005 && case.low.unwrap() > 1.04 && case.high.unwrap() < 1.06, "{case:?}");
    assert_eq!((case.rounds, case.confirmed), (40, Some(true)));
    assert!(case.superiority < 0.1, "the head was hardly ever faster: {case:?}");
    // What is printed beside "no change" is larger than the margin, and larger where it is noisier.
    let finds = |index: usize| judgement.cases[index].smallest_detectable.unwrap();
    assert!(finds(0) > 0.01 && finds(0) < 0.03 && finds(3) > 2.0 * finds(0), "{judgement:?}");
}

#[test]
fn up_and_down_are_treated_alike() {
    for percent in 1..12 {
        let change = 1.0 + f64::from(percent) / 100.0;
        let of = |head| judged(Made::new().case("a/serial/1", Law { noise: 0.0, ..Law::head(head) })).cases[0].verdict;
        let (up, down) = (of(change), of(1.0 / change));
        let mirrored = match down {
            Change::Improvement => Change::Regression,
            other => other,
        };
        assert_eq!(up, mirrored, "{percent} %");
        assert_eq!(up == Change::Regression, percent > 1, "{percent} %: beyond the margin of 1 %");
    }
}

#[test]
fn a_change_that_does_not_last_is_not_confirmed() {
    let made = Made::new().case("a/serial/1", Law { later: Some(1.0), ..Law::head(1.05) });
    let judgement = judged(made);
    let case = &judgement.cases[0];
    assert_eq!((case.verdict, case.confirmed), (Change::Inconclusive, Some(false)));
    assert!(case.reason.contains("not confirmed"), "{}", case.reason);
    assert_eq!(judgement.outcome(), Outcome::Undecided);

    let never = judged(Made::new().case("a/serial/1", Law { later: None, ..Law::head(1.05) }));
    assert_eq!(never.cases[0].verdict, Change::Inconclusive);
    assert!(never.cases[0].reason.contains("no time was left"), "{}", never.cases[0].reason);

    let other_way = judged(Made::new().case("a/serial/1", Law { later: Some(0.95), ..Law::head(1.05) }));
    assert_eq!(other_way.cases[0].confirmed, Some(false));
}

#[test]
fn suspects_are_those_to_confirm() {
    let made = Made::new()
        .case("a/serial/1", Law { later: None, ..Law::head(1.05) })
        .case("b/serial/1", Law::SAME)
        .case("c/serial/1", Law { later: None, ..Law::head(0.9) });
    assert_eq!(suspects(&made.build(), &Rule::default()), ["a/serial/1", "c/serial/1"]);
}

#[test]
fn an_instrument_that_finds_a_change_in_none_decides_nothing() {
    let made = Made::new().case("a/serial/1", Law { copy: 1.03, ..Law::SAME }).case("b/serial/1", Law::head(1.2));
    let comparison = made.build();
    assert!(suspects(&comparison, &Rule::default()).is_empty(), "nobody is suspected by an unfit witness");
    let judgement = judge(&comparison, &Rule::default());
    assert!(!judgement.qualified);
    assert!(judgement.cases.iter().all(|case| case.verdict == Change::Inconclusive));
    assert_eq!(judgement.outcome(), Outcome::Undecided);
    let why = judgement.unqualified.unwrap();
    assert!(why.contains("a/serial/1") && why.contains("own copy"), "{why}");
    assert_eq!(judgement.a_a.unwrap().case, "a/serial/1");
}

#[test]
fn the_a_a_spread_widens_the_margin() {
    // The base strays from its copy by 0.8 %, within its own margin; a change of 1.4 % is then within twice that.
    let law = Law { copy: 1.008, noise: 0.001, ..Law::head(1.018) };
    let judgement = judged(Made::new().case("a/serial/1", law));
    let case = &judgement.cases[0];
    assert!((case.a_a_spread - 0.008).abs() < 0.001 && (case.margin - 0.016).abs() < 0.002, "{case:?}");
    assert_eq!(case.verdict, Change::Inconclusive, "neither changed nor the same");
    // With a faithful copy the same head is slower, beyond doubt.
    let judgement = judged(Made::new().case("a/serial/1", Law { noise: 0.001, ..Law::head(1.018) }));
    assert_eq!(judgement.cases[0].verdict, Change::Regression);
}

#[test]
fn the_margin_has_an_absolute_floor() {
    let mut comparison = Made::new().case("a/serial/1", Law { noise: 0.001, ..Law::head(1.05) }).build();
    let case = &mut comparison.cases[0];
    // The same in samples of half a millisecond, where 5 % are 25 µs.
    for round in case.rounds.iter_mut().chain(&mut case.confirmation) {
        for sample in [&mut round.base, &mut round.copy, &mut round.head] {
            sample.compute_ns /= 40;
        }
    }
    let judgement = judge(&comparison, &Rule::default());
    assert!(judgement.cases[0].margin > 0.08, "{:?}", judgement.cases[0]);
    assert_eq!(judgement.cases[0].verdict, Change::Equivalent);
}

#[test]
fn too_few_rounds_decide_nothing() {
    let judgement = judged(Made::new().rounds(12).case("a/serial/1", Law::head(1.5)).case("b/serial/1", Law::SAME));
    assert!(judgement.cases.iter().all(|case| case.verdict == Change::Inconclusive && case.rounds == 11));
    assert!(judgement.cases[0].reason.contains("a verdict needs 12"), "{}", judgement.cases[0].reason);
    assert_eq!(judgement.outcome(), Outcome::Undecided);
    let none = judged(Made::new().rounds(1).case("a/serial/1", Law::SAME));
    assert!(none.cases.is_empty() && none.outcome() == Outcome::Undecided);
}

#[test]
fn a_large_family_asks_for_more() {
    // All twelve rounds beyond the margin, of either base, are enough for one case alone and for one among a hundred; not
    // among 2,700: 2/3^12 > 0.01/2700.
    let one = |others: usize| {
        let mut made = Made::new().rounds(13).case("a/serial/1", Law { noise: 0.001, ..Law::head(1.1) });
        for other in 0..others {
            made = made.case(&format!("other{other}/serial/1"), Law::SAME);
        }
        judged(made).cases[0].verdict
    };
    assert_eq!(one(0), Change::Regression);
    assert_eq!(one(99), Change::Regression);
    assert_eq!(one(2699), Change::Inconclusive);
}

#[test]
fn margins_and_metrics_can_be_chosen() {
    let comparison = Made::new().case("a/serial/1", Law { noise: 0.001, ..Law::head(1.05) }).build();
    let verdict = |rule: Rule| judge(&comparison, &rule).cases[0].verdict;
    assert_eq!(verdict(Rule { margin: Some(0.1), ..Rule::default() }), Change::Equivalent);
    assert_eq!(verdict(Rule { metric: ArmMetric::Start, margin: None }), Change::Equivalent, "starting took the same");
    assert_eq!(verdict(Rule { metric: ArmMetric::Cpu, margin: None }), Change::Regression);
}

#[test]
fn failed_cases_are_not_judged() {
    let mut comparison = Made::new().case("a/serial/1", Law::SAME).case("b/serial/1", Law::SAME).build();
    comparison.cases[0].failed = true;
    let judgement = judge(&comparison, &Rule::default());
    assert_eq!((judgement.family, judgement.cases.len()), (1, 1));
}
