//! What a harness starts itself as: a process of its own that does one thing to one store.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::{contention, crash};

/// Names the role in the environment of the process.
const ROLE: &str = "TOKENCTL_LIMITS_ROLE";

/// Something that a process of a harness does.
pub(crate) struct Role {
    pub(crate) name: &'static str,
    pub(crate) play: fn(&[String]) -> anyhow::Result<()>,
}

const ROLES: &[&Role] = &[
    &contention::READER,
    &contention::STALLED_READER,
    &contention::WRITER,
    &crash::MIGRATOR,
];

impl Role {
    /// Returns the command that plays this role with `arguments`.
    pub(crate) fn command<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> anyhow::Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .env_clear()
            .env(ROLE, self.name)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(command)
    }
}

/// Plays the role that this process was started for; `None` where it is a harness and not a part of one.
pub(crate) fn play() -> Option<anyhow::Result<()>> {
    let name = std::env::var(ROLE).ok()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let role = ROLES.iter().find(|role| role.name == name);
    let play = role.context("there is no such role");
    Some(play.and_then(|role| (role.play)(&arguments)))
}
