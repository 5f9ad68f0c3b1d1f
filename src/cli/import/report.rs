//! What an import says: how far it is, what is odd, and what came of it.

use indicatif::ProgressBar;
use serde::Serialize;
use tokenctl::change::Mode;
use tokenctl::transfer::{Odd, Summary, Watcher};

use super::super::cell::Cell;
use super::super::context::Context;
use super::super::output::{Format, Undelivered};
use super::super::progress;
use super::super::records::Columns;
use super::super::user::count;

/// The most oddities that are kept for the list; more are only counted.
const MOST_LISTED: usize = 10_000;

/// How many items pass between two movements of the bar.
const STEP: u64 = 256;

const ODD: Columns = Columns {
    all: &["place", "code", "user", "message"],
    table: &["place", "code", "user", "message"],
};

/// Gathers what is odd and shows how far the import is.
pub(crate) struct Report<'a> {
    context: &'a Context,
    bar: ProgressBar,
    odd: Vec<OddRow>,
}

#[derive(Serialize)]
struct OddRow {
    place: String,
    code: &'static str,
    user: Option<String>,
    message: String,
}

#[derive(Serialize)]
struct Answer<'a> {
    done: bool,
    users_added: u64,
    tokens_added: u64,
    tokens_known: u64,
    tokens_revoked: u64,
    left_out: u64,
    odd_total: u64,
    odd: &'a [OddRow],
}

impl<'a> Report<'a> {
    pub(crate) fn new(context: &'a Context, total: Option<u64>) -> Self {
        Self {
            context,
            bar: progress_bar(context, total),
            odd: Vec::new(),
        }
    }

    /// Takes the bar away, so that what is said next stands alone.
    pub(crate) fn end_progress(&self) {
        self.bar.finish_and_clear();
    }

    /// Prints what is odd, and what was done.
    pub(crate) fn print(&self, summary: &Summary, mode: Mode) -> anyhow::Result<()> {
        let done = mode == Mode::Commit;
        self.print_odd(summary, done).map_err(|error| match done {
            true => error.after_commit(),
            false => error.into(),
        })?;
        let output = &self.context.output;
        let told = in_words(summary);
        output.status(&match mode {
            Mode::Commit => format!("Brought in {told}."),
            Mode::DryRun => format!("Would bring in {told}; nothing was done."),
        });
        if mode == Mode::DryRun && summary.left_out > 0 {
            output
                .hint("only with `--skip-bad` are they left out; without it nothing is brought in");
        }
        if summary.odd > u64::try_from(self.odd.len()).unwrap_or(u64::MAX) {
            output.hint(&format!(
                "only the first {MOST_LISTED} oddities of {} are listed",
                summary.odd
            ));
        }
        Ok(())
    }

    fn print_odd(&self, summary: &Summary, done: bool) -> Result<(), Undelivered> {
        let output = &self.context.output;
        if output.format() == Format::Json {
            return output.json(&Answer {
                done,
                users_added: summary.users_added,
                tokens_added: summary.tokens_added,
                tokens_known: summary.tokens_known,
                tokens_revoked: summary.tokens_revoked,
                left_out: summary.left_out,
                odd_total: summary.odd,
                odd: &self.odd,
            });
        }
        let selection = ODD
            .choose(None, output.format())
            .map_err(|error| Undelivered::Failed(std::io::Error::other(error)))?;
        let mut records = output.records(selection);
        for row in &self.odd {
            records.push(&[
                Cell::from(row.place.as_str()),
                Cell::from(row.code),
                Cell::from(row.user.as_deref()),
                Cell::from(row.message.as_str()),
            ])?;
        }
        records.finish()
    }
}

impl Watcher for Report<'_> {
    fn odd(&mut self, odd: &Odd) {
        if self.odd.len() < MOST_LISTED {
            self.odd.push(OddRow {
                place: odd.place.to_string(),
                code: odd.oddity.code(),
                user: odd.user.as_ref().map(|user| user.as_str().to_owned()),
                message: odd.oddity.to_string(),
            });
        }
    }

    fn progress(&mut self, items: u64) {
        if items.is_multiple_of(STEP) {
            self.bar.set_position(items);
        }
    }
}

fn in_words(summary: &Summary) -> String {
    let added = format!(
        "{} and {}",
        count(summary.tokens_added, "token"),
        count(summary.users_added, "user")
    );
    let mut more = Vec::new();
    if summary.tokens_known > 0 {
        more.push(format!(
            "{} known already",
            count(summary.tokens_known, "token")
        ));
    }
    if summary.tokens_revoked > 0 {
        more.push(format!("{} of them revoked now", summary.tokens_revoked));
    }
    if summary.left_out > 0 {
        more.push(format!("{} left out", count(summary.left_out, "item")));
    }
    match more.is_empty() {
        true => added,
        false => format!("{added} ({})", more.join(", ")),
    }
}

/// Shows on a terminal how far it is.
fn progress_bar(context: &Context, total: Option<u64>) -> ProgressBar {
    let bar = progress::bar(
        &context.output,
        match total {
            Some(_) => "{bar:40} {pos}/{len} in {elapsed}, {eta} left",
            None => "{spinner} {pos} items in {elapsed}",
        },
    );
    if let Some(total) = total {
        bar.set_length(total);
    }
    bar
}
