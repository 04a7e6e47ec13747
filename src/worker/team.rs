//! The parent's side of one sample: a fresh team, from nothing to nothing left.
//!
//! The parts of its time follow one another without a gap: spawn, hand-over, compute, observe, join. Where the workers
//! are threads, a host process is started for them first and stays outside all parts, because a program that uses
//! threads is there already; where the workers are processes, the parent stands for that program.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Pid;

use super::child::failure;
use super::launch::{self, Process};
use super::page::{Field, Page};
use super::wire::{self, Word};
use super::{ENTRY, interrupted};
use crate::error::{Error, Result};
use crate::machine;
use crate::run::{FailureKind, Parts, StartMethod};
use crate::sys::{clock_ns, cpu_ns_of, process_cpu_ns};

/// How long a team may stand still before it counts as stalled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Without any worker finishing a step.
    pub stall: Duration,
    /// For starting and setting up.
    pub start: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { stall: Duration::from_secs(10), start: Duration::from_secs(60) }
    }
}

/// A team to be run.
#[derive(Debug)]
pub struct Order<'a> {
    /// One job for each process.
    pub jobs: &'a [Vec<u8>],
    /// Workers of all processes together.
    pub workers: usize,
    /// Whether the one process is only the host of the workers, which are its threads.
    pub hosted: bool,
    /// How the processes start.
    pub start_method: StartMethod,
    /// Whether to look at the team's memory while it stands still.
    pub observe: bool,
    /// Its patience.
    pub limits: Limits,
    /// The peer that its workers talk to, a process outside of the team.
    pub peer: Option<Pid>,
    /// Words for each worker to record in what it does to its lock; 0 for no record.
    pub trace_words: usize,
}

/// What became of a team.
#[derive(Debug)]
pub struct Outcome {
    /// The parts of its time.
    pub parts: Parts,
    /// The whole, from clocks of its own, in nanoseconds.
    pub wall_ns: u64,
    /// Memory that the team added, in bytes, if it was looked at.
    pub pss_bytes: Option<i64>,
    /// CPU time of this process, the parent, during the work, in nanoseconds.
    pub parent_cpu_ns: u64,
    /// CPU time that the peer used from the start signal until the last worker had finished, in nanoseconds.
    pub peer_cpu_ns: Option<u64>,
}

/// How far a process has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Started,
    Up,
    Ready,
    Done,
    Joined,
}

struct Team<'a> {
    order: &'a Order<'a>,
    page: &'a Page,
    stderr: OwnedFd,
    processes: Vec<Process>,
    stages: Vec<Stage>,
    /// Steps finished by all workers when last that changed, and when that was.
    progress: (u64, Instant),
    /// CPU time of this process during the work, in nanoseconds.
    parent_cpu_ns: u64,
    /// The same of the peer.
    peer_cpu_ns: Option<u64>,
}

/// Runs a team to its end; returns what became of it, and the page with its workers' results.
///
/// # Errors
/// [`Error::Worker`] if a worker fails in any way; all others of the team are ended then. [`Error::Interrupted`] after
/// [`super::interrupt`].
pub fn run(order: &Order<'_>) -> Result<(Outcome, Page)> {
    if super::requested() {
        return Err(Error::request(
            "a worker process cannot start workers of its own: call `gilbench::main` (or `gilbench::worker_entry`) \
             before anything that measures",
        ));
    }
    let page = Page::new(order.workers, order.trace_words).map_err(not_started)?;
    let mut team = Team::new(order, &page).map_err(not_started)?;
    let outcome = if order.hosted { team.run_hosted() } else { team.run_processes() }?;
    drop(team);
    Ok((outcome, page))
}

fn not_started(error: impl Into<io::Error>) -> Error {
    let error = error.into();
    let remedy = match error.raw_os_error() {
        Some(libc::EMFILE | libc::ENFILE) => "; raise the limit of open files (`ulimit -n`) or use fewer workers",
        Some(libc::EAGAIN) => "; raise the limit of processes (`ulimit -u`) or use fewer workers",
        Some(libc::ENOMEM | libc::ENOSPC) => "; there is not enough memory for so many workers",
        _ => "",
    };
    Error::Worker(failure(FailureKind::NotStarted, format!("cannot start the workers: {error}{remedy}")))
}

impl<'a> Team<'a> {
    fn new(order: &'a Order<'a>, page: &'a Page) -> io::Result<Self> {
        Ok(Self {
            order,
            page,
            stderr: launch::last_words()?,
            processes: Vec::with_capacity(order.jobs.len()),
            stages: Vec::with_capacity(order.jobs.len()),
            progress: (0, Instant::now()),
            parent_cpu_ns: 0,
            peer_cpu_ns: None,
        })
    }

