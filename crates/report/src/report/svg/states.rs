//! How what a worker does to its lock is drawn: the same in the timeline and in its legend.

use maud::{Markup, html};

use super::mark::shape;
use super::n;
use crate::report::palette::Shape;
use crate::run::timeline::{Mark, State};

/// Half the height of a hold.
pub(super) const HALF: f64 = 10.0;

/// Half the height of a state, which tells it from the others without its colour.
pub(super) fn half(state: State) -> f64 {
    match state {
        State::Held => HALF,
        State::Waiting => 5.0,
        State::Switching => 2.5,
        State::Detached => 0.75,
    }
}

/// The class of a state.
pub(super) fn class(state: State) -> &'static str {
    match state {
        State::Held => "t-held",
        State::Waiting => "t-waiting",
        State::Switching => "t-switching",
        State::Detached => "t-detached",
    }
}

/// The class of a mark.
pub(super) fn mark_class(mark: Mark) -> &'static str {
    match mark {
        Mark::Request => "t-request",
        Mark::Barge => "t-barge",
        Mark::Overtaken => "t-overtaken",
    }
}

/// The shape of a mark.
pub(super) fn mark_shape(mark: Mark) -> Shape {
    match mark {
        Mark::Request => Shape::Down,
        Mark::Barge => Shape::Diamond,
        Mark::Overtaken => Shape::Cross,
    }
}

/// The sign of a state in a legend.
pub(crate) fn state_swatch(state: State) -> Markup {
    let half = half(state);
    html! {
        svg.swatch width="22" height="20" viewBox="0 -10 22 20" aria-hidden="true" {
            path class=(class(state)) d=(format!("M0 {}h22v{}h-22Z", n(-half), n(2.0 * half))) {}
        }
    }
}

/// The sign of a mark in a legend.
pub(crate) fn mark_swatch(mark: Mark) -> Markup {
    html! {
        svg class={ "swatch " (mark_class(mark)) } width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true" {
            (shape(mark_shape(mark)))
        }
    }
}

/// The sign of a hand-over in a legend.
pub(crate) fn hand_over_swatch(forced: bool) -> Markup {
    html! {
        svg.swatch width="14" height="18" viewBox="-7 -9 14 18" aria-hidden="true" {
            g class=(if forced { "hand-over" } else { "hand-over own" }) {
                line x1="0" x2="0" y1="-8" y2="4" {}
                path d="M0 8l-3.2 -6h6.4Z" {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_its_look_in_the_style_sheet() {
        let style = include_str!("../style.css");
        let states = State::ALL.into_iter().map(class);
        for class in states.chain(Mark::ALL.into_iter().map(mark_class)).chain(["hand-over", "hit"]) {
            assert!(style.contains(&format!(".{class} ")), "{class}");
        }
    }

    #[test]
    fn states_differ_in_height() {
        let mut heights = State::ALL.map(half);
        heights.sort_by(f64::total_cmp);
        assert!(heights.windows(2).all(|pair| pair[1] >= pair[0] * 1.9), "{heights:?}");
    }
}
