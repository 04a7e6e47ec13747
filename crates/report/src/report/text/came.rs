//! Words that came with the run: rules and reasons of claims, notes on the machine, findings of a selftest.
//!
//! They were written where the run was judged, in English, with numbers and names in them; so that the page can say them
//! in Chinese they are recognised by the patterns of the catalogue: what stands for `{0}` in the text is put in its place
//! in the Chinese, itself recognised if it can be. What no pattern fits stays as it came.

use std::collections::HashMap;

use maud::Markup;

use super::{Plain, chinese, notes, rules, subjects};
use crate::report::format;

/// A text of the run in both languages, with what stands between backticks as code.
pub(in crate::report) fn came(text: &str) -> Markup {
    match translated(text) {
        Some(chinese) => maud::html! {
            i { (format::prose(text)) } i lang=(super::CHINESE) { (format::prose(&chinese)) }
        },
        None => format::prose(text),
    }
}

/// The same where there can be no markup.
pub(in crate::report) fn came_plain(text: &str) -> Plain {
    Plain { en: text.to_owned(), zh: translated(text) }
}

/// Longest sentence that is taken apart, in bytes: three times the longest that gilbench writes. A document from elsewhere
/// may have one of megabytes, each comma of which would be a pattern within a pattern.
const MAX_SENTENCE: usize = 1_000;

/// What is known of parts of a text: the same part is met again and again when a text is taken apart in several ways.
type Known<'t> = HashMap<&'t str, Option<String>>;

/// The Chinese of a text that a run holds; `None` if no part of it is known.
pub(super) fn translated(text: &str) -> Option<String> {
    let mut known = Known::new();
    let parts = sentences(text);
    let mut one = |text| if str::len(text) > MAX_SENTENCE { None } else { one(text, &mut known) };
    let said: Vec<Option<String>> = parts.iter().map(|part| one(part)).collect();
    if parts.len() > 1 && said.iter().any(Option::is_some) {
        let all = said.into_iter().zip(&parts).map(|(said, part)| said.unwrap_or_else(|| format!("{part} ")));
        return Some(all.collect::<String>().trim_end().to_owned());
    }
    one(text)
}

/// A single sentence, or a part of one.
fn one<'t>(text: &'t str, known: &mut Known<'t>) -> Option<String> {
    if let Some(said) = known.get(text) {
        return said.clone();
    }
    let said = looked_up(text).or_else(|| taken_apart(text, known)).or_else(|| {
        let body = text.strip_suffix('.')?;
        Some(one(body, known)? + "。")
    });
    known.insert(text, said.clone());
    said
}

fn looked_up(text: &str) -> Option<String> {
    let whole = |known: &&str| !known.contains("{0}");
    chinese(text).filter(whole).or_else(|| unit(text)).or_else(|| named(text)).map(str::to_owned)
}

fn named(text: &str) -> Option<&'static str> {
    subjects::PATTERNS.iter().find(|(known, _)| *known == text).map(|(_, chinese)| *chinese)
}

/// The first pattern that fits, with its parts recognised in turn.
fn taken_apart<'t>(text: &'t str, known: &mut Known<'t>) -> Option<String> {
    let fits = |pattern: &str, fit: Fit, known: &mut Known<'t>| {
        let parts: Vec<&'t str> = matched(pattern, text)?;
        let no_part_has = |letters: &[char]| !parts.iter().any(|part| part.contains(letters));
        let meant = match fit {
            Fit::Names => no_part_has(&[' ']),
            Fit::Whole => no_part_has(&[',', ';', '[']),
            Fit::Any | Fit::IfKnown => true,
        };
        if !meant {
            return None;
        }
        let said: Vec<Option<String>> = parts.iter().map(|part| one(part, known)).collect();
        if fit == Fit::IfKnown && said.iter().all(Option::is_none) {
            return None;
        }
        Some(
            parts.into_iter().zip(said).map(|(part, said)| said.unwrap_or_else(|| part.to_owned())).collect::<Vec<_>>(),
        )
    };
    let lists = [
        (rules::PATTERNS, Fit::Any),
        (notes::PATTERNS, Fit::Any),
        (notes::NAMES, Fit::Names),
        (subjects::PATTERNS, Fit::Any),
        (subjects::STRUCTURE, Fit::IfKnown),
        (subjects::PARTS, Fit::Whole),
    ];
    let pairs = lists.into_iter().flat_map(|(list, fit)| list.iter().map(move |pair| (pair, fit)));
    for ((pattern, chinese), fit) in pairs {
        if let Some(parts) = fits(pattern, fit, known) {
            let fill = |out: String, (at, part): (usize, &String)| out.replace(&format!("{{{at}}}"), part);
            return Some(parts.iter().enumerate().fold((*chinese).to_owned(), fill));
        }
    }
    None
}

