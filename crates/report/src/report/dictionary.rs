//! Chinese that only a script shows, taken out of the document and put into a dictionary at its end.
//!
//! A panel writes both languages side by side. For prose it stays so, and a style rule shows one. What stands in an
//! attribute needs the script anyhow, and tables say the same few words in thousands of cells: their Chinese would be a
//! twelfth of the page. So each of these texts stands there once, with its English, deflated, and the script looks it
//! up. A text that means one thing here and another there, or is a name elsewhere, keeps its Chinese beside it.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::compact::end_of_tag;
use super::pack;

/// Where the dictionary stands in the page: an element that is empty before.
const PLACE: &str = "id=\"zh\">";

/// Attributes with a text for readers, and the one beside each that has it in Chinese.
const ATTRIBUTES: [(&str, &str); 4] = [
    ("data-tip", "data-tip-zh"),
    ("title", "data-zh-title"),
    ("aria-label", "data-zh-label"),
    ("placeholder", "data-zh-placeholder"),
];

/// The texts of a document and their Chinese; nothing where one stands without, or with several.
type Known<'d> = HashMap<&'d str, Option<&'d str>>;

/// One place where the document says something to its reader.
struct Place<'d> {
    english: &'d str,
    chinese: Option<&'d str>,
    /// What goes when the dictionary has it.
    from: usize,
    to: usize,
}

impl<'d> Place<'d> {
    /// A text whose Chinese is an attribute, of a tag that begins here.
    fn beside(english: &'d str, chinese: Option<Attribute<'d>>, begin: usize) -> Self {
        let (piece, chinese) = chinese.map_or((0..0, None), |(piece, text)| (piece, Some(text)));
        Self { english, chinese, from: begin + piece.start, to: begin + piece.end }
    }
}

/// Where an attribute stands in its tag, with the space before it, and its value.
type Attribute<'t> = (Range<usize>, &'t str);

/// The document with its dictionary.
pub(super) fn apart(document: &str) -> String {
    let places = places(document);
    let mut known = Known::new();
    for place in &places {
        known
            .entry(place.english)
            .and_modify(|chinese| *chinese = chinese.filter(|_| *chinese == place.chinese))
            .or_insert(place.chinese);
    }
    let mut dictionary = BTreeMap::new();
    let mut out = String::with_capacity(document.len());
    let mut written = 0;
    for place in places {
        let Some(Some(chinese)) = known.get(place.english) else { continue };
        dictionary.insert(unescaped(place.english), unescaped(chinese));
        out.push_str(&document[written..place.from]);
        written = place.to;
    }
    out.push_str(&document[written..]);
    let all = serde_json::to_vec(&dictionary).expect("texts are JSON");
    out.replacen(PLACE, &format!("{PLACE}{}", pack::deflated(&all)), 1)
}

/// All places in their order.
fn places(document: &str) -> Vec<Place<'_>> {
    let mut found = vec![];
    let (mut at, mut tables) = (0, 0);
    while let Some(begin) = document[at..].find('<').map(|far| at + far) {
        let end = begin + end_of_tag(&document[begin..]);
        let tag = &document[begin..end];
        let name = tag.trim_start_matches('<').split([' ', '>']).next().unwrap_or_default();
        at = end;
        match name {
            "table" => tables += 1,
            "/table" => tables -= 1,
            "i" if tables > 0 => found.extend(pair(document, tag, end)),
            "script" | "style" => at += document[end..].find("</").unwrap_or(document.len() - end),
            _ => {}
        }
        let beside = |english, chinese| Place::beside(english, attribute(tag, chinese), begin);
        for (english, chinese) in ATTRIBUTES {
            found.extend(attribute(tag, english).map(|(_, text)| beside(text, chinese)));
        }
        if matches!(name, "title" | "desc" | "option") {
            found.push(beside(text(document, end), "data-zh"));
        }
    }
    found.sort_by_key(|place| place.from);
    found
}

