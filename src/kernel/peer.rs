//! Both ends of a loopback connection to a kernel's peer: the server's accept loop, and a seat's own connection.
//!
//! The server has a thread with a small stack per connection: at a few hundred connections that is the simplest server
//! whose answers do not wait for each other.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use super::Seat;
use crate::error::{Error, Result};

/// From the arrival of a request to its answer: that of a network within one building.
pub(super) const LATENCY: Duration = Duration::from_millis(1);

const STACK_BYTES: usize = 64 * 1024;
/// How long to wait before accepting again when the system refuses a descriptor or a thread.
const BREATH: Duration = Duration::from_millis(10);

/// Accepts for ever, and gives each connection to `talk` on a thread of its own. A connection ends when `talk` returns.
pub(super) fn serve(listener: &TcpListener, talk: fn(TcpStream) -> io::Result<()>) {
    loop {
        let started = listener.accept().and_then(|(stream, _)| {
            stream.set_nodelay(true)?;
            thread::Builder::new().stack_size(STACK_BYTES).spawn(move || talk(stream))
        });
        if started.is_err() {
            thread::sleep(BREATH);
        }
    }
}

/// Connects a seat to its kernel's peer.
pub(super) fn connect(seat: &Seat) -> Result<TcpStream> {
    let address = seat.peer().ok_or_else(|| {
        Error::request("this kernel talks to a peer, but the seat has no address of one: start Kernel::peer first")
    })?;
    TcpStream::connect(address)
        .and_then(|stream| stream.set_nodelay(true).map(|()| stream))
        .map_err(Error::os(format!("connecting to the kernel's peer at {address}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_without_peer_is_told_so() {
        let error = connect(&Seat::new(0, 1, 1)).unwrap_err();
        assert!(error.to_string().contains("no address"), "{error}");
    }
}
