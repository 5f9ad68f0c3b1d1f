mod mapped;
mod report;
mod text;

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use tempfile::TempDir;
use tokenctl::change::Mode;
use tokenctl::entropy::OsEntropy;
use tokenctl::policy::Policy;
use tokenctl::store::{Location, OpenOptions, Store};
use tokenctl::transfer::database::Database;
use tokenctl::transfer::lines::Lines;
use tokenctl::transfer::{
    self, Faults, ImportOptions, Odd, Source, SourceError, djblets, drf, knox, sanctum,
};

use self::mapped::{Map, Mapped, PlainList};
pub(crate) use self::report::Report;
use super::context::Context;
use super::exit::{CliError, Exit};
use super::policy_file;
use super::user::new_name;

#[derive(clap::Args)]
#[command(
    long_about = "Bring in users and tokens from another store or system, so that the old headers of old clients go on working.\n\n\
                  All of it is brought in, or nothing. A second run adds nothing. Nothing that is dead or was removed here \
                  comes back to life; a token that the source says is revoked is revoked here too, and one that was \
                  suspended or replaced there, or whose user was disabled, is suspended. One whose row was deleted there, as drf, knox and sanctum do to revoke it, \
                  stays as it is: docs/runbooks/moving-in.md finds them. What is odd is listed on stdout. A token keeps \
                  its end, also one beyond `issue.max_lifetime`.\n\n\
                  SOURCE is one of:\n\n  \
                  tokenctl  an export of `tokenctl export`; `-` reads stdin\n  \
                  djblets   Review Board and others of djblets: `webapi_webapitoken` and `auth_user`\n  \
                  drf       Django REST framework: `authtoken_token` and `auth_user`\n  \
                  knox      django-rest-knox: `knox_authtoken` and `auth_user`\n  \
                  sanctum   Laravel Sanctum: `personal_access_tokens`, and `users` where it is there\n  \
                  csv       a table with a header and --map, or a plain list, one token a line; `-` reads stdin\n\n\
                  djblets, drf, knox and sanctum are read from the system's own SQLite file, which is never altered; stop \
                  the system, or name a backup. Of another database make CSV. Times without a zone are UTC. A plain token of \
                  less than 16 characters is refused, and so is a name or a note that looks like a token.\n\n\
                  A Sanctum token may do everything with the ability `*`, and nothing otherwise: `tokenctl restrict ID \
                  --policy FILE --allow-widening` says what. Tokens of drf and knox may do everything, as they may there.",
    after_help = "Examples:\n  tokenctl import djblets reviewboard.db --dry-run\n  tokenctl import drf db.sqlite3\n  \
                  tokenctl export --store old.db | tokenctl import tokenctl -\n  \
                  tokenctl import csv tokens.csv --map user=owner,token=key,expires=until --read-only"
)]
pub(crate) struct Args {
    /// What it comes from: `tokenctl`, `djblets`, `drf`, `knox`, `sanctum` or `csv`
    #[arg(hide_possible_values = true)]
    source: System,

    /// The file to read
    file: PathBuf,

    /// Show what would be brought in and what is odd, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// Leave out what cannot be brought in, instead of stopping at it
    #[arg(long)]
    skip_bad: bool,

    /// Read these columns: `user`, `token` or `sha256`, and `expires`, `note`, `created`, `last_used`, `policy`
    #[arg(long, value_name = "FIELD=COLUMN,...", help_heading = "With csv")]
    map: Option<Map>,

    /// Give the tokens of a plain list, or of a table without such a column, to this user
    #[arg(long, value_name = "NAME", help_heading = "With csv")]
    user: Option<String>,

    /// Allow them GET, HEAD and OPTIONS, and nothing else
    #[arg(long, group = "rights", help_heading = "With csv")]
    read_only: bool,

    /// Allow them everything
    #[arg(long, group = "rights", help_heading = "With csv")]
    full_access: bool,

    /// Allow them what the policy in this JSON file says
    #[arg(long, value_name = "FILE", group = "rights", help_heading = "With csv")]
    policy: Option<PathBuf>,
}

/// The systems that tokens can come from.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum System {
    Tokenctl,
    Djblets,
    Drf,
    Knox,
    Sanctum,
    Csv,
}

const NO_OWNER: &str = "a plain list does not say whose the tokens are";

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    args.check()?;
    if args.file != Path::new("-") {
        context.refuse_store_file(&args.file)?;
    }
    let mut source = args.source(context)?;
    let mode = match args.dry_run {
        true => Mode::DryRun,
        false => Mode::Commit,
    };
    let (store, _scratch) = store(context, mode)?;
    let options = ImportOptions {
        faults: match args.skip_bad {
            true => Faults::LeaveOut,
            false => Faults::Stop,
        },
        latest_end: context.latest_end()?,
    };
    let mut report = Report::new(context, source.total());
    let imported = transfer::import(
        store.as_ref(),
        source.as_mut(),
        options,
        &mut report,
        &context.actor(),
        &mut OsEntropy,
        context.now(),
        mode,
    );
    report.end_progress();
    let summary = imported?;
    context.warn_of_clock(summary.clock_behind);
    report.print(&summary, mode)?;
    Ok(Exit::Ok)
}

