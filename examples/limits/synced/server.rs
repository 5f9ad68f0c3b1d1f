//! `tokenctl serve` under strace.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};

use anyhow::{Context as _, ensure};
use rustix::process::{Pid, Signal, kill_process};

/// A server at work, stopped when this is dropped.
pub(super) struct Server {
    /// That of strace.
    child: Child,
    stderr: BufReader<ChildStderr>,
    /// Where it listens, such as `127.0.0.1:4711`.
    pub(super) address: String,
}

impl Server {
    /// Starts it by `command`, and waits until it listens.
    pub(super) fn start(mut command: Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("start strace")?;
        let stderr = child.stderr.take().context("no stderr")?;
        let mut this = Self {
            child,
            stderr: BufReader::new(stderr),
            address: String::new(),
        };
        let mut line = String::new();
        while this.address.is_empty() {
            line.clear();
            let length = this.stderr.read_line(&mut line)?;
            ensure!(length > 0, "the server did not start");
            if let Some((_, rest)) = line.split_once("http://") {
                this.address = rest
                    .trim_end()
                    .split(',')
                    .next()
                    .unwrap_or_default()
                    .to_owned();
            }
        }
        Ok(this)
    }

    /// Stops it, and waits until strace has written all down.
    pub(super) fn stop(mut self) -> anyhow::Result<()> {
        self.terminate()?;
        let mut rest = String::new();
        self.stderr.read_to_string(&mut rest)?;
        let status = self.child.wait()?;
        ensure!(status.success(), "the server failed: {rest}");
        Ok(())
    }

    /// Asks the traced process, not strace, to end.
    fn terminate(&self) -> anyhow::Result<()> {
        let strace = self.child.id();
        let children = fs::read_to_string(format!("/proc/{strace}/task/{strace}/children"))?;
        let traced = children.split_whitespace().next().context("no process")?;
        let traced = Pid::from_raw(traced.parse()?).context("no process")?;
        Ok(kill_process(traced, Signal::TERM)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Where it was stopped both have ended, and their numbers may be of others.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.terminate();
            let _ = self.child.wait();
        }
    }
}

/// Posts `form` to `target` at `address` with the token `secret`, and returns the answer.
pub(super) fn post(
    address: &str,
    target: &str,
    secret: &str,
    form: &str,
) -> anyhow::Result<String> {
    let mut connection = TcpStream::connect(address)?;
    write!(
        connection,
        "POST {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {secret}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer)
}
