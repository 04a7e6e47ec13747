//! The client of the echo server, beside threads that only compute.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::bodies::Loops;
use super::hold::{Hold, Lock};
use super::{Answered, Scene, wall};
use crate::cpython::protocol::{Answer, MESSAGE};
use crate::stats::quantile;
use crate::sys::clock_ns;

/// Iterations between two looks whether there is still somebody to compute beside.
const STRETCH: u64 = 1000;

impl<L: Lock> Scene<'_, '_, L> {
    pub(super) fn echo(&self, workers: usize, beside: usize, duration_ns: u64, delay_us: u32, port: u16) -> Answered {
        let connect = || {
            let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
            stream.set_nodelay(true)?;
            exchange(&self.loops, self.main, &stream, 0)?;
            Ok(stream)
        };
        let lines: Vec<TcpStream> =
            (0..workers).map(|_| connect()).collect::<io::Result<_>>().map_err(|error| error.to_string())?;
        let (loops, working) = (&self.loops, AtomicUsize::new(workers));
        let times = Mutex::new(vec![]);
        let done = self.together(workers + beside, |id, hold, start| {
            let Some(line) = lines.get(id) else {
                while working.load(Ordering::Relaxed) > 0 {
                    loops.count(hold, STRETCH);
                }
                return Ok(());
            };
            let outcome = talk(loops, hold, line, delay_us, start..start + duration_ns);
            working.fetch_sub(1, Ordering::Relaxed);
            times.lock().expect("no thread panics").extend(outcome?);
            Ok(())
        })?;
        let times: Vec<f64> = times.into_inner().expect("no thread panics");
        Ok(Answer {
            count: Some(times.len() as f64),
            mean_ns: Some(times.iter().sum::<f64>() / times.len().max(1) as f64),
            p50_ns: quantile(&times, 0.5),
            p99_ns: quantile(&times, 0.99),
            ..wall(done.wall_ns())
        })
    }
}

/// Exchanges one message after the other until the time is over; how long each took.
fn talk(
    loops: &Loops,
    hold: &impl Hold,
    line: &TcpStream,
    delay_us: u32,
    span: std::ops::Range<u64>,
) -> io::Result<Vec<f64>> {
    let (mut times, mut begin) = (vec![], span.start);
    while begin < span.end {
        exchange(loops, hold, line, delay_us)?;
        let end = clock_ns();
        times.push((end - begin) as f64);
        begin = end;
    }
    Ok(times)
}

/// Sends and receives, each a call for which the lock is let go.
fn exchange(loops: &Loops, hold: &impl Hold, mut line: &TcpStream, delay_us: u32) -> io::Result<()> {
    let mut message = [0; MESSAGE];
    message[..4].copy_from_slice(&delay_us.to_le_bytes());
    loops.call();
    hold.detached(|| line.write_all(&message))?;
    loops.call();
    hold.detached(|| line.read_exact(&mut message))
}
