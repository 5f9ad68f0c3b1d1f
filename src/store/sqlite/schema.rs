//! The schema: what makes a file ours, how it is created, and how an older one is brought up to date.

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use tempfile::TempDir;

use super::backup::copy_to;
use super::commit::commit;
use super::error::database_error;
use super::files::{self, StoreFiles, WriterLock};
use super::log::Anchor;
use super::opening::use_log;
use super::temporary::Temporary;
use super::{OpenOptions, configure, open_for_writing, open_immutable};
use crate::store::{NotAStore, StoreError};

/// What SQLite's header says of a file of ours: `tkcs` in ASCII.
pub const APPLICATION_ID: i32 = 0x746b_6373;

/// The steps from nothing to the present schema. Append only: a step that was released is never edited.
const MIGRATIONS: [&str; 1] = [include_str!("0001_init.sql")];

/// The schema of this build, SQLite's `user_version`.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// The oldest schema that this build reads.
const OLDEST_READABLE: i64 = if SCHEMA_VERSION > 1 {
    SCHEMA_VERSION - 1
} else {
    1
};

/// What [`migrate`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// The schema before.
    pub from: i64,
    /// The schema after.
    pub to: i64,
    /// Where the store was copied to first; `None` when there was nothing to do.
    pub backup: Option<PathBuf>,
}

/// Checks that the file is a store of ours, without leaving a trace: nothing is locked, nothing is made beside it.
/// Returns what a log beside it is known by.
pub(super) fn identify(files: &StoreFiles) -> Result<Anchor, StoreError> {
    match files.kind()? {
        files::Kind::Link => return Ok(Anchor::default()), // Refused by the check of the files, which says it better.
        files::Kind::Other(why) => return Err(not_ours(files, why)),
        files::Kind::File { length: 0 } => return Err(not_ours(files, NotAStore::Empty)),
        files::Kind::File { .. } => {}
    }
    let looked =
        open_immutable(files).and_then(|connection| Ok((application_id(&connection)?, connection)));
    match looked {
        Ok((APPLICATION_ID, connection)) => Anchor::read(files, &connection),
        Ok(_) => Err(not_ours(files, NotAStore::OfAnother)),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            Err(not_ours(files, NotAStore::NotADatabase))
        }
        // It may be somebody else's, or ours while a checkpoint lengthens it: without locks its header can be ahead
        // of its length. Opening it for good tells.
        Err(_) => Ok(Anchor::default()),
    }
}

/// Checks the same on an open connection, under SQLite's locks.
pub(super) fn check_application(
    files: &StoreFiles,
    connection: &Connection,
) -> Result<(), StoreError> {
    match application_id(connection).map_err(database_error)? {
        APPLICATION_ID => Ok(()),
        _ => Err(not_ours(files, NotAStore::OfAnother)),
    }
}

fn not_ours(files: &StoreFiles, why: NotAStore) -> StoreError {
    StoreError::NotAStore {
        path: files.store.clone(),
        why,
    }
}

fn application_id(connection: &Connection) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, "application_id", |row| row.get(0))
}

/// Checks that the schema is one that this build can read.
pub(super) fn check_readable(connection: &Connection) -> Result<(), StoreError> {
    check_version(connection, OLDEST_READABLE)
}

/// Checks that the schema is the one that this build writes: an older one is migrated first, not written to.
pub(super) fn check_writable(connection: &Connection) -> Result<(), StoreError> {
    check_version(connection, SCHEMA_VERSION)
}

fn check_version(connection: &Connection, oldest: i64) -> Result<(), StoreError> {
    let found = version(connection)?;
    if (oldest..=SCHEMA_VERSION).contains(&found) {
        return Ok(());
    }
    Err(StoreError::Schema {
        found,
        known: SCHEMA_VERSION,
    })
}

pub(super) fn version(connection: &Connection) -> Result<i64, StoreError> {
    connection
        .prepare_cached("PRAGMA user_version")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(database_error)
}

