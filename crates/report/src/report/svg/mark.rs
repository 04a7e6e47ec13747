//! Marks: what stands for one value.
//!
//! What stands in hundreds of cells is drawn once a page ([`symbols`]) and used by its name elsewhere, which halves the
//! page. A figure that is saved on its own gets its marks from the script.

use maud::{Markup, html};

use super::n;
use crate::report::palette::{Key, Shape};
use crate::report::text::Plain;

/// Signs that an icon can show.
const SIGNS: [&str; 5] = ["yes", "no", "unsure", "warn", "none"];

/// Everything that is drawn once and used everywhere.
pub(crate) fn symbols() -> Markup {
    html! {
        svg.hidden aria-hidden="true" {
            @for one in Shape::ALL { g id={ "k-" (one.name()) } { (shape(one)) } }
            @for name in SIGNS { g.sign id={ "i-" (name) } { circle r="7.5" {} path d=(sign(name)) {} } }
        }
    }
}

/// The same at a place in a strip, in per cent of its width.
pub(super) fn used_at(shape: Shape, x: &str) -> Markup {
    html! { use href={ "#k-" (shape.name()) } x=(x) {} }
}

/// A model's marker at the origin of its own coordinates, about nine pixels wide.
pub(super) fn shape(shape: Shape) -> Markup {
    let (path, hollow) = match shape {
        Shape::Dash => ("M-5 -1.4H5V1.4H-5Z", false),
        Shape::Circle => ("M-4 0A4 4 0 1 1 4 0A4 4 0 1 1 -4 0Z", false),
        Shape::Ring => ("M-3.6 0A3.6 3.6 0 1 1 3.6 0A3.6 3.6 0 1 1 -3.6 0Z", true),
        Shape::Square => ("M-3.6 -3.6H3.6V3.6H-3.6Z", false),
        Shape::Frame => ("M-3.4 -3.4H3.4V3.4H-3.4Z", true),
        Shape::Diamond => ("M0 -5L5 0L0 5L-5 0Z", false),
        Shape::Lozenge => ("M0 -4.6L4.6 0L0 4.6L-4.6 0Z", true),
        Shape::Up => ("M0 -4.8L4.8 3.6H-4.8Z", false),
        Shape::Down => ("M0 4.8L4.8 -3.6H-4.8Z", false),
        Shape::Cross => ("M-3.6 -3.6L3.6 3.6M3.6 -3.6L-3.6 3.6", true),
    };
    html! { path class=(if hollow { "mark hollow" } else { "mark" }) d=(path) {} }
}

/// The marker moved to a place in a figure.
pub(super) fn marker(key: Key, x: f64, y: f64, tip: &Plain) -> Markup {
    html! {
        use href={ "#k-" (key.shape.name()) } class=(key.class) x=(n(x)) y=(n(y)) data-tip=(tip.en) data-tip-zh=[&tip.zh] {}
    }
}

/// The marker as it appears in legends and tables, beside the model's name: the style sheet knows the shape of each
/// class and cuts it out of an element with nothing in it, since there are hundreds.
pub(crate) fn swatch(key: Key) -> Markup {
    html! {
        u class={ "s " (key.class) } {}
    }
}

/// A small sign in a circle: a tick, a cross, a question mark, a dash, or an exclamation mark.
pub(crate) fn icon(name: &str) -> Markup {
    html! {
        svg class={ "icon icon-" (name) } aria-hidden="true" {
            use href={ "#i-" (name) } {}
        }
    }
}

/// The strokes of a sign.
fn sign(name: &str) -> &'static str {
    match name {
        "yes" => "M-3.2 .3L-1 2.6L3.4 -2.4",
        "no" => "M-2.6 -2.6L2.6 2.6M2.6 -2.6L-2.6 2.6",
        "unsure" => "M-2 -1.6C-2 -4.4 2.2 -4.2 2 -1.5C1.9 0 0 0 0 1.4M0 3.5V3.7",
        "warn" => "M0 -3.6V.8M0 3.3V3.6",
        _ => "M-3 0H3",
    }
}
