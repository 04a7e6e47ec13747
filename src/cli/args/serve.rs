//! The arguments of `gilbench serve`.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, RangedU64ValueParser};

use super::shared::interval;
use crate::run::Knobs;
use crate::server::{self, Serving, Settings, work};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 130 ended by Ctrl-C; 2 wrong usage; 3 the address cannot be had, or the system has no \
                        descriptor, thread or process left to serve with."
)]
pub(in crate::cli) struct ServeArguments {
    /// How clients are served: one after the other, by a thread or a process each, by a fixed pool of threads, or by
    /// processes with threads in them.
    #[arg(long, value_name = "MODEL", value_parser = servings(), default_value = "threads")]
    model: String,
    /// The port; 0 is any that is free.
    #[arg(long, value_name = "N", default_value_t = 8080)]
    port: u16,
    /// The address to listen on; others than loopback let in whoever can reach this machine.
    #[arg(long, value_name = "ADDR", value_parser = host, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Put the threads of each process under a simulated global lock.
    #[arg(long)]
    lock: bool,
    /// Switch interval of the lock, such as 5ms or 500us.
    #[arg(long, value_name = "TIME", value_parser = interval, default_value = "5ms")]
    switch_interval: Duration,
    /// Computing for each request, in microseconds.
    #[arg(long, value_name = "N", value_parser = work_us(), default_value = "0")]
    work_us: u64,
    /// Threads of a pool or processes of a hybrid [default: as Python's thread pool, or as many as cores].
    #[arg(long, value_name = "N", value_parser = workers())]
    workers: Option<u64>,
}

impl ServeArguments {
    /// Where to listen.
    pub(in crate::cli) fn address(&self) -> (IpAddr, u16) {
        (self.host, self.port)
    }

    /// How to serve on a machine with so many cores. Finding out how much computing takes so long takes a moment.
    pub(in crate::cli) fn settings(&self, cores: usize) -> Settings {
        let serving = Serving::find(&self.model);
        let usual = || serving.map_or(0, |serving| serving.workers(cores));
        Settings {
            serving: self.model.clone(),
            locked: self.lock,
            steps: work::steps_for(Duration::from_micros(self.work_us)),
            workers: self.workers.map_or_else(usual, |workers| workers as usize),
            knobs: Knobs::with_interval(self.switch_interval),
        }
    }
}

fn servings() -> PossibleValuesParser {
    server::ALL.iter().map(|serving| PossibleValue::new(serving.id).help(serving.summary)).collect::<Vec<_>>().into()
}

fn work_us() -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(0..=work::MOST.as_micros() as u64)
}

fn workers() -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(1..=server::MOST_CONNECTIONS as u64)
}

fn host(text: &str) -> Result<IpAddr, String> {
    if text == "localhost" {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    text.parse().map_err(|error| format!("{error}; write an address such as 127.0.0.1, ::1 or 0.0.0.0"))
}
