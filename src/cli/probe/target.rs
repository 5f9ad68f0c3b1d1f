//! What is probed: where to connect, and how a request is written for it.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::thread;
use std::time::{Duration, Instant};

use http::Uri;
use tokenctl::http::profile::{AUTH_PATH, Original, Profile};
use zeroize::Zeroizing;

use super::super::exit::{CliError, Exit};

/// The most of an answer that is read: its head is enough.
const MAX_HEAD: usize = 64 * 1024;

/// The most headers of an answer.
const MAX_HEADERS: usize = 128;

/// How long to wait before connecting again.
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// A request of the probe, as a client would send it.
pub(super) struct Ask {
    pub(super) method: &'static str,
    /// What follows the path of the target.
    pub(super) suffix: &'static str,
    pub(super) headers: Vec<(&'static str, Zeroizing<String>)>,
}

/// What is known of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The `WWW-Authenticate` headers.
    pub(super) challenges: Vec<String>,
}

/// A server or proxy to probe.
pub(super) struct Target {
    authority: String,
    path: String,
    profile: Option<Profile>,
    patience: Duration,
}

impl Target {
    /// Reads `http://HOST[:PORT][/PATH]`; with a `profile` it is `tokenctl serve` itself, asked as that proxy does.
    pub(super) fn parse(
        url: &str,
        profile: Option<Profile>,
        patience: Duration,
    ) -> Result<Self, CliError> {
        let bad = |hint: &str| CliError::usage("bad value for `URL`").with_hint(hint);
        let uri: Uri = url
            .parse()
            .map_err(|_| bad("it is written like `http://127.0.0.1:8000/api/`"))?;
        if uri.scheme_str() == Some("https") {
            return Err(bad(
                "the probe speaks HTTP in clear: run it where the proxy takes that, as on its own machine",
            ));
        }
        let (Some(authority), Some("http")) = (uri.authority(), uri.scheme_str()) else {
            return Err(bad("it is written like `http://127.0.0.1:8000/api/`"));
        };
        if uri.query().is_some() || authority.as_str().contains('@') {
            return Err(bad("it has neither a query nor a user"));
        }
        let port = authority.port_u16().unwrap_or(80);
        Ok(Self {
            authority: format!("{}:{port}", authority.host()),
            path: uri.path().to_owned(),
            profile,
            patience,
        })
    }

    /// Returns whether it is `tokenctl serve` itself.
    pub(super) fn is_server(&self) -> bool {
        self.profile.is_some()
    }

    /// Sends `ask` over a connection of its own, and reads the head of the answer.
    pub(super) fn ask(&self, ask: &Ask) -> io::Result<Answer> {
        let mut stream = self.connect()?;
        let request = self.written(ask);
        // A server that has read enough may answer and hang up before it has read all.
        let sent = stream.write_all(&request);
        let answer = read_answer(&mut stream);
        match (answer, sent) {
            (Err(_), Err(error)) => Err(error),
            (answer, _) => answer,
        }
    }

    /// Connects; a server that is about to start has as long as an answer may take.
    fn connect(&self) -> io::Result<TcpStream> {
        let deadline = Instant::now() + self.patience;
        loop {
            match self.connect_once() {
                Err(error)
                    if error.kind() == ErrorKind::ConnectionRefused
                        && Instant::now() < deadline =>
                {
                    thread::sleep(BETWEEN_TRIES);
                }
                connected => return connected,
            }
        }
    }

