//! `rayon`: a pool of W threads that steal work from each other, as a program that uses rayon really has it.
//!
//! The pool is built for this team and never the global one. The row of steps is cut into more parts than there are
//! threads; rayon decides who does which. A part's setting-up is untimed, as everywhere.

use std::sync::atomic::Ordering;

use ::rayon::prelude::*;
use ::rayon::{ThreadPool, ThreadPoolBuilder};

use super::crew::{prepare, report};
use super::{Arrangement, Crew, Free, Model};
use crate::error::Result;
use crate::kernel::{Kernel, Task};
use crate::run::{Failure, FailureKind};
use crate::sys::thread_usage;
use crate::worker::Field;

/// Parts for each thread: enough for stealing to even out unequal parts, few enough to set up.
const PARTS_PER_THREAD: usize = 4;

/// A pool of threads that steal work.
#[derive(Debug)]
pub struct RayonPool;

/// One part of the row, set up.
struct Part {
    task: Box<dyn Task>,
    steps: u64,
}

impl Model for RayonPool {
    fn name(&self) -> &'static str {
        "rayon"
    }

    fn summary(&self) -> &'static str {
        "a rayon pool of W threads, stealing work from each other, no lock"
    }

    fn arrange(&self, workers: usize, _: usize) -> Result<Arrangement> {
        Ok(Arrangement::threads(workers))
    }

    fn work(&self, kernel: &dyn Kernel, crew: &Crew<'_>) -> Result<(), Failure> {
        std::thread::scope(|scope| {
            let pool = build(crew, scope)?;
            let mut parts = prepare_parts(&pool, kernel, crew)?;
            pool.broadcast(|thread| crew.spread(thread.index()));
            let before = pool.broadcast(|_| thread_usage());
            (0..crew.threads()).for_each(|_| crew.arrive());
            crew.link().page().wait_for_start();
            pool.install(|| {
                parts.par_iter_mut().with_max_len(1).for_each(|part| {
                    crew.link().guard(|| {
                        step(crew, part);
                        Ok(())
                    });
                });
            });
            let after = pool.broadcast(|_| thread_usage());
            for (number, (after, before)) in after.into_iter().zip(before).enumerate() {
                let slot = crew.slot(number);
                slot.set(Field::StartCpuNs, before.cpu_ns);
                report(slot, slot.get(Field::Steps), slot.get(Field::Checksum), after.since(before));
                crew.finish();
            }
            crew.link().page().wait_for_release();
            Ok(())
        })
    }
}

/// The pool, on threads of the scope, so that leaving the scope joins them: dropping a pool alone does not wait.
fn build<'scope>(crew: &'scope Crew<'_>, scope: &'scope std::thread::Scope<'scope, '_>) -> Result<ThreadPool, Failure> {
    let failed = |error: ::rayon::ThreadPoolBuildError| Failure {
        case: None,
        round: None,
        kind: FailureKind::NotStarted,
        message: format!("cannot build a pool of {} threads: {error}", crew.threads()),
    };
    ThreadPoolBuilder::new()
        .num_threads(crew.threads())
        .spawn_handler(|thread| {
            let name = format!("worker-{}", thread.index());
            std::thread::Builder::new().name(name).spawn_scoped(scope, move || {
                crew.slot(thread.index()).stamp(Field::RunningAt);
                thread.run();
            })?;
            Ok(())
        })
        .build()
        .map_err(failed)
}

fn prepare_parts(pool: &ThreadPool, kernel: &dyn Kernel, crew: &Crew<'_>) -> Result<Vec<Part>, Failure> {
    let seats: Vec<_> = (0..crew.threads()).flat_map(|number| crew.seat(number).split(PARTS_PER_THREAD)).collect();
    pool.install(|| {
        seats.par_iter().map(|seat| Ok(Part { task: prepare(kernel, seat)?, steps: seat.steps() })).collect()
    })
}

/// Steps one part on the pool's thread that got it, and adds it to that thread's account.
fn step(crew: &Crew<'_>, part: &mut Part) {
    let number = ::rayon::current_thread_index().expect("parts are stepped in the pool");
    let slot = crew.slot(number);
    if slot.get(Field::StartedAt) == 0 {
        slot.stamp(Field::StartedAt);
    }
    let before = slot.get(Field::Steps);
    let mut checksum = slot.get(Field::Checksum);
    for done in 1..=part.steps {
        checksum = checksum.wrapping_add(part.task.step(&Free));
        slot.progress().store(before + done, Ordering::Relaxed);
    }
    slot.set(Field::Steps, before + part.steps);
    slot.set(Field::Checksum, checksum);
    slot.stamp(Field::EndedAt);
}
