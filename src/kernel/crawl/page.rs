//! What a page is: eight paragraphs of 512 bytes, made from nothing but the page's number.
//!
//! Paragraphs are of one length and no tag crosses from one into the next, so each can be parsed by itself, at the same
//! cost.

use std::io::Write;

use super::super::mix::mix;

/// Bytes of a page.
pub(super) const PAGE: usize = PARAGRAPH * PARAGRAPHS;
/// Bytes of a paragraph.
pub(super) const PARAGRAPH: usize = 512;
const PARAGRAPHS: usize = 8;

const OPEN: &[u8] = b"<p>";
const CLOSE: &[u8] = b"</p>\n";
/// The longest a link gets: its tags, a number of four digits and a word.
const LONGEST_LINK: usize = 40;
/// Of words, one in this many is a link.
const LINK_EVERY: u64 = 5;
const WORDS: [&str; 16] = [
    "thread", "process", "lock", "holder", "waiter", "signal", "switch", "interval", "memory", "page", "core", "cache",
    "queue", "pipe", "socket", "worker",
];

/// Writes page `number`.
pub(super) fn write(page: &mut [u8; PAGE], number: u64) {
    for (place, paragraph) in (0..).zip(page.chunks_exact_mut(PARAGRAPH)) {
        write_paragraph(paragraph, mix(number.wrapping_mul(PARAGRAPHS as u64) + place));
    }
}

/// The paragraph that a slice of the parsing is about: they come round again after the last.
pub(super) fn paragraph(page: &[u8; PAGE], slice: u64) -> &[u8] {
    let start = slice as usize % PARAGRAPHS * PARAGRAPH;
    &page[start..start + PARAGRAPH]
}

fn write_paragraph(paragraph: &mut [u8], seed: u64) {
    let (text, close) = paragraph.split_at_mut(PARAGRAPH - CLOSE.len());
    close.copy_from_slice(CLOSE);
    text.fill(b' ');
    text[..OPEN.len()].copy_from_slice(OPEN);
    let mut room = &mut text[OPEN.len()..];
    for draw in (0..).map(|place| mix(seed.wrapping_add(place))) {
        if room.len() < LONGEST_LINK {
            break;
        }
        let word = WORDS[(draw % 16) as usize];
        let written = if (draw >> 8).is_multiple_of(LINK_EVERY) {
            write!(room, "<a href=\"/page/{}\">{word}</a> ", (draw >> 16) % 10_000)
        } else {
            write!(room, "{word} ")
        };
        written.expect("there is room for the longest link");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(number: u64) -> [u8; PAGE] {
        let mut page = [0; PAGE];
        write(&mut page, number);
        page
    }

    #[test]
    fn a_page_is_text_in_closed_paragraphs() {
        for number in [0, 1, 77, u64::MAX] {
            let page = page(number);
            for slice in 0..PARAGRAPHS as u64 {
                let text = str::from_utf8(paragraph(&page, slice)).unwrap();
                assert!(text.starts_with("<p>") && text.ends_with("</p>\n"), "{text}");
                assert_eq!(text.matches("<a ").count(), text.matches("</a>").count(), "{text}");
            }
        }
    }

    #[test]
    fn pages_differ_and_repeat() {
        assert_eq!(page(3), page(3));
        assert_ne!(page(3), page(4));
        assert_eq!(paragraph(&page(3), 2), paragraph(&page(3), 10));
    }
}
