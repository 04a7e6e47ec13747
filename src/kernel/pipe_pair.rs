//! One byte through a pipe of the worker's own: written, then read again by the same thread.
//!
//! The pipe always has room and then always has the byte, so a step never waits. What threads pay for is finding the
//! two files in a descriptor table that others use: the system counts a reference for each call, which it leaves out in
//! a process of one thread. The same operation as `pipe1` of will-it-scale.

use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _};

use super::chained::chained;
use super::mix::mix;
use super::{Bound, Kernel, Seat, Task};
use crate::error::{Error, Result};

pub(super) struct PipePair;

impl Kernel for PipePair {
    fn name(&self) -> &'static str {
        "pipe-pair"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "writes a byte to a pipe of the worker's own and reads it again"
    }

    fn shares(&self) -> Option<&'static str> {
        Some("descriptor table")
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        let (mut reader, mut writer) = io::pipe().map_err(Error::os("making a pipe"))?;
        Ok(chained(seat, move |number, _| {
            let number = mix(number);
            let back = there_and_back(&mut reader, &mut writer, number as u8)
                .unwrap_or_else(|error| panic!("the step could not use its pipe: {error}"));
            number.wrapping_add(back.into())
        }))
    }
}

fn there_and_back(reader: &mut PipeReader, writer: &mut PipeWriter, byte: u8) -> io::Result<u8> {
    let mut back = [0];
    writer.write_all(&[byte])?;
    reader.read_exact(&mut back)?;
    Ok(back[0])
}
