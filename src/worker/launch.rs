//! The parent's hold on one worker process: started, listened to, and never left behind.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use super::{ASKED, ENTRY, ENV, fork_server, wire};
use crate::run::StartMethod;

/// A worker process. Dropping it kills and reaps it.
#[derive(Debug)]
pub struct Process {
    identity: Identity,
    socket: UnixStream,
    reaped: bool,
    /// How it ended, if it was waited for with success.
    status: Option<ExitStatus>,
}

/// How a process's id is known.
#[derive(Debug, Clone, Copy)]
enum Identity {
    /// From starting it, or from the fork server's answer.
    Known(Pid),
    /// The fork server has not been asked yet for the answer to this ticket.
    Asked(u32),
}

/// Memory that keeps what workers write to standard error, for the day they fail.
pub(crate) fn last_words() -> io::Result<OwnedFd> {
    Ok(memfd_create("gilbench-stderr", MemfdFlags::CLOEXEC)?)
}

/// The last line in there, if any.
pub(crate) fn read_last_words(stderr: &OwnedFd) -> Option<String> {
    let mut file = File::from(stderr.try_clone().ok()?);
    let mut text = Vec::new();
    file.rewind().ok()?;
    file.read_to_end(&mut text).ok()?;
    let text = String::from_utf8_lossy(&text).replace('\n', " ");
    let text = text.trim();
    // Enough for a message with its place in the source; a runaway log is cut at its start.
    let from = text.char_indices().rev().nth(300).map_or(0, |(at, _)| at);
    (!text.is_empty()).then(|| text[from..].to_owned())
}

/// A job and its team's page.
pub(super) type Assignment<'a> = (&'a [u8], BorrowedFd<'a>);

/// Starts a worker process by the given method. Its job, if it has one already, waits for it in the socket.
pub(super) fn start(method: StartMethod, stderr: &OwnedFd, job: Option<Assignment<'_>>) -> io::Result<Process> {
    match method {
        StartMethod::Spawn => spawn_with("worker", stderr, job),
        StartMethod::ForkServer => {
            let (ours, theirs) = UnixStream::pair()?;
            if let Some((job, page)) = job {
                wire::send_job(&ours, job, page)?;
            }
            let ticket = fork_server::request(&theirs, stderr)?;
            Ok(Process { identity: Identity::Asked(ticket), socket: ours, reaped: false, status: None })
        }
    }
}

/// Executes this program again, as the given kind of worker.
pub(super) fn spawn(kind: &str, stderr: &OwnedFd) -> io::Result<Process> {
    spawn_with(kind, stderr, None)
}

fn spawn_with(kind: &str, stderr: &OwnedFd, job: Option<Assignment<'_>>) -> io::Result<Process> {
    spawn_told(kind, stderr, |line| job.map_or(Ok(()), |(job, page)| wire::send_job(line, job, page)))
}

/// The same; what it is to know first is in its line before it starts.
fn spawn_told(kind: &str, stderr: &OwnedFd, tell: impl FnOnce(&UnixStream) -> io::Result<()>) -> io::Result<Process> {
    let (ours, theirs) = UnixStream::pair()?;
    tell(&ours)?;
    let child = again(kind)
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        .stderr(Stdio::from(stderr.try_clone()?))
        .spawn()?;
    let pid = Pid::from_raw(child.id().cast_signed()).expect("a child's process id is positive");
    Ok(Process { identity: Identity::Known(pid), socket: ours, reaped: false, status: None })
}

/// How to execute this program again, as the given kind of worker: a socket pair's end is still to become its input.
pub(crate) fn again(kind: &str) -> Command {
    // No `pre_exec` here: it would turn a spawn that shares the parent's memory into a fork that copies it. A process
    // group of its own keeps Ctrl-C for the parent, which ends its workers in order.
    let mut command = Command::new("/proc/self/exe");
    command.arg0("gilbench-worker").args([ENTRY, "--nocapture"]).env(ENV, kind).env_remove(ASKED).process_group(0);
    command
}

impl Process {
    /// A process that plays the [role](super::Role) of this name, outside any team.
    ///
    /// # Errors
    /// If the system has no process or descriptor left.
    pub fn play(role: &str) -> io::Result<Self> {
        spawn(role, &last_words()?)
    }