impl Args {
    fn check(&self) -> Result<(), CliError> {
        let has_rights = self.read_only || self.full_access || self.policy.is_some();
        if self.source != System::Csv {
            if self.map.is_some() || self.user.is_some() || has_rights {
                return Err(CliError::usage(
                    "`--map`, `--user` and rights are for the source `csv`: the others say it themselves",
                ));
            }
            if self.source != System::Tokenctl && self.file == Path::new("-") {
                return Err(
                    CliError::usage("a database is not read from stdin").with_hint("name its file")
                );
            }
            return Ok(());
        }
        let maps_policy = self.map.as_ref().is_some_and(Map::has_policy);
        if has_rights == maps_policy {
            return Err(CliError::usage(match maps_policy {
                true => "rights are said twice: by a column and by a flag",
                false => "a table does not say what the tokens may do",
            })
            .with_hint("pass one of `--read-only`, `--full-access`, `--policy FILE`, or map a column to `policy`"));
        }
        let maps_user = self.map.as_ref().is_some_and(Map::has_user);
        if self.user.is_some() == maps_user {
            return Err(CliError::usage(match maps_user {
                true => "owners are said twice: by a column and by `--user`",
                false => NO_OWNER,
            })
            .with_hint("pass `--user NAME`, or name the columns of a table: `--map user=COLUMN,token=COLUMN`"));
        }
        Ok(())
    }

    /// Opens what is read, so that what cannot be is found before a store is made.
    fn source(&self, context: &Context) -> anyhow::Result<Box<dyn Source>> {
        let now = context.now();
        let system = match self.source {
            System::Tokenctl => {
                let input = text::open(&self.file)?;
                return Ok(Box::new(Lines::new(BufReader::new(input))));
            }
            System::Csv => return self.table(context),
            System::Djblets => djblets::read,
            System::Drf => drf::read,
            System::Knox => knox::read,
            System::Sanctum => sanctum::read,
        };
        // A copy of it is made and removed in there: a signal waits until that is done.
        let held = context.hold_signals();
        let database = Database::open(&self.file, &std::env::temp_dir());
        drop(held);
        if let Some(exit) = context.interrupted() {
            return Err(CliError::new(exit, "interrupted, nothing was done").into());
        }
        Ok(database
            .and_then(|database| system(database, now))
            .map_err(transfer::ImportError::from)?)
    }

    fn table(&self, context: &Context) -> anyhow::Result<Box<dyn Source>> {
        let policy = match &self.policy {
            Some(path) => policy_file::read(path, context)?,
            None if self.read_only => Policy::read_only(),
            None => Policy::full_access(),
        };
        let user = self.user.as_deref().map(new_name).transpose()?;
        let input = text::open(&self.file)?;
        Ok(match (&self.map, user) {
            (Some(map), user) => Box::new(Mapped::new(input, map, user, policy, context.now())?),
            (None, Some(user)) => Box::new(PlainList::new(input, user, policy, context.now())),
            (None, None) => {
                // Refused before: a list without an owner.
                return Err(CliError::usage(NO_OWNER).into());
            }
        })
    }
}

/// Opens the store. A dry run makes none: one that is not there yet is as good as an empty one elsewhere, in a directory
/// that is removed when it is dropped.
fn store(context: &Context, mode: Mode) -> anyhow::Result<(Arc<dyn Store>, Option<TempDir>)> {
    if mode == Mode::Commit {
        return Ok((context.open_or_create()?, None));
    }
    match context.open() {
        Err(error) if context.lacks_default_store(&error) => {
            let scratch = tempfile::tempdir().map_err(|error| {
                CliError::new(Exit::Store, format!("failed to make a directory: {error}"))
                    .with_hint("nothing was brought in: see to the directory for temporary files")
            })?;
            let path = scratch.path().join("empty.db");
            let location = path.to_str().map(Location::parse).transpose()?;
            let location = location
                .ok_or_else(|| CliError::usage("the directory for temporary files is not UTF-8"))?;
            Ok((location.create(OpenOptions::default())?, Some(scratch)))
        }
        opened => Ok((opened?, None)),
    }
}

/// Returns how an import ends whose source cannot be read.
pub(crate) fn of_source(error: &SourceError) -> CliError {
    let (exit, hint) = match error {
        SourceError::Unreadable { .. } => (
            Exit::Input,
            "nothing was brought in: see to the path and its permissions",
        ),
        SourceError::InUse { .. } => (
            Exit::Input,
            "nothing was brought in: stop the system, or make a backup of its database and name that",
        ),
        SourceError::Ours { .. } => (
            Exit::Data,
            "nothing was brought in: `tokenctl copy FROM TO` brings one store into another",
        ),
        SourceError::NotThis { .. } => (
            Exit::Data,
            "nothing was brought in: name the system's own SQLite file; of a dump or another database make CSV",
        ),
        _ => (Exit::Data, "nothing was brought in: mend the file"),
    };
    CliError::new(exit, error.to_string()).with_hint(hint)
}

/// Returns how an import ends at something that cannot be brought in.
pub(crate) fn of_fault(odd: &Odd) -> CliError {
    let exit = match odd.oddity.is_bad_content() {
        true => Exit::Data,
        false => Exit::Conflict,
    };
    CliError::new(exit, odd.to_string()).with_hint(
        "nothing was brought in: `--dry-run` lists all of them, `--skip-bad` leaves them out",
    )
}
