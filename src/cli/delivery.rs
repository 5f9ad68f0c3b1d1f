//! Handing a new secret over: once, and never half.

use std::io::{self, Write as _};
use std::path::PathBuf;

use tokenctl::secret::Secret;
use tokenctl::token::Token;
use zeroize::Zeroizing;

use super::cell::Cell;
use super::context::Context;
use super::exit::{CliError, Exit};
use super::new_file::{NewFile, refuse_stdout};
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
        self.out
            .as_deref()
            .map_or(Ok(()), |path| refuse_stdout(path, "the secret"))
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
    pub(crate) fn hand_over(self, secret: &Secret, token: &Token) -> Result<(), Undelivered> {
        match &self.file {
            Some(file) => {
                let line = Zeroizing::new([secret.expose_secret().as_bytes(), b"\n"].concat());
                file.file()
                    .write_all(&line)
                    .and_then(|()| file.sync())
                    .map_err(Undelivered::FileFailed)?;
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
                row.push(Cell::Secret(Secret::new(secret.to_owned())));
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
