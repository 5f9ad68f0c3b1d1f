//! Texts that are read from their beginning to their end while the store waits.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::Path;

use anyhow::Context as _;

use super::super::exit::{CliError, Exit};
use super::super::input::Stdin;
use super::super::policy_file::name;

/// Opens `path`, or stdin for `-`.
///
/// What is not a plain file is read to its end first, into a file without a name: whoever writes it may be slow, and the
/// store is locked meanwhile.
pub(super) fn open(path: &Path) -> anyhow::Result<File> {
    let unread = || {
        CliError::new(Exit::Input, format!("failed to read `{}`", name(path)))
            .with_hint("nothing was brought in: name a file that can be read")
    };
    let mut file = if path == Path::new("-") {
        spool(&mut Stdin).with_context(unread)?
    } else {
        let mut file = File::open(path).with_context(unread)?;
        let kind = file.metadata().with_context(unread)?.file_type();
        if kind.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory)).with_context(unread);
        }
        match kind.is_file() {
            true => file,
            false => spool(&mut file).with_context(unread)?,
        }
    };
    let mut begin = Vec::new();
    (&mut file)
        .take(16)
        .read_to_end(&mut begin)
        .with_context(unread)?;
    if begin == b"SQLite format 3\0" {
        let message = format!("`{}` is a database, not a text", name(path));
        return Err(CliError::new(Exit::Data, message)
            .with_hint("nothing was brought in: name the system that it is of, such as `djblets`; a store of ours is read by `tokenctl copy`")
            .into());
    }
    file.rewind().with_context(unread)?;
    Ok(file)
}

fn spool(input: &mut impl io::Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(input, &mut file)?;
    file.rewind()?;
    Ok(file)
}
