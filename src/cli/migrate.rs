use super::context::Context;
use super::exit::Exit;
use super::output::Undelivered;
use super::records::Columns;

#[derive(clap::Args)]
#[command(
    long_about = "Bring an older store to the schema of this build.\n\nThe store is first copied to a file beside it, which is \
                  named after the schema it has and is never written over. All steps happen together or not at all; \
                  servers of the build before can go on reading meanwhile.",
    after_help = "Examples:\n  tokenctl migrate --store /var/lib/app/tokens.db"
)]
pub(crate) struct Args {}

/// What machines are told; people are told on stderr.
const MIGRATED: Columns = Columns {
    all: &["from", "to", "backup"],
    table: &[],
};

pub(crate) fn run(_args: Args, context: &Context) -> anyhow::Result<Exit> {
    let location = context.location()?;
    let done = location.migrate(&context.open_options())?;
    match &done.backup {
        None => context.output.status(&format!(
            "The store has schema {} already; nothing was done.",
            done.to
        )),
        Some(copy) => context.output.status(&format!(
            "The store has schema {} now; it was copied with schema {} to {}",
            done.to,
            done.from,
            copy.display()
        )),
    }
    let row = vec![
        done.from.unsigned_abs().into(),
        done.to.unsigned_abs().into(),
        done.backup.map(|copy| copy.display().to_string()).into(),
    ];
    context
        .output
        .record(MIGRATED.choose(None, context.output.format())?, row)
        .map_err(Undelivered::after_commit)?;
    Ok(Exit::Ok)
}
