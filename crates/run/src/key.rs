//! Which machine a time was measured on: times are compared within a key, never across. What was measured there is told
//! by the id of the case, with the kernel's revision in it: the two together are the key of a series.
//!
//! The kernel's release, the load and the flags of the compiler are not part of it: the first changes with every image
//! of a hosted runner, the second is a condition, and the last is what one may want to compare.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Machine;

/// What two measurements must have in common for their times to be comparable.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct MachineKey {
    /// Model name of the processor.
    pub cpu: String,
    /// Processors that can really be used.
    pub cores: usize,
    /// CPU time that the control group allows, in per cent of one processor; `None` without a quota.
    pub quota_percent: Option<u64>,
    /// Operating system and its version.
    pub os: String,
    /// Compiler and version.
    pub compiler: String,
}

impl Machine {
    /// The key of its times.
    pub fn key(&self) -> MachineKey {
        MachineKey {
            cpu: self.cpu.model.clone(),
            cores: self.cpu.usable,
            quota_percent: self.cpu.quota.map(|quota| (quota * 100.0).round() as u64),
            os: self.os.clone(),
            compiler: self.build.compiler.clone(),
        }
    }
}

impl MachineKey {
    /// In what they differ, in words, this one first; empty if they are the same.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let quota = |key: &Self| key.quota_percent.map_or("none".to_owned(), |percent| format!("{percent} %"));
        [
            ("processor", self.cpu.clone(), other.cpu.clone()),
            ("cores", self.cores.to_string(), other.cores.to_string()),
            ("quota", quota(self), quota(other)),
            ("operating system", self.os.clone(), other.os.clone()),
            ("compiler", self.compiler.clone(), other.compiler.clone()),
        ]
        .into_iter()
        .filter(|(_, ours, theirs)| ours != theirs)
        .map(|(what, ours, theirs)| format!("{what} ({ours}, {theirs})"))
        .collect()
    }
}

impl fmt::Display for MachineKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpu, cores, os, compiler, .. } = self;
        write!(f, "{cpu}, {cores} cores, ")?;
        if let Some(percent) = self.quota_percent {
            write!(f, "quota {percent} %, ")?;
        }
        write!(f, "{os}, {compiler}")
    }
}

#[cfg(test)]
mod tests {
    use crate::Machine;

    #[test]
    fn a_key_is_of_what_times_depend_on() {
        let mut here = Machine::default();
        (here.cpu.model, here.cpu.usable, here.os) = ("A CPU".into(), 2, "Linux 1".into());
        here.build.compiler = "rustc 1.90.0".into();
        assert_eq!(here.key().to_string(), "A CPU, 2 cores, Linux 1, rustc 1.90.0");

        let mut there = here.clone();
        there.kernel = "another release".into();
        there.conditions.load_before = 7.0;
        there.build.flags = "opt-level=3".into();
        assert_eq!(here.key(), there.key());
        assert!(here.key().differences(&there.key()).is_empty());

        (there.cpu.quota, there.cpu.usable) = (Some(1.5), 1);
        assert_ne!(here.key(), there.key());
        assert_eq!(here.key().differences(&there.key()), ["cores (2, 1)", "quota (none, 150 %)"]);
        assert_eq!(there.key().to_string(), "A CPU, 1 cores, quota 150 %, Linux 1, rustc 1.90.0");
    }
}
