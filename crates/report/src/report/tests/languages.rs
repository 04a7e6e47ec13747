//! The page in Chinese: nothing in it is English that should not be.

use serde_json::Value;

use super::super::dictionary::unescaped;
use super::document::tags_of;
use super::*;
use crate::claim;
use crate::track::history::fixture::stepped;

/// Words that are the same in Chinese: units, names of things, and what a reader types.
const THE_SAME: &[&str] = &[
    "jain",
    "ns",
    "ms",
    "s",
    "b",
    "kib",
    "mib",
    "gib",
    "cpu",
    "io",
    "pss",
    "usl",
    "amdahl",
    "cpython",
    "utc",
    "join",
    "fork",
    "spawn",
    "server",
    "perfetto",
    "gilbench",
    "gil",
    "json",
    "csv",
    "criterion",
    "english",
    "p",
    "t",
    "n",
    "w",
    "a",
    "ln",
    "opt",
    "level",
    "sha",
    "mandelbrot",
    "rayon",
    "python",
    "x",
    "m",
];

/// What stands in an element.
#[derive(Debug)]
struct Piece {
    /// In Chinese mode.
    text: String,
    /// Where: the tag.
    tag: String,
}

/// Everything that a reader in Chinese sees or is told by a screen reader.
fn in_chinese(html: &str) -> Vec<Piece> {
    let mut pieces = vec![];
    let mut open: Vec<bool> = vec![];
    for (tag, after) in tags_of(html) {
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        if name.starts_with('/') {
            open.pop();
        } else {
            for (attribute, chinese) in [
                ("data-tip", "data-tip-zh"),
                ("title", "data-zh-title"),
                ("aria-label", "data-zh-label"),
                ("placeholder", "data-zh-placeholder"),
            ] {
                let of = |name: &str| Some(tag.split_once(&format!(" {name}=\""))?.1.split('"').next()?.to_owned());
                pieces.extend(of(chinese).or_else(|| of(attribute)).map(|text| Piece { text, tag: tag.into() }));
            }
            let replaced = tag.split_once(" data-zh=\"").and_then(|(_, rest)| rest.split('"').next());
            pieces.extend(replaced.map(|text| Piece { text: text.into(), tag: tag.into() }));
            // The first of two that stand side by side, in a picture with its class.
            let beside = name == "i" && {
                let next = &html[after.as_ptr() as usize - html.as_ptr() as usize..];
                next.split_once("</i>").is_some_and(|(_, next)| next.starts_with("<i lang=\"zh\">"))
            };
            let english = beside || tag.contains("class=\"en\"") || tag.contains(" lang=\"en\"");
            let code = matches!(name, "code" | "pre");
            let hidden = open.last() == Some(&true) || english || code || replaced.is_some();
            if !document::VOID.contains(&name.to_lowercase().as_str()) {
                open.push(hidden);
            }
        }
        if open.last() != Some(&true) && !after.trim().is_empty() {
            pieces.push(Piece { text: after.into(), tag: tag.into() });
        }
    }
    pieces
}

/// All texts of a document.
fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(fields) => fields.values().for_each(|value| strings(value, found)),
        _ => {}
    }
}

/// Words of a text.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|letter: char| !letter.is_ascii_alphabetic()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// What a run may say in English: names, which have no spaces in them, and what machines and messages say.
struct Allowed {
    words: HashSet<String>,
    texts: Vec<String>,
}

impl Allowed {
    fn of(run: &Run) -> Self {
        let mut texts = vec![];
        strings(&serde_json::to_value(run).expect("a run is JSON"), &mut texts);
        let names = texts.iter().filter(|text| !text.contains(' ')).map(String::as_str);
        let known = claim::ALL.iter().map(|claim| claim.id).chain(PANELS.iter().map(|panel| panel.id));
        let words = names.chain(known).chain(THE_SAME.iter().copied()).flat_map(words).collect();
        let machine = &run.machine;
        // Not its notes, which are sentences of ours.
        let mut said =
            vec![machine.cpu.model.clone(), machine.os.clone(), machine.build.compiler.clone(), run.generator.clone()];
        said.extend(run.failures.iter().map(|failure| failure.message.trim_end_matches('.').to_owned()));
        said.extend(run.partial.clone());
        // Imaginary ones, which no catalogue can know.
        said.extend(run.models.iter().map(|model| model.summary.clone()));
        said.extend(run.kernels.iter().map(|kernel| kernel.summary.clone()));
        said.extend(run.traces.iter().map(|trace| trace.summary.clone()));
        if let Some(validation) = &run.validation {
            said.extend(validation.skipped.iter().map(|skipped| skipped.reason.clone()));
            said.extend(
                validation
                    .interpreters
                    .iter()
                    .flat_map(|one| one.failure.clone().into_iter().chain([one.path.clone()])),
            );
            said.extend(
                validation
                    .interpreters
                    .iter()
                    .flat_map(|one| &one.goals)
                    .flat_map(|goal| [goal.statement.clone(), goal.found.clone()]),
            );
        }
        let checks = run.selftest.iter().flat_map(|selftest| &selftest.findings).flat_map(|findings| &findings.checks);
        said.extend(checks.flat_map(|check| [check.statement.clone(), check.found.clone()]));
        said.retain(|text| text.len() > 2);
        said.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Self { words, texts: said }
    }

