use tokenctl::token::Token;

use super::choice::{Asks, Choice, Deed, summary};
use super::context::Context;
use super::exit::Exit;

#[derive(clap::Args)]
#[command(
    long_about = "Refuse tokens from now on, until they are resumed.\n\nTokens are named by id or chosen by flags; all together are \
                  suspended, or none. By id nothing is asked. A suspended token keeps the date of its first \
                  suspension, and one that is revoked or rotated out stays so.",
    after_help = "Examples:\n  tokenctl suspend 7gk2m9x4qd\n  tokenctl suspend --label team=web --dry-run\n  \
                  tokenctl suspend --ids-from - --yes < ids.txt"
)]
pub(crate) struct Args {
    #[command(flatten)]
    choice: Choice,
}

const DEED: Deed = Deed {
    verb: "suspend",
    done: "Suspended",
    question: "Suspend these tokens?",
    asks: Asks::BySelector,
    table: "id,user,state,suspended_at,last_used_at,note",
};

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    args.choice.check()?;
    let authority = context.authority()?;
    let target = args.choice.target(context, &authority)?;
    let (actor, now) = (context.actor(), context.now());
    let apply = |mode| authority.suspend(target.clone(), &actor, now, mode);
    let kept = |token: &Token| match token.state(now).is_final() {
        true => "revoked or rotated out, and left so",
        false => "suspended before, first date kept",
    };
    let summary = |applied: &_| summary(applied, kept);
    args.choice.carry_out(&DEED, context, apply, summary)
}
