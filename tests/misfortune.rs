//! What becomes of a case whose worker meets with misfortune, under every model: a failure with its cause, no other
//! case harmed, nobody left behind.

use std::time::Duration;

use gilbench::Suite;
use gilbench::error::{Error, Result};
use gilbench::kernel::{Bound, Kernel, Seat, Task};
use gilbench::model::{Model, Order, run};
use gilbench::run::{Failure, FailureKind};
use gilbench::worker::Limits;
use gilbench_os as sys;

/// The step at which misfortune strikes: in the middle of somebody's work.
const FATAL: u64 = 37;
const STEPS: u64 = 100;

fn suite() -> Suite {
    Suite::empty()
        .kernel_fn("panics", Bound::Cpu, |step| if step == FATAL { panic!("step {step} is cursed") } else { step })
        .kernel_fn("aborts", Bound::Cpu, |step| if step == FATAL { std::process::abort() } else { step })
        .kernel_fn("leaves", Bound::Cpu, |step| if step == FATAL { sys::leave(5) } else { step })
        .kernel_fn("overflows", Bound::Cpu, |step| if step == FATAL { endless(step) } else { step })
        .kernel_fn("is-killed", Bound::Cpu, |step| if step == FATAL { kill_myself() } else { step })
        .kernel_fn("hangs", Bound::Cpu, |step| if step == FATAL { hang() } else { step })
        .kernel_fn("is-well", Bound::Cpu, |step| step)
        .kernel(&Refuses)
}

#[test]
fn gilbench_worker_entry() {
    gilbench::worker_entry(&suite());
}

fn kill_myself() -> u64 {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    hang()
}

fn hang() -> u64 {
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[expect(unconditional_recursion, reason = "that is the misfortune")]
fn endless(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    endless(depth + 1) + std::hint::black_box(frame)[3]
}

struct Refuses;

impl Kernel for Refuses {
    fn name(&self) -> &'static str {
        "refuses"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn prepare(&self, _: &Seat) -> Result<Box<dyn Task>> {
        Err(Error::request("the well is dry"))
    }
}

/// The failure of a kernel under a model.
fn fate(suite: &Suite, kernel: &str, model: &dyn Model) -> Failure {
    let kernel = suite.kernels().iter().find(|other| other.name() == kernel).unwrap();
    let workers = if model.name() == "serial" { 1 } else { 4 };
    let order = Order::new(*kernel, model.name(), model.arrange(workers, 2).unwrap(), STEPS);
    let limits = Limits { stall: Duration::from_millis(300), ..Limits::default() };
    match run(&Order { limits, ..order }) {
        Err(Error::Worker(failure)) => failure,
        other => panic!("{}/{}: {other:?}", kernel.name(), model.name()),
    }
}

fn expect(kernel: &str, kind: FailureKind, words: &str) {
    let suite = suite();
    for model in suite.models() {
        let failure = fate(&suite, kernel, *model);
        assert_eq!(failure.kind, kind, "{}: {failure:?}", model.name());
        assert!(failure.message.contains(words), "{}: {}", model.name(), failure.message);
    }
    // The next team is not harmed.
    let well = suite.kernels().iter().find(|kernel| kernel.name() == "is-well").unwrap();
    let sample = suite.find_model("processes").unwrap().run(*well, 2, STEPS).unwrap();
    assert_eq!(sample.checksum, (0..STEPS).sum::<u64>());
}

#[test]
fn a_panic_is_reported_with_its_words() {
    expect("panics", FailureKind::Panicked, "step 37 is cursed");
}

#[test]
fn an_abort_is_reported_with_its_signal() {
    expect("aborts", FailureKind::Killed, "SIGABRT");
}

#[test]
fn leaving_early_is_reported_with_the_status() {
    expect("leaves", FailureKind::Exited, "exit status: 5");
}

#[test]
fn a_stack_overflow_is_called_that() {
    expect("overflows", FailureKind::Killed, "overflowed its stack");
}

#[test]
fn a_kill_is_reported_with_its_signal() {
    expect("is-killed", FailureKind::Killed, "SIGKILL");
}

#[test]
fn standing_still_is_noticed() {
    expect("hangs", FailureKind::Stalled, "no step finished");
}

#[test]
fn a_kernel_that_cannot_set_up_says_why() {
    expect("refuses", FailureKind::NotPrepared, "the well is dry");
}

#[test]
fn no_worker_survives_any_of_it() {
    let suite = suite();
    for kernel in ["panics", "hangs", "is-killed"] {
        fate(&suite, kernel, suite.find_model("processes").unwrap());
        // The other three were at work or at the gate; all have been ended and reaped, so none is our child any more.
        let children =
            std::fs::read_to_string(format!("/proc/self/task/{}/children", rustix::thread::gettid().as_raw_nonzero()));
        assert_eq!(children.unwrap().trim(), "", "after {kernel}");
    }
}
