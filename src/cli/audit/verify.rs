use std::collections::BTreeSet;
use std::path::Path;

use tokenctl::change::{ChainBroken, ChainFault, ChainHead, NotAHead};
use tokenctl::history::{History, Verdict};

use super::super::context::Context;
use super::super::exit::{CliError, Exit};
use super::super::input;
use super::super::records::Columns;

/// The most that is read of a list of heads: ten thousand of them.
const HEADS_LIMIT: usize = 1 << 20;

#[derive(clap::Args)]
#[command(
    long_about = "Check that the chain of events is whole.\n\nEvery event is read once, and the first that was edited, removed, put in, \
                  moved or numbered anew is told, with exit 23. A chain whose end was cut off, or that was made anew \
                  from some event on, is whole by itself: it is found with --head, by a head that was kept elsewhere.",
    after_help = "Examples:\n  tokenctl audit verify\n  tokenctl audit verify --json\n  \
                  tokenctl audit verify --head - < /mnt/elsewhere/heads"
)]
pub(crate) struct Args {
    /// Require that the chain has this head, as `audit head` prints it; `-` reads any number of them from stdin, one
    /// a line
    #[arg(long, value_name = "SEQ:HASH|-")]
    head: Option<String>,
}

const WHOLE: Columns = Columns {
    all: &["events", "head"],
    table: &["events", "head"],
};

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let kept = match args.head.as_deref() {
        None => BTreeSet::new(),
        Some("-") => heads_from_stdin()?,
        Some(text) => BTreeSet::from([text
            .parse()
            .map_err(|error| CliError::usage(format!("bad value for `--head`: {error}")))?]),
    };
    match History::new(context.open()?).verify(&kept)? {
        Verdict::Whole(head) => {
            let row = vec![head.seq.into(), head.to_string().into()];
            let selection = WHOLE.choose(None, context.output.format())?;
            context.output.record(selection, row)?;
            if kept.is_empty() {
                context.output.hint(
                    "keep the head elsewhere: with `--head` it shows later that the end was not cut off",
                );
            }
            Ok(Exit::Ok)
        }
        Verdict::Broken(broken) => Err(of_broken(&broken).into()),
    }
}

fn of_broken(broken: &ChainBroken) -> CliError {
    let hint = match broken.fault {
        ChainFault::Replaced | ChainFault::Cut { .. } => {
            "keep a copy of the file as it is, and compare it with the events that were shipped elsewhere or are in a \
             backup"
                .to_owned()
        }
        _ if broken.after == 0 => {
            "keep a copy of the file as it is, and compare it with a backup".to_owned()
        }
        _ => format!(
            "the events up to number {} hold: keep a copy of the file as it is, and compare it with a backup",
            broken.after
        ),
    };
    CliError::new(
        Exit::Corrupt,
        format!("the chain of events is broken: {broken}"),
    )
    .with_hint(hint)
}

fn heads_from_stdin() -> anyhow::Result<BTreeSet<ChainHead>> {
    let content = input::read_file_or_stdin(Path::new("-"), HEADS_LIMIT)?;
    let bad = |message: String| CliError::new(Exit::Data, message).with_hint(NotAHead.to_string());
    let text = std::str::from_utf8(&content)
        .map_err(|_| bad("the heads are not UTF-8 text".to_owned()))?;
    let mut heads = BTreeSet::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let head = line
            .parse()
            .map_err(|_: NotAHead| bad(format!("line {number} of stdin is no head")))?;
        heads.insert(head);
    }
    // A list that got lost on the way must not pass for one that was compared.
    if heads.is_empty() {
        return Err(bad("there is no head on stdin".to_owned()).into());
    }
    Ok(heads)
}
