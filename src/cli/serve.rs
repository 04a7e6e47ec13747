//! `gilbench serve`: the upper-casing server, by hand.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::Context as _;

use super::args::ServeArguments;
use super::run::listen_for_interruption;
use super::{FAILED, INTERRUPTED, output};
use crate::report::format;
use crate::server::{Server, Tally};
use crate::{machine, worker};

/// How often it looks whether something has changed that is worth a line.
const LOOK: Duration = Duration::from_millis(100);

pub(super) fn serve(arguments: &ServeArguments) -> anyhow::Result<i32> {
    let (host, port) = arguments.address();
    let server = Arc::new(Server::bind(host, port, arguments.settings(machine::usable_cores()))?);
    listen_for_interruption()?;
    announce(server.address()?)?;
    let serving = Arc::clone(&server);
    let (ended, end) = channel();
    std::thread::Builder::new()
        .name("serving".into())
        .spawn(move || ended.send(serving.serve()))
        .context("cannot start a thread to serve with")?;
    let mut seen = Seen::default();
    while !worker::interrupted() {
        match end.recv_timeout(LOOK) {
            Err(RecvTimeoutError::Timeout) => seen.look(server.tally()),
            // It serves until it is stopped, so it has failed.
            outcome => return outcome?.map(|()| FAILED).map_err(Into::into),
        }
    }
    let present = server.tally().present();
    server.stop();
    output::note(&summary(server.tally(), present));
    Ok(INTERRUPTED)
}

fn announce(address: SocketAddr) -> anyhow::Result<()> {
    output::text(&format!("listening on {address}"))?;
    let ip = match address.ip() {
        IpAddr::V6(ip) if ip.is_unspecified() => "::1".into(),
        IpAddr::V4(ip) if ip.is_unspecified() => "127.0.0.1".into(),
        ip => ip.to_string(),
    };
    output::note(&format!("Connect with `nc {ip} {}`, in several terminals; Ctrl-C ends the server.", address.port()));
    if !address.ip().is_loopback() {
        output::note("Whoever can reach this machine can connect: `--host 127.0.0.1` lets in nobody else.");
    }
    Ok(())
}

/// What was told last.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    connections: u64,
    present: u64,
    lost: u64,
    shortages: u64,
}

impl Seen {
    /// Says what has changed.
    fn look(&mut self, tally: &Tally) {
        let now = Self {
            connections: tally.connections(),
            present: tally.present(),
            lost: tally.lost(),
            shortages: tally.shortages(),
        };
        if now.lost > self.lost {
            output::note("A process of the server ended badly, and its clients lost their connections.");
        }
        // Once: what is short is mostly short for a while, and asked for many times a second.
        if now.shortages > 0 && self.shortages == 0 {
            output::note(
                "The system has no descriptor, thread or process left for another client, which waits or is closed: \
                 raise `ulimit -n` or `ulimit -u`.",
            );
        }
        if (now.connections, now.present) != (self.connections, self.present) {
            let (present, all) = (clients(now.present), now.connections);
            output::note(&format!("{present} being served, {all} in all, {} answered", requests(tally)));
        }
        *self = now;
    }
}

fn summary(tally: &Tally, present: u64) -> String {
    let served = format!("{} served, {} answered", clients(tally.connections()), requests(tally));
    let still = match present {
        0 => String::new(),
        present => format!("; {} still there", clients(present)),
    };
    format!("Ended: {served}{still}.")
}

fn clients(number: u64) -> String {
    format::count(number as usize, "client")
}

fn requests(tally: &Tally) -> String {
    format::count(tally.requests() as usize, "request")
}
