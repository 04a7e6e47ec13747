//! How it was measured, by which rules it is judged, and how to repeat it.

use maud::{Markup, html};

use super::machine::sheet;
use crate::report::format::{self, Unit};
use crate::report::text::{self, Plain, came, say, t, tf};
use crate::report::{Panel, View};
use crate::run::Run;

pub(super) const PANEL: Panel = Panel { id: "method", title: "How it was measured", draw };

fn draw(view: &View) -> Markup {
    html! {
        div.sheets { (sheet("Plan", &plan(view.run))) (sheet("Time", &time(view.run))) }
        (rules(view.run))
        h3 { (t("To repeat it")) }
        pre { code { (command(view.run)) } }
        details { summary { (t("Words used here")) } dl.glossary {
            @for (word, meaning, chinese, meant) in text::GLOSSARY {
                dt id=(text::anchor(word)) { (text::both(word, Some(chinese), &[])) } dd { (text::both(meaning, Some(meant), &[])) }
            }
        } }
        details {
            summary { (t("Models and kernels of this run")) }
            dl.glossary {
                @for model in &view.run.models { dt { (super::model(&model.id)) } dd { (came(&model.summary)) } }
                @for kernel in &view.run.kernels { dt { (kernel.id) } dd { (came(&kernel.summary)) } }
            }
        }
    }
}

fn plan(run: &Run) -> Vec<(&'static str, Plain)> {
    let plan = &run.plan;
    vec![
        ("Profile", say(plan.profile.name(), &[])),
        ("Rounds", say("{0}, of which the first {1} discarded", &[&plan.rounds, &plan.discarded_rounds])),
        ("Fewest rounds for a verdict", plan.floor_rounds.to_string().into()),
        ("Stops once intervals are within", stops_within(plan.target_width).into()),
        ("Order", say("random and balanced, seed {0}", &[&plan.seed])),
        ("Workers", plan.workers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ").into()),
        ("Processes start by", Plain::same(plan.start_method.name())),
        ("Switch interval of the lock", format::time(plan.knobs.switch_interval_us as f64 * 1e3).into()),
    ]
}

/// How narrow intervals must be: the profile's width, and up to four times that where verdicts ask less closely.
fn stops_within(width: f64) -> String {
    let share = |width| format::quantity(width, Unit::Share);
    format!("{} – {}", share(width), share(4.0 * width))
}

fn time(run: &Run) -> Vec<(&'static str, Plain)> {
    let repeats = run.all_repeats();
    let samples: usize = run.cases.iter().map(|case| case.samples.len()).sum();
    vec![
        ("Begun", run.started_at.clone().into()),
        ("Took", format::duration(run.elapsed_s).into()),
        ("Budget", format::duration(run.plan.budget_s).into()),
        ("Inside samples", format::quantity(run.in_samples, Unit::Share).into()),
        ("Cases", run.cases.len().to_string().into()),
        ("Samples", format::fixed(samples as f64, 0).into()),
        (
            "Disturbed by other programs",
            say("{0} of {1}; rounds lost: {2}", &[&repeats.disturbed, &repeats.watched, &repeats.lost]),
        ),
        ("Written by", run.generator.clone().into()),
        ("Format", say("version {0}", &[&run.schema])),
    ]
}

fn rules(run: &Run) -> Markup {
    html! {
        h3 #rules { (t("Rules")) }
        ul.notes {
            li { (t("The unit of the experiment is a fresh team of workers in a round, never an iteration inside one.")) }
            li { (t("Two cases are compared by ln(time a / time b) in each round they share, so that drift of the machine cancels.")) }
            li { (t("An estimate is the median over rounds with the exact 95 % order-statistic interval, which takes at least six rounds; with fewer the number stands without an interval.")) }
            li { (t("A claim is supported if the whole interval lies on the claimed side of its bound, refuted if it lies wholly on the other side, and otherwise inconclusive. “The same” means the whole interval lies inside a margin.")) }
            li { (tf("A verdict on what was timed needs {0} kept rounds. Start-up, work and teardown are three numbers; speedups are of the work alone.", &[&run.plan.floor_rounds])) }
            li { (t("What is counted, such as “never”, needs three kept rounds and a thousand chances, or 36 where each takes a program of its own. With what never happened stands the rate that it has at most (one-sided, 95 %).")) }
            li { (t("If an A/A arm finds a difference, failed or is missing, or others took more than a third of the CPU time, the run decides nothing that was timed. What was counted is decided all the same.")) }
            li { (t("A sample is disturbed if a worker had to wait for a processor for over 2 % of its length, or if other programs took CPU time that did not fit on idle processors. It counts in nothing and is repeated in its round, at most twice. The limits are fixed by the discarded round; the sample's own time is never looked at.")) }
        }
    }
}

/// The command that measures the same again.
fn command(run: &Run) -> String {
    let plan = &run.plan;
    let workers: Vec<String> = plan.workers.iter().map(ToString::to_string).collect();
    let workers = if workers.is_empty() { String::new() } else { format!(" --workers {}", workers.join(",")) };
    format!("gilbench run --profile {} --budget {}s --seed {}{workers}", plan.profile.name(), plan.budget_s, plan.seed)
}
