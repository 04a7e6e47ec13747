//! The hold on one player: started, asked, listened to with a time limit, and never left behind.
//!
//! What passes is lines of JSON, one request and one answer at a time. Answers stand behind [`PREFIX`]: whatever else a
//! program prints is not one. A player is foreign code, an interpreter or somebody's executable. It may crash, hang, print what it likes or answer nonsense; whatever it does becomes a
//! sentence that says so, and its whole process group ends with it.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{interrupted, last_words, read_last_words};

/// What an answer's line begins with.
pub(crate) const PREFIX: &str = "gilbench:";

/// How often a wait looks whether it has been interrupted.
const LOOK: Duration = Duration::from_millis(100);
/// How long a process may take to end once its line is closed.
const ENDING: Duration = Duration::from_millis(500);
/// Most that a player may print that is no answer.
const CHATTER: usize = 1 << 20;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Ctrl-C.
    Interrupted,
    /// The player is of no use any more; the cause in a sentence without subject.
    Lost(String),
}

/// Where a process's standard output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// To us, as standard input comes from us.
    Line,
    /// Nowhere: it speaks on the line that is its standard input.
    Nowhere,
}

/// A process in a group of its own, whose standard input is the line to us. Dropping it ends the whole group.
#[derive(Debug)]
pub(crate) struct Child {
    process: std::process::Child,
    line: UnixStream,
    stderr: OwnedFd,
}

impl Child {
    /// Starts it.
    ///
    /// It takes the command, since that holds the other end of the line too: the end of the process would not be seen.
    pub(crate) fn start(mut command: Command, output: Output) -> io::Result<Self> {
        let stderr = last_words()?;
        let (ours, theirs) = UnixStream::pair()?;
        let stdout = match output {
            Output::Line => Stdio::from(OwnedFd::from(theirs.try_clone()?)),
            Output::Nowhere => Stdio::null(),
        };
        let process = command
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(stdout)
            .stderr(Stdio::from(stderr.try_clone()?))
            .process_group(0)
            .spawn()?;
        Ok(Self { process, line: ours, stderr })
    }

    pub(crate) fn line(&mut self) -> &mut UnixStream {
        &mut self.line
    }

    fn kill(&self) {
        if let Some(group) = Pid::from_raw(self.process.id().cast_signed()) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// How it ended; ends it if it does not.
    fn end(&mut self) -> Option<ExitStatus> {
        let until = Instant::now() + ENDING;
        while Instant::now() < until {
            match self.process.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) => std::thread::sleep(Duration::from_millis(2)),
                Err(_) => return None,
            }
        }
        None
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
        let _ = self.process.wait();
    }
}

/// A process that is asked and answers.
#[derive(Debug)]
pub(crate) struct Player {
    child: Child,
    patience: Duration,
    /// What has arrived and is not yet a whole line.
    pending: Vec<u8>,
    /// Bytes it printed that were no answers.
    chatter: usize,
    /// The last of these lines.
    aside: String,
}

impl Player {
    /// Starts the command. `patience` is how long any answer may take beyond what its work takes.
    pub(crate) fn start(command: Command, output: Output, patience: Duration) -> io::Result<Self> {
        let child = Child::start(command, output)?;
        child.line.set_read_timeout(Some(LOOK))?;
        Ok(Self { child, patience, pending: vec![], chatter: 0, aside: String::new() })
    }

    /// Asks and waits for the answer, which should take about `expected`.
    pub(crate) fn ask<T: DeserializeOwned>(&mut self, ask: &impl Serialize, expected: Duration) -> Result<T, Stop> {
        let mut line = serde_json::to_vec(ask).expect("a request is plain data");
        line.push(b'\n');
        if self.child.line.write_all(&line).is_err() {
            return Err(self.lost("closed its line"));
        }
        self.hear(expected)
    }

    /// Waits for the next answer.
    pub(crate) fn hear<T: DeserializeOwned>(&mut self, expected: Duration) -> Result<T, Stop> {
        let limit = self.patience + expected * 10;
        let until = Instant::now() + limit;
        loop {
            while let Some(line) = self.next_line() {
                if let Some(answer) = line.strip_prefix(PREFIX) {
                    return serde_json::from_str(answer)
                        .map_err(|error| Stop::Lost(format!("answered rubbish: `{}` ({error})", short(answer))));
                }
                self.chatter += line.len() + 1;
                self.aside = line;
            }
            if self.chatter + self.pending.len() > CHATTER {
                return Err(Stop::Lost(format!("prints rubbish without end, such as `{}`", short(&self.aside))));
            }
            if interrupted() {
                return Err(Stop::Interrupted);
            }
            if Instant::now() > until {
                return Err(Stop::Lost(format!(
                    "did not answer within {} s and was ended",
                    limit.as_secs_f64().ceil()
                )));
            }
            self.read()?;
        }
    }

    fn read(&mut self) -> Result<(), Stop> {
        let mut bytes = [0; 4096];
        match self.child.line.read(&mut bytes) {
            Ok(0) => Err(self.lost("ended")),
            Ok(n) => {
                self.pending.extend(&bytes[..n]);
                Ok(())
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(()),
            Err(_) => Err(self.lost("ended")),
        }
    }

    fn next_line(&mut self) -> Option<String> {
        let end = self.pending.iter().position(|&byte| byte == b'\n')?;
        let line: Vec<u8> = self.pending.drain(..=end).collect();
        Some(String::from_utf8_lossy(&line[..end]).into_owned())
    }

    /// That it is gone, with how it ended and its last words.
    fn lost(&mut self, what: &str) -> Stop {
        let status = self.child.end();
        let how = match status.map(|status| (status.signal(), status.code())) {
            Some((Some(signal), _)) => format!("was killed by signal {signal}"),
            Some((None, Some(code))) => format!("ended by itself with exit status {code}"),
            _ => what.to_owned(),
        };
        let words = read_last_words(&self.child.stderr).or_else(|| Some(short(&self.aside)).filter(|a| !a.is_empty()));
        Stop::Lost(words.map_or(how.clone(), |words| format!("{how}: {words}")))
    }
}

/// Enough of a text to recognise it.
fn short(text: &str) -> String {
    let cut: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
    if cut.len() < text.len() { cut + "…" } else { cut }
}
