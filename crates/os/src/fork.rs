//! Forking: never from a process with other threads that matter.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::process::Pid;

/// Which side of a [`fork`] this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forked {
    /// The parent, with the child's process id.
    Parent(Pid),
    /// The child.
    Child,
}

fn side(pid: libc::c_long) -> io::Result<Forked> {
    match pid {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Forked::Child),
        pid => Ok(Forked::Parent(Pid::from_raw(pid as i32).expect("a child's process id is positive"))),
    }
}

/// `fork()` from a process with one thread, which is then as good as any other process.
///
/// # Errors
/// If this process has several threads, or the system allows no further process.
pub fn fork() -> io::Result<Forked> {
    // A thread that was joined a moment ago may still be counted.
    let until = Instant::now() + PATIENCE;
    while !is_alone()? {
        if Instant::now() > until {
            return Err(io::Error::other("a process with several threads cannot be forked safely"));
        }
        std::thread::yield_now();
    }
    fork_beside_threads()
}

/// `fork()`, whatever threads there are: a bare measure to hold other start methods against.
///
/// In a process with several threads the child may only read and store plain memory, make system calls that take no
/// lock of the process (`write`, `getpid`), and leave with [`leave`]: any lock may be held by a thread that the child
/// does not have. No type can hold a caller to that, so this is for this crate alone.
///
/// # Errors
/// If the system allows no further process.
pub fn fork_beside_threads() -> io::Result<Forked> {
    // SAFETY: `fork` itself is sound; what the child may do is said above.
    side(unsafe { libc::c_long::from(libc::fork()) })
}

/// How long to wait until joined threads are gone.
const PATIENCE: Duration = Duration::from_millis(100);

/// Whether this process has one thread: Linux gives the folder two links more than there are threads.
fn is_alone() -> io::Result<bool> {
    Ok(rustix::fs::stat("/proc/self/task")?.st_nlink <= 3)
}

/// Ends this process at once, without running destructors or exit handlers.
pub fn leave(status: i32) -> ! {
    // SAFETY: `_exit` is async-signal-safe and needs nothing of the process's state.
    unsafe { libc::_exit(status) }
}

/// Proof that this process had one thread when it was asked, and starts no other: only a fork server makes one.
#[derive(Debug)]
pub struct SingleThreaded(());

impl SingleThreaded {
    /// Looks.
    ///
    /// # Errors
    /// If there are several threads.
    pub fn check() -> io::Result<Self> {
        match std::fs::read_dir("/proc/self/task")?.count() {
            1 => Ok(Self(())),
            threads => Err(io::Error::other(format!("a fork server must have one thread, this process has {threads}"))),
        }
    }
}

/// Forks a child whose parent is the caller's parent, so that whoever started a fork server can wait for the children
/// that the server makes.
pub fn fork_for_parent(_: &SingleThreaded) -> io::Result<Forked> {
    let flags = libc::CLONE_PARENT | libc::SIGCHLD;
    // SAFETY: the raw system call with a null stack is a fork. glibc is not told, so its fork handlers do not run: the
    // process has one thread, which is here and not inside malloc or stdio, so every lock is free. The thread id that
    // glibc caches is stale in the child; it serves error-checking and recursive mutexes only, which need the id to be
    // unique within its process: it is.
    side(unsafe { libc::syscall(libc::SYS_clone, flags, 0_usize, 0_usize, 0_usize, 0_usize) })
}

/// Makes `descriptor` the one with this number (0 to 2), without close-on-exec.
pub fn adopt_descriptor(descriptor: &OwnedFd, number: i32) -> io::Result<()> {
    assert!((0..=2).contains(&number), "only the standard descriptors are adopted");
    // SAFETY: `dup2` onto a standard descriptor; Rust's std owns none of them exclusively.
    match unsafe { libc::dup2(descriptor.as_raw_fd(), number) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test harness has threads of its own.
    #[test]
    fn a_process_with_threads_is_not_forked() {
        std::thread::scope(|scope| {
            let (end, wait) = std::sync::mpsc::channel::<()>();
            scope.spawn(move || wait.recv());
            assert!(fork().unwrap_err().to_string().contains("several threads"));
            drop(end);
        });
    }
}
