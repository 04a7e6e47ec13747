//! The one error of the library: every variant says what went wrong and what to do about it.

use std::io;

/// What stopped a measurement or a command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request cannot be carried out as asked: unknown name, absurd number. The text names the remedy.
    #[error("{0}")]
    Request(String),
    /// The operating system refused something.
    #[error("{what}: {source}")]
    Os {
        /// What was being attempted, in words.
        what: String,
        /// The system's answer.
        source: io::Error,
    },
    /// A worker failed: killed, panicked, hung, or gave a wrong answer. The case is lost, others go on.
    #[error("{}", .0.message)]
    Worker(crate::Failure),
    /// A file is not what it should be.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// Why it cannot be used, and the remedy.
        reason: String,
    },
    /// Ctrl-C or a termination signal.
    #[error("interrupted")]
    Interrupted,
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An [`Error::Request`].
    pub fn request(text: impl Into<String>) -> Self {
        Self::Request(text.into())
    }

    /// Turns a system error into an [`Error::Os`] that says what was attempted; for `map_err`.
    pub fn os<E: Into<io::Error>>(what: impl Into<String>) -> impl FnOnce(E) -> Self {
        let what = what.into();
        move |source| Self::Os { what, source: source.into() }
    }
}
