//! Changes on a terminal: two executables, two runs, and what a gate makes of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};

use super::format::{self, Unit};
use crate::run::comparison::{Comparison, Executable};
use crate::track::{Change, Compared, Gated, Judgement, Outcome, Unpaired, UnpairedCase};

/// Two executables: the instrument first, then every case, then what was concluded.
pub fn comparison(comparison: &Comparison, judgement: &Judgement, width: usize, colour: bool) -> String {
    let mut text = String::new();
    for (part, executable) in [("base", &comparison.base), ("head", &comparison.head)] {
        let _ = writeln!(text, "{part}  {}", program(executable));
    }
    if comparison.base.sha256 == comparison.head.sha256 {
        text += "      Both are the same file, byte for byte: whatever differs is the instrument's.\n";
    }
    if let Some(arm) = &judgement.a_a {
        let qualified = match (judgement.qualified, arm.low) {
            (false, _) => "UNQUALIFIED",
            (true, Some(_)) => "qualified",
            (true, None) => "too few rounds to tell",
        };
        let change = change(arm.ratio, arm.low, arm.high);
        let cases = format::count(judgement.family, "case");
        let _ = writeln!(
            text,
            "A/A   {qualified}: base and its copy differ most in {}, by {change}; unqualified is what lies beyond {} for certain, \
             judged over all {cases}",
            arm.case,
            share(arm.margin),
        );
    }
    if comparison.plan.injected != 0.0 {
        let _ = writeln!(text, "      The head did {} more work on purpose.", share(comparison.plan.injected));
    }
    text.push('\n');
    let mut table = table(["case", "change", "99 % interval", "margin", "finds from", "rounds", "verdict"], 5);
    for case in &judgement.cases {
        table.add_row([
            case.case.clone(),
            signed(case.ratio - 1.0),
            interval(case.low, case.high),
            share(case.margin),
            case.smallest_detectable.map_or("–".into(), share),
            case.rounds.to_string(),
            word(case.verdict),
        ]);
    }
    text += &rows(&table, width);
    let told = judgement.cases.iter().filter(|case| case.verdict != Change::Equivalent);
    for case in told {
        let _ = writeln!(text, "{} {}: {}", painted(case.verdict, colour), case.case, case.reason);
    }
    endings(comparison, judgement, &mut text);
    text
}

fn endings(comparison: &Comparison, judgement: &Judgement, text: &mut String) {
    let mut left_out: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (id, why) in comparison.left_out() {
        left_out.entry(why).or_default().push(id);
    }
    for (why, ids) in left_out {
        let _ = writeln!(text, "Not compared, {why}: {}", ids.join(", "));
    }
    for failure in &comparison.failures {
        let _ = writeln!(text, "FAILED {}: {}", failure.case.as_deref().unwrap_or("a case"), failure.message);
    }
    if let Some(partial) = &comparison.partial {
        let _ = writeln!(text, "Incomplete: {partial}.");
    }
    if let Some(why) = &judgement.unqualified {
        let _ = writeln!(text, "{why}");
    }
    let count = |verdict| judgement.count(verdict);
    let _ = writeln!(
        text,
        "{}, {}, {} equivalent, {} too noisy, {} inconclusive, judged as one family of {}.",
        format::count(count(Change::Regression), "regression"),
        format::count(count(Change::Improvement), "improvement"),
        count(Change::Equivalent),
        count(Change::TooNoisy),
        count(Change::Inconclusive),
        format::count(judgement.family, "case"),
    );
}

