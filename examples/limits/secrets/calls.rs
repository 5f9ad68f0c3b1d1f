//! What a command gives to the kernel: every byte that it writes, and every name of a file.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::Context as _;

use crate::attempt::feed;
use crate::strace::Descriptor;

/// The calls by which bytes or names leave a process. A `?` stands before those that not every processor has.
const CALLS: &str = "trace=%file,write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,sendmmsg";

/// The longest text that strace prints whole: longer than any one write of ours.
const LONGEST: &str = "4194304";

/// One call.
pub(super) struct Call {
    /// What is written to, and where that is; `None` where a file is named.
    pub(super) file: Option<(Descriptor, Vec<u8>)>,
    /// The rights that others get to what is made.
    pub(super) mode: Option<u32>,
    pub(super) bytes: Vec<u8>,
}

impl Call {
    /// Returns whether it is a write to `file`.
    pub(super) fn is_to(&self, file: Descriptor) -> bool {
        self.file.as_ref().is_some_and(|(it, _)| *it == file)
    }

    /// Returns whether it is a write to a file in `directory`.
    pub(super) fn is_in(&self, directory: &Path) -> bool {
        let directory = directory.as_os_str().as_encoded_bytes();
        let file = self.file.as_ref();
        file.is_some_and(|(_, path)| path.starts_with(directory))
    }

    /// Returns the rights that others get to what it makes in `directory`, where it does.
    pub(super) fn makes_in(&self, directory: &Path) -> Option<u32> {
        let directory = directory.as_os_str().as_encoded_bytes();
        self.mode.filter(|_| self.bytes.starts_with(directory))
    }
}

/// Runs `command` with `input` on its stdin, and returns what came out and what it gave to the kernel.
pub(super) fn trace(command: &Command, input: &str) -> anyhow::Result<(Output, Vec<Call>)> {
    let log = tempfile::NamedTempFile::new()?;
    let output = feed(strace(command, log.path()), input)?;
    Ok((output, calls(log.path())?))
}

/// Returns the command that runs `command`, and writes its calls to the file `log`.
pub(super) fn strace(command: &Command, log: &Path) -> Command {
    let mut traced = Command::new("strace");
    traced
        .args(["-f", "-qq", "-xx", "-y", "-s", LONGEST])
        .args(["-e", "signal=none", "-e", CALLS, "-o"])
        .arg(log)
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            traced.env(name, value);
        }
    }
    if let Some(directory) = command.get_current_dir() {
        traced.current_dir(directory);
    }
    traced
}

/// Reads the calls that strace has written to the file `log`.
pub(super) fn calls(log: &Path) -> anyhow::Result<Vec<Call>> {
    let text = fs::read_to_string(log).context("read what strace wrote")?;
    Ok(text.lines().map(read).collect())
}

/// Reads one line: the name of the call, and all texts among its arguments one after the other.
fn read(line: &str) -> Call {
    let (_, call) = line.split_once(' ').unwrap_or(("", line));
    let call = call.trim_start();
    let texts = call.split('"').skip(1).step_by(2);
    Call {
        file: file(call),
        mode: mode(call),
        bytes: texts.flat_map(unescape).collect(),
    }
}

/// Reads the first argument of a call where that is an open file, such as `3<\x2f\x78>`.
fn file(call: &str) -> Option<(Descriptor, Vec<u8>)> {
    let (_, arguments) = call.split_once('(')?;
    let (file, path) = arguments.split_once('<')?;
    let (path, _) = path.split_once('>')?;
    Some((file.parse().ok()?, unescape(path)))
}

/// Reads the last argument of a call that makes a file or a directory. One without a name (`O_TMPFILE`) cannot be opened
/// by others, whatever its mode.
fn mode(call: &str) -> Option<u32> {
    if !call.contains("O_CREAT") && !call.starts_with("mkdir") {
        return None;
    }
    let (arguments, _) = call.rsplit_once(") = ")?;
    let (_, mode) = arguments.rsplit_once(", ")?;
    Some(u32::from_str_radix(mode, 8).ok()? & 0o077)
}

fn unescape(text: &str) -> Vec<u8> {
    let digits = text.split("\\x").skip(1);
    digits
        .filter_map(|digits| u8::from_str_radix(digits.get(..2)?, 16).ok())
        .collect()
}
