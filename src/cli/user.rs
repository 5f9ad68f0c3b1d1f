use std::fmt::Display;

use clap::Subcommand;
use tokenctl::change::{Applied, Change, Mode};
use tokenctl::text::FreeText;
use tokenctl::user::{User, UserName};

use super::cell::Cell;
use super::context::Context;
use super::exit::{CliError, Exit};
use super::mask::refuse_token;
use super::output::Undelivered;
use super::records::Columns;
use super::token_record;

#[derive(clap::Args)]
#[command(
    long_about = "Manage the owners of tokens.\n\nA disabled user's tokens are refused, and work again when the user is enabled. Deleting \
                  a user revokes all their tokens, and the name stays reserved, so that no old token can come back \
                  to life under a new user.",
    after_help = "Examples:\n  tokenctl user add alice\n  tokenctl user disable alice\n  tokenctl user delete alice --dry-run"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Add a user
    #[command(
        after_help = "Examples:\n  tokenctl user add alice\n  tokenctl user add svc-1@example.com --json"
    )]
    Add {
        /// The name: letters, digits and . _ @ + -, a letter or digit first
        name: String,
    },
    /// List the users
    #[command(
        after_help = "Examples:\n  tokenctl user list\n  tokenctl user list --format csv --columns name,state"
    )]
    List {
        /// Show these fields, in this order; the names are those of --json
        #[arg(long, value_name = "FIELD,...")]
        columns: Option<String>,
    },
    /// Show one user
    #[command(after_help = "Examples:\n  tokenctl user show alice\n  tokenctl list --user alice")]
    Show {
        /// The name
        name: String,
    },
    /// Give a user another name; the old one stays reserved
    #[command(after_help = "Examples:\n  tokenctl user rename alice alice.b")]
    Rename {
        /// The present name
        name: String,
        /// The new name
        new_name: String,
    },
    /// Refuse all tokens of a user until they are enabled again
    #[command(after_help = "Examples:\n  tokenctl user disable alice")]
    Disable {
        /// The name
        name: String,
    },
    /// Let the tokens of a disabled user work again
    #[command(after_help = "Examples:\n  tokenctl user enable alice")]
    Enable {
        /// The name
        name: String,
    },
    /// Revoke all tokens of a user and remove the user; the name stays reserved
    #[command(after_help = "Examples:\n  tokenctl user delete alice --dry-run\n  \
                      tokenctl user delete alice --yes --reason 'left the company'")]
    Delete {
        /// The name
        name: String,
        /// Keep this reason with the tokens that are revoked
        #[arg(long, value_name = "TEXT", default_value = "user deleted")]
        reason: String,
        /// Show what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
        /// Do not ask; needed where there is no terminal
        #[arg(short, long)]
        yes: bool,
    },
}

const USER: Columns = Columns {
    all: &["name", "state", "created_at", "updated_at", "disabled_at"],
    table: &["name", "state", "created_at", "disabled_at"],
};

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    match args.action {
        Action::Add { name } => {
            let name = new_name(&name)?;
            let store = context.open_or_create()?;
            let change = Change::AddUser { name };
            let applied = store.apply(&[change], &context.actor(), context.now(), Mode::Commit)?;
            told(context, applied, |name| format!("Added user {name}"))
        }
        Action::List { columns } => {
            let users = context.open()?.users()?;
            let selection = USER.choose(columns.as_deref(), context.output.format())?;
            let mut records = context.output.records(selection);
            for user in &users {
                records.push(&cells(user))?;
            }
            records.finish()?;
            context.output.status(&count(users.len(), "user"));
            Ok(Exit::Ok)
        }
        Action::Show { name } => {
            let user = context.authority()?.user(&UserName::verbatim(name))?;
            context
                .output
                .record(USER.choose(None, context.output.format())?, cells(&user))?;
            Ok(Exit::Ok)
        }
        Action::Rename { name, new_name: to } => {
            let to = new_name(&to)?;
            let done = format!("Renamed user {name} to {to}");
            let name = UserName::verbatim(name);
            changed(context, Change::RenameUser { name, to }, |_| done.clone())
        }
        Action::Disable { name } => changed(
            context,
            Change::DisableUser {
                name: UserName::verbatim(name),
            },
            |name| format!("Disabled user {name}"),
        ),
        Action::Enable { name } => changed(
            context,
            Change::EnableUser {
                name: UserName::verbatim(name),
            },
            |name| format!("Enabled user {name}"),
        ),
        Action::Delete {
            name,
            reason,
            dry_run,
            yes,
        } => {
            let reason = FreeText::parse(reason)
                .map_err(|error| CliError::usage(format!("bad value for `--reason`: {error}")))?;
            refuse_token("the reason", reason.as_str())?;
            let change = Change::DeleteUser {
                name: UserName::verbatim(name),
                reason,
            };
            delete(context, change, dry_run, yes)
        }
    }
}

