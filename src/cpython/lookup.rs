//! Which interpreters there are: those named, or else those on `PATH` and under pyenv.
//!
//! What an interpreter is, it says itself ([`meet`]); its name decides only whether it is asked. The same one under
//! several names counts once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::protocol::Hello;
use crate::error::Error;
use crate::run::validation::Skipped;
use crate::worker::{Output, Player, Stop};

/// The real interpreter's side of the protocol.
const DRIVER: &str = include_str!("../../scripts/driver.py");

/// A file that may be an interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) path: PathBuf,
    /// Whether the user named it: then it is a failure if it is of no use.
    pub(super) named: bool,
}

/// An interpreter that has said what it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Interpreter {
    pub(super) path: PathBuf,
    pub(super) named: bool,
    pub(super) hello: Hello,
}

/// Where to look when nobody is named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// Folders of programs, in order.
    pub path: Vec<PathBuf>,
    /// pyenv's folder.
    pub pyenv: Option<PathBuf>,
}

impl Places {
    /// Those of this process's environment.
    pub fn of_environment() -> Self {
        let path = std::env::var_os("PATH").map_or_else(Vec::new, |path| std::env::split_paths(&path).collect());
        let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".pyenv"));
        Self { path, pyenv: std::env::var_os("PYENV_ROOT").map(PathBuf::from).or_else(home) }
    }
}

/// The files to ask: the named ones, or if there are none, all that look like an interpreter.
pub(super) fn candidates(named: &[PathBuf], places: &Places) -> Vec<Candidate> {
    if !named.is_empty() {
        return named.iter().map(|path| Candidate { path: on_path(path, places), named: true }).collect();
    }
    let mut found: Vec<PathBuf> = places.path.iter().flat_map(|folder| interpreters_in(folder)).collect();
    if let Some(pyenv) = &places.pyenv {
        let mut versions: Vec<_> = entries(&pyenv.join("versions")).map(|version| version.join("bin/python")).collect();
        versions.sort();
        found.extend(versions.into_iter().filter(|path| path.exists()));
    }
    let mut seen = vec![];
    found.retain(|path| {
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        let new = !seen.contains(&real);
        seen.push(real);
        new
    });
    found.into_iter().map(|path| Candidate { path, named: false }).collect()
}

/// A bare name is looked up as a shell would.
fn on_path(name: &Path, places: &Places) -> PathBuf {
    if !is_bare(name) {
        return name.to_path_buf();
    }
    places.path.iter().map(|folder| folder.join(name)).find(|path| path.is_file()).unwrap_or_else(|| name.to_path_buf())
}

/// Whether it is a name alone, without a folder.
fn is_bare(name: &Path) -> bool {
    name.components().count() == 1 && !name.is_absolute() && !name.as_os_str().as_encoded_bytes().contains(&b'/')
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn interpreters_in(folder: &Path) -> Vec<PathBuf> {
    let is_one = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).is_some_and(looks_like_one);
    let mut found: Vec<_> = entries(folder).filter(is_one).collect();
    found.sort();
    found
}

/// `python2`, `python3`, `python3.13`, `python3.13t`, but not `python3-config`.
fn looks_like_one(name: &str) -> bool {
    let Some(version) = name.strip_prefix("python") else { return false };
    let version = version.strip_suffix('t').unwrap_or(version);
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    matches!(major, "2" | "3") && !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit())
}

/// Starts interpreters where nothing of the caller's can be imported.
///
/// `python -c` puts the current folder first on its path, and 3.13 imports `linecache` from there before it runs a
/// line: whichever checkout the command is called in, its `json.py` or `socket.py` would be executed. So:
///
/// - the current folder is an empty one, which only this user can write to;
/// - `-E -s -S`, which every version knows (`-I` is refused before 3.4): no `PYTHON…` variable, no packages of the user's,
///   no `site`, `sitecustomize` or `.pth` file; and no such variable is passed on, for a wrapper that starts another;
/// - the driver takes what is relative out of `sys.path` before its first import. Its processes are forks of it.
#[derive(Debug)]
pub(super) struct Isolation {
    /// Lasts as long as this, and is then removed.
    empty: TempDir,
    /// How long an answer may take.
    patience: Duration,
}

