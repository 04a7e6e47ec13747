//! Where the figures of an answer come from: file, date and machine.

use std::path::Path;

use serde::Serialize;

use super::comparison::{Comparison, Document};
use super::{Machine, Run};

/// The measurement that an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The file it was read from.
    pub file: String,
    /// When it was measured: RFC 3339, UTC.
    pub started_at: String,
    /// Program and version that measured it.
    pub generator: String,
    /// Processor, how many of them could be used, system.
    pub machine: String,
}

impl Origin {
    /// Of a run.
    pub fn of_run(file: &Path, run: &Run) -> Self {
        Self::new(file, &run.started_at, &run.generator, &run.machine)
    }

    /// Of a comparison of two executables.
    pub fn of_comparison(file: &Path, comparison: &Comparison) -> Self {
        Self::new(file, &comparison.started_at, &comparison.generator, &comparison.machine)
    }

    /// Of either.
    pub fn of(file: &Path, document: &Document) -> Self {
        match document {
            Document::Run(run) => Self::of_run(file, run),
            Document::Comparison(comparison) => Self::of_comparison(file, comparison),
        }
    }

    fn new(file: &Path, started_at: &str, generator: &str, machine: &Machine) -> Self {
        let model = if machine.cpu.model.is_empty() { "an unnamed processor" } else { &machine.cpu.model };
        let plural = if machine.cpu.usable == 1 { "" } else { "s" };
        let parts = [model.to_owned(), format!("{} CPU{plural}", machine.cpu.usable), machine.os.clone()];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Self {
            file: file.display().to_string(),
            started_at: started_at.into(),
            generator: generator.into(),
            machine: parts.join(", "),
        }
    }

    /// In a line. What a document from elsewhere says is no command for a terminal.
    pub fn line(&self) -> String {
        let when = self.started_at.replacen('T', " ", 1).replacen('Z', " UTC", 1);
        let line = format!("From {}: measured {when} on {}", self.file, self.machine);
        line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::Synthetic;

    #[test]
    fn file_date_and_machine_stand_in_one_harmless_line() {
        let mut run = Synthetic::new(2).build();
        run.started_at = "2026-03-14T09:26:53Z".into();
        run.machine.cpu.model = "Imaginary\u{1b}[2J\n::error::EPYC".into();
        let line = Origin::of_run(Path::new("reports/latest.json"), &run).line();
        assert!(line.starts_with("From reports/latest.json: measured 2026-03-14 09:26:53 UTC on Imaginary"), "{line}");
        assert!(line.contains("2 CPUs") && !line.chars().any(char::is_control), "{line}");
    }
}
