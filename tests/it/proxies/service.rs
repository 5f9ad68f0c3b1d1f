//! The service behind a proxy, which keeps what it is asked.

use std::io::{self, BufRead, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as it was on the wire: nothing is added, joined or put in order.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The request line.
    pub(crate) line: String,
    /// The headers in their order.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// Reads the next request, `None` where the connection ends instead.
    fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let first = line(from)?;
        if first.is_empty() {
            return Ok(None);
        }
        let mut seen = Self {
            line: first,
            headers: Vec::new(),
            body: Vec::new(),
        };
        while let Some((name, value)) = line(from)?.split_once(':') {
            let header = (name.to_owned(), value.trim().to_owned());
            seen.headers.push(header);
        }
        if let [length] = seen.by_any_spelling("content-length")[..] {
            seen.body = vec![0; length.parse().unwrap()];
            from.read_exact(&mut seen.body)?;
        }
        Ok(Some(seen))
    }

    /// Returns the values of all headers that a service behind CGI takes for `name`.
    pub(crate) fn by_any_spelling(&self, name: &str) -> Vec<&str> {
        let plain = |name: &str| name.to_ascii_lowercase().replace('_', "-");
        let is_meant = |header: &&(String, String)| plain(&header.0) == plain(name);
        let values = self.headers.iter().filter(is_meant);
        values.map(|(_, value)| value.as_str()).collect()
    }
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

/// Says `served` to everything.
pub(crate) struct Service {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Vec<Seen>>>,
}

impl Service {
    pub(super) fn start() -> Self {
        let asked: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let kept = Arc::clone(&asked);
        let address = listen(move |stream| {
            let mut stream = BufReader::new(stream);
            while let Ok(Some(seen)) = Seen::read(&mut stream) {
                kept.lock().unwrap().push(seen);
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nserved";
                if stream.get_mut().write_all(answer).is_err() {
                    return;
                }
            }
        });
        Self { address, asked }
    }

    /// Returns what it was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<Seen> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// Returns the one request that it got since the last time.
    #[track_caller]
    pub(crate) fn asked_once(&self) -> Seen {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked.remove(0)
    }

    /// Checks that no request has reached it.
    #[track_caller]
    pub(crate) fn was_not_asked(&self) {
        let asked = self.asked();
        assert!(asked.is_empty(), "{asked:?}");
    }
}

/// Serves each connection on a thread of its own, until the tests end.
pub(crate) fn listen(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let serve = Arc::clone(&serve);
            thread::spawn(move || serve(stream.unwrap()));
        }
    });
    address
}
