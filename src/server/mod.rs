//! A TCP server that answers what it is sent in upper case, and the ways in which it can serve many clients.
//!
//! | id | a connection gets | how many are served at once |
//! |---|---|---|
//! | `sequential` | the one thread, until its client leaves | 1 |
//! | `threads` | a thread of its own | all |
//! | `processes` | a process of its own | all |
//! | `pool` | one of a fixed number of threads, until its client leaves | as many as there are threads |
//! | `hybrid` | a thread of its own in one of a fixed number of processes | all |
//!
//! A **request** is a line, or what arrives at once without the end of one; its answer is the same bytes, ASCII letters
//! in upper case. A request may cost some computing besides. Under the lock that computing is done attached, with a
//! safepoint after each of its steps, and everything that waits for a client detached.
//!
//! The processes are workers like all others of this program: the executable started again, with the sockets that
//! the server has accepted for them passed as descriptors ([`ROLES`]). A server is never forked: it has threads. A
//! process ends when its server does, however that came about.
//!
//! To add a way of serving, write its file and add two lines here: `mod` and an entry in [`ALL`].

mod children;
mod hybrid;
mod order;
mod pool;
mod processes;
mod seats;
mod sequential;
mod talk;
mod tally;
#[cfg(test)]
mod tests;
mod threads;
pub mod work;

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::children::Children;
pub use self::order::{Hosted, ROLES, host};
use self::talk::Part;
pub use self::tally::Tally;

use crate::error::{Error, Result};
use crate::lock::Gil;
use crate::run::Knobs;

/// A way of serving connections.
#[derive(Debug, Clone, Copy)]
pub struct Serving {
    /// Lower case and hyphens; stable for ever, since readings are keyed by it.
    pub id: &'static str,
    /// One sentence for people who choose.
    pub summary: &'static str,
    /// Workers (threads of a pool, processes of a hybrid) on so many cores unless the settings say otherwise; 0 for
    /// those that start one for each connection.
    workers: fn(cores: usize) -> usize,
    /// How many of so many clients so many workers serve at once.
    at_once: fn(clients: usize, workers: usize) -> usize,
    /// Serves until the server is stopped or can accept no more.
    serve: fn(&Server) -> Result<()>,
}

/// Every way of serving, from the simplest to the one with the most parts.
pub const ALL: &[Serving] =
    &[sequential::SERVING, threads::SERVING, processes::SERVING, pool::SERVING, hybrid::SERVING];

/// Most connections that are served at once; more wait to be accepted.
pub const MOST_CONNECTIONS: usize = 1024;

/// Connections that the system holds for a server until it accepts them. The library's own 128 would make the 129th
/// client of a sequential server wait for a second time-out instead of for the clients before it.
const BACKLOG: i32 = 4096;

/// How long to wait before trying again when the system has no descriptor, thread or process left.
const BREATH: Duration = Duration::from_millis(20);

impl Serving {
    /// The one with this id.
    pub fn find(id: &str) -> Option<&'static Self> {
        ALL.iter().find(|serving| serving.id == id)
    }

    /// Workers that it has on a machine with so many cores; 0 if it starts one for each connection.
    pub fn workers(&self, cores: usize) -> usize {
        (self.workers)(cores)
    }

    /// How many of so many clients are served at once by so many workers.
    pub fn at_once(&self, clients: usize, workers: usize) -> usize {
        (self.at_once)(clients, workers)
    }
}

/// How a server serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Id of its [`Serving`].
    pub serving: String,
    /// Whether the threads of each of its processes are under a global lock.
    pub locked: bool,
    /// Computing for each request, in [`work`] steps.
    pub steps: u64,
    /// Threads of a pool, processes of a hybrid; nothing to the others.
    pub workers: usize,
    /// Settings of the lock.
    pub knobs: Knobs,
}

impl Settings {
    /// A lock for so many threads of a process, if they are under one.
    fn lock(&self, threads: usize) -> Option<Gil> {
        self.locked.then(|| {
            let gil = Gil::new(threads, self.knobs.switch_interval());
            if self.knobs.forced_switching { gil } else { gil.without_forced_switching() }
        })
    }
}

/// A server: bound, and serving as soon as [`Server::serve`] is called.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    settings: Settings,
    tally: Tally,
    children: Children,
}

