//! `gilbench doctor`: is this machine fit to measure on, and if not, what to do about it?

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::{FAILED, FINE, UNFIT, output};
use crate::machine;
use crate::model::{self, Arrangement, Order};
use crate::run::{Machine, StartMethod};
use crate::suite::Suite;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Grade {
    /// As it should be.
    Good,
    /// Deserves mention; verdicts stand.
    Mention,
    /// May move verdicts.
    Unfit,
    /// Nothing can be measured.
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    grade: Grade,
    found: String,
    remedy: Option<String>,
}

pub(super) fn doctor(suite: &Suite, json: bool) -> anyhow::Result<i32> {
    let neighbours = machine::neighbours(Duration::from_secs(1));
    let machine = machine::fingerprint(neighbours);
    let mut findings = vec![processors(&machine), quiet(neighbours), memory(&machine), descriptors()];
    findings.extend(machine.notes.iter().filter(|note| !matches!(note.id.as_str(), "one-core" | "busy")).map(|note| {
        Finding {
            what: "note",
            grade: if note.serious { Grade::Unfit } else { Grade::Mention },
            found: note.text.clone(),
            remedy: remedy(&note.id).map(Into::into),
        }
    }));
    findings.extend([StartMethod::Spawn, StartMethod::ForkServer].map(|method| workers(suite, method)));
    let worst = findings.iter().map(|finding| finding.grade).max().unwrap_or(Grade::Good);
    if json {
        output::json(&serde_json::json!({"fit": worst < Grade::Unfit, "findings": findings, "machine": machine}))?;
    } else {
        output::text(&text(&machine, &findings, worst))?;
    }
    Ok(match worst {
        Grade::Good | Grade::Mention => FINE,
        Grade::Unfit => UNFIT,
        Grade::Broken => FAILED,
    })
}

fn processors(machine: &Machine) -> Finding {
    let cpu = &machine.cpu;
    let found = format!(
        "{} usable of {} logical processors ({} physical cores, {} in the affinity mask, {})",
        cpu.usable,
        cpu.logical,
        cpu.physical,
        cpu.affinity,
        cpu.quota.map_or("no quota".into(), |quota| format!("quota {quota:.2}")),
    );
    let one = cpu.usable == 1;
    Finding {
        what: "processors",
        grade: if one { Grade::Unfit } else { Grade::Good },
        found,
        remedy: one
            .then(|| "nothing runs in parallel on one processor: use a machine, mask or quota with two or more".into()),
    }
}

fn quiet(neighbours: Option<f64>) -> Finding {
    let busy = neighbours.is_some_and(|share| share > 0.05);
    Finding {
        what: "quiet",
        grade: if busy { Grade::Unfit } else { Grade::Good },
        found: neighbours.map_or("cannot be told here".into(), |share| {
            format!("other programs use {:.1} % of the CPU time", share * 100.0)
        }),
        remedy: busy.then(|| "end what runs beside; `top` shows it".into()),
    }
}

fn memory(machine: &Machine) -> Finding {
    let mebibytes = machine.memory.available_bytes >> 20;
    let small = mebibytes < 512;
    Finding {
        what: "memory",
        grade: if small { Grade::Unfit } else { Grade::Good },
        found: format!("{mebibytes} MiB available"),
        remedy: small.then(|| "teams of many workers need up to 512 MiB".into()),
    }
}

fn descriptors() -> Finding {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX);
    let few = limit < 1024;
    Finding {
        what: "open files",
        grade: if few { Grade::Mention } else { Grade::Good },
        found: format!("at most {limit}"),
        remedy: few.then(|| "256 workers need 1024: `ulimit -n 1024`".into()),
    }
}

/// Starts a real team of two by the given method.
fn workers(suite: &Suite, start_method: StartMethod) -> Finding {
    let what = match start_method {
        StartMethod::Spawn => "workers (spawn)",
        StartMethod::ForkServer => "workers (fork-server)",
    };
    let outcome = suite.kernels().iter().find(|kernel| kernel.peer().is_none()).map(|kernel| {
        let order = Order::new(*kernel, "processes", Arrangement::split(2, 1), 2);
        model::run(&Order { start_method, ..order })
    });
    match outcome {
        None => Finding { what, grade: Grade::Mention, found: "no kernel to try with".into(), remedy: None },
        Some(Ok(sample)) => {
            let started = (sample.parts.spawn_ns + sample.parts.hand_over_ns) as f64 / 1e6;
            Finding {
                what,
                grade: Grade::Good,
                found: format!("two started in {started:.1} ms, worked and ended"),
                remedy: None,
            }
        }
        Some(Err(error)) => Finding {
            what,
            grade: Grade::Broken,
            found: error.to_string(),
            remedy: Some(
                "worker processes are this program started again through /proc/self/exe; is /proc mounted?".into(),
            ),
        },
    }
}

fn remedy(note: &str) -> Option<&'static str> {
    Some(match note {
        "quota" | "throttled" => "lift the control group's CPU quota, or read speedups against it",
        "affinity" => "start without `taskset` to use all processors",
        "steal" => "use a machine whose processors are not shared",
        "governor" => "for the time of the measurement: `cpupower frequency-set -g performance`",
        "aslr" => "`sysctl kernel.randomize_va_space=2`",
        "unoptimised" => "`cargo run --release -- doctor`",
        _ => return None,
    })
}

fn text(machine: &Machine, findings: &[Finding], worst: Grade) -> String {
    let mut text = format!("{} · {} · {}\n\n", machine.cpu.model, machine.os, machine.kernel);
    for finding in findings {
        let sign = match finding.grade {
            Grade::Good => "ok  ",
            Grade::Mention => "note",
            Grade::Unfit => "WARN",
            Grade::Broken => "FAIL",
        };
        let _ = writeln!(text, "{sign}  {}: {}", finding.what, finding.found);
        if let Some(remedy) = &finding.remedy {
            let _ = writeln!(text, "        {remedy}");
        }
    }
    text += match worst {
        Grade::Good | Grade::Mention => "\nFit to measure on.\n",
        Grade::Unfit => "\nMeasuring works, but what is marked WARN may move verdicts.\n",
        Grade::Broken => "\nNothing can be measured until what is marked FAIL is mended.\n",
    };
    text
}
