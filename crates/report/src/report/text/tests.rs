//! Nothing is said in one language only.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::claim;
use crate::report::{PANELS, View, fixture};

/// Panels that write their own introduction, in English, for now. A panel leaves this list by an entry in `panels`.
const ENGLISH_ONLY: &[&str] = &[];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The string that begins here, without what Rust's escapes stand for.
fn literal(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return out,
            '\\' if letters.peek() == Some(&'\n') => {
                while letters.peek().is_some_and(|next| next.is_whitespace()) {
                    letters.next();
                }
            }
            '\\' => out.extend(letters.next()),
            other => out.push(other),
        }
    }
    panic!("no end of {text}")
}

#[test]
fn every_sentence_that_is_asked_for_has_chinese() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report");
    let mut missing = vec![];
    for path in sources(&folder).iter().filter(|path| path.extension().is_some_and(|end| end == "rs")) {
        let source = fs::read_to_string(path).unwrap();
        let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        if path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("fixture.rs") {
            continue;
        }
        for call in [
            "(t(\"",
            "tf(\"",
            "tf(\n",
            "say(\"",
            "say(\n",
            "nothing(\n",
            "nothing(\"",
            "Sentence::new(\"",
            "Sentence::new(\n",
        ] {
            for after in source.split(call).skip(1) {
                let text = after.trim_start().trim_start_matches('"');
                let text = literal(text);
                // What has no words of its own is the same in both.
                let bare = !text.chars().any(char::is_alphabetic);
                if !bare
                    && chinese(&text).is_none()
                    && !path.ends_with("text/mod.rs")
                    && !path.ends_with("text/tests.rs")
                {
                    missing.push(format!("{}: {text}", path.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "without Chinese in crates/report/src/report/text:\n{}", missing.join("\n"));
}

#[test]
fn every_panel_and_every_claim_has_chinese() {
    let without: Vec<&str> = PANELS.iter().map(|panel| panel.id).filter(|id| about(id).is_none()).collect();
    assert_eq!(without, ENGLISH_ONLY, "panels without an entry in crates/report/src/report/text/panels.rs");
    let titles: Vec<&str> = PANELS.iter().map(|panel| panel.title).filter(|title| chinese(title).is_none()).collect();
    assert!(titles.is_empty(), "titles without Chinese: {titles:?}");
    let claims: Vec<&str> =
        claim::ALL.iter().filter(|claim| chinese(claim.statement).is_none()).map(|claim| claim.id).collect();
    assert!(
        claims.is_empty(),
        "claims whose statement has no Chinese in crates/report/src/report/text/claims.rs: {claims:?}"
    );
}

#[test]
fn introductions_name_panels_and_claims_that_exist() {
    for about in panels::all() {
        assert!(PANELS.iter().any(|panel| panel.id == about.id), "{}", about.id);
    }
    let known: HashSet<&str> = claim::ALL.iter().map(|claim| claim.id).collect();
    for about in panels::all() {
        let unknown: Vec<_> = about.claims.iter().filter(|id| !known.contains(**id)).collect();
        assert!(unknown.is_empty(), "{} rests on {unknown:?}", about.id);
    }
}

#[test]
fn both_languages_take_the_same_parts_and_name_the_same_words() {
    let marks = |text: &str| {
        let mut found: Vec<String> = vec![];
        for (open, close) in [('{', '}'), ('`', '`')] {
            let mut rest = text;
            while let Some((inside, after)) = rest.split_once(open).and_then(|(_, after)| after.split_once(close)) {
                found.push(inside.into());
                rest = after;
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    };
    let subjects = || [subjects::PATTERNS, subjects::STRUCTURE, subjects::PARTS].into_iter().flatten().copied();
    let pairs = LISTS.iter().flat_map(|list| list.iter().copied()).chain(subjects());
    for (english, chinese) in pairs.chain(panels::all().iter().flat_map(|about| [about.shows, about.how])) {
        assert_eq!(marks(english), marks(chinese), "{english}");
        // Panics at a word that the glossary lacks; brackets of a subject are those of an interval.
        if !subjects().any(|(known, _)| known == english) {
            let _ = both(english, Some(chinese), &[]);
        }
    }
}

#[test]
fn no_sentence_stands_twice() {
    let mut seen = HashSet::new();
    for (english, _) in LISTS.iter().flat_map(|list| list.iter()) {
        assert!(seen.insert(english), "{english}");
    }
}

#[test]
fn the_page_says_everything_of_its_frame_in_both_languages() {
    let run = fixture::suite(2);
    let html = crate::report::page::document(&View::new(&run, &fixture::verdicts())).into_string();
    // The choice itself stands in its own language.
    let beside = html.matches("</i><i lang=\"zh\">").count() + html.matches("<tspan class=\"en\">").count();
    assert_eq!(beside + 1, html.matches(" lang=\"zh\"").count());
    assert!(html.contains("这项工作该用线程还是进程"));
}
