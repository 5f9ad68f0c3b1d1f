use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Command;
use clap_mangen::Man;

use super::context::Context;
use super::exit::{CliError, Exit};
use super::mask::refuse_token;

#[derive(clap::Args)]
#[command(
    long_about = "Print the man page, or write all of them to a directory.",
    after_help = "Examples:\n  tokenctl man | man -l -\n  tokenctl man /usr/local/share/man/man1"
)]
pub(crate) struct Args {
    /// Write a page for each command into this directory
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let mut command = super::command();
    command.build();
    let Some(directory) = args.directory else {
        context.output.raw(&page(command)?)?;
        return Ok(Exit::Ok);
    };
    refuse_token("the name of the directory", &directory.to_string_lossy())?;
    let failed = || CliError::new(Exit::Output, "failed to write the man pages");
    fs::create_dir_all(&directory).with_context(failed)?;
    for (name, command) in all(command, "tokenctl".to_owned()) {
        let path = directory.join(format!("{name}.1"));
        context.refuse_store_file(&path)?;
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o644)
            .open(&path)
            .with_context(failed)?;
        file.write_all(&page(command.name(name))?)
            .with_context(failed)?;
        // Pages are for everybody, whatever the umask.
        file.set_permissions(fs::Permissions::from_mode(0o644))
            .with_context(failed)?;
    }
    Ok(Exit::Ok)
}

/// Returns `command` and every command below it, each under the name of its page.
fn all(command: Command, name: String) -> Vec<(String, Command)> {
    let below: Vec<Command> = command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
        .cloned()
        .collect();
    let mut pages = vec![(name.clone(), command)];
    for command in below {
        let name = format!("{name}-{}", command.get_name());
        pages.extend(all(command, name));
    }
    pages
}

fn page(command: Command) -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    Ok(page)
}
