//! Limits of the system that a process is put under.

use std::fmt;
use std::process::Command;

use crate::attempt::{run_by, tool};

/// One limit, as `prlimit` sets it.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) resource: Resource,
    pub(crate) bytes: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource {
    /// How large a file may be.
    FileSize,
    /// How much a process may map.
    AddressSpace,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flag = match self.resource {
            Resource::FileSize => "fsize",
            Resource::AddressSpace => "as",
        };
        write!(f, "{flag}={}", self.bytes)
    }
}

impl Limit {
    /// Returns `command` under this limit.
    pub(crate) fn into_command(self, command: &Command) -> Command {
        let mut limited = tool("prlimit");
        limited.arg(format!("--{self}"));
        run_by(limited, command)
    }
}
