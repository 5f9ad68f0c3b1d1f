use jiff::Timestamp;
use tokenctl::clock::whole_second;
use tokenctl::extension::{Extension, ExtensionError};
use tokenctl::token::Token;

use super::choice::{Asks, Choice, Deed, summary};
use super::context::Context;
use super::exit::Exit;
use super::when;

#[derive(clap::Args)]
#[command(
    long_about = "Move the end of tokens to later.\n\nTokens are named by id or chosen by flags; all together are extended, or none. By id \
                  nothing is asked, and a token that may not have that end is refused (exit 4); chosen by flags it is \
                  left as it is, and counted.\n\nNo end lies beyond `issue.max_lifetime`, counted from now. A revoked or rotated token \
                  stays so; an expired one lives again with --expired-too alone, and its history says so. An earlier \
                  end is set by restrict.",
    after_help = "Examples:\n  tokenctl extend 7gk2m9x4qd --expires 90d\n  \
                  tokenctl extend --user alice --expiring-within 7d --expires 30d --yes\n  \
                  tokenctl extend 7gk2m9x4qd --expires 2026-12-31 --expired-too"
)]
pub(crate) struct Args {
    /// End the token at this time or after this duration; `never` has to be said
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    expires: String,

    /// Bring tokens back whose end has come
    #[arg(long)]
    expired_too: bool,

    #[command(flatten)]
    choice: Choice,
}

const DEED: Deed = Deed {
    verb: "extend",
    done: "Extended",
    question: "Extend these tokens?",
    asks: Asks::BySelector,
    table: "id,user,state,expires_at,last_used_at,note",
};

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    args.choice.check()?;
    let now = context.now();
    let end = when::parse_end(&args.expires, now)?;
    let extension = match args.expired_too {
        true => Extension::to(end).reviving(),
        false => Extension::to(end),
    };
    context.output.status(&match end {
        Some(end) => format!("The new end is {}", whole_second(end)),
        None => "The new end is never.".to_owned(),
    });
    let authority = context.authority()?;
    let target = args.choice.target(context, &authority)?;
    let actor = context.actor();
    let apply = |mode| authority.extend(target.clone(), extension, &actor, now, mode);
    let summary = |applied: &_| summary(applied, |token| kept(&extension, token, now));
    args.choice.carry_out(&DEED, context, apply, summary)
}

/// Says why a token was left as it is.
fn kept(extension: &Extension, token: &Token, now: Timestamp) -> &'static str {
    match extension.of(token, now) {
        Err(ExtensionError::Revoked { .. }) => "revoked, and left so",
        Err(ExtensionError::Rotated { .. }) => "rotated, and left so",
        Err(ExtensionError::Expired { .. }) => "expired, and left so without `--expired-too`",
        Err(_) => "ending later already",
        Ok(_) => "having that end already",
    }
}
