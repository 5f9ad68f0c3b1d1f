//! A proxy as it is installed here, with the configuration that is printed for it, before a service, and beside
//! `tokenctl serve`.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::service::Service;
use crate::harness::{TOKENCTL, TestEnv, is_installed};
use crate::wire::{Connection, WireResponse};

/// The proxies that are tested as programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proxy {
    Nginx,
    Caddy,
    Traefik,
    Envoy,
}

impl Proxy {
    /// Returns those that are installed. In CI those of which Debian has a package have to be.
    pub(crate) fn installed() -> Vec<Self> {
        let packaged = [Self::Nginx, Self::Caddy].into_iter();
        let packaged = packaged.filter(|proxy| is_installed(proxy.name()));
        let is_there = |proxy: &Self| Path::new("/usr/local/bin").join(proxy.name()).exists();
        let others = [Self::Traefik, Self::Envoy].into_iter().filter(is_there);
        packaged.chain(others).collect()
    }

    /// Returns those that are installed, but for `exception`, of which that is not true.
    pub(crate) fn installed_but(exception: Self) -> Vec<Self> {
        let mut installed = Self::installed();
        installed.retain(|proxy| *proxy != exception);
        installed
    }

    /// Returns whether `status` is its answer when the server gives none.
    pub(crate) fn is_closed(self, status: u16) -> bool {
        match self {
            Self::Envoy => status == 403,
            _ => (500..=504).contains(&status),
        }
    }

    /// Returns the name of its program, and of its profile.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "caddy",
            Self::Traefik => "traefik",
            Self::Envoy => "envoy",
        }
    }

    /// Writes a configuration that is the `printed` one, but for where the program keeps its own files, and returns how
    /// to run it.
    fn command(self, env: &TestEnv, printed: &str, front: SocketAddr) -> Command {
        env.write("printed", printed);
        match self {
            Self::Nginx => {
                env.write("nginx.conf", NGINX);
                let mut command = env.command("/usr/sbin/nginx");
                let root = env.path("");
                command.arg("-p").arg(root);
                command.args(["-e", "proxy.log", "-c", "nginx.conf"]);
                command
            }
            Self::Caddy => {
                env.write("Caddyfile", "{\n\tadmin off\n}\n\nimport printed\n");
                let mut command = env.command("caddy");
                command.args(["run", "--adapter", "caddyfile", "--config", "Caddyfile"]);
                command
            }
            Self::Traefik => {
                env.write("printed.yaml", printed);
                let mut command = env.command("traefik");
                command.arg(format!("--entryPoints.tokenctl.address={front}"));
                command.args(["--providers.file.filename=printed.yaml", "--log.level=WARN"]);
                command
            }
            Self::Envoy => {
                env.write("printed.yaml", printed);
                let mut command = env.command("envoy");
                command.args([
                    "-c",
                    "printed.yaml",
                    "--concurrency",
                    "1",
                    "--disable-hot-restart",
                ]);
                command
            }
        }
    }
}

const NGINX: &str = "\
daemon off;
master_process off;
pid nginx.pid;
error_log proxy.log;
events {}
http {
    access_log off;
    client_body_temp_path tmp/body;
    proxy_temp_path tmp/proxy;
    fastcgi_temp_path tmp/fastcgi;
    uwsgi_temp_path tmp/uwsgi;
    scgi_temp_path tmp/scgi;
    include printed;
}
";

/// The proxy, the service behind it, and a store with the user `alice`.
pub(crate) struct Stack {
    pub(crate) env: TestEnv,
    pub(crate) proxy: Proxy,
    pub(crate) service: Service,
    auth: String,
    pub(crate) front: SocketAddr,
    serve: Option<Process>,
    _proxy: Process,
}

impl Stack {
    /// Starts everything, `tokenctl serve` on a port.
    pub(crate) fn start(proxy: Proxy) -> Self {
        Self::start_in(TestEnv::new(), proxy)
    }

    /// Starts everything in surroundings that are there already.
    pub(crate) fn start_in(env: TestEnv, proxy: Proxy) -> Self {
        let mut stack = Self::before(env, proxy, free_address().to_string());
        stack.start_serve();
        stack
    }

