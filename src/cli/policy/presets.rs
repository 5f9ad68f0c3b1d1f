use tokenctl::policy::Preset;

use crate::cli::cell::Cell;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::records::Columns;

#[derive(clap::Args)]
#[command(
    long_about = "List the policies that come with tokenctl.",
    after_help = "Examples:\n  tokenctl policy presets\n  tokenctl policy presets --json"
)]
pub(super) struct Args {}

const PRESET: Columns = Columns {
    all: &["name", "description", "policy"],
    table: &["name", "description", "policy"],
};

pub(super) fn run(_args: Args, context: &Context) -> anyhow::Result<Exit> {
    let mut records = context
        .output
        .records(PRESET.choose(None, context.output.format())?);
    for preset in Preset::ALL {
        let row: [Cell; 3] = [
            preset.name().into(),
            preset.description().into(),
            Cell::json(&preset.policy())?,
        ];
        records.push(&row)?;
    }
    records.finish()?;
    Ok(Exit::Ok)
}
