//! Pictures and tables of a run: the page, and the summary for a terminal.
//!
//! Whatever is shown comes from a [`Run`] and the verdicts on it; nothing here measures, and nothing here knows how a
//! number came about. The page is a catalogue of [`Panel`]s in the order in which a reader needs them. To add one: a
//! file in `panels` with a `draw` function, and two lines below (its module and its entry).
//!
//! - `view`: what the panels ask of a run (groups of kernels, baselines, the A/A arm);
//! - `advice`: what follows for work of each kind, derived from the numbers; `answer`: the same in sentences;
//! - `text`: every sentence of the page, in English and in Chinese;
//! - `pack`: the run inside the page; `dictionary`: the Chinese that the script looks up; `compact`: the markup, in as few
//!   bytes as HTML allows;
//! - `format`, `palette`: how numbers are written, how models look;
//! - `svg`: everything that draws; `page`, `head`: the document around the panels; `terminal`: the summary;
//! - `history`, `envelope`: the log of runs on a terminal, and long series in few columns;
//! - `tracking`: changes between executables and between runs, on a terminal;
//! - `lanes`: what a trace says of each worker, in numbers; `trace_events`: traces for Perfetto.

mod advice;
mod answer;
mod compact;
mod dictionary;
mod envelope;
#[cfg(test)]
pub(crate) mod fixture;
pub mod format;
mod head;
mod history;
mod lanes;
mod pack;
mod page;
mod palette;
mod panels;
mod selftest;
mod svg;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
mod trace_events;
mod tracking;
mod validation;
mod view;

pub use self::history::{history, history_findings};
pub use self::lanes::trace_summary;
pub use self::page::{page, page_with};
pub use self::panels::PANELS;
pub use self::selftest::selftest;
pub use self::terminal::{terminal, verdicts};
pub use self::trace_events::trace_events;
pub use self::tracking::{comparison, gated, unpaired};
pub use self::validation::validation;
pub use self::view::View;

#[cfg(doc)]
use crate::run::Run;

/// One picture of a run, with what is needed to read it.
#[derive(Debug, Clone, Copy)]
pub struct Panel {
    /// Stable id: the anchor on the page, and its name in `gilbench list panels`.
    pub id: &'static str,
    /// Heading.
    pub title: &'static str,
    /// Draws what stands below the heading. Has something to say about every run, even an empty one.
    pub draw: fn(&View) -> maud::Markup,
}

impl Panel {
    /// Whether the panel is about something that the view has at all; two runs, for one.
    fn is_shown(&self, view: &View) -> bool {
        self.id != panels::BESIDE || view.base.is_some()
    }
}

/// Edges of the shades of gain, the greatest first, and their classes.
const GAINS: [(f64, &str); 6] = [(12.0, "g6"), (6.0, "g5"), (3.0, "g4"), (1.7, "g3"), (1.3, "g2"), (1.05, "g1")];
/// Edges of the shades of loss, the least first, and their classes.
const LOSSES: [(f64, &str); 4] = [(0.25, "l4"), (0.5, "l3"), (0.77, "l2"), (0.95, "l1")];

/// Class of the background of a cell with this speedup: how far it is from 1, and on which side.
fn shade(speedup: f64) -> &'static str {
    let gain = GAINS.iter().find(|(edge, _)| speedup >= *edge);
    gain.or_else(|| LOSSES.iter().find(|(edge, _)| speedup <= *edge)).map_or("g0", |(_, class)| class)
}
