//! The published JSON Schema of a comparison.

use std::path::Path;

use super::{Law, Made};
use crate::run::comparison::comparison_schema;
use crate::run::write_whole;

#[test]
fn the_schema_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/ab.schema.json");
    let current = serde_json::to_string_pretty(&comparison_schema()).unwrap() + "\n";
    if std::env::var_os("GILBENCH_BLESS").is_some() {
        write_whole(&path, current.as_bytes()).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == current,
        "reports/ab.schema.json is out of date; regenerate it with `GILBENCH_BLESS=1 cargo test --lib published`, and \
         raise COMPARISON_SCHEMA if readers of old comparisons break"
    );
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
