//! The page: one file that needs nothing else, opens from disk, and can be read without its script.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{PANELS, Panel, View, head};
use crate::claim;
use crate::run::Run;
use crate::track::history::History;

/// The whole report of a run as one HTML document: styles, pictures, and the run itself as JSON are inside.
pub fn page(run: &Run) -> String {
    page_with_history(run, None)
}

/// The same, with the history that the run belongs to.
pub fn page_with_history(run: &Run, history: Option<&History>) -> String {
    let judged = claim::judge_all(run).claims;
    document(&View { history, ..View::new(run, &judged) }).into_string()
}

/// The document of a view.
pub(super) fn document(view: &View) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(view.run.generator);
                title { "gilbench: " (view.run.machine.cpu.model) ", " (view.run.started_at) }
                link rel="icon" href="data:,";
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                a.skip href="#main" { "Skip to the results" }
                (head::head(view))
                (navigation())
                main id="main" { @for panel in PANELS { (section(panel, view)) } }
                footer { p { "Written by " (view.run.generator) ". This file holds the whole run; it loads nothing." } }
                (data(view.run))
                script { (PreEscaped(include_str!("script.js"))) }
            }
        }
    }
}

fn navigation() -> Markup {
    html! {
        nav aria-label="Sections" {
            ul { @for panel in PANELS { li { a href={ "#" (panel.id) } { (panel.title) } } } }
        }
    }
}

fn section(panel: &Panel, view: &View) -> Markup {
    html! {
        section id=(panel.id) aria-labelledby={ (panel.id) "-title" } {
            h2 id={ (panel.id) "-title" } { a.anchor href={ "#" (panel.id) } { (panel.title) } }
            ((panel.draw)(view))
        }
    }
}

/// The run's own document. `<` and its kin are written as escapes that JSON knows and HTML does not, so that no text
/// of a run can end the element.
fn data(run: &Run) -> Markup {
    let json = serde_json::to_string(run).expect("a run has only string keys and finite numbers or null");
    let json = json.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
    html! { script type="application/json" id="run" { (PreEscaped(json)) } }
}
