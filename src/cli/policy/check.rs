use std::path::PathBuf;

use crate::cli::cell::Cell;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::policy_file;
use crate::cli::records::Columns;
use crate::cli::user::count;

#[derive(clap::Args)]
#[command(
    long_about = "Say all that is wrong with a policy, each with its place.\n\nThe check is as strict as when a policy is given to a \
                  token; with a resource catalogue in the configuration, a resource or method that there is not is a \
                  fault too. The exit code is 65 when something is wrong.",
    after_help = "Examples:\n  tokenctl policy check deploy.json\n  tokenctl policy check --json - < deploy.json"
)]
pub(super) struct Args {
    /// The file with the policy; `-` reads stdin
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
}

const FAULT: Columns = Columns {
    all: &["line", "column", "pointer", "message"],
    table: &["line", "column", "pointer", "message"],
};

pub(super) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let text = policy_file::text(&args.file, context)?;
    let faults = policy_file::check(&text, context).err().unwrap_or_default();
    let mut records = context
        .output
        .records(FAULT.choose(None, context.output.format())?);
    for fault in &faults {
        let number = |place: usize| u64::try_from(place).unwrap_or(u64::MAX);
        let row: [Cell; 4] = [
            number(fault.line).into(),
            number(fault.column).into(),
            fault.pointer.as_str().into(),
            fault.message.as_str().into(),
        ];
        records.push(&row)?;
    }
    records.finish()?;
    let name = policy_file::name(&args.file);
    context
        .output
        .status(&format!("{name}: {}", count(faults.len(), "fault")));
    Ok(if faults.is_empty() {
        Exit::Ok
    } else {
        Exit::Data
    })
}
