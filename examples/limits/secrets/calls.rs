//! What a command gives to the kernel: every byte that it writes, and every name of a file.

use std::fs;
use std::process::{Command, Output};

use anyhow::Context as _;

use crate::attempt::feed;

/// The calls by which bytes or names leave a process. A `?` stands before those that not every processor has.
const CALLS: &str = "trace=%file,write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,sendmmsg";

/// The longest text that strace prints whole: longer than any one write of ours.
const LONGEST: &str = "4194304";

/// One call.
pub(super) struct Call {
    pub(super) is_write_to_stdout: bool,
    pub(super) bytes: Vec<u8>,
}

/// Runs `command` with `input` on its stdin, and returns what came out and what it gave to the kernel.
pub(super) fn trace(command: &Command, input: &str) -> anyhow::Result<(Output, Vec<Call>)> {
    let log = tempfile::NamedTempFile::new()?;
    let mut traced = Command::new("strace");
    traced
        .args([
            "-f",
            "-qq",
            "-xx",
            "-s",
            LONGEST,
            "-e",
            "signal=none",
            "-e",
            CALLS,
            "-o",
        ])
        .arg(log.path())
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            traced.env(name, value);
        }
    }
    if let Some(directory) = command.get_current_dir() {
        traced.current_dir(directory);
    }
    let output = feed(traced, input)?;
    let text = fs::read_to_string(log.path()).context("read what strace wrote")?;
    Ok((output, text.lines().map(read).collect()))
}

/// Reads one line: the name of the call, and all texts among its arguments one after the other.
fn read(line: &str) -> Call {
    let (_, call) = line.split_once(' ').unwrap_or(("", line));
    let texts = call.split('"').skip(1).step_by(2);
    Call {
        is_write_to_stdout: call.trim_start().starts_with("write(1,"),
        bytes: texts.flat_map(unescape).collect(),
    }
}

fn unescape(text: &str) -> Vec<u8> {
    let digits = text.split("\\x").skip(1);
    digits
        .filter_map(|digits| u8::from_str_radix(digits, 16).ok())
        .collect()
}
