//! An editor that reads what is typed, draws it and saves it, all at once: three roles, one document.
//!
//! Threads have the document in common, behind a lock for many readers or one writer, and tell each other only that
//! something was typed. Processes have to pass it: either **all** of it, as programs do that send each other their
//! documents, or only what has **changed**, which each applies to a copy of its own. The third way, a document in shared
//! memory, is what threads do and needs no figure of its own.
//!
//! A key is typed, drawn (a screen of text around it is copied from the document to a frame) and, every few keys, saved
//! (the document is written to a file in memory). The next is typed when the last was drawn and a moment has passed,
//! so that roles sleep between keys as they do in life. Timed is from typing a key until it is drawn.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::sync::RwLock;
use std::time::Duration;

use rustix::fs::{MemfdFlags, memfd_create};

use super::home::{Home, Slate};
use super::route::{Route, Way};
use super::{Findings, Probe, Round, TIMED};
use crate::error::{Error, Result};
use crate::run::Profile;
use crate::stats::median;
use crate::sys::clock_ns;

pub(super) const PROBE: Probe = Probe {
    id: "editor",
    question: "How soon is a key drawn, and how much is copied, if three threads or three processes are an editor?",
    rounds: TIMED,
    run,
};

/// Lengths of the document, in KiB.
const LENGTHS: [usize; 4] = [4, 64, 256, 1024];
/// The same in a hurry.
const FEW_LENGTHS: [usize; 2] = [4, 1024];
/// Keys that are typed; the first do not count, since they find memory that nobody has touched.
const KEYS: (usize, usize) = (16, 40);
const WARM_UP: usize = 4;
/// Keys between two times that the document is saved.
const SAVED: usize = 8;
/// From a key that is drawn to the next that is typed.
const MOMENT: Duration = Duration::from_micros(50);
/// What is seen of the document at once, in bytes.
const SCREEN: usize = 4096;

/// When, where and what was typed, in front of the document if that is passed as well.
const HEAD: usize = 16;
/// Instead of when: that nothing will be typed any more.
const END: u64 = u64::MAX;

/// Places on the slate: nanoseconds from typing to drawn (as bits), bytes copied, and keys that were drawn as something else.
const DRAWN: usize = 0;
const COPIED: usize = 1;
const WRONG: usize = 2;

/// How the roles come by the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Shared,
    Passed,
    Changes,
}

impl Manner {
    const ALL: [Self; 3] = [Self::Shared, Self::Passed, Self::Changes];

    /// As it stands in readings' names.
    fn name(self) -> &'static str {
        match self {
            Self::Shared => "thread/shared",
            Self::Passed => "process/passed",
            Self::Changes => "process/changes",
        }
    }

    fn home(self) -> Home {
        if self == Self::Shared { Home::Thread } else { Home::Process }
    }

    /// Length of a message between roles.
    fn message(self, document: usize) -> usize {
        if self == Self::Passed { HEAD + document } else { HEAD }
    }
}

/// A key, as it stands in front of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    typed_ns: u64,
    at: usize,
    letter: u8,
    save: bool,
}

fn run(round: &Round) -> Result<Findings> {
    let mut findings = Findings::default();
    let quick = round.profile == Profile::Quick;
    let keys = if quick { KEYS.0 } else { KEYS.1 };
    let lengths = if quick { &FEW_LENGTHS[..] } else { &LENGTHS[..] };
    let arms = Manner::ALL.into_iter().flat_map(|manner| lengths.iter().map(move |&kib| (manner, kib)));
    round.arms(&mut findings, arms, |(manner, kib), findings| {
        let (drawn_ns, copied) = edit(manner, kib * 1024, WARM_UP + keys)?;
        findings.add(format!("{}/{kib}KiB/drawn", manner.name()), "ns", drawn_ns);
        findings.add(format!("{}/{kib}KiB/copied", manner.name()), "bytes", copied);
        Ok(())
    })?;
    Ok(findings)
}

/// The median time from a key to its picture, and the bytes that roles copied to each other for each.
fn edit(manner: Manner, length: usize, keys: usize) -> Result<(f64, f64)> {
    let home = manner.home();
    let route = |message| Route::new(Way::Queue, home, message, 2);
    let message = manner.message(length);
    let editor = Editor {
        manner,
        keys,
        document: RwLock::new(vec![0; length]),
        to_draw: route(message)?,
        to_save: route(message)?,
        drawn: route(8)?,
        slate: Slate::new(3)?,
        file: memfd_create("gilbench-editor", MemfdFlags::CLOEXEC).map_err(Error::os("making a file in memory"))?,
    };
    home.together(&[&|| editor.read(), &|| editor.draw(), &|| editor.save()], || ())?;
    match editor.slate.get(WRONG) {
        0 => Ok((f64::from_bits(editor.slate.get(DRAWN)), editor.slate.get(COPIED) as f64 / keys as f64)),
        wrong => Err(Error::request(format!("{wrong} keys were drawn as something else"))),
    }
}

/// What the roles have in common. In processes each has a copy of the document, as it was before they were started.
struct Editor {
    manner: Manner,
    keys: usize,
    document: RwLock<Vec<u8>>,
    to_draw: Route,
    to_save: Route,
    drawn: Route,
    slate: Slate,
    file: OwnedFd,
}

