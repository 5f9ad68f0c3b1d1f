use tokenctl::change::{ChainHead, Event};
use tokenctl::history::History;

use super::super::context::Context;
use super::super::exit::{CliError, Exit};
use super::super::output::Format;
use super::super::records::Columns;

#[derive(clap::Args)]
#[command(
    long_about = "Print the head of the chain, to keep elsewhere.\n\nIt is the number and the hash of the newest event, `SEQ:HASH`; of a store in \
                  which nothing was changed yet, `0:` and 64 zeros. Kept where those who can write the store cannot, it \
                  lets `audit verify --head` find a chain that was cut or made anew.",
    after_help = "Examples:\n  tokenctl audit head\n  tokenctl audit head >> /mnt/elsewhere/heads\n  tokenctl audit head --json"
)]
pub(crate) struct Args {}

const HEAD: Columns = Columns {
    all: &["head", "seq", "hash", "time"],
    table: &["head"],
};

pub(crate) fn run(_: Args, context: &Context) -> anyhow::Result<Exit> {
    let newest = History::new(context.open()?).newest()?;
    if newest
        .as_ref()
        .is_some_and(|event| event.hash != event.expected_hash())
    {
        return Err(CliError::new(
            Exit::Corrupt,
            "the newest event was changed: what it says does not match its hash",
        )
        .with_hint("`tokenctl audit verify` finds the first event that does not hold")
        .into());
    }
    let head = newest.as_ref().map(ChainHead::of).unwrap_or_default();
    let text = head.to_string();
    if context.output.format() == Format::Table {
        context.output.line(&text)?;
        return Ok(Exit::Ok);
    }
    let hash = text.split_once(':').map(|(_, hash)| hash.to_owned());
    let row = vec![
        text.as_str().into(),
        head.seq.into(),
        hash.into(),
        newest.as_ref().map(|event: &Event| event.at).into(),
    ];
    let selection = HEAD.choose(None, context.output.format())?;
    context.output.record(selection, row)?;
    Ok(Exit::Ok)
}
