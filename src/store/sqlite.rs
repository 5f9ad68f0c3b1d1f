//! The embedded store: one SQLite file, its write-ahead log, and a lock file.

mod apply;
mod backup;
mod brake;
mod commit;
mod error;
mod examine;
mod export;
mod files;
mod history;
mod log;
mod opening;
#[cfg(test)]
pub(crate) mod plan;
mod query;
mod readers;
mod restore;
mod schema;
mod statistics;
mod temporary;

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior};

pub use self::backup::backup;
use self::error::database_error;
pub use self::examine::check;
use self::files::{FileIdentity, StoreFiles, WriterLock};
pub(crate) use self::files::{beside, immutable_uri};
pub use self::files::{files_of, is_on_read_only_medium};
use self::opening::{configure, open_checked, open_for_writing, open_immutable};
use self::readers::Readers;
pub use self::restore::restore;
#[doc(hidden)]
pub use self::schema::migrate_beyond;
pub use self::schema::{APPLICATION_ID, Migration, SCHEMA_VERSION, migrate};
use super::{ChangeError, OpenOptions, Readiness, Store, StoreError};
use crate::change::{Actor, Applied, Change, Event, EventQuery, Mode};
use crate::observer::{self, Observer};
use crate::record::{Imported, RecordSource, TokenRecord, Tombstone, UserRecord};
use crate::secret::{DigestKind, TokenDigest};
use crate::selector::{Listing, Selector};
use crate::statistics::Statistics;
use crate::token::Token;
use crate::token_id::TokenId;
use crate::user::{User, UserName};

/// The oldest SQLite that does not lose a commit when writers and checkpoints race.
const OLDEST_SQLITE: i32 = 3_051_003;

/// What SQLite counts a wait in is milliseconds of 32 bits: 24 days.
const LONGEST_WAIT: Duration = Duration::from_millis(i32::MAX as u64);

/// How many events of an import an observer is told of at once.
const OBSERVED_AT_ONCE: usize = 1_000;

/// A store in one SQLite file.
///
/// It may be shared between threads: each reading thread has a connection of its own from a pool. It must not be
/// carried across a `fork`: open it after.
pub struct SqliteStore {
    files: StoreFiles,
    options: OpenOptions,
    medium: Medium,
    readers: Readers,
    writer: Mutex<Option<Opened>>,
}

struct Opened {
    identity: FileIdentity,
    connection: Connection,
}

/// How the file can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Medium {
    Writable,
    /// Nothing can be written, so there is no log either, and SQLite must be told that nothing changes.
    Immutable,
}

impl SqliteStore {
    /// Opens the store at `path`.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: there is none, it is not ours, its schema is not known, it is not safe, or it cannot be read.
    pub fn open(path: &Path, options: OpenOptions) -> Result<Self, StoreError> {
        if rusqlite::version_number() < OLDEST_SQLITE {
            return Err(StoreError::Database {
                code: rusqlite::version_number(),
                what: "the SQLite library is older than 3.51.3 and can lose commits".into(),
            });
        }
        let files = StoreFiles::at(path)?;
        let (identity, connection, medium) = open_checked(&files, &options)?;
        Ok(Self {
            files,
            options,
            medium,
            readers: Readers::new(identity, connection),
            writer: Mutex::new(None),
        })
    }

    /// Creates an empty store at `path`, and the directories above it that are missing (0700), then opens it.
    ///
    /// It is made whole under another name and then put in place without overwriting, so that no one ever sees half
    /// a store; of several processes that create the same one, one wins and the others get [`StoreError::Exists`].
    ///
    /// # Errors
    ///
    /// [`StoreError`], as for [`SqliteStore::open`] and when it cannot be written.
    pub fn create(path: &Path, options: OpenOptions) -> Result<Self, StoreError> {
        schema::create(path)?;
        // It is there, whatever keeps it from being opened.
        Self::open(path, options).map_err(temporary::in_doubt)
    }

