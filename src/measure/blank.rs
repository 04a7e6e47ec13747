//! A run before anything was measured: its plan, and its kernels, models and cases without samples.

use super::pace::{DISCARDED, FLOOR};
use super::plan::{Group, Planned, Request};
use crate::run::{CaseResult, KernelInfo, Machine, ModelInfo, Plan, Profile, Run, SCHEMA};

/// Measuring a group ends once its intervals are narrower than this, as `high/low − 1`, times the tolerance of each case.
pub(super) fn target_width(profile: Profile) -> f64 {
    match profile {
        Profile::Quick => 0.10,
        Profile::Standard => 0.05,
        Profile::Full => 0.03,
    }
}

/// The run of a request, before anything is planned or measured.
pub(super) fn empty_run(request: &Request, machine: Machine) -> Run {
    let now = std::time::SystemTime::now();
    let mut workers = request.workers.clone();
    workers.dedup();
    Run {
        schema: SCHEMA,
        generator: concat!("gilbench ", env!("CARGO_PKG_VERSION")).into(),
        started_at: humantime::format_rfc3339_seconds(now).to_string(),
        elapsed_s: 0.0,
        in_samples: 0.0,
        partial: None,
        machine,
        plan: Plan {
            profile: request.profile,
            budget_s: request.time().as_secs_f64(),
            seed: request.seed,
            rounds: 0,
            discarded_rounds: DISCARDED,
            floor_rounds: FLOOR,
            target_width: target_width(request.profile),
            knobs: request.knobs,
            start_method: request.start_method,
            workers,
        },
        kernels: vec![],
        models: vec![],
        cases: vec![],
        readings: vec![],
        probe_rounds: vec![],
        traces: vec![],
        failures: vec![],
        second_opinions: vec![],
        validation: None,
        selftest: None,
    }
}

/// Enters a group's kernel, models and cases into the run; returns the indices of its cases.
pub(super) fn admit(run: &mut Run, group: &Group) -> Vec<usize> {
    let kernel = group.kernel;
    run.kernels.push(KernelInfo {
        id: kernel.name().into(),
        revision: kernel.revision(),
        bound: kernel.bound(),
        summary: kernel.summary().into(),
        shares: kernel.shares().map(Into::into),
        peer: kernel.peer().is_some(),
    });
    let mut cases = vec![];
    for planned in &group.cases {
        let model = planned.model;
        if run.model(model.name()).is_none() {
            let (id, summary) = (model.name().into(), model.summary().into());
            run.models.push(ModelInfo { id, summary, locked: model.locked() });
        }
        cases.push(run.cases.len());
        run.cases.push(empty_case(kernel.name(), planned));
    }
    cases
}

fn empty_case(kernel: &str, planned: &Planned) -> CaseResult {
    CaseResult {
        id: planned.id.clone(),
        kernel: kernel.into(),
        model: planned.model.name().into(),
        workers: planned.arrangement.workers(),
        processes: planned.arrangement.processes,
        threads: planned.arrangement.threads,
        start_method: planned.start_method,
        role: planned.role,
        steps: 0,
        samples: vec![],
        limits: None,
        failed: false,
    }
}
