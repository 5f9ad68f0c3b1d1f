use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;
use tokenctl::policy::{Expectation, Policy};

use crate::cli::cell::Cell;
use crate::cli::context::Context;
use crate::cli::exit::{CliError, Exit};
use crate::cli::input;
use crate::cli::place::line_and_column;
use crate::cli::policy_file;
use crate::cli::records::Columns;
use crate::cli::user::count;

/// The most that is read of a table of expectations.
const TABLE_LIMIT: usize = 1 << 20;

#[derive(clap::Args)]
#[command(
    long_about = "Check a policy against a table of expectations.\n\nThe table is TOML, or JSON when its name ends in .json: `policy` names \
                  the file of the policy, from the directory of the table, and `expect` maps each access, METHOD \
                  [RESOURCE [ID]], to \"allow\" or \"deny\". What fails is listed with the rule that decided, and the \
                  exit code is 17.",
    after_help = "Examples:\n  tokenctl policy test expectations.toml\n  tokenctl policy test expectations.toml --policy new.json\n\n\
                  Table:\n  policy = \"deploy.json\"\n  [expect]\n  \"GET review 42\" = \"allow\"\n  \"DELETE\" = \"deny\""
)]
pub(super) struct Args {
    /// The table of expectations
    #[arg(value_name = "FILE")]
    table: PathBuf,

    /// Check this policy instead of the one that the table names
    #[arg(long, value_name = "FILE|-")]
    policy: Option<PathBuf>,
}

/// A table of expectations, in the order of its text where the format keeps it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    policy: Option<PathBuf>,
    expect: std::collections::BTreeMap<String, String>,
}

const FAILURE: Columns = Columns {
    all: &["access", "expected", "actual", "rule"],
    table: &["access", "expected", "actual", "rule"],
};

pub(super) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let stdin = Path::new("-");
    if args.table == stdin && args.policy.as_deref() == Some(stdin) {
        return Err(CliError::usage("only one of table and policy can come from stdin").into());
    }
    let name = args.table.display().to_string();
    let table = read_table(&args.table, context)?;
    let policy = read_policy(&args, table.policy.as_deref(), context)?;
    // All of them before the first answer, so that half a table is never told.
    let mut expectations = Vec::with_capacity(table.expect.len());
    for (access, answer) in &table.expect {
        let expectation = Expectation::of(access, answer).map_err(|error| {
            CliError::new(Exit::Data, format!("{name}: `{access}`: {error}"))
                .with_hint("such as \"GET review 42\" = \"allow\"")
        })?;
        expectations.push((access, expectation));
    }
    let mut failed = 0;
    let mut records = context
        .output
        .records(FAILURE.choose(None, context.output.format())?);
    for (access, expectation) in expectations {
        if let Some(mismatch) = expectation.check(&policy) {
            let word = |allowed: bool| if allowed { "allow" } else { "deny" };
            let row: [Cell; 4] = [
                access.as_str().into(),
                word(expectation.allowed).into(),
                word(mismatch.decision.allowed).into(),
                mismatch.decision.rule.into(),
            ];
            records.push(&row)?;
            failed += 1;
        }
    }
    records.finish()?;
    let passed = table.expect.len() - failed;
    context.output.status(&format!(
        "{}: {passed} passed, {failed} failed",
        count(table.expect.len(), "expectation")
    ));
    Ok(if failed == 0 { Exit::Ok } else { Exit::Found })
}

fn read_table(path: &Path, context: &Context) -> anyhow::Result<Table> {
    context.refuse_store_file(path)?;
    let name = path.display().to_string();
    let content = input::read_file_or_stdin(path, TABLE_LIMIT)?;
    let bad = |place: String| {
        CliError::new(Exit::Data, format!("{name}{place}: the table of expectations is not understood"))
            .with_hint("`policy = \"FILE\"`, then under `[expect]` lines such as \"GET review 42\" = \"allow\"")
    };
    let text = str::from_utf8(&content).map_err(|_| bad(String::new()))?;
    let table: Table = if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        // Checked for being JSON first, so that the place of a fault is told and its text is not.
        serde_json::from_str::<&RawValue>(text)
            .and_then(|raw| serde_json::from_str(raw.get()))
            .map_err(|error| bad(format!(":{}:{}", error.line(), error.column())))?
    } else {
        toml::from_str(text).map_err(|error| {
            let span = error.span();
            let line = span.map(|span| line_and_column(text, span.start).0);
            bad(line.map_or(String::new(), |line| format!(":{line}")))
        })?
    };
    if table.expect.is_empty() {
        return Err(
            CliError::new(Exit::Data, format!("{name}: nothing is expected"))
                .with_hint("under `[expect]`, write lines such as \"GET review 42\" = \"allow\"")
                .into(),
        );
    }
    Ok(table)
}

fn read_policy(args: &Args, named: Option<&Path>, context: &Context) -> anyhow::Result<Policy> {
    if let Some(path) = &args.policy {
        return policy_file::read(path, context);
    }
    let Some(named) = named else {
        return Err(CliError::usage("the table names no policy")
            .with_hint("write `policy = \"FILE\"` into it, or pass `--policy FILE`")
            .into());
    };
    let directory = args.table.parent().unwrap_or(Path::new("."));
    policy_file::read(&directory.join(named), context)
}
