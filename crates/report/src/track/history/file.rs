//! The log: a text file to which whole lines are added.
//!
//! A writer takes an advisory lock on the file itself, adds its line with one write to the end and flushes it to the
//! disk. What a crash leaves is a line without its end: the next writer begins on a fresh line, and readers skip the torn
//! one and say so; no other line is ever touched. A file that is no log is refused from its first bytes, by readers
//! and writers alike, however long it is.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use serde::Deserialize;

use super::entry::{Entry, HISTORY_SCHEMA};
use super::past::History;
use crate::error::{Error, Result};

/// File of the history in the output folder.
pub const HISTORY: &str = "history.jsonl";

/// What every line begins with.
const START: &[u8] = b"{\"kind\":\"history\",";
/// Longest line that is read, in bytes; a suite of a hundred thousand cases has shorter ones.
const LONGEST: usize = 16 << 20;
/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a reader waits for a writer; then it reads all the same, and a line may be half there.
const READER_PATIENCE: Duration = Duration::from_secs(1);

/// Adds a line to the log, which is made if there is none. Returns whether the line before it was torn.
///
/// # Errors
/// If the same run is there already, the file is no history, another writer does not let it go, or the system refuses;
/// the file is then as it was.
pub fn append(path: &Path, entry: &Entry) -> Result<bool> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let refused = || format!("cannot write {}", path.display());
    std::fs::create_dir_all(folder).map_err(Error::os(refused()))?;
    let is_new = !path.exists();
    let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(Error::os(refused()))?;
    if !lock(&file, FlockOperation::NonBlockingLockExclusive, PATIENCE).map_err(Error::os(refused()))? {
        return Err(bad(path, "another program has kept it locked for 10 s; wait for it, or end it".into()));
    }
    check_start(path, &file)?;
    refuse_twice(path, &file, entry)?;
    let length = file.metadata().map_err(Error::os(refused()))?.len();
    let torn = length > 0 && !ends_line(&file, length).map_err(Error::os(refused()))?;
    // The head of a first line says nothing yet, and before another line it would be no head of a log any more.
    let is_head = torn && length < START.len() as u64;
    if is_head {
        file.set_len(0).map_err(Error::os(refused()))?;
    }
    write(&file, entry, torn && !is_head, length).map_err(Error::os(refused()))?;
    if is_new {
        // A new file is not safe before its name is.
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::os(refused()))?;
    }
    Ok(torn)
}

/// One write, flushed to the disk; if that fails, the file is cut to its old length.
fn write(mut file: &File, entry: &Entry, torn: bool, length: u64) -> std::io::Result<()> {
    let mut line = entry.line();
    if torn {
        line.insert(0, b'\n');
    }
    let written = file.write_all(&line).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = file.set_len(length);
    }
    written
}

/// Reads the whole log. What had to be skipped is in [`History::notes`].
///
/// # Errors
/// If the file cannot be read or no line of it is an entry.
pub fn read(path: &Path) -> Result<History> {
    let metadata = std::fs::metadata(path).map_err(|error| bad(path, error.to_string()))?;
    if !metadata.is_file() {
        // A pipe, say, would be waited for.
        return Err(no_history(path));
    }
    let file = File::open(path).map_err(|error| bad(path, error.to_string()))?;
    check_start(path, &file)?;
    lock(&file, FlockOperation::NonBlockingLockShared, READER_PATIENCE)
        .map_err(|error| bad(path, error.to_string()))?;
    let mut reader = Reader::default();
    each_line(&file, |number, line| {
        reader.take(number, line);
        true
    })
    .map_err(|error| bad(path, error.to_string()))?;
    if reader.entries == 0 && reader.strange.is_some() {
        return Err(no_history(path));
    }
    Ok(reader.finish())
}

/// Whether the file begins as a log does.
pub fn is_log(path: &Path) -> bool {
    let mut start = Vec::new();
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let file = if is_file { File::open(path).ok() } else { None };
    let read = file.map(|file| file.take(START.len() as u64).read_to_end(&mut start));
    read.is_some_and(|read| read.is_ok()) && start == START
}

fn bad(path: &Path, reason: String) -> Error {
    Error::File { path: path.display().to_string(), reason }
}

fn no_history(path: &Path) -> Error {
    bad(path, "no history; expected lines written by `gilbench history add` or `gilbench run`".into())
}

/// Takes a lock if nobody else keeps it for longer than one is ready to wait; whether it was got.
fn lock(file: &File, operation: FlockOperation, patience: Duration) -> rustix::io::Result<bool> {
    let since = Instant::now();
    loop {
        match flock(file, operation) {
            Ok(()) => return Ok(true),
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::WOULDBLOCK) if since.elapsed() > patience => return Ok(false),
            Err(rustix::io::Errno::WOULDBLOCK) => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(error),
        }
    }
}

/// Refuses a file that does not begin as a log does; one that ends before that may be the rest of a first line.
fn check_start(path: &Path, mut file: &File) -> Result<()> {
    let mut start = Vec::new();
    let read = if file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        file.seek(SeekFrom::Start(0)).and_then(|_| file.take(START.len() as u64).read_to_end(&mut start))
    } else {
        return Err(no_history(path));
    };
    read.map_err(|error| bad(path, error.to_string()))?;
    if START.starts_with(&start) { Ok(()) } else { Err(no_history(path)) }
}

