//! Apache Otava's CSV: a row a run, with its time, its commit, and a column for each metric.
//!
//! A history becomes the runs of one machine, that of the last run: Otava has no key for machines, and would take the
//! step from one to the other for a change. A run alone becomes one row. Where a run lacks a case the cell is empty: Otava
//! reads the columns that its configuration names, and says so if one of those has a hole. <https://otava.apache.org/docs/csv>

use std::collections::BTreeMap;

use super::escape::cell;
use super::{Document, Format, followed};
use crate::error::{Error, Result};
use crate::track::history::{Figure, History};

pub(super) const FORMAT: Format =
    Format { id: "otava", summary: "Apache Otava: a row a run, a column a case (of the last run's machine)", write };

/// Time, commit, and values in the order of the columns.
type Row = (String, String, Vec<String>);

fn write(document: &Document) -> Result<Vec<u8>> {
    let (columns, rows) = match document {
        Document::Run(run, _) => {
            let (names, values) =
                followed(run).map(|(case, time)| (case.id.clone(), time.value.round().to_string())).unzip();
            let commit = run.machine.build.commit.clone().unwrap_or_default();
            (names, vec![(run.started_at.clone(), commit, values)])
        }
        Document::History(history) => of_history(history),
        Document::Comparison(..) => return Err(document.unfit("otava", "a run or a history")),
    };
    table(&columns, rows).map_err(|error| Error::request(format!("cannot write CSV: {error}")))
}

fn table(columns: &[String], rows: Vec<Row>) -> csv::Result<Vec<u8>> {
    let mut to = csv::Writer::from_writer(vec![]);
    let names = columns.iter().map(|name| cell(&format!("{name} time_ns")));
    to.write_record(["time".to_owned(), "commit".to_owned()].into_iter().chain(names))?;
    for (time, commit, values) in rows {
        to.write_record([time, cell(&commit)].into_iter().chain(values))?;
    }
    to.into_inner().map_err(|error| error.into_error().into())
}

fn of_history(history: &History) -> (Vec<String>, Vec<Row>) {
    let Some(machine) = history.runs.last().map(|run| run.machine) else { return (vec![], vec![]) };
    let series: Vec<_> = history.series.iter().filter(|series| series.machine == machine).collect();
    let columns = series.iter().map(|series| series.case.to_string()).collect();
    // Runs of an unqualified instrument are no evidence for anybody.
    let runs =
        history.runs.iter().enumerate().filter(|(_, run)| run.machine == machine && run.qualified != Some(false));
    let mut rows: BTreeMap<usize, Row> = runs
        .map(|(at, run)| {
            (at, (run.at.clone(), run.commit.clone().unwrap_or_default(), vec![String::new(); series.len()]))
        })
        .collect();
    for (column, series) in series.iter().enumerate() {
        for (run, value) in history.judged(series, Figure::Time) {
            if let Some((_, _, values)) = rows.get_mut(&run) {
                values[column] = value.to_string();
            }
        }
    }
    (columns, rows.into_values().collect())
}
