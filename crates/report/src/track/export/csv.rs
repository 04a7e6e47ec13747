//! CSV in long form, for R, pandas and spreadsheets: a row a sample, units in the names of the columns.
//!
//! Discarded rounds are there and marked, since whoever computes with the samples decides anew.

use csv::Writer;

use super::escape::cell;
use super::{Document, Format};
use crate::error::{Error, Result};
use crate::run::comparison::{ArmSample, Comparison, PairedCase, PairedRound};
use crate::run::{CaseResult, Run, Sample, revised, revision_of};

pub(super) const FORMAT: Format = Format { id: "csv", summary: "spreadsheets, R, pandas: a row a sample", write };

fn write(document: &Document) -> Result<Vec<u8>> {
    let mut to = Writer::from_writer(vec![]);
    match document {
        Document::Run(run, _) => of_run(run, &mut to),
        Document::Comparison(comparison, ..) => of_comparison(comparison, &mut to),
        Document::History(_) => return Err(document.unfit("csv", "a run or a comparison, or take format `otava`")),
    }
    .and_then(|()| to.into_inner().map_err(|error| error.into_error().into()))
    .map_err(|error| Error::request(format!("cannot write CSV: {error}")))
}

fn of_run(run: &Run, to: &mut Writer<Vec<u8>>) -> csv::Result<()> {
    to.write_record([
        "case",
        "kernel",
        "model",
        "workers",
        "processes",
        "threads",
        "role",
        "steps",
        "round",
        "kept",
        "position",
        "wall_ns",
        "spawn_ns",
        "hand_over_ns",
        "compute_ns",
        "observe_ns",
        "join_ns",
        "user_ns",
        "system_ns",
        "voluntary_switches",
        "involuntary_switches",
        "minor_faults",
        "major_faults",
        "pss_per_worker_bytes",
        "checksum",
    ])?;
    for case in &run.cases {
        for sample in &case.samples {
            to.write_record(row(run, case, sample))?;
        }
    }
    Ok(())
}

fn row(run: &Run, case: &CaseResult, sample: &Sample) -> Vec<String> {
    let role = format!("{:?}", case.role).to_lowercase();
    let kept = sample.round >= run.plan.discarded_rounds && !sample.disturbed && !case.failed;
    let kernel = revised(&case.kernel, revision_of(&case.id));
    let names = [cell(&case.id), cell(&kernel), cell(&case.model)];
    let shape = [case.workers, case.processes, case.threads].map(|count| count.to_string());
    let of_round =
        [role, case.steps.to_string(), sample.round.to_string(), kept.to_string(), sample.position.to_string()];
    let parts = &sample.parts;
    let counts = [
        sample.wall_ns,
        parts.spawn_ns,
        parts.hand_over_ns,
        parts.compute_ns,
        parts.observe_ns,
        parts.join_ns,
        sample.user_ns,
        sample.system_ns,
        sample.voluntary_switches,
        sample.involuntary_switches,
        sample.minor_faults,
        sample.major_faults,
    ];
    let memory = sample.pss_per_worker_bytes.map_or(String::new(), |bytes| bytes.to_string());
    let last = [memory, sample.checksum.to_string()];
    names.into_iter().chain(shape).chain(of_round).chain(counts.map(|count| count.to_string())).chain(last).collect()
}

fn of_comparison(comparison: &Comparison, to: &mut Writer<Vec<u8>>) -> csv::Result<()> {
    to.write_record([
        "case",
        "kernel",
        "model",
        "workers",
        "round",
        "kept",
        "confirmation",
        "arm",
        "position",
        "compute_ns",
        "start_ns",
        "cpu_ns",
    ])?;
    for case in &comparison.cases {
        for (rounds, confirmation) in [(&case.rounds, false), (&case.confirmation, true)] {
            for round in rounds {
                let arms = [("base", round.base), ("copy", round.copy), ("head", round.head)];
                let counts = confirmation || round.round >= comparison.plan.discarded_rounds;
                let kept = counts && arms.iter().all(|(_, sample)| !sample.disturbed);
                for (arm, sample) in arms {
                    to.write_record(arm_row(case, round, (kept, confirmation), arm, &sample))?;
                }
            }
        }
    }
    Ok(())
}

fn arm_row(
    case: &PairedCase,
    round: &PairedRound,
    (kept, confirmation): (bool, bool),
    arm: &str,
    sample: &ArmSample,
) -> Vec<String> {
    let kernel = revised(&case.kernel, revision_of(&case.id));
    let names = [cell(&case.id), cell(&kernel), cell(&case.model), case.workers.to_string()];
    let of_round = [round.round.to_string(), kept.to_string(), confirmation.to_string(), arm.into()];
    let times = [sample.compute_ns, sample.start_ns, sample.cpu_ns].map(|ns| ns.to_string());
    names.into_iter().chain(of_round).chain([sample.position.to_string()]).chain(times).collect()
}
