use tokenctl::token::Token;

use super::choice::{Asks, Choice, Deed, summary};
use super::context::Context;
use super::exit::Exit;

#[derive(clap::Args)]
#[command(
    long_about = "Let suspended tokens work again, as far as they would otherwise.\n\nTokens are named by id or chosen by flags; all \
                  together are resumed, or none. By id nothing is asked. A token that is not suspended, revoked or \
                  rotated out stays as it is; one whose end has come meanwhile is expired.",
    after_help = "Examples:\n  tokenctl resume 7gk2m9x4qd\n  tokenctl resume --state suspended --user alice"
)]
pub(crate) struct Args {
    #[command(flatten)]
    choice: Choice,
}

const DEED: Deed = Deed {
    verb: "resume",
    done: "Resumed",
    question: "Resume these tokens?",
    asks: Asks::BySelector,
    table: "id,user,state,expires_at,last_used_at,note",
};

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    args.choice.check()?;
    let authority = context.authority()?;
    let target = args.choice.target(context, &authority)?;
    let (actor, now) = (context.actor(), context.now());
    let apply = |mode| authority.resume(target.clone(), &actor, now, mode);
    let kept = |token: &Token| match token.state(now).is_final() {
        true => "revoked or rotated out, and left so",
        false => "not suspended",
    };
    let summary = |applied: &_| summary(applied, kept);
    args.choice.carry_out(&DEED, context, apply, summary)
}
