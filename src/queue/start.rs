//! Handing queues to a process at its start.
//!
//! The process is this program again, in a [role](crate::worker::Role) that its [suite](crate::Suite::role) names: so it
//! finds its queues as descriptors that came with its order, and there is no name that a stranger could open.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use super::{ByteQueue, Error};
use crate::sys;
use crate::worker::{MOST_DESCRIPTORS, OWN, Process, receive_with_descriptors};

/// Longest order, in bytes: it waits in the line until the process reads it.
const LONGEST: usize = 1 << 16;

/// Starts this program again in a role of its suite, with these queues (16 at most) and an order of up to 65,536 bytes,
/// which it [receives](received). It ends with this process, or when the value is dropped.
///
/// ```no_run
/// use gilbench::queue::{self, ByteQueue, Patience};
/// use gilbench::worker::Role;
///
/// const EATER: Role = Role {
///     name: "eater",
///     play: |line| {
///         let (order, queues) = queue::received(line).expect("it was started with a queue");
///         let mut dish = vec![];
///         while queues[0].get_bytes(&mut dish, Patience::Forever).is_ok() {
///             assert_eq!(order, b"slowly");
///         }
///     },
/// };
///
/// fn main() -> Result<(), queue::Error> {
///     gilbench::worker_entry(&gilbench::Suite::empty().role(EATER));
///     let dishes = ByteQueue::new(5, 64, false)?;
///     let _eater = queue::start("eater", b"slowly", &[&dishes])?;
///     dishes.put_bytes(b"soup", Patience::Forever)
/// }
/// ```
///
/// # Errors
/// [`Error::Request`] if the order or the list of queues is too long; [`Error::Os`] if the system has no process or
/// descriptor left. That there is no such role the process itself finds out: whoever waits for it at a queue gets
/// [`Error::Abandoned`] only once it has come, so wait for [its end](Process::wait) as well.
pub fn start(role: &str, order: &[u8], queues: &[&ByteQueue]) -> Result<Process, Error> {
    if queues.len() > MOST_DESCRIPTORS || order.len() > LONGEST {
        return Err(Error::Request(format!(
            "a process is started with at most {MOST_DESCRIPTORS} queues and {LONGEST} bytes, not {} and {}",
            queues.len(),
            order.len()
        )));
    }
    let descriptors: Vec<_> = queues.iter().map(|queue| queue.as_fd()).collect();
    let mut bytes = (order.len() as u32).to_le_bytes().to_vec();
    bytes.extend(order);
    Process::play_with(&format!("{OWN}{role}"), &bytes, &descriptors)
        .map_err(|source| Error::Os { what: "starting a process with queues", source })
}

/// The order and the queues that this process was [started](start) with, from its line. From here on it ends when its
/// parent does.
///
/// # Errors
/// [`Error::Os`] if nothing of the kind is in the line, or the parent is gone; for a queue, as [`ByteQueue::open`].
pub fn received(mut line: &UnixStream) -> Result<(Vec<u8>, Vec<ByteQueue>), Error> {
    let os = |source| Error::Os { what: "receiving what this process was started with", source };
    let mut length = [0; 4];
    let (got, descriptors) = receive_with_descriptors(line, &mut length).map_err(os)?;
    line.read_exact(&mut length[got..]).map_err(os)?;
    let length = u32::from_le_bytes(length) as usize;
    if got == 0 || length > LONGEST {
        return Err(os(io::ErrorKind::InvalidData.into()));
    }
    let mut order = vec![0; length];
    line.read_exact(&mut order).map_err(os)?;
    sys::die_with(line).map_err(os)?;
    let queues = descriptors.into_iter().map(ByteQueue::open).collect::<Result<_, _>>()?;
    Ok((order, queues))
}
