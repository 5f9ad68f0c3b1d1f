use tokenctl::change::Target;
use tokenctl::text::FreeText;

use super::choice::{Asks, Choice, Deed, summary};
use super::context::Context;
use super::exit::{CliError, Exit};
use super::identify::{dash, read_secret};
use super::mask::refuse_token;

#[derive(clap::Args)]
#[command(
    long_about = "Revoke tokens so that they are refused from now on, for good.\n\nTokens are named by id, by their secret on stdin, or \
                  chosen by flags; all together are revoked, or none. What would be hit is shown before the question. \
                  Revoking a revoked token succeeds, and keeps its first date and reason.",
    after_help = "Examples:\n  tokenctl revoke 7gk2m9x4qd --reason 'left the team'\n  \
                  tokenctl revoke --secret - --yes --reason leaked < found.txt\n  \
                  tokenctl revoke --user alice --unused-for 90d --dry-run"
)]
pub(crate) struct Args {
    /// Revoke the token whose secret, or whole header, is read from stdin
    #[arg(long, value_name = "-", value_parser = dash, conflicts_with = "ids")]
    secret: Option<String>,

    /// Keep this reason with the tokens; operators see it, clients do not
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    reason: String,

    #[command(flatten)]
    choice: Choice,
}

const DEED: Deed = Deed {
    verb: "revoke",
    done: "Revoked",
    question: "Revoke for good?",
    asks: Asks::Always,
    table: "id,user,state,revoked_at,revoked_reason,last_used_at,note",
};

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let reason = FreeText::parse(args.reason.as_str())
        .map_err(|error| CliError::usage(format!("bad value for `--reason`: {error}")))?;
    refuse_token("the reason", reason.as_str())?;
    let selects = args.choice.is_by_selector();
    let named = !args.choice.ids.is_empty() || args.secret.is_some();
    if named == selects {
        return Err(CliError::usage(match named {
            true => "ids or a secret cannot be used together with flags that choose tokens",
            false => "no token is named",
        })
        .with_hint("name ids, or `--secret -`, or choose tokens with flags such as `--user NAME`; all of them is `--all`")
        .into());
    }
    let secret = args
        .secret
        .as_ref()
        .map(|_| read_secret(context))
        .transpose()?;
    let authority = context.authority()?;
    let target = match secret {
        Some(secret) => Target::Ids(vec![authority.identify(&secret)?.id]),
        None => args.choice.target(context, &authority)?,
    };
    let actor = context.actor();
    let apply =
        |mode| authority.revoke(target.clone(), reason.clone(), &actor, context.now(), mode);
    let summary = |applied: &_| summary(applied, |_| "revoked before, first date and reason kept");
    args.choice.carry_out(&DEED, context, apply, summary)
}
