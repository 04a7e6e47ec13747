//! Dying with the parent, without a thread that watches for it.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// From here on this process ends (by `SIGIO`) as soon as anything arrives on `socket` or its other end is closed.
///
/// A parent-death signal would not do: it follows the *thread* that spawned the process. A watching thread would do,
/// but every worker process would pay for one. The socket's other end is held by the parent alone, so that the
/// kernel closes it even when the parent is killed.
pub(crate) fn die_with(socket: impl AsFd) -> io::Result<()> {
    let raw = socket.as_fd().as_raw_fd();
    // SAFETY: `fcntl` on an open descriptor with integer arguments; it touches no memory of ours.
    let outcome = unsafe {
        let flags = libc::fcntl(raw, libc::F_GETFL);
        if libc::fcntl(raw, libc::F_SETOWN, libc::getpid()) < 0 {
            -1
        } else {
            libc::fcntl(raw, libc::F_SETFL, flags | libc::O_ASYNC)
        }
    };
    if outcome < 0 {
        return Err(io::Error::last_os_error());
    }
    // The parent may have died just before; then no signal will come.
    if readable(socket) {
        return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the parent is gone"));
    }
    Ok(())
}

/// Whether something has arrived that was not read yet, or the other end is closed. Does not wait.
pub(crate) fn readable(socket: impl AsFd) -> bool {
    let mut ends = [PollFd::new(&socket, PollFlags::IN)];
    poll(&mut ends, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|count| count > 0)
}
