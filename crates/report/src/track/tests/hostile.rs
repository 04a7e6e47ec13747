//! Documents from elsewhere: whatever they hold, reading, judging, drawing and exporting them ends, and without a panic.
//!
//! A document of each kind is serialized and changed in a few random places: odd texts, extreme numbers, lists emptied or
//! doubled, fields taken from elsewhere in it. It is then either refused, or everything is made of it that any command
//! makes. `GILBENCH_HOSTILE=2000` tries so many documents of each kind.

use std::path::Path;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::{Law, Made};
use crate::report::fixture;
use crate::run::comparison::{Comparison, Document, comparison_of};
use crate::run::{self, Run};
use crate::track::export::{self, FORMATS};
use crate::track::history::{self, Entry, Figure, Rules};
use crate::track::{Policy, Rule, compare, gate, gate_comparison, gate_run, judge, suspects};
use crate::{claim, predict, report};

/// Texts that mean something somewhere: to a template, a table, a path, a markup, a number's parser.
const TEXTS: &[&str] = &[
    "",
    " ",
    "[x]",
    "[convoy]",
    "[",
    "]",
    "{0}",
    "{",
    "}",
    "{99999999999999999999}",
    "`",
    "`a",
    "a/b",
    "/",
    "//",
    "a/b/c/d",
    "@",
    "@twin",
    "x",
    "2x4",
    "0x0",
    "18446744073709551615x18446744073709551615",
    "-1",
    "1e999",
    "NaN",
    "%",
    "%0A",
    "::error::",
    "<b>",
    "</script>",
    "<!--",
    "&",
    "&#0;",
    "\"",
    "'",
    "\\",
    "\u{0}",
    "\u{1b}[31m",
    "\n",
    "\r\n",
    "\t",
    "\u{202e}",
    "é",
    "日本語",
    "👩‍👩‍👧",
    "\u{301}",
    "ß",
    "=1+1",
    "2026-01-01T00:00:00Z",
    "9999-99-99T99:99:99Z",
    "threads",
    "gil",
    "serial",
    "ns",
    "share",
    "0us/0B",
    "10us/64B",
    "18446744073709551615us/18446744073709551615B",
    "0MiB/running",
    "probe convoy: ",
];

const NUMBERS: &[f64] = &[0.0, -0.0, 1.0, -1.0, 0.5, 1e-320, 1e308, -1e308, 1e15, 4_294_967_296.0, 65535.0, 0.1 + 0.2];
const WHOLE: &[u64] =
    &[0, 1, 2, 3, 7, 255, 65_536, u32::MAX as u64, 1 << 32, 1 << 53, i64::MAX as u64, u64::MAX - 1, u64::MAX];

/// Changes a value, or something in it.
fn change(value: &mut Value, whole: &Value, random: &mut fastrand::Rng) {
    let stop = random.u8(..5) == 0;
    match value {
        Value::Object(fields) if !fields.is_empty() && !stop => {
            let at = random.usize(..fields.len());
            if let Some(field) = fields.values_mut().nth(at) {
                return change(field, whole, random);
            }
        }
        Value::Array(items) if !items.is_empty() && !stop => {
            let at = random.usize(..items.len());
            return change(&mut items[at], whole, random);
        }
        _ => {}
    }
    *value = match (&mut *value, random.u8(..10)) {
        (_, 0) => Value::Null,
        // Something from elsewhere in the document.
        (_, 1) => anywhere(whole, random).clone(),
        (Value::Array(items), 2..5) => {
            items.clear();
            return;
        }
        (Value::Array(items), 5) => {
            let twice = items.clone();
            items.extend(twice);
            return;
        }
        (Value::Array(items), _) => {
            random.shuffle(items);
            items.truncate(random.usize(..=items.len()));
            return;
        }
        (Value::Object(fields), _) => {
            let at = random.usize(..fields.len().max(1));
            if let Some(name) = fields.keys().nth(at).cloned() {
                fields.remove(&name);
            }
            return;
        }
        (Value::String(text), 2) => json!(text.repeat(3)),
        (Value::String(text), 3) => json!(format!("{text}{}", text_of(random))),
        (Value::String(_), 4) => json!(format!("{}, ", text_of(random)).repeat(random.usize(..3000))),
        (Value::String(_), _) | (Value::Null, 2..6) => json!(text_of(random)),
        (Value::Number(_), 2..7) | (Value::Null, _) => json!(WHOLE[random.usize(..WHOLE.len())]),
        (Value::Number(_), _) => json!(NUMBERS[random.usize(..NUMBERS.len())]),
        (Value::Bool(yes), _) => json!(!*yes),
    };
}