    /// The same, and it finds these bytes and descriptors (16 at most) in its line.
    ///
    /// # Errors
    /// As [`Process::play`].
    pub(crate) fn play_with(role: &str, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<Self> {
        spawn_told(role, &last_words()?, |line| {
            let sent = wire::send_with_descriptors(line, bytes, descriptors)?;
            (&mut &*line).write_all(&bytes[sent..])
        })
    }

    /// Closes its line, which is how it is told to end, and waits for that; after so long it is made to.
    ///
    /// # Errors
    /// If it cannot be waited for.
    pub(crate) fn end(&mut self, patience: Duration) -> io::Result<ExitStatus> {
        let _ = self.socket.shutdown(Shutdown::Both);
        self.reap_within(patience)
    }

    /// A worker without a job, started by this method: it says that it is up, and ends when it is [told](Self::finish).
    ///
    /// # Errors
    /// If the system has no process or descriptor left, or the fork server is lost.
    pub(crate) fn idle(method: StartMethod) -> io::Result<Self> {
        start(method, &last_words()?, None)
    }

    /// Waits until it has said something: of one without a job, that it is up.
    ///
    /// # Errors
    /// If it ends before.
    pub(crate) fn wait_for_a_word(&self) -> io::Result<()> {
        (&self.socket).read_exact(&mut [0])
    }

    /// Closes its line, which is how it is told to end, and waits until it has, however long that takes.
    ///
    /// # Errors
    /// If it cannot be waited for.
    pub(crate) fn finish(&mut self) -> io::Result<ExitStatus> {
        let _ = self.socket.shutdown(Shutdown::Both);
        self.reap()
    }

    /// The line to it: its standard input.
    pub fn line(&self) -> &UnixStream {
        &self.socket
    }

    /// How it ended, in words, once its line is closed; it is made to end if it has not.
    pub fn how_it_ended(&mut self) -> String {
        self.reap_within(Duration::from_secs(1))
            .map_or_else(|error| format!("it cannot be waited for: {error}"), |status| format!("it ended: {status}"))
    }

    /// Its process id; waits until a forked one is known.
    ///
    /// # Errors
    /// If it could not be forked.
    pub(crate) fn pid(&mut self) -> io::Result<Pid> {
        match self.identity {
            Identity::Known(pid) => Ok(pid),
            Identity::Asked(ticket) => {
                let pid = fork_server::pid(ticket)?;
                self.identity = Identity::Known(pid);
                Ok(pid)
            }
        }
    }

    pub(super) fn socket(&self) -> &UnixStream {
        &self.socket
    }

    /// Whether its end has been waited for.
    pub(super) fn reaped(&self) -> bool {
        self.reaped
    }

    /// Waits for its end.
    pub(super) fn reap(&mut self) -> io::Result<ExitStatus> {
        if self.reaped {
            // A second wait would be for whoever has its number by now.
            return self.status.ok_or_else(|| io::Error::other("the process was waited for before, in vain"));
        }
        let pid = self.pid()?;
        self.reaped = true;
        let (_, status) = waitpid(Some(pid), WaitOptions::empty())?.expect("a blocking wait returns a child");
        Ok(*self.status.insert(ExitStatus::from_raw(status.as_raw())))
    }

    /// Waits for its end, and makes it end if it takes longer than `patience`.
    pub(super) fn reap_within(&mut self, patience: Duration) -> io::Result<ExitStatus> {
        if self.reaped {
            return self.reap();
        }
        let pid = self.pid()?;
        let until = Instant::now() + patience;
        while Instant::now() < until {
            if let Some((_, status)) = waitpid(Some(pid), WaitOptions::NOHANG)? {
                self.reaped = true;
                return Ok(*self.status.insert(ExitStatus::from_raw(status.as_raw())));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        self.kill();
        self.reap()
    }

    /// Waits until it has ended by itself; once it has, says again how.
    ///
    /// # Errors
    /// If it cannot be waited for.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.reap()
    }

    /// Ends it at once; it is still to be waited for.
    pub fn kill(&mut self) {
        // Its number may be another's by now, once it was waited for.
        if !self.reaped
            && let Ok(pid) = self.pid()
        {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.reaped {
            self.kill();
            let _ = self.reap();
        }
    }
}

impl AsFd for Process {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
