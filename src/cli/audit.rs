mod head;
mod list;
mod verify;

use clap::Subcommand;

use super::context::Context;
use super::exit::Exit;

#[derive(clap::Args)]
#[command(
    long_about = "Read the history of every change, and check it.\n\nEach change has an event: who, when, what. An event carries the hash of \
                  the one before, so that none can be edited, removed, put in or moved without breaking the chain. \
                  Whoever can write the store can make a whole chain anew, or cut its end off: that is found with a \
                  head that was kept elsewhere.",
    after_help = "Examples:\n  tokenctl audit list --since 7d --action token.revoked\n  \
                  tokenctl audit head >> /mnt/elsewhere/heads\n  \
                  tokenctl audit verify --head - < /mnt/elsewhere/heads"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

// No doc comments: they would stand in the place of the long help of the arguments.
#[derive(Subcommand)]
enum Action {
    #[command(about = "List events, oldest first")]
    List(list::Args),
    #[command(about = "Check that the chain of events is whole")]
    Verify(verify::Args),
    #[command(about = "Print the head of the chain, to keep elsewhere")]
    Head(head::Args),
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    match args.action {
        Action::List(args) => list::run(args, context),
        Action::Verify(args) => verify::run(args, context),
        Action::Head(args) => head::run(args, context),
    }
}
