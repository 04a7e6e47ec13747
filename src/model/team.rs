//! From an order to a sample: what the parent asks of a team, and how the team's page becomes a [`Sample`].

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{Arrangement, Crew, Model};
use crate::error::Result;
use crate::kernel::Kernel;
use crate::lock::trace;
use crate::run::{
    Disturbance, Failure, FailureKind, Knobs, Lane, LockSample, Sample, StartMethod, Trace, WorkerSample,
};
use crate::worker::{self, Field, Limits, Link, Page};

/// One sample to be taken.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// The work.
    pub kernel: &'a dyn Kernel,
    /// Name of the model that shares it out.
    pub model: &'a str,
    /// Processes and threads.
    pub arrangement: Arrangement,
    /// All steps together.
    pub steps: u64,
    /// Settings of the locks, if the model has any.
    pub knobs: Knobs,
    /// How processes start.
    pub start_method: StartMethod,
    /// Whether to look at the team's memory.
    pub observe: bool,
    /// How long it may stand still.
    pub limits: Limits,
}

impl<'a> Order<'a> {
    /// An order with the usual interval, start method and patience.
    pub fn new(kernel: &'a dyn Kernel, model: &'a str, arrangement: Arrangement, steps: u64) -> Self {
        Self {
            kernel,
            model,
            arrangement,
            steps,
            knobs: Knobs::default(),
            start_method: StartMethod::Spawn,
            observe: false,
            limits: Limits::default(),
        }
    }
}

impl std::fmt::Debug for Order<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Order({}/{}/{:?}, {} steps)", self.kernel.name(), self.model, self.arrangement, self.steps)
    }
}

/// What one process of a team is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Kernel, by name.
    pub kernel: String,
    /// Model, by name.
    pub model: String,
    /// Number of this process's first worker in the team.
    pub first_worker: usize,
    /// Threads of this process.
    pub threads: usize,
    /// Workers of the whole team.
    pub workers: usize,
    /// Steps of the whole team.
    pub steps: u64,
    /// Where the kernel's peer listens.
    pub peer: Option<SocketAddr>,
    /// Settings of its locks.
    pub knobs: Knobs,
}

/// Takes one sample with a fresh team.
///
/// # Errors
/// [`crate::error::Error::Worker`] if the team fails in any way.
pub fn run(order: &Order<'_>) -> Result<Sample> {
    take(order, 0).map(|(sample, _)| sample)
}

/// The same, with a record of what its workers did to their locks: for each at most so many moments, the first ones.
///
/// # Errors
/// As [`run`].
pub fn run_traced(order: &Order<'_>, moments: usize) -> Result<(Sample, Trace)> {
    let (sample, page) = take(order, trace::words(moments))?;
    let threads = order.arrangement.threads;
    let lane = |worker: usize| {
        let (mut events, lost) = trace::read(page.trace(worker), page.started_at());
        let lock = page.slot(worker).get(Field::Lock) as usize;
        for event in &mut events {
            // A lock counts its own workers. In the instant between a first taking and its being known there is nobody.
            event.other = event.other.filter(|other| *other < threads).map(|other| lock + other);
        }
        Lane { name: format!("worker {worker}"), process: worker / threads, lock, events, lost }
    };
    let trace = Trace {
        name: format!("{}/{}/{}", order.kernel.name(), order.model, order.arrangement.workers()),
        summary: format!("{} {}.", order.kernel.name(), order.kernel.summary()),
        length_ns: sample.parts.compute_ns,
        switch_interval_us: order.knobs.switch_interval_us,
        lanes: (0..page.workers()).map(lane).collect(),
    };
    Ok((sample, trace))
}

