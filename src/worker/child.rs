//! The worker's side: become one, get the job, do it, end.

use std::cell::RefCell;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::page::Page;
use super::wire::{self, Word};
use super::{ASKED, ENV, fork_server, peer};
use crate::kernel::Kernel;
use crate::run::{Failure, FailureKind};
use crate::sys;

/// Before the name of a program's own role in [`ENV`], so that it is none of ours.
pub(crate) const OWN: &str = "own:";

/// Exit status of a worker that reported its failure itself.
const REPORTED: i32 = 70;

/// A worker process's connection to its team.
#[derive(Debug)]
pub struct Link {
    socket: UnixStream,
    page: Page,
}

impl Link {
    /// The page that the team shares.
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// Tells the parent that all workers of this process wait at the start gate.
    pub fn ready(&self) {
        self.say(&Word::Ready);
    }

    /// Tells the parent that all workers of this process have finished their steps.
    pub fn done(&self) {
        self.say(&Word::Done);
    }

    /// Tells the parent why this process cannot go on, and ends it, whatever its other threads are doing.
    pub fn fail(&self, failure: Failure) -> ! {
        self.say(&Word::Failed(failure));
        sys::leave(REPORTED)
    }

    /// Runs a worker's body; a panic in it becomes a reported failure.
    pub fn guard<R>(&self, body: impl FnOnce() -> Result<R, Failure>) -> R {
        match catch_unwind(AssertUnwindSafe(body)) {
            Ok(Ok(value)) => value,
            Ok(Err(failure)) => self.fail(failure),
            Err(_) => self.fail(failure(FailureKind::Panicked, LAST_PANIC.take())),
        }
    }

    fn say(&self, word: &Word) {
        if wire::say(&self.socket, word).is_err() {
            // The parent is gone; so is the reason to be here.
            sys::leave(0);
        }
    }
}

thread_local! {
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A process's part of a job: given the job's bytes and the link, it returns when the part is done and its threads are
/// joined.
pub type Work<'a> = dyn Fn(&[u8], &Link) -> Result<(), Failure> + 'a;

/// A part that a process of ours can play outside any team, given the line to its parent. When it returns, the process
/// ends.
#[derive(Debug, Clone, Copy)]
pub struct Role {
    /// What [`ENV`] says to ask for it.
    pub name: &'static str,
    /// Plays it.
    pub play: fn(&UnixStream),
}

/// Whether this process was started to be a worker.
pub fn requested() -> bool {
    std::env::var_os(ENV).is_some()
}

/// Becomes the worker that the environment asks for, and never returns.
///
/// `work` does this process's part of a job; `kernels` are those whose [peer](Kernel::peer) this process may have to
/// be, `roles` what else it may be asked to be, and `own` the same of the program's own.
pub fn serve(kernels: &[&dyn Kernel], work: &Work<'_>, roles: &[Role], own: &[Role]) -> ! {
    let kind = std::env::var(ENV).unwrap_or_default();
    let socket = parent();
    // Before a fork server forks: otherwise each worker would do it, and copy the page that it is written to.
    std::panic::set_hook(Box::new(|panic| LAST_PANIC.set(panic.to_string().replace('\n', ": "))));
    match kind.as_str() {
        "worker" => be_worker(socket, work),
        "fork-server" => fork_server::serve(socket, &|socket| be_worker(socket, work)),
        kind => match (kind.strip_prefix("peer:"), find_role(kind, roles, own)) {
            (Some(kernel), _) => peer::serve(&socket, kernels, kernel),
            (None, Some(role)) => {
                (role.play)(&socket);
                sys::leave(0)
            }
            (None, None) => refuse(&format!("`{kind}` is no kind of worker")),
        },
    }
}

fn find_role<'a>(kind: &str, roles: &'a [Role], own: &'a [Role]) -> Option<&'a Role> {
    match kind.strip_prefix(OWN) {
        Some(name) => own.iter().find(|role| role.name == name),
        None => roles.iter().find(|role| role.name == kind),
    }
}

/// Plays the role of this name, if that is what the environment asks for, and then never returns; otherwise returns at
/// once. For a part that starts workers of its own.
pub fn play_if_asked(role: &str, play: impl FnOnce(&UnixStream)) {
    if std::env::var_os(ASKED).is_some_and(|kind| kind == role) {
        play(&parent());
        sys::leave(0)
    }
}

/// The line to the parent: standard input.
fn parent() -> UnixStream {
    let socket = match std::io::stdin().as_fd().try_clone_to_owned() {
        Ok(descriptor) => UnixStream::from(descriptor),
        Err(error) => refuse(&format!("no standard input: {error}")),
    };
    if socket.peer_addr().is_err() {
        refuse("standard input is not the socket of a parent");
    }
    socket
}

/// `GILBENCH_WORKER` is set, but by nobody who knows how.
fn refuse(why: &str) -> ! {
    eprintln!("gilbench: {ENV} is set, so this program should be a worker, but {why}. Unset {ENV} to run it by hand.");
    sys::leave(3)
}

fn be_worker(socket: UnixStream, work: &Work<'_>) -> ! {
    // Only a host has to wait for its job, and its parent for it; any other worker finds the job in the socket.
    if !sys::readable(&socket) && wire::say(&socket, &Word::Hello).is_err() {
        sys::leave(0);
    }
    let (job, page) = match wire::receive_job(&socket) {
        Ok(Some((job, page))) => (job, Page::open(page)),
        Ok(None) => sys::leave(0),
        Err(error) => refuse(&error.to_string()),
    };
    let page = page.unwrap_or_else(|error| refuse(&error.to_string()));
    page.mark_begun();
    if sys::die_with(&socket).is_err() {
        sys::leave(0);
    }
    let link = Link { socket, page };
    link.guard(|| work(&job, &link));
    if link.page.hosted() {
        link.page.mark_joined();
        link.say(&Word::Joined);
    }
    sys::leave(0)
}

/// A failure that is not yet tied to a case.
pub(crate) fn failure(kind: FailureKind, message: impl Into<String>) -> Failure {
    Failure { case: None, round: None, kind, message: message.into() }
}
