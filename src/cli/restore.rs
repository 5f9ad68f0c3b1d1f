use std::path::PathBuf;

use tokenctl::change::Mode;
use tokenctl::store::care::{Fate, Relation, Restoration, Restored, RestoredToken, Salvage, Way};

use super::backup::refuse_stream;
use super::cell::Cell;
use super::context::Context;
use super::exit::Exit;
use super::output::{Undelivered, Voice};
use super::records::Columns;
use super::token_record;
use super::user::count;
use super::watching::Watching;

/// How many tokens a question names one by one.
const SHOWN: usize = 10;

#[derive(clap::Args)]
#[command(
    long_about = "Bring back what a backup has and the store has lost.\n\nNothing that was refused since comes back to life: revoked, rotated, \
                  suspended, expired and removed tokens, disabled and deleted users stay so, and are listed as \
                  `stays_dead`. Where both have a record, the newer one stays; what was issued since stays, and so \
                  does the history. It is one change: servers go on to read meanwhile, and need no restart. There \
                  is no flag that revives: issue another token.\n\nWhere there is no store, the backup becomes it. \
                  One that cannot be read as a store is moved aside, to NAME.corrupt-1, and what can still be read \
                  of its refusals is kept; what was issued there since is in it alone.\n\nThe backup has to be as \
                  private as a store, whole, and of this store: a store of other tokens is refused with exit 4.",
    after_help = "Examples:\n  tokenctl restore /var/backups/tokens-monday.db --dry-run\n  \
                  tokenctl restore /var/backups/tokens-monday.db --yes"
)]
pub(crate) struct Args {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Show what would come back and what would stay dead, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask; needed where there is no terminal
    #[arg(short, long)]
    yes: bool,
}

const RESTORED: Columns = Columns {
    all: &[
        "fate",
        "id",
        "user",
        "state",
        "note",
        "expires_at",
        "last_used_at",
        "revoked_at",
        "revoked_reason",
    ],
    table: &["fate", "id", "user", "state", "expires_at", "note"],
};

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    refuse_stream(&args.file)?;
    context.refuse_store_file(&args.file)?;
    if args.dry_run {
        let planned = restore(&args, context, Mode::DryRun)?;
        print(context, &planned)?;
        tell(context.output.voice(), &planned);
        context
            .output
            .status("This was a dry run; nothing was done.");
        return Ok(Exit::Ok);
    }
    if !args.yes {
        context.somebody()?;
        let planned = restore(&args, context, Mode::DryRun)?;
        context.confirm("Restore it so?", |voice| {
            show(voice, &planned);
            tell(voice, &planned);
        })?;
    }
    let done = restore(&args, context, Mode::Commit)?;
    tell(context.output.voice(), &done);
    print(context, &done).map_err(Undelivered::after_commit)?;
    Ok(Exit::Ok)
}

fn restore(args: &Args, context: &Context, mode: Mode) -> anyhow::Result<Restored> {
    let location = context.location()?;
    let actor = context.actor();
    let restoration = Restoration {
        from: &args.file,
        actor: &actor,
        now: context.now(),
        mode,
    };
    let mut watching = Watching::begin(context);
    let done = location.restore(&restoration, &context.open_options(), &mut |progress| {
        watching.hear(progress)
    });
    watching.end(done)
}

/// Says in words what came of it, or would.
fn tell(voice: Voice<'_>, restored: &Restored) {
    let tokens = count(restored.backup.tokens, "token");
    match &restored.way {
        Way::Became => {
            voice.status(&format!(
                "There was no store: the backup of {tokens} becomes it."
            ));
            voice.warning(
                "what was revoked since the backup is not known: look through `list --state active`",
            );
        }
        Way::Replaced {
            aside,
            why,
            salvage,
        } => {
            voice.status(&format!(
                "The store was damaged ({why}): the backup of {tokens} takes its place."
            ));
            voice.status(&format!("The damaged one is moved to {}", aside.display()));
            if *salvage == Salvage::Partial {
                voice.warning(
                    "not all that was revoked since the backup could be read from it: look through `list --state active`",
                );
            }
        }
        Way::Merged { relation } => voice.status(match relation {
            Relation::Older => "The store has gone on since this backup.",
            Relation::Newer => "The backup has gone on from where the store stands.",
            Relation::Parted => {
                "Store and backup have gone on apart: the newer record counts, but rights only as both give them, and the refusals of both."
            }
        }),
    }
    voice.status(&format!(
        "{} returned, {} updated, {} dead and kept so.",
        restored.count(Fate::Returned),
        restored.count(Fate::Updated),
        restored.count(Fate::StaysDead)
    ));
}

/// Names some of the tokens that it is about.
fn show(voice: Voice<'_>, planned: &Restored) {
    for fate in [Fate::Returned, Fate::Updated, Fate::StaysDead] {
        let tokens = planned.tokens.iter().filter(|token| token.fate == fate);
        let mut tokens = tokens.peekable();
        if tokens.peek().is_none() {
            continue;
        }
        voice.status(&format!("{}:", fate.as_str()));
        for token in tokens.take(SHOWN) {
            token_record::show_token(voice, &token.token);
        }
    }
}

fn print(context: &Context, restored: &Restored) -> Result<(), Undelivered> {
    let format = context.output.format();
    let selection = RESTORED
        .choose(None, format)
        .map_err(|error| Undelivered::Failed(std::io::Error::other(error)))?;
    let mut records = context.output.records(selection);
    for token in &restored.tokens {
        records.push(&cells(token, context))?;
    }
    records.finish()
}

fn cells(restored: &RestoredToken, context: &Context) -> Vec<Cell> {
    let token = &restored.token;
    let reason = token.revoked_at.map(|_| token.revoked_reason.as_str());
    vec![
        restored.fate.as_str().into(),
        token.id.as_str().into(),
        token.owner.name.as_str().into(),
        token.state(context.now()).as_str().into(),
        token.note.as_str().into(),
        token.expires_at.into(),
        token.last_used_at.into(),
        token.revoked_at.into(),
        reason.into(),
    ]
}
