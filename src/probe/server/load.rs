//! The load: all clients on one thread, which sleeps until an answer comes or a request is due.
//!
//! What is timed allocates nothing: every buffer is there before, and statistics come afterwards.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::thread::set_current_timer_slack;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

use super::client::Client;
use crate::sys::clock_ns;

/// What the timer is called in the watch; clients are called by their numbers.
const TIMER: u64 = u64::MAX;

/// Events taken at once.
const EVENTS: usize = 64;

/// How long beyond what was planned clients wait for answers.
const PATIENCE: Duration = Duration::from_secs(5);

/// When which client is to ask, in nanoseconds from the beginning, in this order.
pub(super) type Schedule = Vec<(u64, usize)>;

/// All clients of a scene.
pub(super) struct Load {
    pub(super) clients: Vec<Client>,
    /// Connections that were refused, broken off or never answered.
    pub(super) lost: usize,
    watch: OwnedFd,
    timer: OwnedFd,
    events: [Event; EVENTS],
}

/// What clients heard on schedule.
#[derive(Debug)]
pub(super) struct OnSchedule {
    /// From the moment at which a request was due to its answer, in nanoseconds.
    pub(super) latencies: Vec<f64>,
    /// From the moment at which a request was due to that at which it was sent, in nanoseconds.
    pub(super) lateness: Vec<f64>,
    /// Other clients that had no answer at all, and that had one, when the first left; `None` if none ever left.
    pub(super) others: Option<(usize, usize)>,
}

