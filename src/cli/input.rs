//! What is read from stdin and from files that the operator names.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::Context as _;
use zeroize::{Zeroize as _, Zeroizing};

use super::exit::{CliError, Exit};
use super::prompt::Prompt;

/// The longest header or secret that is looked at; a longer one is malformed.
pub(crate) const SECRET_LIMIT: usize = 8 * 1024;

/// The largest policy document.
pub(crate) const POLICY_LIMIT: usize = 64 * 1024;

/// Reads a secret or a header from stdin to its end and drops one line break there.
///
/// The result is longer than [`SECRET_LIMIT`] if and only if the input was; what lies beyond is read and thrown
/// away, so that the writing half of a pipe does not fail. No copy stays in a buffer of the standard library.
fn read_secret() -> anyhow::Result<Zeroizing<Vec<u8>>> {
    read_capped(&mut Stdin, SECRET_LIMIT).context(
        CliError::new(Exit::Input, "failed to read stdin")
            .with_hint("nothing was done: see to what is behind it"),
    )
}

/// Asks somebody for a secret or a header without echo, or reads stdin where there is nobody.
pub(crate) fn ask_secret(
    prompt: Option<Prompt<'_>>,
    title: &str,
) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    match prompt {
        Some(prompt) => {
            let typed = prompt.hidden(title)?;
            Ok(Zeroizing::new(typed.expose_secret().as_bytes().to_vec()))
        }
        None => read_secret(),
    }
}

/// Reads `path`, or stdin for `-`, of at most `limit` bytes.
///
/// # Errors
///
/// A file that cannot be read is [`Exit::Input`], a larger one [`Exit::Data`].
pub(crate) fn read_file_or_stdin(path: &Path, limit: usize) -> anyhow::Result<Vec<u8>> {
    let name = if path == Path::new("-") {
        "stdin".to_owned()
    } else {
        format!("`{}`", path.display())
    };
    let unread = || {
        CliError::new(Exit::Input, format!("failed to read {name}"))
            .with_hint("nothing was done: name a file that can be read")
    };
    let most = u64::try_from(limit.saturating_add(1)).unwrap_or(u64::MAX);
    let mut content = Vec::new();
    let read = if path == Path::new("-") {
        let read = Stdin.take(most).read_to_end(&mut content);
        read.and_then(|_| io::copy(&mut Stdin, &mut io::sink()))
    } else {
        File::open(path).and_then(|file| {
            file.take(most)
                .read_to_end(&mut content)
                .map(|_| u64::default())
        })
    };
    read.with_context(unread)?;
    if content.len() > limit {
        let message = format!(
            "{name} is larger than the {} KiB that are accepted",
            limit / 1024
        );
        return Err(CliError::new(Exit::Data, message)
            .with_hint("nothing was done: name a smaller file, or split it")
            .into());
    }
    Ok(content)
}

/// Reads one line that was typed at a terminal, which gives a whole line at a time.
pub(crate) fn read_line(source: &mut impl Read, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(vec![0; limit]);
    let length = read_once(source, &mut line)?;
    line.truncate(length);
    drop_line_break(&mut line);
    Ok(line)
}

/// Reads what there is, of a terminal one line, and returns how much it was.
pub(crate) fn read_once(source: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(room) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Reads `source` to its end into one buffer that never grows.
fn read_capped(source: &mut impl Read, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    // Room for a line break, and for one byte that shows that there was more.
    let mut content = Zeroizing::new(vec![0; limit.saturating_add(3)]);
    let mut length = 0_usize;
    while let Some(room) = content.get_mut(length..).filter(|room| !room.is_empty()) {
        match source.read(room) {
            Ok(0) => break,
            Ok(count) => length = length.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if length == content.len() {
        discard(source)?;
        return Ok(content);
    }
    content.truncate(length);
    drop_line_break(&mut content);
    Ok(content)
}

/// Drops one line break at the end, where it is there.
pub(crate) fn drop_line_break(content: &mut Vec<u8>) {
    if content.last() == Some(&b'\n') {
        content.pop();
        if content.last() == Some(&b'\r') {
            content.pop();
        }
    }
}

fn discard(source: &mut impl Read) -> io::Result<()> {
    let mut rest = Zeroizing::new([0; 4096]);
    loop {
        match source.read(&mut *rest) {
            Ok(0) => break,
            Ok(_) => rest.zeroize(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The file behind stdin, without the buffer of the standard library, which keeps what it has read.
pub(crate) struct Stdin;

impl Read for Stdin {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(io::stdin(), room)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, with interruptions.
    struct Slow<'a>(&'a [u8], bool);

    impl Read for Slow<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            self.0.read(&mut room[..1])
        }
    }

    fn capped(input: &[u8]) -> Vec<u8> {
        let slow = read_capped(&mut Slow(input, false), 4).unwrap();
        let mut rest = input;
        let fast = read_capped(&mut rest, 4).unwrap();
        assert!(rest.is_empty(), "read to the end");
        assert_eq!(slow, fast);
        fast.to_vec()
    }

    #[test]
    fn one_line_break_is_dropped() {
        for (input, content) in [
            (&b""[..], &b""[..]),
            (b"ab", b"ab"),
            (b"ab\n", b"ab"),
            (b"ab\r\n", b"ab"),
            (b"ab\n\n", b"ab\n"),
            (b"ab\r", b"ab\r"),
            (b"\n", b""),
            (b"a b ", b"a b "),
            (b"abcd\r\n", b"abcd"),
        ] {
            assert_eq!(capped(input), content);
        }
    }

    #[test]
    fn longer_input_is_seen_to_be_longer_and_never_kept() {
        for input in [
            &b"abcde"[..],
            b"abcde\n",
            b"abcde\r\n",
            b"abcdefg",
            &[b'x'; 10_000],
        ] {
            let content = capped(input);
            assert!(content.len() > 4 && content.len() <= 7, "{}", content.len());
        }
    }

    #[test]
    fn files_are_read_up_to_a_limit() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("policy.json");
        let exit = |limit| {
            let error = read_file_or_stdin(&path, limit).unwrap_err();
            error.downcast_ref::<CliError>().unwrap().exit
        };
        assert_eq!(exit(4), Exit::Input);
        std::fs::write(&path, "{}\n").unwrap();
        assert_eq!(read_file_or_stdin(&path, 3).unwrap(), b"{}\n");
        assert_eq!(exit(2), Exit::Data);
        let error = read_file_or_stdin(directory.path(), 3).unwrap_err();
        assert_eq!(error.downcast_ref::<CliError>().unwrap().exit, Exit::Input);
    }
}
