//! How it was measured, by which rules it is judged, and how to repeat it.

use maud::{Markup, html};

use super::machine::sheet;
use crate::report::format::{self, Unit};
use crate::report::{Panel, View};
use crate::run::Run;

pub(super) const PANEL: Panel = Panel { id: "method", title: "How it was measured", draw };

/// Words of this report.
const GLOSSARY: [(&str, &str); 14] = [
    ("kernel", "A workload. It is written once and runs under every model, with the same total work and checksum."),
    ("bound", "What limits a kernel: the processor (CPU), input and output (IO), or both in turn (mixed)."),
    ("step", "The smallest unit of a kernel's work; it returns a checksum."),
    ("worker", "One thread or one process that does steps."),
    ("model", "How workers are arranged: serial, threads, processes, both, and each under a global lock."),
    ("case", "A kernel under a model with a number of workers. Hybrids are written processes×threads."),
    ("sample", "One execution of a case by a fresh team of workers."),
    ("round", "All cases of a group once, in a random balanced order. Cases are compared only inside rounds."),
    ("speedup", "Time of the serial case over time of this one, median over rounds."),
    ("hand-over", "The lock goes to another worker than its last holder."),
    ("switch interval", "How long a waiter waits before it asks the holder to let go of the lock."),
    ("A/A arm", "The same case measured twice under two labels; any difference is the instrument's."),
    ("neutral control", "Pure arithmetic on one thread, measured all along; it shows drift of the machine."),
    ("PSS", "Proportional set size: memory in which a page shared by n processes counts one n-th in each."),
];

fn draw(view: &View) -> Markup {
    html! {
        div.sheets { (sheet("Plan", &plan(view.run))) (sheet("Time", &time(view.run))) }
        (rules(view.run))
        h3 { "To repeat it" }
        pre { code { (command(view.run)) } }
        details { summary { "Words used here" } dl.glossary { @for (word, meaning) in GLOSSARY { dt { (word) } dd { (meaning) } } } }
        details {
            summary { "Models and kernels of this run" }
            dl.glossary {
                @for model in &view.run.models { dt { (super::model(&model.id)) } dd { (model.summary) } }
                @for kernel in &view.run.kernels { dt { (kernel.id) } dd { (kernel.summary) } }
            }
        }
    }
}

fn plan(run: &Run) -> Vec<(&'static str, String)> {
    let plan = &run.plan;
    vec![
        ("Profile", plan.profile.name().into()),
        ("Rounds", format!("{}, of which the first {} discarded", plan.rounds, plan.discarded_rounds)),
        ("Fewest rounds for a verdict", plan.floor_rounds.to_string()),
        ("Stops once intervals are within", format::quantity(plan.target_width, Unit::Share)),
        ("Order", format!("random and balanced, seed {}", plan.seed)),
        ("Workers", plan.workers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        ("Processes start by", plan.start_method.name().into()),
        ("Switch interval of the lock", format::time(plan.knobs.switch_interval_us as f64 * 1e3)),
    ]
}

fn time(run: &Run) -> Vec<(&'static str, String)> {
    let samples: usize = run.cases.iter().map(|case| case.samples.len()).sum();
    vec![
        ("Begun", run.started_at.clone()),
        ("Took", format::duration(run.elapsed_s)),
        ("Budget", format::duration(run.plan.budget_s)),
        ("Inside samples", format::quantity(run.in_samples, Unit::Share)),
        ("Cases", run.cases.len().to_string()),
        ("Samples", format::fixed(samples as f64, 0)),
        ("Written by", run.generator.clone()),
        ("Format", format!("version {}", run.schema)),
    ]
}

fn rules(run: &Run) -> Markup {
    html! {
        h3 { "Rules" }
        ul.notes {
            li { "The unit of the experiment is a fresh team of workers in a round, never an iteration inside one." }
            li { "Two cases are compared by ln(time a / time b) in each round they share, so that drift of the machine cancels." }
            li { "An estimate is the median over rounds with the exact 95 % order-statistic interval, which takes at least six rounds; with fewer the number stands without an interval." }
            li { "A claim is supported if the whole interval lies on the claimed side of its bound, refuted if it lies wholly on the other side, and otherwise inconclusive. “The same” means the whole interval lies inside a margin." }
            li { "A verdict needs " (run.plan.floor_rounds) " kept rounds. Start-up, work and teardown are three numbers; speedups are of the work alone." }
            li { "If the A/A arm finds a difference, the run decides nothing." }
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
