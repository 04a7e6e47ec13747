//! Every command that a message, the help or the README advises is one that the command line takes.
//!
//! Advice stands between backticks, in string literals and in Markdown. It is found in the sources, its placeholders are
//! filled in, and the result is parsed; what asks for a run is planned as well.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

use super::args::{Arguments, Command};
use crate::measure::{plan, probes};
use crate::run::Profile;
use crate::suite::Suite;

/// Flags that belong to another program, where a message names one.
const FOREIGN: [&str; 7] = ["--release", "--locked", "--all-targets", "--test", "--bench", "--lib", "--nocapture"];

/// What a command says that needs more than its name.
const NAME_ALONE: [ErrorKind; 2] =
    [ErrorKind::MissingRequiredArgument, ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|one| one == extension) {
            found.push(path);
        }
    }
}

/// The string literals of a Rust file, with its escapes undone. Tests at the end of a file give no advice.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut found = vec![];
    for line_or_more in strip_comments(source).split('"').skip(1).step_by(2) {
        found.push(line_or_more.to_owned());
    }
    found
}

/// The source without comments and character literals, and with each escape in a string replaced by what it stands for.
fn strip_comments(source: &str) -> String {
    let (mut out, mut chars, mut quoted) = (String::new(), source.chars().peekable(), false);
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                out.push(c);
            }
            '\\' if quoted => match chars.next() {
                Some('\n') => while chars.next_if(|c| c.is_whitespace()).is_some() {},
                Some('n') => out.push('\n'),
                _ => out.push(' '),
            },
            '/' if !quoted && chars.peek() == Some(&'/') => while chars.next_if(|c| *c != '\n').is_some() {},
            '\'' if !quoted => {
                // A character, or the beginning of a lifetime.
                let rest: String = chars.clone().take(3).collect();
                let long = if rest.starts_with('\\') { 3 } else { 2 };
                if rest.starts_with('\\') || rest.chars().nth(1) == Some('\'') {
                    chars.by_ref().take(long).for_each(drop);
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Every piece of advice with where it stands.
fn advice() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut add = |place: &Path, text: &str| {
        let text = text.trim();
        if text.starts_with("gilbench ") || text.starts_with("--") {
            let place = place.strip_prefix(root()).unwrap_or(place).display().to_string();
            found.insert((place, text.to_owned()));
        }
    };
    let mut sources = vec![];
    files(&root().join("src"), "rs", &mut sources);
    files(&root().join("crates"), "rs", &mut sources);
    for path in sources.iter().filter(|path| !path.ends_with("advice.rs") && !path.to_string_lossy().contains("tests"))
    {
        for literal in literals(&fs::read_to_string(path).unwrap()) {
            quoted(&literal).for_each(|text| add(path, text));
            // A command that a message puts together.
            if literal.starts_with("gilbench ") && !literal.contains('`') {
                add(path, &literal);
            }
        }
    }
    for name in ["README.md", "reports/README.md"] {
        let (path, mut fenced) = (root().join(name), false);
        for line in fs::read_to_string(&path).unwrap().lines() {
            if line.starts_with("```") {
                fenced = !fenced;
            } else if fenced {
                let line = line.replace("cargo run --release -- ", "gilbench ");
                // What comes after is an explanation.
                let line = line.split(" #").next().unwrap_or_default().trim();
                add(&path, line.split("   ").next().unwrap_or_default());
            } else {
                quoted(line).for_each(|text| add(&path, text));
            }
        }
    }
    let mut help = Arguments::command();
    let mut pages = vec![help.render_long_help().to_string()];
    pages.extend(help.get_subcommands_mut().map(|one| one.render_long_help().to_string()));
    for page in &pages {
        quoted(&page.replace('\n', " ")).for_each(|text| add(Path::new("help"), text));
    }
    found
}

/// Whether the text shows a syntax, with alternatives and options, and not a command.
fn is_syntax(text: &str) -> bool {
    text.contains(['[', '…', '|'])
}

/// The words of a command with its placeholders filled in; `None` if it is the beginning of a sentence.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = vec![];
    for word in text.split_whitespace() {
        let before = words.last().map_or("", String::as_str);
        let filled = match (before, word) {
            ("--profile", word) if word.contains('{') => "quick".into(),
            ("--kernel", word) if word.contains('{') => "primes".into(),
            ("--probe", word) if word.contains('{') => "convoy".into(),
            // What comes after may be several models, or workers.
            ("--model", word) if word.contains('{') => "threads".into(),
            (_, "SHELL") => "bash".into(),
            (_, word) if word.contains('{') => fill(word),
            (_, word) if !word.starts_with('-') && word.chars().all(|c| c.is_ascii_uppercase()) => "1".into(),
            (_, word) => word.trim_matches('\'').to_owned(),
        };
        words.push(filled);
    }
    let known = Arguments::command();
    let second = words.get(1)?;
    (second.starts_with('-') || known.find_subcommand(second).is_some()).then_some(words)
}

