//! The document: well-formed, loading nothing, and proof against every name.

use std::collections::{HashMap, HashSet};

use super::super::{pack, page_with};
use super::*;
use crate::track::history::fixture::stepped;

/// Elements that have no end tag.
pub(super) const VOID: [&str; 5] = ["meta", "link", "br", "input", "!doctype"];

/// Every tag, with the text that follows it; scripts and styles are skipped over.
pub(super) fn tags_of(html: &str) -> Vec<(&str, &str)> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let mut quoted = false;
        let inside = |c: char| {
            quoted ^= c == '"';
            c == '>' && !quoted
        };
        let end = rest.find(inside).expect("a tag ends");
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        if tag.starts_with("script") || tag.starts_with("style") {
            let close = format!("</{}>", tag.split(' ').next().unwrap_or_default());
            rest = &rest[rest.find(&close).expect("it is closed") + close.len()..];
        } else {
            tags.push((tag, &after[..after.find('<').unwrap_or(after.len())]));
        }
    }
    tags
}

/// The names of the tags in order, `/` before the closing ones.
fn tags(html: &str) -> Vec<String> {
    let name = |(tag, _): (&str, &str)| {
        assert!(tag.matches(" class=").count() <= 1, "one attribute twice: {tag}");
        tag.split([' ', '\n']).next().unwrap_or_default().to_lowercase()
    };
    let is_void = |name: &str| VOID.contains(&name);
    tags_of(html).into_iter().map(name).filter(|name| !is_void(name)).collect()
}

#[test]
fn every_page_is_well_formed() {
    let unjudged = draw(&fixture::suite(2), &[]);
    for (name, html) in pages_of_runs().iter().map(|(name, html)| (*name, html)).chain([("unjudged", &unjudged)]) {
        let mut open = Vec::new();
        for tag in tags(html) {
            match tag.strip_prefix('/') {
                Some(closed) => assert_eq!(open.pop().as_deref(), Some(closed), "{name}: inside {open:?}"),
                None => open.push(tag),
            }
        }
        assert!(open.is_empty(), "{name}: {open:?}");
    }
}

/// So that HTML finds by itself what each is for, and `compact` need not say it.
#[test]
fn headers_of_tables_share_neither_row_nor_column_with_what_they_head() {
    for (name, html) in pages_of_runs() {
        let (mut in_head, mut cells, mut columns) = (false, vec![], HashMap::new());
        for (tag, _) in tags_of(html) {
            match tag.split(' ').next().unwrap_or_default() {
                "table" => columns.clear(),
                "thead" => in_head = true,
                "tbody" => in_head = false,
                "tr" => cells.clear(),
                cell @ ("th" | "td") => {
                    assert!(!in_head || cell == "th", "{name}: <{tag}>");
                    // A row that is one wide header has a scope of its own.
                    let wide = tag.contains(" colspan=") || cells.last() == Some(&"");
                    cells.push(if wide { "" } else { cell });
                    if !in_head && !wide {
                        let known = *columns.entry(cells.len()).or_insert(cell);
                        assert_eq!(known, cell, "{name}: column {}: <{tag}>", cells.len());
                    }
                }
                _ => {}
            }
        }
    }
}

#[test]
fn a_page_loads_nothing() {
    for (name, html) in pages_of_runs() {
        for outside in ["http://", "https://", " src=", "@import", "url(", "<iframe", "fetch(", "import("] {
            assert!(!html.contains(outside), "{name}: {outside}");
        }
        for target in html.split("href=\"").skip(1) {
            assert!(target.starts_with('#') || target.starts_with("data:,\""), "{name}: {}", &target[..40]);
        }
    }
}

#[test]
fn every_link_inside_the_page_leads_somewhere_and_ids_are_unique() {
    for (name, html) in pages_of_runs() {
        let text = |part: &str| part.split('"').next().unwrap_or_default().to_owned();
        let ids: Vec<String> = html.split(" id=\"").skip(1).map(text).collect();
        let unique: HashSet<&String> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{name}: {ids:?}");
        for link in html.split("href=\"#").skip(1).map(text) {
            assert!(unique.contains(&link), "{name}: {link}");
        }
    }
}

#[test]
fn nothing_in_a_run_can_end_the_element_it_stands_in() {
    let html = draw(&hostile(), &fixture::verdicts());
    assert!(!html.contains(&HOSTILE[..12]));
    assert!(!html.contains("<b onclick"));
    assert!(html.contains("&lt;/script&gt;&lt;b onclick='x'&gt;&amp;&quot;"), "it is shown all the same");
    assert_eq!(html.matches("</script>").count(), 3, "of the run, of the dictionary and of the script itself");
}

#[test]
fn the_page_holds_the_very_run() {
    for run in [fixture::suite(4), hostile(), Synthetic::new(1).build()] {
        let html = page_with(&run, None, None);
        let start = html.split("id=run>").nth(1).expect("the element is there");
        assert_eq!(pack::unpacked(start.split("</script>").next().expect("it ends")), run);
    }
}

#[test]
fn a_policy_names_the_only_script_and_style_by_their_hashes() {
    use base64::Engine as _;
    use sha2::Digest as _;
    for (name, html) in pages_of_runs() {
        let policy = html.split("Content-Security-Policy\" content=\"").nth(1).expect("there is one");
        let policy = policy.split('"').next().expect("it ends").replace("&#39;", "'");
        assert!(
            policy.starts_with("default-src 'none';") && !policy.contains("unsafe") && !policy.contains('*'),
            "{policy}"
        );
        for (element, directive) in [("style", "style-src"), ("script", "script-src")] {
            let inside = html.rsplit(&format!("<{element}>")).next().expect("it is there");
            let inside = inside.split(&format!("</{element}>")).next().expect("it ends");
            let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(inside.as_bytes()));
            assert!(policy.contains(&format!("{directive} 'sha256-{hash}'")), "{name}: {element}");
        }
        // What a policy with hashes forbids must not be there, or it would do nothing.
        assert!(
            !html.contains(" style=\"") && !html.contains(" onclick=\"") && !html.contains("javascript:"),
            "{name}"
        );
    }
}

#[test]
fn a_panel_about_two_runs_is_there_only_beside_another() {
    let run = fixture::suite(2);
    assert!(!page_with(&run, None, None).contains("<section id=beside"));
    assert!(
        page_with(&run, None, Some(&run)).contains("<section id=beside")
            && page_with(&hostile(), None, Some(&run)).contains("</html>")
    );
}

#[test]
fn names_in_a_history_are_no_markup() {
    let mut entries = stepped(&[HOSTILE, "a/b/c"], 40, 20);
    entries.machines[0].os = HOSTILE.into();
    entries.runs.iter_mut().for_each(|run| run.commit = Some(HOSTILE.into()));
    let html = with_history(&entries);
    assert!(!html.contains("<b onclick") && html.matches("</script>").count() == 3);
}
