//! Cores and their queues, by the rules of Linux's fair scheduler as far as they decide who runs when.
//!
//! These are the rules of EEVDF, the scheduler since Linux 6.6 (I. Stoica and H. Abdel-Wahab, "Earliest eligible
//! virtual deadline first", 1995), for workers of equal weight. Each core has a queue. Who runs ages, and with it the
//! queue, whose age is the average of all who run or queue there and never falls. Who is woken is at least as old as
//! the queue, and has a deadline one base slice later. Who is no older than the queue is eligible, and of those the one
//! with the earliest deadline is to run. The system chooses anew when a core is given up; when the one who runs is past
//! its deadline, at a tick or when somebody is woken; and when who is woken is the one to run and who runs is not
//! eligible. So nobody is preempted merely because somebody else was woken: beside one that only computes, even a worker
//! that hardly ever runs waits for a tick.
//!
//! Who is woken goes to the core it last ran on if that is idle, else to any idle core, else to the shortest queue; a
//! core that falls idle takes from the longest.

use super::{Event, Next, Simulation, Stage};

#[derive(Debug, Clone, Default)]
struct Core {
    task: Option<usize>,
    /// From when on its task gets something done; later than now while it is being woken.
    since: u64,
    /// Since when it has been idle, if it is.
    idle_since: u64,
    /// Tells its events apart: only the last one planned counts.
    epoch: u32,
    /// Who could run, but for the core.
    queue: Vec<usize>,
    /// Ages of the task and of the queue, summed.
    ages: i64,
    /// The queue's age when somebody last left.
    age: i64,
    /// When the system looks next; it does not while nobody queues.
    tick_at: u64,
    /// Whether somebody who was woken made the system choose anew.
    choose: bool,
}

impl Core {
    fn runnable(&self) -> i64 {
        (self.queue.len() + usize::from(self.task.is_some())).cast_signed() as i64
    }

    /// Age of the queue.
    fn age(&self) -> i64 {
        if self.runnable() == 0 { self.age } else { self.age.max(self.ages / self.runnable()) }
    }
}

/// What the scheduler knows of a worker.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Entity {
    /// Processor time it has had, up to a constant of the core it last ran on.
    age: i64,
    deadline: i64,
    last_core: usize,
}

/// All cores of the machine.
#[derive(Debug)]
pub(super) struct Cores {
    all: Vec<Core>,
    idle: Vec<usize>,
    queued: usize,
    base_slice: i64,
    tick: u64,
}

impl Cores {
    pub(super) fn new(count: usize, base_slice: u64, tick: u64) -> Self {
        let (all, idle) = (vec![Core::default(); count], (0..count).rev().collect());
        Self { all, idle, queued: 0, base_slice: base_slice.cast_signed(), tick: tick.max(1) }
    }

    pub(super) fn task(&self, core: usize) -> Option<usize> {
        self.all[core].task
    }

    pub(super) fn is_due(&self, core: usize, epoch: u32) -> bool {
        self.all[core].epoch == epoch
    }

    pub(super) fn begins(&self, core: usize) -> u64 {
        self.all[core].since
    }

    /// Its task gets nothing done before that time.
    pub(super) fn hold_up(&mut self, core: usize, until: u64) {
        self.all[core].since = until;
    }

    /// The first tick of the core after this moment. Not all cores' ticks come at once.
    fn next_tick(&self, core: usize, now: u64) -> u64 {
        let phase = self.tick * core as u64 / self.all.len() as u64;
        if now < phase { phase } else { phase + ((now - phase) / self.tick + 1) * self.tick }
    }

    /// Where who last ran on this core is to queue while no core is idle.
    fn shortest_queue(&self, last: usize) -> usize {
        let length = |core: usize| self.all[core].queue.len();
        if length(last) == 0 {
            return last;
        }
        (0..self.all.len()).min_by_key(|&core| (length(core), core != last)).unwrap_or(last)
    }

