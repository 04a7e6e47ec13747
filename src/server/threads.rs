//! A thread for each connection.

use std::net::TcpStream;
use std::thread;

use super::seats::Seats;
use super::talk::{Part, Talk};
use super::{MOST_CONNECTIONS, Server, Serving};
use crate::error::Result;
use crate::lock::Gil;

pub(super) const SERVING: Serving = Serving {
    id: "threads",
    summary: "a thread for each client",
    workers: |_| 0,
    at_once: |clients, _| clients.min(MOST_CONNECTIONS),
    serve,
};

/// Room for what a connection's thread keeps on its stack: its buffer and little else.
const STACK_BYTES: usize = 64 * 1024;

fn serve(server: &Server) -> Result<()> {
    let (lock, seats) = (server.lock(MOST_CONNECTIONS), Seats::new(MOST_CONNECTIONS));
    serve_each(server.part(), lock.as_ref(), &seats, || server.accept())
}

/// A thread for each connection there is; also what each process of a hybrid does.
pub(super) fn serve_each(
    part: Part<'_>,
    lock: Option<&Gil>,
    seats: &Seats,
    mut next: impl FnMut() -> Result<TcpStream>,
) -> Result<()> {
    thread::scope(|scope| {
        loop {
            let (stream, seat) = (next()?, seats.take());
            let body = move || Talk::new(part, lock.map(|lock| lock.worker(seat.number()))).to(&stream);
            // Without a thread to talk to it, the connection is closed and its client says so.
            if thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, body).is_err() {
                part.tally.note_shortage(part.row);
            }
        }
    })
}
