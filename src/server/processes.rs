//! A process for each connection.

use super::children::Happening;
use super::{MOST_CONNECTIONS, Server, Serving, order};
use crate::error::{Error, Result};

pub(super) const SERVING: Serving = Serving {
    id: "processes",
    summary: "a process for each client, given the accepted socket",
    workers: |_| 0,
    at_once: |clients, _| clients.min(MOST_CONNECTIONS),
    serve,
};

fn serve(server: &Server) -> Result<()> {
    let children = &server.children;
    let watch = || children.watch(&server.listener).map_err(Error::os("cannot wait for clients"));
    let mut free: Vec<usize> = (1..=MOST_CONNECTIONS).rev().collect();
    watch()?;
    while let Some(happening) = children.next().map_err(Error::os("cannot wait for clients"))? {
        match happening {
            Happening::Connection => connect(server, &mut free)?,
            Happening::End(row) => {
                let Some(well) = children.bury(row) else { continue };
                server.tally.gone(row, well);
                if free.is_empty() {
                    watch()?;
                }
                free.push(row);
            }
        }
    }
    Ok(())
}

/// Accepts a client and gives it a process with a row of its own.
fn connect(server: &Server, free: &mut Vec<usize>) -> Result<()> {
    let children = &server.children;
    // A process that ends leaves descriptors behind, so the wait for them is the loop's.
    let Some(stream) = server.try_accept()? else {
        children.breathe();
        return Ok(());
    };
    let row = free.pop().expect("clients are waited for while a row is free");
    if let Err(error) = children.start(row, || order::start_connection(server, row, &stream)) {
        // Its connection is closed with `stream`.
        free.push(row);
        if !server.has_no_room(&error) {
            return Err(Error::os("cannot start a process for a connection")(error));
        }
    }
    if free.is_empty() {
        children.look_away(&server.listener).map_err(Error::os("cannot wait for clients"))?;
    }
    Ok(())
}
