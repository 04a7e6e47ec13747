//! A trace as Trace Event JSON, the format of Perfetto (ui.perfetto.dev) and of `chrome://tracing`.
//!
//! Each process of the trace is a process there and each worker a thread; what a worker does are complete events (`X`),
//! hand-overs are flow events (`s`, `f`), drop requests, barging and overtaken wake-ups are instants (`i`). Times are
//! microseconds with three decimals, so nothing is lost. The format:
//! <https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU>.
//!
//! Written as it is read, a moment at a time, since a trace may have millions. All but the numbers is the same for all
//! events of one kind and lane, so it is made once; what is left is copying and digits.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde_json::{Value, json};

use crate::run::timeline::{HandOver, Item, Mark, Span, State, walk};
use crate::run::{Lane, Trace};

/// Bytes collected before they are passed on.
const CHUNK: usize = 1 << 16;

/// Writes traces as one Trace Event JSON document, each with processes of its own.
///
/// # Errors
/// Those of `to`.
pub fn trace_events(traces: &[Trace], to: &mut dyn Write) -> io::Result<()> {
    let mut writer = Writer { to, buffer: Vec::with_capacity(CHUNK * 2), processes: 0, threads: 0, flows: 0 };
    writer.buffer.extend(b"{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
    for trace in traces {
        writer.trace(trace)?;
    }
    // Every event ends with a comma; this one does not, and is none that anybody shows.
    writer.buffer.extend(b"{\"ph\":\"M\",\"name\":\"end\",\"pid\":0,\"tid\":0,\"args\":{}}\n]}\n");
    writer.pass_on(0)
}

/// All that comes before the numbers, for each kind of event of one lane.
struct Prefixes {
    /// Number of its process, and its own.
    ids: (usize, usize),
    spans: [Vec<u8>; State::ALL.len()],
    marks: [Vec<u8>; Mark::ALL.len()],
    /// Its end of a hand-over: begin and end, each of its own accord and forced.
    flows: [[Vec<u8>; 2]; 2],
    /// This lane as the other that an instant concerns; comes last.
    as_other: Vec<u8>,
}

struct Writer<'a> {
    to: &'a mut dyn Write,
    buffer: Vec<u8>,
    /// Announced so far.
    processes: usize,
    threads: usize,
    flows: u64,
}

