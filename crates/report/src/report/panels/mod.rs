//! The catalogue of panels, in the order of the page. One file each; see [`Panel`] for how to add one.

mod answer;
mod beside;
mod convoy;
mod creation;
pub(super) mod crossover;
mod failures;
mod history;
mod instrument;
mod interpreters;
mod interval;
mod ladder;
mod machine;
mod method;
mod parts;
pub(super) mod queue_depth;
mod reference_counts;
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
mod what_if;

use maud::{Markup, html};

/// The panel that is there only beside another run.
pub(super) const BESIDE: &str = beside::PANEL.id;

pub(super) use self::failures::word as failure_word;
use super::format::{self, Unit};
use super::palette;
use super::svg::{icon, swatch};
use super::text::{came_plain, t};
use super::{Panel, View};
use crate::stats::Estimate;

/// All panels, in the order of the page.
pub const PANELS: &[Panel] = &[
    answer::PANEL,
    verdicts::PANEL,
    beside::PANEL,
    table::PANEL,
    scaling::PANEL,
    splits::PANEL,
    parts::PANEL,
    resources::PANEL,
    ladder::PANEL,
    start_up::PANEL,
    creation::PANEL,
    crossover::PANEL,
    queue_depth::PANEL,
    the_lock::PANEL,
    timeline::PANEL,
    convoy::PANEL,
    interval::PANEL,
    reference_counts::PANEL,
    server_latency::PANEL,
    what_if::PANEL,
    rounds::PANEL,
    second::PANEL,
    interpreters::PANEL,
    history::PANEL,
    instrument::PANEL,
    failures::PANEL,
    machine::PANEL,
    method::PANEL,
];

/// A model's name with its marker.
fn model(id: &str) -> Markup {
    let key = palette::key(id);
    html! { span.model { (swatch(key)) (id) } }
}

/// The same where nothing else stands.
fn cell_of(model: &str) -> Markup {
    html! { (swatch(palette::key(model))) (model) }
}

/// The models of a picture, with their markers.
fn legend(view: &View, models: &[&str]) -> Markup {
    html! {
        ul.legend aria-label="Models" data-zh-label="模型" {
            @for id in models {
                @let meaning = view.run.model(id).map(|model| came_plain(&model.summary));
                li title=[meaning.as_ref().map(|meaning| &meaning.en)]
                    data-zh-title=[meaning.as_ref().and_then(|meaning| meaning.zh.as_ref())] { (model(id)) }
            }
        }
    }
}

/// How a check came out: its sign and its word.
fn met(met: Option<bool>) -> Markup {
    let (sign, word) = match met {
        Some(true) => ("yes", "met"),
        Some(false) => ("no", "missed"),
        None => ("unsure", "cannot be said"),
    };
    html! { span.holds { (icon(sign)) (t(word)) } }
}

/// An estimate in a cell of a table, or a dash where there is none.
fn figure_cell(estimate: Option<&Estimate>, unit: Unit) -> Markup {
    html! {
        td.num data-value=[estimate.map(|estimate| format::sortable(estimate.value))] {
            @if let Some(estimate) = estimate {
                (format::quantity(estimate.value, unit)) " "
                small { @if estimate.is_bounded() { (format::interval(estimate, unit)) } @else { "n = " (estimate.n) } }
            } @else { "–" }
        }
    }
}

/// What stands in a panel for which the run has nothing.
fn nothing(text: &'static str) -> Markup {
    html! { p.empty { (t(text)) } }
}
