//! The same cases as another instrument saw them.

use maud::{Markup, html};

use super::{cell_of, nothing};
use crate::report::format::{self, Unit};
use crate::report::palette;
use crate::report::svg::Strip;
use crate::report::text::{Plain, counted, t};
use crate::report::{Panel, View};
use crate::run::{Metric, SecondOpinion};
use crate::stats::Estimate;

pub(super) const PANEL: Panel = Panel { id: "second-instrument", title: "Second instrument", draw };

fn draw(view: &View) -> Markup {
    let rows: Vec<(&SecondOpinion, Option<Estimate>)> =
        view.run.second_opinions.iter().map(|theirs| (theirs, ours(view, theirs))).collect();
    if rows.is_empty() {
        return nothing("No other instrument measured these cases. `cargo bench` lets criterion have a look.");
    }
    let ratios = rows.iter().filter_map(|(theirs, ours)| Some(ratio(theirs, ours.as_ref()?)));
    let mut ratios: Vec<f64> = ratios.flat_map(|ratio| [ratio.value, ratio.low, ratio.high]).collect();
    ratios.push(1.0);
    let strip = Strip::holding("second", &ratios).against(Some(1.0));
    html! {
        div.scroll {
            table.rows {
                thead { tr {
                    th scope="col" { (t("Case")) } th scope="col" { (t("Model")) } th.num scope="col" { (t("Ours")) }
                    th.num scope="col" { (t("Theirs")) }
                    th.strip-cell scope="col" { (strip.axis(|tick| format::tick(tick, Unit::Ratio))) }
                    th.num scope="col" { (t("Ratio")) }
                } }
                tbody { @for (theirs, ours) in &rows { (row(theirs, ours.as_ref(), &strip)) } }
            }
        }
    }
}

/// Our time per step of the same case.
fn ours(view: &View, theirs: &SecondOpinion) -> Option<Estimate> {
    let same = |case: &&crate::run::CaseResult| {
        (case.kernel.as_str(), case.model.as_str(), case.workers)
            == (theirs.kernel.as_str(), theirs.model.as_str(), theirs.workers)
    };
    let case = view.plain().find(same)?;
    let steps = case.steps.max(1) as f64;
    Some(view.run.level(case, Metric::Compute)?.map(|ns| ns / steps))
}

/// Theirs over ours; the interval is theirs, seen from our median.
fn ratio(theirs: &SecondOpinion, ours: &Estimate) -> Estimate {
    theirs.ns_per_step.map(|ns| ns / ours.value)
}

fn row(theirs: &SecondOpinion, ours: Option<&Estimate>, strip: &Strip) -> Markup {
    let ratio = ours.map(|ours| ratio(theirs, ours));
    html! {
        tr {
            th scope="row" { (theirs.kernel) ", " (counted(theirs.workers, "worker")) }
            td { (cell_of(&theirs.model)) }
            td.num { (ours.map_or("–".into(), |ours| format::estimate(ours, Unit::Time))) }
            td.num title=(theirs.instrument) { (format::estimate(&theirs.ns_per_step, Unit::Time)) " " small { (theirs.instrument) } }
            td.strip-cell {
                @if let Some(ratio) = &ratio { (strip.estimate(ratio, None, palette::key(&theirs.model), &Plain::same(theirs.instrument.as_str()))) }
            }
            td.num { (ratio.map_or("–".into(), |ratio| format::quantity(ratio.value, Unit::Ratio))) }
        }
    }
}
