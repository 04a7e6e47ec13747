//! The echo server: one process of ours, outside both the real interpreter and its stand-in, for both.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use super::protocol::MESSAGE;
use crate::error::{Error, Result};
use crate::sys;
use crate::worker::{Child, Output, Role, again};

pub(crate) const ROLE: Role = Role { name: "echo", play };

const STACK_BYTES: usize = 64 * 1024;

/// The server and where it listens. It ends with this value.
#[derive(Debug)]
pub(super) struct Server {
    _child: Child,
    pub(super) port: u16,
}

impl Server {
    pub(super) fn start() -> Result<Self> {
        let start = || -> io::Result<Self> {
            let mut child = Child::start(again(ROLE.name), Output::Nowhere)?;
            child.line().set_read_timeout(Some(Duration::from_secs(10)))?;
            let mut port = [0; 2];
            child.line().read_exact(&mut port)?;
            Ok(Self { _child: child, port: u16::from_le_bytes(port) })
        };
        start().map_err(Error::os("cannot start the echo server"))
    }
}

fn play(mut line: &UnixStream) {
    let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)) else { return };
    let port = listener.local_addr().map_or(0, |address| address.port());
    if sys::die_with(line).is_err() || line.write_all(&port.to_le_bytes()).is_err() {
        return;
    }
    for stream in listener.incoming().flatten() {
        // Without a thread to talk to it, the connection is closed and its client says so.
        let _ = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || answer_all(stream));
    }
}

/// Answers every message with itself, as late as it says, until the connection ends.
fn answer_all(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut message = [0; MESSAGE];
    loop {
        stream.read_exact(&mut message)?;
        match u32::from_le_bytes(*message.first_chunk().expect("a message begins with its delay")) {
            0 => {}
            micros => thread::sleep(Duration::from_micros(micros.into())),
        }
        stream.write_all(&message)?;
    }
}