/// Makes the directories above `path` that are missing, for the caller alone, and makes their names last.
pub(super) fn make_directory_of(path: &Path) -> Result<(), StoreError> {
    let Some(directory) = named_parent(path) else {
        return Ok(());
    };
    let missing: Vec<&Path> = directory
        .ancestors()
        .take_while(|ancestor| !ancestor.as_os_str().is_empty() && !ancestor.exists())
        .collect();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|source| files::io_error("create", directory, source))?;
    // A store that is synced in a directory whose name is not would be lost with it.
    for made in missing {
        files::sync_directory(named_parent(made).unwrap_or(Path::new(".")))?;
    }
    Ok(())
}

/// Makes a directory for the caller alone in the place of one above `path` that is missing, and returns what `path` is
/// in it; `None` where none is missing.
pub(super) fn stand_in_for_directory_of(
    path: &Path,
) -> Result<Option<(TempDir, PathBuf)>, StoreError> {
    let (Some(directory), Some(name)) = (named_parent(path), path.file_name()) else {
        return Ok(None);
    };
    if directory.exists() {
        return Ok(None);
    }
    let beside = directory.ancestors().find(|ancestor| ancestor.exists());
    let beside = beside.unwrap_or(Path::new("."));
    let made = tempfile::Builder::new()
        .prefix(files::TEMPORARY)
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(beside)
        .map_err(|source| files::io_error("create a directory in", beside, source))?;
    let path = made.path().join(name);
    Ok(Some((made, path)))
}

fn named_parent(path: &Path) -> Option<&Path> {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
}

/// Makes an empty store and puts it at `path`, unless something is there.
pub(super) fn create(path: &Path) -> Result<(), StoreError> {
    make_directory_of(path)?;
    let files = StoreFiles::at(path)?;
    let directory = files.directory();
    files::check_directories(directory)?;
    files::check_file_system(directory)?;
    files.check_free()?;
    // 0600 from the start; SQLite gives the files beside it the same mode.
    let temporary = Temporary::make_in(directory)?;
    fill(&temporary)?;
    temporary.put_in_place(&files.store)
}

fn fill(path: &Path) -> Result<(), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(database_error)?;
    configure(&connection, std::time::Duration::ZERO)?;
    connection
        .pragma_update(None, "application_id", APPLICATION_ID)
        .map_err(database_error)?;
    run(&mut connection, &MIGRATIONS)?;
    // Last, so that the log is empty: whoever closes it is not told of what could not be brought from it into the file.
    use_log(&connection)?;
    connection
        .close()
        .map_err(|(_, error)| database_error(error))
}

/// Runs the steps of `migrations` that the database has not seen, all in one transaction.
fn run(connection: &mut Connection, migrations: &[&str]) -> Result<(), StoreError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(database_error)?;
    let done = usize::try_from(version(&transaction)?).unwrap_or(usize::MAX);
    for step in migrations.iter().skip(done) {
        transaction.execute_batch(step).map_err(database_error)?;
    }
    let version = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    transaction
        .pragma_update(None, "user_version", version)
        .map_err(database_error)?;
    commit(transaction)
}

/// Brings the store at `path` to the schema of this build, after copying it to a file beside it.
///
/// The copy is named after the schema it has, `STORE.schema-N`, and is never written over: where a migration was broken
/// off, the copy of the next one is `STORE.schema-N-2`, and so on.
///
/// # Errors
///
/// [`StoreError`]: as for opening, [`StoreError::Schema`] when the store is newer than this build. Nothing has been
/// changed then, unless it is [`StoreError::InDoubt`].
pub fn migrate(path: &Path, options: &OpenOptions) -> Result<Migration, StoreError> {
    migrate_with(path, options, &MIGRATIONS)
}

/// Brings the store at `path` beyond the schema of this build, by `further` steps: for the harness that kills
/// migrations, as long as no store of this build is of an older schema.
///
/// # Errors
///
/// As for [`migrate`].
#[doc(hidden)]
pub fn migrate_beyond(
    path: &Path,
    options: &OpenOptions,
    further: &[&str],
) -> Result<Migration, StoreError> {
    migrate_with(path, options, &[&MIGRATIONS, further].concat())
}

