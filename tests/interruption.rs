//! Violence from outside against a run of the real program: whoever is killed, nothing survives that should not, and
//! whatever can still be measured is measured.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use gilbench::run::{CaseResult, FailureKind, Run};
use rustix::process::{Pid, Signal, kill_process};

/// After this long, what should have happened hangs.
const HUNG: Duration = Duration::from_secs(60);
/// What a run that nobody interrupts measures: few short cases, with time enough for all rounds on a busy machine.
const SMALL: [&str; 6] = ["--model", "processes", "--workers", "4", "--budget", "20s"];
/// What a run that is interrupted would measure: more than any test waits for.
const LONG: [&str; 8] = ["--model", "processes", "--workers", "4", "--profile", "full", "--budget", "20s"];

/// A run of the program, in folders of its own.
struct Running {
    child: Child,
    stderr: Receiver<String>,
    /// What it said on standard error so far.
    said: String,
    folder: tempfile::TempDir,
    mark: String,
}

impl Running {
    /// Starts it, and waits until it is in the midst of its rounds, so that calibration is behind it.
    fn amid(arguments: &[&[&str]]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let temporary = folder.path().join("tmp");
        fs::create_dir(&temporary).unwrap();
        // Every process of the run inherits it, whatever becomes of its parents.
        let mark = format!("INTERRUPTION_TEST={}", folder.path().display());
        let mut child = Command::new(env!("CARGO_BIN_EXE_gilbench"))
            .arg("run")
            .args(arguments.concat())
            .arg("--out")
            .arg(folder.path().join("reports"))
            .env("INTERRUPTION_TEST", folder.path())
            .env("TMPDIR", &temporary)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, stderr) = channel();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut running = Self { child, stderr, said: String::new(), folder, mark };
        running.hear("round 2");
        running
    }

    fn note(&mut self, line: &str) {
        self.said.push_str(line);
        self.said.push('\n');
    }

    /// Waits for a line that begins like this.
    fn hear(&mut self, beginning: &str) {
        let until = Instant::now() + HUNG;
        loop {
            match self.stderr.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.note(&line);
                    if line.starts_with(beginning) {
                        return;
                    }
                }
                Err(error) => panic!("no `{beginning}` ({error}) after:\n{}", self.said),
            }
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Its processes other than the parent, which are of the kind that `GILBENCH_WORKER` says.
    fn workers(&self, kind: &str) -> Vec<Pid> {
        let kind = format!("GILBENCH_WORKER={kind}");
        self.processes().into_iter().filter(|&pid| environment(pid).iter().any(|one| one.starts_with(&kind))).collect()
    }

    /// All of its processes that live: the dead have no environment, nor do those that only wait to be reaped.
    fn processes(&self) -> Vec<Pid> {
        let numbers =
            fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
        numbers.filter_map(Pid::from_raw).filter(|&pid| environment(pid).contains(&self.mark)).collect()
    }

    /// Kills a process of this kind that is certainly alive when it is killed, whichever there is.
    fn kill_one(&self, kind: &str) -> Pid {
        let victim = eventually("a process to kill", || {
            self.workers(kind)
                .into_iter()
                .min_by_key(|&pid| (started(pid), pid.as_raw_nonzero()))
                .filter(|&pid| stop(pid))
        });
        kill_process(victim, Signal::KILL).unwrap();
        victim
    }

    /// Waits for its end; nothing of it may be left by then.
    fn end(mut self) -> Ended {
        let status = eventually("the end of the run", || self.child.try_wait().unwrap());
        loop {
            match self.stderr.recv_timeout(HUNG) {
                Ok(line) => self.note(&line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("somebody still holds standard error after:\n{}", self.said),
            }
        }
        eventually("the end of every process", || self.processes().is_empty().then_some(()));
        let left: Vec<_> =
            fs::read_dir(self.folder.path().join("tmp")).unwrap().map(|one| one.unwrap().path()).collect();
        assert!(left.is_empty(), "temporary files left: {left:?}");
        Ended {
            status,
            said: std::mem::take(&mut self.said),
            reports: self.folder.path().join("reports"),
            _running: self,
        }
    }
}

