//! Everything unsafe, behind safe types: each file wraps one thing of the operating system.

mod map;

pub(crate) use map::Mapping;