impl Server {
    /// Binds a server to an address; port 0 is any that is free.
    ///
    /// # Errors
    /// [`Error::Request`] if there is no such way of serving; [`Error::Os`] with the remedy if the address cannot be had,
    /// or no descriptor is left.
    pub fn bind(host: IpAddr, port: u16, settings: Settings) -> Result<Self> {
        let address = SocketAddr::new(host, port);
        let listener = listen(address).map_err(|error| refused(address, error))?;
        Self::on(listener, settings, Tally::new().map_err(|error| failed("cannot share memory", error))?)
    }

    /// A server on a socket that listens already.
    fn on(listener: TcpListener, settings: Settings, tally: Tally) -> Result<Self> {
        let serving = |serving: &&Serving| serving.id == settings.serving;
        if ALL.iter().find(serving).is_none() {
            let ids: Vec<_> = ALL.iter().map(|serving| serving.id).collect();
            return Err(Error::request(format!("no server is `{}`; there are {}", settings.serving, ids.join(", "))));
        }
        let children = Children::new().map_err(|error| failed("cannot watch processes", error))?;
        Ok(Self { listener, settings, tally, children })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn address(&self) -> Result<SocketAddr> {
        self.listener.local_addr().map_err(Error::os("cannot tell the address"))
    }

    /// What it has done so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Serves. It returns when it was stopped, if it has processes; one without serves until its process ends.
    ///
    /// # Errors
    /// If no more connections can be accepted, or its processes do not come up.
    pub fn serve(&self) -> Result<()> {
        let serving = Serving::find(&self.settings.serving).expect("checked when it was bound");
        (serving.serve)(self)
    }

    /// Ends its processes, if it has any, and with them their connections; none is started any more.
    pub fn stop(&self) {
        self.children.stop();
    }

    /// The next connection. When the system has no room for one, it stays where it is until there is.
    fn accept(&self) -> Result<TcpStream> {
        loop {
            match self.try_accept()? {
                Some(stream) => return Ok(stream),
                None => std::thread::sleep(BREATH),
            }
        }
    }

    /// The same, but `None` if the system has no room for it now.
    fn try_accept(&self) -> Result<Option<TcpStream>> {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    // Of a client that is gone already the first read tells.
                    let _ = stream.set_nodelay(true);
                    return Ok(Some(stream));
                }
                Err(error) if self.has_no_room(&error) => return Ok(None),
                Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
                Err(error) => return Err(Error::os("cannot accept connections")(error)),
            }
        }
    }

    /// Whether the system has run out of something that it may have again; that is noted.
    fn has_no_room(&self, error: &io::Error) -> bool {
        use rustix::io::Errno;
        let none_left = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM, Errno::AGAIN];
        let short = none_left.iter().any(|errno| Some(errno.raw_os_error()) == error.raw_os_error());
        if short {
            self.tally.note_shortage(0);
        }
        short
    }

    /// A lock for so many threads, if they are under one.
    fn lock(&self, threads: usize) -> Option<Gil> {
        self.settings.lock(threads)
    }

    /// What its own threads have in common.
    fn part(&self) -> Part<'_> {
        Part { tally: &self.tally, row: 0, steps: self.settings.steps }
    }
}

/// A listening socket with room for many clients that wait.
///
/// # Errors
/// If the address cannot be had, or no descriptor is left.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    rustix::net::listen(&listener, BACKLOG)?;
    Ok(listener)
}

/// Why there is no listening at this address, and what to do about it.
fn refused(address: SocketAddr, error: io::Error) -> Error {
    let remedy = match error.kind() {
        ErrorKind::AddrInUse => "; another program listens there: choose another port, or 0 for any that is free",
        ErrorKind::AddrNotAvailable => "; no interface of this machine has it: 127.0.0.1 is always there",
        ErrorKind::PermissionDenied => "; ports below 1024 are reserved: choose another, or 0 for any that is free",
        _ => "",
    };
    failed(&format!("cannot listen on {address}{remedy}"), error)
}

/// What failed, with the remedy if it is for want of descriptors.
fn failed(what: &str, error: io::Error) -> Error {
    let none_left = error.raw_os_error() == Some(rustix::io::Errno::MFILE.raw_os_error());
    Error::os(if none_left { format!("{what}; raise `ulimit -n`") } else { what.into() })(error)
}
