//! Markdown for GitHub's step summary and for comments: the verdict first, the rest folded away, and never too long.
//!
//! A step summary of more than 1,024 KiB is dropped as a whole, and a comment has 65,536 characters at most, so the text
//! keeps below the latter. Rows that do not fit are cut from the end of the longest table, and that is said.

use super::escape::markdown as escaped;
use super::{Document, Format};
use crate::claim::{self, Outcome as Verdict};
use crate::error::Result;
use crate::report::format::{self, Unit};
use crate::run::comparison::Comparison;
use crate::run::{Failure, Metric, Role, Run};
use crate::track::history::{Checked, Figure, Found, History, Rules, Shift, Trend, check};
use crate::track::{Change, Gated, JudgedCase, Judgement, Outcome};

pub(super) const FORMAT: Format =
    Format { id: "markdown", summary: "step summaries and pull-request comments on GitHub", write };

/// Most characters; GitHub counts in its own way, so there is some room left below its 65,536.
pub(super) const MOST: usize = 65_000;
/// Rows of the table that is shown without unfolding.
const IN_VIEW: usize = 30;
/// Most characters of one cell, whoever named it.
const CELL: usize = 300;

/// A table, and what stands above it.
struct Table {
    title: String,
    head: &'static [&'static str],
    rows: Vec<Vec<String>>,
    folded: bool,
}

#[expect(clippy::unnecessary_wraps, reason = "the face of every format")]
fn write(document: &Document) -> Result<Vec<u8>> {
    let (verdict, tables) = match document {
        Document::Run(run, gated) => of_run(run, gated),
        Document::Comparison(comparison, judgement, gated) => of_comparison(comparison, judgement, gated),
        Document::History(history) => of_history(history),
    };
    Ok(assembled(&verdict, tables).into_bytes())
}

/// The verdict and as many rows of the tables as there is room for.
fn assembled(verdict: &str, tables: Vec<Table>) -> String {
    let mut text = format!("## gilbench\n\n{verdict}\n");
    for table in tables.into_iter().filter(|table| !table.rows.is_empty()) {
        text += &fitted(&table, MOST - text.chars().count().min(MOST));
    }
    text
}

fn fitted(table: &Table, room: usize) -> String {
    let line = |cells: &mut dyn Iterator<Item = String>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
    let head = line(&mut table.head.iter().map(|name| (*name).to_owned()));
    let rule = line(&mut table.head.iter().map(|_| "---".to_owned()));
    let (open, close) = if table.folded {
        (format!("\n<details><summary>{}</summary>\n\n", table.title), "\n</details>\n")
    } else {
        (format!("\n**{}**\n\n", table.title), "")
    };
    let rows: Vec<String> = table.rows.iter().map(|row| line(&mut row.iter().cloned())).collect();
    let note = |cut: usize| format!("\n_{} of {} rows cut: there was no room for more._\n", cut, rows.len());
    let frame = [&open, &head, &rule, close].iter().map(|part| part.chars().count()).sum::<usize>();
    let mut left = room.saturating_sub(frame + note(rows.len()).chars().count());
    let fits = rows.iter().take_while(|row| {
        let length = row.chars().count();
        let fits = length <= left;
        left = left.saturating_sub(length);
        fits
    });
    let fits = fits.count();
    let cut = if fits < rows.len() { note(rows.len() - fits) } else { String::new() };
    if fits == 0 && frame + cut.chars().count() > room {
        return String::new();
    }
    [open, head, rule, rows[..fits].concat(), cut, close.into()].concat()
}

/// A name in a cell.
fn cell(text: &str) -> String {
    let short: String = text.chars().take(CELL).collect();
    escaped(&short) + if text.chars().count() > CELL { "…" } else { "" }
}

fn failed(failures: &[Failure]) -> Table {
    let row = |failure: &Failure| vec![cell(failure.case.as_deref().unwrap_or("–")), cell(&failure.message)];
    let rows = failures.iter().map(row).collect();
    Table { title: "What failed".into(), head: &["Case", "Cause"], rows, folded: false }
}

/// The outcome of the gate, or of a check, as a headline: never a tick where nothing was decided.
fn headline(outcome: Outcome, worse: &str, undecided: &str) -> String {
    match outcome {
        Outcome::Pass => "✅ **No regression.**".into(),
        Outcome::Regression => format!("❌ **{worse}.**"),
        Outcome::Undecided => format!("❔ **Undecided: {undecided}**"),
        Outcome::Failed => "💥 **Something failed.**".into(),
    }
}

/// Why a gate is undecided, in a sentence; the first reason stands for all.
fn why(gated: &Gated) -> String {
    let first = gated.findings.iter().find(|finding| finding.outcome == gated.outcome);
    let more = gated.findings.iter().filter(|finding| finding.outcome == gated.outcome).count().saturating_sub(1);
    let more = if more > 0 { format!(" ({more} more)") } else { String::new() };
    first.map_or_else(String::new, |finding| format!("{}: {}{more}", cell(&finding.subject), cell(&finding.reason)))
}