    /// Runs `work` on a reading connection.
    fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // A file that was put in the place of ours since is opened anew: its answers count, not those of the old.
        let identity = self.files.identity()?;
        let (identity, connection) = match self.readers.take(identity) {
            Some(connection) => (identity, connection),
            None => {
                let (identity, connection, _) = open_checked(&self.files, &self.options)?;
                (identity, connection)
            }
        };
        let answer = work(&connection)?;
        if self.medium == Medium::Immutable && self.files.has_wal()? {
            return Err(StoreError::ReadOnly);
        }
        self.readers.give_back(identity, connection);
        Ok(answer)
    }

    /// Has `observer` told of the events after the first number of `range` up to its last, in pages.
    fn tell(&self, observer: &dyn Observer, mut range: Range<u64>) -> Result<(), StoreError> {
        while !range.is_empty() {
            let mut page = self.find_events(&EventQuery::after(range.start), OBSERVED_AT_ONCE)?;
            page.retain(|event| event.seq <= range.end);
            let Some(last) = page.last() else { break };
            range.start = last.seq;
            observer::tell(observer, |observer| observer.recorded(&page));
        }
        Ok(())
    }

    /// Runs `work` in an immediate transaction, in this writer's turn.
    fn write<T>(
        &self,
        synchronous: Synchronous,
        mode: Mode,
        work: impl FnOnce(&Connection) -> Result<T, ChangeError>,
    ) -> Result<T, ChangeError> {
        if self.medium == Medium::Immutable || files::is_read_only_medium(self.files.directory()) {
            return Err(StoreError::ReadOnly.into());
        }
        let deadline = Instant::now() + self.options.writer_timeout.min(LONGEST_WAIT);
        let left = || deadline.saturating_duration_since(Instant::now());
        self.files.check()?;
        tracing::debug!("waiting for the turn to write");
        let _turn = WriterLock::acquire(&self.files, self.options.writer_timeout)?;
        brake::hold_back(&self.files, left())?;
        let mut writer = lock(&self.writer);
        let identity = self.files.identity()?;
        if writer
            .as_ref()
            .is_some_and(|opened| opened.identity != identity)
        {
            *writer = None;
        }
        let opened = match &mut *writer {
            Some(opened) => opened,
            none => none.insert(open_for_writing(&self.files, self.options.writer_timeout)?),
        };
        let connection = &mut opened.connection;
        // Writers who know the lock file are behind us now; this is for those who do not.
        connection.busy_timeout(left()).map_err(database_error)?;
        connection
            .pragma_update(None, "synchronous", synchronous.as_str())
            .map_err(database_error)?;
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(database_error)?;
        schema::check_writable(&transaction)?;
        let answer = work(&transaction)?;
        match mode {
            Mode::DryRun => {
                tracing::debug!("taking back what was only tried");
                transaction.rollback().map_err(database_error)?;
            }
            Mode::Commit => {
                if let Some(begin) = &self.options.before_commit {
                    begin();
                }
                commit::commit(transaction)?;
                tracing::debug!("committed");
            }
        }
        Ok(answer)
    }
}

/// How hard a commit is pressed onto the medium.
#[derive(Clone, Copy)]
enum Synchronous {
    Full,
    Normal,
}

impl Synchronous {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
        }
    }
}

impl Store for SqliteStore {
    fn find_by_digest(&self, digest: &TokenDigest) -> Result<Option<Token>, StoreError> {
        self.read(|connection| query::find_by_digest(connection, digest))
    }

    fn foreign_digest_kinds(&self) -> Result<Vec<DigestKind>, StoreError> {
        self.read(query::foreign_digest_kinds)
    }

    fn find_token(&self, id: &TokenId) -> Result<Option<Token>, StoreError> {
        self.read(|connection| Ok(query::find_token(connection, id)?.map(|row| row.token)))
    }

    fn find_ids(&self, prefix: &str, limit: usize) -> Result<Vec<TokenId>, StoreError> {
        self.read(|connection| query::find_ids(connection, prefix, limit))
    }

