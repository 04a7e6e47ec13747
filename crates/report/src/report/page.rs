//! The page: one file that needs nothing else, opens from disk, and can be read without its script.
//!
//! A policy in its head forbids it to load anything and to run any script or style but the ones it came with, which it
//! names by their hashes; so even a text of a run that found its way into the markup could do nothing.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::compact::compact;
use super::dictionary::apart;
use super::svg::symbols;
use super::text::{self, CHINESE, t};
use super::{PANELS, Panel, View, head, pack};
use crate::claim;
use crate::run::Run;
use crate::track::history::History;

/// Without comments and indentation, which only their authors read.
static STYLE: LazyLock<String> =
    LazyLock::new(|| lean(concat!(include_str!("style.css"), include_str!("style/explore.css"))));
static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    lean(concat!(
        "'use strict';(() => {\n",
        include_str!("script/numbers.js"),
        include_str!("script/state.js"),
        include_str!("script/comfort.js"),
        include_str!("script/tables.js"),
        include_str!("script/verdicts.js"),
        include_str!("script/what_if.js"),
        include_str!("script/timeline.js"),
        include_str!("script/carry.js"),
        "\nrestore();})();"
    ))
});

fn lean(text: &str) -> String {
    let lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The whole report of a run as one HTML document: styles, pictures, and the run itself as JSON are inside.
pub fn page(run: &Run) -> String {
    page_with(run, None, None)
}

/// The same, with the history that the run belongs to and another run against which it is held, where there are any.
pub fn page_with(run: &Run, history: Option<&History>, base: Option<&Run>) -> String {
    let judged = claim::judge_all(run).claims;
    made_of(&document(&View { history, base, ..View::new(run, &judged) }).into_string())
}

/// The page that a drawn document becomes: the same in fewer bytes.
pub(super) fn made_of(document: &str) -> String {
    compact(&apart(document))
}

/// The document of a view.
pub(super) fn document(view: &View) -> Markup {
    document_of(PANELS, view)
}

/// The document with these panels alone.
pub(super) fn document_of(panels: &[Panel], view: &View) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(view.run.generator);
                title { "gilbench: " (view.run.machine.cpu.model) ", " (view.run.started_at) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE.as_str())) }
            }
            body {
                a.skip href="#main" { (t("Skip to the results")) }
                (symbols())
                (languages())
                (head::head(view))
                (navigation(panels, view))
                main id="main" { @for panel in panels { (section(panel, view)) } }
                (footer(view))
                // Filled by `dictionary`.
                script type="application/octet-stream" id="zh" {}
                script type="application/octet-stream" id="run" { (PreEscaped(pack::packed(view.run))) }
                script { (PreEscaped(SCRIPT.as_str())) }
            }
        }
    }
}

/// What the page may do: show itself. Pictures made of its own figures are `blob:`, and never leave it.
fn policy() -> &'static str {
    static POLICY: LazyLock<String> = LazyLock::new(|| {
        let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
        format!(
            "default-src 'none'; style-src {}; script-src {}; img-src data: blob:; base-uri 'none'; form-action 'none'",
            hash(&STYLE),
            hash(&SCRIPT)
        )
    });
    &POLICY
}

/// One of two: a choice that works without a script.
fn languages() -> Markup {
    html! {
        fieldset.languages {
            legend.hidden { (t("Language")) }
            input #lang-en type="radio" name="language" checked autocomplete="off";
            label for="lang-en" lang="en" { "English" }
            input #lang-zh type="radio" name="language" autocomplete="off";
            label for="lang-zh" lang=(CHINESE) { "中文" }
        }
    }
}

fn navigation(panels: &[Panel], view: &View) -> Markup {
    html! {
        nav aria-label="Sections" data-zh-label="各节" {
            ul {
                @for panel in panels.iter().filter(|panel| panel.is_shown(view)) {
                    li { a href={ "#" (panel.id) } { (t(panel.title)) } }
                }
            }
        }
    }
}

fn section(panel: &Panel, view: &View) -> Markup {
    if !panel.is_shown(view) {
        return html! {};
    }
    html! {
        section id=(panel.id) aria-labelledby={ (panel.id) "-title" } {
            h2 id={ (panel.id) "-title" } { a.anchor href={ "#" (panel.id) } { (t(panel.title)) } }
            @if let Some(about) = text::about(panel.id) { (introduction(about, view)) }
            ((panel.draw)(view))
        }
    }
}

/// What the panel shows, how to read it, and what rests on it.
fn introduction(about: &text::About, view: &View) -> Markup {
    let judged = |id: &&&str| view.verdicts.iter().any(|judged| judged.id == **id);
    let claims: Vec<&&str> = about.claims.iter().filter(judged).collect();
    html! {
        p.lead { b { (text::both(about.shows.0, Some(about.shows.1), &[])) } " " (text::both(about.how.0, Some(about.how.1), &[])) }
        p.rests {
            @if claims.is_empty() { a href="#rules" { (t("The rules of measuring")) } }
            @else {
                (t("Claims that rest on it:"))
                @for claim in claims { " " a href={ "#claim-" (claim) } { (claim) } }
            }
        }
    }
}

fn footer(view: &View) -> Markup {
    html! {
        footer {
            p { (text::tf("Written by {0}. This file holds the whole run; it loads nothing.", &[&view.run.generator])) }
            p #carry { (text::tf("The run as JSON is the file {0} beside this page.", &[&html! { code { "latest.json" } }])) }
        }
    }
}