fn text_of(random: &mut fastrand::Rng) -> String {
    let one = |random: &mut fastrand::Rng| TEXTS[random.usize(..TEXTS.len())];
    let first = one(random);
    if random.bool() { first.into() } else { format!("{first}{}", one(random)) }
}

fn anywhere<'v>(value: &'v Value, random: &mut fastrand::Rng) -> &'v Value {
    let stop = random.u8(..5) == 0;
    match value {
        Value::Object(fields) if !fields.is_empty() && !stop => {
            let at = random.usize(..fields.len());
            fields.values().nth(at).map_or(value, |field| anywhere(field, random))
        }
        Value::Array(items) if !items.is_empty() && !stop => anywhere(&items[random.usize(..items.len())], random),
        _ => value,
    }
}

/// Tries documents that come of this one by a few changes; says which one it was if one of them panics.
fn tried(kind: &str, value: &Value, usual: u64, attempt: impl Fn(Value)) {
    let many = std::env::var("GILBENCH_HOSTILE").ok().and_then(|many| many.parse().ok()).unwrap_or(usual);
    let from = std::env::var("GILBENCH_HOSTILE_FROM").ok().and_then(|from| from.parse().ok()).unwrap_or(0);
    for seed in from..from + many {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut changed = value.clone();
        for _ in 0..=random.u8(..6) {
            change(&mut changed, value, &mut random);
        }
        let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| attempt(changed)));
        assert!(died.is_ok(), "the {kind} with seed {seed} made something panic: see above");
    }
}

fn nowhere() -> &'static Path {
    Path::new("elsewhere.json")
}

/// A run with something of everything, but few cases.
fn a_run() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| {
        let mut run = fixture::suite(2);
        let kept = ["primes", "bytecode", "sleep", "crawl-50", "control"];
        run.cases.retain(|case| kept.contains(&case.kernel.as_str()));
        run.kernels.retain(|kernel| kept.contains(&kernel.id.as_str()));
        run
    })
}

fn exported(document: &export::Document) {
    for format in FORMATS {
        // A refusal is an answer.
        let _ = (format.write)(document);
    }
}

fn everything_of_a_run(value: Value) {
    let Ok(run) = run::run_of(nowhere(), value) else { return };
    let _ = report::page_with(&run, None, None);
    let _ = report::page_with(&run, None, Some(a_run()));
    let _ = report::page_with(a_run(), None, Some(&run));
    let _ = (report::terminal(&run, 80, true), report::verdicts(&run, 60, false));
    let _ = (serde_json::to_string(&claim::judge_all(&run)), run.traces.iter().map(report::trace_summary).count());
    for pair in [(&run, a_run()), (a_run(), &run)] {
        if let Ok(compared) = compare(pair.0, pair.1, None) {
            let _ = report::unpaired(&compared, 100, true);
        }
    }
    let ratios = Policy::parse(nowhere(), "[[ratios]]\nmatch = '*'\nmost = 1.5\n").unwrap();
    for policy in [Policy::default(), ratios] {
        let _ = report::gated(&gate(&Document::Run(Box::new(run.clone())), &policy), true);
    }
    if let Ok(entry) = Entry::of(&run, None) {
        let history = history::History::of([entry]);
        let _ = report::page_with(&run, Some(&history), None);
    }
    exported(&export::Document::Run(&run, &gate_run(&run, &Policy::default())));
}

#[test]
fn a_run_is_refused_or_drawn() {
    tried("run", &serde_json::to_value(a_run()).unwrap(), 12, everything_of_a_run);
}

/// Each of the lists alone, since most of a whole run is samples.
#[test]
fn readings_traces_and_notes_are_refused_or_drawn() {
    let whole = serde_json::to_value(a_run()).unwrap();
    for field in ["machine", "readings", "traces", "validation", "selftest", "second_opinions", "failures", "plan"] {
        tried(&format!("run's {field}"), &whole[field], 3, |part| {
            let mut value = whole.clone();
            value[field] = part;
            everything_of_a_run(value);
        });
    }
}

#[test]
fn a_prediction_from_any_run_ends() {
    let mut small = a_run().clone();
    small.cases.retain(|case| ["sleep", "control"].contains(&case.kernel.as_str()) || case.model == "serial");
    (small.traces, small.validation, small.selftest) = (vec![], None, None);
    tried("run", &serde_json::to_value(small).unwrap(), 30, |value| {
        let Ok(run) = run::run_of(nowhere(), value) else { return };
        let _ = predict::predict(&run, &predict::Request::new(100.0, 100.0, 4, 4));
    });
}

fn a_comparison() -> Comparison {
    let made = Made::new().rounds(16).case("a/serial/1", Law::SAME).case("b/threads/2", Law::head(1.3));
    made.case("c/gil/2", Law::head(0.7)).build()
}