/// Each `{…}` becomes a 1.
fn fill(word: &str) -> String {
    let mut out = String::new();
    for (at, part) in word.split('{').enumerate() {
        let rest = if at == 0 { part } else { part.split_once('}').map_or("", |(_, rest)| rest) };
        out += if at > 0 && !out.ends_with('1') { "1" } else { "" };
        out += rest;
    }
    out
}

/// The long flags of a command and of its subcommands.
fn flags(command: &clap::Command, found: &mut BTreeSet<String>) {
    found.extend(command.get_arguments().filter_map(|one| one.get_long()).map(|long| format!("--{long}")));
    found.extend(["--help".into(), "--version".into()]);
    command.get_subcommands().for_each(|one| flags(one, found));
}

fn flags_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "[]|=;,".contains(c))
        .filter(|word| word.starts_with("--") && word.len() > 2)
}

#[test]
fn every_command_that_is_advised_is_one() {
    let (mut bad, mut parsed) = (vec![], 0);
    for (place, text) in advice().iter().filter(|(_, text)| text.starts_with("gilbench ") && !is_syntax(text)) {
        let Some(words) = words(text) else { continue };
        parsed += 1;
        match Arguments::try_parse_from(&words) {
            Ok(Arguments { command: Some(Command::Run(run)), .. }) => {
                let (suite, request) = (Suite::standard(), run.request(Profile::Quick));
                if let Err(error) = plan(&suite, &request, 2).map(drop).and_then(|()| probes(&request).map(drop)) {
                    bad.push(format!("{place}: `{text}`: {error}"));
                }
            }
            Ok(_) => {}
            // Of a command that needs more than its name, the name alone is a way to speak of it.
            Err(error) if words.len() == 2 && NAME_ALONE.contains(&error.kind()) => {}
            Err(error) => bad.push(format!("{place}: `{text}`: {}", error.to_string().lines().next().unwrap_or(""))),
        }
    }
    assert_eq!(bad, Vec::<String>::new());
    assert!(parsed >= 40, "only {parsed} commands were found: does this test still see them?");
}

#[test]
fn every_flag_that_is_advised_is_one() {
    let mut all = BTreeSet::new();
    flags(&Arguments::command(), &mut all);
    let mut bad = vec![];
    for (place, text) in &advice() {
        // A flag after a command's name belongs to that command.
        let command = Arguments::command();
        let name = text.strip_prefix("gilbench ").and_then(|rest| rest.split_whitespace().next()).unwrap_or("");
        let mut known = all.clone();
        if let Some(one) = command.find_subcommand(name) {
            known.clear();
            flags(one, &mut known);
        }
        let unknown = flags_in(text).filter(|flag| !known.contains(*flag) && !FOREIGN.contains(flag));
        bad.extend(unknown.map(|flag| format!("{place}: `{text}`: no {flag}")));
    }
    assert_eq!(bad, Vec::<String>::new());
}

#[test]
fn bad_advice_would_be_seen() {
    let parse = |text: &str| Arguments::try_parse_from(words(text).unwrap()).is_ok();
    assert!(parse("gilbench run --kernel {example} --model {0}") && parse("gilbench report BASE.json HEAD.json"));
    assert!(!parse("gilbench run --kernels primes") && !parse("gilbench claims a b"));
    let source = "let c = '\"'; // \"`gilbench lie`\"\nlet s = \"run `gilbench \\\n    doctor`\";";
    assert_eq!(literals(source), ["run `gilbench doctor`"]);
    assert_eq!(fill("{}s"), "1s");
}
