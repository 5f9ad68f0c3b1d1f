use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tokenctl::policy::{Lint, Policy};

use crate::cli::cell::Cell;
use crate::cli::context::Context;
use crate::cli::exit::{CliError, Exit};
use crate::cli::new_file::sync_name;
use crate::cli::policy_file;
use crate::cli::records::Columns;
use crate::cli::user::count;

#[derive(clap::Args)]
#[command(
    long_about = "Find what a policy says without meaning it, and mend it.\n\nMost slips leave something allowed: a method in lower \
                  case never matches, and what no rule speaks of is allowed. Each finding comes with a fix. With \
                  --fix the safe form is written back to the file (or to stdout for `-`); where the meaning is open, \
                  it is the narrower one.",
    after_help = "Examples:\n  tokenctl policy lint deploy.json\n  tokenctl policy lint --exit-code deploy.json\n  \
                  tokenctl policy lint --fix - < old.json > safe.json"
)]
pub(super) struct Args {
    /// The file with the policy; `-` reads stdin
    #[arg(value_name = "FILE|-")]
    file: PathBuf,

    /// Write the safe form back to the file, or to stdout for `-`
    #[arg(long)]
    fix: bool,

    /// Exit with 17 when something is found
    #[arg(long, conflicts_with = "fix")]
    exit_code: bool,
}

const LINT: Columns = Columns {
    all: &["code", "pointer", "message", "fix"],
    table: &["code", "pointer", "message", "fix"],
};

pub(super) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let policy = policy_file::read_stored(&args.file, context)?;
    let name = policy_file::name(&args.file);
    let lints = policy.lint();
    let found = count(lints.len(), "finding");
    if args.fix {
        let fixed = policy
            .fixed()
            .map_err(|error| CliError::new(Exit::Data, error.to_string()))?;
        let is_stdin = args.file == Path::new("-");
        if is_stdin || fixed.as_str() != policy.as_str() {
            write_back(&args.file, &fixed, context)?;
        }
        for lint in &lints {
            context.output.status(&told(lint));
        }
        let left = fixed.lint().len();
        context
            .output
            .status(&format!("{name}: {found}, {left} left"));
        return Ok(Exit::Ok);
    }
    let mut records = context
        .output
        .records(LINT.choose(None, context.output.format())?);
    for lint in &lints {
        let row: [Cell; 4] = [
            lint.code.as_str().into(),
            lint.pointer.as_str().into(),
            lint.message.as_str().into(),
            lint.fix.as_str().into(),
        ];
        records.push(&row)?;
    }
    records.finish()?;
    context.output.status(&format!("{name}: {found}"));
    Ok(if args.exit_code && !lints.is_empty() {
        Exit::Found
    } else {
        Exit::Ok
    })
}

/// Returns a finding in one line.
pub(crate) fn told(lint: &Lint) -> String {
    let place = match lint.pointer.as_str() {
        "" => "the policy",
        pointer => pointer,
    };
    format!("{place}: {} {}", lint.message, lint.fix)
}

/// Puts the new text in the place of the file in one step, with the mode it had.
fn write_back(path: &Path, policy: &Policy, context: &Context) -> anyhow::Result<()> {
    let text = format!("{}\n", policy.as_str().trim_end());
    if path == Path::new("-") {
        context.output.raw(text.as_bytes())?;
        return Ok(());
    }
    let failed = || {
        CliError::new(
            Exit::Output,
            format!("failed to write `{}`", path.display()),
        )
    };
    let mode = fs::symlink_metadata(path).with_context(failed)?;
    if !mode.file_type().is_file() {
        return Err(CliError::usage(format!("`{}` is not a regular file", path.display())).into());
    }
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let mut file = tempfile::Builder::new()
        .permissions(mode.permissions())
        .tempfile_in(directory.unwrap_or(Path::new(".")))
        .with_context(failed)?;
    file.write_all(text.as_bytes()).with_context(failed)?;
    file.as_file()
        .set_permissions(mode.permissions())
        .with_context(failed)?;
    file.as_file().sync_all().with_context(failed)?;
    file.persist(path).with_context(failed)?;
    sync_name(path).with_context(failed)?;
    Ok(())
}