impl Editor {
    /// Types one key after another, each when the last was drawn.
    fn read(&self) {
        let (mut to_draw, mut to_save, mut drawn) = (self.to_draw.end(), self.to_save.end(), self.drawn.end());
        let length = self.length();
        let mut message = vec![0; self.manner.message(length)];
        let (mut times, mut answer) = (Vec::with_capacity(self.keys), vec![]);
        for number in 0..self.keys {
            std::thread::sleep(MOMENT);
            let letter = b'a' + (number % 26) as u8;
            let save = number % SAVED == SAVED - 1;
            let key = Key { typed_ns: clock_ns(), at: number * 4099 % length, letter, save };
            key.write(&mut message);
            match self.manner {
                Manner::Passed => message[HEAD + key.at] = letter,
                Manner::Shared | Manner::Changes => self.change(key),
            }
            to_draw.send(&message);
            if save || self.manner == Manner::Changes {
                to_save.send(&message);
            }
            drawn.receive(&mut answer);
            times.push(u64::from_ne_bytes(answer[..8].try_into().expect("eight bytes")) as f64);
        }
        Key { typed_ns: END, at: 0, letter: 0, save: false }.write(&mut message);
        to_draw.send(&message);
        to_save.send(&message);
        self.slate.add(DRAWN, median(&times[WARM_UP..]).expect("keys were typed").to_bits());
        self.slate.add(COPIED, to_draw.copied() + to_save.copied() + drawn.copied());
    }

    /// Draws the screen around every key.
    fn draw(&self) {
        let (mut keys, mut drawn) = (self.to_draw.end(), self.drawn.end());
        let (mut message, mut frame) = (vec![], vec![0; SCREEN]);
        loop {
            keys.receive(&mut message);
            let Some(key) = Key::read(&message) else { break };
            let seen = match self.manner {
                Manner::Passed => show(&message[HEAD..], key.at, &mut frame),
                Manner::Shared => show(&self.look(), key.at, &mut frame),
                Manner::Changes => {
                    self.change(key);
                    show(&self.look(), key.at, &mut frame)
                }
            };
            let took = clock_ns() - key.typed_ns;
            self.slate.add(WRONG, u64::from(seen != key.letter));
            drawn.send(&took.to_ne_bytes());
        }
        self.slate.add(COPIED, keys.copied() + drawn.copied());
    }

    /// Saves the document whenever it is told to.
    fn save(&self) {
        let mut keys = self.to_save.end();
        let mut message = vec![];
        let file = File::from(self.file.try_clone().expect("a descriptor"));
        let write = |document: &[u8]| file.write_all_at(document, 0).expect("a file in memory takes bytes");
        loop {
            keys.receive(&mut message);
            let Some(key) = Key::read(&message) else { break };
            if self.manner == Manner::Changes {
                self.change(key);
            }
            match self.manner {
                Manner::Passed => write(&message[HEAD..]),
                Manner::Shared | Manner::Changes if key.save => write(&self.look()),
                Manner::Shared | Manner::Changes => {}
            }
        }
        self.slate.add(COPIED, keys.copied());
    }

    fn length(&self) -> usize {
        self.look().len()
    }

    fn look(&self) -> std::sync::RwLockReadGuard<'_, Vec<u8>> {
        self.document.read().expect("no role has panicked")
    }

    fn change(&self, key: Key) {
        self.document.write().expect("no role has panicked")[key.at] = key.letter;
    }
}

impl Key {
    fn write(self, message: &mut [u8]) {
        message[..8].copy_from_slice(&self.typed_ns.to_ne_bytes());
        message[8..14].copy_from_slice(&(self.at as u64).to_le_bytes()[..6]);
        (message[14], message[15]) = (self.letter, self.save.into());
    }

    /// `None` at the end.
    fn read(message: &[u8]) -> Option<Self> {
        let typed_ns = u64::from_ne_bytes(message[..8].try_into().expect("eight bytes"));
        let mut at = [0; 8];
        at[..6].copy_from_slice(&message[8..14]);
        let key = Self { typed_ns, at: u64::from_le_bytes(at) as usize, letter: message[14], save: message[15] != 0 };
        (typed_ns != END).then_some(key)
    }
}

/// Copies what is around this place to the frame; what stands at the place then.
fn show(document: &[u8], at: usize, frame: &mut [u8]) -> u8 {
    let seen = frame.len().min(document.len());
    let first = at.saturating_sub(seen / 2).min(document.len() - seen);
    frame[..seen].copy_from_slice(&document[first..first + seen]);
    std::hint::black_box(&*frame)[at - first]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_on_the_screen_wherever_it_is_typed() {
        let mut frame = vec![0; SCREEN];
        for length in [10, SCREEN, 3 * SCREEN + 1] {
            for at in [0, length / 2, length - 1] {
                let mut document = vec![0; length];
                document[at] = b'k';
                assert_eq!(show(&document, at, &mut frame), b'k', "{at} of {length}");
            }
        }
    }

    #[test]
    fn a_key_is_read_as_it_was_written_and_the_end_is_none() {
        let mut message = [0; HEAD];
        let key = Key { typed_ns: 7, at: 1_048_575, letter: b'x', save: true };
        key.write(&mut message);
        assert_eq!(Key::read(&message), Some(key));
        Key { typed_ns: END, ..key }.write(&mut message);
        assert_eq!(Key::read(&message), None);
    }

    #[test]
    fn only_those_who_pass_the_document_copy_it() {
        let copied = |manner| edit(manner, 65_536, 10).unwrap().1;
        assert!(copied(Manner::Passed) >= 2.0 * 65_536.0);
        assert!(copied(Manner::Shared) < 100.0 && copied(Manner::Changes) < 200.0);
    }
}
