//! What workers and peers do: compute, call, sleep, and begin again.

use super::{Next, Protocol, Simulation, Stage};

impl Simulation {
    pub(super) fn attach_next(&mut self, id: usize) -> Next {
        self.tasks[id].stage = Stage::Attach;
        Next::Step
    }

    pub(super) fn compute(&mut self, core: usize, id: usize) -> Next {
        if self.tasks[id].left == 0 {
            return if self.setting.job.calls() { self.detach(core, id) } else { self.end_job(core, id) };
        }
        let stop = match self.setting.protocol {
            Protocol::Free => u64::MAX,
            Protocol::SwitchInterval => match self.to_request(id) {
                Some(0) => return self.drop_on_request(core, id),
                Some(distance) => distance,
                None => u64::MAX,
            },
            Protocol::Legacy => match self.to_check(id) {
                Some(0) => return self.check(core, id),
                Some(distance) => distance,
                None => u64::MAX,
            },
        };
        self.stay(core, id, stop)
    }

    pub(super) fn begin_call(&mut self, id: usize) -> Next {
        let call = self.vary(self.setting.job.call_ns);
        (self.tasks[id].stage, self.tasks[id].left) = (Stage::Call, call);
        Next::Step
    }

    pub(super) fn block(&mut self, core: usize, id: usize) -> Next {
        self.tasks[id].stage = Stage::Block;
        if self.setting.job.served_here {
            self.wake_peer(id + self.setting.workers(), Stage::Read);
        } else {
            let io = self.vary(self.setting.job.io_ns);
            // The wake-up at its end is part of the call.
            self.set_timer(id, io.saturating_sub(self.setting.wake_up_ns));
        }
        self.sleep(core, id)
    }

    pub(super) fn wake_peer(&mut self, peer: usize, stage: Stage) {
        let half = self.vary(self.setting.job.call_ns / 2.0);
        (self.tasks[peer].stage, self.tasks[peer].left) = (stage, half);
        self.wake(peer, self.setting.wake_up_ns);
    }

    /// A peer sleeps for what is left of a call alone: without three wake-ups, and what it does itself.
    pub(super) fn reflect(&mut self, core: usize, peer: usize) -> Next {
        let io = self.vary(self.setting.job.io_ns);
        let own = 3 * self.setting.wake_up_ns + self.setting.job.call_ns as u64;
        self.tasks[peer].stage = Stage::Reflect;
        self.set_timer(peer, io.saturating_sub(own));
        self.sleep(core, peer)
    }

    pub(super) fn end_job(&mut self, core: usize, id: usize) -> Next {
        let now = self.now;
        let left = self.vary(self.setting.job.cpu_ns);
        let task = &mut self.tasks[id];
        if let Some(began) = task.job_began.replace(now) {
            self.tally.job(now - began);
        }
        task.jobs_left -= 1;
        (task.left, task.checked) = (left, u64::MAX);
        let attached = task.stage == Stage::Compute;
        if task.jobs_left == 0 {
            if attached {
                self.release(id);
            }
            self.tasks[id].stage = Stage::Done;
            self.unfinished -= 1;
            return self.sleep(core, id);
        }
        if !attached {
            return self.attach_next(id);
        }
        // Between two jobs without a call is a safepoint, however far apart the others are.
        if task.asked { self.drop_on_request(core, id) } else { Next::Step }
    }
}
