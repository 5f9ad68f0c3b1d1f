//! The way back from a backup.
//!
//! A store that works is never replaced: what it has lost comes into it in one immediate transaction, so that a process
//! that is killed leaves the old or the new, and servers go on to read and see the new with their next read. Putting a
//! merged copy in its place by name would not be safe while it is in use: its write-ahead log keeps the old name, and
//! whoever opens the new file then would take the log of the old one for changes to it.
//!
//! Only where there is no store, or one that cannot be read as one, the backup becomes the store. Then it is made whole
//! under another name and put in place by one rename, after the log of the old one was folded into it.

mod common;
mod merge;
mod parted;
mod placing;
mod salvage;

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::TransactionBehavior;
use rustix::fs::OFlags;
use serde_json::json;

use self::placing::Place;
use super::apply::Writer;
use super::backup::{check_copy, open_private, tell};
use super::error::database_error;
use super::files::{self, FileIdentity, Kind, StoreFiles, WriterLock};
use super::temporary::Temporary;
use super::{examine, schema};
use crate::change::{Mode, hex};
use crate::clock::whole_second;
use crate::store::care::{
    Content, Restoration, RestoreError, Restored, Salvage, Stage, Watch, Way,
};
use crate::store::{Insecurity, NotAStore, OpenOptions, StoreError};
use crate::user::UserName;

/// Brings back what the backup has and the store at `path` has lost.
///
/// Where both have a record the newer one stays. What has been refused since the backup was made stays refused:
/// revoked, rotated and removed tokens, disabled and deleted users. What was issued since stays too, and so does the
/// history, to which an event is added. Where there is no store, or one that cannot be read as one, the backup becomes
/// the store; the damaged one is moved aside, and what could still be read of its refusals is kept.
///
/// # Errors
///
/// [`RestoreError`]; the store is as it was then, unless it says [`StoreError::InDoubt`].
pub fn restore(
    path: &Path,
    restoration: &Restoration<'_>,
    options: &OpenOptions,
    watch: &mut Watch<'_>,
) -> Result<Restored, RestoreError> {
    // A dry run makes no directory: where there is none, it is tried in one beside the first that there is.
    let stand_in;
    let path = match restoration.mode {
        Mode::Commit => {
            schema::make_directory_of(path)?;
            path
        }
        Mode::DryRun => {
            stand_in = schema::stand_in_for_directory_of(path)?;
            stand_in.as_ref().map_or(path, |(_, path)| path.as_path())
        }
    };
    let files = StoreFiles::at(path)?;
    files::check_directories(files.directory())?;
    files::check_file_system(files.directory())?;
    if files::is_read_only_medium(files.directory()) {
        return Err(StoreError::ReadOnly.into());
    }
    let taken = take(restoration.from, &files, watch)?;
    let standing = look_at(&files, restoration, options, watch)?;
    // Where nothing is written, not even the file to queue on is made.
    let _turn = match (&standing, restoration.mode) {
        (Standing::Whole, _) | (_, Mode::Commit) => {
            Some(WriterLock::acquire(&files, options.writer_timeout)?)
        }
        _ => None,
    };
    // The wait may have been long, and whoever has broken it off meanwhile finds nothing done.
    tell(watch, Stage::Pages, 0, 0)?;
    match standing {
        Standing::Whole => merge::merge(&files, &taken, restoration, options),
        Standing::Missing => {
            if files.exists()? {
                // Somebody else has made one meanwhile.
                return Err(StoreError::Busy.into());
            }
            become_store(&files, taken, None, restoration, options)
        }
        Standing::Damaged { identity, why } => {
            if files.identity()? != identity {
                // Somebody else has restored it meanwhile.
                return Err(StoreError::Busy.into());
            }
            become_store(&files, taken, Some(why), restoration, options)
        }
    }
}

/// What stands at the path of the store.
enum Standing {
    Missing,
    Whole,
    Damaged { identity: FileIdentity, why: String },
}

fn look_at(
    files: &StoreFiles,
    restoration: &Restoration<'_>,
    options: &OpenOptions,
    watch: &mut Watch<'_>,
) -> Result<Standing, StoreError> {
    if !files.exists()? {
        return Ok(Standing::Missing);
    }
    let identity = files.check()?;
    let damaged = |why: &str| {
        Ok(Standing::Damaged {
            identity,
            why: why.to_owned(),
        })
    };
    match schema::identify(files) {
        Ok(_) => {}
        // Whoever owns it, it is not a store that was damaged.
        Err(
            error @ StoreError::NotAStore {
                why: NotAStore::OfAnother,
                ..
            },
        ) => return Err(error),
        Err(StoreError::NotAStore { why, .. }) if matches!(files.kind()?, Kind::File { .. }) => {
            return damaged(&why.to_string());
        }
        Err(error) => return Err(error),
    }
    let found = examine::check(&files.store, options, restoration.now, watch)?;
    match found
        .findings
        .iter()
        .find(|finding| finding.kind.is_of_the_whole())
    {
        None => Ok(Standing::Whole),
        Some(finding) => damaged(&finding.told()),
    }
}

/// A copy of the backup that nobody else can reach: what is checked is what is restored.
struct Taken {
    path: Temporary,
    content: Content,
}

