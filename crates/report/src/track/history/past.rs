//! All entries of a log as series: a case, on a machine, over the runs. The id of the case tells the revision of its
//! kernel, so a kernel that measures something else begins new series.
//!
//! Kept by columns, since a log of ten thousand runs has a million points and each is looked at for one figure only.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::entry::{Entry, Kept};
use crate::run::MachineKey;

/// What of a case is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Figure {
    /// Time of the work, in nanoseconds.
    #[default]
    Time,
    /// CPU time of the work, in nanoseconds.
    Cpu,
    /// Memory per worker, in bytes.
    Memory,
}

impl Figure {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Time, Self::Cpu, Self::Memory];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
        }
    }

    /// Unit of its values.
    pub fn unit(self) -> &'static str {
        if self == Self::Memory { "bytes" } else { "ns" }
    }

    /// Its level in a run, positive; `None` where it was not recorded.
    pub fn of(self, point: &Point) -> Option<f64> {
        let level = match self {
            Self::Time => Some(point.kept.time_ns),
            Self::Cpu => point.kept.cpu_ns,
            Self::Memory => point.kept.pss_bytes,
        };
        level.map(|level| level.value as f64).filter(|value| *value > 0.0)
    }
}

/// Everything that a log holds, in the order in which it was added. The clocks of the machines decide nothing: one that is
/// wrong would put its run before or behind all others for ever.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// The machines, in the order in which they first appear in the log.
    pub machines: Vec<MachineKey>,
    /// The runs, in the order in which they were added.
    pub runs: Vec<Past>,
    /// The series, each of one case on one machine.
    pub series: Vec<Series>,
    /// What had to be skipped in reading, in sentences.
    pub notes: Vec<String>,
    places: HashMap<(usize, Box<str>), usize>,
    /// Times of runs that had not come when the log was read.
    future: HashSet<String>,
}

/// A run of the past.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// When it began: RFC 3339, UTC.
    pub at: String,
    /// Revision that was measured, if it is known.
    pub commit: Option<String>,
    /// Where, as a place in [`History::machines`].
    pub machine: usize,
    /// Whether the instrument was within its margin; `None` if that could not be told.
    pub qualified: Option<bool>,
}

/// A case on a machine over the runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Id of the case.
    pub case: Box<str>,
    /// Where, as a place in [`History::machines`].
    pub machine: usize,
    /// What was measured, in the order of the runs.
    pub points: Vec<Point>,
}

/// A case in a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The run, as a place in [`History::runs`].
    pub run: usize,
    /// What is known of it.
    pub kept: Kept,
}

impl Past {
    /// The revision as people write it, or the day of a run whose revision is not known.
    pub fn name(&self) -> &str {
        let short = |commit: &str| commit.char_indices().nth(12).map_or(commit.len(), |(at, _)| at);
        self.commit.as_ref().map_or_else(|| self.day(), |commit| &commit[..short(commit)])
    }

    /// The day on which it began.
    pub fn day(&self) -> &str {
        self.at.get(..10).unwrap_or(&self.at)
    }
}

impl History {
    /// A history of these entries, in the order in which they come.
    pub fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut history = Self::default();
        entries.into_iter().for_each(|entry| history.add(entry));
        history
    }

    /// Takes in an entry, which becomes the last one.
    pub(super) fn add(&mut self, entry: Entry) {
        let Entry { at, commit, machine, qualified, cases, .. } = entry;
        let machine = self.machines.iter().position(|known| *known == machine).unwrap_or_else(|| {
            self.machines.push(machine);
            self.machines.len() - 1
        });
        let run = self.runs.len();
        self.runs.push(Past { at, commit, machine, qualified });
        for (case, kept) in cases {
            let place = *self.places.entry((machine, case)).or_insert_with_key(|(_, case)| {
                self.series.push(Series { case: case.clone(), machine, points: vec![] });
                self.series.len() - 1
            });
            self.series[place].points.push(Point { run, kept });
        }
    }

    /// The machine that is measured on now: that of the last run which is not dated in the future.
    pub fn machine_now(&self) -> Option<usize> {
        let known = |run: &&Past| !self.future.contains(&run.at);
        self.runs.iter().rev().find(known).or(self.runs.last()).map(|run| run.machine)
    }

    /// Notes which runs are dated later than this moment, a day of leeway included: RFC 3339, UTC.
    pub(super) fn tell_future(&mut self, latest: &str) {
        let of_future = self.runs.iter().map(|run| &run.at).filter(|at| at.as_str() > latest);
        self.future = of_future.cloned().collect();
        let Some(first) = self.runs.iter().position(|run| self.future.contains(&run.at)) else { return };
        let count = self.runs.iter().filter(|run| self.future.contains(&run.at)).count();
        let (runs, are) = if count == 1 { ("1 run".to_owned(), "is") } else { (format!("{count} runs"), "are") };
        self.notes.push(format!(
            "{runs} {are} dated in the future, run {} ({}) for one: a clock was wrong; runs count in the order in which they were \
             added",
            first + 1,
            self.runs[first].day()
        ));
    }

    /// Points that a change is looked for in: those of runs whose instrument was not out of its margin.
    pub fn judged<'a>(&'a self, series: &'a Series, figure: Figure) -> impl Iterator<Item = (usize, f64)> + 'a {
        let counts = |point: &&Point| self.runs[point.run].qualified != Some(false);
        series.points.iter().filter(counts).filter_map(move |point| Some((point.run, figure.of(point)?)))
    }
}