fn migrate_with(
    path: &Path,
    options: &OpenOptions,
    migrations: &[&str],
) -> Result<Migration, StoreError> {
    let files = StoreFiles::at(path)?;
    identify(&files)?;
    files.check()?;
    if files::is_read_only_medium(files.directory()) {
        return Err(StoreError::ReadOnly);
    }
    let _turn = WriterLock::acquire(&files, options.writer_timeout)?;
    let mut connection = open_for_writing(&files, options.writer_timeout)?.connection;
    connection
        .pragma_update(None, "synchronous", "FULL")
        .map_err(database_error)?;
    let from = version(&connection)?;
    let to = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    if from == to {
        return Ok(Migration {
            from,
            to,
            backup: None,
        });
    }
    if !(1..to).contains(&from) {
        return Err(StoreError::Schema {
            found: from,
            known: to,
        });
    }
    let backup = files.copy_of_schema(from)?;
    copy_to(&mut connection, &backup)?;
    if let Some(begin) = &options.before_commit {
        begin();
    }
    run(&mut connection, migrations)?;
    Ok(Migration {
        from,
        to,
        backup: Some(backup),
    })
}

/// Returns the schema that a store of `version` has, as SQLite itself would list it.
pub(super) fn expected_objects(version: i64) -> Result<Vec<SchemaObject>, StoreError> {
    let connection = Connection::open_in_memory().map_err(database_error)?;
    let steps = usize::try_from(version).unwrap_or_default();
    for step in MIGRATIONS.iter().take(steps) {
        connection.execute_batch(step).map_err(database_error)?;
    }
    objects(&connection)
}

/// A table, index, trigger or view: kind, name, and the text that made it.
pub(super) type SchemaObject = (String, String, Option<String>);

/// Returns all that the schema of the database consists of.
pub(super) fn objects(connection: &Connection) -> Result<Vec<SchemaObject>, StoreError> {
    let mut statement = connection
        .prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")
        .map_err(database_error)?;
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .map_err(database_error)?;
    rows.collect::<Result<_, _>>().map_err(database_error)
}

