//! A fixed number of threads, each of which talks to one client after the other.
//!
//! A thread keeps its client until that leaves, as with Python's `ThreadPoolExecutor.submit(talk, connection)`, so that a
//! pool serves as many clients at once as it has threads, and those beyond wait like those of a sequential server.

use std::thread;

use super::talk::Talk;
use super::{Server, Serving};
use crate::error::Result;

pub(super) const SERVING: Serving = Serving {
    id: "pool",
    summary: "a fixed number of threads: as many clients at once, and the others wait until one leaves",
    // What Python's ThreadPoolExecutor has if nobody says how many.
    workers: |cores| (cores + 4).min(32),
    at_once: |clients, workers| clients.min(workers),
    serve,
};

fn serve(server: &Server) -> Result<()> {
    let threads = server.settings.workers.max(1);
    let lock = server.lock(threads);
    let body = |number: usize| -> Result<()> {
        let talk = Talk::new(server.part(), lock.as_ref().map(|lock| lock.worker(number)));
        loop {
            talk.to(&server.accept()?);
        }
    };
    thread::scope(|scope| {
        let body = &body;
        for number in 1..threads {
            let started =
                thread::Builder::new().name(format!("pool-{number}")).spawn_scoped(scope, move || body(number));
            // Those that there are serve; an error would be heard only after the last of them has ended.
            if started.is_err() {
                server.tally.note_shortage(0);
            }
        }
        body(0)
    })
}
