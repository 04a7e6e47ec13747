//! The run inside the page: the same document, packed.
//!
//! A standard run is megabytes of JSON, most of it the names of fields, and the page must stay below one. Nothing is
//! rounded and nothing left out: lists of like objects become one object of lists, which the script turns round again,
//! and the whole is deflated, which every browser can undo (`DecompressionStream`). Without a script the run is the file
//! that lies beside the page.
//!
//! - a list of objects with the same fields: `{"*": 3, "field": [..], ..}`, each list of values packed in turn;
//! - a list of lists: `{"**": [2, 0, 1], "of": [..]}`, their lengths and all their items one after another;
//! - a list of many whole numbers: `{"#": [count, bytes, from]}`; they stand behind the text and a zero, from that byte
//!   on, first the highest byte of each, then the next, since the high bytes of times are much alike and the low ones
//!   are chance: a fifth less than their digits;
//! - an integer that a script's numbers cannot hold: `"\u0001` and its digits`"`;
//! - everything else stands for itself, and no field of a run begins with `*` or `#`.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::{Map, Value, json};

use crate::run::Run;

/// Integers beyond this lose digits in a script.
const EXACT: u64 = 1 << 53;
/// Fewer numbers than these stand as digits.
const MANY: usize = 17;

/// Letters of the packed text: those of ASCII that can be seen, but for the three that mean something in markup.
fn letters() -> impl Iterator<Item = u8> {
    (b'!'..=b'~').filter(|letter| !b"<>&".contains(letter))
}

/// Bytes as letters, thirteen or fourteen bits as two of them (basE91, with letters of our own): a fourteenth shorter than
/// base64, of which a page has hundreds of kilobytes.
fn spelled(bytes: &[u8]) -> String {
    let letters: Vec<char> = letters().map(char::from).collect();
    let mut out = String::with_capacity(bytes.len() * 5 / 4);
    let (mut queue, mut bits) = (0_u32, 0);
    let mut pair = |value: u32| out.extend([letters[value as usize % 91], letters[value as usize / 91]]);
    for byte in bytes {
        queue |= u32::from(*byte) << bits;
        bits += 8;
        if bits > 13 {
            // Two letters tell 91 × 91 values apart: 89 more than thirteen bits, which have room for a fourteenth.
            let taken = if queue & 0x1fff > 88 { 13 } else { 14 };
            pair(queue & ((1 << taken) - 1));
            queue >>= taken;
            bits -= taken;
        }
    }
    // Of the last bits one letter tells enough, if they are few.
    if bits > 7 || queue > 90 {
        pair(queue);
    } else if bits > 0 {
        out.push(letters[queue as usize]);
    }
    out
}

/// The run as letters of deflated, packed JSON; none of them ends an element.
pub(super) fn packed(run: &Run) -> String {
    let value = serde_json::to_value(run).expect("a run has only string keys and finite numbers or null");
    deflated(&bytes(value))
}

/// Bytes as letters of what they deflate to.
pub(super) fn deflated(bytes: &[u8]) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory takes everything");
    spelled(&encoder.finish().expect("memory takes everything"))
}

/// The packed text, a zero, and the numbers.
fn bytes(value: Value) -> Vec<u8> {
    let mut numbers = vec![];
    let text = pack(value, &mut numbers);
    let mut all = serde_json::to_vec(&text).expect("a value is JSON");
    all.push(0);
    all.append(&mut numbers);
    all
}

fn pack(value: Value, numbers: &mut Vec<u8>) -> Value {
    match value {
        Value::Array(items) => pack_list(items, numbers),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, pack(value, numbers))).collect(),
        Value::Number(number) if number.as_u64().is_some_and(|number| number > EXACT) => {
            json!(format!("\u{1}{number}"))
        }
        other => other,
    }
}

fn pack_list(items: Vec<Value>, numbers: &mut Vec<u8>) -> Value {
    if let Some(names) = shared_fields(&items) {
        let mut columns = Map::new();
        columns.insert("*".into(), items.len().into());
        for name in names {
            let column = items.iter().map(|item| item[&name].clone()).collect();
            columns.insert(name, pack_list(column, numbers));
        }
        return Value::Object(columns);
    }
    if items.len() > 1 && items.iter().all(Value::is_array) {
        let lengths = items.iter().map(|item| item.as_array().map_or(0, Vec::len).into()).collect();
        let all = items.into_iter().flat_map(|item| if let Value::Array(all) = item { all } else { vec![] }).collect();
        return json!({"**": pack_list(lengths, numbers), "of": pack_list(all, numbers)});
    }
    if let Some(whole) = many_whole_numbers(&items) {
        let from = numbers.len();
        let most = whole.iter().copied().max().unwrap_or(0);
        let width = (u64::BITS - most.leading_zeros()).div_ceil(8).max(1);
        for byte in (0..width).rev() {
            numbers.extend(whole.iter().map(|number| (number >> (8 * byte)) as u8));
        }
        return json!({"#": [whole.len(), width, from]});
    }
    Value::Array(items.into_iter().map(|item| pack(item, numbers)).collect())
}