/// Brings a private copy of a store to the schema of this build.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> Result<(), StoreError> {
    run(connection, &MIGRATIONS)
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;
    use std::os::unix::fs::{FileExt as _, PermissionsExt as _};

    use super::*;

    const NEXT: [&str; 2] = [MIGRATIONS[0], "CREATE TABLE later (x INTEGER) STRICT;"];

    fn store() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tokens.db");
        create(&path).unwrap();
        (directory, path)
    }

    /// Returns a connection to a store of this build without anything in it, which is removed with its directory.
    pub(in crate::store::sqlite) fn empty_store() -> (tempfile::TempDir, Connection) {
        let (directory, path) = store();
        let connection = raw(&path);
        (directory, connection)
    }

    fn raw(path: &Path) -> Connection {
        Connection::open(path).unwrap()
    }

    #[test]
    fn created_store_is_private_and_alone() {
        let (directory, path) = store();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
            0o600
        );
        let names: Vec<_> = fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(names, ["tokens.db"]);
        assert!(matches!(create(&path), Err(StoreError::Exists { .. })));
    }

    #[test]
    fn migration_copies_the_store_and_is_done_once() {
        let (_directory, path) = store();
        let options = OpenOptions::default();
        let nothing = migrate_with(&path, &options, &MIGRATIONS).unwrap();
        assert_eq!(
            nothing,
            Migration {
                from: 1,
                to: 1,
                backup: None
            }
        );

        let done = migrate_with(&path, &options, &NEXT).unwrap();
        let backup = done.backup.unwrap();
        assert_eq!((done.from, done.to), (1, 2));
        assert_eq!(
            fs::metadata(&backup).unwrap().permissions().mode() & 0o7777,
            0o600
        );
        assert_eq!(version(&raw(&backup)).unwrap(), 1);
        assert_eq!(version(&raw(&path)).unwrap(), 2);
        let again = migrate_with(&path, &options, &NEXT).unwrap();
        assert_eq!(
            again,
            Migration {
                from: 2,
                to: 2,
                backup: None
            }
        );
    }

    #[test]
    fn failed_migration_leaves_the_old_schema() {
        let (_directory, path) = store();
        let broken = [
            MIGRATIONS[0],
            "CREATE TABLE later (x INTEGER) STRICT; CREATE nonsense;",
        ];
        assert!(migrate_with(&path, &OpenOptions::default(), &broken).is_err());
        let connection = raw(&path);
        assert_eq!(version(&connection).unwrap(), 1);
        assert!(!connection.table_exists(None, "later").unwrap());
    }

    #[test]
    fn migration_that_was_broken_off_after_its_copy_can_be_done_again() {
        let (directory, path) = store();
        let options = OpenOptions::default();
        let broken = [MIGRATIONS[0], "CREATE nonsense;"];
        migrate_with(&path, &options, &broken).unwrap_err();
        let first = directory.path().join("tokens.db.schema-1");
        let content = fs::read(&first).unwrap();

        let done = migrate_with(&path, &options, &NEXT).unwrap();
        let second = directory.path().join("tokens.db.schema-1-2");
        assert_eq!(done.backup.as_ref(), Some(&second));
        assert_eq!(version(&raw(&second)).unwrap(), 1);
        assert_eq!(version(&raw(&path)).unwrap(), 2);
        assert_eq!(fs::read(&first).unwrap(), content, "it was written over");
    }

    #[test]
    fn older_build_refuses_a_newer_schema() {
        let (_directory, path) = store();
        migrate_with(&path, &OpenOptions::default(), &NEXT).unwrap();
        let refused = migrate(&path, &OpenOptions::default());
        assert!(
            matches!(refused, Err(StoreError::Schema { found: 2, known: 1 })),
            "{refused:?}"
        );
        let refused = super::super::SqliteStore::open(&path, OpenOptions::default());
        assert!(
            matches!(refused, Err(StoreError::Schema { found: 2, known: 1 })),
            "{refused:?}"
        );
    }

    #[test]
    fn what_is_not_ours_is_refused_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tokens.db");
        let refused = |content: &[u8]| {
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let error = super::super::SqliteStore::open(&path, OpenOptions::default()).unwrap_err();
            assert!(matches!(error, StoreError::NotAStore { .. }), "{error:?}");
            assert_eq!(fs::read(&path).unwrap(), content);
            assert_eq!(
                fs::read_dir(directory.path()).unwrap().count(),
                1,
                "left something beside"
            );
        };
        refused(b"");
        refused(b"hello, I am a text file\n");
        refused(&[0xff; 8192]);
        fs::remove_file(&path).unwrap();
        raw(&path)
            .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE other (x);")
            .unwrap();
        let foreign = fs::read(&path).unwrap();
        refused(&foreign);
    }

    #[test]
    fn store_is_ours_while_a_checkpoint_lengthens_it() {
        let (_directory, path) = store();
        let writer = raw(&path);
        writer
            .execute_batch(
                "PRAGMA wal_autocheckpoint = 0; \
                 WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 500) \
                 INSERT INTO user (name, created_at, updated_at) SELECT 'user' || x, 0, 0 FROM n;",
            )
            .unwrap();
        // A checkpoint writes the first page, with the new count of pages, before the pages that are counted.
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all_at(&1_000_u32.to_be_bytes(), 28).unwrap();
        super::super::SqliteStore::open(&path, OpenOptions::default()).unwrap();
    }

    #[test]
    fn store_is_not_made_beside_the_log_of_another() {
        let (directory, path) = store();
        fs::remove_file(&path).unwrap();
        for name in ["tokens.db-wal", "tokens.db-shm", "tokens.db-journal"] {
            let left = directory.path().join(name);
            fs::write(&left, b"of a store that was removed").unwrap();
            let refused = create(&path);
            assert!(
                matches!(&refused, Err(StoreError::Exists { path }) if *path == left),
                "{refused:?}"
            );
            fs::remove_file(&left).unwrap();
        }
    }
}
