//! `predict`, from a real run.

use serde_json::Value;

use crate::common::{gilbench, text};
use crate::refuses;
use crate::small::Small;

#[test]
fn predictions_come_with_their_constants_and_their_check() {
    let file = Small::json().file();
    let run = file.path().to_str().unwrap();
    let question = ["predict", "--cpu-us", "300", "--io-us", "2000", "--workers", "8", "--cores", "64", "--run", run];
    let output = gilbench(&question).assert().success().get_output().clone();
    let told = text(&output.stdout);
    assert!(text(&output.stderr).starts_with(&format!("From {run}: measured 20")), "{}", text(&output.stderr));
    let unconfirmed = "gil, gil-legacy, gil-per-interpreter, gil-hybrid, free-threaded: not validated on this machine: run `gilbench validate`";
    for words in
        ["8 workers on 64 cores", "extrapolated: this machine has", "checked: ", "wake-up", "gil-hybrid", unconfirmed]
    {
        assert!(told.contains(words), "no `{words}` in: {told}");
    }
    let output =
        gilbench(&[&question[..], &["--json", "--model", "gil*"]].concat()).assert().success().get_output().clone();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["extrapolated"], true);
    assert_eq!(told["from"][0]["file"], run);
    assert!(told["from"][0]["started_at"].is_string() && told["from"][0]["machine"].is_string(), "{}", told["from"]);
    let gil = &told["prediction"][0];
    assert_eq!((&gil["model"], &gil["validation"]["state"]), (&"gil".into(), &"not-validated".into()));
    assert!(gil["checked"]["median_error"].is_number() && gil["checked"]["worst_case"].is_string(), "{gil}");
    assert!(told["constants"]["wake_up_ns"]["value"].is_number() && told["check"]["cells"].is_array());
    let models: Vec<_> =
        told["prediction"].as_array().unwrap().iter().map(|one| one["model"].as_str().unwrap()).collect();
    assert_eq!(models, ["gil", "gil-legacy", "gil-per-interpreter", "gil-hybrid"]);

    let output = gilbench(&["predict", "--check", run]).assert().success().get_output().clone();
    let told = text(&output.stdout);
    assert!(told.contains("primes/gil/") && told.contains("median error"), "{told}");
    let output = gilbench(&["predict", "--check", run, "--json"]).assert().success().get_output().clone();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(told["check"]["median_error"].is_number(), "{told}");
}

#[test]
fn predictions_that_cannot_be_meant_are_refused() {
    refuses(&["predict", "--cpu-us", "300"], &["reports/latest.json", "`gilbench run`"]);
    refuses(&["predict", "--check"], &["reports/latest.json", "`gilbench run`"]);
    let file = Small::json().file();
    let run = file.path().to_str().unwrap();
    let refuses_question = |arguments: &[&str], words: &[&str]| {
        refuses(&[&["predict", "--run", run], arguments].concat(), words);
    };
    refuses_question(&[], &["neither computes nor waits", "--cpu-us"]);
    refuses_question(&["--cpu-us", "-5"], &["CPU time of -5 µs", "makes no sense"]);
    refuses_question(&["--io-us", "NaN"], &["IO time of NaN µs"]);
    refuses_question(&["--io-us", "1e300"], &["makes no sense"]);
    refuses_question(&["--cpu-us", "1", "--workers", "0"], &["0 workers", "ask for 1 or more"]);
    refuses_question(&["--cpu-us", "1", "--workers", "9999999"], &["9999999 workers", "ask for fewer"]);
    refuses_question(&["--cpu-us", "1", "--cores", "0"], &["0 cores"]);
    refuses_question(&["--cpu-us", "1", "--cores", "9999999"], &["9999999 cores", "ask for fewer"]);
    refuses_question(&["--cpu-us", "1", "--interval", "0s"], &["switch interval", "5ms"]);
    refuses_question(&["--cpu-us", "1", "--interval", "1h"], &["switch interval"]);
    refuses_question(&["--cpu-us", "1", "--safepoint-us", "0"], &["safepoints 0 µs apart"]);
    refuses_question(&["--cpu-us", "1", "--model", "fibers"], &["no model matches `fibers`", "gil-hybrid"]);
    let output = gilbench(&["predict", "--check", run, "--cores", "4"]).assert().code(2).get_output().clone();
    assert!(text(&output.stderr).contains("cannot be used with"), "one or the other");
}
