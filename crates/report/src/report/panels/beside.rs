//! Two runs beside each other: every case of one against the same case of the other, as a forest.
//!
//! The runs were made at different times, so that their rounds are not paired; what is drawn is the ratio of two medians
//! with an interval that adds both runs' doubts, and no verdict is built upon it. On another machine a time says nothing
//! about the change; the speedup over serial, inside each run, does.

use maud::{Markup, html};

use super::{cell_of, nothing};
use crate::report::format::{self, Unit};
use crate::report::palette;
use crate::report::svg::{Strip, icon};
use crate::report::text::{t, tf};
use crate::report::view::{BASELINE, shape};
use crate::report::{Panel, View};
use crate::run::{CaseResult, Machine, Metric, Role, Run};
use crate::stats::Estimate;

pub(super) const PANEL: Panel = Panel { id: "beside", title: "Two runs beside each other", draw };

/// Two runs closer than this are the same, whatever their intervals.
const LEAST_MARGIN: f64 = 0.01;

/// A case of both runs.
struct Pair<'a> {
    case: &'a CaseResult,
    base: Estimate,
    head: Estimate,
    /// Head over base; below 1 is better.
    ratio: Estimate,
}

fn draw(view: &View) -> Markup {
    let Some(base) = view.base else {
        return nothing("There is one run only: `gilbench report BASE.json HEAD.json` shows two.");
    };
    let same = same_machine(&base.machine, &view.run.machine);
    let (pairs, changed) = (pairs(view, base, same), changed_kernels(view.run, base));
    let changed = html! {
        @for (kernel, revision) in changed {
            p.why { (tf("{0} measures something else since its revision {1}, so its cases are not compared.", &[&kernel, &revision])) }
        }
    };
    if pairs.is_empty() {
        return html! { (nothing("The two runs have no case in common.")) (changed) };
    }
    let margin = margin(view).max(margin(&View::new(base, &[])));
    let ends = pairs.iter().flat_map(|pair| [pair.ratio.value, pair.ratio.low, pair.ratio.high]);
    let mut ends: Vec<f64> = ends.filter(|end| end.is_finite()).collect();
    ends.extend([1.0, 1.0 - margin, 1.0 + margin]);
    let strip = Strip::holding("beside", &ends).against(Some(1.0));
    html! {
        p.why {
            (tf("Base: {0}, {1}. Head: {2}, {3}. Margin ±{4}.", &[
                &base.started_at, &base.machine.cpu.model, &view.run.started_at, &view.run.machine.cpu.model,
                &format::quantity(margin, Unit::Share),
            ]))
            " "
            @if same { (t("Both were made on a machine of the same kind, so times are compared.")) }
            @else { (t("The machines differ, so only speedups over serial are compared, inside each run.")) }
        }
        (changed)
        div.scroll.tall {
            table.rows data-sortable="" {
                thead { tr {
                    th.first scope="col" { (t("Kernel")) } th scope="col" { (t("Model")) } th.num scope="col" { (t("Workers")) }
                    th.strip-cell scope="col" { span.hidden { (t("Ratio")) } (strip.axis(|tick| format::tick(tick, Unit::Ratio))) }
                    th.num scope="col" { (t("Ratio")) } th.num scope="col" { (t("Base")) } th.num scope="col" { (t("Head")) }
                    th scope="col" { (t("Seen")) }
                } }
                tbody { @for pair in &pairs { (row(pair, &strip, margin, same)) } }
            }
        }
    }
}

/// The key of a series: what makes times comparable.
fn same_machine(a: &Machine, b: &Machine) -> bool {
    let key = |m: &Machine| {
        (m.cpu.model.clone(), m.cpu.usable, m.cpu.quota.map(f64::to_bits), m.os.clone(), m.build.compiler.clone())
    };
    key(a) == key(b)
}

/// Kernels of both runs that are of different revisions, with the later one.
fn changed_kernels<'a>(run: &'a Run, base: &Run) -> Vec<(&'a str, u32)> {
    let both = run.kernels.iter().filter_map(|ours| Some((ours, base.kernel(&ours.id)?)));
    let changed = both.filter(|(ours, theirs)| ours.revision != theirs.revision);
    changed.map(|(ours, theirs)| (ours.id.as_str(), ours.revision.max(theirs.revision))).collect()
}

fn pairs<'a>(view: &View<'a>, base: &Run, same: bool) -> Vec<Pair<'a>> {
    let others = View::new(base, &[]);
    let value = |view: &View, case: &CaseResult| {
        if same {
            let steps = case.steps.max(1) as f64;
            return Some(view.run.level(case, Metric::Compute)?.map(|ns| ns / steps));
        }
        // Time over serial, so that less is better in either case.
        let speedup = view.speedup(case).filter(|_| case.model != BASELINE)?;
        Some(Estimate { value: 1.0 / speedup.value, low: 1.0 / speedup.high, high: 1.0 / speedup.low, ..speedup })
    };
    let both = view.run.cases.iter().filter(|case| case.role == Role::Case && !case.failed);
    let pair = |case: &'a CaseResult| {
        let other = base.case(&case.id).filter(|other| !other.failed)?;
        let (base, head) = (value(&others, other)?, value(view, case)?);
        Some(Pair { case, base, head, ratio: ratio(&head, &base)? })
    };
    both.filter_map(pair).collect()
}