#[test]
fn a_comparison_is_refused_or_judged() {
    tried("comparison", &serde_json::to_value(a_comparison()).unwrap(), 400, |value| {
        let Ok(comparison) = comparison_of(nowhere(), value) else { return };
        let judgement = judge(&comparison, &Rule::default());
        let _ = (suspects(&comparison, &Rule::default()), report::comparison(&comparison, &judgement, 80, true));
        let policy = Policy::parse(nowhere(), "[[cases]]\nmatch = 'a/*'\nmargin = 0.1\nmetric = 'cpu'\n").unwrap();
        for policy in [Policy::default(), policy] {
            let _ = gate(&Document::Comparison(Box::new(comparison.clone())), &policy);
        }
        exported(&export::Document::Comparison(
            &comparison,
            &judgement,
            &gate_comparison(&comparison, &Policy::default()),
        ));
    });
}

#[test]
fn a_selftest_and_a_validation_are_refused_or_told() {
    let run = a_run();
    let mut selftest = serde_json::to_value(&run.selftest).unwrap();
    selftest["comparisons"] = json!([a_comparison(), a_comparison()]);
    let file = tempfile::NamedTempFile::new().unwrap();
    let written = |value: &Value| std::fs::write(file.path(), value.to_string()).unwrap();
    tried("selftest", &selftest, 10, |value| {
        written(&value);
        let Ok(selftest) = run::selftest::read_selftest(file.path()) else { return };
        let _ = (report::selftest(&selftest, 80, true), crate::track::selftest::findings(&selftest));
        let _ = report::page_with(&Run { selftest: Some(selftest), ..run.clone() }, None, None);
    });
    tried("validation", &serde_json::to_value(&run.validation).unwrap(), 20, |value| {
        written(&value);
        let Ok(validation) = run::validation::read_validation(file.path()) else { return };
        let _ = report::validation(&validation, 80, true);
        let _ = report::page_with(&Run { validation: Some(validation), ..run.clone() }, None, None);
    });
}

#[test]
fn a_history_is_refused_or_shown() {
    let lines: Vec<Value> = (0..24)
        .map(|number| {
            let level = if number < 12 { 1e6 } else { 1.3e6 } + number as f64;
            let machine = if number % 9 == 4 { "there" } else { "here" };
            let times = [("a/serial/1", level), ("b/threads/2", 2e6)];
            serde_json::to_value(history::fixture::entry(number, machine, &times)).unwrap()
        })
        .collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    tried("history", &Value::Array(lines), 300, |value| {
        let Value::Array(lines) = value else { return };
        let text: String = lines.iter().flat_map(|line| [line.to_string(), "\n".into()]).collect();
        std::fs::write(file.path(), text).unwrap();
        let Ok(history) = history::read(file.path()) else { return };
        for figure in Figure::ALL {
            let checked = history::check(&history, figure, None, &Rules::default());
            let _ = (report::history(&history, &checked, 80, true), serde_json::to_string(&checked));
            let _ = report::history_findings(&history, &checked, 100, false);
        }
        exported(&export::Document::History(&history));
    });
}

/// In one line; strings and numbers are written as JSON has them, which TOML mostly takes.
fn as_toml(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name:?} = {}", as_toml(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(as_toml).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

#[test]
fn a_policy_is_refused_or_applied() {
    let policy = json!({
        "unqualified": "pass", "partial": "fail",
        "cases": [{"match": ["a/*", "b/?"], "metric": "cpu", "margin": 0.02, "inconclusive": "pass"}],
        "ratios": [{"match": "*", "against": "serial", "most": 1.3, "least": 0.1}],
        "claims": [{"match": "*", "refuted": "fail"}],
    });
    let comparison = Document::Comparison(Box::new(a_comparison()));
    let run = Document::Run(Box::new(a_run().clone()));
    let applied = |text: &str| {
        let Ok(policy) = Policy::parse(nowhere(), text) else { return };
        let _ = (report::gated(&gate(&comparison, &policy), true), report::gated(&gate(&run, &policy), false));
    };
    tried("policy", &policy, 150, |value| {
        let Value::Object(fields) = value else { return };
        let lines: Vec<String> = fields.iter().map(|(name, value)| format!("{name:?} = {}", as_toml(value))).collect();
        applied(&lines.join("\n"));
    });
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..2000 {
        let text: String = (0..random.u8(..12))
            .map(|_| text_of(&mut random) + ["=", "\n", "[[cases]]\n", "'"][random.usize(..4)])
            .collect();
        let _ = Policy::parse(nowhere(), &text);
    }
}
