//! What if: one's own work, from the constants of this machine.
//!
//! The sliders belong to the script; without it the table below them answers for typical jobs. Both come from the bounds
//! of `predict`, which answer at once; the command beside them asks the simulation.

use maud::{Markup, html};

use super::{cell_of, model, nothing};
use crate::predict::{SKETCHED, Sketch, SketchedJob as Job, Standing, State};
use crate::report::format::{self, Unit};
use crate::report::text::{t, tf};
use crate::report::{Panel, View};

pub(super) const PANEL: Panel = Panel { id: "what-if", title: "What if", draw };

/// Typical jobs: computing and waiting, in nanoseconds.
const JOBS: [(f64, f64); 5] = [(1e5, 0.0), (1e7, 0.0), (1e5, 1e7), (3e5, 2e6), (1e6, 1e6)];

/// A slider: id, name, the powers of ten it spans (or of two), where it starts.
struct Slider {
    id: &'static str,
    name: &'static str,
    least: f64,
    most: f64,
    step: f64,
    start: f64,
}

const SLIDERS: [Slider; 5] = [
    Slider { id: "cpu", name: "Computing of a job", least: 0.0, most: 6.0, step: 0.05, start: 2.5 },
    Slider { id: "io", name: "Waiting of a job", least: -0.05, most: 6.0, step: 0.05, start: 3.3 },
    Slider { id: "bytes", name: "Bytes passed for a job", least: -1.0, most: 24.0, step: 1.0, start: -1.0 },
    Slider { id: "workers", name: "Workers", least: 0.0, most: 8.0, step: 1.0, start: 3.0 },
    Slider { id: "cores", name: "Cores", least: 0.0, most: 7.0, step: 1.0, start: 1.0 },
];

fn draw(view: &View) -> Markup {
    let Some(sketch) = Sketch::of(view.run) else {
        return nothing("The run holds no constants to answer from: `gilbench run` measures them.");
    };
    html! {
        (sliders(&sketch))
        (trust(view, &sketch))
        h3 { (t("Typical jobs on this machine and on larger ones")) }
        (table(view, &sketch))
    }
}

fn sliders(sketch: &Sketch) -> Markup {
    let constants = serde_json::json!({ "constants": sketch, "models": SKETCHED, "checks": checks(sketch) });
    let cores = (sketch.measured_cores.max(1) as f64).log2().round();
    html! {
        div.what-if.scripted hidden data-what-if=(constants) {
            div.sliders {
                @for slider in &SLIDERS {
                    @let start = if slider.id == "cores" { cores } else { slider.start };
                    label {
                        span { (t(slider.name)) } output for={ "what-" (slider.id) } {}
                        input id={ "what-" (slider.id) } type="range" min=(slider.least) max=(slider.most) step=(slider.step)
                            value=(start) autocomplete="off" disabled[slider.id == "bytes" && sketch.passing_ns.is_none()];
                    }
                }
                @if sketch.passing_ns.is_none() {
                    p.rule { (tf("This run did not measure what passing bytes costs: {0} does.", &[&html! { code { "--probe crossover" } }])) }
                }
            }
            div #what-answer role="group" aria-label="Jobs a second" data-zh-label="每秒工作数" {
                @for id in SKETCHED {
                    div.rate data-model=(id) { (model(id)) svg.bar width="100%" height="10" aria-hidden="true" { rect height="10" rx="2" width="0%" {} } b {} small {} }
                }
                p #what-basis role="status" {}
                p.rule { (t("The simulation of the same:")) " " code #what-command {} }
            }
        }
    }
}

/// Answers that the script must come to as well.
fn checks(sketch: &Sketch) -> Vec<(Job, usize, usize, Vec<f64>)> {
    let of = |(at, (cpu_ns, io_ns)): (usize, (f64, f64))| {
        let (job, workers, cores) = (Job { cpu_ns, io_ns, bytes: 4096.0 * at as f64 }, 3 * (at + 1), at + 2);
        (job, workers, cores, SKETCHED.iter().filter_map(|id| sketch.rate(id, &job, workers, cores)).collect())
    };
    JOBS.into_iter().enumerate().map(of).collect()
}

fn trust(view: &View, sketch: &Sketch) -> Markup {
    html! {
        @if let Some(trust) = sketch.trust(view.run) {
            p.why {
                (tf("Held against {0} measured cases of this run, these bounds are off by {1} in the median and by {2} at worst.", &[
                    &trust.cases, &format::quantity(trust.median_error, Unit::Share), &format::quantity(trust.worst_error, Unit::Share),
                ]))
            }
        }
        @for id in SKETCHED { @if let Some(standing) = Standing::of(view.run, id) {
            @if standing.state == State::NotValidated {
                p.why { (tf("{0} was not validated on this machine: {1} puts real interpreters beside it.", &[
                    &model(id), &html! { code { "gilbench validate" } },
                ])) }
            } @else if standing.state == State::Missed {
                p.why { (tf("{0} misses a goal beside a real interpreter: its figures are not to be relied on (see “Real interpreters”).", &[
                    &model(id),
                ])) }
            }
        } }
    }
}

/// Why a model's figures are to be doubted, in a word beside its name.
fn doubt(view: &View, model: &str) -> Option<&'static str> {
    match Standing::of(view.run, model)?.state {
        State::NotValidated => Some("not validated"),
        State::Undecided => Some("undecided"),
        State::Missed => Some("missed"),
        State::NotApplicable | State::Validated => None,
    }
}

fn table(view: &View, sketch: &Sketch) -> Markup {
    let here = sketch.measured_cores.max(1);
    let mut sizes: Vec<usize> = [here, 8, 64].into_iter().filter(|cores| *cores >= here).collect();
    sizes.dedup();
    html! {
        div.scroll {
            table.plain data-sortable="" {
                thead { tr {
                    th.first scope="col" { (t("Job")) } th.num scope="col" { (t("Workers")) } th.num scope="col" { (t("Cores")) }
                    @for id in SKETCHED { th.num scope="col" {
                        (cell_of(id)) @if let Some(word) = doubt(view, id) { " " span.flag { (t(word)) } }
                    } }
                } }
                tbody { @for (cpu_ns, io_ns) in JOBS { @for &cores in &sizes {
                    @let job = Job { cpu_ns, io_ns, bytes: 0.0 };
                    @let workers = if io_ns > 0.0 { cores * 4 } else { cores };
                    tr {
                        th.first scope="row" {
                            (format::tick(cpu_ns, Unit::Time)) " CPU" @if io_ns > 0.0 { " + " (format::tick(io_ns, Unit::Time)) " IO" }
                        }
                        td.num data-value=(workers) { (workers) }
                        td.num data-value=(cores) { (cores) @if cores != here { " " span.flag { (t("extrapolated")) } } }
                        @for id in SKETCHED { (rate(sketch.rate(id, &job, workers, cores))) }
                    }
                } } }
            }
        }
    }
}

fn rate(rate: Option<f64>) -> Markup {
    html! { td.num data-value=[rate.map(format::sortable)] { (rate.map_or("–".into(), |rate| format::quantity(rate, Unit::Other("/s")))) } }
}