fn of_run(run: &Run, gated: &Gated) -> (String, Vec<Table>) {
    let judged = claim::judge_all(run).claims;
    let count = |outcome| judged.iter().filter(|one| one.verdict.outcome == outcome).count();
    let instrument = claim::unqualified(run).map_or(String::new(), |why| format!(" **Unqualified: {}**", cell(&why)));
    let failures = match run.failures.len() {
        0 => "nothing failed".into(),
        n => format!("**{n} failed**"),
    };
    let verdict = format!(
        "{} {} claims supported, {} refuted, {} inconclusive; {failures}.{instrument} {}, {}.",
        headline(gated.outcome, "The gate is closed", &why(gated)),
        count(Verdict::Supported),
        count(Verdict::Refuted),
        count(Verdict::Inconclusive),
        cell(&run.machine.cpu.model),
        format::count(run.cores(), "core"),
    );
    let told = judged.iter().filter(|one| one.verdict.outcome != Verdict::NotMeasured);
    let claims = told.map(|one| {
        let unit = Unit::named(&one.verdict.unit);
        let value = one.verdict.value.map_or("–".into(), |value| format::quantity(value, unit));
        let outcome = format!("{:?}", one.verdict.outcome).to_lowercase();
        vec![outcome, cell(&one.statement), escaped(&value)]
    });
    let cases = run.cases.iter().filter(|case| case.role != Role::Twin && !case.failed).filter_map(|case| {
        let time = run.level(case, Metric::Compute)?;
        let interval = format::interval(&time, Unit::Time);
        Some(vec![cell(&case.id), format::time(time.value), escaped(&interval), time.n.to_string()])
    });
    let tables = vec![
        failed(&run.failures),
        Table { title: "Claims".into(), head: &["Verdict", "Claim", "Value"], rows: claims.collect(), folded: false },
        Table {
            title: "Time of every case".into(),
            head: &["Case", "Time", "95 % interval", "Rounds"],
            rows: cases.collect(),
            folded: true,
        },
    ];
    (verdict, tables)
}

fn of_comparison(comparison: &Comparison, judgement: &Judgement, gated: &Gated) -> (String, Vec<Table>) {
    let count = |verdict| judgement.cases.iter().filter(|case| case.verdict == verdict).count();
    let worse = count(Change::Regression);
    let named = if worse > 0 { format::count(worse, "regression") } else { "The gate is closed".into() };
    let first = headline(gated.outcome, &named, &why(gated));
    let failures = match comparison.failures.len() {
        0 => String::new(),
        n => format!(" **{n} failed.**"),
    };
    let verdict = format!(
        "{first}{failures} {}, {} equivalent, {} too noisy, {} inconclusive; {} judged together.",
        format::count(count(Change::Improvement), "improvement"),
        count(Change::Equivalent),
        count(Change::TooNoisy),
        count(Change::Inconclusive),
        judgement.family,
    );
    let (mut changed, rest): (Vec<&JudgedCase>, Vec<&JudgedCase>) =
        judgement.cases.iter().partition(|case| matches!(case.verdict, Change::Regression | Change::Improvement));
    changed.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
    let beyond = changed.split_off(changed.len().min(IN_VIEW));
    let head: &[&str] = &["Verdict", "Case", "Head over base", "99 % interval", "Smallest detectable"];
    let rows = |cases: &[&JudgedCase]| cases.iter().map(|case| paired_row(case)).collect();
    let rest = [beyond, rest].concat();
    let left_out = comparison.left_out().into_iter().map(|(id, why)| vec![cell(id), cell(&why)]).collect();
    let tables = vec![
        failed(&comparison.failures),
        Table { title: "Changed".into(), head, rows: rows(&changed), folded: false },
        Table { title: format!("{} more", format::count(rest.len(), "case")), head, rows: rows(&rest), folded: true },
        Table { title: "Not compared".into(), head: &["Case", "Why"], rows: left_out, folded: true },
    ];
    (verdict, tables)
}

fn paired_row(case: &JudgedCase) -> Vec<String> {
    let percent = |ratio: f64| format!("{:+.2} %", (ratio - 1.0) * 100.0);
    let interval =
        case.low.zip(case.high).map_or("–".into(), |(low, high)| format!("{} to {}", percent(low), percent(high)));
    let detectable = case.smallest_detectable.map_or("–".into(), |share| format!("{:.2} %", share * 100.0));
    vec![case.verdict.name().into(), cell(&case.case), percent(case.ratio), interval, detectable]
}

fn of_history(history: &History) -> (String, Vec<Table>) {
    let checked = check(history, Figure::Time, None, &Rules::default());
    let count = |found| checked.series.iter().filter(|trend| trend.verdict == found).count();
    let first = headline(
        checked.outcome(history),
        &format::count(count(Found::Regression), "regression"),
        "too few runs to tell, or the last ones lie far outside of their level.",
    );
    let verdict = format!(
        "{first} {}, {} steady, {} too short to tell, {} ended; {} kept.",
        format::count(count(Found::Improvement), "improvement"),
        count(Found::Steady),
        count(Found::TooShort),
        count(Found::Ended),
        format::count(history.runs.len(), "run"),
    );
    let tables = vec![Table {
        title: "Changed".into(),
        head: &["Verdict", "Case", "Change", "Since", "Machine"],
        rows: changes(history, &checked),
        folded: false,
    }];
    (verdict, tables)
}

/// The last change of every series: present ones first, then those that are too old to count.
fn changes(history: &History, checked: &Checked) -> Vec<Vec<String>> {
    let row = |word: &str, trend: &Trend, last: &Shift| {
        let change = format!("{:+.1} %", (last.ratio - 1.0) * 100.0);
        let since = cell(history.runs[last.run].name());
        vec![word.into(), cell(&trend.case), change, since, cell(&checked.machines[trend.machine])]
    };
    let present = checked.series.iter().filter_map(|trend| {
        let word = match trend.verdict {
            Found::Regression => "regression",
            Found::Improvement => "improvement",
            Found::Steady | Found::TooShort | Found::Ended => return None,
        };
        Some(row(word, trend, trend.changes.last()?))
    });
    present.chain(checked.accepted().map(|(trend, last)| row("accepted", trend, last))).collect()
}
