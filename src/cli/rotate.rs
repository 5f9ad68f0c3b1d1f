use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use tokenctl::authority::{Authority, Rotated, RotationRequest};
use tokenctl::change::Mode;
use tokenctl::entropy::OsEntropy;
use tokenctl::rotation::SuccessorEnd;
use tokenctl::text::FreeText;
use tokenctl::token::Token;

use super::cell::Cell;
use super::context::Context;
use super::delivery::DeliveryArgs;
use super::exit::{CliError, Exit};
use super::issue::warn_of_disabled_owner;
use super::output::{Undelivered, Voice};
use super::records::Columns;
use super::token_record::{self, TOKEN};
use super::when::{self, Period};

/// What a table shows of the old token in a dry run.
const TABLE: &str = "id,user,state,expires_at,last_used_at,note";

#[derive(clap::Args)]
#[command(
    long_about = "Replace a token by a new one with the same rights, and print the new secret, once.\n\nThe new one has the owner, policy, networks, \
                  note, labels, format and family of the old, and its end unless --expires names another. The old one \
                  is refused as rotated from now on; with --overlap only after that time, and never later than it \
                  would have ended. Both happen together: if the secret cannot be delivered, nothing was rotated.\n\n\
                  Only an active token is rotated, and only once. Without --overlap there is a question, since whoever \
                  uses the old secret is shut out.\n\nThe use of an old secret after its end is refused, and recorded as \
                  `token.reused` by servers and by verify --record-use; with `on_reuse = \"revoke_family\"` in the section \
                  `[rotation]` of the configuration that revokes every token of its family.\n\nWith --status nothing is done: it tells whether the old token of a \
                  rotation is still used, as finely as last uses are recorded.",
    after_help = "Examples:\n  T=$(tokenctl rotate 7gk2m9x4qd --overlap 24h)\n  \
                  tokenctl rotate 7gk2m9x4qd --overlap 7d --expires 90d --out svc.token\n  \
                  tokenctl rotate 7gk2m9x4qd --yes --header | curl -H @- https://api.example.com/\n  \
                  tokenctl rotate --status 7gk2m9x4qd"
)]
pub(crate) struct Args {
    /// The id of the token, or at least its first 4 characters
    #[arg(value_name = "ID")]
    id: String,

    /// Accept the old secret for this long too, such as `24h` [default: refuse it at once]
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    overlap: Option<String>,

    /// End the new token at this time or after this duration; `never` has to be said [default: as the old one]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    expires: Option<String>,

    /// Begin the new token with this prefix [default: that of new tokens]
    #[arg(long, value_name = "PREFIX")]
    prefix: Option<String>,

    #[command(flatten)]
    delivery: DeliveryArgs,

    /// Show what would be rotated, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask; needed without `--overlap` where there is no terminal
    #[arg(short, long)]
    yes: bool,

    /// Tell whether the old token of a rotation is still used
    #[arg(long, conflicts_with_all = ["overlap", "expires", "prefix", "out", "header", "dry_run", "yes"])]
    status: bool,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    if args.status {
        let authority = context.authority()?;
        let old = authority.resolve(&args.id)?;
        return status(&authority, &old, context);
    }
    args.delivery.check(context)?;
    let (overlap, expires_at) = times(&args, context)?;
    let formats = context.formats(args.prefix.as_deref())?;
    let authority = context.authority_over(context.open()?, formats)?;
    let request = RotationRequest {
        token: authority.resolve(&args.id)?,
        prefix: args.prefix.clone(),
        expires_at,
        overlap,
    };
    let actor = context.actor();
    let rotate = |mode| authority.rotate(&request, &actor, &mut OsEntropy, context.now(), mode);
    if args.dry_run {
        return show_plan(context, &rotate(Mode::DryRun)?);
    }
    if args.overlap.is_none() && !args.yes {
        context.somebody()?;
        let planned = rotate(Mode::DryRun)?;
        context.confirm("Replace the token?", |voice| about_to(voice, &planned))?;
    }
    // The file first: one that cannot be made leaves everything as it is.
    let delivery = args.delivery.prepare(context)?;
    let rotated = rotate(Mode::Commit)?;
    context.warn_of_clock(rotated.clock_behind);
    if let Err(error) = delivery.hand_over(&rotated.secret, &rotated.token) {
        return Err(undo(&authority, context, &rotated, error));
    }
    tell(context, &rotated);
    Ok(Exit::Ok)
}

fn times(args: &Args, context: &Context) -> Result<(Duration, SuccessorEnd), CliError> {
    let overlap = match &args.overlap {
        None => Duration::ZERO,
        Some(text) => Period::parse(text)
            .and_then(|period| period.length(context.now()))
            .map_err(|error| error.of_argument("--overlap"))?,
    };
    let Some(text) = &args.expires else {
        return Ok((overlap, SuccessorEnd::Kept));
    };
    let end = when::parse_end(text, context.now())?;
    Ok((overlap, SuccessorEnd::At(end)))
}