    fn run_hosted(&mut self) -> Result<Outcome> {
        self.page.mark_hosted();
        self.start_process(None)?;
        self.await_all(Stage::Up)?;
        let before = self.observe();
        let sent = wire::send_job(self.processes[0].socket(), &self.order.jobs[0], self.page.as_fd());
        sent.map_err(|_| self.diagnose(0))?;
        let mut parts = self.work(Page::begun_at)?;
        let pss_bytes = self.look(&mut parts, before);
        let released = self.release(&parts);
        self.await_all(Stage::Joined)?;
        // From the host's own first and last stamps: the message that told it to begin is not the model's cost.
        let wall_ns = self.page.joined_at().saturating_sub(self.page.begun_at());
        parts.join_ns = self.page.joined_at().saturating_sub(released);
        self.reap()?;
        Ok(Outcome { parts, wall_ns, pss_bytes, parent_cpu_ns: self.parent_cpu_ns, peer_cpu_ns: self.peer_cpu_ns })
    }

    fn run_processes(&mut self) -> Result<Outcome> {
        let (wall, began) = (Instant::now(), clock_ns());
        for job in self.order.jobs {
            self.start_process(Some((job, self.page.as_fd())))?;
        }
        let mut parts = self.work(|_| began)?;
        let pss_bytes = self.look(&mut parts, Some(0));
        let released = self.release(&parts);
        self.reap()?;
        parts.join_ns = clock_ns().saturating_sub(released);
        let wall_ns = wall.elapsed().as_nanos() as u64;
        Ok(Outcome { parts, wall_ns, pss_bytes, parent_cpu_ns: self.parent_cpu_ns, peer_cpu_ns: self.peer_cpu_ns })
    }

    fn start_process(&mut self, job: Option<launch::Assignment<'_>>) -> Result<()> {
        if interrupted() {
            return Err(Error::Interrupted);
        }
        let process = launch::start(self.order.start_method, &self.stderr, job).map_err(not_started)?;
        self.processes.push(process);
        self.stages.push(Stage::Started);
        Ok(())
    }

    /// From the jobs sent to the last step done.
    fn work(&mut self, began: impl Fn(&Page) -> u64) -> Result<Parts> {
        self.await_all(Stage::Ready)?;
        if self.leaves_at_once() {
            self.page.release();
        }
        self.progress = (0, Instant::now());
        let peer = self.order.peer;
        self.stand_aside();
        let before = (process_cpu_ns(), peer.and_then(cpu_ns_of));
        self.page.start();
        self.await_all(Stage::Done)?;
        self.parent_cpu_ns = process_cpu_ns().saturating_sub(before.0);
        self.peer_cpu_ns = peer.and_then(cpu_ns_of).zip(before.1).map(|(after, before)| after.saturating_sub(before));
        let slots = || (0..self.order.workers).map(|worker| self.page.slot(worker));
        let running = slots().map(|slot| slot.get(Field::RunningAt)).max().unwrap_or(0);
        let ended = slots().map(|slot| slot.get(Field::EndedAt)).max().unwrap_or(0);
        let gate = self.page.started_at();
        Ok(Parts {
            spawn_ns: running.saturating_sub(began(self.page)),
            hand_over_ns: gate.saturating_sub(running),
            compute_ns: ended.saturating_sub(gate),
            ..Parts::default()
        })
    }

    /// Opens the gate from the processor whose worker wakes up last, where workers fill all processors. From another, the
    /// worker that sleeps there finds it busy and wakes up on the processor of a worker that sleeps still; then both
    /// share that one until the scheduler moves one of them, up to 8 ms later.
    fn stand_aside(&self) {
        if let Some(cpu) = self.page.last_cpu().filter(|_| self.order.workers >= machine::affinity()) {
            machine::go_to(cpu);
        }
    }

    /// Looks at the memory of the finished team, which stands still until it is released.
    fn look(&mut self, parts: &mut Parts, before: Option<i64>) -> Option<i64> {
        if !self.order.observe {
            return None;
        }
        let ended = self.page.started_at() + parts.compute_ns;
        let added = self.observe().zip(before).map(|(now, before)| now - before);
        parts.observe_ns = clock_ns().saturating_sub(ended);
        added
    }

    fn observe(&mut self) -> Option<i64> {
        if !self.order.observe {
            return None;
        }
        let pids = self.processes.iter_mut().map(|process| process.pid().ok());
        pids.map(|pid| machine::pss_bytes(pid?).map(u64::cast_signed)).sum()
    }

    /// Whether workers need not wait to be released: one that works alone, and will not be looked at. In a larger team,
    /// who has finished must stand still until all have, since ending a process would disturb those still at work.
    fn leaves_at_once(&self) -> bool {
        self.order.workers == 1 && !self.order.observe
    }

    /// Lets the workers go; returns when that was.
    fn release(&self, parts: &Parts) -> u64 {
        if self.leaves_at_once() {
            return self.page.started_at() + parts.compute_ns;
        }
        let now = clock_ns();
        self.page.release();
        now
    }

    fn reap(&mut self) -> Result<()> {
        for index in 0..self.processes.len() {
            let status = self.processes[index].reap().map_err(not_started)?;
            if !status.success() {
                let message = format!("{} ended badly after its work: {status}{}", self.name(index), self.last_words());
                return Err(Error::Worker(failure(FailureKind::Exited, message)));
            }
        }
        Ok(())
    }

