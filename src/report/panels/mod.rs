//! The catalogue of panels, in the order of the page. One file each; see [`Panel`] for how to add one.

mod failures;
mod interpreters;
mod machine;
mod method;
mod resources;
mod rounds;
mod scaling;
mod second;
pub(super) mod server_latency;
mod splits;
mod start_up;
mod table;
mod the_lock;
mod timeline;
mod verdicts;
mod words;

use maud::{Markup, html};

pub(super) use self::failures::word as failure_word;
use super::palette;
use super::svg::swatch;
use super::{Panel, View};

/// All panels, in the order of the page.
pub const PANELS: &[Panel] = &[
    verdicts::PANEL,
    words::PANEL,
    table::PANEL,
    scaling::PANEL,
    splits::PANEL,
    resources::PANEL,
    start_up::PANEL,
    the_lock::PANEL,
    timeline::PANEL,
    server_latency::PANEL,
    rounds::PANEL,
    second::PANEL,
    interpreters::PANEL,
    failures::PANEL,
    machine::PANEL,
    method::PANEL,
];

/// A model's name with its marker.
fn model(id: &str) -> Markup {
    let key = palette::key(id);
    html! { span.model { (swatch(key)) (id) } }
}

/// The models of a picture, with their markers.
fn legend(view: &View, models: &[&str]) -> Markup {
    html! {
        ul.legend aria-label="Models" {
            @for id in models {
                li title=[view.run.model(id).map(|model| model.summary.as_str())] { (model(id)) }
            }
        }
    }
}

/// What stands in a panel for which the run has nothing.
fn nothing(text: &str) -> Markup {
    html! { p.empty { (text) } }
}
