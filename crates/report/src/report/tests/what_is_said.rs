//! What the page says of a run, where a reader would miss it.

use super::super::{selftest, validation};
use super::*;
use crate::track::history::fixture::stepped;
use crate::track::history::{Figure, Rules, check};

#[test]
fn verdicts_never_speak_by_colour_alone() {
    let html = draw(&fixture::suite(2), &fixture::verdicts());
    for word in ["supported", "refuted", "inconclusive", "not measured"] {
        assert!(html.contains(&format!("</svg><i>{word}<")), "{word} stands beside its sign");
    }
}

#[test]
fn failures_and_doubts_are_on_the_page() {
    let html = draw(&fixture::suite(4), &[]);
    assert!(html.contains("killed by signal 9") && html.contains(">FAILED<"));
    assert!(html.contains("The hypervisor gave 3.1"), "serious notes");
    assert!(html.contains("A/A ratio 1.00"), "the A/A arm");
    assert!(html.contains(">bimodal<"), "two modes");
    assert!(html.contains("not identifiable"), "too few points for a law");
}

#[test]
fn real_interpreters_stand_beside_the_simulation() {
    let run = fixture::suite(2);
    let html = draw(&run, &[]);
    for text in ["CPython 3.99.1", "cpu/threads-2/speedup", "differs?", "unqualified", "is no interpreter", "missed"] {
        assert!(html.contains(text), "{text}");
    }
    let table = validation(run.validation.as_ref().expect("the suite has one"), 100, false);
    assert!(table.contains("MISSED") && table.contains("DIFFERS"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
}

#[test]
fn the_instrument_says_how_far_it_can_be_trusted() {
    let mut run = fixture::suite(2);
    let html = draw(&run, &[]);
    for text in ["It does what it should.", "beside a neighbour", "+5.00 %", "91.7 %", "cannot be said"] {
        assert!(html.contains(text), "{text}");
    }
    let tried = run.selftest.take().expect("the suite has one");
    let table = selftest(&tried, 100, false);
    assert!(table.contains("MISSED") && table.contains("undecided") && table.contains("drawn again"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    assert!(draw(&run, &[]).contains("gilbench selftest"), "without one, the panel says how to come by it");
}

#[test]
fn every_judged_figure_shows_what_it_is_held_against() {
    let verdicts = fixture::verdicts();
    let html = draw(&fixture::suite(2), &verdicts);
    let judged = || verdicts.iter().flat_map(|one| &one.verdict.evidence).filter(|one| one.judged);
    let bounds = judged().map(|one| usize::from(one.bound_low.is_some()) + usize::from(one.bound_high.is_some()));
    assert_eq!(html.matches("class=\"bound\"").count(), bounds.sum::<usize>());
    assert!(html.contains("</span> &lt; 1.05×<") && html.contains("</span> 0.959× – 1.06×<"));
}

#[test]
fn the_history_shows_where_levels_changed() {
    let history = stepped(&["primes/threads/2", "sort/gil/2"], 60, 41);
    let html = with_history(&history);
    let panel = html.split("<section id=\"history\"").nth(1).expect("the panel is there");
    let panel = panel.split("</section>").next().expect("it ends");
    assert_eq!(panel.matches("<svg class=\"chart\"").count(), 2);
    assert_eq!(panel.matches("class=\"break worse\"").count(), 1, "one change, of one of them");
    for text in ["Imaginary EPYC 9000, 2 cores", "Regressions: 1.", "primes/threads/2 over time", ">steady<"] {
        assert!(panel.contains(text), "{text}: {panel}");
    }
    assert!(panel.contains(">regression</i>"), "{panel}");
    let text = history_table(&history);
    assert!(text.contains("│") && text.contains("✗ +"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

fn history_table(history: &History) -> String {
    let checked = check(history, Figure::Time, None, &Rules::default());
    super::super::history(history, &checked, 100, false)
}

#[test]
fn names_in_a_history_are_no_commands_of_a_terminal() {
    let mut entries = stepped(&[HOSTILE, "a/b/c"], 40, 20);
    entries.machines[0].os = HOSTILE.into();
    entries.runs.iter_mut().for_each(|run| run.commit = Some(HOSTILE.into()));
    let text = history_table(&entries);
    assert!(!text.contains('\u{1b}'), "{text}");
}
