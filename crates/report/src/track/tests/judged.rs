//! Every verdict on a comparison, and what withholds it.

use super::{Law, Made};
use crate::run::{ArmMetric, Comparison};
use crate::track::{Change, Judgement, Outcome, Rule, judge, next_cases, suspects};

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
    assert_eq!(verdict(&judgement, "d/serial/1"), Change::TooNoisy);
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
    let named = suspects(&made.build(), &Rule::default());
    assert_eq!(named.iter().map(|suspect| &*suspect.case).collect::<Vec<_>>(), ["a/serial/1", "c/serial/1"]);
}

/// The noisier a case and the smaller its change, the more rounds it takes to confirm it.
#[test]
fn a_suspect_says_how_many_rounds_confirm_it() {
    let rounds = |noise, head| {
        let law = Law { noise, later: None, ..Law::head(head) };
        suspects(&Made::new().case("a/serial/1", law).build(), &Rule::default())[0].rounds
    };
    assert_eq!(rounds(0.002, 1.05), 6, "the fewest");
    let (noisy, small) = (rounds(0.1, 1.08), rounds(0.04, 1.03));
    assert!((7..=64).contains(&noisy) && (7..=64).contains(&small), "{noisy} {small}");
    assert!(rounds(0.1, 1.16) < noisy && rounds(0.04, 1.06) < small);
}

