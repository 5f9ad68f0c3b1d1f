//! Handing a new secret over: once, and never half.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use tokenctl::secret::Secret;
use tokenctl::token::Token;
use zeroize::Zeroizing;

use super::cell::Cell;
use super::context::Context;
use super::exit::{CliError, Exit};
use super::mask::refuse_token;
use super::output::{Format, Undelivered};
use super::process::Stdout;
use super::token_record::{self, NEW_TOKEN, TOKEN};

/// The flags that say where a new secret goes.
#[derive(clap::Args)]
pub(crate) struct DeliveryArgs {
    /// Write the secret to this new file (0600) instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Print `Authorization: token SECRET`, for `curl -H @-` and `tokenctl verify`
    #[arg(long, conflicts_with = "out")]
    header: bool,
}

impl DeliveryArgs {
    /// Refuses flags by which nobody would see the secret, before anything is done.
    pub(crate) fn check(&self, context: &Context) -> Result<(), CliError> {
        if self.header && context.output.format() != Format::Table {
            return Err(CliError::usage(
                "`--header` prints text and cannot be used with another format",
            ));
        }
        if self.out.is_none() && context.stdout == Stdout::Closed {
            return Err(CliError::new(
                Exit::Output,
                "stdout is closed: nobody would see the secret",
            )
            .with_hint("nothing was done; write it to a file with `--out FILE`"));
        }
        if self.out.as_deref() == Some(Path::new("-")) {
            return Err(CliError::usage("`--out` names a file")
                .with_hint("leave it out: the secret goes to stdout"));
        }
        Ok(())
    }

    /// Makes the file, where one is named, so that one that cannot be made is found before there is a secret.
    pub(crate) fn prepare<'a>(&'a self, context: &'a Context) -> anyhow::Result<Delivery<'a>> {
        let file = self.out.as_deref();
        let file = file
            .map(|path| NewFile::create(path, context))
            .transpose()?;
        Ok(Delivery {
            file,
            prefix: if self.header {
                b"Authorization: token "
            } else {
                b""
            },
            context,
        })
    }
}

/// The way on which a new secret goes out. What was made for it is removed again unless it arrives.
pub(crate) struct Delivery<'a> {
    file: Option<NewFile<'a>>,
    prefix: &'static [u8],
    context: &'a Context,
}

impl Delivery<'_> {
    /// Hands `secret` of the new `token` over.
    pub(crate) fn hand_over(mut self, secret: &Secret, token: &Token) -> Result<(), Undelivered> {
        match &mut self.file {
            Some(file) => {
                file.write(secret)?;
                self.print_record(token, None)?;
            }
            None => self.print(secret, token)?,
        }
        if let Some(file) = self.file {
            file.keep();
        }
        Ok(())
    }

    /// Prints the secret: the one place that shows it, in one write.
    fn print(&self, secret: &Secret, token: &Token) -> Result<(), Undelivered> {
        let secret = secret.expose_secret();
        if self.context.output.format() != Format::Table {
            return self.print_record(token, Some(secret));
        }
        let line = [self.prefix, secret.as_bytes(), b"\n"].concat();
        self.context.output.raw(&Zeroizing::new(line))
    }

    /// Prints the record for machines; people are told on stderr.
    fn print_record(&self, token: &Token, secret: Option<&str>) -> Result<(), Undelivered> {
        let format = self.context.output.format();
        if format == Format::Table {
            return Ok(());
        }
        let mut row = token_record::cells(token, self.context.now(), self.context);
        let columns = match secret {
            None => TOKEN,
            Some(secret) => {
                row.push(Cell::from(secret));
                NEW_TOKEN
            }
        };
        // Every column is one of its own list.
        let selection = columns
            .choose(None, format)
            .map_err(|error| Undelivered::Failed(io::Error::other(error)))?;
        self.context.output.record(selection, row)
    }
}

/// A file that was made for the secret, and is removed again unless it is kept.
struct NewFile<'a> {
    path: &'a Path,
    file: File,
    kept: bool,
}

impl<'a> NewFile<'a> {
    fn create(path: &'a Path, context: &Context) -> anyhow::Result<Self> {
        refuse_token("the name of the file", &path.to_string_lossy())?;
        context.refuse_store_file(path)?;
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let file = made.map_err(|error| {
            let (exit, message, hint) = match error.kind() {
                io::ErrorKind::AlreadyExists => (
                    Exit::Conflict,
                    format!("`{}` exists already", path.display()),
                    "nothing was done: name a file that is not there yet",
                ),
                _ => (
                    Exit::Output,
                    format!("failed to create `{}`: {error}", path.display()),
                    "nothing was done: name a file that can be written",
                ),
            };
            CliError::new(exit, message).with_hint(hint)
        })?;
        Ok(Self {
            path,
            file,
            kept: false,
        })
    }

    fn write(&mut self, secret: &Secret) -> Result<(), Undelivered> {
        let line = Zeroizing::new([secret.expose_secret().as_bytes(), b"\n"].concat());
        self.file.write_all(&line)?;
        self.file.sync_all()?;
        // The name too: a token must not outlive the only file that has its secret.
        let directory = self
            .path
            .parent()
            .filter(|path| !path.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()?;
        Ok(())
    }

    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for NewFile<'_> {
    fn drop(&mut self) {
        if !self.kept {
            // It holds no secret of a live token: nothing is lost when this fails.
            let _ = fs::remove_file(self.path);
        }
    }
}
