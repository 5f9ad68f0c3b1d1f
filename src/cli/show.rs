use tokenctl::token::Token;

use super::context::Context;
use super::exit::Exit;
use super::output::Format;
use super::token_record::{self, TOKEN, TOKEN_IN_WORDS};

#[derive(clap::Args)]
#[command(
    long_about = "Show one token in full, with what it may do in words.\n\nNothing of the secret is shown: it is not kept.",
    after_help = "Examples:\n  tokenctl show 7gk2m9x4qd\n  tokenctl show 7gk2 --json"
)]
pub(crate) struct Args {
    /// The id of the token, or at least its first 4 characters
    #[arg(value_name = "ID")]
    id: String,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let authority = context.authority()?;
    let token = authority.resolve(&args.id)?;
    let mut row = token_record::cells(&token, context.now(), context);
    let columns = if context.output.format() == Format::Table {
        row.push(rights(&token).into());
        TOKEN_IN_WORDS
    } else {
        TOKEN
    };
    let selection = columns.choose(None, context.output.format())?;
    context.output.record(selection, row)?;
    Ok(Exit::Ok)
}

/// Returns what `token` may do, in words.
pub(crate) fn rights(token: &Token) -> String {
    match token.policy.read() {
        Ok(policy) => policy.in_words().join("; "),
        Err(error) => format!("nothing: its stored policy is damaged ({error})"),
    }
}
