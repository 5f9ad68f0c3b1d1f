use std::path::PathBuf;

use crate::cli::cell::Cell;
use crate::cli::context::Context;
use crate::cli::exit::{CliError, Exit};
use crate::cli::policy_file;
use crate::cli::records::Columns;
use crate::cli::user::count;

#[derive(clap::Args)]
#[command(
    long_about = "Show on what two policies differ.\n\nThe language is finite, so that the answer is exact: every method, resource and \
                  object that is named, and \"any other\" of each. The exit code is 0 when they allow the same and 17 \
                  when not.",
    after_help = "Examples:\n  tokenctl policy diff old.json new.json\n  tokenctl policy diff old.json - --json < new.json"
)]
pub(super) struct Args {
    /// The one policy; `-` reads stdin
    #[arg(value_name = "A")]
    before: PathBuf,

    /// The other policy; `-` reads stdin
    #[arg(value_name = "B")]
    after: PathBuf,
}

const DIFFERENCE: Columns = Columns {
    all: &["access", "before", "after", "rule_before", "rule_after"],
    table: &["access", "before", "after", "rule_before", "rule_after"],
};

pub(super) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    if args.before == args.after && args.before.as_os_str() == "-" {
        return Err(CliError::usage("only one of the two policies can come from stdin").into());
    }
    let before = policy_file::read_to_ask(&args.before, context)?;
    let after = policy_file::read_to_ask(&args.after, context)?;
    let mut records = context
        .output
        .records(DIFFERENCE.choose(None, context.output.format())?);
    let mut differences = 0;
    for change in before.diff(&after) {
        let word = |allowed: bool| if allowed { "allowed" } else { "refused" };
        let row: [Cell; 5] = [
            change.cell.to_string().into(),
            word(change.before.allowed).into(),
            word(change.after.allowed).into(),
            change.before.rule.into(),
            change.after.rule.into(),
        ];
        records.push(&row)?;
        differences += 1;
    }
    records.finish()?;
    context.output.status(&count(differences, "difference"));
    Ok(if differences == 0 {
        Exit::Ok
    } else {
        Exit::Found
    })
}
