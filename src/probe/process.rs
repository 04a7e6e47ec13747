//! A process for each round of a probe: asked on its line, answered or ended within a time limit.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::{ALL, Findings, Round};
use crate::error::{Error, Result};
use crate::run::{Failure, FailureKind, Profile};
use crate::sys;
use crate::worker::{Process, Role, interrupted};

/// What a process is when it runs a round of a probe.
pub(super) const ROLE: Role = Role { name: "probe", play };

/// Longest that a round may take: many times what it takes on a machine with nothing else to do.
fn patience(profile: Profile) -> Duration {
    Duration::from_secs(if profile == Profile::Full { 300 } else { 60 })
}

/// How often a wait looks whether it has been interrupted.
const LOOK: Duration = Duration::from_millis(250);

/// Runs one round of the probe with this id in a process of its own.
///
/// # Errors
/// [`Error::Worker`] if it fails, dies or hangs; [`Error::Interrupted`] after [`crate::worker::interrupt`].
pub fn take(id: &str, round: &Round) -> Result<Findings> {
    let lost = |kind, message: String| {
        Error::Worker(Failure { case: None, round: None, kind, message: format!("probe {id}: {message}") })
    };
    let mut process =
        Process::play(ROLE.name).map_err(|error| lost(FailureKind::NotStarted, format!("cannot start: {error}")))?;
    let (began, patience) = (Instant::now(), patience(round.profile));
    let mut request = serde_json::to_vec(&(id, round)).expect("a round is plain data");
    request.push(b'\n');
    let mut answer = Vec::new();
    let mut heard = process.line().write_all(&request).and_then(|()| process.line().set_read_timeout(Some(LOOK)));
    while heard.is_ok() && answer.last() != Some(&b'\n') {
        if interrupted() {
            return Err(Error::Interrupted);
        }
        if began.elapsed() > patience {
            return Err(lost(FailureKind::Stalled, format!("no answer within {} s; ended", patience.as_secs())));
        }
        let mut piece = [0; 16 * 1024];
        heard = match process.line().read(&mut piece) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => {
                answer.extend(&piece[..length]);
                Ok(())
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(()),
            Err(error) => Err(error),
        };
    }
    if heard.is_err() {
        return Err(if interrupted() { Error::Interrupted } else { lost(FailureKind::Exited, process.how_it_ended()) });
    }
    let answer: std::result::Result<Findings, String> = serde_json::from_slice(&answer)
        .map_err(|error| lost(FailureKind::Exited, format!("an answer that cannot be read: {error}")))?;
    answer.map_err(|message| lost(FailureKind::NotPrepared, message))
}

fn play(mut line: &UnixStream) {
    let mut request = Vec::new();
    let mut byte = [0; 1];
    while line.read_exact(&mut byte).is_ok() && byte[0] != b'\n' {
        request.push(byte[0]);
    }
    if sys::die_with(line).is_err() {
        return;
    }
    let answer = catch_unwind(AssertUnwindSafe(|| answer(&request))).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        Err(said.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or("it panicked".into()))
    });
    let mut bytes = serde_json::to_vec(&answer).expect("findings are plain data");
    bytes.push(b'\n');
    // If nobody listens any more, nobody misses it.
    let _ = line.write_all(&bytes);
}

fn answer(request: &[u8]) -> std::result::Result<Findings, String> {
    let (id, round): (String, Round) = serde_json::from_slice(request).map_err(|error| error.to_string())?;
    let probe = ALL.iter().find(|probe| probe.id == id).ok_or("there is no such probe here")?;
    (probe.run)(&round).map_err(|error| error.to_string())
}
