//! The processes of a server: started, watched, and none left behind.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::event::{EventfdFlags, eventfd};

use super::BREATH;
use crate::worker::Process;

/// What the listening socket is called in the watch; rows of the tally are far smaller numbers.
const LISTENER: u64 = u64::MAX;
/// What the order to stop is called.
const STOP: u64 = u64::MAX - 1;

/// How long a process whose line is closed may take to be gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// The processes, by their rows of the tally, and a watch over their lines.
#[derive(Debug)]
pub(super) struct Children {
    watch: OwnedFd,
    stop: OwnedFd,
    /// `None` once it was stopped.
    running: Mutex<Option<BTreeMap<usize, Process>>>,
}

/// What a server with processes waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happening {
    /// A client wants to connect.
    Connection,
    /// The process of this row has ended, or is about to.
    End(usize),
}

impl Children {
    /// None yet.
    pub(super) fn new() -> io::Result<Self> {
        let watch = epoll::create(CreateFlags::CLOEXEC)?;
        let stop = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        epoll::add(&watch, &stop, EventData::new_u64(STOP), EventFlags::IN)?;
        Ok(Self { watch, stop, running: Mutex::new(Some(BTreeMap::new())) })
    }

    /// From here on, [`Children::next`] tells of clients.
    pub(super) fn watch(&self, listener: &TcpListener) -> io::Result<()> {
        Ok(epoll::add(&self.watch, listener, EventData::new_u64(LISTENER), EventFlags::IN)?)
    }

    /// Until here.
    pub(super) fn look_away(&self, listener: &TcpListener) -> io::Result<()> {
        Ok(epoll::delete(&self.watch, listener)?)
    }

    /// Starts the process of a row, unless it was stopped.
    pub(super) fn start(&self, row: usize, start: impl FnOnce() -> io::Result<Process>) -> io::Result<()> {
        // Locked while it starts: whoever stops the server finds every process that there is.
        let mut running = self.running();
        let Some(running) = running.as_mut() else { return Ok(()) };
        let process = start()?;
        let flags = EventFlags::IN | EventFlags::RDHUP;
        epoll::add(&self.watch, process.line(), EventData::new_u64(row as u64), flags)?;
        running.insert(row, process);
        Ok(())
    }

    /// Waits for a client or for the end of a process; `None` once it was stopped.
    pub(super) fn next(&self) -> io::Result<Option<Happening>> {
        let mut events = [Event { flags: EventFlags::empty(), data: EventData::new_u64(0) }; 1];
        loop {
            match epoll::wait(&self.watch, &mut events, None) {
                Ok(0) | Err(rustix::io::Errno::INTR) => continue,
                Ok(_) => {}
                Err(error) => return Err(error.into()),
            }
            return Ok(match events[0].data.u64() {
                STOP => None,
                LISTENER => Some(Happening::Connection),
                row => Some(Happening::End(row as usize)),
            });
        }
    }

    /// Does something with the line to the process of a row; `None` if there is none.
    pub(super) fn line_of<R>(&self, row: usize, something: impl FnOnce(&UnixStream) -> R) -> Option<R> {
        Some(something(self.running().as_ref()?.get(&row)?.line()))
    }

    /// Takes leave of the process of a row; whether it ended well, `None` if there is none.
    pub(super) fn bury(&self, row: usize) -> Option<bool> {
        let mut process = self.running().as_mut().and_then(|running| running.remove(&row))?;
        // Closing its line is not enough to end the watch over it: another process that is just being started holds a
        // copy for a moment, and its end would be told a second time.
        let _ = epoll::delete(&self.watch, process.line());
        Some(process.end(PATIENCE).is_ok_and(|status| status.success()))
    }

    /// Ends all, and starts none any more.
    pub(super) fn stop(&self) {
        let running = self.running().take();
        let _ = rustix::io::write(&self.stop, &1_u64.to_ne_bytes());
        let mut running = running.unwrap_or_default();
        // All at once before each is waited for.
        running.values_mut().for_each(Process::kill);
    }

    /// Waits a little, for a system that has no room; returns at once when it was stopped.
    pub(super) fn breathe(&self) {
        if self.running().is_some() {
            std::thread::sleep(BREATH);
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<BTreeMap<usize, Process>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
