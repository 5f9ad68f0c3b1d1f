use clap::ValueEnum;
use tokenctl::selector::{Listing, SortKey};
use tokenctl::token_id::TokenId;

use super::context::Context;
use super::exit::{CliError, Exit};
use super::output::{Format, Undelivered};
use super::selectors::Selectors;
use super::token_record::{self, TOKEN};
use super::user::count;

#[derive(clap::Args)]
#[command(
    long_about = "List tokens.\n\nAll of them are listed, dead ones too, unless flags choose some. With --limit a page is listed, and \
                  stderr says how to go on.",
    after_help = "Examples:\n  tokenctl list --user alice --state active\n  \
                  tokenctl list --expiring-within 7d --exit-code\n  \
                  tokenctl list --sort expires --limit 50 --format csv --columns id,user,expires_at"
)]
pub(crate) struct Args {
    #[command(flatten)]
    selectors: Selectors,

    /// Order the list by this; equal ones come in the order of their issue
    #[arg(
        long,
        value_name = "KEY",
        default_value = "created",
        help_heading = "Arrange the list"
    )]
    sort: Sort,

    /// Reverse the order
    #[arg(long, help_heading = "Arrange the list")]
    reverse: bool,

    /// List at most this many
    #[arg(long, value_name = "N", value_parser = parse_limit, allow_hyphen_values = true, help_heading = "Arrange the list")]
    limit: Option<u32>,

    /// Continue after this token, the last one of the page before
    #[arg(long, value_name = "ID", help_heading = "Arrange the list")]
    after: Option<String>,

    /// Show these fields, in this order; the names are those of --json
    #[arg(long, value_name = "FIELD,...", help_heading = "Arrange the list")]
    columns: Option<String>,

    /// End `--format jsonl` with a line that holds the id for --after, or null on the last page
    #[arg(long, help_heading = "Arrange the list")]
    cursor: bool,

    /// Exit with 17 when a token is listed, for cron
    #[arg(long, help_heading = "Arrange the list")]
    exit_code: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Sort {
    Created,
    Expires,
    LastUsed,
    User,
    Id,
}

impl From<Sort> for SortKey {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Created => Self::Created,
            Sort::Expires => Self::Expires,
            Sort::LastUsed => Self::LastUsed,
            Sort::User => Self::User,
            Sort::Id => Self::Id,
        }
    }
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let mut listed = 0;
    match list(&args, context, &mut listed) {
        // Something was found, whether or not it was read to the end: a decision keeps its code.
        Err(error) if args.exit_code && listed > 0 && is_reader_gone(&error) => {}
        other => other?,
    }
    Ok(if args.exit_code && listed > 0 {
        Exit::Found
    } else {
        Exit::Ok
    })
}

fn is_reader_gone(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Undelivered::ReaderGone))
}

/// Prints the list, and counts in `listed` how much of it there is.
fn list(args: &Args, context: &Context, listed: &mut usize) -> anyhow::Result<()> {
    let format = context.output.format();
    if args.cursor && format != Format::Jsonl {
        return Err(CliError::usage("`--cursor` needs `--format jsonl`").into());
    }
    let selection = TOKEN.choose(args.columns.as_deref(), format)?;
    let authority = context.authority()?;
    let mut listing = Listing::of(args.selectors.resolve(context, &authority)?);
    listing.sort = args.sort.into();
    listing.descending = args.reverse;
    listing.after = args.after.as_deref().map(cursor).transpose()?;

    let limit = args.limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    let mut tokens = authority.list(listing, context.now());
    let mut records = context.output.records(selection);
    let mut last = None;
    for token in tokens.by_ref().take(limit) {
        let token = token?;
        *listed += 1;
        records.push(&token_record::cells(&token, context.now(), context))?;
        last = Some(token.id);
    }
    // The cursor is worth telling only when something follows it.
    let more = *listed == limit && tokens.next().transpose()?.is_some();
    let next = last.filter(|_| more);
    records.finish()?;
    if args.cursor {
        context
            .output
            .json(&serde_json::json!({ "cursor": next }))?;
    }
    context.output.status(&count(*listed, "token"));
    if let Some(next) = next {
        context
            .output
            .hint(&format!("more follow with `--after {next}`"));
    }
    Ok(())
}

pub(crate) fn parse_limit(text: &str) -> Result<u32, CliError> {
    match text.parse() {
        Ok(0) | Err(_) => Err(CliError::usage("a whole number from 1 on is expected")),
        Ok(limit) => Ok(limit),
    }
}

fn cursor(text: &str) -> Result<TokenId, CliError> {
    TokenId::parse(text)
        .map_err(|error| CliError::usage(format!("bad value for `--after`: {error}")))
}
