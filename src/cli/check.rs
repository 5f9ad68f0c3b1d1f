use tokenctl::store::care::{Examination, Finding, Severity};

use super::cell::Cell;
use super::context::Context;
use super::exit::{CliError, Exit};
use super::output::OrGone as _;
use super::records::Columns;
use super::user::count;
use super::watching::Watching;

#[derive(clap::Args)]
#[command(
    long_about = "Look for all that may be wrong with the store, and change nothing.\n\nThe files and their directories are looked at (owner, \
                  mode, links, leftovers), then pages and indexes, the text of the schema, every event of the \
                  history from the first to the last, every record, and whether tokens and users are there, gone, \
                  revoked and deleted as the history tells. Whoever edits something else in a record, such as its \
                  policy, is not found out. A store that others can read is opened all the same, in order to report \
                  it.\n\nWhat was \
                  found is printed also where the exit is not 0: `damaged` ends with 23, `insecure` alone with 25, \
                  a `notice` with 0.",
    after_help = "Examples:\n  tokenctl check\n  tokenctl check --json | jq -r '.[] | select(.severity == \"damaged\") | .what'"
)]
pub(crate) struct Args {}

const FINDING: Columns = Columns {
    all: &["severity", "kind", "count", "subject", "what"],
    table: &["severity", "kind", "count", "subject", "what"],
};

pub(crate) fn run(_args: Args, context: &Context) -> anyhow::Result<Exit> {
    let location = context.location()?;
    let mut watching = Watching::begin(context);
    let found = location.check(&context.open_options(), context.now(), &mut |progress| {
        watching.hear(progress)
    });
    let found = watching.end(found)?;
    if location.is_on_read_only_medium() {
        context.warn_of_read_only_medium();
    }
    let mut records = context
        .output
        .records(FINDING.choose(None, context.output.format())?);
    for finding in &found.findings {
        records.push(&cells(finding)).or_gone()?;
    }
    // Whoever has stopped reading is told by the exit all the same.
    records.finish().or_gone()?;
    let content = found.content;
    let looked_at = format!(
        "{} and {}",
        count(content.tokens, "token"),
        count(content.events, "event"),
    );
    match found.worst() {
        Some(Severity::Damaged) => Err(damaged(&found).into()),
        Some(Severity::Insecure) => Err(insecure(&found).into()),
        worst => {
            let verdict = match worst {
                None => "Nothing is wrong with the store".to_owned(),
                Some(_) => {
                    let notices = count(found.findings.len(), "notice");
                    format!("The store is whole, with {notices}")
                }
            };
            context.output.status(&format!("{verdict}: {looked_at}."));
            Ok(Exit::Ok)
        }
    }
}

fn cells(finding: &Finding) -> Vec<Cell> {
    vec![
        finding.kind.severity().as_str().into(),
        finding.kind.as_str().into(),
        finding.count.into(),
        finding.subject.as_deref().into(),
        finding.what.as_str().into(),
    ]
}

fn number_of(found: &Examination, severity: Severity) -> String {
    let findings = found.findings.iter();
    let number = findings.filter(|finding| finding.kind.severity() == severity);
    count(number.count(), "finding")
}

fn damaged(found: &Examination) -> CliError {
    let number = number_of(found, Severity::Damaged);
    CliError::new(Exit::Corrupt, format!("the store is damaged: {number}")).with_hint(
        "keep a copy of its files as they are, then go back to a backup: `tokenctl restore FILE`",
    )
}

fn insecure(found: &Examination) -> CliError {
    let number = number_of(found, Severity::Insecure);
    CliError::new(Exit::Insecure, format!("the store is not safe: {number}"))
        .with_hint("take the rights of others away, and see who may have read or changed it")
}
