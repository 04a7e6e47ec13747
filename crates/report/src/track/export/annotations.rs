//! Workflow commands of GitHub: `::warning title=…::message`, one a regression, at most ten.
//!
//! GitHub shows no more than ten of a kind a step. If there are more, the last one says how many it stands for.
//! <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>

use super::escape::{message, property};
use super::{Document, Format};
use crate::error::Result;
use crate::track::history::{Figure, Rules, check};
use crate::track::{Change, JudgedCase};

pub(super) const FORMAT: Format =
    Format { id: "annotations", summary: "warnings on GitHub: print them in a workflow's step", write };

/// Most annotations of one step.
const MOST: usize = 10;

#[expect(clippy::unnecessary_wraps, reason = "the face of every format")]
fn write(document: &Document) -> Result<Vec<u8>> {
    let mut all = match document {
        Document::Run(run, _) => failures(&run.failures),
        Document::Comparison(comparison, judgement, _) => {
            let worse = judgement.cases.iter().filter(|case| case.verdict == Change::Regression);
            let mut all: Vec<_> = worse.map(regression).collect();
            all.extend(failures(&comparison.failures));
            all
        }
        Document::History(history) => {
            let checked = check(history, Figure::Time, None, &Rules::default());
            let told = |trend: &crate::track::history::Trend| {
                let last = trend.changes.last()?;
                let (percent, since) = ((last.ratio - 1.0) * 100.0, history.runs[last.run].name());
                Some((format!("{} became slower", trend.case), format!("{percent:+.1} % since {since}")))
            };
            checked.regressions().filter_map(told).collect()
        }
    };
    if all.len() > MOST {
        let more = all.len() - (MOST - 1);
        all.truncate(MOST - 1);
        all.push((format!("{more} more"), "The summary of the step has all of them.".into()));
    }
    let line = |(title, text): &(String, String)| format!("::warning title={}::{}\n", property(title), message(text));
    Ok(all.iter().map(line).collect::<String>().into_bytes())
}

fn regression(case: &JudgedCase) -> (String, String) {
    let percent = (case.ratio - 1.0) * 100.0;
    let interval = case.low.zip(case.high).map_or(String::new(), |(low, high)| {
        format!(", interval {:+.1} % to {:+.1} %", (low - 1.0) * 100.0, (high - 1.0) * 100.0)
    });
    (format!("{} became slower", case.case), format!("{percent:+.1} %{interval}"))
}

fn failures(failures: &[crate::run::Failure]) -> Vec<(String, String)> {
    let one = |failure: &crate::run::Failure| {
        (format!("{} failed", failure.case.as_deref().unwrap_or("the run")), failure.message.clone())
    };
    failures.iter().map(one).collect()
}