    fn longest_queue(&self) -> Option<usize> {
        if self.queued == 0 {
            return None;
        }
        (0..self.all.len()).max_by_key(|&core| self.all[core].queue.len())
    }
}

impl Simulation {
    /// Makes a task able to run: on an idle core after `latency`, otherwise when its turn comes.
    pub(super) fn wake(&mut self, id: usize, latency: u64) {
        let last = self.tasks[id].entity.last_core;
        let idle = &mut self.cores.idle;
        if let Some(any) = idle.len().checked_sub(1) {
            let core = idle.swap_remove(idle.iter().rposition(|&core| core == last).unwrap_or(any));
            self.place(core, id);
            // A core that has idled for less than it takes to wake one has not fallen asleep yet.
            let awake = self.now - self.cores.all[core].idle_since < self.setting.wake_up_ns;
            let latency = if awake { latency.min(self.setting.quick_ns) } else { latency };
            self.put_on(core, id, latency);
        } else {
            let core = self.cores.shortest_queue(last);
            self.account(core);
            self.enqueue(core, id);
        }
    }

    /// Enters a woken task into a core's queue: as much older than that as it was older than the one it left.
    fn place(&mut self, core: usize, id: usize) {
        let entity = &mut self.tasks[id].entity;
        let lead = entity.age - self.cores.all[entity.last_core].age();
        let age = self.cores.all[core].age() + lead.max(0);
        *entity = Entity { age, deadline: age + self.cores.base_slice, last_core: core };
    }

    fn enqueue(&mut self, core: usize, id: usize) {
        self.place(core, id);
        let running = self.cores.all[core].task.map(|task| self.tasks[task].entity);
        let age = self.tasks[id].entity.age;
        let tick = self.cores.next_tick(core, self.now);
        let place = &mut self.cores.all[core];
        let alone = place.queue.is_empty();
        place.queue.push(id);
        place.ages += age;
        if alone {
            place.tick_at = tick;
        }
        let at = place.since;
        self.cores.queued += 1;
        if let Some(one) = running {
            let expired = !alone && one.age >= one.deadline;
            let to_run = || self.best(core).is_some_and(|at| self.cores.all[core].queue[at] == id);
            let overdue = one.age > self.cores.all[core].age() && to_run();
            self.cores.all[core].choose |= expired || overdue;
        }
        self.plan(core, at);
    }

    /// Takes a task out of a core's queue.
    fn dequeue(&mut self, core: usize, at: usize) -> usize {
        let place = &mut self.cores.all[core];
        place.age = place.age();
        let id = place.queue.swap_remove(at);
        place.ages -= self.tasks[id].entity.age;
        self.cores.queued -= 1;
        id
    }

    fn put_on(&mut self, core: usize, id: usize, latency: u64) {
        let (begins, tick) = (self.now + latency, self.cores.next_tick(core, self.now));
        let task = &mut self.tasks[id];
        (task.core, task.entity.last_core) = (Some(core), core);
        let place = &mut self.cores.all[core];
        place.ages += task.entity.age;
        (place.task, place.since, place.tick_at, place.choose) = (Some(id), begins, tick, false);
        self.plan(core, begins);
    }

    /// Takes the task off its core.
    fn vacate(&mut self, core: usize, id: usize) {
        debug_assert_eq!(self.cores.all[core].task, Some(id), "who leaves a core is on it");
        let task = &mut self.tasks[id];
        task.core = None;
        let place = &mut self.cores.all[core];
        place.age = place.age();
        place.ages -= task.entity.age;
        (place.task, place.choose) = (None, false);
        place.epoch = place.epoch.wrapping_add(1);
    }

    /// Gives up the core to sleep; the stage says until when.
    pub(super) fn sleep(&mut self, core: usize, id: usize) -> Next {
        self.vacate(core, id);
        if let Some(at) = self.best(core) {
            let next = self.dequeue(core, at);
            self.put_on(core, next, 0);
        } else if let Some(from) = self.cores.longest_queue() {
            let next = self.dequeue(from, 0);
            self.place(core, next);
            self.put_on(core, next, 0);
        } else {
            self.cores.all[core].idle_since = self.now;
            self.cores.idle.push(core);
        }
        Next::Sleep
    }

