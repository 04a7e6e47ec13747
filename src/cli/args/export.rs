//! The arguments of `gilbench export`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};

use super::LATEST;
use crate::track::export::{FORMATS, Format};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 the file is written; 3 the input is none of ours, or the format has no place for it. \
                        What is exported is not judged: a regression in it is no error of this command."
)]
pub(in crate::cli) struct ExportArguments {
    /// The run, the comparison (ab.json) or the history (history.jsonl).
    #[arg(value_name = "FILE", default_value = LATEST)]
    pub(in crate::cli) input: PathBuf,
    /// What to write.
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    format: String,
    /// The policy of the gate whose outcome is the headline of `markdown` [default: every case and every claim counts].
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) policy: Option<PathBuf>,
    /// Where to write it [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: Option<PathBuf>,
}

impl ExportArguments {
    /// The format that was asked for.
    pub(in crate::cli) fn format(&self) -> &'static Format {
        FORMATS.iter().find(|format| format.id == self.format).expect("clap knows the same formats")
    }
}

fn formats() -> PossibleValuesParser {
    FORMATS.iter().map(|format| PossibleValue::new(format.id).help(format.summary)).collect::<Vec<_>>().into()
}