    /// Listens until every process has come as far as `stage`.
    fn await_all(&mut self, stage: Stage) -> Result<()> {
        let began = Instant::now();
        while self.stages.iter().any(|&reached| reached < stage) {
            for index in self.talkative()? {
                self.listen(index)?;
            }
            if interrupted() {
                return Err(Error::Interrupted);
            }
            match stage {
                Stage::Done => self.check_progress()?,
                _ if began.elapsed() > self.order.limits.start => return Err(self.late(stage)),
                _ => {}
            }
        }
        Ok(())
    }

    /// The processes that have something to say, after at most a quarter of a second. Those that have said their last
    /// word are gone or about to be, and their silence means nothing.
    fn talkative(&self) -> Result<Vec<usize>> {
        let last = if self.order.hosted { Stage::Joined } else { Stage::Done };
        let talking: Vec<_> = (0..self.processes.len()).filter(|&index| self.stages[index] < last).collect();
        let end = |&index: &usize| PollFd::new(&self.processes[index], PollFlags::IN);
        let mut ends: Vec<_> = talking.iter().map(end).collect();
        match poll(&mut ends, Some(&Timespec { tv_sec: 0, tv_nsec: 250_000_000 })) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(Error::os("cannot listen to the workers")(error)),
        }
        let heard = ends.iter().zip(&talking).filter(|(end, _)| !end.revents().is_empty());
        Ok(heard.map(|(_, &index)| index).collect())
    }

    fn listen(&mut self, index: usize) -> Result<()> {
        self.stages[index] = match wire::hear(self.processes[index].socket()) {
            Ok(Word::Hello) => Stage::Up,
            Ok(Word::Ready) => Stage::Ready,
            Ok(Word::Done) => Stage::Done,
            Ok(Word::Joined) => Stage::Joined,
            Ok(Word::Failed(mut cause)) => {
                cause.message = format!("{}: {}", self.name(index), cause.message);
                return Err(Error::Worker(cause));
            }
            Err(_) => return Err(self.diagnose(index)),
        };
        Ok(())
    }

    fn check_progress(&mut self) -> Result<()> {
        let slots = || (0..self.order.workers).map(|worker| (worker, self.page.slot(worker)));
        let finished = slots().map(|(_, slot)| slot.progress().load(Ordering::Relaxed)).sum();
        let limit = self.order.limits.stall;
        if finished != self.progress.0 {
            self.progress = (finished, Instant::now());
        } else if self.progress.1.elapsed() > limit {
            let stuck: Vec<_> =
                slots().filter(|(_, slot)| slot.get(Field::EndedAt) == 0).map(|(w, _)| w.to_string()).collect();
            let message =
                format!("no step finished for {} s by worker {}; ended", limit.as_secs_f64(), stuck.join(", "));
            return Err(Error::Worker(failure(FailureKind::Stalled, message)));
        }
        Ok(())
    }

    fn late(&mut self, stage: Stage) -> Error {
        let waited = self.order.limits.start.as_secs();
        let what = if stage == Stage::Joined { "did not end" } else { "was not ready" };
        let index = self.stages.iter().position(|&reached| reached < stage).unwrap_or(0);
        Error::Worker(failure(FailureKind::Stalled, format!("{} {what} within {waited} s; ended", self.name(index))))
    }

    /// Why a process has fallen silent.
    fn diagnose(&mut self, index: usize) -> Error {
        if interrupted() {
            return Error::Interrupted;
        }
        let name = self.name(index);
        let status = match self.processes[index].reap_within(Duration::from_secs(1)) {
            Ok(status) => status,
            Err(error) => return not_started(error),
        };
        let words = self.last_words();
        let killed = std::os::unix::process::ExitStatusExt::signal(&status).is_some();
        Error::Worker(if killed {
            failure(FailureKind::Killed, format!("{name} was killed: {status}{words}"))
        } else if self.stages[index] == Stage::Started && self.page.begun_at() == 0 {
            failure(FailureKind::NotStarted, format!("{}{words}", never_a_worker(status)))
        } else {
            failure(FailureKind::Exited, format!("{name} ended before its work was done: {status}{words}"))
        })
    }

    fn name(&mut self, index: usize) -> String {
        let pid = self.processes[index].pid().map_or_else(|_| "unknown".into(), |pid| pid.as_raw_nonzero().to_string());
        if self.order.hosted {
            format!("the workers' process (pid {pid})")
        } else {
            format!("worker process {index} (pid {pid})")
        }
    }

    fn last_words(&self) -> String {
        launch::read_last_words(&self.stderr).map_or_else(String::new, |words| format!("; it wrote: {words}"))
    }
}

fn never_a_worker(status: std::process::ExitStatus) -> String {
    format!(
        "this program was started again to be a worker, but ended without becoming one ({status}). A program must call \
         `gilbench::main(suite)` or `gilbench::worker_entry(&suite)` before anything else; a test binary needs this \
         line: #[test] fn {ENTRY}() {{ gilbench::worker_entry(&gilbench::Suite::standard()); }}"
    )
}

impl Drop for Team<'_> {
    /// Ends all at once before each is reaped, so that a hundred stuck workers take no longer than one.
    fn drop(&mut self) {
        for process in &mut self.processes {
            if !process.reaped() {
                process.kill();
            }
        }
    }
}
