//! Servers and parts of them in processes of their own: what they are told, and how they end.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::seats::Seats;
use super::talk::{Part, Talk};
use super::{MOST_CONNECTIONS, Server, Settings, Tally, listen, threads};
use crate::error::{Error, Result};
use crate::sys;
use crate::worker::{Process, Role, receive_with_descriptors, send_with_descriptors};

/// What processes of this room are: a server with a listening socket, a part of a server that is given connections, and
/// one connection of a server.
pub const ROLES: [Role; 3] = [SERVER, CREW, CONNECTION];

const SERVER: Role = Role { name: "server", play: be_server };
const CREW: Role = Role { name: "server-crew", play: be_crew };
const CONNECTION: Role = Role { name: "server-connection", play: be_connection };

/// How long a server may take to come up, and to end when it is told to.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a server says when it is up.
const UP: [u8; 1] = [b'!'];

/// What goes with a connection that is given.
const GIVEN: [u8; 1] = [b'+'];

/// What such a process is told, with its socket and the tally beside it.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    settings: Settings,
    row: usize,
}

/// Starts a process for a connection.
pub(super) fn start_connection(server: &Server, row: usize, stream: &TcpStream) -> io::Result<Process> {
    start(&CONNECTION, &server.settings, row, &[stream.as_fd(), server.tally.as_fd()])
}

/// Starts a process that serves whatever it is given; it is up when this returns.
pub(super) fn start_crew(server: &Server, row: usize) -> io::Result<Process> {
    let process = up(start(&CREW, &server.settings, row, &[server.tally.as_fd()])?)?;
    // Who is slow to take connections must not hold up the server.
    process.line().set_nonblocking(true)?;
    Ok(process)
}

/// Gives a connection to such a process.
pub(super) fn give(crew: &UnixStream, stream: &TcpStream) -> io::Result<()> {
    send_with_descriptors(crew, &GIVEN, &[stream.as_fd()]).map(drop)
}

/// Waits until a process says that it is up.
fn up(mut process: Process) -> io::Result<Process> {
    process.line().set_read_timeout(Some(PATIENCE))?;
    let mut said = [0; 1];
    match process.line().read_exact(&mut said) {
        Ok(()) => Ok(process),
        Err(error) => Err(io::Error::new(error.kind(), format!("it did not come up; {}", process.how_it_ended()))),
    }
}

fn start(role: &Role, settings: &Settings, row: usize, descriptors: &[BorrowedFd<'_>]) -> io::Result<Process> {
    let mut order = serde_json::to_vec(&Order { settings: settings.clone(), row })?;
    order.push(b'\n');
    Process::play_with(role.name, &order, descriptors)
}

/// A server in a process of its own, on a port of its own; it ends with this value.
#[derive(Debug)]
pub struct Hosted {
    process: Process,
    tally: Tally,
    address: SocketAddr,
}

/// Starts a server in a process of its own on loopback.
///
/// # Errors
/// If there is no such way of serving, or the system has no socket or process left.
pub fn host(settings: &Settings) -> Result<Hosted> {
    let what = || format!("cannot start the server `{}`", settings.serving);
    let listener = listen((Ipv4Addr::LOCALHOST, 0).into()).map_err(Error::os(what()))?;
    let address = listener.local_addr().map_err(Error::os(what()))?;
    let tally = Tally::new().map_err(Error::os(what()))?;
    let process =
        start(&SERVER, settings, 0, &[listener.as_fd(), tally.as_fd()]).and_then(up).map_err(Error::os(what()))?;
    Ok(Hosted { process, tally, address })
}

impl Hosted {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has done so far, and its processes.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }
}

impl Drop for Hosted {
    /// Lets it end its own processes first, and waits for that.
    fn drop(&mut self) {
        let _ = self.process.end(PATIENCE);
    }
}

fn be_server(line: &UnixStream) {
    let Some((Order { settings, row }, [socket, tally])) = receive(line) else { return };
    let Ok(tally) = Tally::open(tally) else { return };
    tally.enter(row);
    let Ok(server) = Server::on(TcpListener::from(socket), settings, tally) else { sys::leave(3) };
    let server = Arc::new(server);
    if !say_up(line) {
        return;
    }
    let serving = Arc::clone(&server);
    // A server whose parent is gone ends its own processes before itself, so that nobody else has to wait for them.
    let started = std::thread::Builder::new().spawn(move || {
        if serving.serve().is_err() {
            serving.stop();
            sys::leave(3);
        }
    });
    if started.is_err() {
        sys::leave(3);
    }
    // Nothing is ever said to it: this returns when its parent closes the line or dies.
    let mut line = line;
    let _ = line.read(&mut [0; 1]);
    server.stop();
}

fn be_crew(line: &UnixStream) {
    let Some((Order { settings, row }, [tally])) = receive(line) else { return };
    let Ok(tally) = Tally::open(tally) else { return };
    tally.enter(row);
    let (lock, seats) = (settings.lock(MOST_CONNECTIONS), Seats::new(MOST_CONNECTIONS));
    let part = Part { tally: &tally, row, steps: settings.steps };
    if !say_up(line) {
        return;
    }
    let given = || {
        let mut byte = [0; 1];
        loop {
            match receive_with_descriptors(line, &mut byte) {
                Ok((1, mut descriptors)) => {
                    if let Some(descriptor) = descriptors.pop() {
                        return Ok(TcpStream::from(descriptor));
                    }
                    // The system had no descriptor left to receive it with, and has closed it.
                    tally.note_shortage(row);
                }
                // The server is gone; its clients have nobody to be served by.
                _ => sys::leave(0),
            }
        }
    };
    let _ = threads::serve_each(part, lock.as_ref(), &seats, given);
}

fn be_connection(line: &UnixStream) {
    let Some((Order { settings, row }, [socket, tally])) = receive(line) else { return };
    let Ok(tally) = Tally::open(tally) else { return };
    if sys::die_with(line).is_err() {
        return;
    }
    tally.enter(row);
    let lock = settings.lock(1);
    let worker = lock.as_ref().map(|lock| lock.worker(0));
    Talk::new(Part { tally: &tally, row, steps: settings.steps }, worker).to(&TcpStream::from(socket));
}

/// Says that this process is up, before it serves: who hears nothing of a process that has died takes it for one that
/// never came up. Whether somebody listens.
fn say_up(mut line: &UnixStream) -> bool {
    line.write_all(&UP).is_ok()
}

/// The order in the line, and what came with it; `None` if its sender is gone, or nobody of ours.
fn receive<const N: usize>(mut line: &UnixStream) -> Option<(Order, [OwnedFd; N])> {
    let mut bytes = [0; 1024];
    let (mut length, descriptors) = receive_with_descriptors(line, &mut bytes).ok()?;
    while length > 0 && bytes[length - 1] != b'\n' {
        match line.read(&mut bytes[length..]).ok()? {
            0 => return None,
            more => length += more,
        }
    }
    Some((serde_json::from_slice(&bytes[..length]).ok()?, descriptors.try_into().ok()?))
}
