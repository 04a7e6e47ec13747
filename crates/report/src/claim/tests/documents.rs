//! Verdicts as others read them.

use serde_json::Value;

use super::*;

#[test]
fn have_the_keys_that_others_rely_on() {
    let run = (ALL[0].example)(true);
    let document = serde_json::to_value(judge_all(&run)).unwrap();
    let claims = document["claims"].as_array().expect("a list");
    assert_eq!(claims.len(), ALL.len());
    for (entry, claim) in claims.iter().zip(ALL) {
        let object = entry.as_object().expect("an object");
        for key in ["id", "statement", "verdict", "value", "low", "high", "unit", "rule", "reason"] {
            assert!(object.contains_key(key), "{key} is missing in {entry}");
        }
        assert_eq!(entry["id"], claim.id);
    }
    assert_eq!(claims[0]["verdict"], "supported");
    assert!(claims[0]["value"].is_number() && claims[0]["low"].is_number());
    assert_eq!((&claims[1]["verdict"], &claims[1]["value"]), (&"not-measured".into(), &Value::Null));
    assert_eq!(serde_json::from_value::<Judgement>(document).unwrap(), judge_all(&run));
}

#[test]
fn write_outcomes_as_they_are_named() {
    for outcome in [Outcome::Supported, Outcome::Refuted, Outcome::Inconclusive, Outcome::NotMeasured] {
        assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.name());
    }
}
