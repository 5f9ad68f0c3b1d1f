//! `tokenctl serve` as a process of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::harness::{TOKENCTL, TestEnv};
use crate::wire::{Connection, WireResponse};

/// A server at work, killed when this is dropped.
pub(crate) struct Serving {
    child: Child,
    /// Where it listens, such as `127.0.0.1:4711`.
    pub(crate) address: String,
    log: PathBuf,
    stderr: Option<JoinHandle<String>>,
}

impl Serving {
    /// Starts a server over the store of `env` at a free port, with `arguments` besides, and waits until it listens.
    pub(crate) fn start(env: &TestEnv, arguments: &[&str]) -> Self {
        let log = env.path("access.jsonl");
        let mut child = env
            .command(TOKENCTL)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(std::fs::File::create(&log).unwrap())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut told = String::new();
        let address = loop {
            let mut line = String::new();
            let length = stderr.read_line(&mut line).unwrap();
            assert!(length > 0, "the server did not start: {told}");
            if let Some((_, rest)) = line.split_once("http://") {
                break rest.split(',').next().unwrap().to_owned();
            }
            told.push_str(&line);
        };
        let stderr = thread::spawn(move || {
            let mut rest = told;
            stderr.read_to_string(&mut rest).unwrap();
            rest
        });
        Self {
            child,
            address,
            log,
            stderr: Some(stderr),
        }
    }

    /// Opens a connection to it.
    pub(crate) fn connect(&self) -> Connection {
        Connection::open(&self.address)
    }

    /// Asks once, over a connection of its own.
    pub(crate) fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> WireResponse {
        self.connect().ask(method, target, headers)
    }

    /// Posts a form, over a connection of its own.
    pub(crate) fn post(&self, target: &str, headers: &[(&str, &str)], form: &str) -> WireResponse {
        let (head, body) = posted(target, headers, form);
        let mut connection = self.connect();
        connection.send((head + &body).as_bytes()).unwrap();
        connection.receive().unwrap()
    }

    /// Returns the process.
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        kill_process(self.pid(), Signal::TERM).unwrap();
    }

    /// Sends SIGTERM and waits for the end; returns status, stderr and the records of the access log.
    pub(crate) fn stop(self) -> (ExitStatus, String, Vec<Value>) {
        self.terminate();
        self.wait()
    }

    /// Waits for the end, as [`Self::stop`] does.
    pub(crate) fn wait(mut self) -> (ExitStatus, String, Vec<Value>) {
        let status = self.child.wait().unwrap();
        let stderr = self.stderr.take().unwrap().join().unwrap();
        let log = std::fs::read_to_string(&self.log).unwrap();
        let records = log
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        (status, stderr, records)
    }
}

/// Returns head and body of a request with a form.
pub(crate) fn posted(target: &str, headers: &[(&str, &str)], form: &str) -> (String, String) {
    let mut head = format!("POST {target} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in headers {
        head = format!("{head}{name}: {value}\r\n");
    }
    let head = format!(
        "{head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        form.len()
    );
    (head, form.to_owned())
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It has ended already where it was stopped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