fn show_plan(context: &Context, planned: &Rotated) -> anyhow::Result<Exit> {
    let format = context.output.format();
    let chosen = (format == super::output::Format::Table).then_some(TABLE);
    let mut records = context.output.records(TOKEN.choose(chosen, format)?);
    let mut row = token_record::cells(&planned.old, context.now(), context);
    for (field, cell) in TOKEN.all.iter().zip(&mut row) {
        // The id of the successor is drawn anew when there is one.
        if *field == "rotated_to" {
            *cell = Cell::Null;
        }
    }
    records.push(&row)?;
    records.finish()?;
    context
        .output
        .status("Would rotate 1 token; nothing was done.");
    Ok(Exit::Ok)
}

fn about_to(voice: Voice<'_>, planned: &Rotated) {
    let old = &planned.old;
    token_record::show_token(voice, old);
    voice.status(&format!(
        "About to replace token {}, which is refused from then on.",
        old.id
    ));
}

/// Takes a rotation back of whose secret nobody has learned, and returns what to say.
fn undo(
    authority: &Authority,
    context: &Context,
    rotated: &Rotated,
    error: Undelivered,
) -> anyhow::Error {
    let reason = FreeText::parse("its secret could not be delivered").unwrap_or_default();
    let undone = authority.undo_rotation(rotated, reason, &context.actor(), context.now());
    let (old, new) = (rotated.old.id, rotated.token.id);
    let what = match undone {
        Ok(_) => CliError::new(
            Exit::Output,
            format!("the secret could not be delivered, so token {old} was not rotated"),
        )
        .with_hint("mend the output and rotate it again"),
        Err(cause) => {
            let lives = format!(
                "the secret could not be delivered, and the rotation of {old} could not be undone: token {new} lives"
            );
            let lives = CliError::new(Exit::Output, lives).with_hint(format!(
                "see `tokenctl show {new}`, and revoke it or rotate it"
            ));
            return error.after_failed_undo(cause, lives);
        }
    };
    anyhow::Error::from(error).context(what)
}

fn tell(context: &Context, rotated: &Rotated) {
    let output = &context.output;
    let (old, new) = (&rotated.old, &rotated.token);
    output.status(&format!(
        "Rotated token {} of {}: token {} takes its place, and {}",
        old.id,
        old.owner.name,
        new.id,
        ending(new.expires_at)
    ));
    output.status(&match old.expires_at {
        Some(end) if end > context.now() => format!("Token {} is accepted until {end}", old.id),
        _ => format!("Token {} is refused from now on.", old.id),
    });
    if context.is_deprecated(&new.generator) {
        output.warning(&format!(
            "its format `{}` is deprecated: issue a token in another, and revoke this one",
            new.generator
        ));
    }
    warn_of_disabled_owner(output, new);
}

fn ending(end: Option<Timestamp>) -> String {
    end.map_or("never ends".to_owned(), |end| format!("ends {end}"))
}

/// Whether the old token of a rotation is still used.
const STATUS: Columns = Columns {
    all: STATUS_FIELDS,
    table: STATUS_FIELDS,
};

const STATUS_FIELDS: &[&str] = &[
    "id",
    "user",
    "state",
    "ends_at",
    "last_used_at",
    "rotated_at",
    "used_since_rotation",
    "rotated_to",
    "successor_state",
    "successor_last_used_at",
];

fn status(authority: &Authority, old: &Token, context: &Context) -> anyhow::Result<Exit> {
    let Some(id) = old.rotated_to else {
        return Err(
            CliError::new(Exit::Conflict, format!("token {} was not rotated", old.id))
                .with_hint(format!("`tokenctl rotate {}` does that", old.id))
                .into(),
        );
    };
    let successor = authority.store().find_token(&id)?;
    let successor = successor.as_ref();
    let rotated_at = successor.map(|token| token.created_at);
    // Uses are recorded by the second: one in the second of the rotation may have been after it.
    let used = rotated_at.map(|at| old.last_used_at.is_some_and(|used| used >= at));
    let now = context.now();
    let row: Vec<Cell> = vec![
        old.id.as_str().into(),
        old.owner.name.as_str().into(),
        old.state(now).as_str().into(),
        old.expires_at.into(),
        old.last_used_at.into(),
        rotated_at.into(),
        used.map_or(Cell::Null, Cell::from),
        id.as_str().into(),
        successor.map(|token| token.state(now).as_str()).into(),
        successor.and_then(|token| token.last_used_at).into(),
    ];
    let selection = STATUS
        .choose(None, context.output.format())
        .context("the fields of a status are its own")?;
    context.output.record(selection, row)?;
    context.output.status(&match used {
        None => format!("Token {id}, which has replaced it, was removed."),
        Some(true) => "The old token was used since: somebody has not changed over yet.".to_owned(),
        Some(false) => "The old token was not used since.".to_owned(),
    });
    Ok(Exit::Ok)
}
