//! How far a run is, drawn on standard error between samples and never during one.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output;
use crate::cpython;
use crate::measure::Event;

/// In a log, rounds that begin so soon after the last one that was told are not told, but for the first few.
const SOON: Duration = Duration::from_secs(2);
/// These are told in any case: that it goes on is good to see early.
const FIRST: u32 = 3;

/// A bar on a terminal; a line a round elsewhere, so that a log shows life.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    /// The round that was told last, and at what time of the measuring.
    told: Option<(u32, Duration)>,
}

impl Progress {
    pub(super) fn new() -> Self {
        let terminal = std::io::stderr().is_terminal() && std::env::var_os("CI").is_none();
        // No steady tick: a thread that redraws by itself would draw in the middle of a sample.
        let bar = terminal.then(|| {
            let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr());
            let style = "{bar:24.cyan/dim} {percent:>3} %  {msg}";
            bar.set_style(ProgressStyle::with_template(style).expect("a valid template"));
            bar
        });
        Self { bar, told: None }
    }

    pub(super) fn show(&mut self, event: &Event<'_>) {
        match event {
            Event::Calibrating { kernel, index, of } => {
                self.message(&format!("calibrating {kernel} ({} of {of})", index + 1));
            }
            Event::Sampling { case, round, elapsed, expected } => self.sampling(case, *round, *elapsed, *expected),
            Event::Failed(failure) => {
                let case = failure.case.as_deref().unwrap_or("a case");
                self.line(&format!("FAILED {case}: {}", failure.message));
            }
            Event::Short { rounds, needed, obeyed } => self.short(*rounds, *needed, *obeyed),
        }
    }

    /// Says that the time is too short for verdicts on speed, and what follows.
    fn short(&self, rounds: u32, needed: Duration, obeyed: bool) {
        let needed = Duration::from_secs(needed.as_secs() + 1);
        let time = HumanDuration(needed);
        self.line(&if obeyed {
            format!(
                "the budget is enough for about {rounds} of the 12 rounds that a verdict on speed needs; all of them take \
                 about {time} (--budget {}s)",
                needed.as_secs()
            )
        } else {
            format!("this machine takes about {time} for the rounds that verdicts need, longer than the profile's time")
        });
    }

    pub(super) fn show_validation(&mut self, event: &cpython::Event<'_>) {
        match event {
            cpython::Event::Found { versions: [], .. } => {}
            cpython::Event::Found { versions, each } => {
                let (all, each) = (HumanDuration(*each * versions.len() as u32), HumanDuration(*each));
                let names = versions.join(", ");
                self.line(&if versions.len() == 1 {
                    format!("CPython {names}: about {all}; --budget allows more or less")
                } else {
                    format!(
                        "{} interpreters, {each} each, about {all} in all; --python chooses among them, --budget allows \
                         more or less: CPython {names}",
                        versions.len()
                    )
                });
            }
            cpython::Event::Skipped(skipped) => self.line(&format!("{} {}", skipped.path, skipped.reason)),
            cpython::Event::Matching { path, version } => {
                self.told = None;
                self.message(&format!("matching the stand-in to CPython {version} ({path})"));
            }
            cpython::Event::Sampling { version, sample, round, elapsed, expected } => {
                self.sampling(&format!("CPython {version} · {sample}"), *round, *elapsed, *expected);
            }
            cpython::Event::Failed { path, reason } => self.line(&format!("FAILED {path} {reason}")),
        }
    }

    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn sampling(&mut self, case: &str, round: u32, elapsed: Duration, expected: Duration) {
        let left = HumanDuration(Duration::from_secs(expected.saturating_sub(elapsed).as_secs().max(1)));
        if let Some(bar) = &self.bar {
            bar.set_length(expected.as_millis().max(1) as u64);
            bar.set_position(elapsed.min(expected).as_millis() as u64);
            bar.set_message(format!("about {left} left · round {} · {case}", round + 1));
        } else if self.told.is_none_or(|(last, at)| last != round && (round < FIRST || elapsed >= at + SOON)) {
            output::note(&format!("round {}, about {left} left", round + 1));
            self.told = Some((round, elapsed));
        }
    }

    fn message(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(text.to_owned()),
            None => output::note(text),
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => output::note(text),
        }
    }
}