fn take(order: &Order<'_>, trace_words: usize) -> Result<(Sample, Page)> {
    let Arrangement { processes, threads, hosted } = order.arrangement;
    let workers = order.arrangement.workers();
    let peer = worker::peer_address(order.kernel)?;
    let job = |process| Job {
        kernel: order.kernel.name().to_owned(),
        model: order.model.to_owned(),
        first_worker: process * threads,
        threads,
        workers,
        steps: order.steps,
        peer,
        knobs: order.knobs,
    };
    let jobs: Vec<_> =
        (0..processes).map(|process| serde_json::to_vec(&job(process)).expect("a job is plain data")).collect();
    let Order { start_method, observe, limits, .. } = *order;
    let peer = peer.and_then(|_| worker::peer_process(order.kernel));
    let team = worker::Order { jobs: &jobs, workers, hosted, start_method, observe, limits, peer, trace_words };
    let (outcome, page) = worker::run(&team)?;
    Ok((sample(&outcome, &page), page))
}

/// Does a worker process's part of a job.
pub fn host(kernels: &[&dyn Kernel], models: &[&dyn Model], job: &[u8], link: &Link) -> Result<(), Failure> {
    let lost = |message: String| Failure { case: None, round: None, kind: FailureKind::NotPrepared, message };
    let job: Job = serde_json::from_slice(job).map_err(|error| lost(format!("unreadable job: {error}")))?;
    let Some(kernel) = kernels.iter().find(|kernel| kernel.name() == job.kernel) else {
        return Err(lost(format!(
            "no kernel `{}` here: the suite given to the worker must be the one that is measured",
            job.kernel
        )));
    };
    let Some(model) = models.iter().find(|model| model.name() == job.model) else {
        return Err(lost(format!(
            "no model `{}` here: the suite given to the worker must be the one that is measured",
            job.model
        )));
    };
    model.work(*kernel, &Crew::new(&job, link, model.counting()))
}

fn sample(outcome: &worker::Outcome, page: &Page) -> Sample {
    let slots = || (0..page.workers()).map(|worker| page.slot(worker));
    let sum = |field| slots().map(|slot| slot.get(field)).fold(0, u64::wrapping_add);
    let gate = page.started_at();
    let workers: Vec<_> = slots()
        .map(|slot| WorkerSample {
            start_ns: slot.get(Field::StartedAt).saturating_sub(gate),
            end_ns: slot.get(Field::EndedAt).saturating_sub(gate),
            steps: slot.get(Field::Steps),
            cpu_ns: slot.get(Field::UserNs) + slot.get(Field::SystemNs),
            run_delay_ns: slot.get(Field::RunDelayNsAndOne).checked_sub(1),
        })
        .collect();
    let starts = || workers.iter().map(|worker| worker.start_ns);
    let delays: Option<Vec<u64>> = workers.iter().map(|worker| worker.run_delay_ns).collect();
    let delay_ns = delays.and_then(|delays| delays.into_iter().max());
    let lock = LockSample {
        hand_overs: sum(Field::HandOvers),
        forced_drops: sum(Field::ForcedDrops),
        requests: sum(Field::Requests),
        waits: sum(Field::Waits),
        wait_ns: sum(Field::WaitNs),
        hold_ns: sum(Field::HoldNs),
    };
    Sample {
        round: 0,
        position: 0,
        parts: outcome.parts,
        wall_ns: outcome.wall_ns,
        start_skew_ns: starts().max().unwrap_or(0) - starts().min().unwrap_or(0),
        user_ns: sum(Field::UserNs),
        system_ns: sum(Field::SystemNs),
        start_cpu_ns: Some(sum(Field::StartCpuNs)),
        peer_cpu_ns: outcome.peer_cpu_ns,
        voluntary_switches: sum(Field::Voluntary),
        involuntary_switches: sum(Field::Involuntary),
        minor_faults: sum(Field::Minor),
        major_faults: sum(Field::Major),
        pss_per_worker_bytes: outcome.pss_bytes.map(|bytes| bytes / page.workers().max(1).cast_signed() as i64),
        checksum: sum(Field::Checksum),
        lock: (lock.hold_ns > 0).then_some(lock),
        workers,
        disturbance: Disturbance {
            delay_ns: delay_ns.map(|delay| delay.saturating_sub(outcome.parent_cpu_ns)),
            ..Disturbance::default()
        },
        disturbed: false,
    }
}