fn many_whole_numbers(items: &[Value]) -> Option<Vec<u64>> {
    let whole = |item: &Value| item.as_u64().filter(|number| *number <= EXACT);
    (items.len() >= MANY).then(|| items.iter().map(whole).collect()).flatten()
}

/// The fields of these objects, if there are several and all have the same.
fn shared_fields(items: &[Value]) -> Option<Vec<String>> {
    let names = |item: &Value| Some(item.as_object()?.keys().cloned().collect::<Vec<_>>());
    let first = names(items.first()?)?;
    (items.len() > 1 && items[1..].iter().all(|item| names(item).as_ref() == Some(&first))).then_some(first)
}

/// What the script reads.
#[cfg(test)]
fn read(text: &str) -> Vec<u8> {
    let letters: Vec<u8> = letters().collect();
    let value = |letter: &u8| letters.iter().position(|known| known == letter).expect("one of the letters") as u32;
    let (mut bytes, mut queue, mut bits) = (vec![], 0_u32, 0);
    for pair in text.as_bytes().chunks(2) {
        let [first, second] = pair else {
            bytes.push((queue | value(&pair[0]) << bits) as u8);
            break;
        };
        let both = value(first) + 91 * value(second);
        queue |= both << bits;
        bits += if both & 0x1fff > 88 { 13 } else { 14 };
        while bits > 7 {
            bytes.push(queue as u8);
            queue >>= 8;
            bits -= 8;
        }
    }
    bytes
}

/// What the script makes of a packed run; its tests hold the two together.
#[cfg(test)]
pub(super) fn unpacked(text: &str) -> Run {
    serde_json::from_value(parsed(&inflated(text))).expect("it is a run")
}

/// What was deflated.
#[cfg(test)]
pub(super) fn inflated(text: &str) -> Vec<u8> {
    use std::io::Read as _;
    let mut bytes = vec![];
    flate2::read::DeflateDecoder::new(read(text).as_slice()).read_to_end(&mut bytes).expect("it was deflated");
    bytes
}

#[cfg(test)]
fn parsed(bytes: &[u8]) -> Value {
    let end = bytes.iter().position(|byte| *byte == 0).expect("a zero");
    unpack(serde_json::from_slice(&bytes[..end]).expect("it is JSON"), &bytes[end + 1..])
}

#[cfg(test)]
fn unpack(value: Value, numbers: &[u8]) -> Value {
    let list = |value: Value| if let Value::Array(items) = value { items } else { vec![] };
    match value {
        Value::String(text) => match text.strip_prefix('\u{1}') {
            Some(digits) => json!(digits.parse::<u64>().expect("digits")),
            None => Value::String(text),
        },
        Value::Array(items) => items.into_iter().map(|item| unpack(item, numbers)).collect(),
        Value::Object(mut fields) => {
            if let Some(count) = fields.remove("*").and_then(|count| count.as_u64()) {
                let columns: Vec<_> =
                    fields.into_iter().map(|(name, column)| (name, list(unpack(column, numbers)))).collect();
                let item = |at: usize| -> Value { columns.iter().map(|(n, c)| (n.clone(), c[at].clone())).collect() };
                return (0..count as usize).map(item).collect();
            }
            if let Some(lengths) = fields.remove("**") {
                let mut all = list(unpack(fields.remove("of").expect("the items"), numbers)).into_iter();
                let lengths = list(unpack(lengths, numbers)).into_iter();
                let lengths = lengths.map(|length| length.as_u64().expect("a length") as usize);
                return lengths.map(|length| all.by_ref().take(length).collect::<Value>()).collect();
            }
            if let Some(place) = fields.remove("#") {
                let [count, width, from] = serde_json::from_value::<[usize; 3]>(place).expect("a place");
                let byte = |at: usize, plane: usize| u64::from(numbers[from + plane * count + at]);
                let number = |at| (0..width).fold(0, |number, plane| number << 8 | byte(at, plane));
                return (0..count).map(number).collect();
            }
            fields.into_iter().map(|(name, value)| (name, unpack(value, numbers))).collect()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spelled_is_read_again() {
        let mut random = fastrand::Rng::with_seed(7);
        for length in (0..200).chain([4096]) {
            for bytes in [vec![0; length], vec![255; length], (0..length).map(|_| random.u8(..)).collect()] {
                let text = spelled(&bytes);
                assert!(!text.contains(['<', '>', '&', ' ']), "{text}");
                assert_eq!(read(&text), bytes, "{length}");
            }
        }
    }

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
            json!((0..40_u64).map(|at| at * at * at * 31).collect::<Vec<_>>()),
            json!(vec![0; 40]),
            json!(vec![EXACT; 40]),
            json!(vec![EXACT + 1; 40]),
            json!([vec![1; 40], Vec::<u64>::new(), vec![256; 40]]),
            json!((0..40).map(|at| json!({"a": at, "b": [at, -at], "c": 0.5})).collect::<Vec<_>>()),
        ] {
            assert_eq!(parsed(&bytes(value.clone())), value);
        }
    }
}
