//! Reference counts: what is lost without a lock, and what each way of not losing any costs.

use maud::{Markup, html};

use super::nothing;
use crate::report::format::{self, Unit};
use crate::report::palette::{self, Key};
use crate::report::svg::{Strip, swatch};
use crate::report::text::{say, t};
use crate::report::{Panel, View};
use crate::stats::Estimate;

pub(super) const PANEL: Panel = Panel { id: "reference-counts", title: "Reference counts", draw };

const PROBE: &str = "refcount";

/// Ways of counting, as the readings and as people name them.
const SCHEMES: [(&str, &str); 4] = [
    ("none", "plain, no lock"),
    ("lock", "plain, under the lock"),
    ("atomic", "atomic"),
    ("biased", "biased: the owner counts without atomics"),
];

/// One way of counting references to one kind of object.
#[derive(Debug)]
struct Row {
    name: &'static str,
    key: Key,
    shared: bool,
    ns: Estimate,
    /// The most of all rounds: what happened once has happened.
    lost: f64,
}

fn draw(view: &View) -> Markup {
    let rows = rows(view);
    if rows.is_empty() {
        return nothing(
            "No references were counted. Run `gilbench run --kernel none --model none --probe refcount` to count some.",
        );
    }
    let ends: Vec<f64> = rows.iter().map(|row| row.ns.value).filter(|ns| *ns > 0.0).collect();
    let strip = Strip::holding("references", &ends);
    html! {
        div.scroll {
            table.rows {
                thead { tr {
                    th scope="col" { (t("Object")) } th scope="col" { (t("Counted")) }
                    th.strip-cell scope="col" { (strip.axis(|tick| format::tick(tick, Unit::Time))) }
                    th.num scope="col" { (t("An increment")) } th.num scope="col" { (t("Most lost in a round")) }
                } }
                tbody { @for row in &rows { (line(row, &strip)) } }
            }
        }
    }
}

fn rows(view: &View) -> Vec<Row> {
    let places = [("shared", true), ("private", false)];
    let both = places.into_iter().flat_map(|place| SCHEMES.into_iter().enumerate().map(move |scheme| (place, scheme)));
    let row = |((place, shared), (at, (id, name)))| {
        let lost = view.readings(PROBE).find(|reading| reading.name == format!("{id}/{place}/lost"))?;
        let lost = lost.values.iter().copied().fold(0.0, f64::max);
        Some(Row { name, key: palette::step(at), shared, ns: view.reading(PROBE, &format!("{id}/{place}/ns"))?, lost })
    };
    both.filter_map(row).collect()
}

fn line(row: &Row, strip: &Strip) -> Markup {
    let object = if row.shared { "shared" } else { "one each" };
    let time = format::estimate(&row.ns, Unit::Time);
    let tip = say("{0}, {1}: {2}", &[&say(row.name, &[]), &say(object, &[]), &time]);
    html! {
        tr {
            td { (t(object)) }
            th scope="row" { (swatch(row.key)) (t(row.name)) }
            td.strip-cell { (strip.estimate(&row.ns, None, row.key, &tip)) }
            td.num { b { (format::time(row.ns.value)) } " " small { (format::interval(&row.ns, Unit::Time)) } }
            td.num { @if row.lost > 0.0 { b { (format::plain(row.lost)) } } @else { "0" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::synthetic::Synthetic;

    #[test]
    fn every_way_of_counting_has_a_row_for_each_object() {
        let mut made = Synthetic::new(2).noise(0.0);
        for (scheme, _) in SCHEMES {
            for place in ["shared", "private"] {
                let lost = if scheme == "none" && place == "shared" { 40e6 } else { 0.0 };
                made = made.reading(PROBE, &format!("{scheme}/{place}/ns"), "ns", 3.0);
                made = made.reading(PROBE, &format!("{scheme}/{place}/lost"), "", lost);
            }
        }
        let run = made.build();
        let html = draw(&View::new(&run, &[])).into_string();
        assert_eq!(html.matches("<th scope=\"row\">").count(), 8);
        assert_eq!(html.matches("<td class=\"num\">0</td>").count(), 7, "{html}");
        assert!(html.contains("40,000,000"), "{html}");
    }

    #[test]
    fn without_readings_the_command_is_named() {
        let run = Synthetic::new(2).build();
        assert!(draw(&View::new(&run, &[])).into_string().contains("--probe refcount"));
    }
}
