//! The run inside the page: the same document, packed.
//!
//! A standard run is megabytes of JSON, most of it the names of fields, and the page must stay below one. Nothing is
//! rounded and nothing left out: lists of like objects become one object of lists, which the script turns round again,
//! and the whole is deflated, which every browser can undo (`DecompressionStream`). Without a script the run is the file
//! that lies beside the page.
//!
//! - a list of objects with the same fields: `{"*": 3, "field": [..], ..}`, each list of values packed in turn;
//! - a list of lists: `{"**": [2, 0, 1], "of": [..]}`, their lengths and all their items one after another;
//! - an integer that a script's numbers cannot hold: `"\u0001` and its digits`"`;
//! - everything else stands for itself, and no field of a run begins with `*`.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::{Map, Value, json};

use crate::run::Run;

/// Integers beyond this lose digits in a script.
const EXACT: u64 = 1 << 53;

/// The run as base64 of deflated, packed JSON.
pub(super) fn packed(run: &Run) -> String {
    let value = serde_json::to_value(run).expect("a run has only string keys and finite numbers or null");
    let json = serde_json::to_vec(&pack(value)).expect("a value is JSON");
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&json).expect("memory takes everything");
    STANDARD.encode(encoder.finish().expect("memory takes everything"))
}

fn pack(value: Value) -> Value {
    match value {
        Value::Array(items) => pack_list(items),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, pack(value))).collect(),
        Value::Number(number) if number.as_u64().is_some_and(|number| number > EXACT) => {
            json!(format!("\u{1}{number}"))
        }
        other => other,
    }
}

fn pack_list(items: Vec<Value>) -> Value {
    if let Some(names) = shared_fields(&items) {
        let mut columns = Map::new();
        columns.insert("*".into(), items.len().into());
        for name in names {
            let column = items.iter().map(|item| item[&name].clone()).collect();
            columns.insert(name, pack_list(column));
        }
        return Value::Object(columns);
    }
    if items.len() > 1 && items.iter().all(Value::is_array) {
        let lengths: Vec<usize> = items.iter().map(|item| item.as_array().map_or(0, Vec::len)).collect();
        let all = items.into_iter().flat_map(|item| if let Value::Array(all) = item { all } else { vec![] }).collect();
        return json!({"**": lengths, "of": pack_list(all)});
    }
    Value::Array(items.into_iter().map(pack).collect())
}

/// The fields of these objects, if there are several and all have the same.
fn shared_fields(items: &[Value]) -> Option<Vec<String>> {
    let names = |item: &Value| Some(item.as_object()?.keys().cloned().collect::<Vec<_>>());
    let first = names(items.first()?)?;
    (items.len() > 1 && items[1..].iter().all(|item| names(item).as_ref() == Some(&first))).then_some(first)
}

/// What the script makes of a packed run; its tests hold the two together.
#[cfg(test)]
pub(super) fn unpacked(text: &str) -> Run {
    use std::io::Read as _;
    let bytes = STANDARD.decode(text).expect("it is base64");
    let mut json = String::new();
    flate2::read::DeflateDecoder::new(bytes.as_slice()).read_to_string(&mut json).expect("it was deflated");
    serde_json::from_value(unpack(serde_json::from_str(&json).expect("it is JSON"))).expect("it is a run")
}

#[cfg(test)]
fn unpack(value: Value) -> Value {
    let list = |value: Value| if let Value::Array(items) = value { items } else { vec![] };
    match value {
        Value::String(text) => match text.strip_prefix('\u{1}') {
            Some(digits) => json!(digits.parse::<u64>().expect("digits")),
            None => Value::String(text),
        },
        Value::Array(items) => items.into_iter().map(unpack).collect(),
        Value::Object(mut fields) => {
            if let Some(count) = fields.remove("*").and_then(|count| count.as_u64()) {
                let columns: Vec<_> = fields.into_iter().map(|(name, column)| (name, list(unpack(column)))).collect();
                let item = |at: usize| -> Value { columns.iter().map(|(n, c)| (n.clone(), c[at].clone())).collect() };
                return (0..count as usize).map(item).collect();
            }
            if let Some(lengths) = fields.remove("**") {
                let mut all = list(unpack(fields.remove("of").expect("the items"))).into_iter();
                let lengths = list(lengths).into_iter().map(|length| length.as_u64().expect("a length") as usize);
                return lengths.map(|length| all.by_ref().take(length).collect::<Value>()).collect();
            }
            fields.into_iter().map(|(name, value)| (name, unpack(value))).collect()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_as_it_went_in() {
        for value in [
            json!([]),
            json!([[], [1], [2, 3]]),
            json!([{"a": 1, "b": [1, 2]}, {"a": null, "b": []}]),
            json!([{"a": 1}, {"b": 1}]),
            json!({"big": 18_446_744_073_709_551_615_u64, "small": 9_007_199_254_740_992_u64, "float": 0.1}),
            json!([{"a": [{"x": 1}, {"x": 2}]}, {"a": [{"x": 3}]}]),
            json!([{}, {}]),
        ] {
            assert_eq!(unpack(pack(value.clone())), value);
        }
    }
}
