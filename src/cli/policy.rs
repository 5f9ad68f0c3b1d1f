mod check;
mod diff;
mod explain;
pub(crate) mod lint;
mod presets;
mod test;

use clap::Subcommand;

use super::context::Context;
use super::exit::Exit;

#[derive(clap::Args)]
#[command(
    long_about = "Work on policy documents.\n\nA policy says what a token may do: sections for all resources, for one, and for one \
                  object of it, each with methods to allow and to block. The object is asked first, then its resource, then what is \
                  for all; the first with a rule for the method decides. Within one section the method by name comes \
                  before *, and block before allow. What no rule speaks of is allowed.",
    after_help = "Examples:\n  tokenctl policy check deploy.json\n  tokenctl policy lint --fix deploy.json\n  \
                  tokenctl policy explain deploy.json --method DELETE --resource review --id 42\n  \
                  tokenctl policy diff old.json new.json\n  tokenctl policy test expectations.toml"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

// No doc comments: they would stand in the place of the long help of the arguments.
#[derive(Subcommand)]
enum Action {
    #[command(about = "Say all that is wrong with a policy, each with its place")]
    Check(check::Args),
    #[command(about = "Find what a policy says without meaning it, and mend it")]
    Lint(lint::Args),
    #[command(about = "Say what a policy allows, in words or for one access")]
    Explain(explain::Args),
    #[command(about = "Show on what two policies differ")]
    Diff(diff::Args),
    #[command(about = "Check a policy against a table of expectations")]
    Test(test::Args),
    #[command(about = "List the policies that come with tokenctl")]
    Presets(presets::Args),
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    match args.action {
        Action::Check(args) => check::run(args, context),
        Action::Lint(args) => lint::run(args, context),
        Action::Explain(args) => explain::run(args, context),
        Action::Diff(args) => diff::run(args, context),
        Action::Test(args) => test::run(args, context),
        Action::Presets(args) => presets::run(args, context),
    }
}
