//! A server and its clients, from the first connection to the last that leaves.

use std::time::{Duration, Instant};

use super::client::Client;
use super::load::{Load, OnSchedule, Schedule};
use crate::error::{Error, Result};
use crate::machine;
use crate::run::Profile;
use crate::server::{Hosted, Settings, host};

/// What is played.
#[derive(Debug)]
pub(super) struct Scene {
    /// How the server serves.
    pub(super) settings: Settings,
    /// Clients that connect.
    pub(super) clients: usize,
    /// How many of them should be served at once, and so are waited for at the beginning.
    pub(super) at_once: usize,
    /// Whether a request costs computing.
    pub(super) computing: bool,
    /// How much to ask.
    pub(super) profile: Profile,
}

/// What the clients heard.
#[derive(Debug)]
pub(super) struct Heard {
    /// Answers per second when everybody asks again at once.
    pub(super) rate: f64,
    /// From when a request was due to its answer, in nanoseconds.
    pub(super) latencies: Vec<f64>,
    /// From when a request was due to when it was sent, in nanoseconds.
    pub(super) lateness: Vec<f64>,
    /// From connecting to the first answer, in nanoseconds, of those served at once.
    pub(super) first_answers: Vec<f64>,
    /// Memory of the server's processes for each connection served, in bytes.
    pub(super) pss_bytes: Option<f64>,
    /// Connections refused, broken off, or never answered.
    pub(super) lost: usize,
    /// Clients without any answer when the first left.
    pub(super) unserved: usize,
    /// Clients with an answer then, beside the first.
    pub(super) beside: usize,
}

impl Scene {
    pub(super) fn play(&self) -> Result<Heard> {
        let hosted = host(&self.settings)?;
        let trouble = || Error::os(format!("asking the server `{}`", self.settings.serving));
        prime(&hosted).map_err(trouble())?;
        let before = pss_bytes(&hosted);
        let mut load = Load::connect(hosted.address(), self.clients).map_err(trouble())?;
        let first_answers = load.ask_once(self.at_once).map_err(trouble())?;
        let served = first_answers.len().max(1);
        let pss_bytes = before.zip(pss_bytes(&hosted)).map(|(before, after)| (after - before).max(0.0) / served as f64);
        let rate = load.ask_again_and_again(self.burst()).map_err(trouble())?;
        let schedule = self.schedule(load.clients.len());
        let OnSchedule { latencies, lateness, others } = load.ask_on_schedule(&schedule).map_err(trouble())?;
        let (unserved, beside) = others.unwrap_or((load.clients.len(), 0));
        Ok(Heard { rate, latencies, lateness, first_answers, pss_bytes, lost: load.lost, unserved, beside })
    }

    /// How long everybody asks again and again.
    fn burst(&self) -> Duration {
        Duration::from_millis(match (self.profile, self.computing) {
            (Profile::Full, true) => 50,
            (Profile::Full, false) => 30,
            (_, true) => 20,
            (_, false) => 8,
        })
    }

    /// Requests at random moments, as of many people who know nothing of each other: exponential gaps, the same ones in
    /// every scene. They are shared by all clients in turn, one each at least.
    fn schedule(&self, clients: usize) -> Schedule {
        // Far below what any way of serving can do, also under the lock: longer queues would say how long it was watched.
        let per_second = if self.computing { 500.0 } else { 8000.0 };
        let requests = match (self.profile, self.computing) {
            (Profile::Full, true) => 100,
            (Profile::Full, false) => 1000,
            (_, true) => 30,
            (_, false) => 125,
        };
        if clients == 0 {
            return vec![];
        }
        let mut random = fastrand::Rng::with_seed(1);
        let mut at = 0.0;
        let send = |number: usize| {
            at += -(1.0 - random.f64()).ln() / per_second * 1e9;
            (at as u64, number % clients)
        };
        (0..requests.max(clients)).map(send).collect()
    }
}

/// A client that comes, asks and leaves before those that count: what a server needs once is not theirs.
fn prime(hosted: &Hosted) -> std::io::Result<()> {
    let until = Instant::now() + Duration::from_secs(2);
    let mut client = Client::connect(hosted.address())?;
    client.ask()?;
    while client.answered == 0 && Instant::now() < until {
        std::thread::sleep(Duration::from_micros(50));
        client.hear(|_| ())?;
    }
    drop(client);
    while hosted.tally().present() > 0 && Instant::now() < until {
        std::thread::sleep(Duration::from_micros(50));
    }
    Ok(())
}

/// Memory of all the server's processes, in bytes.
fn pss_bytes(hosted: &Hosted) -> Option<f64> {
    // One that has just ended has none any more.
    let bytes: Vec<_> = hosted.tally().processes().filter_map(machine::pss_bytes).collect();
    (!bytes.is_empty()).then(|| bytes.iter().sum::<u64>() as f64)
}
