//! One connection of the load, which never waits.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::sys::clock_ns;

/// Bytes of a request and of its answer: a line with a number, of a length that is always the same.
const MESSAGE: usize = 32;
const QUESTION: [u8; MESSAGE] = *b"request 00000000, in lower case\n";
const ANSWER: [u8; MESSAGE] = *b"REQUEST 00000000, IN LOWER CASE\n";
/// Where the number begins in both, and its digits.
const NUMBER: (usize, usize) = (8, 8);

/// How long connecting may take: on loopback only a server that listens no more makes it take any time.
const PATIENCE: Duration = Duration::from_secs(2);

/// A connection, and how far it has come with it.
#[derive(Debug)]
pub(super) struct Client {
    /// `None` once it has left or was lost.
    stream: Option<TcpStream>,
    /// When it began to connect.
    pub(super) began: u64,
    /// Requests sent.
    pub(super) sent: usize,
    /// Answers received, which come in the order of the requests.
    pub(super) answered: usize,
    /// The beginning of an answer that is not complete.
    piece: [u8; MESSAGE],
    pieces: usize,
}

impl Client {
    pub(super) fn connect(address: SocketAddr) -> io::Result<Self> {
        let began = clock_ns();
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream: Some(stream), began, sent: 0, answered: 0, piece: [0; MESSAGE], pieces: 0 })
    }

    /// The connection, if it has one.
    pub(super) fn stream(&self) -> Option<&TcpStream> {
        self.stream.as_ref()
    }

    /// Leaves.
    pub(super) fn leave(&mut self) {
        self.stream = None;
    }

    /// Sends its next request.
    ///
    /// # Errors
    /// If the connection is gone, or so much is unanswered that the system takes no more.
    pub(super) fn ask(&mut self) -> io::Result<()> {
        let stream = self.stream.as_mut().ok_or(ErrorKind::NotConnected)?;
        let sent = stream.write(&numbered(QUESTION, self.sent))?;
        self.sent += 1;
        if sent == MESSAGE { Ok(()) } else { Err(ErrorKind::WriteZero.into()) }
    }

    /// Takes the answers that have come; `hear` is given the number of each.
    ///
    /// # Errors
    /// If the connection is gone, or an answer is wrong.
    pub(super) fn hear(&mut self, mut hear: impl FnMut(usize)) -> io::Result<()> {
        let mut buffer = [0; 4096];
        let length = match self.stream.as_mut().ok_or(ErrorKind::NotConnected)?.read(&mut buffer) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => length,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return Ok(()),
            Err(error) => return Err(error),
        };
        for &byte in &buffer[..length] {
            self.piece[self.pieces] = byte;
            self.pieces += 1;
            if self.pieces == MESSAGE {
                if self.piece != numbered(ANSWER, self.answered) || self.answered >= self.sent {
                    return Err(ErrorKind::InvalidData.into());
                }
                hear(self.answered);
                self.answered += 1;
                self.pieces = 0;
            }
        }
        Ok(())
    }
}

/// The message with this number in it.
fn numbered(mut message: [u8; MESSAGE], mut number: usize) -> [u8; MESSAGE] {
    let (begin, digits) = NUMBER;
    for digit in message[begin..begin + digits].iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_question_in_upper_case() {
        for number in [0, 7, 12_345_678] {
            let mut question = numbered(QUESTION, number);
            question.make_ascii_uppercase();
            assert_eq!(question, numbered(ANSWER, number));
        }
        assert_eq!(&numbered(QUESTION, 42)[..16], b"request 00000042");
    }
}
