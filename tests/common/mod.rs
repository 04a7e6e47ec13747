//! What several tests of the real program share.

/// The program with these arguments, and nothing in its environment that changes what it prints.
pub(crate) fn gilbench(arguments: &[&str]) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_gilbench"));
    command.args(arguments).env_remove("CI").env_remove("NO_COLOR");
    command
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
