//! The published JSON Schema of a comparison.

use super::{Law, Made};
use crate::run::comparison::comparison_schema;
use crate::run::golden::assert_unchanged;

#[test]
fn the_schema_is_up_to_date() {
    let current = serde_json::to_string_pretty(&comparison_schema()).unwrap() + "\n";
    let mind = "raise COMPARISON_SCHEMA if readers of old comparisons break";
    assert_unchanged("crates/run/schema/ab.schema.json", current.as_bytes(), "published", mind);
}

#[test]
fn it_admits_what_we_write() {
    let validator = jsonschema::validator_for(&comparison_schema()).unwrap();
    let document = serde_json::to_value(Made::new().case("a/serial/1", Law::head(1.1)).build()).unwrap();
    let complaints: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(complaints, [] as [&str; 0]);
    let mut other = document;
    other["kind"] = "run".into();
    assert!(!validator.is_valid(&other));
}
