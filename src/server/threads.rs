//! A thread for each connection.

use std::thread;

use super::seats::Seats;
use super::talk::Talk;
use super::{MOST_CONNECTIONS, Server, Serving};
use crate::error::Result;

pub(super) const SERVING: Serving = Serving {
    id: "threads",
    summary: "a thread for each client",
    workers: |_| 0,
    at_once: |clients, _| clients.min(MOST_CONNECTIONS),
    serve,
};

/// Room for what a connection's thread keeps on its stack: its buffer and little else.
const STACK_BYTES: usize = 64 * 1024;

/// Also what each process of a hybrid does.
pub(super) fn serve(server: &Server) -> Result<()> {
    let lock = server.lock(MOST_CONNECTIONS);
    let seats = Seats::new(MOST_CONNECTIONS);
    thread::scope(|scope| {
        loop {
            let stream = server.accept()?;
            let (seat, lock) = (seats.take(), lock.as_ref());
            let body = move || Talk::new(server, lock.map(|lock| lock.worker(seat.number()))).to(&stream);
            // Without a thread to talk to it, the connection is closed and its client says so.
            if thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, body).is_err() {
                server.tally.note_shortage(server.row);
            }
        }
    })
}