    fn list_behind(
        &self,
        listing: &Listing,
        last: Option<&(i64, Token)>,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(i64, Token)>, StoreError> {
        self.read(|connection| {
            let snapshot = export::snapshot(connection)?;
            let rows = query::list(&snapshot, listing, last, now, limit)?;
            tracing::debug!(tokens = rows.len(), "read a page of tokens");
            Ok(rows.into_iter().map(|row| (row.seq, row.token)).collect())
        })
    }

    fn knows_user(&self, name: &UserName) -> Result<bool, StoreError> {
        self.read(|connection| query::knows_user(connection, name))
    }

    fn find_user(&self, name: &UserName) -> Result<Option<User>, StoreError> {
        self.read(|connection| Ok(query::find_user(connection, name)?.map(|row| row.user)))
    }

    fn users(&self) -> Result<Vec<User>, StoreError> {
        self.read(query::users)
    }

    fn apply(
        &self,
        changes: &[Change],
        actor: &Actor,
        now: Timestamp,
        mode: Mode,
    ) -> Result<Applied, ChangeError> {
        let observer = self.options.observer.as_deref();
        let observer = observer.filter(|_| mode == Mode::Commit);
        let mut events = observer.map(|_| Vec::new());
        let applied = self.write(Synchronous::Full, mode, |transaction| {
            apply::apply(transaction, changes, actor, now, events.as_mut())
        })?;
        let tokens = applied.tokens.len();
        tracing::debug!(changes = changes.len(), tokens, ?mode, "made changes");
        if let (Some(observer), Some(events @ [_, ..])) = (observer, events.as_deref()) {
            observer::tell(observer, |observer| observer.recorded(events));
        }
        Ok(applied)
    }

    fn import(
        &self,
        source: &mut dyn RecordSource,
        actor: &Actor,
        now: Timestamp,
        mode: Mode,
    ) -> Result<Imported, ChangeError> {
        let observer = self.options.observer.as_deref();
        let observer = observer.filter(|_| mode == Mode::Commit);
        let mut events = 0..0;
        let imported = self.write(Synchronous::Full, mode, |transaction| {
            let head =
                || Ok::<_, StoreError>(history::newest_event(transaction)?.map_or(0, |it| it.seq));
            let before = head()?;
            let imported = apply::import(transaction, source, actor, now)?;
            events = before..head()?;
            Ok(imported)
        })?;
        // It is done, whoever could be told of it or not.
        if let Some(observer) = observer
            && let Err(error) = self.tell(observer, events)
        {
            tracing::warn!(%error, "an observer was not told of all that was brought in");
        }
        Ok(imported)
    }

    fn export_tokens(
        &self,
        selector: &Selector,
        after: Option<i64>,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(i64, TokenRecord)>, StoreError> {
        self.read(|connection| export::tokens(connection, selector, after, now, limit))
    }

    fn export_users(
        &self,
        after: Option<&UserName>,
        limit: usize,
    ) -> Result<Vec<UserRecord>, StoreError> {
        self.read(|connection| export::users(connection, after, limit))
    }

    fn export_tombstones(
        &self,
        after: Option<&TokenId>,
        limit: usize,
    ) -> Result<Vec<Tombstone>, StoreError> {
        self.read(|connection| export::tombstones(connection, after, limit))
    }

    fn touch(&self, uses: &[(TokenId, Timestamp)]) -> Result<(), StoreError> {
        let written = self.write(Synchronous::Normal, Mode::Commit, |transaction| {
            Ok(query::touch(transaction, uses)?)
        });
        match written {
            Err(ChangeError::Store(error)) => Err(error),
            // Touching changes nothing that could refuse it in another way.
            Err(other) => Err(StoreError::Corrupt {
                what: other.to_string(),
            }),
            Ok(()) => Ok(()),
        }
    }

    fn find_events(&self, query: &EventQuery, limit: usize) -> Result<Vec<Event>, StoreError> {
        self.read(|connection| history::find_events(connection, query, limit))
    }

    fn newest_change(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(history::newest_change)
    }

    fn find_known_ids(&self, prefix: &str, limit: usize) -> Result<Vec<TokenId>, StoreError> {
        self.read(|connection| history::find_known_ids(connection, prefix, limit))
    }

    fn statistics(&self, now: Timestamp, owners: usize) -> Result<Statistics, StoreError> {
        self.read(|connection| statistics::statistics(connection, now, owners))
    }

    fn readiness(&self) -> Result<Readiness, StoreError> {
        self.read(|connection| {
            schema::check_application(&self.files, connection)?;
            schema::check_readable(connection)?;
            let newest_event = history::newest_event(connection)?;
            Ok(Readiness { newest_event })
        })
    }

    fn is_on_read_only_medium(&self) -> bool {
        self.medium == Medium::Immutable
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.files.store)
            .field("medium", &self.medium)
            .finish_non_exhaustive()
    }
}

/// A thread that panicked left no half-made state behind these locks: connections go in and out whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use rusqlite::config::DbConfig;
    use rusqlite::limits::Limit;

