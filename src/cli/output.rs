//! Standard output and standard error, as a terminal or a pipe expects them.

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

/// Width of lines when nobody says how wide the screen is.
const WIDTH: usize = 100;

/// Prints text. A reader that has gone away, as `head` does, is no error.
pub(super) fn text(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let outcome =
        out.write_all(text.as_bytes()).and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") });
    tolerate_closed_pipe(outcome.and_then(|()| out.flush()))
}

/// Writes a file to standard output, as it is.
pub(super) fn bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    tolerate_closed_pipe(out.write_all(bytes).and_then(|()| out.flush()))
}

/// Prints a line on standard error. Unlike `eprintln!` it does not panic when nobody reads there, as in
/// `gilbench 2>&1 | head`: a measurement is worth more than its progress.
pub(super) fn note(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Prints a value as JSON.
pub(super) fn json(value: &impl Serialize) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let outcome = serde_json::to_writer(&mut out, value).map_err(io::Error::from);
    tolerate_closed_pipe(outcome.and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()))
}

/// Whether standard output should be coloured.
pub(super) fn colour() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Columns of the terminal that standard output is, if it is one.
pub(super) fn width() -> usize {
    let columns = io::stdout().is_terminal().then(|| rustix::termios::tcgetwinsize(io::stdout()).ok()).flatten();
    columns.map_or(WIDTH, |size| usize::from(size.ws_col)).clamp(60, 160)
}

fn tolerate_closed_pipe(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}