impl Load {
    /// Connects so many clients.
    pub(super) fn connect(address: SocketAddr, clients: usize) -> io::Result<Self> {
        // A timer may be late by fifty microseconds otherwise, for the sake of a battery.
        let _ = set_current_timer_slack(std::num::NonZeroU64::new(1));
        let watch = epoll::create(CreateFlags::CLOEXEC)?;
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK)?;
        epoll::add(&watch, &timer, EventData::new_u64(TIMER), EventFlags::IN)?;
        let nothing = Event { flags: EventFlags::empty(), data: EventData::new_u64(0) };
        let mut load = Self { clients: vec![], lost: 0, watch, timer, events: [nothing; EVENTS] };
        for _ in 0..clients {
            match Client::connect(address) {
                Ok(client) => load.admit(client)?,
                Err(_) => load.lost += 1,
            }
        }
        Ok(load)
    }

    fn admit(&mut self, client: Client) -> io::Result<()> {
        let stream = client.stream().expect("it has just connected");
        epoll::add(&self.watch, stream, EventData::new_u64(self.clients.len() as u64), EventFlags::IN)?;
        self.clients.push(client);
        Ok(())
    }

    /// Everybody asks once; waits until so many are answered. Returns the time from connecting to each answer, in
    /// nanoseconds.
    pub(super) fn ask_once(&mut self, at_once: usize) -> io::Result<Vec<f64>> {
        let mut first_answers = Vec::with_capacity(self.clients.len());
        for number in 0..self.clients.len() {
            self.ask(number);
        }
        let until = clock_ns() + PATIENCE.as_nanos() as u64;
        while first_answers.len() < at_once.min(self.present()) && clock_ns() < until {
            for at in 0..self.wait(until)? {
                let number = self.events[at].data.u64() as usize;
                if let Some(client) = self.clients.get_mut(number) {
                    let began = client.began;
                    let heard = client.hear(|_| first_answers.push((clock_ns() - began) as f64));
                    self.keep(number, &heard);
                }
            }
        }
        Ok(first_answers)
    }

    /// For so long, everybody whose requests are all answered asks again at once. Returns answers per second.
    pub(super) fn ask_again_and_again(&mut self, length: Duration) -> io::Result<f64> {
        let began = clock_ns();
        let end = began + length.as_nanos() as u64;
        for number in 0..self.clients.len() {
            self.ask_if_idle(number);
        }
        let (mut answers, mut last) = (0_u64, began);
        while clock_ns() < end {
            for at in 0..self.wait(end)? {
                let number = self.events[at].data.u64() as usize;
                if let Some(client) = self.clients.get_mut(number) {
                    let heard = client.hear(|_| answers += 1);
                    last = clock_ns();
                    self.keep(number, &heard);
                    if last < end {
                        self.ask_if_idle(number);
                    }
                }
            }
        }
        self.settle()?;
        Ok(answers as f64 / ((last - began).max(1) as f64 / 1e9))
    }

    /// Waits for the last answers of those that were answered before.
    fn settle(&mut self) -> io::Result<()> {
        let until = clock_ns() + PATIENCE.as_nanos() as u64;
        let asking =
            |client: &Client| client.stream().is_some() && client.answered > 0 && client.answered < client.sent;
        while self.clients.iter().any(asking) && clock_ns() < until {
            for at in 0..self.wait(until)? {
                let number = self.events[at].data.u64() as usize;
                if let Some(client) = self.clients.get_mut(number) {
                    let heard = client.hear(|_| ());
                    self.keep(number, &heard);
                }
            }
        }
        Ok(())
    }

    /// Everybody asks on schedule, and leaves when that is over and it has all its answers.
    pub(super) fn ask_on_schedule(&mut self, schedule: &Schedule) -> io::Result<OnSchedule> {
        let mut timetable = Timetable::new(self, schedule);
        let (mut next, mut others) = (0, None);
        let begin = clock_ns() + LEAD.as_nanos() as u64;
        // Who leaves gives the server something else to do, so nobody does while there is something to be timed.
        let over = begin + schedule.last().map_or(0, |last| last.0) + LEAD.as_nanos() as u64;
        let until = over + PATIENCE.as_nanos() as u64;
        while clock_ns() < until {
            while let Some(&(due, number)) = schedule.get(next).filter(|(due, _)| begin + due <= clock_ns()) {
                timetable.lateness.push((clock_ns() - begin - due) as f64);
                self.ask(number);
                next += 1;
            }
            if clock_ns() >= over {
                self.let_go(&timetable, &mut others);
                if self.present() == 0 {
                    break;
                }
            }
            let wake = schedule.get(next).map_or(if clock_ns() < over { over } else { until }, |(due, _)| begin + due);
            for at in 0..self.wait(wake)? {
                let number = self.events[at].data.u64() as usize;
                if let Some(client) = self.clients.get_mut(number) {
                    let heard = client.hear(|answer| timetable.hear(number, answer, clock_ns() - begin));
                    self.keep(number, &heard);
                }
            }
        }
        self.lost += self.present();
        Ok(OnSchedule { latencies: timetable.latencies, lateness: timetable.lateness, others })
    }

    /// Those leave that have all their answers; who was served when the first did is noted.
    fn let_go(&mut self, timetable: &Timetable, others: &mut Option<(usize, usize)>) {
        for number in 0..self.clients.len() {
            let client = &mut self.clients[number];
            if client.stream().is_some() && timetable.is_over_for(number, client.answered) {
                client.leave();
                if others.is_none() {
                    let served = self.clients.iter().filter(|client| client.answered > 0).count();
                    *others = Some((self.clients.len() - served, served - 1));
                }
            }
        }
    }

    /// Clients that have a connection.
    fn present(&self) -> usize {
        self.clients.iter().filter(|client| client.stream().is_some()).count()
    }

    fn ask(&mut self, number: usize) {
        let client = &mut self.clients[number];
        if client.stream().is_some() {
            let asked = client.ask();
            self.keep(number, &asked);
        }
    }

    fn ask_if_idle(&mut self, number: usize) {
        if self.clients[number].answered == self.clients[number].sent {
            self.ask(number);
        }
    }

    /// A client whose connection is gone is lost.
    fn keep<T>(&mut self, number: usize, outcome: &io::Result<T>) {
        if outcome.is_err() && self.clients[number].stream().is_some() {
            self.clients[number].leave();
            self.lost += 1;
        }
    }

    /// Sleeps until something has come, or until this moment; how many events there are.
    fn wait(&mut self, until: u64) -> io::Result<usize> {
        let value =
            Timespec { tv_sec: (until / 1_000_000_000).cast_signed(), tv_nsec: (until % 1_000_000_000).cast_signed() };
        let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
        timerfd_settime(&self.timer, TimerfdTimerFlags::ABSTIME, &once)?;
        match epoll::wait(&self.watch, &mut self.events, None) {
            Ok(events) => Ok(events),
            Err(rustix::io::Errno::INTR) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }
}

/// From the decision to begin to the first moment of a schedule.
const LEAD: Duration = Duration::from_millis(1);

/// A schedule as its answers come in.
struct Timetable {
    /// For each client the number of its first request on schedule, and when that and the following are due.
    due: Vec<(usize, Vec<u64>)>,
    latencies: Vec<f64>,
    lateness: Vec<f64>,
}

impl Timetable {
    fn new(load: &Load, schedule: &Schedule) -> Self {
        let mut due: Vec<(usize, Vec<u64>)> = load.clients.iter().map(|client| (client.sent, vec![])).collect();
        for &(at, number) in schedule {
            due[number].1.push(at);
        }
        let (latencies, lateness) = (Vec::with_capacity(schedule.len()), Vec::with_capacity(schedule.len()));
        Self { due, latencies, lateness }
    }

    /// Notes an answer, at this moment of the schedule; those to earlier requests are not on it.
    fn hear(&mut self, client: usize, answer: usize, now: u64) {
        let (first, due) = &self.due[client];
        let at = answer.checked_sub(*first).and_then(|index| due.get(index));
        self.latencies.extend(at.map(|at| now.saturating_sub(*at) as f64));
    }

    /// Whether a client with so many answers has all.
    fn is_over_for(&self, client: usize, answered: usize) -> bool {
        let (first, due) = &self.due[client];
        answered >= first + due.len()
    }
}
