//! Limits of the system that a process is put under.

use std::fmt;
use std::process::{Command, Stdio};

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
    /// Returns `command` under this limit. One that hangs is killed, which no contract allows.
    pub(crate) fn into_command(self, command: &Command) -> Command {
        let mut limited = Command::new("timeout");
        limited
            .args(["--signal=KILL", "40", "prlimit"])
            .arg(format!("--{self}"))
            .arg(command.get_program())
            .args(command.get_args())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(
                command
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        limited
    }
}