    use super::*;
    use crate::change::IssuedToken;
    use crate::policy::Policy;
    use crate::secret::Secret;
    use crate::token::NewToken;
    use crate::token::tests::at;

    fn store() -> (tempfile::TempDir, SqliteStore) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tokens.db");
        let store = SqliteStore::create(&path, OpenOptions::default()).unwrap();
        (directory, store)
    }

    fn setting(connection: &Connection, name: &str) -> String {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
            .map(|value| match value {
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                other => panic!("{name} is {other:?}"),
            })
            .unwrap()
    }

    fn assert_settings(connection: &Connection, expected: &[(&str, &str)]) {
        let always = [
            ("foreign_keys", "1"),
            ("trusted_schema", "0"),
            ("cell_size_check", "1"),
            ("mmap_size", "0"),
            ("temp_store", "2"),
            ("secure_delete", "1"),
            ("journal_mode", "wal"),
        ];
        for (name, value) in always.iter().chain(expected) {
            assert_eq!(setting(connection, name), *value, "{name}");
        }
        for (flag, on) in [
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
            (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
        ] {
            assert_eq!(connection.db_config(flag).unwrap(), on, "{flag:?}");
        }
        for (limit, value) in [
            (Limit::SQLITE_LIMIT_LENGTH, 4 << 20),
            (Limit::SQLITE_LIMIT_ATTACHED, 0),
        ] {
            assert_eq!(connection.limit(limit).unwrap(), value, "{limit:?}");
        }
    }

    #[test]
    fn every_connection_has_its_settings() {
        let (_directory, store) = store();
        store
            .read(|connection| {
                assert_settings(connection, &[("busy_timeout", "50")]);
                assert!(connection.is_readonly("main").unwrap());
                Ok(())
            })
            .unwrap();
        for (synchronous, value) in [
            (Synchronous::Full, "2"),
            (Synchronous::Normal, "1"),
            (Synchronous::Full, "2"),
        ] {
            store
                .write(synchronous, Mode::Commit, |connection| {
                    let limit = (16_u32 << 20).to_string();
                    let expected = [
                        ("synchronous", value),
                        ("journal_size_limit", limit.as_str()),
                        ("wal_autocheckpoint", "1000"),
                    ];
                    assert_settings(connection, &expected);
                    Ok(())
                })
                .unwrap();
        }
    }

    #[test]
    fn look_up_is_never_prepared_again() {
        let (_directory, store) = store();
        let name = UserName::parse("alice").unwrap();
        let digest = TokenDigest::of(&Secret::new("secret".into()));
        let issue = Change::Issue(Box::new(IssuedToken {
            id: TokenId::parse("7gk2m9x4qd").unwrap(),
            digest: digest.clone(),
            generator: "tokenctl_v1".into(),
            token: NewToken::new(name.clone(), Policy::full_access()),
        }));
        let changes = [Change::AddUser { name }, issue];
        store
            .apply(&changes, &Actor::named("root"), at(1), Mode::Commit)
            .unwrap();
        for _ in 0..1_000 {
            assert!(store.find_by_digest(&digest).unwrap().is_some());
        }
        store
            .read(|connection| {
                let statement = connection
                    .prepare_cached(query::BY_DIGEST)
                    .map_err(database_error)?;
                assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
                assert!(statement.get_status(StatementStatus::Run) >= 1_000);
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn reader_that_failed_leaves_no_snapshot_behind() {
        let (_directory, store) = store();
        let count = || store.events(0, 10).unwrap().len();
        let stopped: Result<(), StoreError> = store.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT name FROM user")
                .map_err(database_error)?;
            let mut rows = statement.query([]).map_err(database_error)?;
            rows.next().map_err(database_error)?;
            Err(StoreError::Busy)
        });
        assert!(stopped.is_err());
        let name = UserName::parse("alice").unwrap();
        store
            .apply(
                &[Change::AddUser { name }],
                &Actor::named("root"),
                at(1),
                Mode::Commit,
            )
            .unwrap();
        assert_eq!(count(), 1);
    }
}
