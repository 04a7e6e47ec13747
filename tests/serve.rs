//! `gilbench serve` by hand: the real program, real clients, and real violence against its processes.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// After this long, what should have happened hangs.
const HUNG: Duration = Duration::from_secs(60);
const MODELS: [&str; 5] = ["sequential", "threads", "processes", "pool", "hybrid"];
/// Those that serve a second client beside the first.
const CONCURRENT: [&str; 4] = ["threads", "processes", "pool", "hybrid"];

/// A server, started by hand and killed if a test fails.
struct Serving {
    child: Child,
    address: SocketAddr,
    notes: Receiver<String>,
    mark: String,
    _folder: tempfile::TempDir,
}

impl Serving {
    fn start(arguments: &[&str]) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_gilbench"));
        program.args(["serve", "--port", "0"]).args(arguments);
        Self::with(program)
    }

    fn with(mut program: Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Every process of the server inherits it, whatever becomes of its parents.
        let mark = format!("SERVE_TEST={}", folder.path().display());
        let mut child = program
            .env("SERVE_TEST", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, notes) = channel();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).parse().unwrap();
        Self { child, address, notes, mark, _folder: folder }
    }

    fn client(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(HUNG)).unwrap();
        stream
    }

    /// Waits for a note with these words.
    fn hears(&self, words: &str) -> String {
        let until = Instant::now() + HUNG;
        let mut said = vec![];
        loop {
            match self.notes.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => said.push(line),
                Err(error) => panic!("no `{words}` ({error}) after {said:?}"),
            }
        }
    }

    /// Its processes other than the first.
    fn others(&self) -> Vec<Pid> {
        let first = Pid::from_child(&self.child);
        marked(&self.mark).into_iter().filter(|&pid| pid != first).collect()
    }

    /// Ends it by this signal; what it said last, and its exit code. Nothing of it may be left.
    fn end(mut self, signal: Signal) -> (String, Option<i32>) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        let status = eventually("the end of the server", || self.child.try_wait().unwrap());
        eventually("the end of every process", || marked(&self.mark).is_empty().then_some(()));
        (self.notes.iter().last().unwrap_or_default(), status.code())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All processes with this in their environment that live.
fn marked(mark: &str) -> Vec<Pid> {
    let numbers =
        Path::new("/proc").read_dir().unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let has = |pid: &Pid| {
        let raw = std::fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).unwrap_or_default();
        raw.split(|&byte| byte == 0).any(|one| one == mark.as_bytes())
    };
    numbers.filter_map(Pid::from_raw).filter(has).collect()
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

fn ask(stream: &mut TcpStream, question: &str) -> String {
    stream.write_all(question.as_bytes()).unwrap();
    hear(stream, question.len())
}

fn hear(stream: &mut TcpStream, length: usize) -> String {
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

/// Whether the other end is gone, for whatever reason.
fn is_gone(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 1]) {
        Ok(0) => true,
        Ok(_) => false,
        Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}

/// Arguments that this must end with this code, and with these words on standard error.
fn refuses(arguments: &[&str], code: i32, words: &[&str]) {
    let mut program = assert_cmd::Command::new(env!("CARGO_BIN_EXE_gilbench"));
    let output = program.arg("serve").args(arguments).timeout(HUNG).assert().code(code).get_output().clone();
    let message = String::from_utf8(output.stderr).unwrap();
    for word in words {
        assert!(message.contains(word), "{arguments:?}: no `{word}` in: {message}");
    }
    assert!(output.stdout.is_empty(), "{arguments:?}");
}

#[test]
fn every_model_answers_in_upper_case_and_ends_with_a_summary() {
    for model in MODELS {
        for lock in [&[][..], &["--lock"][..]] {
            let serving = Serving::start(&[&["--model", model, "--work-us", "50"], lock].concat());
            assert!(serving.address.ip().is_loopback() && serving.address.port() > 0);
            let mut client = serving.client();
            assert_eq!(ask(&mut client, "hello\n"), "HELLO\n", "{model} {lock:?}");
            assert_eq!(ask(&mut client, "and again\n"), "AND AGAIN\n", "{model} {lock:?}");
            let (summary, code) = serving.end(Signal::INT);
            assert_eq!(summary, "Ended: 1 client served, 2 requests answered; 1 client still there.", "{model}");
            assert_eq!(code, Some(130), "{model}");
            assert!(is_gone(&mut client), "{model}");
        }
    }
}