/// One case of five in which the base differs from its copy is not decided. The others are.
#[test]
fn a_case_that_differs_from_itself_is_not_decided() {
    let names = ["b/serial/1", "c/serial/1", "d/serial/1"];
    let made = Made::new().case("a/serial/1", Law { copy: 1.03, ..Law::head(1.2) });
    let made = names.iter().fold(made, |made, name| made.case(name, Law::SAME)).case("e/serial/1", Law::head(1.1));
    let comparison = made.build();
    let judgement = judge(&comparison, &Rule::default());
    assert!(judgement.qualified, "{:?}", judgement.unqualified);
    let verdicts: Vec<Change> = judgement.cases.iter().map(|case| case.verdict).collect();
    let same = Change::Equivalent;
    assert_eq!(verdicts, [Change::Inconclusive, same, same, same, Change::Regression]);
    assert!(judgement.cases[0].reason.contains("its own copy"), "{}", judgement.cases[0].reason);
    assert_eq!(suspects(&comparison, &Rule::default()).len(), 1);
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
fn a_change_must_exceed_twice_the_a_a_spread() {
    // The base strays from its copy by 0.8 %, within its own margin; a change of 1.4 % is then within twice that.
    let law = Law { copy: 1.008, noise: 0.001, ..Law::head(1.018) };
    let judgement = judged(Made::new().case("a/serial/1", law));
    let case = &judgement.cases[0];
    assert!((case.a_a_spread - 0.008).abs() < 0.001, "{case:?}");
    assert!((case.margin - 0.01).abs() < 1e-12 && case.reason.contains("twice the A/A spread (1.6 %)"), "{case:?}");
    assert_eq!(case.verdict, Change::Inconclusive, "neither changed nor the same");
    assert!(case.smallest_detectable.unwrap() > 0.016, "{case:?}");
    // With a faithful copy the same head is slower, beyond doubt.
    let judgement = judged(Made::new().case("a/serial/1", Law { noise: 0.001, ..Law::head(1.018) }));
    assert_eq!(judgement.cases[0].verdict, Change::Regression);
}

#[test]
fn samples_too_short_for_the_clock_are_too_noisy() {
    let mut comparison = Made::new().case("a/serial/1", Law { noise: 0.001, ..Law::head(1.05) }).build();
    let case = &mut comparison.cases[0];
    // The same in samples of half a millisecond, where 5 % are 25 µs.
    for round in case.rounds.iter_mut().chain(&mut case.confirmation) {
        for sample in [&mut round.base, &mut round.copy, &mut round.head] {
            sample.compute_ns /= 40;
        }
    }
    let judgement = judge(&comparison, &Rule::default());
    let case = &judgement.cases[0];
    assert_eq!((case.verdict, case.margin), (Change::TooNoisy, 0.02), "{case:?}");
    assert!(case.reason.contains("too short") && case.smallest_detectable.unwrap() > 0.08, "{case:?}");
}

/// The margin is what the pilot makes of it, whatever the judged rounds are like; and never above 2 %.
#[test]
fn margins_are_fixed_by_the_pilot() {
    let margin = |pilot, noise, head| {
        judged(Made::new().case("a/serial/1", Law { pilot: Some(pilot), noise, ..Law::head(head) })).cases[0].margin
    };
    assert!((margin(0.002, 0.002, 1.0) - 0.01).abs() < 1e-12);
    let widened = margin(0.018, 0.002, 1.0);
    assert!(widened > 0.01 && widened < 0.02, "{widened}");
    assert_eq!((margin(0.018, 0.2, 1.0), margin(0.018, 0.002, 1.2)), (widened, widened));
    assert!((margin(0.2, 0.002, 1.0) - 0.02).abs() < 1e-12);
    let asked = |margin, pilot| {
        let made = Made::new().case("a/serial/1", Law { pilot: Some(pilot), ..Law::SAME }).build();
        judge(&made, &Rule { margin: Some(margin), ..Rule::default() }).cases[0].margin
    };
    assert_eq!((asked(0.1, 0.2), asked(0.005, 0.001)), (0.1, 0.005), "what is asked for is never narrowed");
}

/// Too noisy is a matter of width: where the interval lies does not matter, unless it lies wholly beyond the margin.
#[test]
fn an_interval_too_wide_for_its_margin_is_too_noisy_wherever_it_lies() {
    let law = |head| Law { pilot: Some(0.1), noise: 0.1, later: None, ..Law::head(head) };
    for head in [0.97, 0.99, 1.0, 1.01, 1.03] {
        let judgement = judged(Made::new().case("a/serial/1", law(head)));
        let case = &judgement.cases[0];
        assert_eq!(case.verdict, Change::TooNoisy, "{head}: {case:?}");
        assert!(case.reason.contains("larger --budget"), "{}", case.reason);
        assert_eq!(judgement.outcome(), Outcome::Undecided);
    }
    let made = Made::new().case("a/serial/1", Law { later: Some(1.5), ..law(1.5) });
    assert_eq!(judged(made).cases[0].verdict, Change::Regression, "a large change is found in any noise");
}

#[test]
fn rounds_with_a_disturbed_sample_are_left_out() {
    let clean = Made::new().case("a/serial/1", Law { pilot: Some(0.005), ..Law::head(1.05) }).build();
    let mut disturbed = clean.clone();
    let case = &mut disturbed.cases[0];
    for rounds in [&mut case.pilot, &mut case.rounds, &mut case.confirmation] {
        // Between the others, and each time another arm.
        for (number, mut round) in rounds.clone().into_iter().enumerate() {
            let sample = [&mut round.base, &mut round.copy, &mut round.head].into_iter().nth(number % 3).unwrap();
            (sample.compute_ns, sample.disturbed) = (sample.compute_ns * 3, true);
            rounds.insert(2 * number, round);
        }
    }
    let rule = Rule::default();
    // The first pilot round is a warm-up and falls away on both sides.
    disturbed.cases[0].pilot.remove(0);
    let [judgement, of_clean] = [&disturbed, &clean].map(|comparison| judge(comparison, &rule));
    assert_eq!(judgement, of_clean);
    assert_eq!((judgement.cases[0].rounds, judgement.cases[0].verdict), (40, Change::Regression));
}

/// Only widths decide where further rounds go: to what is too wide for its margin, and not to the hopeless.
#[test]
fn further_rounds_go_to_what_is_done_soonest() {
    let law = |noise, head| Law { noise, pilot: Some(0.005), ..Law::head(head) };
    let of = |heads: [f64; 4]| {
        let noises = [0.002, 0.03, 0.025, 0.035];
        let cases = noises.into_iter().zip(heads).enumerate();
        let made =
            cases.fold(Made::new(), |made, (at, (noise, head))| made.case(&format!("{at}/serial/1"), law(noise, head)));
        next_cases(&made.build())
    };
    assert_eq!(of([1.0; 4]), ["2/serial/1", "1/serial/1"], "the half that is done soonest");
    assert_eq!(of([1.2, 1.0, 1.0, 1.0]), ["2/serial/1", "1/serial/1"], "a change is not chased");
    assert_eq!(of([1.0, 1.2, 0.8, 1.0]), ["2/serial/1", "1/serial/1"], "nor left alone");

    let mut comparison = Made::new().case("a/serial/1", law(0.04, 1.0)).case("b/serial/1", law(0.3, 1.0)).build();
    assert_eq!(next_cases(&comparison), ["a/serial/1"], "b would need a hundred times as many");
    comparison.cases[1].rounds.truncate(12);
    assert_eq!(next_cases(&comparison), ["b/serial/1"], "but the floor first");
    comparison.cases[0].failed = true;
    assert_eq!(next_cases(&comparison), ["b/serial/1"]);
    let narrow = Made::new().case("a/serial/1", law(0.002, 1.0)).case("b/serial/1", law(0.001, 1.0)).build();
    assert_eq!(next_cases(&narrow), ["a/serial/1", "b/serial/1"], "all alike where all are narrow");
}

#[test]
fn a_comparison_of_an_older_program_is_judged_without_a_pilot() {
    let new = Made::new().case("a/serial/1", Law::SAME).case("b/serial/1", Law::head(1.05)).build();
    let mut old = serde_json::to_value(&new).unwrap();
    old["plan"].as_object_mut().unwrap().remove("planned_rounds");
    for case in old["cases"].as_array_mut().unwrap() {
        case.as_object_mut().unwrap().remove("pilot");
        for round in case["rounds"].as_array_mut().unwrap() {
            for arm in ["base", "copy", "head"] {
                let sample = round[arm].as_object_mut().unwrap();
                sample.remove("disturbed");
                sample.remove("repeats");
            }
        }
    }
    let old: Comparison = serde_json::from_value(old).unwrap();
    assert_eq!(old, new);
    let judgement = judge(&old, &Rule::default());
    let verdicts: Vec<_> = judgement.cases.iter().map(|case| case.verdict).collect();
    assert_eq!(verdicts, [Change::Equivalent, Change::Regression]);
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
    // 50 µs, which the clock cannot tell, are 5 % of a start of one millisecond.
    assert_eq!(verdict(Rule { metric: ArmMetric::Start, margin: None }), Change::TooNoisy);
    assert_eq!(verdict(Rule { metric: ArmMetric::Start, margin: Some(0.1) }), Change::Equivalent);
    assert_eq!(verdict(Rule { metric: ArmMetric::Cpu, margin: None }), Change::Regression);
}

#[test]
fn failed_cases_are_not_judged() {
    let mut comparison = Made::new().case("a/serial/1", Law::SAME).case("b/serial/1", Law::SAME).build();
    comparison.cases[0].failed = true;
    let judgement = judge(&comparison, &Rule::default());
    assert_eq!((judgement.family, judgement.cases.len()), (1, 1));
}
