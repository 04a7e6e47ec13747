//! Everything that draws: scales, marks, and the few kinds of picture the page is made of.
//!
//! Two kinds of SVG. A **figure** has a fixed coordinate system, scales as a whole and describes itself. A **strip** is
//! as wide as the table cell it sits in: its positions are per cent, so markers and type keep their shape at any width;
//! the numbers stand in the cell beside it, so it is hidden from screen readers.

mod heat;
mod lines;
mod mark;
mod plot;
mod scale;
mod states;
mod strip;
mod timeline;
mod trend;

use maud::{Markup, html};

use super::text::Plain;

pub(crate) use self::heat::{Cell, Grid, heat_map};
pub(crate) use self::lines::{Chart, Point, Series};
pub(crate) use self::mark::{icon, swatch, symbols};
pub(crate) use self::plot::{Axis, Curve, Plot, Spot};
pub(crate) use self::scale::Scale;
pub(crate) use self::states::{hand_over_swatch, mark_swatch, state_swatch};
pub(crate) use self::strip::{Strip, spark};
pub(crate) use self::timeline::{Lanes, Picture};
pub(crate) use self::trend::{Break, Stop, TrendLine};

/// A coordinate: one decimal is a tenth of a pixel.
pub(crate) fn n(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), Into::into)
}

/// What a figure is for those who cannot see it.
#[derive(Debug, Clone)]
pub(crate) struct Caption<'a> {
    /// Its name.
    pub(crate) title: Plain,
    /// What it shows, in words.
    pub(crate) desc: Plain,
    /// Id of the table that holds its numbers.
    pub(crate) table: &'a str,
}

fn figure(class: &str, (width, height): (f64, f64), caption: &Caption, body: &Markup) -> Markup {
    let Caption { title, desc, table } = caption;
    html! {
        svg class=(class) viewBox={ "0 0 " (n(width)) " " (n(height)) } width=(n(width)) height=(n(height)) role="img"
            aria-details=(table) {
            title data-zh=[&title.zh] { (title.en) }
            desc data-zh=[&desc.zh] { (desc.en) }
            (body)
        }
    }
}
