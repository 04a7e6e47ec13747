//! Peers: the other ends of kernels' connections, each in a process of its own outside the measured workers.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::time::Duration;

use rustix::process::Pid;

use super::launch::{self, Process};
use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::sys;

/// The peers this process has started, by kernel. They end with it.
static PEERS: Mutex<BTreeMap<&'static str, Peer>> = Mutex::new(BTreeMap::new());

struct Peer {
    process: Process,
    address: SocketAddr,
}

/// Where the kernel's peer listens; starts it first if it is not (or no longer) there. `None` for kernels without one.
pub fn address(kernel: &dyn Kernel) -> Result<Option<SocketAddr>> {
    if kernel.peer().is_none() {
        return Ok(None);
    }
    let mut peers = PEERS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(peer) = peers.get(kernel.name()).filter(|peer| peer.alive()) {
        return Ok(Some(peer.address));
    }
    peers.remove(kernel.name());
    let peer = start(kernel.name()).map_err(Error::os(format!("cannot start the peer of kernel {}", kernel.name())))?;
    let address = peer.address;
    peers.insert(kernel.name(), peer);
    Ok(Some(address))
}

/// The process that is the kernel's peer, if it has been started.
pub fn process(kernel: &dyn Kernel) -> Option<Pid> {
    let mut peers = PEERS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    peers.get_mut(kernel.name())?.process.pid().ok()
}

fn start(kernel: &str) -> io::Result<Peer> {
    let process = launch::spawn(&format!("peer:{kernel}"), &launch::last_words()?)?;
    process.socket().set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut port = [0; 2];
    let mut socket = process.socket();
    socket.read_exact(&mut port).map_err(|error| {
        io::Error::new(
            error.kind(),
            "it did not come up; is `gilbench::main` or `gilbench::worker_entry` called first?",
        )
    })?;
    Ok(Peer { process, address: (Ipv4Addr::LOCALHOST, u16::from_le_bytes(port)).into() })
}

impl Peer {
    /// A peer says nothing after its port; only its end makes the socket readable.
    fn alive(&self) -> bool {
        let socket = self.process.socket();
        let _ = socket.set_nonblocking(true);
        let mut byte = [0; 1];
        let mut reader = socket;
        let alive = matches!(reader.read(&mut byte), Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        let _ = socket.set_nonblocking(false);
        alive
    }
}

/// Becomes the peer of the kernel.
pub(super) fn serve(mut line: &UnixStream, kernels: &[&dyn Kernel], name: &str) -> ! {
    let peer = kernels.iter().find(|kernel| kernel.name() == name).and_then(|kernel| kernel.peer());
    let (Some(peer), Ok(listener)) = (peer, TcpListener::bind((Ipv4Addr::LOCALHOST, 0))) else { sys::leave(3) };
    let port = listener.local_addr().map_or(0, |address| address.port());
    if sys::die_with(line).is_err() || line.write_all(&port.to_le_bytes()).is_err() {
        sys::leave(0);
    }
    peer(listener);
    sys::leave(0)
}
