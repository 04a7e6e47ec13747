//! The answer in plain sentences with numbers, for the top of the page and the end of a run on a terminal.
//!
//! A sentence is a template of the catalogue in `text` and its parts, so that the page says it in both languages and the
//! terminal in one.

use maud::{Markup, Render, html};

use super::advice::{Advice, Over, advice};
use super::format::{self, Unit};
use super::palette;
use super::svg::swatch;
use super::text::{self, Plain};
use super::view::{Group, View};
use crate::claim::{self, Unfit};
use crate::run::{Bound, CaseResult, Metric, Role};
use crate::stats::Estimate;

/// Below this, work on several workers is not worth its trouble.
pub(super) const WORTH: f64 = 1.05;
/// Ratios this close to 1, with their whole interval, are called the same.
pub(super) const SAME: f64 = 0.1;
/// CPU time given to others from which times are worth less.
const STEAL: f64 = 0.01;
/// Drift of the neutral control from one half of the run to the other that is no doubt: half of what makes ratios the
/// same. Rounds cancel it, but what changes by more did so for a reason.
pub(super) const DRIFT: f64 = 0.05;
/// Notes on the machine that say that others used its CPUs.
const BUSY: [&str; 3] = ["busy", "steal", "throttled"];

/// What a sentence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// Work of a kind.
    Work(Group),
    /// Jobs that are over soon.
    SmallJobs,
    /// What a global lock costs.
    Lock,
    /// Whether the numbers can be believed: yes, no, or with care.
    Instrument(Option<bool>),
}

impl Subject {
    /// Its name, which is in the catalogue.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Work(group) => group.title(),
            Self::SmallJobs => "Small jobs",
            Self::Lock => "What a global lock costs",
            Self::Instrument(_) => "Was the instrument fit?",
        }
    }
}

/// A template of the catalogue with its parts.
#[derive(Debug)]
pub(super) struct Sentence {
    english: &'static str,
    parts: Vec<Plain>,
}

impl Sentence {
    fn new<P: Into<Plain>>(english: &'static str, parts: impl IntoIterator<Item = P>) -> Self {
        Self { english, parts: parts.into_iter().map(Into::into).collect() }
    }

    /// In both languages; figures stand out, and models look as they do everywhere.
    pub(super) fn markup(&self) -> Markup {
        let part = |part: &Plain| {
            let model = palette::KNOWN.iter().find(|(id, _)| *id == part.en);
            html! { @if let Some((id, key)) = model { span.model { (swatch(*key)) b { (id) } } } @else { b { (part) } } }
        };
        let parts: Vec<Markup> = self.parts.iter().map(part).collect();
        text::tf(self.english, &parts.iter().map(|part| part as &dyn Render).collect::<Vec<_>>())
    }

    /// In English.
    pub(super) fn plain(&self) -> String {
        let numbered = self.parts.iter().enumerate();
        numbered.fold(self.english.to_owned(), |text, (at, part)| text.replace(&format!("{{{at}}}"), &part.en))
    }
}

/// One line of the answer.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) subject: Subject,
    pub(super) sentences: Vec<Sentence>,
}

/// The whole answer; what was not measured has no line.
pub(super) fn answer(view: &View) -> Vec<Line> {
    let all = advice(view);
    let work = all.iter().map(|advice| Line { subject: Subject::Work(advice.group), sentences: work(advice) });
    let small = small_jobs(view).map(|sentences| Line { subject: Subject::SmallJobs, sentences });
    let lock = lock(&all).map(|sentence| Line { subject: Subject::Lock, sentences: vec![sentence] });
    let (fit, sentences) = instrument(view);
    let instrument = Line { subject: Subject::Instrument(fit), sentences };
    work.chain(small).chain(lock).chain([instrument]).collect()
}

fn times(value: f64) -> String {
    format::quantity(value, Unit::Ratio)
}

fn work(advice: &Advice) -> Vec<Sentence> {
    let mut sentences = vec![];
    if let Some(best) = Advice::recommended(&advice.free) {
        let equals: Vec<_> = Advice::as_fast(&advice.free).iter().skip(1).map(|one| one.model.to_owned()).collect();
        let parts = [best.model.to_owned().into(), best.over().words(), equals.join(", ").into()];
        sentences.push(match (best.speedup.value < WORTH, equals.is_empty()) {
            (true, _) => Sentence::new("Do it serially: the best of the rest, {0}, is {1} as fast.", parts),
            (false, true) => Sentence::new("Use {0}: {1} as fast as one worker.", parts),
            (false, false) => Sentence::new("Use {0}: {1} as fast as one worker; no slower: {2}.", parts),
        });
    }
    if let Some(best) = Advice::recommended(&advice.locked) {
        let gil = advice.locked.iter().find(|one| one.model == "gil" && one.model != best.model);
        let parts = [best.model.to_owned(), times(best.speedup.value)];
        sentences.push(match (best.speedup.value < WORTH, gil) {
            (true, _) => Sentence::new("Under a global lock nothing gains: {0} {1}.", parts),
            (false, None) => Sentence::new("Under a global lock: {0}, {1}.", parts),
            (false, Some(gil)) => Sentence::new(
                "Under a global lock: {0}, {1}; threads that share it {2}.",
                parts.into_iter().chain([times(gil.speedup.value)]),
            ),
        });
    }
    sentences
}