/// Two runs made apart: what may be compared first, then every case.
pub fn unpaired(compared: &Unpaired, width: usize, colour: bool) -> String {
    let mut text = format!("base  {}\nhead  {}\n", compared.base_machine, compared.head_machine);
    if let Some(refused) = &compared.times_refused {
        let _ = writeln!(text, "{refused}");
    }
    if let Some(why) = &compared.unqualified {
        let _ = writeln!(text, "{why}");
    }
    text.push('\n');
    let mut table = table(["case", "what", "base", "head", "change", "99 % interval", "finds from", "verdict"], 6);
    for case in &compared.cases {
        table.add_row([
            case.case.clone(),
            case.against.as_ref().map_or("time a step".into(), |against| format!("over {against}")),
            quantity(case, case.base),
            quantity(case, case.head),
            signed(case.ratio - 1.0),
            interval(case.low, case.high),
            case.smallest_detectable.map_or("–".into(), share),
            if case.decides { word(case.verdict) } else { format!("({})", case.verdict.name()) },
        ]);
    }
    text += &rows(&table, width);
    if compared.times_refused.is_none() {
        text += "Both are of one machine, so that times decide; ratios, in brackets, are there to be seen.\n";
    }
    for skipped in &compared.skipped {
        let _ = writeln!(text, "Not compared: {skipped}");
    }
    for case in &compared.newly_failed {
        let _ = writeln!(text, "FAILED {case}, which did not fail in the base.");
    }
    let deciding = || compared.cases.iter().filter(|case| case.decides);
    for case in deciding().filter(|case| matches!(case.verdict, Change::Regression | Change::Improvement)) {
        let (verdict, change) = (painted(case.verdict, colour), change(case.ratio, case.low, case.high));
        let _ = writeln!(text, "{verdict} {}: {change}, beyond the margin of {}.", case.case, share(case.margin));
    }
    let _ = writeln!(text, "{}", compared.rule);
    text
}

/// What a gate says: what does not pass, and the outcome.
pub fn gated(gated: &Gated, colour: bool) -> String {
    let mut text = String::new();
    for finding in &gated.findings {
        let _ = writeln!(text, "{} {}: {}", ending(finding.outcome, colour), finding.subject, finding.reason);
    }
    let word = match gated.outcome {
        Outcome::Pass => "open",
        Outcome::Undecided => "undecided",
        Outcome::Regression | Outcome::Failed => "closed",
    };
    let uncovered = match gated.uncovered {
        0 => String::new(),
        n => format!(", {n} covered by no rule"),
    };
    let _ = writeln!(text, "The gate is {word}: {} checked{uncovered}.", format::count(gated.checked, "thing"));
    text
}

fn program(executable: &Executable) -> String {
    let Executable { path, generator, build, sha256, .. } = executable;
    let commit = build.commit.as_ref().map_or(String::new(), |commit| format!(", commit {commit}"));
    let digest: String = sha256.chars().take(12).collect();
    format!("{path} ({generator}{commit}, sha256 {digest}…)")
}

/// A table whose columns from the second on, to the given one, are numbers.
fn table<const N: usize>(header: [&str; N], numbers_to: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for column in 1..=numbers_to {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn quantity(case: &UnpairedCase, value: f64) -> String {
    let unit = match case.compared {
        Compared::Ratio => Unit::Ratio,
        Compared::Time => Unit::Time,
    };
    format::quantity(value, unit)
}

fn signed(share: f64) -> String {
    format!("{:+.1} %", share * 100.0)
}

fn share(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn interval(low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!("[{:+.1}, {:+.1}]", (low - 1.0) * 100.0, (high - 1.0) * 100.0),
        _ => "–".into(),
    }
}

fn change(ratio: f64, low: Option<f64>, high: Option<f64>) -> String {
    format!("{} {}", signed(ratio - 1.0), interval(low, high))
}

fn word(verdict: Change) -> String {
    match verdict {
        Change::Regression => "REGRESSION".into(),
        Change::TooNoisy => "too noisy".into(),
        other => other.name().into(),
    }
}

fn painted(verdict: Change, colour: bool) -> String {
    let code = match verdict {
        Change::Regression => "31",
        Change::Improvement | Change::Equivalent => "32",
        Change::TooNoisy | Change::Inconclusive => "33",
    };
    in_colour(&word(verdict), code, colour)
}

fn ending(outcome: Outcome, colour: bool) -> String {
    let (word, code) = match outcome {
        Outcome::Pass => ("pass", "32"),
        Outcome::Regression => ("CLOSED", "31"),
        Outcome::Undecided => ("undecided", "33"),
        Outcome::Failed => ("FAILED", "31"),
    };
    in_colour(word, code, colour)
}

fn in_colour(word: &str, code: &str, colour: bool) -> String {
    if colour { format!("\u{1b}[{code}m{word}\u{1b}[0m") } else { word.into() }
}

/// The table in lines that fit; sentences are not cut, since their end may be what matters.
fn rows(table: &Table, width: usize) -> String {
    let table = table.trim_fmt();
    table.lines().map(|line| line.chars().take(width).collect::<String>() + "\n").collect::<String>() + "\n"
}
