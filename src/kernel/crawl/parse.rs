//! What a crawler does with a page: finds the links and hashes the words, byte by byte.

use super::super::mix::mix;

const LINK: &[u8] = b"<a href=\"";

/// What is in a piece of a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    words: u64,
    links: u64,
    /// Sum of the hashes of all words and of all links' targets.
    hashes: u64,
}

impl Tally {
    /// All of it as one number.
    pub(super) fn digest(&self) -> u64 {
        mix(self.words << 32 | self.links) ^ self.hashes
    }
}

/// Parses text in which every tag that begins also ends.
pub(super) fn paragraph(mut text: &[u8]) -> Tally {
    let mut tally = Tally::default();
    while let Some(&first) = text.first() {
        text = match first {
            b'<' => tag(text, &mut tally),
            b if b.is_ascii_alphabetic() => word(text, &mut tally),
            _ => &text[1..],
        };
    }
    tally
}

/// Takes one tag off the text and counts it if it is a link.
fn tag<'a>(text: &'a [u8], tally: &mut Tally) -> &'a [u8] {
    if let Some(target) = text.strip_prefix(LINK) {
        tally.links += 1;
        tally.hashes = tally.hashes.wrapping_add(hash(until(target, |byte| byte == b'"')));
    }
    let inside = until(text, |byte| byte == b'>');
    text.get(inside.len() + 1..).unwrap_or_default()
}

/// Takes one word off the text.
fn word<'a>(text: &'a [u8], tally: &mut Tally) -> &'a [u8] {
    let word = until(text, |byte| !byte.is_ascii_alphabetic());
    tally.words += 1;
    tally.hashes = tally.hashes.wrapping_add(hash(word));
    &text[word.len()..]
}

/// The text before the first byte that ends it.
fn until(text: &[u8], ends: impl Fn(u8) -> bool) -> &[u8] {
    let length = text.iter().position(|&byte| ends(byte)).unwrap_or(text.len());
    &text[..length]
}

/// FNV-1a: <http://www.isthe.com/chongo/tech/comp/fnv/>.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_words_and_links() {
        let tally = paragraph(b"<p>one <a href=\"/page/7\">two</a>, three</p>\n");
        let hashes =
            [&b"one"[..], b"/page/7", b"two", b"three"].map(hash).iter().fold(0, |a: u64, &b| a.wrapping_add(b));
        assert_eq!(tally, Tally { words: 3, links: 1, hashes });
    }

    #[test]
    fn survives_text_that_is_cut_off() {
        for text in ["", "<", "<a href=\"", "<a href=\"/pa", "wor"] {
            assert!(paragraph(text.as_bytes()).words <= 1);
        }
    }

    #[test]
    fn hashes_as_published() {
        assert_eq!(hash(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
