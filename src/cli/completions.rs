//! `gilbench completions`: a script for the shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::args::Arguments;
use super::{FINE, output};

pub(super) fn completions(shell: Shell) -> anyhow::Result<i32> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "gilbench", &mut script);
    output::text(&String::from_utf8_lossy(&script))?;
    Ok(FINE)
}
