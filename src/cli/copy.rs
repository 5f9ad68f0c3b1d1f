use std::path::{Path, PathBuf};

use tokenctl::change::Mode;
use tokenctl::entropy::OsEntropy;
use tokenctl::store::{Location, StoreError};
use tokenctl::transfer::store::{Extent, Records};
use tokenctl::transfer::{self, Faults, ImportOptions};

use super::context::{Context, is_file_of};
use super::exit::{CliError, Exit};
use super::import::Report;
use super::settings::Origin;

#[derive(clap::Args)]
#[command(
    long_about = "Copy users and tokens from one store to another, as an export and an import in one go.\n\nFROM is only read. TO is \
                  made (0600) when it is not there, and otherwise merged with: nothing in it is overwritten, and nothing that \
                  is dead or was removed in it comes back to life. What was revoked in FROM since is revoked in TO, and what was suspended \
                  or replaced there, or whose user was disabled, is suspended; other changes are not followed. The history stays behind, and TO records what came. \
                  A copy with its history is a backup.",
    after_help = "Examples:\n  tokenctl copy tokens.db /srv/new/tokens.db\n  tokenctl copy old.db tokens.db --json"
)]
pub(crate) struct Args {
    /// The store to read
    from: PathBuf,

    /// The store to write
    to: PathBuf,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    if context.settings.store.origin == Origin::Flag {
        return Err(CliError::usage("`copy` names both stores itself")
            .with_hint("leave `--store` out")
            .into());
    }
    let from = location(&args.from)?;
    let to = location(&args.to)?;
    if is_file_of(&args.from, &args.to) || is_file_of(&args.to, &args.from) {
        return Err(CliError::usage("both names are of one store")
            .with_hint("name another file")
            .into());
    }
    let source = context.open_at(&from)?;
    let store = match context.open_at(&to) {
        Err(StoreError::Missing { .. }) => {
            let store = to.create(context.open_options())?;
            context.output.status(&format!("Created the store {to}"));
            store
        }
        opened => opened?,
    };
    let mut records = Records::of(source, Extent::Whole, context.now());
    let options = ImportOptions {
        faults: Faults::Stop,
        latest_end: context.latest_end()?,
    };
    let mut report = Report::new(context, None);
    let imported = transfer::import(
        store.as_ref(),
        &mut records,
        options,
        &mut report,
        &context.actor(),
        &mut OsEntropy,
        context.now(),
        Mode::Commit,
    );
    report.end_progress();
    let summary = imported?;
    context.warn_of_clock(summary.clock_behind);
    report.print(&summary, Mode::Commit)?;
    Ok(Exit::Ok)
}

fn location(path: &Path) -> Result<Location, CliError> {
    let text = path
        .to_str()
        .ok_or_else(|| CliError::usage("the path of the store is not UTF-8 text"))?;
    Location::parse(text).map_err(|error| CliError::usage(error.to_string()))
}
