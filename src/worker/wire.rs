//! What goes over the socket: small frames, and descriptors beside them.
//!
//! A frame is a tag, the length of its body (32 bits, little-endian), and the body.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};

use crate::run::Failure;

/// Longest body of a frame, in bytes: far more than any job, far less than memory.
const LONGEST: usize = 1 << 20;

/// Most descriptors that go with one message.
pub(crate) const MOST_DESCRIPTORS: usize = 16;

/// What a worker tells its parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// It is up.
    Hello,
    /// All of its workers wait at the start gate.
    Ready,
    /// All of its workers have finished their steps.
    Done,
    /// Its threads are gone.
    Joined,
    /// It cannot go on.
    Failed(Failure),
}

/// The tag of a job, the one frame that goes from the parent to the worker.
const JOB: u8 = b'J';

pub(super) fn say(mut socket: &UnixStream, word: &Word) -> io::Result<()> {
    let (tag, body) = match word {
        Word::Hello => (b'h', vec![]),
        Word::Ready => (b'r', vec![]),
        Word::Done => (b'd', vec![]),
        Word::Joined => (b'j', vec![]),
        Word::Failed(failure) => (b'f', serde_json::to_vec(failure)?),
    };
    socket.write_all(&frame(tag, &body))
}

pub(super) fn hear(mut socket: &UnixStream) -> io::Result<Word> {
    let (tag, length) = head(&mut socket)?;
    let body = body(socket, length)?;
    Ok(match tag {
        b'h' => Word::Hello,
        b'r' => Word::Ready,
        b'd' => Word::Done,
        b'j' => Word::Joined,
        b'f' => Word::Failed(serde_json::from_slice(&body)?),
        other => return Err(garbled(&format!("unknown tag {other}"))),
    })
}

/// Sends a job with the descriptor of the team's page.
pub(super) fn send_job(mut socket: &UnixStream, job: &[u8], page: BorrowedFd<'_>) -> io::Result<()> {
    let bytes = frame(JOB, job);
    let sent = send_with_descriptors(socket, &bytes, &[page])?;
    socket.write_all(&bytes[sent..])
}

/// Receives a job; `None` if the parent is gone.
pub(super) fn receive_job(mut socket: &UnixStream) -> io::Result<Option<(Vec<u8>, OwnedFd)>> {
    let mut first = [0; 1];
    let (got, mut descriptors) = receive_with_descriptors(socket, &mut first)?;
    if got == 0 {
        return Ok(None);
    }
    if first[0] != JOB {
        return Err(garbled("not a job"));
    }
    let mut length = [0; 4];
    socket.read_exact(&mut length)?;
    let job = body(socket, u32::from_le_bytes(length) as usize)?;
    let page = descriptors.pop().ok_or_else(|| garbled("a job without its page"))?;
    Ok(Some((job, page)))
}

/// Sends bytes with descriptors; returns how many bytes were sent.
pub(crate) fn send_with_descriptors(
    socket: &UnixStream,
    bytes: &[u8],
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() {
        assert!(
            control.push(SendAncillaryMessage::ScmRights(descriptors)),
            "at most {MOST_DESCRIPTORS} descriptors go at once"
        );
    }
    Ok(sendmsg(socket, &[IoSlice::new(bytes)], &mut control, SendFlags::NOSIGNAL)?)
}

/// Receives bytes and whatever descriptors came with them; 0 bytes mean the other end is gone.
pub(crate) fn receive_with_descriptors(socket: &UnixStream, bytes: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let message = recvmsg(socket, &mut [IoSliceMut::new(bytes)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let mut descriptors = vec![];
    for part in control.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = part {
            descriptors.extend(received);
        }
    }
    Ok((message.bytes, descriptors))
}

fn frame(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(5 + body.len());
    frame.push(tag);
    frame.extend((body.len() as u32).to_le_bytes());
    frame.extend(body);
    frame
}

fn head(socket: &mut &UnixStream) -> io::Result<(u8, usize)> {
    let mut head = [0; 5];
    socket.read_exact(&mut head)?;
    Ok((head[0], u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize))
}

fn body(mut socket: &UnixStream, length: usize) -> io::Result<Vec<u8>> {
    if length > LONGEST {
        return Err(garbled(&format!("a frame of {length} bytes")));
    }
    let mut body = vec![0; length];
    socket.read_exact(&mut body)?;
    Ok(body)
}

fn garbled(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("unexpected message between parent and worker: {what}"))
}
