//! A selftest on a terminal: the checks, and the power curve.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};

use super::format;
use super::terminal::wrap;
use crate::run::selftest::{Basis, Check, Findings, Point, Rate, Selftest};

/// What a selftest found.
pub fn selftest(selftest: &Selftest, width: usize, colour: bool) -> String {
    let mut text = format!(
        "The instrument, tried on itself in {:.0} s{}: {}\n\n",
        selftest.elapsed_s,
        if selftest.neighbour { " beside a neighbour that computes in bursts" } else { "" },
        selftest.machine.key()
    );
    for note in selftest.machine.notes.iter().filter(|note| note.serious) {
        let _ = writeln!(text, "Note: {}", note.text);
    }
    if let Some(findings) = &selftest.findings {
        for check in &findings.checks {
            let (word, code) = sign(check);
            let word = if colour { format!("\u{1b}[{code}m{word}\u{1b}[0m") } else { word.into() };
            let indent = " ".repeat(10);
            let lines = |text: &str| wrap(text, width.saturating_sub(10)).join(&format!("\n{indent}"));
            let _ = writeln!(text, "{word} {}\n{indent}{}", lines(&check.statement), lines(&check.found));
        }
        text.push('\n');
        for basis in [Basis::Measured, Basis::Resampled] {
            text += &curve(findings, basis);
        }
    }
    if let Some(partial) = &selftest.partial {
        let _ = writeln!(text, "Partial: {partial}");
    }
    let cut = |line: &str| line.chars().take(width).collect::<String>();
    text.lines().map(|line| if colour { line.to_owned() } else { cut(line) } + "\n").collect()
}

/// Word and colour of a check.
fn sign(check: &Check) -> (&'static str, &'static str) {
    match check.met {
        Some(true) => ("met      ", "32"),
        Some(false) => ("MISSED   ", "31"),
        None => ("undecided", "33"),
    }
}

fn curve(findings: &Findings, basis: Basis) -> String {
    // All points are on the page and in the file; here, of the measured ones those at the usual (the largest) margin, and
    // of the others those of the longest trials: what a minute shows of a case by itself.
    let of_basis = || findings.points.iter().filter(|point| point.basis == basis);
    let margin = of_basis().map(|point| point.margin).fold(0.0, f64::max);
    let shortest = of_basis().map(|point| point.rounds).min().unwrap_or(0);
    let alike = of_basis().all(|point| point.rounds == shortest);
    let shown = |point: &&Point| match basis {
        Basis::Measured => point.margin >= margin,
        Basis::Resampled => alike || point.rounds > shortest,
    };
    let points: Vec<&Point> = of_basis().filter(shown).collect();
    if points.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(HEAD);
    for point in points {
        table.add_row(row(point));
    }
    for column in 1..HEAD.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let title = match basis {
        Basis::Measured => "Measured trials: the work was really done.",
        Basis::Resampled => "Trials drawn again from the measured rounds without a change, changed by arithmetic.",
    };
    format!("{title}\n{}\n\n", table.trim_fmt())
}

/// Headings of the power curve.
pub(super) const HEAD: [&str; 10] =
    ["case", "rounds", "margin", "change", "found as", "trials", "seen", "verdict", "covered", "detectable"];

/// A point in words, as [`HEAD`] names them.
pub(super) fn row(point: &Point) -> [String; 10] {
    [
        point.case.clone(),
        point.rounds.to_string(),
        percent(point.margin),
        signed(point.injected),
        signed(point.ratio - 1.0),
        point.seen().of.to_string(),
        share(point.seen()),
        share(point.judged()),
        share(point.covered),
        point.detectable.map_or("–".into(), percent),
    ]
}

fn percent(share: f64) -> String {
    format!("{} %", format::fixed(share * 100.0, 1))
}

fn signed(share: f64) -> String {
    format!("{:+.2} %", share * 100.0)
}

fn share(rate: Rate) -> String {
    rate.share().map_or("–".into(), percent)
}
