//! Items of any type through the messages of a [`ByteQueue`].

use std::cell::RefCell;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ByteQueue;
use crate::queue::{Error, Patience, Queue, Refused};

/// Items of any type that serde knows, between processes: each is one message of a [`ByteQueue`], in the postcard
/// format.
#[derive(Debug)]
pub struct ProcessQueue<T> {
    bytes: ByteQueue,
    buffer: RefCell<Vec<u8>>,
    items: PhantomData<fn(T) -> T>,
}

impl<T> ProcessQueue<T> {
    /// Passes items through these messages. Both ends must mean the same type.
    pub fn over(bytes: ByteQueue) -> Self {
        Self { bytes, buffer: RefCell::default(), items: PhantomData }
    }

    /// The messages underneath.
    pub fn bytes(&self) -> &ByteQueue {
        &self.bytes
    }
}

impl<T: Serialize + DeserializeOwned> Queue<T> for ProcessQueue<T> {
    fn put_within(&self, item: T, patience: Patience) -> Result<(), Refused<T>> {
        let mut buffer = self.buffer.take();
        buffer.clear();
        match postcard::to_extend(&item, buffer) {
            Ok(buffer) => {
                let outcome = self.bytes.put_bytes(&buffer, patience);
                self.buffer.replace(buffer);
                outcome.map_err(|error| Refused { error, item })
            }
            Err(error) => {
                Err(Refused { error: Error::Request(format!("an item that cannot be written: {error}")), item })
            }
        }
    }

    fn get_within(&self, patience: Patience) -> Result<T, Error> {
        let mut buffer = self.buffer.borrow_mut();
        self.bytes.get_bytes(&mut buffer, patience)?;
        postcard::from_bytes(&buffer)
            .map_err(|error| Error::Corrupted(format!("a message that is no such item: {error}")))
    }

    fn len(&self) -> usize {
        self.bytes.len()
    }

    fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    fn task_done(&self) -> Result<(), Error> {
        self.bytes.task_done()
    }

    fn join(&self) -> Result<(), Error> {
        self.bytes.join()
    }

    fn close(&self) {
        self.bytes.close();
    }
}