/// Returns `number` of `things`, with the plural right.
pub(crate) fn count<N: Copy + Display + PartialEq + From<u8>>(number: N, thing: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// Reads the name of a new user.
pub(crate) fn new_name(name: &str) -> Result<UserName, CliError> {
    refuse_token("the name", name)?;
    UserName::parse(name).map_err(|error| {
        CliError::usage(error.to_string()).with_hint("such as `alice` or `svc-1@example.com`")
    })
}

fn changed(
    context: &Context,
    change: Change,
    done: impl Fn(&UserName) -> String,
) -> anyhow::Result<Exit> {
    let store = context.open()?;
    let applied = store.apply(&[change], &context.actor(), context.now(), Mode::Commit)?;
    told(context, applied, done)
}

/// Says what was done to a user, and prints the record.
fn told(
    context: &Context,
    applied: Applied,
    done: impl Fn(&UserName) -> String,
) -> anyhow::Result<Exit> {
    context.warn_of_clock(applied.clock_behind);
    for hit in &applied.users {
        let name = &hit.record.name;
        context.output.status(&match hit.changed {
            true => done(name),
            false => format!(
                "User {name} was {} already; nothing was done.",
                state(&hit.record)
            ),
        });
        let selection = USER.choose(None, context.output.format())?;
        context
            .output
            .record(selection, cells(&hit.record))
            .map_err(Undelivered::after_commit)?;
    }
    Ok(Exit::Ok)
}

fn delete(context: &Context, change: Change, dry_run: bool, yes: bool) -> anyhow::Result<Exit> {
    let store = context.open()?;
    let planned = store.apply(
        std::slice::from_ref(&change),
        &context.actor(),
        context.now(),
        Mode::DryRun,
    )?;
    let live = planned.tokens.iter().filter(|hit| hit.changed).count();
    let name = planned
        .users
        .first()
        .map(|hit| hit.record.name.to_string())
        .unwrap_or_default();
    let plan = format!("user {name} for good and revoke {}", count(live, "token"));
    if dry_run {
        token_record::show_hit(context.output.voice(), &planned);
        context
            .output
            .status(&format!("Would delete {plan}; nothing was done."));
        return told_deleted(context, &planned, Mode::DryRun);
    }
    if !yes {
        context.confirm(&format!("Delete {plan}?"), |voice| {
            token_record::show_hit(voice, &planned);
        })?;
    }
    let applied = store.apply(&[change], &context.actor(), context.now(), Mode::Commit)?;
    context.warn_of_clock(applied.clock_behind);
    let live = applied.tokens.iter().filter(|hit| hit.changed).count();
    context.output.status(&format!(
        "Deleted user {name} and revoked {}.",
        count(live, "token")
    ));
    told_deleted(context, &applied, Mode::Commit)
}

/// Prints the record of a user who is, or would be, no more.
fn told_deleted(context: &Context, applied: &Applied, mode: Mode) -> anyhow::Result<Exit> {
    for hit in &applied.users {
        let selection = USER.choose(None, context.output.format())?;
        let printed = context
            .output
            .record(selection, cells_in_state(&hit.record, "deleted"));
        match mode {
            Mode::DryRun => printed?,
            Mode::Commit => printed.map_err(Undelivered::after_commit)?,
        }
    }
    Ok(Exit::Ok)
}

fn state(user: &User) -> &'static str {
    if user.disabled_at.is_some() {
        "disabled"
    } else {
        "active"
    }
}

fn cells(user: &User) -> Vec<Cell> {
    cells_in_state(user, state(user))
}

fn cells_in_state(user: &User, state: &str) -> Vec<Cell> {
    vec![
        user.name.as_str().into(),
        state.into(),
        user.created_at.into(),
        user.updated_at.into(),
        user.disabled_at.into(),
    ]
}
