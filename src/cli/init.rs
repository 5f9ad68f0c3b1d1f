use super::context::Context;
use super::exit::Exit;
use super::mask::refuse_token;
use super::output::Undelivered;
use super::records::Columns;

#[derive(clap::Args)]
#[command(
    long_about = "Create an empty store.\n\nThe store is one file that nobody but you can read (0600), in a directory that others \
                  cannot write to; directories that are missing are made. Something that is there already is left as \
                  it is (exit 4). It is not needed before `issue --create-user` or `user add`, which create the \
                  default store themselves.",
    after_help = "Examples:\n  tokenctl init\n  tokenctl init --store /var/lib/app/tokens.db"
)]
pub(crate) struct Args {}

/// What machines are told; people are told on stderr.
const CREATED: Columns = Columns {
    all: &["store"],
    table: &[],
};

pub(crate) fn run(_args: Args, context: &Context) -> anyhow::Result<Exit> {
    let location = context.location()?;
    refuse_token("the path of the store", &location.to_string())?;
    location.create(context.open_options())?;
    context
        .output
        .status(&format!("Created the store {location}"));
    let row = vec![location.to_string().into()];
    context
        .output
        .record(CREATED.choose(None, context.output.format())?, row)
        .map_err(Undelivered::after_commit)?;
    Ok(Exit::Ok)
}
