//! All entries of a log as series: a case, on a machine, over the runs. The id of the case tells the revision of its
//! kernel, so a kernel that measures something else begins new series.
//!
//! Kept by columns, since a log of ten thousand runs has a million points and each is looked at for one figure only.

use std::collections::HashMap;

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

/// Everything that a log holds, in the order of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// The machines, in the order in which they first appear in the log.
    pub machines: Vec<MachineKey>,
    /// The runs, in the order in which they began.
    pub runs: Vec<Past>,
    /// The series, each of one case on one machine.
    pub series: Vec<Series>,
    /// What had to be skipped in reading, in sentences.
    pub notes: Vec<String>,
    places: HashMap<(usize, Box<str>), usize>,
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
    /// A history of these entries, which may come in any order.
    pub fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut history = Self::default();
        entries.into_iter().for_each(|entry| history.add(entry));
        history.sort();
        history
    }

    /// Takes in an entry; [`History::sort`] has to follow the last one.
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

    /// Puts the runs in the order of time. Runs that began in the same second stay as they were added.
    pub(super) fn sort(&mut self) {
        if self.runs.is_sorted_by(|a, b| a.at <= b.at) {
            return;
        }
        let mut order: Vec<usize> = (0..self.runs.len()).collect();
        order.sort_by(|a, b| self.runs[*a].at.cmp(&self.runs[*b].at));
        let mut places = vec![0; order.len()];
        order.iter().enumerate().for_each(|(now, before)| places[*before] = now);
        self.runs = order.iter().map(|before| self.runs[*before].clone()).collect();
        for series in &mut self.series {
            series.points.iter_mut().for_each(|point| point.run = places[point.run]);
            series.points.sort_by_key(|point| point.run);
        }
    }

    /// Points that a change is looked for in: those of runs whose instrument was not out of its margin.
    pub fn judged<'a>(&'a self, series: &'a Series, figure: Figure) -> impl Iterator<Item = (usize, f64)> + 'a {
        let counts = |point: &&Point| self.runs[point.run].qualified != Some(false);
        series.points.iter().filter(counts).filter_map(move |point| Some((point.run, figure.of(point)?)))
    }
}
