//! A fixed number of processes that share the listening socket, with a thread for each connection in them.
//!
//! They are started before the first client comes, and one that dies is replaced: its clients lose their connections,
//! those of the others do not notice.

use super::children::Happening;
use super::{Server, Serving, Settings, failed, order, threads};
use crate::error::{Error, Result};

pub(super) const SERVING: Serving = Serving {
    id: "hybrid",
    summary: "a fixed number of processes, and in them a thread for each client",
    workers: |cores| cores,
    at_once: |clients, workers| (threads::SERVING.at_once)(clients, workers),
    serve,
};

fn serve(server: &Server) -> Result<()> {
    let (children, processes) = (&server.children, server.settings.workers.max(1));
    let settings = Settings { serving: threads::SERVING.id.into(), ..server.settings.clone() };
    let start = |row| children.start(row, || order::start_server(&settings, row, &server.listener, &server.tally));
    for row in 1..=processes {
        start(row).map_err(|error| failed(&format!("cannot start process {row} of {processes}"), error))?;
    }
    while let Some(happening) = children.next().map_err(Error::os("cannot watch processes"))? {
        let Happening::End(row) = happening else { continue };
        server.tally.gone(row, children.bury(row));
        children.breathe();
        while start(row).is_err() {
            server.tally.note_shortage(server.row);
            children.breathe();
        }
    }
    Ok(())
}
