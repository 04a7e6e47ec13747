//! Laws over all ways of serving. Those with processes are asked of the real program, in `tests/serve.rs`.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use super::*;

fn settings(serving: &str, locked: bool) -> Settings {
    Settings { serving: serving.into(), locked, steps: 100, workers: 2, knobs: Knobs::default() }
}

/// A server of threads that serves until the tests end.
fn started(serving: &str, locked: bool) -> Arc<Server> {
    let server = Arc::new(Server::bind(Ipv4Addr::LOCALHOST.into(), 0, settings(serving, locked)).unwrap());
    let serving = Arc::clone(&server);
    std::thread::spawn(move || serving.serve());
    server
}

fn client(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address().unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

fn ask(mut stream: &TcpStream, question: &str) -> String {
    stream.write_all(question.as_bytes()).unwrap();
    let mut answer = vec![0; question.len()];
    stream.read_exact(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

#[test]
fn ways_of_serving_have_ids_and_sentences_of_their_own() {
    let ids: BTreeSet<_> = ALL.iter().map(|serving| serving.id).collect();
    assert_eq!(ids.len(), ALL.len());
    for serving in ALL {
        assert!(serving.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", serving.id);
        assert!(!serving.summary.is_empty());
        assert!(serving.at_once(8, 4) <= 8 && serving.at_once(0, 4) == 0, "{}", serving.id);
    }
}

#[test]
fn answers_are_upper_case_with_and_without_the_lock() {
    for serving in ["sequential", "threads", "pool"] {
        for locked in [false, true] {
            let server = started(serving, locked);
            let client = client(&server);
            assert_eq!(ask(&client, "hello, world 1\n"), "HELLO, WORLD 1\n", "{serving}");
            assert_eq!(ask(&client, "no line, grüße"), "NO LINE, GRüßE", "{serving}: bytes, not characters");
            assert_eq!((server.tally().connections(), server.tally().requests()), (1, 2), "{serving}");
        }
    }
}

#[test]
fn as_many_are_served_at_once_as_a_way_of_serving_says() {
    for serving in ["sequential", "threads", "pool"] {
        let server = started(serving, true);
        let at_once = Serving::find(serving).unwrap().at_once(3, 2);
        let clients: Vec<_> = (0..3).map(|_| client(&server)).collect();
        for client in &clients[..at_once] {
            assert_eq!(ask(client, "at once\n"), "AT ONCE\n", "{serving}");
        }
        // The others have their question in the socket, and an answer when those before them leave.
        for mut client in &clients[at_once..] {
            client.write_all(b"later\n").unwrap();
        }
        for mut client in &clients[at_once..] {
            client.set_read_timeout(Some(Duration::from_millis(30))).unwrap();
            let early = client.read(&mut [0; 6]).map_err(|error| error.kind());
            assert_eq!(early, Err(ErrorKind::WouldBlock), "{serving}");
            client.set_read_timeout(None).unwrap();
        }
        assert_eq!(server.tally().connections(), at_once as u64, "{serving}");
        let mut clients = clients.into_iter();
        clients.by_ref().take(at_once).for_each(drop);
        for mut client in clients {
            let mut answer = [0; 6];
            client.read_exact(&mut answer).unwrap();
            assert_eq!(&answer, b"LATER\n", "{serving}");
        }
    }
}

#[test]
fn a_client_that_breaks_off_harms_nobody() {
    for serving in ["sequential", "threads", "pool"] {
        let server = started(serving, false);
        for _ in 0..3 {
            // Closed with an answer unread, which resets the connection.
            client(&server).write_all(&[b'x'; 4096]).unwrap();
        }
        assert_eq!(ask(&client(&server), "still there\n"), "STILL THERE\n", "{serving}");
    }
}

#[test]
fn an_unknown_way_of_serving_is_refused_with_those_there_are() {
    let error = Server::bind(Ipv4Addr::LOCALHOST.into(), 0, settings("fibers", false)).unwrap_err().to_string();
    assert!(error.contains("`fibers`") && error.contains("sequential, threads"), "{error}");
}

#[test]
fn an_address_that_cannot_be_had_is_refused_with_the_remedy() {
    let first = started("threads", false);
    let port = first.address().unwrap().port();
    let error = Server::bind(Ipv4Addr::LOCALHOST.into(), port, settings("threads", false)).unwrap_err().to_string();
    assert!(error.contains(&format!("127.0.0.1:{port}")) && error.contains("choose another port"), "{error}");
    // A network for documentation, which no interface has.
    let error = Server::bind([192, 0, 2, 1].into(), 0, settings("threads", false)).unwrap_err().to_string();
    assert!(error.contains("no interface of this machine"), "{error}");
}
