//! Python's queues and start methods, where there is a Python.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::process::Command;

use super::{Peer, table, transfer};

const SCRIPT: &str = include_str!("python.py");
const ROUNDS: usize = 7;
const COUNT: u64 = 10_000;

pub(crate) fn show() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("queues.py");
    std::fs::write(&path, SCRIPT).expect("a small file");
    let ask = |size: usize| -> Option<BTreeMap<String, f64>> {
        // Nothing of the current folder's or the environment's may be imported, by its workers neither.
        let mut command = Command::new("python3");
        command.arg("-I").arg(&path).args([size.to_string(), COUNT.to_string()]).current_dir(&folder);
        let output = command.output().ok()?;
        serde_json::from_slice(&output.stdout).ok()
    };
    for size in [8, 64, 1024] {
        let Some(first) = ask(size) else {
            println!("Python: no python3 found that runs multiprocessing; its queues are not shown.");
            return;
        };
        let answer = RefCell::new(first);
        let value = &|name: &str| answer.borrow()[name];
        let queue = Peer::new("multiprocessing.Queue", (size < 1024).then_some(100.0), || {
            *answer.borrow_mut() = ask(size).expect("it has answered before");
            value("Queue")
        });
        let others = ["SimpleQueue", "JoinableQueue"].map(|name| Peer::new(name, None, move || value(name)));
        let peers = std::iter::once(queue).chain(others).collect();
        table(&format!("Python, {size} bytes"), ROUNDS, || transfer::ours(size, 2_000_000), peers);
        if size == 8 {
            println!("Python starts and joins a process that does nothing in:");
            for method in ["fork", "forkserver", "spawn"] {
                println!("       {method:34} {:>10}", super::time(answer.borrow()[method]));
            }
            println!();
        }
    }
}
