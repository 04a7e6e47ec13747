//! One of the executables: looked at before it is started, started afresh for every round, and asked.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

use super::protocol::{Answer, Ask, Hello, PROTOCOL, ROLE};
use crate::error::{Error, Result};
use crate::run::comparison::Executable;
use crate::worker::{ASKED, ENTRY, ENV, Output, Player, Stop};

/// An executable, and the process of it that is being asked, if there is one.
#[derive(Debug)]
pub(super) struct Program {
    /// What it is to the comparison: base, copy or head.
    pub(super) part: &'static str,
    /// As it was named.
    named: PathBuf,
    /// What is executed.
    path: PathBuf,
    /// Keeps the copy's file, which has no name, while this value lives.
    copy: Option<File>,
    stamp: Stamp,
    patience: Duration,
    player: Option<Player>,
}

/// By what a file is seen to have been replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    modified: Option<SystemTime>,
}

impl Program {
    /// Looks at the file. Nothing is started.
    pub(super) fn find(part: &'static str, named: &Path, patience: Duration) -> Result<Self> {
        let bad = |reason: String| refused(named, format!("is no executable to compare: {reason}"));
        let path = std::fs::canonicalize(named).map_err(|error| bad(error.to_string()))?;
        let metadata = std::fs::metadata(&path).map_err(|error| bad(error.to_string()))?;
        if !metadata.is_file() {
            return Err(bad("it is not a file".into()));
        }
        if metadata.permissions().mode() & 0o111 == 0 {
            return Err(bad("it may not be executed; `chmod +x` allows it".into()));
        }
        let stamp = stamp(&path).map_err(|error| bad(error.to_string()))?;
        Ok(Self { part, named: named.into(), path, copy: None, stamp, patience, player: None })
    }

    /// A copy of it, byte for byte, in a file of its own. That file has no name, so that nothing of it can be left
    /// behind, whatever happens to this process.
    pub(super) fn copied(&self) -> Result<Self> {
        let attempt = || -> io::Result<(File, PathBuf)> {
            let mut writer = tempfile::tempfile()?;
            io::copy(&mut File::open(&self.path)?, &mut writer)?;
            writer.set_permissions(std::fs::Permissions::from_mode(0o755))?;
            writer.flush()?;
            // A file that is open for writing cannot be executed.
            let reader = File::open(format!("/proc/self/fd/{}", writer.as_raw_fd()))?;
            let path = format!("/proc/{}/fd/{}", std::process::id(), reader.as_raw_fd()).into();
            Ok((reader, path))
        };
        let (copy, path) = attempt().map_err(Error::os(format!(
            "cannot copy {} into {} for the A/A arm",
            self.named.display(),
            std::env::temp_dir().display()
        )))?;
        let (named, stamp, patience) = (self.named.clone(), self.stamp, self.patience);
        Ok(Self { part: "copy", named, path, copy: Some(copy), stamp, patience, player: None })
    }

    /// What it is, for the record.
    pub(super) fn describe(&self, hello: &Hello) -> Result<Executable> {
        let digest = digest(&self.path).map_err(Error::os(format!("cannot read {}", self.named.display())))?;
        Ok(Executable {
            path: self.named.display().to_string(),
            sha256: digest,
            bytes: self.stamp.length,
            generator: hello.generator.clone(),
            build: hello.build.clone(),
        })
    }

    /// Refuses to go on with a file that is not what it was: the two halves would be of two programs.
    pub(super) fn check_unchanged(&self) -> Result<()> {
        match stamp(&self.path) {
            _ if self.copy.is_some() => Ok(()),
            Ok(stamp) if stamp == self.stamp => Ok(()),
            _ => Err(refused(&self.named, "was replaced while it was measured; measure again".into())),
        }
    }

    /// Ends its process, if there is one: the next question starts a fresh one.
    pub(super) fn rest(&mut self) {
        self.player = None;
    }

    /// Starts a process of it and hears what it says of itself.
    pub(super) fn meet(&mut self) -> Result<Hello, Stop> {
        let mut command = Command::new(&self.path);
        command.arg0("gilbench-ab").args([ENTRY, "--nocapture"]).env(ASKED, ROLE).env_remove(ENV);
        let started = Player::start(command, Output::Line, self.patience);
        let mut player = started.map_err(|error| Stop::Lost(format!("cannot be started: {error}")))?;
        let hello: Hello = player.hear(Duration::ZERO).map_err(explain)?;
        if hello.protocol != PROTOCOL {
            return Err(Stop::Lost(format!(
                "is built with {}, which compares by another protocol ({}, here {PROTOCOL}); build both with the same gilbench",
                hello.generator, hello.protocol
            )));
        }
        self.player = Some(player);
        Ok(hello)
    }

    /// Asks it, starting it first if it is not there. The answer should take about `expected`.
    pub(super) fn ask(&mut self, ask: &Ask, expected: Duration) -> Result<Answer, Stop> {
        if self.player.is_none() {
            self.meet()?;
        }
        let player = self.player.as_mut().expect("it has just been started");
        let answer = player.ask(ask, expected);
        if answer.is_err() {
            self.player = None;
        }
        answer
    }

    /// What became of it, as an error of the whole comparison.
    pub(super) fn error(&self, stop: Stop) -> Error {
        match stop {
            Stop::Interrupted => Error::Interrupted,
            Stop::Lost(why) => refused(&self.named, format!("({}) {why}", self.part)),
        }
    }

    /// The same in words.
    pub(super) fn words(&self, why: &str) -> String {
        format!("{} ({}) {why}", self.named.display(), self.part)
    }
}

/// What to do about a program that does not say hello.
fn explain(stop: Stop) -> Stop {
    match stop {
        Stop::Interrupted => Stop::Interrupted,
        Stop::Lost(why) => Stop::Lost(format!(
            "{why}. It is not a program that `ab` can ask: that takes `gilbench::main(suite)` (or \
             `gilbench::worker_entry`) at the start of its `main`, of a gilbench that has `ab`"
        )),
    }
}

fn refused(named: &Path, reason: String) -> Error {
    Error::File { path: named.display().to_string(), reason }
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let metadata = std::fs::metadata(path)?;
    Ok(Stamp {
        device: metadata.dev(),
        inode: metadata.ino(),
        length: metadata.len(),
        modified: metadata.modified().ok(),
    })
}

fn digest(path: &Path) -> io::Result<String> {
    let (mut file, mut hasher, mut block) = (File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut block)? {
            0 => break,
            n => hasher.update(&block[..n]),
        }
    }
    let hexadecimal = |mut text: String, byte: &u8| {
        let _ = write!(text, "{byte:02x}");
        text
    };
    Ok(hasher.finalize().iter().fold(String::new(), hexadecimal))
}
