//! Every figure says what it is and where its numbers are.

use super::*;
use crate::track::history::fixture::stepped;

/// Panels with figures, each at least in one of the runs: a law over nothing would hold as well.
const DRAWN: [&str; 9] =
    ["scaling", "splits", "creation", "crossover", "queue-depth", "timeline", "convoy-beside", "interval", "history"];

/// The tag that begins here, and what stands behind it.
fn opened(text: &str) -> (&str, &str) {
    text.split_once('>').expect("the tag ends")
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    tag.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    text.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map_or("", |(inside, _)| inside)
}

/// The pages of all runs, one with a history among them.
fn pages() -> impl Iterator<Item = &'static (&'static str, String)> {
    static HISTORY: LazyLock<(&str, String)> =
        LazyLock::new(|| ("history", with_history(&stepped(&["primes/threads/2", "sort/gil/2"], 60, 40))));
    pages_of_runs().iter().chain([&*HISTORY])
}

#[test]
fn every_picture_is_a_figure_or_belongs_to_the_cell_it_stands_in() {
    for (name, html) in pages() {
        for picture in html.split("<svg").skip(1) {
            let (tag, _) = opened(picture);
            let inside = tag.contains("viewBox=\"0 0 1000 100\"");
            let decoration = tag.contains("aria-hidden=\"true\"") || tag.contains("overflow=\"visible\"") || inside;
            assert!(decoration != tag.contains("role=\"img\""), "{name}: {tag}");
        }
    }
}

#[test]
fn every_figure_has_a_title_and_a_description_in_both_languages_and_a_table_of_its_numbers() {
    let mut drawn = HashSet::new();
    for (name, html) in pages() {
        for section in html.split("<section id=\"").skip(1) {
            let panel = section.split('"').next().expect("an id");
            for figure in section.split("<svg").skip(1).filter(|figure| opened(figure).0.contains("role=\"img\"")) {
                let (tag, inside) = opened(figure);
                assert!(inside.starts_with("<title"), "{name}, {panel}: {}", &inside[..60]);
                let (title, desc) = (between(inside, "<title", "</title>"), between(inside, "<desc", "</desc>"));
                for text in [title, desc] {
                    let (attributes, english) = opened(text);
                    assert!(!english.is_empty(), "{name}, {panel}: nothing in {text:?}");
                    assert!(attributes.is_empty() || !between(attributes, "data-zh=\"", "\"").is_empty(), "{text}");
                }
                let table = attribute(tag, "aria-details").unwrap_or_else(|| panic!("{name}, {panel}: no table"));
                let numbers = between(html, &format!("id=\"{table}\""), "</table>");
                let rows = numbers.split("<tbody").skip(1).map(|body| body.matches("<td").count()).sum::<usize>();
                assert!(rows > 0, "{name}, {panel}: the table {table} is empty");
                drawn.insert(panel.to_owned());
            }
        }
    }
    for panel in DRAWN {
        assert!(drawn.contains(panel), "no run has a figure of {panel}: {drawn:?}");
    }
}