#[test]
fn the_second_client_of_a_sequential_server_waits_until_the_first_leaves() {
    let serving = Serving::start(&["--model", "sequential"]);
    let (mut first, mut second) = (serving.client(), serving.client());
    second.write_all(b"second\n").unwrap();
    assert_eq!(ask(&mut first, "first\n"), "FIRST\n");
    // Not yet served, however long its question has been there: the server says so itself.
    serving.hears("1 client being served, 1 in all");
    drop(first);
    assert_eq!(hear(&mut second, 7), "SECOND\n");
    drop(second);
    serving.hears("0 clients being served, 2 in all, 2 requests answered");
    assert_eq!(serving.end(Signal::TERM), ("Ended: 2 clients served, 2 requests answered.".into(), Some(130)));
}

#[test]
fn every_other_model_serves_the_second_client_beside_the_first() {
    for model in CONCURRENT {
        let serving = Serving::start(&["--model", model, "--lock"]);
        let mut clients: Vec<_> = (0..4).map(|_| serving.client()).collect();
        for client in clients.iter_mut().rev() {
            assert_eq!(ask(client, "all at once\n"), "ALL AT ONCE\n", "{model}");
        }
    }
}

#[test]
fn a_pool_serves_as_many_as_it_has_threads() {
    let serving = Serving::start(&["--model", "pool", "--workers", "2"]);
    let mut clients: Vec<_> = (0..2).map(|_| serving.client()).collect();
    for client in &mut clients {
        assert_eq!(ask(client, "pool\n"), "POOL\n");
    }
    let mut third = serving.client();
    third.write_all(b"third\n").unwrap();
    serving.hears("2 clients being served, 2 in all");
    clients.pop();
    assert_eq!(hear(&mut third, 6), "THIRD\n");
}

#[test]
fn nothing_survives_a_killed_server() {
    for (model, least) in [("processes", 2), ("hybrid", 1)] {
        let serving = Serving::start(&["--model", model]);
        let mut clients: Vec<_> = (0..2).map(|_| serving.client()).collect();
        for client in &mut clients {
            assert_eq!(ask(client, "there?\n"), "THERE?\n", "{model}");
        }
        assert!(serving.others().len() >= least, "{model}: {:?}", serving.others());
        let (_, code) = serving.end(Signal::KILL);
        assert_eq!(code, None, "{model}");
        assert!(clients.iter_mut().all(is_gone), "{model}");
    }
}

#[test]
fn a_killed_process_costs_its_own_client_alone() {
    let serving = Serving::start(&["--model", "processes"]);
    let mut first = serving.client();
    assert_eq!(ask(&mut first, "first\n"), "FIRST\n");
    let [victim] = serving.others()[..] else { panic!("{:?}", serving.others()) };
    let mut second = serving.client();
    assert_eq!(ask(&mut second, "second\n"), "SECOND\n");
    kill_process(victim, Signal::KILL).unwrap();
    assert!(is_gone(&mut first));
    serving.hears("ended badly");
    assert_eq!(ask(&mut second, "unharmed\n"), "UNHARMED\n");
    assert_eq!(ask(&mut serving.client(), "third\n"), "THIRD\n");
    serving.hears("3 in all");
}

#[test]
fn a_killed_process_of_a_hybrid_is_replaced() {
    let serving = Serving::start(&["--model", "hybrid", "--workers", "1"]);
    let mut first = serving.client();
    assert_eq!(ask(&mut first, "first\n"), "FIRST\n");
    let [victim] = serving.others()[..] else { panic!("{:?}", serving.others()) };
    kill_process(victim, Signal::KILL).unwrap();
    assert!(is_gone(&mut first));
    serving.hears("ended badly");
    assert_eq!(ask(&mut serving.client(), "second\n"), "SECOND\n");
    let [replacement] = serving.others()[..] else { panic!("{:?}", serving.others()) };
    assert_ne!(replacement, victim);
}