/// The median of starting and ending a worker of the control, in nanoseconds, and how many there were.
fn life(view: &View, model: &str) -> Option<(f64, usize)> {
    let wanted = |case: &&CaseResult| {
        case.role == Role::Control
            && case.model == model
            && !case.failed
            && case.start_method == view.run.plan.start_method
    };
    let case = view.run.cases.iter().filter(wanted).max_by_key(|case| case.workers)?;
    let of = |metric| Some(view.run.level(case, metric)?.value);
    Some((of(Metric::StartPerWorker)? + of(Metric::JoinPerWorker)?, case.workers))
}

/// Serial work of T takes T / W on W workers once they run, and starting and ending them comes on top.
fn small_jobs(view: &View) -> Option<Vec<Sentence>> {
    let even = |each: f64, workers: f64| each * workers * workers / (workers - 1.0);
    let ((thread, workers), (process, others)) = (life(view, "threads")?, life(view, "processes")?);
    if workers != others || workers < 2 || view.run.cores() < 2 {
        return None;
    }
    let w = workers as f64;
    let of = |ns: f64| format::time(ns);
    let parts = [workers.to_string(), of(thread * w), of(process * w)];
    Some(vec![
        Sentence::new("Starting and ending {0} threads takes {1}, {0} processes {2}.", parts),
        Sentence::new(
            "One worker alone is sooner done with a job that computes for less than {0} (threads) or {1} (processes); \
             keep workers waiting and hand them jobs.",
            [of(even(thread, w)), of(even(process, w))],
        ),
    ])
}

/// What threads pay for the lock, group by group.
fn lock(all: &[Advice]) -> Option<Sentence> {
    let cost = |wanted: Bound| {
        let of = |group: Group| match group {
            Group::Cpu => Bound::Cpu,
            Group::Io => Bound::Io,
            Group::Mixed => Bound::Mixed,
            // What these cost is not the lock's.
            Group::Shared => return false,
        } == wanted;
        all.iter().find(|advice| of(advice.group)).and_then(|advice| advice.lock_cost)
    };
    let say = |cost: Option<Over>| cost.map_or_else(|| Plain::same("–"), |cost| cost.words());
    let [cpu, io, mixed] = [Bound::Cpu, Bound::Io, Bound::Mixed].map(cost);
    (cpu.is_some() || io.is_some() || mixed.is_some()).then(|| {
        Sentence::new(
            "At equal workers, threads under it take {0} the time for CPU-bound work, {1} for IO-bound and {2} for mixed.",
            [say(cpu), say(io), say(mixed)],
        )
    })
}

/// Whether the instrument was fit to decide, and what speaks against it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitness {
    /// Yes, no, or neither: with doubts, or not known.
    pub(super) fit: Option<bool>,
    /// Each doubt in a few words.
    pub(super) doubts: Vec<String>,
}

/// The one place that calls a run fit: the A/A arm is qualified, the run is whole, its control drifted by no more than
/// [`DRIFT`], and no note says that the machine was busy.
pub(super) fn fitness(view: &View) -> Fitness {
    let (machine, mut doubts) = (&view.run.machine, vec![]);
    if view.run.partial.is_some() {
        doubts.push("the run is partial".into());
    }
    if let Some(drift) = view.drift().filter(|drift| drift.abs() > DRIFT) {
        doubts.push(format!("drift {}, beyond {}", signed(drift), format::quantity(DRIFT, Unit::Share)));
    }
    if busy(view) || machine.conditions.steal.is_some_and(|steal| steal >= STEAL) {
        doubts.push("the machine was busy".into());
    }
    let qualified = match claim::unfit(view.run) {
        None => Some(true),
        // An A/A arm with too few rounds says nothing of the instrument.
        Some(Unfit::Lost(_)) if furthest_twin(view).is_some_and(|ratio| !ratio.is_bounded()) => None,
        Some(_) => Some(false),
    };
    Fitness { fit: qualified.filter(|qualified| !qualified || doubts.is_empty()), doubts }
}

/// Whether a note says that others used the machine's CPUs.
fn busy(view: &View) -> bool {
    view.run.machine.notes.iter().any(|note| note.serious && BUSY.contains(&note.id.as_str()))
}

fn signed(share: f64) -> String {
    format!("{}{}", if share < 0.0 { "−" } else { "+" }, format::quantity(share.abs(), Unit::Share))
}

