//! The summary for a terminal: what was concluded first, then the numbers, then what went wrong.

use comfy_table::{Cell, CellAlignment, Table};

use super::View;
use super::answer::{Sentence, Subject, answer, fitness};
use super::format::{self, Unit};
use super::head::machine_line;
use super::panels::failure_word;
use super::view::{BASELINE, Group, qualification, shape};
use crate::claim::{self, Judged, Outcome};
use crate::run::{KernelInfo, Run};

const GREEN: &str = "32";
const RED: &str = "31";
const YELLOW: &str = "33";
const DIM: &str = "2";
const BOLD: &str = "1";

/// So many refuted claims are said in full.
const MOST_IN_FULL: usize = 4;

/// The summary of a run, in lines of at most `width` characters (but never less than 40); with ANSI colours or none.
pub fn terminal(run: &Run, width: usize, colour: bool) -> String {
    let judged = claim::judge_all(run).claims;
    summary(&View::new(run, &judged), width, colour)
}

/// The verdicts on a run alone, with what each rests on; width and colour as in [`terminal`].
pub fn verdicts(run: &Run, width: usize, colour: bool) -> String {
    let judged = claim::judge_all(run).claims;
    self::judged(&View::new(run, &judged), width, colour)
}

/// The verdicts of a view alone.
pub(super) fn judged(view: &View, width: usize, colour: bool) -> String {
    let mut page = Page { width: width.max(40), colour, text: String::new() };
    instrument(view, &mut page);
    for judged in view.verdicts {
        let (style, sign, word) = sign(judged.verdict.outcome);
        page.line(style, sign, &format!("{}: {word}{}", judged.id, number(judged)));
        for text in [&judged.statement, &judged.verdict.reason] {
            page.line(DIM, "    ", text);
        }
    }
    page.text
}

/// The summary of a view: the answer, the verdicts, the table, and what went wrong, in no more lines than a screen has
/// where that can be.
pub(super) fn summary(view: &View, width: usize, colour: bool) -> String {
    let mut page = Page { width: width.max(40), colour, text: String::new() };
    page.line(BOLD, "", &machine_line(&view.run.machine).en);
    notes(view, &mut page);
    words(view, &mut page);
    conclusions(view, &mut page);
    tables(view, &mut page);
    failures(view, &mut page);
    page.text
}

/// Text as it grows.
struct Page {
    width: usize,
    colour: bool,
    text: String,
}

impl Page {
    /// A paragraph behind a sign: wrapped, its later lines indented by the sign's width.
    fn line(&mut self, style: &str, sign: &str, text: &str) {
        let indent = sign.chars().count();
        for (at, line) in wrap(text, self.width - indent).into_iter().enumerate() {
            let start = if at == 0 { sign.to_owned() } else { " ".repeat(indent) };
            let (on, off) = if self.colour { (format!("\x1b[{style}m"), "\x1b[0m") } else { (String::new(), "") };
            let parts = if sign.is_empty() { [&on, &line, off, ""] } else { [&on, &start, off, &line] };
            self.text.extend(parts.into_iter().chain(["\n"]));
        }
    }

    fn title(&mut self, text: &str) {
        self.line(BOLD, "", text);
    }
}

/// The text without anything that a terminal would take for a command.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Breaks text at spaces into lines of at most so many characters; a longer word is cut.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let text = printable(text);
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut word: Vec<char> = word.chars().collect();
        let last = lines.last_mut().expect("there is always a line");
        let used = last.chars().count();
        if used > 0 && used + 1 + word.len() <= width {
            last.push(' ');
            last.extend(word);
            continue;
        }
        if used > 0 {
            lines.push(String::new());
        }
        while word.len() > width {
            let rest = word.split_off(width);
            lines.last_mut().expect("there is always a line").extend(word);
            lines.push(String::new());
            word = rest;
        }
        lines.last_mut().expect("there is always a line").extend(word);
    }
    lines
}

