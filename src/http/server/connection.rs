//! Sockets, threads and connections: from a listener to a request with its peer, and back to rest.

use std::fmt;
use std::io;
use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use tower_service::Service as _;

use super::super::proxies::Peer;
use super::{Limits, Server};

/// How long to wait before accepting again when that fails: for want of descriptors, say.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// How long a thread with more than its share of the connections leaves new ones to the others.
const AFTER_YOU: Duration = Duration::from_millis(1);

/// Where a server listens.
#[derive(Debug)]
// Exhaustive: a server listens on one or the other.
pub enum Listener {
    /// On an address.
    Tcp(TcpListener),
    /// On a unix socket, whose mode says who may connect.
    Unix(UnixListener),
}

impl Listener {
    fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                listener.try_clone().map(Self::Tcp)
            }
            Self::Unix(listener) => {
                listener.set_nonblocking(true)?;
                listener.try_clone().map(Self::Unix)
            }
        }
    }
}

/// A server at work. Dropping it stops it too, without waiting.
#[derive(Debug)]
#[must_use]
pub struct Running {
    stop: watch::Sender<bool>,
    workers: Vec<JoinHandle<()>>,
}

impl Running {
    /// Accepts no more connections, ends those that are idle, and waits for requests under way, at most
    /// [`Limits::stop_time`].
    pub fn stop(self) {
        let _ = self.stop.send(true);
        for worker in self.workers {
            // A panic in it has been reported already.
            let _ = worker.join();
        }
    }
}

impl Server {
    /// Begins to serve `listener` with this many threads, each with a runtime of its own: a request is answered where
    /// it was read.
    ///
    /// # Errors
    ///
    /// The system's error when it gives no thread or no second handle to the socket.
    pub fn run(self, listener: &Listener, workers: NonZeroUsize) -> io::Result<Running> {
        let (stop, stopped) = watch::channel(false);
        let slots = Arc::new(Semaphore::new(
            self.limits.connections.clamp(1, Semaphore::MAX_PERMITS),
        ));
        let server = Arc::new(self);
        let mut running = Running {
            stop,
            workers: Vec::with_capacity(workers.get()),
        };
        for number in 1..=workers.get() {
            let worker = Worker {
                router: server.router(),
                server: Arc::clone(&server),
                slots: Arc::clone(&slots),
                workers,
                stopped: stopped.clone(),
            };
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .enable_time()
                .build()?;
            let socket = {
                let _entered = runtime.enter();
                Socket::of(listener.try_clone()?)?
            };
            let thread = thread::Builder::new()
                .name(format!("tokenctl-http-{number}"))
                .spawn(move || {
                    runtime.block_on(worker.work(socket));
                    // A revocation that still waits for its turn was promised to nobody: its connection is cut.
                    runtime.shutdown_background();
                })?;
            running.workers.push(thread);
        }
        Ok(running)
    }
}

/// One thread of a server.
struct Worker {
    server: Arc<Server>,
    router: Router,
    slots: Arc<Semaphore>,
    workers: NonZeroUsize,
    stopped: watch::Receiver<bool>,
}

impl Worker {
    async fn work(self, socket: Socket) {
        let mut connections = JoinSet::new();
        let mut stopped = self.stopped.clone();
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&socket) => accepted,
                () = stop_is_asked(&mut stopped) => break,
            };
            match accepted {
                Ok((stream, peer, slot)) => self.spawn(&mut connections, stream, peer, slot),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
            while connections.try_join_next().is_some() {}
            // The other threads accept from the same socket: let them have their share. Connections live long, and
            // the thread that is first at one would be first at most.
            if connections.len() > self.share() {
                tokio::time::sleep(AFTER_YOU).await;
            } else {
                tokio::task::yield_now().await;
            }
        }
        // Who comes now is refused at once, and can go elsewhere.
        drop(socket);
        let rest = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(self.server.limits.stop_time, rest)
            .await
            .is_err()
        {
            tracing::warn!("connections were cut off as their requests did not end");
        }
    }

    /// Returns how many of the slots that are taken would be this thread's if all had as many.
    fn share(&self) -> usize {
        let free = self.slots.available_permits();
        let taken = self.server.limits.connections.saturating_sub(free);
        taken.div_ceil(self.workers.get())
    }

    /// Accepts a connection once there is a slot for it.
    async fn accept(&self, socket: &Socket) -> io::Result<(Stream, Peer, OwnedSemaphorePermit)> {
        let slot = Arc::clone(&self.slots).acquire_owned().await;
        let slot = slot.map_err(io::Error::other)?;
        let (stream, peer) = socket.accept().await?;
        Ok((stream, peer, slot))
    }

    fn spawn(
        &self,
        connections: &mut JoinSet<()>,
        stream: Stream,
        peer: Peer,
        slot: OwnedSemaphorePermit,
    ) {
        let server = Arc::clone(&self.server);
        let router = self.router.clone();
        let stopped = self.stopped.clone();
        connections.spawn(async move {
            let _open = Counted::new(&server);
            match stream {
                Stream::Tcp(stream) => {
                    // Answers are small: they must not wait for more to send.
                    let _ = stream.set_nodelay(true);
                    serve(stream, peer, router, &server.limits, stopped).await;
                }
                Stream::Unix(stream) => {
                    serve(stream, peer, router, &server.limits, stopped).await;
                }
            }
            drop(slot);
        });
    }
}

/// Serves one connection until either side ends it.
async fn serve(
    stream: impl AsyncRead + AsyncWrite,
    peer: Peer,
    router: Router,
    limits: &Limits,
    mut stopped: watch::Receiver<bool>,
) {
    // A client that does not read what it asked for must not keep its place.
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write_time));
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        // A router is always ready.
        router.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_headers(limits.headers)
        .max_buf_size(limits.header_bytes.max(8 * 1024))
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop_is_asked(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

/// Waits until the server is stopped, or dropped.
async fn stop_is_asked(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Counts a connection while it is open.
struct Counted<'s>(&'s Server);

impl<'s> Counted<'s> {
    fn new(server: &'s Server) -> Self {
        server.metrics.connections().inc();
        Self(server)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.metrics.connections().dec();
    }
}

/// A listener inside a runtime.
enum Socket {
    Tcp(tokio::net::TcpListener),
    Unix(tokio::net::UnixListener),
}

enum Stream {
    Tcp(tokio::net::TcpStream),
    Unix(tokio::net::UnixStream),
}

impl Socket {
    fn of(listener: Listener) -> io::Result<Self> {
        match listener {
            Listener::Tcp(listener) => tokio::net::TcpListener::from_std(listener).map(Self::Tcp),
            Listener::Unix(listener) => {
                tokio::net::UnixListener::from_std(listener).map(Self::Unix)
            }
        }
    }

    async fn accept(&self) -> io::Result<(Stream, Peer)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                let peer = Peer::Address(address.ip().to_canonical());
                Ok((Stream::Tcp(stream), peer))
            }
            Self::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok((Stream::Unix(stream), Peer::Unix))
            }
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("profile", &self.auth.profile)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