    fn connect_once(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::from(ErrorKind::NotFound);
        for address in self.authority.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, self.patience) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(self.patience))?;
                    stream.set_write_timeout(Some(self.patience))?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn written(&self, ask: &Ask) -> Zeroizing<Vec<u8>> {
        let original = match ask.suffix {
            "" => self.path.clone(),
            suffix => format!("{}{suffix}", self.path.trim_end_matches('/')),
        };
        let mut headers = Vec::new();
        let (method, target) = match self.profile.map(Profile::original) {
            None => (ask.method, original),
            Some(Original::Request) => (ask.method, format!("{AUTH_PATH}{original}")),
            Some(Original::Headers { method, uri }) => {
                headers.push((method, ask.method.to_owned()));
                headers.push((uri, original));
                ("GET", AUTH_PATH.to_owned())
            }
        };
        let own = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let given = ask
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let mut request = Zeroizing::new(Vec::with_capacity(128 * 1024));
        let mut add = |part: &str| request.extend_from_slice(part.as_bytes());
        for part in [method, " ", &target, " HTTP/1.1\r\nHost: ", &self.authority] {
            add(part);
        }
        add("\r\nConnection: close\r\nUser-Agent: tokenctl-probe\r\n");
        for (name, value) in own.chain(given) {
            for part in [name, ": ", value, "\r\n"] {
                add(part);
            }
        }
        if !matches!(method, "GET" | "HEAD") {
            add("Content-Length: 0\r\n");
        }
        add("\r\n");
        request
    }
}

fn read_answer(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut head = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if let Some(answer) = parse(&head)? {
            return Ok(answer);
        }
        let length = stream.read(&mut chunk)?;
        if length == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if head.len() > MAX_HEAD {
            return Err(io::Error::other("the head of the answer is too long"));
        }
        head.extend_from_slice(chunk.get(..length).unwrap_or_default());
    }
}

/// Reads the head of an answer; `None` when there is more to come.
fn parse(head: &[u8]) -> io::Result<Option<Answer>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(head).map_err(io::Error::other)?;
    let (true, Some(status)) = (parsed.is_complete(), response.code) else {
        return Ok(None);
    };
    let challenges = response
        .headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case("www-authenticate"))
        .map(|header| String::from_utf8_lossy(header.value).into_owned())
        .collect();
    Ok(Some(Answer { status, challenges }))
}

/// Makes the error of a target that does not answer.
pub(super) fn unreachable(error: &io::Error) -> CliError {
    CliError::new(Exit::Input, format!("no answer: {error}"))
        .with_hint("check the address, and that the server runs")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str, profile: Option<Profile>) -> Result<Target, CliError> {
        Target::parse(url, profile, Duration::from_secs(1))
    }

    fn ask() -> Ask {
        Ask {
            method: "POST",
            suffix: "/x",
            headers: vec![("Authorization", Zeroizing::new("token t".to_owned()))],
        }
    }

    #[test]
    fn only_plain_http_urls_are_targets() {
        for url in [
            "",
            "127.0.0.1:80",
            "/path",
            "https://example.com",
            "ftp://example.com",
            "http://u@example.com",
            "http://example.com/?a=b",
            "http://",
        ] {
            let told = target(url, None).err().map(|error| error.exit);
            assert_eq!(told, Some(Exit::Usage), "{url}");
        }
    }

    #[test]
    fn request_is_written_as_a_client_or_as_a_proxy() {
        let written = |profile| {
            let target = target("http://example.com/api/", profile).unwrap();
            String::from_utf8(target.written(&ask()).to_vec()).unwrap()
        };
        let client = written(None);
        assert!(client.starts_with("POST /api/x HTTP/1.1\r\nHost: example.com:80\r\n"));
        assert!(client.ends_with("Authorization: token t\r\nContent-Length: 0\r\n\r\n"));
        let nginx = written(Some(Profile::Nginx));
        assert!(nginx.starts_with("GET /auth HTTP/1.1\r\n"));
        assert!(nginx.contains("X-Original-Method: POST\r\nX-Original-URI: /api/x\r\n"));
        assert!(written(Some(Profile::Envoy)).starts_with("POST /auth/api/x HTTP/1.1\r\n"));
    }

    #[test]
    fn head_of_an_answer_is_read_whole() {
        let text = b"HTTP/1.1 401 No\r\nWWW-Authenticate: a\r\nwww-authenticate: b\r\n\r\nbody";
        for end in 0..text.len() - 4 {
            assert_eq!(parse(&text[..end]).unwrap(), None, "{end}");
        }
        let answer = parse(text).unwrap().unwrap();
        assert_eq!((answer.status, answer.challenges.len()), (401, 2));
        assert!(parse(b"SSH-2.0 x\r\n\r\n").is_err());
    }
}