fn notes(view: &View, page: &mut Page) {
    if let Some(reason) = &view.run.partial {
        page.line(YELLOW, "! ", &format!("partial run: {reason}"));
    }
    for note in view.run.machine.notes.iter().filter(|note| note.serious) {
        page.line(YELLOW, "! ", &format!("{}: {}", note.id, note.text));
    }
    let repeats = view.run.all_repeats();
    if repeats.disturbed > 0 {
        let lost = match repeats.lost {
            0 => String::new(),
            lost => format!("; in {lost} rounds of a case no attempt was undisturbed"),
        };
        let text = format!(
            "{} of {} samples were disturbed by other programs, count in nothing and were repeated{lost}",
            repeats.disturbed, repeats.watched
        );
        page.line(DIM, "· ", &text);
    }
    let minor: Vec<&str> =
        view.run.machine.notes.iter().filter(|note| !note.serious).map(|note| note.id.as_str()).collect();
    if !minor.is_empty() {
        page.line(DIM, "· ", &format!("minor notes, in the report: {}", minor.join(", ")));
    }
}

fn instrument(view: &View, page: &mut Page) {
    for (_, ratio) in view.twins() {
        let (qualified, words) = qualification(&ratio);
        let words = words.en;
        let (style, sign) = qualified.map_or((YELLOW, "? "), |yes| if yes { (GREEN, "✓ ") } else { (RED, "✗ ") });
        page.line(style, sign, &format!("instrument {words}"));
    }
    if let Some(reason) = view.unqualified() {
        page.line(RED, "✗ ", &reason);
    }
    let doubts = fitness(view).doubts;
    if !doubts.is_empty() {
        page.line(YELLOW, "? ", &format!("not fully fit to decide: {}", doubts.join("; ")));
    }
    if let Some(drift) = view.drift() {
        let sign = if drift < 0.0 { "−" } else { "+" };
        let size = format::quantity(drift.abs(), Unit::Share);
        page.line(DIM, "· ", &format!("drift of the neutral control: {sign}{size}, second half against first"));
    }
}

/// Verdicts by outcome: those that a reader may not expect in full, the rest by their names.
fn conclusions(view: &View, page: &mut Page) {
    if view.verdicts.is_empty() {
        return;
    }
    page.title("Verdicts (gilbench claims says each in full)");
    for outcome in [Outcome::Refuted, Outcome::Supported, Outcome::Inconclusive, Outcome::NotMeasured] {
        let (style, sign, word) = sign(outcome);
        let those: Vec<&Judged> = view.verdicts.iter().filter(|judged| judged.verdict.outcome == outcome).collect();
        if those.is_empty() {
            continue;
        }
        if outcome == Outcome::Refuted && those.len() <= MOST_IN_FULL {
            for judged in those {
                page.line(style, sign, &format!("{word}: {}{}", judged.statement, number(judged)));
            }
            continue;
        }
        let names: Vec<String> = those.iter().map(|judged| brief(judged)).collect();
        let list = if outcome == Outcome::NotMeasured { String::new() } else { format!(": {}", names.join(", ")) };
        page.line(style, sign, &format!("{word} {}{list}", those.len()));
    }
}

/// A verdict's name with its number, if that is a ratio: those read well without an explanation.
fn brief(judged: &Judged) -> String {
    match judged.verdict.value.filter(|_| judged.verdict.unit == "×") {
        Some(value) => format!("{} {}", judged.id, format::quantity(value, Unit::Ratio)),
        None => judged.id.clone(),
    }
}

/// Colour, sign and word of an outcome.
fn sign(outcome: Outcome) -> (&'static str, &'static str, &'static str) {
    match outcome {
        Outcome::Supported => (GREEN, "✓ ", "supported"),
        Outcome::Refuted => (RED, "✗ ", "refuted"),
        Outcome::Inconclusive => (YELLOW, "? ", "inconclusive"),
        Outcome::NotMeasured => (DIM, "– ", "not measured"),
    }
}

/// The verdict's number with what qualifies it, as the end of a sentence.
fn number(judged: &Judged) -> String {
    judged.verdict.figure().map_or_else(String::new, |figure| format!("  {figure}"))
}

fn words(view: &View, page: &mut Page) {
    page.title("The answer");
    for line in answer(view) {
        // How small is for the report; here, what it takes.
        let most = if line.subject == Subject::SmallJobs { 1 } else { usize::MAX };
        let text: Vec<String> = line.sentences.iter().take(most).map(Sentence::plain).collect();
        let (style, sign) = match line.subject {
            Subject::Instrument(Some(true)) => (GREEN, "✓ "),
            Subject::Instrument(Some(false)) => (RED, "✗ "),
            Subject::Instrument(None) => (YELLOW, "? "),
            _ => (BOLD, "· "),
        };
        page.line(style, sign, &format!("{}: {}", line.subject.name().trim_end_matches('?'), text.join(" ")));
    }
}

