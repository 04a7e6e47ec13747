//! The language between crawler and server, and both its ends: HTTP/1.0 in form, over a connection that is kept open.
//!
//! Requests and responses each have a fixed length (the page's number is padded with zeros), so that both ends read a
//! whole message into a buffer they already have.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Instant;

use super::super::Thread;
use super::super::peer::LATENCY;
use super::page::{self, PAGE};

const REQUEST: usize = "GET /page/00000000000000000000 HTTP/1.0\r\n\r\n".len();
const HEAD: &[u8; 45] = b"HTTP/1.0 200 OK\r\nContent-Length: 00004096\r\n\r\n";

/// Head and body of an answer.
pub(super) type Response = [u8; HEAD.len() + PAGE];

/// The whole answer to a request for page `number`.
pub(super) fn response(number: u64) -> Box<Response> {
    let mut response = Box::new([0; HEAD.len() + PAGE]);
    write_response(&mut response, number);
    response
}

/// The page within an answer.
pub(super) fn body(response: &Response) -> &[u8; PAGE] {
    response.last_chunk().expect("a response ends with a page")
}

/// Asks for page `number`, and waits for the answer in `response`.
pub(super) fn fetch(
    stream: &mut TcpStream,
    number: u64,
    response: &mut Response,
    thread: &dyn Thread,
) -> io::Result<()> {
    let mut request = [0; REQUEST];
    write!(&mut request[..], "GET /page/{number:020} HTTP/1.0\r\n\r\n")?;
    thread.blocking(|| stream.write_all(&request))?;
    thread.blocking(|| stream.read_exact(response))?;
    if response.starts_with(HEAD) { Ok(()) } else { Err(io::Error::other("the answer is no page")) }
}

/// The server's end: answers until the connection ends or a request makes no sense.
pub(super) fn answer_all(mut stream: TcpStream) -> io::Result<()> {
    let mut request = [0; REQUEST];
    let mut response = response(0);
    loop {
        stream.read_exact(&mut request)?;
        let arrived = Instant::now();
        let number = requested(&request).ok_or_else(|| io::Error::other("not a request for a page"))?;
        write_response(&mut response, number);
        thread::sleep(LATENCY.saturating_sub(arrived.elapsed()));
        stream.write_all(&*response)?;
    }
}

fn write_response(response: &mut Response, number: u64) {
    response[..HEAD.len()].copy_from_slice(HEAD);
    page::write(response.last_chunk_mut().expect("a response ends with a page"), number);
}

fn requested(request: &[u8; REQUEST]) -> Option<u64> {
    let line = str::from_utf8(request).ok()?;
    line.strip_prefix("GET /page/")?.strip_suffix(" HTTP/1.0\r\n\r\n")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_tells_the_length_of_the_page() {
        let head = str::from_utf8(HEAD).unwrap();
        let length = head.split(": ").nth(1).unwrap().trim_end();
        assert_eq!(length.parse(), Ok(PAGE));
    }

    #[test]
    fn understands_requests_only() {
        assert_eq!(requested(b"GET /page/00000000000000000042 HTTP/1.0\r\n\r\n"), Some(42));
        assert_eq!(requested(b"PUT /page/00000000000000000042 HTTP/1.0\r\n\r\n"), None);
    }
}
