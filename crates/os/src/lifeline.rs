//! Dying with the parent, without a thread that watches for it.

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::{AtomicI32, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The socket that this process dies with; −1 without one.
static LIFELINE: AtomicI32 = AtomicI32::new(-1);

/// Ends this process if its lifeline has something to read or is closed.
///
/// The signal alone proves neither: it is sent for what was read already as well, if the sender was paused between
/// queueing its bytes and announcing them.
extern "C" fn on_signal(_: libc::c_int) {
    let mut end = libc::pollfd { fd: LIFELINE.load(Ordering::Relaxed), events: libc::POLLIN, revents: 0 };
    // SAFETY: all of these may be called in a handler; `end` is valid for one entry, and what was interrupted finds its
    // `errno` again. The signal is blocked while its handler runs, so that what is raised here arrives after it.
    unsafe {
        let errno = *libc::__errno_location();
        if libc::poll(&raw mut end, 1, 0) != 0 {
            libc::signal(libc::SIGIO, libc::SIG_DFL);
            libc::raise(libc::SIGIO);
        }
        *libc::__errno_location() = errno;
    }
}

/// From here on this process ends (by `SIGIO`) as soon as anything arrives on `socket` or its other end is closed.
///
/// A parent-death signal would not do: it follows the *thread* that spawned the process. A watching thread would do,
/// but every worker process would pay for one. The socket's other end is held by the parent alone, so that the
/// kernel closes it even when the parent is killed.
pub fn die_with(socket: impl AsFd) -> io::Result<()> {
    let raw = socket.as_fd().as_raw_fd();
    LIFELINE.store(raw, Ordering::Relaxed);
    let handler: extern "C" fn(libc::c_int) = on_signal;
    // SAFETY: `action` is valid, with an empty mask, for which all zeroes is a valid value; the handler does nothing but
    // what may be done in one. `fcntl` has an open descriptor and integer arguments; it touches no memory of ours.
    let outcome = unsafe {
        let mut action = std::mem::zeroed::<libc::sigaction>();
        action.sa_sigaction = handler as libc::sighandler_t;
        action.sa_flags = libc::SA_RESTART;
        libc::sigaction(libc::SIGIO, &raw const action, std::ptr::null_mut());
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
pub fn readable(socket: impl AsFd) -> bool {
    let mut ends = [PollFd::new(&socket, PollFlags::IN)];
    poll(&mut ends, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|count| count > 0)
}