#[test]
fn processes_end_with_their_clients() {
    let serving = Serving::start(&["--model", "processes"]);
    for _ in 0..3 {
        assert_eq!(ask(&mut serving.client(), "short\n"), "SHORT\n");
    }
    eventually("the end of every connection's process", || serving.others().is_empty().then_some(()));
    // None of them is left to be waited for, either.
    let children = format!("/proc/{0}/task/{0}/children", serving.child.id());
    eventually("nobody to be waited for", || match std::fs::read_to_string(&children) {
        Ok(children) => children.trim().is_empty().then_some(()),
        // Not every system has that file.
        Err(_) => Some(()),
    });
    assert_eq!(serving.end(Signal::INT).0, "Ended: 3 clients served, 3 requests answered.");
}

#[test]
fn a_server_without_descriptors_lets_clients_wait_and_says_why() {
    let mut shell = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_gilbench");
    shell.args(["-c", "ulimit -n 16; exec \"$0\" serve --port 0 --model threads", program]);
    let serving = Serving::with(shell);
    // More than there are descriptors for; those that the system holds have their questions in their sockets.
    let mut clients: Vec<_> = (0..20).map(|_| serving.client()).collect();
    for client in &mut clients {
        client.write_all(b"me too\n").unwrap();
    }
    assert!(serving.hears("ulimit").contains("no descriptor"));
    for mut client in clients {
        // Each makes room for another by leaving.
        assert_eq!(hear(&mut client, 7), "ME TOO\n");
    }
    assert_eq!(serving.end(Signal::INT).1, Some(130));
}

#[test]
fn a_server_that_cannot_begin_says_why() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    refuses(&["--port", &port], 3, &[&format!("127.0.0.1:{port}"), "choose another port", "in use"]);
    refuses(&["--port", "0", "--host", "192.0.2.1"], 3, &["192.0.2.1", "no interface of this machine"]);
    refuses(&["--port", "0", "--host", "300.1.1.1"], 2, &["300.1.1.1", "write an address"]);
    refuses(&["--port", "65536"], 2, &["65536"]);
    refuses(&["--port", "0", "--model", "fibers"], 2, &["fibers", "sequential", "hybrid"]);
    refuses(&["--port", "0", "--work-us", "-1"], 2, &["-1"]);
    refuses(&["--port", "0", "--work-us", "99999999999"], 2, &["99999999999"]);
    refuses(&["--port", "0", "--workers", "0"], 2, &["0"]);
    refuses(&["--port", "0", "--switch-interval", "1h"], 2, &["between 1us and 10s"]);
}

#[test]
fn a_server_without_descriptors_to_begin_with_says_so() {
    // From what the program itself can be loaded with to one that is too few for a process.
    for limit in 4..=12 {
        let mut shell = assert_cmd::Command::new("sh");
        // Whoever runs the tests may have left some open, which would count.
        let close = "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-;";
        let script = format!("{close}ulimit -n {limit}; exec \"$0\" serve --port 0 --model hybrid");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_gilbench")]);
        let output = shell.timeout(HUNG).assert().code(3).get_output().clone();
        let message = String::from_utf8(output.stderr).unwrap();
        let last = message.lines().last().unwrap();
        assert!(last.starts_with("gilbench: cannot ") && last.contains("ulimit -n"), "{limit}: {message}");
        assert_eq!(last.matches("Too many open files").count(), 1, "{limit}: {message}");
    }
}

#[test]
fn other_machines_are_let_in_only_when_asked_for_and_with_a_word() {
    let serving = Serving::start(&["--host", "0.0.0.0"]);
    serving.hears("Whoever can reach this machine can connect");
    let mut client = TcpStream::connect(("127.0.0.1", serving.address.port())).unwrap();
    assert_eq!(ask(&mut client, "hello\n"), "HELLO\n");
}
