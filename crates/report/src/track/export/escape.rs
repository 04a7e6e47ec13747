//! Names that somebody else chose, made harmless for each kind of file.

use sha2::{Digest as _, Sha256};

/// For running text of GitHub's Markdown, inside a table or not: nothing in it is markup, a mention or a new cell.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '@' => out += "&#64;",
            '#' => out += "&#35;",
            c if is_unseen(c) => out.push(' '),
            '\\' | '|' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '!' | '~' | '$' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// For the message of a workflow command, which ends at the end of the line.
pub(super) fn message(text: &str) -> String {
    let seen: String = text.chars().map(|c| if is_unseen(c) && c != '\n' && c != '\r' { ' ' } else { c }).collect();
    seen.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// For a property of a workflow command, which ends at a comma or colon as well.
pub(super) fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

/// For a cell that a spreadsheet may open: what it would take for a formula is text there. The quotes are the writer's.
pub(super) fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.into() }
}

/// A name of at most so many bytes, which is how Bencher counts. A longer one is cut between two characters and ends with
/// its fingerprint, so that two that begin alike stay two.
pub(super) fn shortened(name: &str, most: usize) -> String {
    if name.len() <= most {
        return name.into();
    }
    let hash = Sha256::digest(name);
    let mark = hash.iter().take(6).fold("~".to_owned(), |text, byte| text + &format!("{byte:02x}"));
    let end = (0..=most - mark.len()).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
    name[..end].to_owned() + &mark
}

/// Control characters, and those that turn the direction of what follows.
fn is_unseen(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
