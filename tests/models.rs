//! Laws over the whole catalogues: every kernel under every model does the same work, in processes of its own.

use gilbench::Suite;
use gilbench::kernel::{Bound, Kernel};
use gilbench::model::{Arrangement, Model, Order, run};

#[test]
fn gilbench_worker_entry() {
    gilbench::worker_entry(&Suite::standard());
}

/// Steps that take every kernel a few milliseconds and are no multiple of anything.
fn steps(kernel: &dyn Kernel) -> u64 {
    match kernel.bound() {
        Bound::Cpu => 1009,
        Bound::Io => 11,
        Bound::Mixed => 2 * kernel.cycle() + 5,
    }
}

fn observed<'a>(kernel: &'a dyn Kernel, model: &'a dyn Model, workers: usize) -> Order<'a> {
    let arrangement = model.arrange(workers, 2).unwrap();
    Order { observe: true, ..Order::new(kernel, model.name(), arrangement, steps(kernel)) }
}

#[test]
fn every_model_does_the_same_work() {
    let suite = Suite::standard();
    for kernel in suite.kernels() {
        let serial = suite.find_model("serial").unwrap().run(*kernel, 1, steps(*kernel)).unwrap();
        for model in suite.models().iter().filter(|model| model.name() != "serial") {
            for workers in [1, 3, 4] {
                let sample = model.run(*kernel, workers, steps(*kernel)).unwrap();
                let case = format!("{}/{}/{workers}", kernel.name(), model.name());
                assert_eq!(sample.checksum, serial.checksum, "{case}");
                assert_eq!(sample.workers.iter().map(|worker| worker.steps).sum::<u64>(), steps(*kernel), "{case}");
                assert_eq!(sample.workers.len(), workers, "{case}");
                assert_eq!(sample.lock.is_some(), model.locked(), "{case}");
                assert_eq!(sample.peer_cpu_ns.is_some_and(|used| used > 0), kernel.peer().is_some(), "{case}");
            }
        }
    }
}

#[test]
fn the_parts_of_a_sample_add_up_to_its_wall_time() {
    let suite = Suite::standard();
    let control = suite.kernels().iter().find(|kernel| kernel.name() == "control").unwrap();
    for model in suite.models().iter().filter(|model| model.name() != "serial") {
        let sample = run(&Order { steps: 60_000, ..observed(*control, *model, 2) }).unwrap();
        let (parts, wall) = (sample.parts.total_ns() as f64, sample.wall_ns as f64);
        assert!((parts / wall - 1.0).abs() <= 0.02, "{}: parts {:?} of {wall}", model.name(), sample.parts);
        assert!(
            sample.parts.spawn_ns > 0 && sample.parts.compute_ns > 0 && sample.parts.join_ns > 0,
            "{:?}",
            sample.parts
        );
    }
}

#[test]
fn memory_is_seen_for_workers_of_every_kind() {
    let suite = Suite::standard();
    let control = suite.kernels().iter().find(|kernel| kernel.name() == "control").unwrap();
    let memory = |name| {
        let sample = run(&observed(*control, suite.find_model(name).unwrap(), 2)).unwrap();
        sample.pss_per_worker_bytes.expect("it was asked for")
    };
    assert!(memory("processes") > memory("threads"), "a process is more than a thread");
}

#[test]
fn under_the_lock_the_account_is_consistent() {
    let suite = Suite::standard();
    let bytecode = suite.kernels().iter().find(|kernel| kernel.name() == "bytecode").unwrap();
    let order = Order::new(*bytecode, "gil", Arrangement::threads(2), 200_000);
    let lock =
        run(&Order { knobs: gilbench::run::Knobs::with_interval(std::time::Duration::from_micros(200)), ..order })
            .unwrap()
            .lock
            .unwrap();
    assert!(lock.hand_overs > 0 && lock.waits > 0 && lock.wait_ns > 0 && lock.hold_ns > 0, "{lock:?}");
    // Each forced drop answers a request; a request may also be answered by a drop that was voluntary.
    assert!(lock.forced_drops <= lock.requests, "{lock:?}");
}

#[test]
fn a_test_binary_cannot_be_a_fork_server_and_says_so() {
    let suite = Suite::standard();
    let start_method = gilbench::run::StartMethod::ForkServer;
    let order = Order::new(suite.kernels()[0], "processes", Arrangement::split(2, 1), 2);
    let error = run(&Order { start_method, ..order }).unwrap_err().to_string();
    assert!(error.contains("cannot start the workers"), "{error}");
}

#[test]
fn two_hundred_and_fifty_six_processes_work_at_once() {
    let suite = Suite::standard();
    let control = suite.kernels().iter().find(|kernel| kernel.name() == "control").unwrap();
    let sample = suite.find_model("processes").unwrap().run(*control, 256, 2560).unwrap();
    assert!(sample.workers.iter().all(|worker| worker.steps == 10));
}

#[test]
fn impossible_numbers_of_workers_are_refused() {
    let suite = Suite::standard();
    for (workers, words) in [(0, "1 or more"), (100_000, "fewer")] {
        let error = suite.find_model("threads").unwrap().run(suite.kernels()[0], workers, 1).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}