    /// The words of a text that are English and no name.
    fn english(&self, text: &str) -> Vec<String> {
        let rest = self.texts.iter().fold(unescaped(text), |text, said| text.replace(said.as_str(), " "));
        let outside: String = rest.split('`').step_by(2).collect::<Vec<_>>().join(" ");
        words(&outside).filter(|word| !self.words.contains(word)).collect()
    }
}

#[test]
fn a_page_in_chinese_is_in_chinese() {
    let mut left = std::collections::BTreeMap::new();
    for (name, run) in runs().into_iter().filter(|(name, _)| *name != "hostile") {
        let history = stepped(&["primes/threads/2", "sort/gil/2"], 60, 40);
        let judged = claim::judge_all(&run).claims;
        let view = View { history: Some(&history), base: Some(&run), ..View::new(&run, &judged) };
        let mut allowed = Allowed::of(&run);
        allowed.words.extend(history.runs.iter().flat_map(|run| words(run.name()).collect::<Vec<_>>()));
        allowed.words.extend(history.series.iter().flat_map(|series| words(&series.case).collect::<Vec<_>>()));
        for piece in in_chinese(&page::document(&view).into_string()) {
            let english = allowed.english(&piece.text);
            if !english.is_empty() {
                left.entry(piece.text.clone()).or_insert_with(|| format!("{name}: {english:?} in <{}>", piece.tag));
            }
        }
    }
    let told: Vec<String> = left.iter().map(|(text, place)| format!("{text}\n    {place}")).collect();
    assert!(left.is_empty(), "{} texts are English:\n{}", left.len(), told.join("\n"));
}

#[test]
fn the_law_finds_what_is_english() {
    let allowed = Allowed::of(&fixture::suite(2));
    let found = |html: &str| -> usize { in_chinese(html).iter().map(|piece| allowed.english(&piece.text).len()).sum() };
    for (html, count) in [
        ("<p>Two words</p>", 2),
        ("<p><i>Two words</i><i lang=\"zh\">两个词</i></p>", 0),
        ("<p><i>Words</i><i lang=\"zh\">some 词</i></p>", 1),
        ("<svg><title data-zh=\"名称\">A name</title><text>boundaries</text></svg>", 1),
        ("<b data-tip=\"lies beyond 5 ms\" data-tip-zh=\"超出 5 ms\">5</b>", 0),
        ("<b data-tip=\"lies beyond 5 ms\">5</b>", 2),
        ("<code>gilbench run</code><b title=\"primes/threads/2: 1.9×\">primes</b>", 0),
        ("<input placeholder=\"a boundary\">", 1),
    ] {
        assert_eq!(found(html), count, "{html}");
    }
}

#[test]
fn rules_and_reasons_of_every_claim_are_said_in_chinese() {
    let mut left: Vec<(String, &str, Vec<String>)> = vec![];
    for claim in claim::ALL {
        for run in [(claim.example)(true), (claim.example)(false), Synthetic::new(2).build(), Synthetic::new(1).build()]
        {
            let allowed = Allowed::of(&run);
            let verdict = (claim.check)(&run);
            let subjects = verdict.evidence.iter().map(|one| &one.subject);
            for text in [&verdict.rule, &verdict.reason].into_iter().chain(subjects) {
                let said = super::super::text::came_plain(text);
                let english = allowed.english(said.zh.as_ref().unwrap_or(text));
                if !english.is_empty() && !left.iter().any(|(known, ..)| known == text) {
                    left.push((text.clone(), claim.id, english));
                }
            }
        }
    }
    let told: Vec<String> = left.iter().map(|(text, id, words)| format!("{id}: {text}\n    {words:?}")).collect();
    assert!(left.is_empty(), "{} texts are English:\n{}", left.len(), told.join("\n"));
}
