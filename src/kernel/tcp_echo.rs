//! Request and response over loopback TCP, answered after 1 ms.
//!
//! The peer waits before it answers because loopback alone is answered within microseconds, as no network does. Sending
//! and receiving let go of the lock separately, as they do in CPython: a thread that sends has to take the lock again
//! before it can receive.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::chained::chained;
use super::mix::mix;
use super::peer::{LATENCY, connect, serve};
use super::{Bound, Kernel, Seat, Task, Thread};
use crate::error::Result;

/// Bytes of a request and of a response; the first eight carry a number, the rest is filler.
const MESSAGE: usize = 64;

pub(super) struct TcpEcho;

impl Kernel for TcpEcho {
    fn name(&self) -> &'static str {
        "tcp-echo"
    }

    fn bound(&self) -> Bound {
        Bound::Io
    }

    fn summary(&self) -> &'static str {
        "sends 64 bytes over loopback and waits 1 ms for the answer"
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        let mut stream = connect(seat)?;
        Ok(chained(seat, move |number, thread| {
            ask(&mut stream, number, thread)
                .unwrap_or_else(|error| panic!("the step got no answer from its peer: {error}"))
        }))
    }

    fn peer(&self) -> Option<fn(TcpListener)> {
        Some(|listener| serve(&listener, answer_all))
    }
}

fn ask(stream: &mut TcpStream, number: u64, thread: &dyn Thread) -> io::Result<u64> {
    let mut message = [0x2e; MESSAGE];
    write_number(&mut message, number);
    thread.blocking(|| stream.write_all(&message))?;
    thread.blocking(|| stream.read_exact(&mut message))?;
    Ok(read_number(&message))
}

/// The peer's end: answers each message with its number mixed, until the connection ends.
fn answer_all(mut stream: TcpStream) -> io::Result<()> {
    let mut message = [0; MESSAGE];
    loop {
        stream.read_exact(&mut message)?;
        let number = read_number(&message);
        write_number(&mut message, mix(number));
        thread::sleep(LATENCY);
        stream.write_all(&message)?;
    }
}

fn read_number(message: &[u8; MESSAGE]) -> u64 {
    u64::from_le_bytes(*message.first_chunk().expect("a message begins with eight bytes of number"))
}

fn write_number(message: &mut [u8; MESSAGE], number: u64) {
    message[..8].copy_from_slice(&number.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NoLock, peer_of};
    use super::*;

    #[test]
    fn the_peer_answers_256_connections_at_once() {
        const SEATS: usize = 256;
        let peer = peer_of(&TcpEcho);
        let seat = |worker| Seat::new(worker, SEATS, SEATS as u64).with_peer(peer);
        let mut tasks: Vec<_> = (0..SEATS).map(|worker| TcpEcho.prepare(&seat(worker)).unwrap()).collect();
        thread::scope(|scope| {
            for (number, task) in (0..).zip(&mut tasks) {
                scope.spawn(move || assert_eq!(task.step(&NoLock), mix(number)));
            }
        });
    }
}