fn take(from: &Path, files: &StoreFiles, watch: &mut Watch<'_>) -> Result<Taken, RestoreError> {
    let source = StoreFiles::at(from).map_err(RestoreError::Backup)?;
    let identity = identify_backup(&source).map_err(RestoreError::Backup)?;
    if files.exists()? && files.identity()? == identity {
        return Err(RestoreError::SameFile);
    }
    if source.has_log().map_err(RestoreError::Backup)? {
        return Err(RestoreError::NotAlone {
            path: from.to_owned(),
        });
    }
    let path = Temporary::make_in(files.directory())?;
    copy_file(&source, identity, &path, watch)?;
    let prepared = check_copy(&path, watch).and_then(|(content, findings)| {
        // A record that is at odds with the history was written by somebody else.
        if let Some(forged) = findings.iter().find(|finding| finding.kind.is_of_forgery()) {
            return Err(StoreError::Corrupt {
                what: forged.told(),
            });
        }
        let mut copy = open_private(&path)?;
        schema::bring_up_to_date(&mut copy)?;
        copy.pragma_update(None, "journal_mode", "DELETE")
            .map_err(database_error)?;
        copy.close().map_err(|(_, error)| database_error(error))?;
        Ok(content)
    });
    match prepared {
        Ok(content) => Ok(Taken { path, content }),
        Err(error @ (StoreError::Corrupt { .. } | StoreError::Schema { .. })) => {
            Err(RestoreError::Backup(error))
        }
        Err(error) => Err(error.into()),
    }
}

/// Checks that the file is one that nobody else could have written, and that it can be a store.
fn identify_backup(source: &StoreFiles) -> Result<FileIdentity, StoreError> {
    match source.kind()? {
        Kind::File { .. } => {}
        Kind::Link => {
            return Err(StoreError::Insecure {
                path: source.store.clone(),
                why: Insecurity::Link,
            });
        }
        Kind::Other(why) => {
            return Err(StoreError::NotAStore {
                path: source.store.clone(),
                why,
            });
        }
    }
    let identity = source.check()?;
    schema::identify(source)?;
    Ok(identity)
}

fn copy_file(
    source: &StoreFiles,
    identity: FileIdentity,
    to: &Path,
    watch: &mut Watch<'_>,
) -> Result<(), RestoreError> {
    const CHUNK: usize = 64 * 1024;
    let unreadable = |error| RestoreError::Backup(files::io_error("read", &source.store, error));
    let no_follow = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut from = fs::OpenOptions::new()
        .read(true)
        .custom_flags(i32::try_from(no_follow.bits()).unwrap_or_default())
        .open(&source.store)
        .map_err(unreadable)?;
    let metadata = from.metadata().map_err(unreadable)?;
    if FileIdentity::of(&metadata) != identity {
        return Err(RestoreError::Backup(StoreError::Busy));
    }
    let unwritten = |error| files::io_error("write", to, error);
    let mut copy = File::options().write(true).open(to).map_err(unwritten)?;
    let mut buffer = Vec::new();
    buffer
        .try_reserve_exact(CHUNK)
        .map_err(|error| unwritten(error.into()))?;
    buffer.resize(CHUNK, 0);
    let mut done = 0_u64;
    loop {
        let length = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable(error)),
        };
        copy.write_all(buffer.get(..length).unwrap_or_default())
            .map_err(unwritten)?;
        done += length as u64;
        tell(watch, Stage::Copying, done, metadata.len())?;
    }
    Ok(())
}

/// Puts the copy of the backup in the place of a store that is not there, or that is damaged for the reason `damage`.
fn become_store(
    files: &StoreFiles,
    taken: Taken,
    damage: Option<String>,
    restoration: &Restoration<'_>,
    options: &OpenOptions,
) -> Result<Restored, RestoreError> {
    let mut connection = open_private(&taken.path)?;
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(database_error)?;
    let mut writer = Writer::begin(
        &transaction,
        restoration.actor,
        whole_second(restoration.now),
    )?;
    let (way, (salvage, tokens)) = match &damage {
        None => ("became", (Salvage::Whole, Vec::new())),
        Some(_) => (
            "replaced",
            salvage::salvage(files, &transaction, &mut writer, restoration.now, options)?,
        ),
    };
    let counts = json!({ "stays_dead": tokens.len() });
    record(&mut writer, &taken.content, way, counts)?;
    let aside = files.aside()?;
    let is_missing = damage.is_none();
    let restored = Restored {
        backup: taken.content,
        way: match damage {
            None => Way::Became,
            Some(why) => Way::Replaced {
                aside: aside.store.clone(),
                why,
                salvage,
            },
        },
        tokens,
    };
    if restoration.mode == Mode::Commit {
        transaction.commit().map_err(database_error)?;
        placing::make_whole(connection, &taken.path)?;
        let place = Place::prepare(files, is_missing, options)?;
        if let Some(begin) = &options.before_commit {
            begin();
        }
        place.take(files, &aside, taken.path)?;
    }
    Ok(restored)
}

/// Appends the event that tells of the restore.
fn record(
    writer: &mut Writer<'_>,
    backup: &Content,
    way: &str,
    counts: serde_json::Value,
) -> Result<(), StoreError> {
    let details = json!({
        "backup": { "events": backup.events, "head": hex(&backup.head) },
        "way": way,
        "tokens": counts,
    });
    writer.record("store.restored", &UserName::verbatim(""), None, details)
}

/// The events after which a token may do less than before, and lives on. What it may do since stands in its record alone.
const TAKEN_AWAY: &str = "'token.suspended', 'token.restricted', 'token.rotated'";

/// Returns a time of the store as events tell it.
fn told(second: Option<i64>) -> Option<String> {
    let time = Timestamp::from_second(second?).ok()?;
    Some(time.to_string())
}