/// Characters of a cell: `0.998× @8×2`.
const COLUMN: usize = 11;
/// Lines of a screen, which the summary does not exceed unless more than that has failed.
const LINES: usize = 40;
/// Models that a narrow table shows first.
const FIRST: [&str; 5] = ["threads", "processes", "gil", "gil-hybrid", "free-threaded"];

/// Kernel × model: what fits the width and what is left of the screen; what does not is in the report, and named.
fn tables(view: &View, page: &mut Page) {
    let kernels: Vec<&KernelInfo> = Group::ALL.into_iter().flat_map(|group| view.kernels(group)).collect();
    let first = kernels.iter().map(|kernel| kernel.id.chars().count()).max().unwrap_or(0).clamp(6, 18);
    let (models, hidden) = columns(view, page.width.saturating_sub(first + 2));
    if models.is_empty() {
        return;
    }
    page.title("Speedup over serial, each at its best number of workers (after @)");
    let failures = if view.run.failures.is_empty() { 0 } else { 1 + view.run.failures.len() };
    // Heads, failures, and a line that says what is not here.
    let room = LINES.saturating_sub(page.text.lines().count() + 2 + failures).max(4);
    let shown = kernels.len().min(room);
    let text = table(view, &kernels[..shown], &models, page.width);
    page.text.push_str(&text);
    let mut left: Vec<String> = hidden.iter().map(|id| printable(id)).collect();
    if shown < kernels.len() {
        left.push(format::count(kernels.len() - shown, "more kernel"));
    }
    if !left.is_empty() {
        let text = format!("in the report: {}", left.join(", "));
        page.line(DIM, "… ", &wrap(&text, page.width - 2)[0]);
    }
}

/// Models for which there is room, in their usual order, and those for which there is none.
fn columns<'a>(view: &View<'a>, room: usize) -> (Vec<&'a str>, Vec<&'a str>) {
    let models: Vec<&str> = view.models().into_iter().filter(|id| *id != BASELINE).collect();
    let mut wanted = models.clone();
    wanted.sort_by_key(|id| FIRST.iter().position(|first| first == id).unwrap_or(FIRST.len()));
    let mut used = 0;
    let fits = wanted.iter().take_while(|id| {
        used += id.chars().count().max(COLUMN) + 2;
        used <= room
    });
    let chosen: Vec<&str> = wanted[..fits.count().max(1).min(wanted.len())].to_vec();
    models.into_iter().partition(|id| chosen.contains(id))
}

fn table(view: &View, kernels: &[&KernelInfo], models: &[&str], width: usize) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).force_no_tty();
    table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table.set_header(std::iter::once("kernel".to_owned()).chain(models.iter().map(|id| printable(id))));
    for kernel in kernels {
        let cells =
            models.iter().map(|model| Cell::new(cell(view, &kernel.id, model)).set_alignment(CellAlignment::Right));
        let name = printable(&kernel.id);
        table.add_row(std::iter::once(Cell::new(name)).chain(cells));
    }
    table.to_string().lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

fn cell(view: &View, kernel: &str, model: &str) -> String {
    let cases: Vec<_> = view.of_kernel(kernel).into_iter().filter(|case| case.model == model).collect();
    match view.fastest(cases.iter().copied()) {
        Some((case, speedup)) => format!("{} @{}", format::quantity(speedup.value, Unit::Ratio), shape(case)),
        None if cases.iter().any(|case| case.failed) => "FAILED".into(),
        None => "–".into(),
    }
}

fn failures(view: &View, page: &mut Page) {
    let all = view.failures();
    if all.is_empty() {
        return;
    }
    page.title("What failed");
    for failure in all {
        let case = failure.case.as_deref().unwrap_or("no single case");
        let round = failure.round.map_or(String::new(), |round| format!(" in round {round}"));
        page.line(RED, "✗ ", &format!("{case}: {}{round}: {}", failure_word(failure.kind), failure.message));
    }
}
