//! The simulation itself: events in the order of their time, one integer clock in nanoseconds, no threads.
//!
//! Tasks stand for workers. Each repeats one job: computing, then a call that lets go of the lock. [`Simulation`] moves
//! them from stage to stage; what the jobs are is in `work`, who gets a core in `cores`, and who the lock in `protocol`.
//!
//! Of the machine it knows what decides who runs when, and no more:
//!
//! - Who is woken runs on an idle core after the measured time of a wake-up, and without an idle core when the system's
//!   scheduler says so. Changing from one worker to another on a core that is awake takes no time.
//! - Timers fire the system's slack late. A call ends when it ends: disks and servers are as fast for many as for one,
//!   unless the other end of the call runs on these same cores.
//! - Computing takes the same time wherever it is done: no caches, no memory bus, no frequency.

mod cores;
mod protocol;
mod tally;
#[cfg(test)]
mod tests;
mod work;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use self::cores::{Cores, Entity};
use self::protocol::Lock;
pub(super) use self::tally::Tally;

/// How threads of one process take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// They need not.
    Free,
    /// CPython's since 3.2: drop requests after a switch interval, forced switching.
    SwitchInterval,
    /// CPython's before: release and take again at every check.
    Legacy,
}

/// What a worker does again and again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Job {
    /// Computing, attached.
    pub(super) cpu_ns: f64,
    /// Computing within the call that follows, detached: the system's side of it, or a call too short to sleep, which
    /// may be over before anybody woken by the release of the lock is on a core.
    pub(super) call_ns: f64,
    /// What the call then sleeps, until the worker runs again on an idle machine.
    pub(super) io_ns: f64,
    /// Whether the other end of the call runs on these same cores: a peer, which needs a core to read the request and
    /// again to answer, each time for half as long as the call itself does, and sleeps in between.
    pub(super) served_here: bool,
    /// All times vary uniformly by this share, so that workers do not march in step as no real ones do.
    pub(super) jitter: f64,
}

impl Job {
    /// What one takes if nobody is in the way.
    pub(super) fn alone_ns(&self) -> f64 {
        self.cpu_ns + self.call_ns + self.io_ns
    }

    /// Whether there is a call at its end.
    fn calls(&self) -> bool {
        self.call_ns + self.io_ns > 0.0
    }
}

/// One program on one machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Setting {
    pub(super) cores: usize,
    pub(super) processes: usize,
    pub(super) threads: usize,
    pub(super) protocol: Protocol,
    pub(super) job: Job,
    /// Jobs of each worker; `None` for ever, from a random moment within the first job.
    pub(super) jobs: Option<u64>,
    /// From a signal until who was woken runs on an idle core.
    pub(super) wake_up_ns: u64,
    /// The same on a core that fell idle a moment ago.
    pub(super) quick_ns: u64,
    /// What a hand-over takes beyond the wake-up.
    pub(super) take_ns: u64,
    /// By how much a timer is late.
    pub(super) slack_ns: u64,
    /// How long a worker may keep a core before others are considered, and when the system looks.
    pub(super) base_slice_ns: u64,
    pub(super) tick_ns: u64,
    pub(super) interval_ns: u64,
    /// Computing from one safepoint to the next; of the legacy protocol, from one check to the next.
    pub(super) safepoint_ns: u64,
    /// What waking somebody costs the one who signals; counts in the legacy protocol, which does so all the time.
    pub(super) signal_ns: u64,
    pub(super) seed: u64,
}

impl Setting {
    pub(super) fn workers(&self) -> usize {
        self.processes * self.threads
    }
}

/// Where a worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// About to take the lock.
    Attach,
    /// Asleep until the lock is free, or until the switch interval is over.
    Wait,
    /// Awake after that.
    Retry { timed_out: bool },
    /// Computing.
    Compute,
    /// In a call, before it sleeps.
    Call,
    /// Asleep in a call.
    Block,
    /// A peer, reading what it is asked.
    Read,
    /// A peer, asleep before it answers, or until it is asked.
    Reflect,
    /// A peer, writing its answer.
    Answer,
    /// Released the lock on request, and asleep until another worker has had it; then it does what it released for.
    Switch { to_block: bool },
    /// All jobs done.
    Done,
}

#[derive(Debug, Clone)]
struct Task {
    stage: Stage,
    core: Option<usize>,
    entity: Entity,
    /// Computing or calling that is left of the current stage, in nanoseconds.
    left: u64,
    /// Where `left` stood at the last check of the legacy protocol.
    checked: u64,
    /// Whether another worker has asked for the lock.
    asked: bool,
    /// The lock's count of switches when the wait began.
    seen: u64,
    waiting_since: Option<u64>,
    /// When its job began; `None` of the first job of one that was in the middle of it.
    job_began: Option<u64>,
    jobs_left: u64,
    /// Tells its timers apart: an old one rings for nobody.
    timer: u32,
}

