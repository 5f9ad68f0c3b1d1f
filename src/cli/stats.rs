mod chart;

use serde::Serialize;
use tokenctl::clock::whole_second;
use tokenctl::statistics::{AgeBand, Statistics, UserState};

use self::chart::{Chart, Line, Section};
use super::cell::Cell;
use super::context::Context;
use super::exit::Exit;
use super::output::Format;
use super::records::Columns;

#[derive(clap::Args)]
#[command(
    long_about = "Show the store in numbers.\n\nTokens are counted by state, age, format and owner, and the active ones by what may have to be done about \
                  them: those that end soon, that were never used, or not for 90 days. On a terminal of 60 columns or \
                  more the numbers have bars.",
    after_help = "Examples:\n  tokenctl stats\n  tokenctl stats --owners 50\n  \
                  tokenctl stats --json | jq .active.expiring_in_7_days\n  tokenctl stats --format csv"
)]
pub(crate) struct Args {
    /// Show this many owners, those with the most active tokens
    #[arg(long, value_name = "N", default_value_t = 10)]
    owners: u32,
}

const STATISTICS: Columns = Columns {
    all: &[
        "at",
        "tokens",
        "states",
        "active",
        "ages",
        "oldest_active",
        "generators",
        "owners",
        "users",
        "removed",
        "events",
    ],
    table: &[],
};

const COUNT: Columns = Columns {
    all: &["group", "name", "count"],
    table: &[],
};

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let owners = usize::try_from(args.owners).unwrap_or(usize::MAX);
    let statistics = context.open()?.statistics(context.now(), owners)?;
    let format = context.output.format();
    match format {
        Format::Json | Format::Jsonl => {
            let selection = STATISTICS.choose(None, format)?;
            context
                .output
                .record(selection, cells(&statistics, context)?)?;
        }
        Format::Csv => {
            let mut records = context.output.records(COUNT.choose(None, format)?);
            for (group, name, count) in counts(&statistics) {
                records.push(&[group.into(), name.into(), count.into()])?;
            }
            records.finish()?;
        }
        Format::Table => {
            let chart = Chart::for_terminal(context.output.width(), |name| std::env::var_os(name));
            let text = chart.draw(&sections(&statistics));
            context.output.raw(text.as_bytes())?;
        }
    }
    Ok(Exit::Ok)
}

/// The oldest active token, as it stands in JSON.
#[derive(Serialize)]
struct Oldest<'a> {
    id: &'a str,
    user: &'a str,
    created_at: String,
}

/// Returns the cells of `statistics`, in the order of [`STATISTICS`].
fn cells(statistics: &Statistics, context: &Context) -> anyhow::Result<Vec<Cell>> {
    let oldest = statistics.oldest_active.as_ref().map(|oldest| Oldest {
        id: oldest.id.as_str(),
        user: oldest.user.as_str(),
        created_at: oldest.created_at.to_string(),
    });
    Ok(vec![
        whole_second(context.now()).into(),
        statistics.tokens.into(),
        Cell::json(&statistics.states)?,
        Cell::json(&statistics.active)?,
        Cell::json(&statistics.ages)?,
        Cell::json(&oldest)?,
        Cell::json(&statistics.generators)?,
        Cell::json(&statistics.owners)?,
        Cell::json(&statistics.users)?,
        statistics.removed.into(),
        statistics.events.into(),
    ])
}

/// Returns each number with its group and name, as it stands in CSV.
fn counts(statistics: &Statistics) -> Vec<(&'static str, String, u64)> {
    let mut counts = vec![("tokens", "all".to_owned(), statistics.tokens)];
    let mut add = |group, names: &[(&str, u64)]| {
        counts.extend(
            names
                .iter()
                .map(|(name, n)| (group, (*name).to_owned(), *n)),
        );
    };
    add("states", &states(statistics));
    add("active", &actives(statistics).map(|(name, _, n)| (name, n)));
    for band in &statistics.ages {
        add("ages", &[(&name_of_band(band), band.active)]);
    }
    for of in &statistics.generators {
        add("generators", &[(&of.generator, of.tokens)]);
        add("active_by_generator", &[(&of.generator, of.active)]);
    }
    for of in &statistics.owners {
        add("owners", &[(of.user.as_str(), of.tokens)]);
        add("active_by_owner", &[(of.user.as_str(), of.active)]);
    }
    add("users", &users(statistics));
    add("tokens", &[("removed", statistics.removed)]);
    add("events", &[("all", statistics.events)]);
    counts
}