impl Drop for Running {
    /// A test that failed leaves nothing running either.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A run that has ended.
struct Ended {
    status: ExitStatus,
    said: String,
    reports: PathBuf,
    _running: Running,
}

impl Ended {
    fn run(&self) -> Run {
        gilbench::run::read(&self.reports.join("latest.json")).unwrap()
    }

    fn page(&self) -> String {
        fs::read_to_string(self.reports.join("index.html")).unwrap()
    }

    /// Asserts that what failed did so for a reason that has these words, and that nothing else was harmed.
    fn lost_only(&self, words: &str) -> Run {
        assert_eq!(self.status.code(), Some(3), "{}", self.said);
        let run = self.run();
        assert!(!run.failures.is_empty(), "{}", self.said);
        for failure in &run.failures {
            let case = failure.case.as_deref().unwrap();
            assert!(failure.message.contains(words), "{failure:?}");
            assert!(run.case(case).unwrap().failed && self.said.contains(&format!("FAILED {case}: ")), "{failure:?}");
            assert!(self.page().contains(case), "the page names {case}");
        }
        let failed: Vec<_> = run.failures.iter().filter_map(|failure| failure.case.as_deref()).collect();
        let well = |case: &&CaseResult| !failed.contains(&case.id.as_str());
        for case in run.cases.iter().filter(well) {
            // Each kernel stops by itself when it is known well enough, all of its cases together.
            // A disturbed sample is followed by another of its round.
            let rounds = |case: &CaseResult| {
                let mut rounds: Vec<_> = case.samples.iter().map(|sample| sample.round).collect();
                rounds.dedup();
                rounds
            };
            let group = run.cases.iter().filter(well).filter(|other| other.kernel == case.kernel);
            let most = group.map(|case| rounds(case).len() as u32).max().unwrap();
            assert!(!case.failed && most > 1, "{}", case.id);
            assert_eq!(rounds(case), (0..most).collect::<Vec<_>>(), "{}", case.id);
        }
        run
    }
}

fn environment(pid: Pid) -> Vec<String> {
    let raw = fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).unwrap_or_default();
    raw.split(|&byte| byte == 0).map(|one| String::from_utf8_lossy(one).into_owned()).collect()
}

/// A field of `/proc/PID/stat`, counted from the state, which is the first after the name.
fn stat(pid: Pid, field: usize) -> Option<String> {
    let line = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    Some(line.rsplit_once(") ")?.1.split(' ').nth(field)?.to_owned())
}

/// When a process began, in ticks since boot.
fn started(pid: Pid) -> Option<u64> {
    stat(pid, 19)?.parse().ok()
}

/// Stops a process; whether it was alive, and so still is: a stopped process does not end by itself.
fn stop(pid: Pid) -> bool {
    let _ = kill_process(pid, Signal::STOP);
    eventually("the process to stop", || match stat(pid, 0).as_deref() {
        Some("T") => Some(true),
        None | Some("Z" | "X") => Some(false),
        Some(_) => None,
    })
}

fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + HUNG;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn nothing_survives_the_parent(arguments: &[&str]) {
    let running = Running::amid(&[arguments, &LONG]);
    let workers = eventually("workers", || Some(running.workers("")).filter(|workers| !workers.is_empty()));
    for pid in workers {
        // Shared memory has no name that could outlive its processes.
        let maps = fs::read_to_string(format!("/proc/{}/maps", pid.as_raw_nonzero())).unwrap_or_default();
        assert!(!maps.contains("/dev/shm"), "{maps}");
    }
    kill_process(running.pid(), Signal::KILL).unwrap();
    let ended = running.end();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ended.status), Some(9));
    assert_eq!(fs::read_dir(&ended.reports).unwrap().count(), 0, "a page or results half-written");
}

