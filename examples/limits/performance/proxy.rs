//! `tokenctl serve` under load: beside its own empty handler, and behind nginx beside a server that does nothing.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rustix::process::{Pid, Signal, kill_process};

use super::tools::{self, Turns};
use crate::claim::{Findings, Goal};
use crate::setting::Setting;

const CONNECTIONS: &str = "32";

/// Where everybody listens.
struct Addresses {
    ours: SocketAddr,
    nothing: SocketAddr,
    asking_ours: SocketAddr,
    asking_nothing: SocketAddr,
}

impl Addresses {
    fn free() -> anyhow::Result<Self> {
        let bind = || TcpListener::bind("127.0.0.1:0");
        // All are bound before one is given back, so that no two are the same.
        let listeners = (bind()?, bind()?, bind()?, bind()?);
        Ok(Self {
            ours: listeners.0.local_addr()?,
            nothing: listeners.1.local_addr()?,
            asking_ours: listeners.2.local_addr()?,
            asking_nothing: listeners.3.local_addr()?,
        })
    }
}

/// A server that is told to stop when it is no longer needed.
struct Server(Child);

impl Server {
    fn start(command: &mut Command, address: SocketAddr) -> anyhow::Result<Self> {
        let quiet = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let server = Self(quiet.spawn()?);
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            ensure!(
                begun.elapsed() < Duration::from_secs(10),
                "{:?} does not listen",
                command.get_program()
            );
            thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Not killed: nginx would leave its workers behind.
        let asked = kill_process(Pid::from_child(&self.0), Signal::TERM);
        if asked.is_ok() {
            drop(self.0.wait());
        }
    }
}

pub(super) fn measure(setting: &Setting, findings: &mut Findings) -> anyhow::Result<()> {
    let Some(wrk) = tools::find("wrk") else {
        let skipped = "P9 and P10: wrk has to be installed";
        findings.skipped.push(skipped.into());
        return Ok(());
    };
    let directory = tempfile::tempdir()?;
    let store = directory.path().join("tokens.db");
    tools::output(&mut setting.tokenctl(&store, &["init"]))?;
    let issue = ["issue", "alice", "--create-user", "--full-access"];
    let secret = tools::output(&mut setting.tokenctl(&store, &issue))?;
    let addresses = Addresses::free()?;
    let listen = addresses.ours.to_string();
    let serve = ["serve", "-q", "--profile", "nginx", "--listen", &listen];
    let _ours = Server::start(&mut setting.tokenctl(&store, &serve), addresses.ours)?;
    let (rounds, duration) = setting.scale.of((2, "1s"), (7, "4s"), (7, "4s"));
    let load = Load {
        wrk,
        authorization: format!("Authorization: Bearer {secret}"),
        rounds,
        duration,
    };
    load.compare(
        "P9 `/auth` / empty handler",
        [
            ("`/auth`", format!("http://{listen}/auth")),
            ("`/healthz`", format!("http://{listen}/healthz")),
        ],
        findings,
    )?;

    let Some(nginx) = tools::find("nginx") else {
        let skipped = "P10: nginx has to be installed";
        findings.skipped.push(skipped.into());
        return Ok(());
    };
    let configuration = directory.path().join("nginx.conf");
    fs::write(&configuration, configure(&addresses, directory.path())?)?;
    let mut proxy = Command::new(nginx);
    proxy.arg("-e").arg(directory.path().join("error.log"));
    let _proxy = Server::start(proxy.arg("-c").arg(&configuration), addresses.asking_ours)?;
    ensure!(status(addresses.asking_ours)? == 401, "our server is asked");
    ensure!(
        status(addresses.asking_nothing)? == 200,
        "the other one too"
    );
    load.compare(
        "P10 nginx + `auth_request` to us / to a no-op",
        [
            ("asking us", format!("http://{}/", addresses.asking_ours)),
            (
                "asking a `return 204` of the same nginx",
                format!("http://{}/", addresses.asking_nothing),
            ),
        ],
        findings,
    )
}

/// Requests with a good token, as many as are answered.
struct Load {
    wrk: PathBuf,
    authorization: String,
    rounds: usize,
    duration: &'static str,
}

impl Load {
    /// Asks two addresses in turn, and compares how often the first answers with the second.
    fn compare(
        &self,
        what: &str,
        sides: [(&str, String); 2],
        findings: &mut Findings,
    ) -> anyhow::Result<()> {
        let turns = Turns::of(self.rounds, 2, |side| {
            let (_, address) = sides.get(side).context("there are two sides")?;
            let mut wrk = Command::new(&self.wrk);
            wrk.args(["-t1", "-c", CONNECTIONS, "-d", self.duration])
                .args(["-H", &self.authorization])
                .args(["-H", "X-Original-Method: GET", "-H", "X-Original-URI: /"]);
            rate(&tools::output(wrk.arg(address))?)
        })?;
        let [(ours, _), (other, _)] = sides;
        let told = format!(
            "{ours} {:.0}/s, {other} {:.0}/s, {CONNECTIONS} connections, {} rounds of {}",
            turns.median(0),
            turns.median(1),
            self.rounds,
            self.duration
        );
        findings.compare(what, turns.ratio(0, 1), Some(Goal::AtLeast(0.70)), told);
        Ok(())
    }
}

/// Returns the requests in a second that `wrk` tells of, all of which have to be answered well.
fn rate(told: &str) -> anyhow::Result<f64> {
    ensure!(!told.contains("Non-2xx"), "a request was refused: {told}");
    let line = told
        .lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"));
    Ok(line.context("wrk tells no rate")?.trim().parse()?)
}

/// Returns the status of the answer to a request without a token.
fn status(address: SocketAddr) -> anyhow::Result<u16> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1).context("there is no status")?;
    Ok(status.parse()?)
}

/// Returns a configuration that asks as that of `tokenctl proxy-config nginx` does, before a service that is nginx's own.
fn configure(addresses: &Addresses, directory: &Path) -> anyhow::Result<String> {
    let directory = directory.to_str().context("a path in UTF-8")?;
    let workers = thread::available_parallelism()?;
    let server = |listen: SocketAddr, name: &str, asked: SocketAddr| {
        format!(
            "upstream {name} {{ server {asked}; keepalive 64; keepalive_requests 100000000; }}
server {{
    listen {listen};
    location / {{ auth_request /_auth; empty_gif; }}
    location = /_auth {{
        internal;
        proxy_pass http://{name}/auth;
        proxy_http_version 1.1;
        proxy_pass_request_body off;
        proxy_pass_request_headers off;
        proxy_set_header Connection \"\";
        proxy_set_header Content-Length \"\";
        proxy_set_header Authorization $http_authorization;
        proxy_set_header X-Original-Method $request_method;
        proxy_set_header X-Original-URI $request_uri;
        proxy_set_header X-Forwarded-For $remote_addr;
    }}
}}
"
        )
    };
    let ours = server(addresses.asking_ours, "ours", addresses.ours);
    let nothing = server(addresses.asking_nothing, "nothing", addresses.nothing);
    let answering = addresses.nothing;
    Ok(format!(
        "daemon off;
worker_processes {workers};
pid {directory}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
access_log off;
keepalive_requests 100000000;
client_body_temp_path {directory}/body;
proxy_temp_path {directory}/proxy;
fastcgi_temp_path {directory}/fastcgi;
uwsgi_temp_path {directory}/uwsgi;
scgi_temp_path {directory}/scgi;
server {{ listen {answering}; location / {{ return 204; }} }}
{ours}{nothing}}}
"
    ))
}