impl Isolation {
    pub(super) fn new(patience: Duration) -> Result<Self, Error> {
        let empty = tempfile::Builder::new().prefix("gilbench-empty-").tempdir();
        let empty = empty.map_err(Error::os("cannot make an empty folder to start interpreters in"))?;
        Ok(Self { empty, patience })
    }

    /// Has a file run the driver.
    fn start(&self, path: &Path) -> Result<Player, Stop> {
        // Relative to the folder that the user is in, and not to the empty one.
        let here = std::env::current_dir().ok();
        let path = here.as_ref().filter(|_| !is_bare(path)).map_or_else(|| path.to_path_buf(), |here| here.join(path));
        let mut command = Command::new(path);
        command.args(["-E", "-s", "-S", "-u", "-c", DRIVER]).current_dir(self.empty.path());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PYTHON")) {
            command.env_remove(name);
        }
        // pyenv's wrappers choose the version by the folder that they are called in.
        if let Some(here) = here.filter(|_| std::env::var_os("PYENV_DIR").is_none()) {
            command.env("PYENV_DIR", here);
        }
        Player::start(command, Output::Line, self.patience)
            .map_err(|error| Stop::Lost(format!("cannot be started: {error}")))
    }

    /// Starts an interpreter and lets it say what it is.
    pub(super) fn meet(&self, path: &Path) -> Result<(Player, Hello), Stop> {
        let mut player = self.start(path)?;
        let hello: Hello = player.hear(Duration::ZERO)?;
        let unfit = if hello.implementation != "CPython" {
            Some(format!("is {} {}, whose lock is not CPython's", hello.implementation, hello.version))
        } else if !hello.missing.is_empty() {
            Some(format!("lacks `{}`", hello.missing.join("`, `")))
        } else {
            None
        };
        match unfit {
            Some(why) => Err(Stop::Lost(why)),
            None => Ok((player, hello)),
        }
    }
}

/// Asks every candidate what it is. Those that are of no use are told with the reason; `Err` is an interruption.
pub(super) fn meet_all(
    candidates: Vec<Candidate>,
    isolation: &Isolation,
    skip: &mut dyn FnMut(Skipped),
) -> Result<Vec<Interpreter>, Stop> {
    let mut found: Vec<Interpreter> = vec![];
    for Candidate { path, named } in candidates {
        let hello = match isolation.meet(&path) {
            Ok((_, hello)) => hello,
            Err(Stop::Interrupted) => return Err(Stop::Interrupted),
            Err(Stop::Lost(reason)) => {
                skip(Skipped { path: path.display().to_string(), named, reason });
                continue;
            }
        };
        let same = |other: &Interpreter| {
            other.hello.executable == hello.executable
                || (&other.hello.version, &other.hello.build) == (&hello.version, &hello.build)
        };
        // Named twice, it was not meant twice; found twice, it is the same under another name.
        if !found.iter().any(same) {
            found.push(Interpreter { path, named, hello });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_interpreters() {
        for name in ["python2", "python3", "python2.7", "python3.13", "python3.14t"] {
            assert!(looks_like_one(name), "{name}");
        }
        for name in ["python", "python3-config", "python3.13-config", "pythonw", "python3.", "python4", "ipython3"] {
            assert!(!looks_like_one(name), "{name}");
        }
    }

    #[test]
    fn one_file_under_several_names_is_one_candidate() {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        let versions = folder.path().join("pyenv/versions/3.99.1/bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::create_dir_all(&versions).unwrap();
        std::fs::write(versions.join("python"), "").unwrap();
        std::os::unix::fs::symlink(versions.join("python"), bin.join("python3")).unwrap();
        std::os::unix::fs::symlink(versions.join("python"), bin.join("python3.99")).unwrap();
        std::fs::write(bin.join("python3-config"), "").unwrap();
        let places = Places { path: vec![bin.clone()], pyenv: Some(folder.path().join("pyenv")) };
        let found = candidates(&[], &places);
        assert_eq!(found, [Candidate { path: bin.join("python3"), named: false }]);
        let named = candidates(&["python3.99".into(), "/no/such".into()], &places);
        assert_eq!(named[0], Candidate { path: bin.join("python3.99"), named: true });
        assert_eq!(named[1], Candidate { path: "/no/such".into(), named: true });
        assert_eq!(candidates(&[], &Places::default()), []);
    }
}