impl Writer<'_> {
    fn trace(&mut self, trace: &Trace) -> io::Result<()> {
        let prefixes = self.announce(trace);
        walk(trace, |item| {
            match item {
                Item::Span(span) => self.span(&prefixes[span.lane], &span),
                Item::HandOver(change) => self.hand_over(&prefixes, &change),
                Item::Mark { lane, at_ns, mark, other } => {
                    self.mark(&prefixes[lane], at_ns, mark, other.map(|other| &prefixes[other]));
                }
            }
            self.pass_on(CHUNK)
        })?;
        for (lane, prefixes) in trace.lanes.iter().zip(&prefixes).filter(|(lane, _)| lane.lost > 0) {
            self.end_of_record(lane, prefixes.ids, trace.length_ns);
        }
        self.pass_on(CHUNK)
    }

    /// Names the trace's processes and threads; returns what its events begin with.
    fn announce(&mut self, trace: &Trace) -> Vec<Prefixes> {
        let processes: BTreeSet<usize> = trace.lanes.iter().map(|lane| lane.process).collect();
        let pids: BTreeMap<usize, usize> = processes.into_iter().zip(self.processes + 1..).collect();
        self.processes += pids.len();
        for (process, &pid) in &pids {
            let name = if pids.len() > 1 { format!("{}, process {process}", trace.name) } else { trace.name.clone() };
            self.metadata("process_name", (pid, 0), &json!({"name": name}));
            self.metadata("process_labels", (pid, 0), &json!({"labels": trace.summary}));
            self.metadata("process_sort_index", (pid, 0), &json!({"sort_index": pid}));
        }
        let announce = |lane: &Lane| {
            self.threads += 1;
            // Thread 0 is the idle task there, and one with the number of its process the main thread.
            let ids = (pids[&lane.process], 1000 + self.threads);
            self.metadata("thread_name", ids, &json!({"name": lane.name}));
            self.metadata("thread_sort_index", ids, &json!({"sort_index": self.threads}));
            Prefixes::new(lane, ids)
        };
        trace.lanes.iter().map(announce).collect()
    }

    fn metadata(&mut self, what: &str, (pid, tid): (usize, usize), args: &Value) {
        self.event(&json!({"ph": "M", "name": what, "pid": pid, "tid": tid, "args": args}));
    }

    fn event(&mut self, event: &Value) {
        self.buffer.extend(format!("{event},\n").as_bytes());
    }

    fn span(&mut self, prefixes: &Prefixes, span: &Span) {
        self.buffer.extend_from_slice(&prefixes.spans[span.state as usize]);
        micros(&mut self.buffer, span.from_ns);
        self.buffer.extend_from_slice(b",\"dur\":");
        micros(&mut self.buffer, span.length_ns());
        self.buffer.extend_from_slice(b"},\n");
    }

    fn mark(&mut self, prefixes: &Prefixes, at_ns: u64, mark: Mark, other: Option<&Prefixes>) {
        // Inside a hold an instant would catch the arrows that belong to the hold.
        let at_ns = if mark == Mark::Barge { at_ns.saturating_sub(1) } else { at_ns };
        self.buffer.extend_from_slice(&prefixes.marks[mark as usize]);
        micros(&mut self.buffer, at_ns);
        self.buffer.extend_from_slice(other.map_or(b"},\n", |other| &other.as_other));
    }

    /// An arrow from the one's hold to the other's. Each of its ends belongs to the event that it lies in, so it lies a
    /// nanosecond inside; who reads the file may take events of the same time in any order.
    fn hand_over(&mut self, prefixes: &[Prefixes], change: &HandOver) {
        self.flows += 1;
        let ends = [(change.from, change.released_ns.saturating_sub(1)), (change.to, change.taken_ns + 1)];
        for (end, (lane, at_ns)) in ends.into_iter().enumerate() {
            self.buffer.extend_from_slice(&prefixes[lane].flows[end][usize::from(change.forced)]);
            micros(&mut self.buffer, at_ns);
            self.buffer.extend_from_slice(b",\"id\":");
            digits(&mut self.buffer, self.flows, 1);
            self.buffer.extend_from_slice(b"},\n");
        }
    }

    fn end_of_record(&mut self, lane: &Lane, (pid, tid): (usize, usize), length_ns: u64) {
        let name = format!("record ends, {} moments lost", lane.lost);
        let at_us = lane.end_ns(length_ns) as f64 / 1e3;
        let event = json!({"ph": "i", "cat": "lock", "name": name, "pid": pid, "tid": tid, "s": "t", "ts": at_us});
        self.event(&event);
    }

    fn pass_on(&mut self, least: usize) -> io::Result<()> {
        if self.buffer.len() < least {
            return Ok(());
        }
        let outcome = self.to.write_all(&self.buffer);
        self.buffer.clear();
        outcome
    }
}

impl Prefixes {
    fn new(lane: &Lane, ids @ (pid, tid): (usize, usize)) -> Self {
        let event = |phase: &str, name: &str, more: &str| {
            format!(
                "{{\"ph\":\"{phase}\",\"cat\":\"lock\",\"name\":\"{name}\",\"pid\":{pid},\"tid\":{tid}{more},\"ts\":"
            )
            .into_bytes()
        };
        let flow = |phase: &str, more: &str| ["hand-over", "forced hand-over"].map(|name| event(phase, name, more));
        Self {
            ids,
            spans: State::ALL.map(|state| event("X", state.name(), "")),
            marks: Mark::ALL.map(|mark| event("i", mark.name(), ",\"s\":\"t\"")),
            flows: [flow("s", ""), flow("f", ",\"bp\":\"e\"")],
            as_other: format!(",\"args\":{}}},\n", json!({"holder": lane.name})).into_bytes(),
        }
    }
}

/// A time in nanoseconds, written in microseconds.
fn micros(to: &mut Vec<u8>, ns: u64) {
    digits(to, ns / 1000, 1);
    to.push(b'.');
    digits(to, ns % 1000, 3);
}

/// A number in decimal, with so many digits at least.
fn digits(to: &mut Vec<u8>, mut number: u64, least: usize) {
    let mut text = [b'0'; 20];
    let mut at = text.len();
    while number > 0 || text.len() - at < least {
        at -= 1;
        text[at] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    to.extend_from_slice(&text[at..]);
}