/// Returns what is shown to people.
fn sections(statistics: &Statistics) -> Vec<Section> {
    let line = |(name, count): &(&str, u64)| Line::new(*name, *count);
    let mut active: Vec<Line> = actives(statistics)
        .iter()
        .map(|(_, label, count)| Line::new(*label, *count))
        .collect();
    if let Some(oldest) = &statistics.oldest_active {
        let of = format!("{} of {}", oldest.id, oldest.user);
        active.push(Line::text("oldest", format!("{of}, {}", oldest.created_at)));
    }
    let owner_of = |user: &str, state| match state {
        UserState::Active => user.to_owned(),
        UserState::Disabled => format!("{user} (disabled)"),
        UserState::Deleted => format!("{user} (deleted)"),
    };
    let store = [
        ("tokens", statistics.tokens),
        ("removed tokens", statistics.removed),
        ("events", statistics.events),
    ];
    vec![
        Section::plain("Store", store.iter().map(line).collect()),
        Section::chart(
            "Tokens by state",
            states(statistics).iter().map(line).collect(),
        ),
        Section::plain("Active tokens", active),
        Section::chart(
            "Active tokens by age",
            (statistics.ages.iter())
                .map(|band| Line::new(label_of_band(band), band.active))
                .collect(),
        ),
        Section::chart(
            "Active tokens by format (of all)",
            (statistics.generators.iter())
                .map(|of| Line::part(of.generator.as_str(), of.active, of.tokens))
                .collect(),
        ),
        Section::chart(
            "Active tokens by owner (of all)",
            (statistics.owners.iter())
                .map(|of| Line::part(owner_of(of.user.as_str(), of.state), of.active, of.tokens))
                .collect(),
        ),
        Section::plain("Users", users(statistics).iter().map(line).collect()),
    ]
}

fn states(statistics: &Statistics) -> [(&'static str, u64); 5] {
    let states = &statistics.states;
    [
        ("active", states.active),
        ("expired", states.expired),
        ("suspended", states.suspended),
        ("rotated", states.rotated),
        ("revoked", states.revoked),
    ]
}

/// Returns name, label and count.
fn actives(statistics: &Statistics) -> [(&'static str, &'static str, u64); 7] {
    let active = &statistics.active;
    [
        (
            "expiring_in_7_days",
            "end within 7 days",
            active.expiring_in_7_days,
        ),
        (
            "expiring_in_30_days",
            "end within 30 days",
            active.expiring_in_30_days,
        ),
        (
            "expiring_in_90_days",
            "end within 90 days",
            active.expiring_in_90_days,
        ),
        ("never_expiring", "never end", active.never_expiring),
        ("never_used", "never used", active.never_used),
        (
            "unused_for_90_days",
            "not used for 90 days",
            active.unused_for_90_days,
        ),
        (
            "of_disabled_users",
            "of disabled users",
            active.of_disabled_users,
        ),
    ]
}

fn users(statistics: &Statistics) -> [(&'static str, u64); 3] {
    let users = &statistics.users;
    [
        ("active", users.active),
        ("disabled", users.disabled),
        ("deleted", users.deleted),
    ]
}

fn name_of_band(band: &AgeBand) -> String {
    match band.to_days {
        Some(to) => format!("{}_to_{to}_days", band.from_days),
        None => format!("{}_days_and_more", band.from_days),
    }
}

fn label_of_band(band: &AgeBand) -> String {
    match (band.from_days, band.to_days) {
        (0, Some(to)) => format!("under {to} days"),
        (from, Some(to)) => format!("{from} to {to} days"),
        (from, None) => format!("{from} days or more"),
    }
}
