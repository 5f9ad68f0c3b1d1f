use std::path::{Path, PathBuf};

use tokenctl::store::care::Severity;

use super::context::Context;
use super::exit::{CliError, Exit};
use super::mask::refuse_token;
use super::new_file::{directory_of, uncreated};
use super::output::Undelivered;
use super::records::Columns;
use super::user::count;
use super::watching::Watching;

#[derive(clap::Args)]
#[command(
    long_about = "Copy the store to a new file, while others go on to read and write it.\n\nThe copy has all that was acknowledged before, and \
                  nothing half done. It is a file that nobody but you can read (0600); it is put in place only when \
                  it has been read back, checked and synced, and never over something that is there (exit 4). A \
                  backup that fails leaves nothing.\n\nThe head that is printed is the number and the hash of the newest event: \
                  kept elsewhere, it proves to `audit verify --head` that the history was not cut.",
    after_help = "Examples:\n  tokenctl backup /var/backups/tokens-monday.db\n  \
                  tokenctl backup --json tokens.backup | jq -r .head"
)]
pub(crate) struct Args {
    /// Write the copy to this new file
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

const BACKUP: Columns = Columns {
    all: &["path", "bytes", "tokens", "events", "head"],
    table: &["path", "bytes", "tokens", "events", "head"],
};

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    refuse_stream(&args.file)?;
    refuse_token("the name of the file", &args.file.to_string_lossy())?;
    context.refuse_store_file(&args.file)?;
    // With the dot it has to be a directory.
    std::fs::metadata(directory_of(&args.file).join("."))
        .map_err(|error| uncreated(&args.file, &error))?;
    let location = context.location()?;
    let mut watching = Watching::begin(context);
    let made = location.backup(&args.file, &context.open_options(), &mut |progress| {
        watching.hear(progress)
    });
    let made = watching.end(made)?;
    if location.is_on_read_only_medium() {
        context.warn_of_read_only_medium();
    }
    let content = made.content;
    context.output.status(&format!(
        "Backed up {} and {} to {}",
        count(content.tokens, "token"),
        count(content.events, "event"),
        made.path.display()
    ));
    // The first of the worst.
    if let Some(finding) = made
        .findings
        .iter()
        .rev()
        .max_by_key(|found| found.kind.severity())
    {
        let relation = match finding.kind.severity() {
            Severity::Damaged => "the store contradicts itself, and so does the copy",
            _ => "worth knowing of the store and its copy",
        };
        context.output.warning(&format!(
            "{relation}: {}; `tokenctl check` tells more",
            finding.what
        ));
    }
    let row = vec![
        made.path.display().to_string().into(),
        made.bytes.into(),
        content.tokens.into(),
        content.events.into(),
        content.chain_head().to_string().into(),
    ];
    let selection = BACKUP.choose(None, context.output.format())?;
    context
        .output
        .record(selection, row)
        .map_err(Undelivered::after_commit)?;
    Ok(Exit::Ok)
}

/// Refuses `-`, by which other commands mean a pipe.
pub(crate) fn refuse_stream(file: &Path) -> Result<(), CliError> {
    if file == Path::new("-") {
        return Err(
            CliError::usage("a store cannot be written to or read from a pipe")
                .with_hint("name a file"),
        );
    }
    Ok(())
}
