//! The record of a token, the same in every command and format.

use jiff::Timestamp;
use tokenctl::change::Applied;
use tokenctl::token::Token;

use super::cell::Cell;
use super::context::Context;
use super::output::{Format, Undelivered, Voice};
use super::records::Columns;

/// Lists the fields of a token, and more after them.
macro_rules! token_fields {
    ($($more:literal)?) => {
        &[
            "id", "user", "state", "note", "labels", "generator", "deprecated", "created_at", "created_by",
            "updated_at", "expires_at", "last_used_at", "suspended_at", "revoked_at", "revoked_reason",
            "policy", "networks", "family", "rotated_to", "revision", $($more)?
        ]
    };
}

/// The fields of a token.
pub(crate) const TOKEN: Columns = Columns {
    all: token_fields!(),
    table: &["id", "user", "state", "expires_at", "last_used_at", "note"],
};

/// The fields of a new token, its secret last.
pub(crate) const NEW_TOKEN: Columns = Columns {
    all: token_fields!("token"),
    table: &[],
};

/// The fields of a token, by what it is looked up last, for a table that leaves the store.
pub(crate) const TOKEN_WITH_DIGEST: Columns = Columns {
    all: token_fields!("digest"),
    table: &[],
};

/// The fields of a token, what it may do in words last, for people.
pub(crate) const TOKEN_IN_WORDS: Columns = Columns {
    all: token_fields!("rights"),
    table: token_fields!("rights"),
};

/// How many tokens a question names one by one.
const SHOWN: usize = 10;

/// Returns whether the change that was `planned` changes any token.
pub(crate) fn is_any_changed(planned: &Applied) -> bool {
    planned.tokens.iter().any(|hit| hit.changed)
}

/// Says which tokens a change is about to hit, or some of them.
pub(crate) fn show_hit(voice: Voice<'_>, planned: &Applied) {
    for hit in planned.tokens.iter().filter(|hit| hit.changed).take(SHOWN) {
        show_token(voice, &hit.record);
    }
}

/// Says by what an operator knows a token.
pub(crate) fn show_token(voice: Voice<'_>, token: &Token) {
    let used = token
        .last_used_at
        .map_or("never used".to_owned(), |at| format!("last used {at}"));
    let note = if token.note.is_empty() {
        String::new()
    } else {
        format!(", \"{}\"", token.note)
    };
    voice.status(&format!(
        "  {} of {}, {used}{note}",
        token.id, token.owner.name
    ));
}

/// Returns the cells of `token` at `now`, in the order of [`TOKEN`].
pub(crate) fn cells(token: &Token, now: Timestamp, context: &Context) -> Vec<Cell> {
    let reason = token.revoked_at.map(|_| token.revoked_reason.as_str());
    vec![
        token.id.as_str().into(),
        token.owner.name.as_str().into(),
        token.state(now).as_str().into(),
        token.note.as_str().into(),
        nested(&token.labels),
        token.generator.as_str().into(),
        context.is_deprecated(&token.generator).into(),
        token.created_at.into(),
        token.created_by.as_str().into(),
        token.updated_at.into(),
        token.expires_at.into(),
        token.last_used_at.into(),
        token.suspended_at.into(),
        token.revoked_at.into(),
        reason.into(),
        policy(token),
        token.networks.as_ref().map_or(Cell::Null, nested),
        token.family.as_str().into(),
        token.rotated_to.as_ref().map(|id| id.as_str()).into(),
        token.revision.into(),
    ]
}

/// Prints the record of each token that `planned` would hit; a table has the columns `table`.
pub(crate) fn print_hits(context: &Context, planned: &Applied, table: &str) -> anyhow::Result<()> {
    let format = context.output.format();
    let chosen = (format == Format::Table).then_some(table);
    let mut records = context.output.records(TOKEN.choose(chosen, format)?);
    for hit in &planned.tokens {
        records.push(&cells(&hit.record, context.now(), context))?;
    }
    records.finish()?;
    Ok(())
}

/// Prints the record of each token that `applied` has hit, a change that stays also when nobody learns of it.
pub(crate) fn print_done(context: &Context, applied: &Applied, table: &str) -> anyhow::Result<()> {
    context.warn_of_clock(applied.clock_behind);
    print_hits(context, applied, table).map_err(|error| match error.downcast::<Undelivered>() {
        Ok(undelivered) => undelivered.after_commit(),
        Err(other) => other,
    })
}

/// Returns the document, or the damaged text as a string: it must not pass for a document.
fn policy(token: &Token) -> Cell {
    match token.policy.read() {
        Ok(policy) => nested(&policy),
        Err(_) => token.policy.as_str().into(),
    }
}

fn nested(value: &impl serde::Serialize) -> Cell {
    // Maps with text keys, lists and texts cannot fail to be written as JSON.
    Cell::json(value).unwrap_or(Cell::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_shows_fields_that_there_are() {
        assert!(TOKEN.table.iter().all(|name| TOKEN.all.contains(name)));
        assert_eq!(TOKEN.all.len(), 20);
    }
}
