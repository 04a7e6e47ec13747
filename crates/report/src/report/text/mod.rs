//! Every sentence of the page in both of its languages: English and Simplified Chinese.
//!
//! A panel writes English, `t("Workers")`, and the Chinese is looked up here, so that a panel can be read without its
//! translation and a new one works before it has any. Both languages stand side by side, and a style rule shows one, so
//! that prose needs no script; the Chinese of tables and attributes is put into a dictionary for the script when the
//! page is made (`dictionary`). What is an attribute (a tip, the name of a figure) is a [`Plain`]: its Chinese stands in an
//! attribute beside it, and the script changes them over. What came with the run in words (rules and reasons of claims,
//! notes) is recognised by its pattern, see [`came()`]; names stay as they are. A test reads the sources and names every
//! sentence that has no Chinese yet, another reads the page in Chinese and names what is still English there.
//!
//! `{0}` stands for the first part of [`tf`] or [`say`]; `[convoy]` and `[convoy|车队]` for a word of the glossary.

mod came;
mod claims;
mod frame;
mod glossary;
mod heads;
mod notes;
mod panels;
mod pictures;
mod plain;
mod rules;
mod subjects;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::OnceLock;

use maud::{Markup, PreEscaped, Render, html};

pub(super) use self::came::{came, came_plain, unit};
pub(super) use self::glossary::{GLOSSARY, anchor};
pub(super) use self::panels::{About, about};
pub(super) use self::plain::{Plain, Say, counted, say};

/// The language tag of the Chinese parts, as short as can be, since thousands of parts have it.
pub(super) const CHINESE: &str = "zh";

/// A sentence in English with its Chinese.
type Pair = (&'static str, &'static str);

/// Each list of sentences, English first.
const LISTS: &[&[Pair]] = &[
    frame::SENTENCES,
    heads::WORDS,
    claims::STATEMENTS,
    panels::TITLES,
    pictures::TEXTS,
    rules::PATTERNS,
    notes::PATTERNS,
];

/// The Chinese of an English sentence.
pub(super) fn chinese(english: &str) -> Option<&'static str> {
    static ALL: OnceLock<HashMap<&str, &str>> = OnceLock::new();
    ALL.get_or_init(|| LISTS.iter().flat_map(|list| list.iter().copied()).collect()).get(english).copied()
}

/// A sentence in both languages. Text of a document is never one: what stands in brackets there is no word of the glossary.
pub(super) fn t(english: &'static str) -> Markup {
    tf(english, &[])
}

/// A word that a document or the program has put together, in both languages if the catalogue has it; never a template.
pub(super) fn word(english: &str) -> Markup {
    html! {
        @match chinese(english) {
            Some(chinese) => { i { (english) } i lang=(CHINESE) { (chinese) } },
            None => (english),
        }
    }
}

/// The same with parts of the run in it, each of which stands in both languages.
pub(super) fn tf(english: &'static str, parts: &[&dyn Render]) -> Markup {
    both(english, chinese(english), parts)
}

/// Two texts that mean the same, each in the shortest element there is, since a page has thousands; English alone where there is no other.
pub(super) fn both(english: &str, chinese: Option<&str>, parts: &[&dyn Render]) -> Markup {
    html! {
        @if let Some(chinese) = chinese {
            i { (filled(english, parts)) }
            i lang=(CHINESE) { (filled(chinese, parts)) }
        } @else { (filled(english, parts)) }
    }
}

/// A template with its parts and its links to the glossary.
fn filled(template: &str, parts: &[&dyn Render]) -> Markup {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '[', '`']) {
        let (before, after) = rest.split_at(at);
        before.render_to(&mut out);
        let close = match &after[..1] {
            "{" => '}',
            "[" => ']',
            _ => '`',
        };
        let Some((inside, left)) = after[1..].split_once(close) else { break };
        match (close, inside.parse::<usize>().ok().and_then(|number| parts.get(number))) {
            ('}', Some(part)) => part.render_to(&mut out),
            (']', _) => out.push_str(&term(inside).into_string()),
            (_, _) => out.push_str(&html! { code { (inside) } }.into_string()),
        }
        rest = left;
    }
    rest.render_to(&mut out);
    PreEscaped(out)
}

/// A word of the glossary: its meaning on a closer look, and the glossary behind a click.
fn term(inside: &str) -> Markup {
    let (word, shown) = inside.split_once('|').unwrap_or((inside, inside));
    let entry = GLOSSARY.iter().find(|entry| entry.0 == word).expect("a word of the glossary");
    html! {
        a.term href={ "#" (anchor(word)) } data-tip=(entry.1) data-tip-zh=(entry.3) { (shown) }
    }
}