/// Head over base; the half widths of both logarithms add as those of independent errors do.
fn ratio(head: &Estimate, base: &Estimate) -> Option<Estimate> {
    let middle = (head.value / base.value).ln();
    let half = |of: &Estimate| ((of.high / of.value).ln(), (of.value / of.low).ln());
    let ((head_up, head_down), (base_up, base_down)) = (half(head), half(base));
    let ends = (middle - head_down.hypot(base_up), middle + head_up.hypot(base_down));
    let bounded = head.is_bounded() && base.is_bounded();
    let (low, high) = if bounded { (ends.0.exp(), ends.1.exp()) } else { (f64::NEG_INFINITY, f64::INFINITY) };
    middle.is_finite().then(|| Estimate { value: middle.exp(), low, high, level: 0.95, n: head.n.min(base.n) })
}

/// Twice what the A/A arm spreads, as a share.
fn margin(view: &View) -> f64 {
    let spread = |ratio: &Estimate| if ratio.is_bounded() { (ratio.high - ratio.low) / 2.0 } else { 0.0 };
    view.twins().iter().map(|(_, ratio)| 2.0 * spread(ratio)).fold(LEAST_MARGIN, f64::max)
}

fn row(pair: &Pair, strip: &Strip, margin: f64, same: bool) -> Markup {
    let unit = if same { Unit::Time } else { Unit::Ratio };
    let (sign, word) = match &pair.ratio {
        ratio if ratio.is_above(1.0 + margin) => ("no", "slower"),
        ratio if ratio.is_below(1.0 - margin) => ("yes", "faster"),
        ratio if ratio.low > 1.0 - margin && ratio.high < 1.0 + margin => ("none", "the same"),
        _ => ("unsure", "cannot be told"),
    };
    let tip = format!("{}: {}", pair.case.id, format::estimate(&pair.ratio, Unit::Ratio)).into();
    let bounds = [1.0 - margin, 1.0 + margin];
    html! {
        tr {
            th.first scope="row" { (pair.case.kernel) } td { (cell_of(&pair.case.model)) }
            td.num data-value=(pair.case.workers) { (shape(pair.case)) }
            td.strip-cell data-value=(format::sortable(pair.ratio.value)) { (strip.bounded(&pair.ratio, &bounds, palette::key(&pair.case.model), &tip)) }
            td.num data-value=(format::sortable(pair.ratio.value)) {
                b { (format::quantity(pair.ratio.value, Unit::Ratio)) } " " small { (format::interval(&pair.ratio, Unit::Ratio)) }
            }
            td.num data-value=(format::sortable(pair.base.value)) { (format::quantity(pair.base.value, unit)) }
            td.num data-value=(format::sortable(pair.head.value)) { (format::quantity(pair.head.value, unit)) }
            td { span.holds { (icon(sign)) (t(word)) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Bound;
    use crate::run::synthetic::Synthetic;

    fn at(value: f64, half: f64) -> Estimate {
        Estimate { value, low: value * (1.0 - half), high: value * (1.0 + half), level: 0.95, n: 12 }
    }

    #[test]
    fn a_ratio_is_as_doubtful_as_both_of_its_sides() {
        let ratio = ratio(&at(3.0, 0.03), &at(2.0, 0.04)).unwrap();
        assert!((ratio.value - 1.5).abs() < 1e-12);
        assert!((ratio.high / ratio.value - 1.05).abs() < 2e-3, "{ratio:?}");
        assert!(super::ratio(&at(0.0, 0.0), &at(2.0, 0.0)).is_none());
    }

    #[test]
    fn a_run_beside_itself_is_the_same_and_a_slower_one_is_slower() {
        let mut made = Synthetic::new(2).noise(0.001);
        for kernel in ["primes", "sort", "matmul"] {
            made = made.kernel(kernel, Bound::Cpu, None).case(kernel, "serial", (1, 1), 200.0, 200.0);
            made = made.case(kernel, "threads", (1, 2), 100.0, 200.0);
        }
        let base = made.build();
        let mut head = base.clone();
        let words = |head: &Run| {
            let html = draw(&View { base: Some(&base), ..View::new(head, &[]) }).into_string();
            ["slower", "faster", "the same"].map(|word| html.matches(&format!("</svg><i>{word}<")).count())
        };
        assert_eq!(words(&head), [0, 0, 6]);
        let slow = head.cases.iter_mut().find(|case| case.id == "primes/threads/2").unwrap();
        slow.samples.iter_mut().for_each(|sample| sample.parts.compute_ns *= 2);
        assert_eq!(words(&head), [1, 0, 5]);
        let other = |kernel: &str, revision| {
            let made = Synthetic::new(2).kernel(kernel, Bound::Cpu, None).revision(revision);
            made.case(kernel, "serial", (1, 1), 200.0, 200.0).build()
        };
        let (one, mut two) = (other("mmap", 1), other("mmap", 2));
        let beside = |head: &Run| draw(&View { base: Some(&one), ..View::new(head, &[]) }).into_string();
        assert!(
            beside(&two).contains("no case in common")
                && beside(&two).contains("mmap measures something else since its revision 2")
        );
        two = other("sort", 2);
        assert!(!beside(&two).contains("something else"), "a kernel of one run alone has not changed");
        head.machine.cpu.model = "another".into();
        assert!(
            draw(&View { base: Some(&base), ..View::new(&head, &[]) })
                .into_string()
                .contains("only speedups over serial")
        );
    }
}
