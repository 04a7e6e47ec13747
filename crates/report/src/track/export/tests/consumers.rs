//! What consumers without an installable parser demand, as rules of our own: types and keys as JSON Schemas, the rest as
//! checks. Taken from what their sources accept: `extract.ts` and `extractRangeInfo.ts` of github-action-benchmark; the
//! types `BenchmarkName`, `NameId` and `JsonNewMetric` of Bencher, and its adapter for hyperfine; `benchmark_result.rs` of
//! hyperfine and the programs in its folder `scripts`.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{export, hostile};
use crate::report::fixture;
use crate::run::Run;
use crate::run::synthetic::Synthetic;
use crate::track::export::Document;
use crate::track::export::bmf::LONGEST;
use crate::track::{Policy, gate_run};

/// Runs as people have them, and such as nobody should: two cases with long names that begin alike, and one round only.
fn runs() -> Vec<Run> {
    let mut long = fixture::suite(2);
    // Two bytes a character: consumers count bytes.
    (long.cases[0].id, long.cases[1].id) = ("ß".repeat(2000), "ß".repeat(2001));
    let short = Synthetic::new(2).rounds(2).case("primes", "serial", (1, 1), 5.0, 5.0).build();
    vec![fixture::suite(2), fixture::suite(4), hostile(), long, short]
}

/// The file as JSON that the schema admits.
fn admitted(id: &str, run: &Run, schema: &Value) -> Value {
    let told: Value =
        serde_json::from_str(&export(id, &Document::Run(run, &gate_run(run, &Policy::default())))).expect("it is JSON");
    let validator = jsonschema::validator_for(schema).expect("the schema is one");
    let complaints: Vec<String> = validator.iter_errors(&told).map(|error| error.to_string()).collect();
    assert_eq!(complaints, [] as [&str; 0], "{id}");
    told
}

/// How many names there are, none of which comes twice or is longer than Bencher takes.
fn names<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    let mut known = HashSet::new();
    for name in names {
        assert!((1..=LONGEST).contains(&name.len()), "{} bytes: {name}", name.len());
        assert!(known.insert(name), "{name} comes twice, and one would overwrite the other");
    }
    known.len()
}

/// An array with at least one entry. What a range is must be found in it: the sign, and behind it nothing but a number.
#[test]
fn github_action_benchmark() {
    for (id, unit) in [("gab", "ns"), ("gab-bigger", "steps/s")] {
        let schema = json!({
            "type": "array", "minItems": 1,
            "items": {
                "type": "object", "required": ["name", "value", "unit"], "additionalProperties": false,
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    // Alerts divide by it.
                    "value": {"type": "number", "exclusiveMinimum": 0},
                    // Of a name it must never change, so it is the same for all.
                    "unit": {"const": unit},
                    "range": {"type": "string"}, "extra": {"type": "string"},
                },
            },
        });
        for run in runs() {
            let told = admitted(id, &run, &schema);
            let entries = told.as_array().unwrap();
            let known: HashSet<&str> = entries.iter().map(|entry| entry["name"].as_str().unwrap()).collect();
            assert_eq!(known.len(), entries.len(), "a name that comes twice overwrites");
            for range in entries.iter().filter_map(|entry| entry["range"].as_str()) {
                let number = range.strip_prefix("± ").expect("it begins with the sign");
                // What it looks for is a digit with something behind it.
                assert!(number.len() > 1 && number.starts_with(|c: char| c.is_ascii_digit()), "{range}");
                assert!(number.parse::<f64>().is_ok_and(f64::is_finite), "{range}");
            }
        }
        let told = admitted(id, &fixture::suite(2), &schema);
        let has =
            |name: &str| told.as_array().unwrap().iter().any(|entry| entry["name"].as_str().unwrap().starts_with(name));
        assert!(has("primes/threads/2 (") && !has("primes/threads/2@twin") && !has("sort/processes/2 ("));
        assert!(told.as_array().unwrap().iter().all(|entry| entry["range"].is_string()), "there were rounds enough");
    }
}

