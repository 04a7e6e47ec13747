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
mod strip;
mod timeline;
mod trend;

use maud::{Markup, html};

pub(crate) use self::heat::{Cell, Grid, heat_map};
pub(crate) use self::lines::{Chart, Point, Series};
pub(crate) use self::mark::{icon, swatch, symbols};
pub(crate) use self::plot::{Axis, Curve, Plot, Spot};
pub(crate) use self::scale::Scale;
pub(crate) use self::strip::{Strip, spark};
pub(crate) use self::timeline::{Lanes, Picture, hand_over_swatch, mark_swatch, state_swatch};
pub(crate) use self::trend::{Break, Stop, TrendLine};

/// A coordinate: one decimal is a tenth of a pixel.
fn n(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), Into::into)
}

/// A picture with a name and a description for those who cannot see it.
fn figure(class: &str, (width, height): (f64, f64), title: &str, desc: &str, body: &Markup) -> Markup {
    html! {
        svg class=(class) viewBox={ "0 0 " (n(width)) " " (n(height)) } width=(n(width)) height=(n(height)) role="img" {
            title { (title) }
            desc { (desc) }
            (body)
        }
    }
}