    /// Starts everything, `tokenctl serve` on a Unix socket.
    pub(crate) fn start_on_socket(proxy: Proxy) -> Self {
        let env = TestEnv::new();
        let auth = format!("unix:{}", env.path("auth.sock").display());
        let mut stack = Self::before(env, proxy, auth);
        stack.start_serve();
        stack
    }

    /// Starts the proxy and the service; `tokenctl serve` is not running, and nothing else listens on `auth` for it.
    pub(crate) fn before(env: TestEnv, proxy: Proxy, auth: String) -> Self {
        let service = Service::start();
        let front = free_address();
        let name = proxy.name();
        let printed = env
            .run(&format!(
                "proxy-config {name} --auth {auth} --upstream http://{} --listen {front}",
                service.address
            ))
            .succeeds();
        let process = Process::start(
            proxy.command(&env, &printed.stdout, front),
            &env,
            "proxy.out",
        );
        let stack = Self {
            env,
            proxy,
            service,
            auth,
            front,
            serve: None,
            _proxy: process,
        };
        stack.wait_until("the proxy listens", || TcpStream::connect(front).is_ok());
        // Traefik listens before it has read what to do, and knows nothing until then.
        let unready = b"404 page not found\n";
        stack.wait_until("the proxy is ready", || {
            proxy != Proxy::Traefik || stack.ask("GET /", &[]).body != unready
        });
        stack
    }

    /// Starts `tokenctl serve`.
    pub(crate) fn start_serve(&mut self) {
        let mut command = self.env.command(TOKENCTL);
        command.args([
            "serve",
            "--listen",
            &self.auth,
            "--profile",
            self.proxy.name(),
        ]);
        self.serve = Some(Process::start(command, &self.env, "serve.out"));
        self.wait_until("the server listens", || {
            match self.auth.strip_prefix("unix:") {
                Some(path) => UnixStream::connect(path).is_ok(),
                None => TcpStream::connect(&self.auth).is_ok(),
            }
        });
    }

    /// Kills `tokenctl serve`.
    pub(crate) fn stop_serve(&mut self) {
        self.serve = None;
    }

    /// Connects to the proxy.
    pub(crate) fn connect(&self) -> Connection {
        Connection::open(&self.front.to_string())
    }

    /// Sends one request to the proxy over a connection of its own.
    #[track_caller]
    pub(crate) fn ask(&self, request: &str, headers: &[String]) -> WireResponse {
        send(&mut self.connect(), request, headers, "")
    }

    fn wait_until(&self, what: &str, is_true: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !is_true() {
            assert!(
                Instant::now() < deadline,
                "{:?}: not in time: {what}\n{}",
                self.proxy,
                self.logs()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Returns what the programs have said, for those who read a failure.
    pub(crate) fn logs(&self) -> String {
        let read = |name: &&str| fs::read_to_string(self.env.path(name)).unwrap_or_default();
        ["proxy.log", "proxy.out", "serve.out"]
            .iter()
            .map(read)
            .collect()
    }
}

/// Sends a request with these header lines and a body, and returns the final answer.
#[track_caller]
pub(crate) fn send(
    connection: &mut Connection,
    request: &str,
    headers: &[String],
    body: &str,
) -> WireResponse {
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    let text = format!(
        "{request} HTTP/1.1\r\nHost: service.example\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    );
    connection.send(text.as_bytes()).unwrap();
    loop {
        let answer = connection.receive();
        let answer = answer.unwrap_or_else(|error| panic!("{request}, {headers:?}: {error}"));
        // What comes before the answer is none.
        if answer.status >= 200 {
            return answer;
        }
    }
}

/// An address on which nothing listens, and no other test will: each call has a host of its own, of which the loopback
/// interface has millions.
pub(crate) fn free_address() -> SocketAddr {
    static TAKEN: AtomicU16 = AtomicU16::new(1);
    let [high, low] = TAKEN.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let listener = TcpListener::bind((Ipv4Addr::new(127, 1, high, low), 0)).unwrap();
    listener.local_addr().unwrap()
}

/// A running program, killed when it is dropped.
struct Process(Child);

impl Process {
    fn start(mut command: Command, env: &TestEnv, log: &str) -> Self {
        let log = fs::File::create(env.path(log)).unwrap();
        command.stdout(log.try_clone().unwrap()).stderr(log);
        Self(command.spawn().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
