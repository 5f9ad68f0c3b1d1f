//! `tokenctl serve`, by itself or under strace.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};

use anyhow::{Context as _, anyhow, ensure};
use rustix::process::{Pid, Signal, kill_process};

/// A server at work, stopped when this is dropped.
pub(crate) struct Server {
    /// The server, or strace.
    child: Child,
    /// The server.
    process: Pid,
    stderr: Option<JoinHandle<String>>,
    /// Where it listens, such as `127.0.0.1:4711`.
    pub(crate) address: String,
}

impl Server {
    /// Starts the server that `command` is, and waits until it listens.
    pub(crate) fn start(command: Command) -> anyhow::Result<Self> {
        Self::launch(command, |child| Ok(Pid::from_child(child)))
    }

    /// Starts the server that `strace` runs, and waits until it listens.
    pub(crate) fn start_traced(strace: Command) -> anyhow::Result<Self> {
        Self::launch(strace, |strace| {
            let strace = strace.id();
            let children = fs::read_to_string(format!("/proc/{strace}/task/{strace}/children"))?;
            let traced = children.split_whitespace().next().context("no process")?;
            Pid::from_raw(traced.parse()?).context("no process")
        })
    }

    fn launch(
        mut command: Command,
        server_of: fn(&Child) -> anyhow::Result<Pid>,
    ) -> anyhow::Result<Self> {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("start {:?}", command.get_program()))?;
        let mut stderr = BufReader::new(child.stderr.take().context("no stderr")?);
        let mut told = String::new();
        let address = loop {
            let from = told.len();
            let length = stderr.read_line(&mut told)?;
            ensure!(length > 0, "the server did not start: {told}");
            let line = told.get(from..).unwrap_or_default();
            if let Some((_, rest)) = line.trim_end().split_once("http://") {
                break rest.split(',').next().unwrap_or_default().to_owned();
            }
        };
        Ok(Self {
            process: server_of(&child)?,
            child,
            // Who is not listened to is held up in the end.
            stderr: Some(thread::spawn(move || {
                // What comes before an error is told all the same.
                let _ = stderr.read_to_string(&mut told);
                told
            })),
            address,
        })
    }

    /// Stops it, and returns all that it said; under strace, once that has written all down.
    pub(crate) fn stop(mut self) -> anyhow::Result<String> {
        kill_process(self.process, Signal::TERM)?;
        let status = self.child.wait()?;
        let stderr = self.stderr.take().context("it is stopped once")?;
        let said = stderr.join().map_err(|_| anyhow!("nobody listened"))?;
        ensure!(status.success(), "the server failed with {status}: {said}");
        Ok(said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Where it was stopped it has ended, and its number may be of another.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = kill_process(self.process, Signal::TERM);
            let _ = self.child.wait();
        }
    }
}

/// Posts `form` to `target` at `address` with the token `secret`, and returns the answer.
pub(crate) fn post(
    address: &str,
    target: &str,
    secret: &str,
    form: &str,
) -> anyhow::Result<String> {
    let request = format!(
        "POST {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {secret}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    send(address, &request)
}

/// Sends `request` to `address`, and returns the answer.
pub(crate) fn send(address: &str, request: &str) -> anyhow::Result<String> {
    let mut connection = TcpStream::connect(address)?;
    connection.write_all(request.as_bytes())?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer)
}
