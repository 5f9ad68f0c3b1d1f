//! HTTP/1.1 as bytes over a socket: tests see what a server really sends, and send what no client would.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// Longer than any answer takes; who waits as long waits for nothing.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that stays open from one request to the next.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Connects to `address`, such as `127.0.0.1:8080`.
    pub(crate) fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// Sends a request without a body, and reads the response.
    pub(crate) fn ask(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
    ) -> WireResponse {
        let mut request = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n");
        for (name, value) in headers {
            request = format!("{request}{name}: {value}\r\n");
        }
        if method == "POST" {
            request.push_str("Content-Length: 0\r\n");
        }
        self.send(format!("{request}\r\n").as_bytes()).unwrap();
        self.receive().unwrap()
    }

    /// Sends these bytes and no others.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Says that nothing more is sent; what is answered can still be read.
    pub(crate) fn hang_up(&mut self) -> io::Result<()> {
        self.stream.get_mut().shutdown(Shutdown::Write)
    }

    /// Reads one response to a request other than `HEAD`: its body is as long as its headers say, or goes on to the
    /// end of the connection.
    pub(crate) fn receive(&mut self) -> io::Result<WireResponse> {
        let mut response = self.receive_head()?;
        response.body = self.body(&response)?;
        Ok(response)
    }

    /// Reads the head of one response, all there is of one to `HEAD`.
    pub(crate) fn receive_head(&mut self) -> io::Result<WireResponse> {
        let status_line = self.line()?;
        let mut words = status_line.split(' ');
        let version = words.next().unwrap_or_default();
        let status = words.next().and_then(|status| status.parse().ok());
        let (true, Some(status)) = (version.starts_with("HTTP/1."), status) else {
            return Err(broken(&status_line));
        };
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| broken(&line))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok(WireResponse {
            status,
            headers,
            body: Vec::new(),
        })
    }

    fn body(&mut self, response: &WireResponse) -> io::Result<Vec<u8>> {
        if matches!(response.status, 100..=199 | 204 | 304) {
            return Ok(Vec::new());
        }
        if response.header("transfer-encoding") == Some("chunked") {
            return self.chunks();
        }
        let Some(length) = response.header("content-length") else {
            let mut body = Vec::new();
            self.stream.read_to_end(&mut body)?;
            return Ok(body);
        };
        self.exactly(length.parse().map_err(|_| broken(length))?)
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let size = line.split(';').next().unwrap_or_default();
            let size = usize::from_str_radix(size, 16).map_err(|_| broken(&line))?;
            if size == 0 {
                while !self.line()?.is_empty() {}
                return Ok(body);
            }
            body.extend(self.exactly(size)?);
            let end = self.line()?;
            if !end.is_empty() {
                return Err(broken(&end));
            }
        }
    }

    fn exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line)?;
        let text = String::from_utf8_lossy(&line).into_owned();
        match text.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None if text.is_empty() => Err(ErrorKind::UnexpectedEof.into()),
            None => Err(broken(&text)),
        }
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("not HTTP/1.1: {what:?}"))
}

/// What a server sent.
#[derive(Debug)]
pub(crate) struct WireResponse {
    pub(crate) status: u16,
    /// Names in lower case, and values, in order.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl WireResponse {
    /// Returns the value of the only header `name`, which is in lower case.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(header, _)| header == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "two headers {name}: {self:?}");
        value
    }

    /// Returns the body, which has to be text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Returns a connection to a server that sends `bytes` and hangs up.
    fn sent(bytes: &'static [u8]) -> Connection {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || listener.accept().unwrap().0.write_all(bytes).unwrap());
        let connection = Connection::open(&address.to_string());
        server.join().unwrap();
        connection
    }

    #[test]
    fn responses_of_one_connection_are_told_apart() {
        let mut connection = sent(
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none\
              HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\nA: b\r\n\r\n2;x=y\r\ntw\r\n1\r\no\r\n0\r\n\r\n\
              HTTP/1.1 204 No Content\r\n\r\n\
              HTTP/1.0 200 OK\r\n\r\nthree",
        );
        let seen: Vec<_> = std::iter::from_fn(|| connection.receive().ok())
            .map(|response| (response.status, response.text().to_owned()))
            .collect();
        let expected = [(200, "one"), (404, "two"), (204, ""), (200, "three")];
        assert_eq!(
            seen,
            expected.map(|(status, body)| (status, body.to_owned()))
        );
    }

    #[test]
    fn broken_responses_are_errors() {
        for bytes in [
            b"" as &'static [u8],
            b"HTTP/1.1 200 OK",
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.1 OK\r\n\r\n",
            b"SSH-2.0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        ] {
            let received = sent(bytes).receive();
            assert!(received.is_err(), "{received:?}");
        }
    }
}