impl Task {
    fn new(left: u64, jobs: Option<u64>) -> Self {
        Self {
            stage: Stage::Attach,
            core: None,
            entity: Entity::default(),
            left,
            checked: u64::MAX,
            asked: false,
            seen: 0,
            waiting_since: None,
            job_began: jobs.map(|_| 0),
            jobs_left: jobs.unwrap_or(u64::MAX),
            timer: 0,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// What runs on the core comes to the end of what it was doing.
    Core { core: usize, epoch: u32 },
    /// A worker's timer rings.
    Timer { task: usize, timer: u32 },
}

/// What follows a task's step.
enum Next {
    /// Another step at once.
    Step,
    /// Nothing until then, on the core.
    Until(u64),
    /// It has left its core, to sleep.
    Sleep,
}

#[derive(Debug)]
pub(super) struct Simulation {
    setting: Setting,
    now: u64,
    events: BinaryHeap<Reverse<(u64, u64, Event)>>,
    /// Events so far; also decides between those of the same instant: first come, first served.
    sequence: u64,
    handled: u64,
    cores: Cores,
    tasks: Vec<Task>,
    locks: Vec<Lock>,
    tally: Tally,
    random: fastrand::Rng,
    unfinished: usize,
}

impl Simulation {
    pub(super) fn new(setting: &Setting) -> Self {
        let mut simulation = Self {
            setting: *setting,
            now: 0,
            events: BinaryHeap::new(),
            sequence: 0,
            handled: 0,
            cores: Cores::new(setting.cores, setting.base_slice_ns, setting.tick_ns),
            tasks: Vec::with_capacity(setting.workers()),
            locks: (0..setting.processes).map(|_| Lock::default()).collect(),
            tally: Tally::default(),
            random: fastrand::Rng::with_seed(setting.seed),
            unfinished: setting.workers(),
        };
        let peers = if setting.job.served_here { setting.workers() } else { 0 };
        for _ in 0..setting.workers() + peers {
            let left = simulation.vary(setting.job.cpu_ns);
            simulation.tasks.push(Task::new(left, setting.jobs));
        }
        for id in 0..setting.workers() {
            if setting.jobs.is_none() {
                simulation.start_in_the_middle(id);
            } else {
                simulation.wake(id, 0);
            }
        }
        simulation
    }

    /// Starts at some moment of a job.
    fn start_in_the_middle(&mut self, id: usize) {
        let done = self.random.f64() * self.setting.job.alone_ns();
        let left = self.setting.job.cpu_ns - done;
        if left > 0.0 {
            self.tasks[id].left = left as u64;
            self.wake(id, 0);
        } else {
            self.tasks[id].stage = Stage::Block;
            self.set_timer(id, (self.setting.job.alone_ns() - done) as u64);
        }
    }

    /// Goes on until this time, or until that many events have been handled in all, whichever comes first.
    pub(super) fn run_until(&mut self, time: u64, events: u64) {
        while self.unfinished > 0 && self.handled < events {
            match self.events.peek() {
                Some(Reverse((at, ..))) if *at <= time => self.handle_next(),
                _ => {
                    self.now = self.now.max(time);
                    break;
                }
            }
        }
        self.settle();
    }

    /// Goes on until all jobs are done; returns when that was, or `None` if it takes more events than that.
    pub(super) fn run_to_the_end(&mut self, events: u64) -> Option<u64> {
        while self.unfinished > 0 && self.handled < events && !self.events.is_empty() {
            self.handle_next();
        }
        self.settle();
        (self.unfinished == 0).then_some(self.now)
    }

    pub(super) fn now(&self) -> u64 {
        self.now
    }

    /// Events handled so far.
    pub(super) fn handled(&self) -> u64 {
        self.handled
    }

    /// What was counted since the last time it was taken.
    pub(super) fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }

    fn handle_next(&mut self) {
        let Some(Reverse((at, _, event))) = self.events.pop() else { return };
        debug_assert!(at >= self.now, "time goes forward");
        self.now = at;
        self.handled += 1;
        match event {
            Event::Core { core, epoch } if self.cores.is_due(core, epoch) => self.advance(core),
            Event::Timer { task, timer } if self.tasks[task].timer == timer => self.ring(task),
            _ => {}
        }
    }

    fn schedule(&mut self, at: u64, event: Event) {
        self.sequence += 1;
        self.events.push(Reverse((at, self.sequence, event)));
    }

    fn set_timer(&mut self, id: usize, after: u64) {
        let task = &mut self.tasks[id];
        task.timer = task.timer.wrapping_add(1);
        let timer = task.timer;
        self.schedule(self.now + after, Event::Timer { task: id, timer });
    }

    fn ring(&mut self, id: usize) {
        match self.tasks[id].stage {
            Stage::Block => self.wake(id, (self.setting.job.io_ns as u64).min(self.setting.wake_up_ns)),
            Stage::Reflect => self.wake_peer(id, Stage::Answer),
            Stage::Wait => self.wake_waiter(id, true),
            _ => {}
        }
    }

    /// Lets the task on a core do whatever it does at this moment.
    fn advance(&mut self, core: usize) {
        self.account(core);
        let Some(id) = self.cores.task(core) else { return };
        loop {
            match self.step(core, id) {
                Next::Step => {}
                Next::Until(at) => return self.plan(core, at),
                Next::Sleep => return,
            }
        }
    }

    fn step(&mut self, core: usize, id: usize) -> Next {
        match self.tasks[id].stage {
            Stage::Attach | Stage::Retry { .. } => self.attach(core, id),
            Stage::Compute => self.compute(core, id),
            Stage::Call | Stage::Read | Stage::Answer if self.tasks[id].left > 0 => self.stay(core, id, u64::MAX),
            Stage::Call if self.setting.job.io_ns > 0.0 => self.block(core, id),
            Stage::Call | Stage::Block => self.end_job(core, id),
            Stage::Read => self.reflect(core, id),
            Stage::Answer => {
                self.wake(id - self.setting.workers(), self.setting.wake_up_ns);
                self.tasks[id].stage = Stage::Reflect;
                self.sleep(core, id)
            }
            Stage::Switch { to_block } => {
                self.end_wait(id);
                if to_block { self.begin_call(id) } else { self.attach_next(id) }
            }
            Stage::Wait | Stage::Reflect | Stage::Done => unreachable!("who sleeps has no core"),
        }
    }

    /// A time that varies around this one.
    fn vary(&mut self, ns: f64) -> u64 {
        let share = self.setting.job.jitter * (2.0 * self.random.f64() - 1.0);
        (ns * (1.0 + share)).round() as u64
    }
}
