//! The summary on a terminal.

use super::super::terminal;
use super::super::terminal::{judged, summary};
use super::*;

#[test]
fn the_advice_follows_the_numbers() {
    let better = |threads: f64, processes: f64| {
        let made = Synthetic::new(2).kernel("primes", Bound::Cpu, None).case("primes", "serial", (1, 1), 200.0, 200.0);
        let made = made.case("primes", "threads", (1, 2), threads, 200.0);
        let run = made.case("primes", "processes", (2, 1), processes, 200.0).build();
        terminal(&run, 200, false)
    };
    assert!(better(100.0, 150.0).contains("CPU-bound work: Use threads: "));
    assert!(better(150.0, 100.0).contains("CPU-bound work: Use processes: "));
}

/// The quick profile asks its interpreter about old and new locks alone, and plain arithmetic about the rest.
#[test]
fn a_kernel_without_the_basic_models_hides_no_answer() {
    let made = Synthetic::new(2).kernel("primes", Bound::Cpu, None).case("primes", "serial", (1, 1), 200.0, 200.0);
    let made = made.case("primes", "threads", (1, 2), 100.0, 200.0).case("primes", "gil", (1, 2), 200.0, 200.0);
    let made = made.kernel("bytecode", Bound::Cpu, None).case("bytecode", "serial", (1, 1), 200.0, 200.0);
    let text = terminal(&made.case("bytecode", "gil-legacy", (1, 2), 400.0, 400.0).build(), 200, false);
    assert!(text.contains("CPU-bound work: Use threads: ") && text.contains("under it take 2.00×"), "{text}");
}

#[test]
fn the_summary_keeps_to_its_width() {
    let verdicts = fixture::verdicts();
    for (name, run) in runs() {
        for width in [40, 60, 80, 132] {
            let view = View::new(&run, &verdicts);
            for text in [summary(&view, width, false), judged(&view, width, false)] {
                for line in text.lines() {
                    assert!(line.chars().count() <= width, "{name} at {width}: {line}");
                }
                assert!(!text.contains('\x1b'), "{name} at {width}: no colour was asked for");
            }
        }
    }
}

#[test]
fn the_summary_fits_a_screen() {
    let verdicts = fixture::verdicts();
    for cores in [1, 4, 64] {
        let mut run = fixture::suite(cores);
        run.failures.clear();
        let text = summary(&View::new(&run, &verdicts), 100, false);
        assert!(text.lines().count() <= 40, "{} lines:\n{text}", text.lines().count());
        for words in ["CPU-bound work: ", "supported 1: ", "refuted: ", "primes", "Was the instrument fit"] {
            assert!(text.contains(words), "no {words} in\n{text}");
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    let (run, verdicts) = (fixture::suite(2), fixture::verdicts());
    let view = View::new(&run, &verdicts);
    let coloured = summary(&view, 80, true);
    assert!(coloured.contains("\x1b[32m"));
    let codes = ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m"];
    let bare = codes.iter().fold(coloured, |text, code| text.replace(code, ""));
    assert_eq!(bare, summary(&view, 80, false));
}