/// Names of measures are slugs, and these two exist already in every project, with the units that we write.
#[test]
fn bencher() {
    let metric = json!({
        "type": "object", "required": ["value"], "additionalProperties": false,
        "properties": {
            "value": {"type": "number"}, "lower_value": {"type": "number"}, "upper_value": {"type": "number"},
        },
    });
    let schema = json!({
        "type": "object",
        "additionalProperties": {
            "type": "object", "minProperties": 1, "additionalProperties": metric,
            "propertyNames": {"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 64},
        },
    });
    for run in runs() {
        let told = admitted("bmf", &run, &schema);
        let benchmarks = told.as_object().unwrap();
        names(benchmarks.keys().map(String::as_str));
        let followed = run.cases.iter().filter(|case| !case.failed && !case.id.ends_with("@twin"));
        assert!(benchmarks.len() <= followed.count() && !benchmarks.is_empty());
        for (name, measures) in benchmarks {
            let value = |measure: &str| measures[measure]["value"].as_f64().unwrap();
            for measure in ["latency", "throughput"] {
                let end = |key: &str| measures[measure][key].as_f64().unwrap_or(value(measure));
                assert!(0.0 < end("lower_value") && end("lower_value") <= value(measure), "{name}: {measures}");
                assert!(value(measure) <= end("upper_value"), "{name}: {measures}");
            }
            // Nanoseconds and steps per second, of the same work: their product is steps, a whole number.
            let steps = value("latency") * value("throughput") / 1e9;
            assert!((steps - steps.round()).abs() < 1e-6 * steps && steps >= 1.0, "{name}: {measures}");
        }
        let long = benchmarks.keys().filter(|name| name.starts_with("ßß")).count();
        assert_eq!(long, run.cases.iter().filter(|case| case.id.starts_with("ßß")).count(), "names stay apart");
    }
}

/// Keys and types of hyperfine's own file, which Bencher reads too; and what its scripts compute from the samples must be
/// what the file says.
#[test]
fn hyperfine() {
    let number = json!({"type": "number", "minimum": 0});
    let numbers = json!({"type": "array", "minItems": 1, "items": number});
    let schema = json!({
        "type": "object", "required": ["results"],
        "properties": {"results": {"type": "array", "items": {
            "type": "object", "additionalProperties": false,
            "required":
                ["command", "mean", "stddev", "median", "user", "system", "min", "max", "times", "exit_codes", "parameters"],
            "properties": {
                "command": {"type": "string"}, "mean": number, "median": number, "user": number, "system": number,
                "min": number, "max": number, "times": numbers,
                // None for a single sample.
                "stddev": {"type": ["number", "null"], "minimum": 0},
                "exit_codes": {"type": "array", "items": {"type": ["integer", "null"]}},
                // `plot_parametrized.py` and `plot_progression.py` take one parameter, the same in all, and make it a number.
                "parameters": {
                    "type": "object", "required": ["workers"], "additionalProperties": false,
                    "properties": {"workers": {"type": "string", "pattern": "^[0-9]+$"}},
                },
            },
        }}},
    });
    for run in runs() {
        let told = admitted("hyperfine", &run, &schema);
        let results = told["results"].as_array().unwrap();
        assert!(names(results.iter().map(|result| result["command"].as_str().unwrap())) > 0);
        for result in results {
            let times: Vec<f64> =
                result["times"].as_array().unwrap().iter().map(|time| time.as_f64().unwrap()).collect();
            let value = |key: &str| result[key].as_f64().unwrap_or_else(|| panic!("{key} of {result}"));
            let n = times.len() as f64;
            let mean = times.iter().sum::<f64>() / n;
            assert!((value("mean") - mean).abs() < 1e-12, "{result}");
            let squares = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>();
            let stddev = (times.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
            assert_eq!(result["stddev"].is_null(), stddev.is_none(), "{result}");
            assert!(stddev.is_none_or(|stddev| (value("stddev") - stddev).abs() < 1e-12), "{result}");
            let sorted = {
                let mut times = times.clone();
                times.sort_by(f64::total_cmp);
                times
            };
            assert_eq!((value("min"), value("max")), (sorted[0], sorted[sorted.len() - 1]));
            let middle = f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
            assert!((value("median") - middle).abs() < 1e-12, "{result}");
            assert_eq!(result["exit_codes"].as_array().unwrap().len(), times.len());
        }
    }
}
