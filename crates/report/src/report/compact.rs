//! The same document in fewer bytes: what HTML lets one leave out is left out.
//!
//! A page of a standard run must stay below a megabyte, and a fifth of its markup is ceremony: end tags that follow from
//! what comes next, quotation marks around a single word, `></rect>` where `/>` says it. The document that a browser
//! builds is the same, node by node, which `scripts/browser` holds it to; but for what a table's headers are for: HTML
//! finds that out where rows of headers and columns of headers hold nothing else, as ours do.

/// Elements of SVG that have nothing inside.
const EMPTY: [&str; 7] = ["rect", "path", "line", "use", "circle", "polyline", "polygon"];

/// End tags that follow from what comes after them, which are these tags and nothing else: no space stands between them.
const IMPLIED: [(&str, &[&str]); 8] = [
    ("td", &["<td", "<th", "</tr>"]),
    ("th", &["<td", "<th", "</tr>"]),
    ("tr", &["<tr", "</tbody>", "</thead>"]),
    ("thead", &["<tbody"]),
    ("tbody", &["<tbody", "</table>"]),
    ("li", &["<li", "</ul>"]),
    ("dt", &["<dd", "<dt"]),
    ("option", &["<option", "</select>"]),
];

/// A well-formed document, as the panels draw it, made compact.
pub(super) fn compact(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    let mut rest = document;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = end_of_tag(rest);
        let (tag, after) = rest.split_at(end);
        rest = after;
        let name = tag.trim_start_matches(['<', '/']).split([' ', '>']).next().unwrap_or_default();
        if tag.starts_with("</") {
            if !is_implied(name, after) {
                out.push_str(tag);
            }
        } else {
            let scoped;
            let tag = if name == "th" {
                scoped = tag.replacen(" scope=\"row\"", "", 1).replacen(" scope=\"col\"", "", 1);
                &scoped
            } else {
                tag
            };
            let empty = format!("></{name}>");
            if EMPTY.contains(&name) && after.starts_with(&empty[1..]) {
                write_tag(&mut out, tag.trim_end_matches('>'));
                // A value without quotation marks would take the slash for its own.
                out.push_str(if out.ends_with('"') { "/>" } else { " />" });
                rest = &after[empty.len() - 1..];
            } else {
                write_tag(&mut out, tag);
            }
        }
        if !tag.starts_with("</") && matches!(name, "script" | "style") {
            // Their content is no markup, and its hash stands in the policy.
            let close = format!("</{name}>");
            let content = rest.find(&close).unwrap_or(rest.len());
            out.push_str(&rest[..content]);
            rest = &rest[content..];
        }
    }
    out + rest
}

/// Where the tag ends that begins here; quotation marks may hold a `>`.
pub(super) fn end_of_tag(text: &str) -> usize {
    let mut quoted = false;
    let end = |(_, letter): &(usize, char)| {
        quoted ^= *letter == '"';
        *letter == '>' && !quoted
    };
    text.char_indices().find(end).map_or(text.len(), |(at, _)| at + 1)
}

fn is_implied(name: &str, after: &str) -> bool {
    let begins = |tag: &&str| {
        let Some(left) = after.strip_prefix(*tag) else { return false };
        // `<th` is not `<thead`.
        tag.ends_with('>') || left.starts_with([' ', '>'])
    };
    IMPLIED.iter().any(|(one, tags)| *one == name && tags.iter().any(&begins))
}

/// A tag with no more quotation marks than its values need.
fn write_tag(out: &mut String, tag: &str) {
    let mut pieces = tag.split('"');
    out.push_str(pieces.next().unwrap_or_default());
    // What stands between two quotation marks, and what follows until the next value.
    while let Some(value) = pieces.next() {
        let bare = !value.is_empty() && value.chars().all(needs_no_quotation);
        let mark = if bare { "" } else { "\"" };
        for piece in [mark, value, mark, pieces.next().unwrap_or_default()] {
            out.push_str(piece);
        }
    }
}

/// Fewer than HTML allows: a slash could end a tag, and of what is no ASCII only what cannot be taken for a space.
fn needs_no_quotation(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | ':' | '#' | '%' | ',' | ';' | '×' | 'µ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_html_implies_is_left_out() {
        for (long, short) in [
            ("<rect x=\"1\" y=\"2%\"></rect>", "<rect x=1 y=2% />"),
            ("<path d=\"M1 2\"></path>", "<path d=\"M1 2\"/>"),
            ("<td>1</td><td class=\"num\">2</td></tr><tr>", "<td>1<td class=num>2<tr>"),
            ("<th>1</th></tr></thead><tbody>", "<th>1<tbody>"),
            ("<li>a</li><li>b</li></ul>", "<li>a<li>b</ul>"),
            ("<th scope=\"row\" class=\"a\">a</th><td>", "<th class=a>a<td>"),
            ("<th class=\"a\" scope=\"col\">a</th></tr>", "<th class=a>a</tr>"),
        ] {
            assert_eq!(compact(long), short);
        }
    }

    #[test]
    fn what_it_does_not_imply_stays() {
        for kept in [
            "<a href=\"a b\">x</a>",
            "<p title=\"\">x</p>",
            "<p title=\"a/\">x</p>",
            "<p title=\"&quot;&gt;\u{a0}>\">x</p>",
            "<td>1</td> <td>2</td></table>",
            "<th>1</th><thead>",
            "<th scope=rowgroup>1</th><p>",
            "<script>if (a < b) \"</td><td>\"</script>",
            "<style>a > b { content: \"</rect>\" }</style>",
            "<svg class=chart></svg>",
        ] {
            assert_eq!(compact(kept), kept);
        }
    }

    #[test]
    fn texts_are_left_alone() {
        let text = "&lt;/td&gt; \" ' = x=\"1\" &gt;";
        assert_eq!(compact(&format!("<p>{text}</p>")), format!("<p>{text}</p>"));
    }
}
