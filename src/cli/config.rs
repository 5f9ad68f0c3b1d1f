use super::cell::Cell;
use super::context::Context;
use super::exit::Exit;
use super::records::Columns;

#[derive(clap::Args)]
#[command(
    long_about = "Show the settings in force and where each comes from.\n\nA flag wins over the environment, the environment over the \
                  configuration file, and that over the default. The first file found is used: --config, \
                  TOKENCTL_CONFIG, config.toml in the configuration directory of the user, \
                  /etc/tokenctl/config.toml.",
    after_help = "Examples:\n  tokenctl config\n  tokenctl config --json"
)]
pub(crate) struct Args {}

const SETTING: Columns = Columns {
    all: &["key", "value", "origin"],
    table: &["key", "value", "origin"],
};

pub(crate) fn run(_args: Args, context: &Context) -> anyhow::Result<Exit> {
    match &context.settings.config {
        Some(path) => context
            .output
            .status(&format!("Configuration file: {}", path.display())),
        None => context.output.status("Configuration file: none"),
    }
    let mut records = context
        .output
        .records(SETTING.choose(None, context.output.format())?);
    for (key, value, origin) in context.settings.rows() {
        let row: [Cell; 3] = [key.into(), value.into(), origin.to_string().into()];
        records.push(&row)?;
    }
    records.finish()?;
    Ok(Exit::Ok)
}
