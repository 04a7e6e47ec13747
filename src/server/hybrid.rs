//! A fixed number of processes, and in each of them a thread for each connection that it is given.
//!
//! The processes are started before the first client comes. The server accepts, and gives each connection to the process
//! that has the fewest: those that share a listening socket leave it to chance who accepts, and with few clients chance
//! often gives one process all of them. A process that dies is replaced: its clients lose their connections, those of
//! the others do not notice.

use std::net::TcpStream;

use super::children::Happening;
use super::{MOST_CONNECTIONS, Server, Serving, failed, order};
use crate::error::{Error, Result};

pub(super) const SERVING: Serving = Serving {
    id: "hybrid",
    summary: "a fixed number of processes, and in them a thread for each client",
    workers: |cores| cores,
    at_once: |clients, workers| clients.min(workers * MOST_CONNECTIONS),
    serve,
};

fn serve(server: &Server) -> Result<()> {
    let (children, processes) = (&server.children, server.settings.workers.max(1));
    let start = |row| children.start(row, || order::start_crew(server, row));
    for row in 1..=processes {
        start(row).map_err(|error| failed(&format!("cannot start process {row} of {processes}"), error))?;
    }
    children.watch(&server.listener).map_err(Error::os("cannot wait for clients"))?;
    // Connections given to the process of each row, of which the tally knows those that have left.
    let mut given = vec![0; processes + 1];
    while let Some(happening) = children.next().map_err(Error::os("cannot wait for clients"))? {
        match happening {
            Happening::Connection => {
                let Some(stream) = server.try_accept()? else {
                    children.breathe();
                    continue;
                };
                let present = |row: &usize| given[*row] - server.tally.left_from(*row).min(given[*row]);
                let row = (1..=processes).min_by_key(present).expect("there is one at least");
                given[row] += u64::from(give(server, row, &stream));
            }
            Happening::End(row) => {
                let Some(well) = children.bury(row) else { continue };
                server.tally.gone(row, well);
                children.breathe();
                while start(row).is_err() {
                    server.tally.note_shortage(0);
                    children.breathe();
                }
                given[row] = server.tally.left_from(row);
            }
        }
    }
    Ok(())
}

/// Gives a connection to the process of a row; whether that has it now. Nobody has one whose process has just died.
fn give(server: &Server, row: usize, stream: &TcpStream) -> bool {
    loop {
        match server.children.line_of(row, |line| order::give(line, stream)) {
            Some(Err(error)) if server.has_no_room(&error) => server.children.breathe(),
            outcome => return matches!(outcome, Some(Ok(()))),
        }
    }
}
