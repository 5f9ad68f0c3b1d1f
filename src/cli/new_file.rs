//! Files that are made for a secret or an export.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::context::Context;
use super::exit::{CliError, Exit};
use super::mask::refuse_token;

/// A file that is private from the start, and is removed again unless it is kept.
pub(crate) struct NewFile<'a> {
    path: &'a Path,
    file: File,
    kept: bool,
}

impl<'a> NewFile<'a> {
    /// Makes the file at `path`, where nothing may be yet.
    pub(crate) fn create(path: &'a Path, context: &Context) -> anyhow::Result<Self> {
        refuse_token("the name of the file", &path.to_string_lossy())?;
        context.refuse_store_file(path)?;
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let file = made.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => CliError::new(
                Exit::Conflict,
                format!("`{}` exists already", path.display()),
            )
            .with_hint("nothing was done: name a file that is not there yet"),
            _ => uncreated(path, &error),
        })?;
        Ok(Self {
            path,
            file,
            kept: false,
        })
    }

    /// Returns the file to write to.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Waits until what was written is on the medium. The name too: what is elsewhere must not outlive the only file
    /// that says what it is.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()?;
        sync_name(self.path)
    }

    /// Lets the file stay.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for NewFile<'_> {
    fn drop(&mut self) {
        if !self.kept {
            // It holds nothing that anybody relies on: nothing is lost when this fails.
            let _ = fs::remove_file(self.path);
        }
    }
}

/// Refuses an `--out` that looks like stdout, to which `what` goes without it.
pub(crate) fn refuse_stdout(path: &Path, what: &str) -> Result<(), CliError> {
    if path == Path::new("-") {
        return Err(CliError::usage("`--out` names a file")
            .with_hint(format!("leave it out: {what} goes to stdout")));
    }
    Ok(())
}

/// Returns the error of a file that cannot be made at `path`.
pub(crate) fn uncreated(path: &Path, error: &io::Error) -> CliError {
    CliError::new(
        Exit::Output,
        format!("failed to create `{}`: {error}", path.display()),
    )
    .with_hint("nothing was done: name a file that can be written")
}

/// Returns the directory in which a file at `path` is.
pub(crate) fn directory_of(path: &Path) -> &Path {
    let directory = path.parent().filter(|path| !path.as_os_str().is_empty());
    directory.unwrap_or(Path::new("."))
}

/// Waits until the name of the file at `path` is on the medium.
pub(crate) fn sync_name(path: &Path) -> io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}
