//! One colour and one marker for each model, the same in every picture and every run.
//!
//! Colours are CSS classes (`m-threads`), so that the style sheet owns both themes. A colour never stands alone: the
//! marker's shape tells the models apart for whoever cannot see the colour. Ids that are not known here get a colour
//! and a shape from a hash of the id. What is no model (steps of a setting) has colours that no model has.

/// Shape of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Shape {
    /// A thick dash.
    Dash,
    /// A filled circle.
    Circle,
    /// An empty circle.
    Ring,
    /// A filled square.
    Square,
    /// An empty square.
    Frame,
    /// A filled diamond.
    Diamond,
    /// An empty diamond.
    Lozenge,
    /// A triangle on its base.
    Up,
    /// A triangle on its tip.
    Down,
    /// Two crossed strokes.
    Cross,
}

impl Shape {
    /// All of them.
    pub(crate) const ALL: [Self; 10] = [
        Self::Dash,
        Self::Circle,
        Self::Ring,
        Self::Square,
        Self::Frame,
        Self::Diamond,
        Self::Lozenge,
        Self::Up,
        Self::Down,
        Self::Cross,
    ];

    /// Its name in the page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dash => "dash",
            Self::Circle => "circle",
            Self::Ring => "ring",
            Self::Square => "square",
            Self::Frame => "frame",
            Self::Diamond => "diamond",
            Self::Lozenge => "lozenge",
            Self::Up => "up",
            Self::Down => "down",
            Self::Cross => "cross",
        }
    }
}

/// How a model is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    /// CSS class that sets `--c`.
    pub(crate) class: &'static str,
    /// Its marker.
    pub(crate) shape: Shape,
}

/// Model ids with a place of their own, in the order in which tables list them.
pub(crate) const KNOWN: &[(&str, Key)] = &[
    ("serial", Key { class: "m-serial", shape: Shape::Dash }),
    ("threads", Key { class: "m-threads", shape: Shape::Circle }),
    ("rayon", Key { class: "m-rayon", shape: Shape::Ring }),
    ("processes", Key { class: "m-processes", shape: Shape::Square }),
    ("hybrid", Key { class: "m-hybrid", shape: Shape::Diamond }),
    ("gil", Key { class: "m-gil", shape: Shape::Up }),
    ("gil-legacy", Key { class: "m-gil-legacy", shape: Shape::Down }),
    ("gil-per-interpreter", Key { class: "m-gil-per-interpreter", shape: Shape::Cross }),
    ("gil-hybrid", Key { class: "m-gil-hybrid", shape: Shape::Lozenge }),
    ("free-threaded", Key { class: "m-free-threaded", shape: Shape::Frame }),
];

const OTHER: [Key; 4] = [
    Key { class: "m-other-1", shape: Shape::Cross },
    Key { class: "m-other-2", shape: Shape::Frame },
    Key { class: "m-other-3", shape: Shape::Down },
    Key { class: "m-other-4", shape: Shape::Ring },
];

/// Steps of something that has an order, such as a setting: from dark to light on a light page.
const STEPS: [Key; 4] = [
    Key { class: "step-1", shape: Shape::Circle },
    Key { class: "step-2", shape: Shape::Square },
    Key { class: "step-3", shape: Shape::Diamond },
    Key { class: "step-4", shape: Shape::Up },
];

/// What the others are held against, and is none of them.
pub(crate) const CONTEXT: Key = Key { class: "e-context", shape: Shape::Dash };

/// How the step with this number, counted from 0, is drawn; they begin again behind the last.
pub(crate) fn step(at: usize) -> Key {
    STEPS[at % STEPS.len()]
}

impl Key {
    /// The same as an outline.
    pub(crate) fn hollow(self) -> Self {
        let shape = match self.shape {
            Shape::Circle => Shape::Ring,
            Shape::Square => Shape::Frame,
            Shape::Diamond => Shape::Lozenge,
            Shape::Up | Shape::Down => Shape::Cross,
            other => other,
        };
        Self { shape, ..self }
    }
}

/// How this model is drawn.
pub(crate) fn key(model: &str) -> Key {
    let known = KNOWN.iter().find(|(id, _)| *id == model);
    known.map_or_else(|| OTHER[fnv(model) as usize % OTHER.len()], |&(_, key)| key)
}

/// Place of this model in tables and legends: known ids first, others behind them.
pub(crate) fn rank(model: &str) -> usize {
    KNOWN.iter().position(|(id, _)| *id == model).unwrap_or(KNOWN.len())
}

/// FNV-1a, because the colour of an id must not change from one build to the next.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn known_models_differ_in_colour_and_in_shape() {
        let classes: HashSet<_> = KNOWN.iter().map(|(_, key)| key.class).collect();
        let shapes: HashSet<_> = KNOWN.iter().map(|(_, key)| key.shape).collect();
        assert_eq!((classes.len(), shapes.len()), (KNOWN.len(), KNOWN.len()));
    }

    #[test]
    fn a_step_and_its_outline_differ_from_all_others() {
        let shapes: HashSet<_> = STEPS.iter().flat_map(|key| [key.shape, key.hollow().shape]).collect();
        assert_eq!(shapes.len(), 2 * STEPS.len());
        assert!(!shapes.contains(&CONTEXT.shape));
    }

    #[test]
    fn every_class_has_a_colour_in_the_style_sheet() {
        let style = include_str!("style.css");
        for key in KNOWN.iter().map(|(_, key)| key).chain(&OTHER).chain(&STEPS).chain([&CONTEXT]) {
            assert!(style.contains(&format!(".{} {{", key.class)), "{}", key.class);
        }
    }

    #[test]
    fn every_class_has_its_shape_in_the_style_sheet() {
        let style = include_str!("style.css");
        // As the sheet cuts them out, in the order of `Shape::ALL`: a rule a shape.
        let rules: Vec<&str> = style.lines().filter(|line| line.starts_with(".s.")).collect();
        for key in KNOWN.iter().map(|(_, key)| key).chain(&OTHER).chain(&STEPS).chain([&CONTEXT]) {
            let rule = Shape::ALL.iter().position(|shape| *shape == key.shape).unwrap();
            let has = |rule: &&&str| rule.split([',', ' ']).any(|selector| selector == format!(".s.{}", key.class));
            assert_eq!(rules.iter().position(|one| has(&one)), Some(rule), "{}", key.class);
            assert_eq!(rules.iter().filter(has).count(), 1, "{}", key.class);
        }
    }

    #[test]
    fn an_unknown_model_always_looks_the_same() {
        assert_eq!(key("of-my-own"), key("of-my-own"));
    }
}
