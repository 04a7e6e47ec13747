//! `gilbench predict`: what would this be on a machine one does not have?

use std::fmt::Write as _;
use std::path::Path;

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use super::args::PredictArguments;
use super::{FINE, origin, output};
use crate::error::{Error, Result};
use crate::predict::{self, Answer, Basis, Beside, Check, Constants, Prediction, Request, State, Unit};
use crate::report::format;
use crate::run::origin::Origin;
use crate::run::validation::Agreement;
use crate::run::{Bound, Run};

pub(super) fn predict(arguments: &PredictArguments) -> anyhow::Result<i32> {
    if let Some(path) = &arguments.check {
        let run = read(path)?;
        let check = predict::check(&run)?;
        let from = [Origin::of_run(path, &run)];
        origin::answer(&from, arguments.json, &serde_json::json!({"check": check}), || check_text(&check))?;
        return Ok(FINE);
    }
    let run = read(arguments.run())?;
    let request = arguments.request(run.cores());
    let answer = predict::predict(&run, &request)?;
    let from = [Origin::of_run(arguments.run(), &run)];
    origin::answer(&from, arguments.json, &answer, || text(&request, &answer))?;
    Ok(FINE)
}

/// The run and the validation beside it; if there is no run, the error says how to come by one.
fn read(path: &Path) -> Result<Run> {
    if path.exists() {
        return origin::read_whole(path);
    }
    let reason = "there is no such run; the constants come from one: `gilbench run` measures it in a minute".into();
    Err(Error::File { path: path.display().to_string(), reason })
}

fn text(request: &Request, answer: &Answer) -> String {
    let us = |us: f64| format::time(us * 1e3);
    let mut text = format!(
        "Jobs of {} CPU and {} IO, {} on {}, switch interval {:?}\n",
        us(request.cpu_us),
        us(request.io_us),
        format::count(request.workers, "worker"),
        format::count(request.cores, "core"),
        request.interval,
    );
    let here = format::count(answer.measured_cores, "core");
    let _ = if answer.extrapolated {
        writeln!(text, "extrapolated: this machine has {here}, and nothing checks what is said of more or fewer")
    } else {
        writeln!(text, "not extrapolated: this machine has {here}")
    };
    let _ = writeln!(text, "{}\n\n{}", summary(&answer.check), table(&answer.prediction));
    text += &standings(&answer.prediction);
    text += &constants(&answer.constants);
    text
}

/// How well it predicts what was measured, in a line.
fn summary(check: &Check) -> String {
    let Some(median) = check.median_error else {
        return "unchecked: the run has no case to compare with".into();
    };
    let cores = format::count(check.cores, "core");
    let cells = format::count(check.cells.len(), "measured case");
    let medians: Vec<_> =
        check.medians.iter().map(|median| format!("{} {}", bound(median.bound), per_cent(median.error))).collect();
    let left = match check.left_out.len() {
        0 => String::new(),
        _ => "; `--check` shows each, and what was left out".into(),
    };
    let worst = check.cells.iter().map(|cell| cell.error.abs()).fold(0.0, f64::max);
    format!(
        "checked: {cells} at {cores}, median error {} ({}), worst {}{left}",
        per_cent(median),
        medians.join(", "),
        per_cent(worst)
    )
}

/// What real interpreters say of a model, in a table's cell.
fn confirmed(state: State) -> &'static str {
    match state {
        State::NotApplicable => "–",
        State::NotValidated => "no",
        State::Undecided => "unsure",
        State::Validated => "yes",
        State::Missed => "MISSED",
    }
}

/// What stands behind the words of the last column, a line for each state and interpreter.
fn standings(predictions: &[Prediction]) -> String {
    let mut lines: Vec<(String, Vec<&str>)> = vec![];
    for one in predictions {
        let mut said: Vec<String> = one.validation.interpreters.iter().map(beside).collect();
        if one.validation.state == State::NotValidated {
            said.push("not validated on this machine: run `gilbench validate`".into());
        }
        for line in said {
            match lines.iter_mut().find(|(other, _)| *other == line) {
                Some((_, models)) => models.push(&one.model),
                None => lines.push((line, vec![&one.model])),
            }
        }
    }
    lines.into_iter().flat_map(|(line, models)| [models.join(", "), ": ".into(), line, "\n".into()]).collect()
}

