//! Items of any type through the messages of a [`ByteQueue`].

use std::cell::RefCell;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::{Error, Patience, Queue, Refused};
use super::ByteQueue;

/// Items of any type that serde knows, between processes: each is one message of a [`ByteQueue`], in the postcard
/// format.
#[derive(Debug)]
pub struct ProcessQueue<T> {
    bytes: ByteQueue,
    buffer: RefCell<Vec<u8>>,
    /// What is wrong with a message that came in the middle of many: told by the next call.
    misread: RefCell<Option<Error>>,
    items: PhantomData<fn(T) -> T>,
}

impl<T> ProcessQueue<T> {
    /// Passes items through these messages. Both ends must mean the same type.
    pub fn over(bytes: ByteQueue) -> Self {
        Self { bytes, buffer: RefCell::default(), misread: RefCell::default(), items: PhantomData }
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
        if let Some(error) = self.misread.take() {
            return Err(error);
        }
        let mut buffer = self.buffer.borrow_mut();
        self.bytes.get_bytes(&mut buffer, patience)?;
        decode(&buffer)
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

    fn join_within(&self, patience: Patience) -> Result<(), Error> {
        self.bytes.join_within(patience)
    }

    fn put_many(&self, mut items: Vec<T>, patience: Patience) -> Result<(), Refused<Vec<T>>> {
        let mut buffer = self.buffer.take();
        buffer.clear();
        let mut ends = vec![];
        let mut unwritable = None;
        for item in &items {
            match postcard::to_extend(item, std::mem::take(&mut buffer)) {
                Ok(longer) => buffer = longer,
                Err(error) => {
                    unwritable = Some(Error::Request(format!("an item that cannot be written: {error}")));
                    break;
                }
            }
            ends.push(buffer.len());
        }
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let messages = starts.zip(&ends).map(|(start, end)| &buffer[start..*end]);
        let outcome = match (self.bytes.put_many_bytes(messages, patience), unwritable) {
            (Ok(count), Some(error)) => Err((count, error)),
            (outcome, _) => outcome.map(drop),
        };
        self.buffer.replace(buffer);
        outcome.map_err(|(count, error)| Refused { error, item: items.split_off(count) })
    }

    fn get_many(&self, most: usize, patience: Patience) -> Result<Vec<T>, Error> {
        if let Some(error) = self.misread.take() {
            return Err(error);
        }
        let mut items = vec![];
        let mut misread = None;
        self.bytes.get_many_bytes(most, patience, |message| match decode(message) {
            Ok(item) => items.push(item),
            Err(error) => misread = Some(error),
        })?;
        match misread {
            Some(error) if items.is_empty() => return Err(error),
            misread => drop(self.misread.replace(misread)),
        }
        Ok(items)
    }

    fn close(&self) {
        self.bytes.close();
    }
}

fn decode<T: DeserializeOwned>(message: &[u8]) -> Result<T, Error> {
    postcard::from_bytes(message).map_err(|error| Error::Corrupted(format!("a message that is no such item: {error}")))
}
