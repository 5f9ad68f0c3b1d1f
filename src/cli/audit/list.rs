use jiff::Timestamp;
use serde_json::value::RawValue;
use tokenctl::change::{Actor, Event, EventOrder, EventQuery, hex};
use tokenctl::history::History;

use super::super::cell::Cell;
use super::super::context::Context;
use super::super::exit::{CliError, Exit};
use super::super::list::parse_limit;
use super::super::output::Format;
use super::super::records::{Columns, Selection};
use super::super::user::count;
use super::super::when::{self, WhenError};

#[derive(clap::Args)]
#[command(
    long_about = "List events, oldest first.\n\nAll of them are listed unless flags choose some. As JSON an event has everything that its hash is made \
                  of: `actor_text` and `details_text` are the texts as they were hashed, so that the chain can be \
                  checked elsewhere.",
    after_help = "Examples:\n  tokenctl audit list --user alice --since 2026-01-01\n  \
                  tokenctl audit list --token 7gk2 --json\n  \
                  tokenctl audit list --action token.revoked --newest --limit 10\n  \
                  tokenctl audit list --after 1200 --format jsonl"
)]
pub(crate) struct Args {
    #[command(flatten)]
    choice: Choice,

    /// List the newest first
    #[arg(long, help_heading = "Arrange the list")]
    newest: bool,

    /// List at most this many
    #[arg(long, value_name = "N", value_parser = parse_limit, allow_hyphen_values = true, help_heading = "Arrange the list")]
    limit: Option<u32>,

    /// Show these fields, in this order; the names are those of --json
    #[arg(long, value_name = "FIELD,...", help_heading = "Arrange the list")]
    columns: Option<String>,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Choose events (all of these must hold)")]
struct Choice {
    /// Events about this token, which may have been removed: its id, or at least the first 4 characters
    #[arg(long, value_name = "ID")]
    token: Option<String>,

    /// Events about this user and their tokens, by the name they had then
    #[arg(long, value_name = "NAME")]
    user: Option<String>,

    /// Events made by somebody of this name, also behind `sudo`
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,

    /// Events of this action, such as `token.revoked`, or of any of these (can be repeated)
    #[arg(long, value_name = "ACTION")]
    action: Vec<String>,

    /// Events at or after this time, from the beginning of this date, or at most this long ago
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    since: Option<String>,

    /// Events before this time, until the end of this date, or at least this long ago
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    until: Option<String>,

    /// Events after the one of this number
    #[arg(long, value_name = "SEQ", value_parser = parse_seq, allow_hyphen_values = true)]
    after: Option<u64>,
}

impl Choice {
    fn resolve(&self, history: &History, now: Timestamp) -> anyhow::Result<EventQuery> {
        type Parse = fn(&str, Timestamp) -> Result<Timestamp, WhenError>;
        let time = |flag: &str, text: &Option<String>, parse: Parse| {
            let time = text.as_deref().map(|text| parse(text, now)).transpose();
            time.map_err(|error| error.of_argument(flag))
        };
        let mut query = EventQuery::default();
        query.after = self.after;
        // A date counts from its beginning to its end.
        query.since = time("--since", &self.since, when::parse_before)?;
        query.until = time("--until", &self.until, when::parse_after)?;
        if let Some(text) = &self.token {
            query.token = Some(history.resolve(text)?);
        }
        query.user.clone_from(&self.user);
        query.actor.clone_from(&self.actor);
        query.actions.clone_from(&self.action);
        Ok(query)
    }
}

const EVENT: Columns = Columns {
    all: &[
        "seq",
        "time",
        "actor",
        "action",
        "user",
        "token",
        "details",
        "previous_hash",
        "hash",
        "actor_text",
        "details_text",
    ],
    table: &["seq", "time", "actor", "action", "user", "token"],
};

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let format = context.output.format();
    let selection = EVENT.choose(args.columns.as_deref(), format)?;
    let history = History::new(context.open()?);
    let mut query = args.choice.resolve(&history, context.now())?;
    let times = [("from", query.since), ("before", query.until)];
    context.output.times("events", times);
    if args.newest {
        query.order = EventOrder::NewestFirst;
    }
    let limit = args.limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    let mut events = history.events(query);
    let (listed, last) = print(&mut events, limit, selection, context)?;
    let more = listed == limit && events.next().transpose()?.is_some();
    context.output.status(&count(listed, "event"));
    if let Some(last) = last.filter(|_| more) {
        context.output.hint(&match args.newest {
            true => "older ones follow with a larger `--limit`".to_owned(),
            false => format!("more follow with `--after {last}`"),
        });
    }
    Ok(Exit::Ok)
}

/// Prints at most `limit` of `events`, and returns how many there were and the number of the last.
fn print(
    events: &mut impl Iterator<Item = Result<Event, tokenctl::store::StoreError>>,
    limit: usize,
    selection: Selection,
    context: &Context,
) -> anyhow::Result<(usize, Option<u64>)> {
    let format = context.output.format();
    let mut records = context.output.records(selection);
    let (mut listed, mut last) = (0, None);
    for event in events.take(limit) {
        let event = event?;
        records.push(&cells(&event, format))?;
        listed += 1;
        last = Some(event.seq);
    }
    records.finish()?;
    Ok((listed, last))
}

/// Returns the cells of `event`, in the order of [`EVENT`].
fn cells(event: &Event, format: Format) -> Vec<Cell> {
    let actor = match format {
        Format::Table => name_of_actor(&event.actor).into(),
        _ => document(&event.actor),
    };
    vec![
        event.seq.into(),
        event.at.into(),
        actor,
        event.action.as_str().into(),
        event.user.as_str().into(),
        event.token.as_deref().into(),
        document(&event.details),
        hex(&event.previous_hash).into(),
        hex(&event.hash).into(),
        event.actor.as_str().into(),
        event.details.as_str().into(),
    ]
}

/// Returns the document that `text` is; what is none, as only tampering makes, is shown as the text it is.
fn document(text: &str) -> Cell {
    RawValue::from_string(text.to_owned()).map_or_else(|_| text.into(), Cell::Json)
}

/// Returns by what people know the actor that `text` describes.
fn name_of_actor(text: &str) -> String {
    match serde_json::from_str::<Actor>(text) {
        Ok(Actor {
            name,
            sudo_user: Some(user),
            ..
        }) => format!("{name} (sudo: {user})"),
        Ok(actor) => actor.name,
        Err(_) => text.to_owned(),
    }
}

fn parse_seq(text: &str) -> Result<u64, CliError> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|_| is_number)
        .ok_or_else(|| CliError::usage("the number of an event is expected"))
}
