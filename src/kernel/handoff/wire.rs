//! The language between dispatcher and worker, and both its ends: a job's number and size there, its payload back.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use super::job::Store;

/// Longest payload that is handed out.
const LONGEST: u64 = 64 << 20;

/// Asks for a job and waits for its payload, which is as long as `payload`.
pub(super) fn receive(stream: &mut TcpStream, job: u64, payload: &mut [u8]) -> io::Result<()> {
    let mut request = [0; 16];
    request[..8].copy_from_slice(&job.to_le_bytes());
    request[8..].copy_from_slice(&(payload.len() as u64).to_le_bytes());
    stream.write_all(&request)?;
    stream.read_exact(payload)
}

/// The dispatcher's end: hands out what is asked for until the connection ends. A connection has payloads of one size.
pub(super) fn hand_out_all(mut stream: TcpStream) -> io::Result<()> {
    let mut request = [0; 16];
    let mut store: Option<(u64, Store)> = None;
    loop {
        stream.read_exact(&mut request)?;
        let [job, bytes] = [&request[..8], &request[8..]]
            .map(|half| u64::from_le_bytes(half.try_into().expect("half of sixteen bytes are eight")));
        if bytes > LONGEST {
            return Err(io::Error::other("a payload of that size is not handed out"));
        }
        let known = store.take().filter(|(size, _)| *size == bytes);
        let (_, payloads) = store.insert(known.unwrap_or_else(|| (bytes, Store::new(bytes as usize))));
        stream.write_all(payloads.payload(job))?;
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn each_job_comes_with_its_own_bytes_and_too_much_is_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (theirs, _) = listener.accept().unwrap();
        let server = thread::spawn(|| hand_out_all(theirs));
        for (job, bytes) in [(0, 100), (5, 100), (5, 3000), (6, 0)] {
            let mut payload = vec![0; bytes];
            receive(&mut stream, job, &mut payload).unwrap();
            assert_eq!(payload, Store::new(bytes).payload(job));
        }
        stream.write_all(&[0xff; 16]).unwrap();
        assert!(server.join().unwrap().unwrap_err().to_string().contains("not handed out"));
    }
}