/// A text in both languages, if the element that begins here is one and there is no markup in it.
fn pair<'d>(document: &'d str, tag: &str, end: usize) -> Option<Place<'d>> {
    if tag != "<i>" {
        return None;
    }
    let english = text(document, end);
    let next = document[end + english.len()..].strip_prefix("</i>")?;
    let beside = next.strip_prefix("<i lang=\"zh\">")?;
    let begin = document.len() - beside.len();
    let chinese = text(document, begin);
    document[begin + chinese.len()..].starts_with("</i>").then(|| Place {
        english,
        chinese: Some(chinese),
        from: end + english.len() + "</i>".len(),
        to: begin + chinese.len() + "</i>".len(),
    })
}

/// What stands here before the next tag.
fn text(document: &str, at: usize) -> &str {
    let rest = &document[at..];
    &rest[..rest.find('<').unwrap_or(rest.len())]
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<Attribute<'t>> {
    let before = format!(" {name}=\"");
    let start = tag.find(&before)?;
    let value = tag[start + before.len()..].split('"').next()?;
    Some((start..start + before.len() + value.len() + 1, value))
}

/// A text without the marks that markup needs: as its reader has it, and the script.
pub(super) fn unescaped(text: &str) -> String {
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    marks.iter().fold(text.to_owned(), |text, (mark, letter)| text.replace(mark, letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document after it, without its end, and the dictionary.
    fn taken(document: &str) -> (String, BTreeMap<String, String>) {
        let out = apart(&format!("{document}<script id=\"zh\"></script>"));
        let (rest, place) = out.split_once("<script").unwrap();
        let packed = place.split_once('>').unwrap().1.trim_end_matches("</script>");
        (rest.into(), serde_json::from_slice(&pack::inflated(packed)).unwrap())
    }

    fn words(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(english, chinese)| ((*english).into(), (*chinese).into())).collect()
    }

    #[test]
    fn tables_and_attributes_are_english_and_the_rest_is_both() {
        let pair = "<i>a &lt; b</i><i lang=\"zh\">甲</i>";
        let (rest, known) = taken(&format!("<p>{pair}</p><table><tr><td>{pair}</td></tr></table>{pair}"));
        assert_eq!(rest, format!("<p>{pair}</p><table><tr><td><i>a &lt; b</i></td></tr></table>{pair}"));
        assert_eq!(known, words(&[("a < b", "甲")]));
        let (rest, known) = taken("<b title=\"x > y\" data-zh-title=\"乙\" data-tip=\"t\" data-tip-zh=\"丙\">1</b>");
        assert_eq!(rest, "<b title=\"x > y\" data-tip=\"t\">1</b>");
        assert_eq!(known, words(&[("x > y", "乙"), ("t", "丙")]));
        let (rest, known) = taken("<svg><title data-zh=\"丁\">name</title><desc>sort</desc></svg>");
        assert_eq!(
            (rest.as_str(), known),
            ("<svg><title>name</title><desc>sort</desc></svg>", words(&[("name", "丁")]))
        );
    }

    #[test]
    fn what_is_ambiguous_or_has_markup_in_it_stays() {
        for kept in [
            // Two meanings, and a name that is a word elsewhere.
            "<b title=\"x\" data-zh-title=\"甲\"></b><b title=\"x\" data-zh-title=\"乙\"></b>",
            "<b title=\"sort\" data-zh-title=\"排序\"></b><b title=\"sort\"></b>",
            "<b title=\"sort\"></b><b aria-label=\"sort\" data-zh-label=\"排序\"></b>",
            "<table><td><i>a <b>b</b></i><i lang=\"zh\">甲 <b>乙</b></i></td></table>",
            "<table><td><i>alone</i></td></table>",
            "<style>i > b { content: ' title=\"' }</style>",
        ] {
            let (rest, known) = taken(kept);
            assert_eq!((rest.as_str(), known), (kept, words(&[])));
        }
    }
}