    /// Place in the core's queue of who is to run next: of those who are eligible, the one with the earliest deadline.
    fn best(&self, core: usize) -> Option<usize> {
        let core = &self.cores.all[core];
        let entity = |at: &usize| &self.tasks[core.queue[*at]].entity;
        let eligible = (0..core.queue.len()).filter(|at| entity(at).age <= core.age());
        // Without the one who has just left there may be nobody.
        eligible.min_by_key(|at| entity(at).deadline).or_else(|| (0..core.queue.len()).min_by_key(|at| entity(at).age))
    }

    /// Stays on its core until what it does is done, or for `stop` nanoseconds, or until the system looks.
    pub(super) fn stay(&mut self, core: usize, id: usize, stop: u64) -> Next {
        let place = &mut self.cores.all[core];
        let stop = place.since.max(self.now) + self.tasks[id].left.min(stop);
        let mut choose = std::mem::take(&mut place.choose);
        if place.queue.is_empty() {
            return Next::Until(stop);
        }
        if self.now >= place.tick_at {
            let entity = &mut self.tasks[id].entity;
            if entity.age >= entity.deadline {
                entity.deadline = entity.age + self.cores.base_slice;
                choose = true;
            }
            self.cores.all[core].tick_at = self.cores.next_tick(core, self.now);
        }
        let rival = if choose { self.best(core) } else { None };
        if let Some(at) = rival.filter(|&at| self.gives_way(core, id, at)) {
            let next = self.dequeue(core, at);
            self.vacate(core, id);
            let place = &mut self.cores.all[core];
            place.queue.push(id);
            place.ages += self.tasks[id].entity.age;
            self.cores.queued += 1;
            self.put_on(core, next, 0);
            return Next::Sleep;
        }
        Next::Until(stop.min(self.cores.all[core].tick_at))
    }

    /// Whether who runs on a core is less entitled to it than the rival at that place of the queue.
    fn gives_way(&self, core: usize, id: usize, rival: usize) -> bool {
        let (place, own) = (&self.cores.all[core], &self.tasks[id].entity);
        own.age > place.age() || self.tasks[place.queue[rival]].entity.deadline < own.deadline
    }

    /// Looks at the core again at that time, and not at any time planned before.
    pub(super) fn plan(&mut self, core: usize, at: u64) {
        let place = &mut self.cores.all[core];
        place.epoch = place.epoch.wrapping_add(1);
        let epoch = place.epoch;
        self.schedule(at.max(self.now), Event::Core { core, epoch });
    }

    /// Looks at the task's core again now, if it has one: something has changed for it.
    pub(super) fn poke(&mut self, id: usize) {
        if let Some(core) = self.tasks[id].core {
            self.plan(core, self.cores.begins(core));
        }
    }

    /// Notes what the task on a core has got done since it was last looked at.
    pub(super) fn account(&mut self, core: usize) {
        let place = &mut self.cores.all[core];
        let (Some(id), elapsed) = (place.task, self.now.saturating_sub(place.since)) else { return };
        place.since = place.since.max(self.now);
        place.ages += elapsed.cast_signed();
        let task = &mut self.tasks[id];
        task.entity.age += elapsed.cast_signed();
        if matches!(task.stage, Stage::Compute | Stage::Call | Stage::Read | Stage::Answer) {
            let done = elapsed.min(task.left);
            task.left -= done;
            self.tally.busy_ns += done;
            self.tally.computed_ns += if task.stage == Stage::Compute { done } else { 0 };
        }
    }

    /// Brings everybody's account up to this moment, including waits that are not over.
    pub(super) fn settle(&mut self) {
        for core in 0..self.cores.all.len() {
            self.account(core);
        }
        for task in &mut self.tasks {
            if let Some(since) = &mut task.waiting_since {
                self.tally.wait_ns += self.now - *since;
                *since = self.now;
            }
        }
    }
}