/// What one interpreter beside the simulation says.
fn beside(one: &Beside) -> String {
    let share = |share: Option<f64>| share.map_or("unknown".into(), per_cent);
    let verdict = match one.verdict {
        Agreement::Equivalent => "the simulation stands for",
        Agreement::Differs => "the simulation MISSES a goal for",
        Agreement::Unqualified => "it cannot be said whether the simulation stands for",
    };
    let cell = one.worst_cell.as_ref().map_or(String::new(), |cell| format!(" ({cell})"));
    let (median, worst) = (share(one.median_error), share(one.worst_error));
    format!("{verdict} CPython {}: median error {median}, worst {worst}{cell}", one.version)
}

/// Median and worst error of the model's own measured cases.
fn checked(one: &Prediction) -> String {
    let whole = |share: f64| format::fixed(share * 100.0, 0);
    one.checked.as_ref().map_or("unknown".into(), |checked| {
        format!("{} / {} %", whole(checked.median_error), whole(checked.worst_error))
    })
}

fn bound(bound: Bound) -> &'static str {
    match bound {
        Bound::Cpu => "CPU",
        Bound::Io => "IO",
        Bound::Mixed => "mixed",
    }
}

fn per_cent(share: f64) -> String {
    format!("{} %", format::fixed(share * 100.0, 1))
}

fn table(predictions: &[Prediction]) -> String {
    let whole = |share: f64| format!("{} %", format::fixed(share * 100.0, 0));
    let time = |ns: Option<f64>| ns.map_or("–".into(), format::time);
    let mut table = Table::new();
    table.load_style(presets::NOTHING).force_no_tty();
    table.set_header([
        "model",
        "jobs/s",
        "speedup",
        "cores",
        "waiting",
        "job p50",
        "job p99",
        "start-up",
        "error",
        "validated",
    ]);
    for one in predictions {
        let split = one.processes > 1 && one.threads > 1;
        let split = if split { format!(" {}×{}", one.processes, one.threads) } else { String::new() };
        table.add_row([
            format!("{}{split}", one.model),
            format::plain(one.jobs_per_s.value),
            format!("{}×", format::plain(one.speedup.value)),
            whole(one.core_utilisation),
            whole(one.lock_wait_share),
            time(one.job_p50_ns),
            time(one.job_p99_ns),
            time(one.start_up_ns),
            checked(one),
            confirmed(one.validation.state).into(),
        ]);
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 1));
        column.set_cell_alignment(if at == 0 { CellAlignment::Left } else { CellAlignment::Right });
    }
    let rows: String = table.to_string().lines().flat_map(|line| [line.trim_end(), "\n"]).collect();
    rows + "error: median / worst of this model's own measured cases; validated: beside real CPython\n"
}

fn constants(constants: &Constants) -> String {
    let rows = constants.listed().into_iter().map(|(name, unit, constant)| {
        let value = match unit {
            Unit::Ns => format::time(constant.value),
            Unit::Us => format::time(constant.value * 1e3),
            Unit::Ratio => format!("{}×", format::plain(constant.value)),
        };
        let source = match constant.basis {
            Basis::Measured => format!("measured: {}", constant.source),
            Basis::Derived => format!("derived: {}", constant.source),
            Basis::Assumed => format!("assumed: {}", constant.source),
            Basis::Asked => constant.source.clone(),
        };
        vec![name.into(), value, source]
    });
    columns(&["constant", "value", "from"], 2, rows)
}

fn check_text(check: &Check) -> String {
    let rows = check.cells.iter().map(|cell| {
        let sign = if cell.error < 0.0 { "" } else { "+" };
        vec![
            cell.case.clone(),
            format::time(cell.measured_ns),
            format::time(cell.predicted_ns),
            format!("{sign}{}", per_cent(cell.error)),
        ]
    });
    let mut text = columns(&["case", "measured", "predicted", "error"], 1, rows);
    for left in &check.left_out {
        let _ = writeln!(text, "left out: {}: {}", left.what, left.reason);
    }
    let _ = writeln!(text, "{}", summary(check));
    text
}

/// A table; words stand on the left, in the first column and, if there are two such, in the last.
fn columns(head: &[&str], words: usize, rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).force_no_tty();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(output::width() as u16);
    table.set_header(head);
    for row in rows {
        let cells = row.into_iter().enumerate().map(|(at, text)| {
            let left = at == 0 || (words > 1 && at == head.len() - 1);
            Cell::new(text).set_alignment(if left { CellAlignment::Left } else { CellAlignment::Right })
        });
        table.add_row(cells);
    }
    table.to_string().lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}