fn refuse_twice(path: &Path, file: &File, entry: &Entry) -> Result<()> {
    let needle = format!("\"id\":\"{}\"", entry.id);
    let finder = memchr::memmem::Finder::new(&needle);
    let mut twice = None;
    each_line(file, |number, line| {
        // The rest of a torn line may name the run that is now added again.
        let same = finder.find(line).is_some() && parse(line).is_ok_and(|line| line.id == entry.id);
        twice = same.then_some(number);
        !same
    })
    .map_err(|error| bad(path, error.to_string()))?;
    twice.map_or(Ok(()), |number| Err(bad(path, format!("this run is there already, in line {number}"))))
}

fn ends_line(file: &File, length: u64) -> std::io::Result<bool> {
    let mut last = [0];
    file.read_exact_at(&mut last, length - 1)?;
    Ok(last == *b"\n")
}

/// Shows every line with its number, counted from 1, and its end, for as long as `show` wants more. A line that is too
/// long is shown without what is beyond the limit, and never held.
fn each_line(mut file: &File, mut show: impl FnMut(usize, &[u8]) -> bool) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    let mut from = BufReader::with_capacity(1 << 17, file);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = (&mut from).take(LONGEST as u64).read_until(b'\n', &mut line)?;
        if read == LONGEST && line.last() != Some(&b'\n') && skip_line(&mut from)? {
            line.push(b'\n');
        }
        if read == 0 || !show(number, &line) {
            break;
        }
    }
    Ok(())
}

/// Goes on to the next line; whether this one had an end.
fn skip_line(from: &mut impl BufRead) -> std::io::Result<bool> {
    loop {
        let buffer = from.fill_buf()?;
        let (used, done) = match memchr::memchr(b'\n', buffer) {
            Some(at) => (at + 1, true),
            None => (buffer.len(), false),
        };
        from.consume(used);
        if done || used == 0 {
            return Ok(done);
        }
    }
}

/// Why a line is no entry.
enum Stranger {
    Newer,
    Other(String),
}

fn parse(line: &[u8]) -> std::result::Result<Entry, Stranger> {
    /// All that a line of any version has.
    #[derive(Deserialize)]
    struct Version {
        schema: u32,
    }
    let other = |reason: String| Stranger::Other(reason);
    match serde_json::from_slice::<Entry>(line) {
        Ok(entry) if entry.schema <= HISTORY_SCHEMA => entry.check().map(|()| entry).map_err(other),
        Ok(_) => Err(Stranger::Newer),
        Err(error) => match serde_json::from_slice::<Version>(line) {
            Ok(version) if version.schema > HISTORY_SCHEMA => Err(Stranger::Newer),
            _ => Err(other(error.to_string())),
        },
    }
}

/// The lines as they come, with an account of those that are skipped.
#[derive(Default)]
struct Reader {
    history: History,
    entries: usize,
    newer: Option<Skipped>,
    /// Lines with an end that are no entries.
    strange: Option<Skipped>,
    ids: std::collections::HashMap<String, usize>,
    torn: Option<usize>,
}

/// Lines that were skipped for one reason.
struct Skipped {
    first: usize,
    count: usize,
    reason: String,
}

impl Reader {
    fn take(&mut self, number: usize, line: &[u8]) {
        let whole = line.ends_with(b"\n");
        if line.trim_ascii().is_empty() {
            return;
        }
        match parse(line) {
            Ok(entry) => match self.ids.insert(entry.id.clone(), number) {
                None => {
                    self.entries += 1;
                    self.history.add(entry);
                }
                Some(first) => skip(&mut self.strange, number, format!("the same run as line {first}")),
            },
            Err(Stranger::Newer) => skip(&mut self.newer, number, String::new()),
            Err(Stranger::Other(_)) if !whole => self.torn = Some(number),
            Err(Stranger::Other(reason)) => skip(&mut self.strange, number, reason),
        }
    }

    fn finish(mut self) -> History {
        let notes = &mut self.history.notes;
        if let Some(number) = self.torn {
            notes.push(format!(
                "line {number}, the last one, is torn and was skipped: whoever wrote it was ended meanwhile"
            ));
        }
        if let Some(Skipped { first, count, reason }) = self.strange {
            let lines = if count == 1 { format!("line {first} is") } else { format!("{count} lines are") };
            let which = if count == 1 { String::new() } else { format!(", the first in line {first}") };
            notes.push(format!("{lines} no entry and skipped{which}: {reason}"));
        }
        if let Some(Skipped { first, count, .. }) = self.newer {
            let lines = if count == 1 { "1 line was".to_owned() } else { format!("{count} lines were") };
            notes.push(format!("{lines} written by a newer gilbench and skipped, the first in line {first}"));
        }
        // A day of leeway: clocks of machines that measure side by side differ by less.
        let latest = std::time::SystemTime::now() + Duration::from_secs(86_400);
        self.history.tell_future(&humantime::format_rfc3339_seconds(latest).to_string());
        self.history
    }
}

fn skip(skipped: &mut Option<Skipped>, number: usize, reason: String) {
    skipped.get_or_insert(Skipped { first: number, count: 0, reason }).count += 1;
}
