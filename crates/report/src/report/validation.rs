//! A validation on a terminal: each interpreter's cells beside its stand-in's, and the verdict.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};

use super::format::{self, Unit};
use crate::run::validation::{Agreement, Cell, Interpreter, LockKind, Validation};

/// The table of every interpreter, with what was skipped.
pub fn validation(validation: &Validation, width: usize, colour: bool) -> String {
    let mut text = String::new();
    if validation.interpreters.is_empty() {
        text += "No CPython interpreter was found that could be measured.\n\
                 Name one with --python PATH, or install one: 2.7, and 3.6 or newer, are known to work.\n";
    }
    for interpreter in &validation.interpreters {
        text += &one(interpreter, colour);
        text.push('\n');
    }
    for skipped in &validation.skipped {
        let _ = writeln!(text, "Skipped: {} {}", skipped.path, skipped.reason);
    }
    if let Some(partial) = &validation.partial {
        let _ = writeln!(text, "Partial: {partial}");
    }
    let cut = |line: &str| line.chars().take(width).collect::<String>();
    text.lines().map(|line| if colour { line.to_owned() } else { cut(line) } + "\n").collect()
}

fn one(interpreter: &Interpreter, colour: bool) -> String {
    let mut text = format!("CPython {} ({}), {}\n", interpreter.version, interpreter.path, lock(interpreter.lock));
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["cell", "real", "simulated", "error", "spread", ""]);
    for cell in &interpreter.cells {
        let unit = Unit::named(&cell.unit);
        let number = |value: Option<f64>| value.map_or("–".into(), |value| format::quantity(value, unit));
        table.add_row([
            cell.cell.clone(),
            number(cell.real),
            number(cell.simulated),
            percent(cell.error),
            cell.spread.map_or("–".into(), |spread| format!("±{:.1} %", spread * 100.0)),
            word(cell),
        ]);
    }
    for column in 1..=4 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let _ = writeln!(text, "{}", table.trim_fmt());
    for goal in &interpreter.goals {
        let met = match goal.met {
            Some(true) => "met    ",
            Some(false) => "MISSED ",
            None => "unsure ",
        };
        let _ = writeln!(text, "{} {}\n        {}", painted(met, goal.met, colour), goal.statement, goal.found);
    }
    let kept = format::count(interpreter.rounds as usize, "round");
    let verdict = match interpreter.verdict {
        Agreement::Equivalent => "the simulation stands for this interpreter",
        Agreement::Differs => "the simulation misses a goal",
        Agreement::Unqualified => "too little was measured to say",
    };
    let _ = writeln!(text, "{kept}: {verdict}.");
    if let Some(failure) = &interpreter.failure {
        let _ = writeln!(text, "FAILED: {} {failure}", interpreter.path);
    }
    text
}

/// The lock of an interpreter in words.
pub(super) fn lock(lock: LockKind) -> &'static str {
    match lock {
        LockKind::Ticks => "lock with ticks",
        LockKind::Gil => "lock with switch interval",
        LockKind::FreeThreaded => "free-threaded",
    }
}

/// A share in per cent, with its sign.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or("–".into(), |share| format!("{:+.1} %", share * 100.0))
}

/// What a cell comes to in a word.
pub(super) fn word(cell: &Cell) -> String {
    let word = match (cell.equivalent, cell.judged) {
        _ if !cell.qualified => "unqualified",
        _ if cell.too_noisy() => "too noisy to say",
        (Agreement::Unqualified, true) => "undecided",
        (_, false) => "shown",
        (Agreement::Equivalent, true) => "equivalent",
        (Agreement::Differs, true) if cell.certain => "DIFFERS",
        (Agreement::Differs, true) => "differs?",
    };
    word.into()
}

fn painted(word: &str, met: Option<bool>, colour: bool) -> String {
    let code = match met {
        Some(true) => "32",
        Some(false) => "31",
        None => "33",
    };
    if colour { format!("\u{1b}[{code}m{word}\u{1b}[0m") } else { word.into() }
}