#[test]
fn no_spawned_worker_survives_a_killed_parent() {
    nothing_survives_the_parent(&["--kernel", "primes"]);
}

#[test]
fn neither_fork_server_nor_forked_worker_survives_a_killed_parent() {
    nothing_survives_the_parent(&["--kernel", "primes", "--start-method", "fork-server"]);
}

#[test]
fn no_peer_survives_a_killed_parent() {
    nothing_survives_the_parent(&["--kernel", "tcp-echo"]);
}

#[test]
fn no_thread_under_the_lock_survives_a_killed_parent() {
    nothing_survives_the_parent(&["--kernel", "primes", "--model", "gil"]);
}

#[test]
fn no_server_of_a_probe_survives_a_killed_parent() {
    let servers =
        ["--kernel", "none", "--model", "none", "--probe", "server", "--profile", "standard", "--budget", "60s"];
    let running = Running::amid(&[&servers]);
    // In the midst of a scene: a server with a process for each of its clients.
    eventually("a client's process", || (!running.workers("server-connection").is_empty()).then_some(()));
    kill_process(running.pid(), Signal::KILL).unwrap();
    let ended = running.end();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ended.status), Some(9));
}

#[test]
fn an_interrupted_run_keeps_what_it_has_measured() {
    for (signal, method) in [(Signal::INT, "spawn"), (Signal::TERM, "fork-server")] {
        let running =
            Running::amid(&[&["--kernel", "primes", "--kernel", "tcp-echo", "--start-method", method], &LONG]);
        kill_process(running.pid(), signal).unwrap();
        let ended = running.end();
        assert_eq!(ended.status.code(), Some(130), "{}", ended.said);
        let run = ended.run();
        assert!(run.partial.as_ref().is_some_and(|why| why.contains("interrupted")), "{:?}", run.partial);
        assert_eq!(run.failures, [], "an interruption is nobody's failure");
        assert!(run.cases.iter().all(|case| !case.samples.is_empty()), "the first round is there");
        assert!(ended.page().contains("interrupted after"), "the page is marked");
    }
}

#[test]
fn a_killed_worker_costs_its_case_alone() {
    let running = Running::amid(&[&["--kernel", "primes", "--model", "threads"], &SMALL]);
    let victim = running.kill_one("worker");
    let run = running.end().lost_only("SIGKILL");
    let [failure] = run.failures.as_slice() else { panic!("one died: {:?}", run.failures) };
    assert!(matches!(failure.kind, FailureKind::Killed | FailureKind::Exited), "{failure:?}");
    assert!(failure.message.contains(&format!("pid {}", victim.as_raw_nonzero())), "{failure:?}");
    assert!(failure.round.is_some_and(|round| round > 0), "{failure:?}");
}

#[test]
fn a_killed_fork_server_is_replaced() {
    let running = Running::amid(&[&["--kernel", "primes", "--start-method", "fork-server"], &SMALL]);
    // The oldest of them is the server, since it was there before any worker that it forked.
    running.kill_one("fork-server");
    let ended = running.end();
    if ended.status.code() != Some(0) {
        ended.lost_only("fork server");
    }
    let run = ended.run();
    let forked = run.cases.iter().filter(|case| case.id.contains("processes"));
    assert!(forked.filter(|case| case.failed).count() <= 1, "the next case has a new server: {}", ended.said);
}

#[test]
fn a_killed_peer_is_replaced() {
    let running = Running::amid(&[&["--kernel", "tcp-echo", "--model", "serial", "--model", "threads"], &SMALL]);
    running.kill_one("peer:tcp-echo");
    let ended = running.end();
    if ended.status.code() != Some(0) {
        let run = ended.lost_only("peer");
        assert_eq!(run.failures.len(), 1, "the next case has a new peer: {:?}", run.failures);
    }
}