/// When a pattern that matches is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// Always.
    Any,
    /// If its parts are names, without a space.
    Names,
    /// If its parts have no parts of their own.
    Whole,
    /// If one of its parts is known: it is hardly more than punctuation.
    IfKnown,
}

/// A unit that is a word, in Chinese.
pub(in crate::report) fn unit(name: &str) -> Option<&'static str> {
    subjects::UNITS.iter().find(|(unit, _)| *unit == name).map(|(_, chinese)| *chinese)
}

/// What stands in the text for each number of the pattern, which must count from 0 and end with what is no number.
fn matched<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut pieces = pattern.split('{').map(|piece| piece.split_once('}').map_or(piece, |(_, after)| after));
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut parts = vec![];
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        // The last piece is looked for from the end, so that a part may hold it as well.
        let at = if pieces.peek().is_some() { rest.find(piece)? } else { rest.len().checked_sub(piece.len())? };
        let (part, after) = (rest.get(..at)?, rest.get(at..)?.strip_prefix(piece)?);
        parts.push(part);
        rest = after;
    }
    rest.is_empty().then_some(parts)
}

/// Sentences, each with its end; what stands between backticks is not cut.
fn sentences(text: &str) -> Vec<&str> {
    let mut all = vec![];
    let (mut from, mut code) = (0, false);
    for (at, letter) in text.char_indices() {
        code ^= letter == '`';
        if !code && letter == '.' && text[at + 1..].starts_with(' ') {
            all.push(text[from..=at].trim_start());
            from = at + 1;
        }
    }
    all.push(text[from..].trim_start());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_taken_apart_and_fits_nothing_else() {
        assert_eq!(matched("{0} of {1}.", "2 of 3."), Some(vec!["2", "3"]));
        assert_eq!(matched("as {0}", "as it is"), Some(vec!["it is"]));
        assert_eq!(matched("no parts", "no parts"), Some(vec![]));
        for text in ["2 of 3", "of 3.", "", "."] {
            assert_eq!(matched("{0} of {1}.", text), None, "{text}");
        }
    }

    #[test]
    fn sentences_end_at_their_points_and_not_inside_code_or_numbers() {
        assert_eq!(sentences("It is 1.05. Run `a. b`. End"), ["It is 1.05.", "Run `a. b`.", "End"]);
    }

    #[test]
    fn what_nobody_knows_stays_as_it_is() {
        assert_eq!(came("worker 1 fell asleep").into_string(), "worker 1 fell asleep");
        assert_eq!(translated("One thing. Another."), None);
    }

    #[test]
    fn parts_are_recognised_in_turn() {
        let said =
            translated("primes: gil/2 against serial/1: 0.97× [too few rounds for an interval] lies across the bound.");
        assert_eq!(said.as_deref(), Some("primes：gil/2 对 serial/1：0.97× [轮数太少，没有区间]，跨在界限上。"));
        assert_eq!(translated("so it is, and so it stays"), None, "punctuation alone is nothing to know");
    }
}
