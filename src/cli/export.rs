use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use tokenctl::record::{Record, TokenRecord};
use tokenctl::selector::Selector;
use tokenctl::store::StoreError;
use tokenctl::transfer::lines::Writer;
use tokenctl::transfer::store::{Extent, Records};

use super::cell::Cell;
use super::context::Context;
use super::exit::{CliError, Exit};
use super::new_file::{NewFile, refuse_stdout};
use super::output::{Format, Undelivered};
use super::records::{Sink, cause, write_row};
use super::selectors::Selectors;
use super::token_record::{self, TOKEN_WITH_DIGEST};
use super::user::count;

#[derive(clap::Args)]
#[command(
    long_about = "Write users and tokens out, with digests and never a secret: no token can be made from an export, but whoever can \
                  write one that is imported decides who is let in.\n\nWithout flags that choose, all of the store is written: \
                  users, reserved names, tokens in any state, and what is left of removed ones. With them, the tokens that \
                  are chosen. The format is JSON Lines, for `tokenctl import tokenctl`; `--format csv` is for a \
                  spreadsheet, and holds tokens only. The history stays behind: `tokenctl audit list` ships it.",
    after_help = "Examples:\n  tokenctl export --out tokens.jsonl\n  tokenctl export --user alice | tokenctl import tokenctl - --store other.db\n  \
                  tokenctl export --format csv --state active > tokens.csv"
)]
pub(crate) struct Args {
    /// Write to this new file (0600) instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    selectors: Selectors,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    if let Some(Format::Table | Format::Json) = context.output.chosen_format() {
        return Err(CliError::usage("an export is JSON Lines, or CSV")
            .with_hint("leave the format out, or pass `--format csv`")
            .into());
    }
    if let Some(path) = &args.out {
        refuse_stdout(path, "the export")?;
    }
    let format = context.output.format();
    let authority = context.authority()?;
    let extent = match (args.selectors.is_empty(), format) {
        (true, Format::Csv) => Extent::Tokens(Selector::default()),
        (true, _) => Extent::Whole,
        (false, _) => Extent::Tokens(args.selectors.resolve(context, &authority)?),
    };
    let records = Records::of(authority.store().clone(), extent, context.now());
    let tokens = match &args.out {
        None => {
            let out = Sink::of(&context.output);
            let (tokens, out) =
                write(records, out, context).map_err(|error| error.of(Undelivered::from))?;
            out.deliver()?;
            tokens
        }
        Some(path) => {
            let unwritten = |error: io::Error| {
                let message = format!("failed to write `{}`: {error}", path.display());
                CliError::new(Exit::Output, message)
                    .with_hint("nothing was written: name a file that can be")
            };
            let file = NewFile::create(path, context)?;
            let (tokens, mut out) = write(records, BufWriter::new(file.file()), context)
                .map_err(|error| error.of(unwritten))?;
            out.flush().map_err(unwritten)?;
            drop(out);
            file.sync().map_err(unwritten)?;
            file.keep();
            tokens
        }
    };
    context
        .output
        .status(&format!("Wrote {}.", count(tokens, "token")));
    Ok(Exit::Ok)
}

/// Why an export came to no end.
enum Broken {
    Store(StoreError),
    Out(io::Error),
}

impl Broken {
    fn of<E>(self, out: impl FnOnce(io::Error) -> E) -> anyhow::Error
    where
        anyhow::Error: From<E>,
    {
        match self {
            Self::Store(error) => error.into(),
            Self::Out(error) => out(error).into(),
        }
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Out(error)
    }
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Writes `records`, and returns how many tokens there were and where they went.
fn write<W: Write>(records: Records, out: W, context: &Context) -> Result<(usize, W), Broken> {
    let mut tokens = 0;
    if context.output.format() == Format::Csv {
        let mut table = csv::Writer::from_writer(out);
        table.write_record(TOKEN_WITH_DIGEST.all).map_err(cause)?;
        for record in records {
            if let Record::Token(record) = record? {
                tokens += 1;
                write_row(&mut table, cells(&record, context).iter())?;
            }
        }
        let out = table
            .into_inner()
            .map_err(csv::IntoInnerError::into_error)?;
        return Ok((tokens, out));
    }
    let mut lines = Writer::begin(out, context.now())?;
    for record in records {
        let record = record?;
        tokens += usize::from(matches!(record, Record::Token(_)));
        lines.push(record)?;
    }
    Ok((tokens, lines.finish()?.1))
}

fn cells(record: &TokenRecord, context: &Context) -> Vec<Cell> {
    let mut cells = token_record::cells(&record.token, context.now(), context);
    cells.push(Cell::from(record.digest.to_text()));
    cells
}
