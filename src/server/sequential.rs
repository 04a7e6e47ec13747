//! One loop that accepts a connection and talks to it until its client leaves.

use super::talk::Talk;
use super::{Server, Serving};
use crate::error::Result;

pub(super) const SERVING: Serving = Serving {
    id: "sequential",
    summary: "one thread, one client after the other: the second waits until the first leaves",
    workers: |_| 0,
    at_once: |clients, _| clients.min(1),
    serve,
};

fn serve(server: &Server) -> Result<()> {
    let lock = server.lock(1);
    let talk = Talk::new(server.part(), lock.as_ref().map(|lock| lock.worker(0)));
    loop {
        talk.to(&server.accept()?);
    }
}