/// The ratio of the A/A arm that is furthest from 1.
fn furthest_twin(view: &View) -> Option<Estimate> {
    let distance = |ratio: &Estimate| ratio.value.ln().abs();
    view.twins().into_iter().map(|(_, ratio)| ratio).max_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// Fitness in sentences: the A/A arms, what the hypervisor and the control group took, and drift.
fn instrument(view: &View) -> (Option<bool>, Vec<Sentence>) {
    let nothing = <[String; 0]>::default();
    let Fitness { fit, doubts } = fitness(view);
    let words = |ratio: &Estimate| [format::estimate(ratio, Unit::Ratio)];
    let mut sentences = vec![match (claim::unfit(view.run), &furthest_twin(view)) {
        (None, Some(ratio)) if doubts.is_empty() => {
            Sentence::new("Yes: the same case measured twice differs from itself by {0}.", words(ratio))
        }
        (None, Some(ratio)) => Sentence::new(
            "Not fully: the same case measured twice differs from itself by {0}, but there are doubts.",
            words(ratio),
        ),
        (None | Some(Unfit::NoTwin), None) => {
            Sentence::new("No: without an A/A arm nothing that was timed is decided.", nothing.clone())
        }
        (Some(Unfit::Differs(_, ratio)), _) => Sentence::new(
            "No: the same case measured twice differs from itself by {0}, so nothing that was timed is decided.",
            words(&ratio),
        ),
        (Some(Unfit::Lost(_)), Some(ratio)) if !ratio.is_bounded() => {
            Sentence::new("Not known: too few rounds; the same case measured twice: {0}.", words(ratio))
        }
        (Some(_), _) => {
            Sentence::new("No, for the reason at the top: nothing that was timed is decided.", nothing.clone())
        }
    }];
    let (conditions, cpu) = (&view.run.machine.conditions, &view.run.machine.cpu);
    let share = |share: f64| format::quantity(share, Unit::Share);
    sentences.push(match conditions.steal {
        None => Sentence::new("Steal cannot be told here;", nothing.clone()),
        Some(steal) if steal >= STEAL => {
            Sentence::new("The hypervisor gave {0} of the CPU time to others;", [share(steal)])
        }
        Some(steal) => Sentence::new("The hypervisor took {0} of the CPU time;", [share(steal)]),
    });
    sentences.push(match cpu.quota {
        Some(quota) => Sentence::new("a quota allows {0} CPUs.", [format::plain(quota)]),
        None => Sentence::new("there is no quota.", nothing.clone()),
    });
    if let Some(drift) = view.drift() {
        sentences.push(if drift.abs() > DRIFT {
            let parts = [signed(drift), share(DRIFT)];
            Sentence::new("Drift from the first half to the second: {0}, beyond the allowed {1}.", parts)
        } else {
            Sentence::new("Drift from the first half to the second: {0}.", [signed(drift)])
        });
    }
    if busy(view) {
        sentences
            .push(Sentence::new("The machine was busy or its CPUs were taken away: see the notes.", nothing.clone()));
    }
    if view.run.partial.is_some() {
        sentences.push(Sentence::new("But the run is partial.", nothing));
    }
    (fit, sentences)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::run::{Note, Role, Run};

    /// A run that is fit: quiet, whole, and steady.
    fn fit() -> Run {
        let mut run = fixture::suite(2);
        run.partial = None;
        run.machine.conditions.steal = Some(0.0);
        run.machine.notes.clear();
        run
    }

    fn of(run: &Run) -> Fitness {
        fitness(&View::new(run, &[]))
    }

    fn first(run: &Run) -> String {
        instrument(&View::new(run, &[])).1[0].plain()
    }

    #[test]
    fn fit_means_all_of_it() {
        assert_eq!(of(&fit()), Fitness { fit: Some(true), doubts: vec![] });
        assert!(first(&fit()).starts_with("Yes: "));
        let partial = Run { partial: Some("too little time".into()), ..fit() };
        let mut busy = fit();
        busy.machine.notes.push(Note { id: "busy".into(), serious: true, text: String::new() });
        let mut drifted = fit();
        for case in drifted.cases.iter_mut().filter(|case| case.role == Role::Control && case.model == "serial") {
            let half = case.samples.len() / 2;
            for sample in &mut case.samples[half..] {
                sample.parts.compute_ns = sample.parts.compute_ns * 9 / 10;
            }
        }
        let mut robbed = fit();
        robbed.machine.conditions.steal = Some(0.031);
        for (run, word) in [(partial, "partial"), (busy, "busy"), (drifted, "drift −"), (robbed, "busy")] {
            let Fitness { fit, doubts } = of(&run);
            assert!(fit.is_none() && doubts.len() == 1 && doubts[0].contains(word), "{doubts:?}");
            assert!(first(&run).starts_with("Not fully: "), "{}", first(&run));
        }
    }
}
