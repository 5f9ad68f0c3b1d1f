//! Another system's SQLite database, read and never altered.
//!
//! Nothing is locked in it and nothing is made beside it: it is opened as a file that does not change, and at the end it
//! is looked at whether that was so. One with a write-ahead log cannot be read like that; it is copied first, log and
//! all, and the copy is read by its open files, with nothing left of it in any directory. One in the middle of a transaction is refused.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, Row};

use super::fields::Fields;
use super::{IdOrigin, Item, Oddity, Place, Source, SourceError, Unit, scratch};
use crate::record::{Record, TokenRecord};
use crate::store::sqlite::{self, beside};

/// How many rows are read at a time.
const PAGE: i64 = 1_000;

/// What is said of a database whose pages make no sense.
const DAMAGED: &str = "the database is damaged";

/// The longest row or text that is read.
const LONGEST_ROW: i32 = 4 << 20;

/// An open database of another system.
pub struct Database {
    connection: Connection,
    path: PathBuf,
    /// What the file and those beside it looked like.
    before: [Option<Look>; 3],
}

/// What changes when a file is written to.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
}

impl Database {
    /// Opens the database at `path`; one that has to be copied is copied to a new directory in `directory`, which is removed
    /// before this returns. What a run that was killed has left in `directory` is removed, too.
    ///
    /// # Errors
    ///
    /// [`SourceError`]: it cannot be read, is in the middle of a change, is no database, or is a store of ours.
    pub fn open(path: &Path, directory: &Path) -> Result<Self, SourceError> {
        let unreadable = |source| SourceError::Unreadable {
            path: path.to_owned(),
            source,
        };
        // Its log stands beside the file itself, not beside a link to it.
        let file = fs::canonicalize(path).map_err(unreadable)?;
        if !fs::metadata(&file).map_err(unreadable)?.is_file() {
            return Err(unreadable(io::Error::other("it is not a regular file")));
        }
        // What may not be read is refused with the system's own words.
        rustix::fs::access(&file, rustix::fs::Access::READ_OK)
            .map_err(|errno| unreadable(errno.into()))?;
        let before = looks(&file).map_err(unreadable)?;
        let [_, wal, journal] = before;
        let has = |look: Option<Look>| look.is_some_and(|look| look.length > 0);
        if has(journal) && is_hot(&beside(&file, "-journal")).map_err(unreadable)? {
            return Err(SourceError::InUse { path: path.into() });
        }
        let connection = open_still(&file)?;
        let mut this = Self {
            connection,
            path: path.to_owned(),
            before,
        };
        this.check_kind()?;
        if has(wal) {
            let copy = scratch::make(directory).map_err(unreadable)?;
            let target = copy.path().join("database");
            for suffix in ["", "-wal"] {
                scratch::copy(&beside(&file, suffix), &beside(&target, suffix))
                    .map_err(unreadable)?;
            }
            this.check_still()?;
            this.connection = open_copy(&target)?;
            // It is read by its open files from here on: however this process ends, nothing is left behind.
            copy.close().map_err(unreadable)?;
        }
        Ok(this)
    }

    /// Checks that it is a database, and not a store of ours.
    fn check_kind(&self) -> Result<(), SourceError> {
        let application: i32 = self
            .connection
            .pragma_query_value(None, "application_id", |row| row.get(0))
            .map_err(not_readable)?;
        if application == sqlite::APPLICATION_ID {
            return Err(SourceError::Ours {
                path: self.path.clone(),
            });
        }
        Ok(())
    }

    /// Checks that nobody has written to it since it was opened.
    fn check_still(&self) -> Result<(), SourceError> {
        let now = fs::canonicalize(&self.path).and_then(|file| looks(&file));
        match now {
            Ok(now) if now == self.before => Ok(()),
            Ok(_) => Err(SourceError::InUse {
                path: self.path.clone(),
            }),
            Err(source) => Err(SourceError::Unreadable {
                path: self.path.clone(),
                source,
            }),
        }
    }

    /// Checks that the pages of `table` are a tree: a walk through a ring would have no end.
    fn check_whole(&self, table: &'static str) -> Result<(), SourceError> {
        self.check("SELECT quick_check FROM pragma_quick_check(?1)", table)
    }

    fn check(&self, sql: &str, table: &'static str) -> Result<(), SourceError> {
        let found: String = self
            .connection
            .query_row(sql, [table], |row| row.get(0))
            .map_err(not_readable)?;
        match found.as_str() {
            "ok" => Ok(()),
            _ => Err(SourceError::NotThis {
                what: DAMAGED.into(),
            }),
        }
    }

    /// Checks that the users of `table` are in `auth_user`, as Django has them that were not replaced by a model of the
    /// project's own: there the old table may still be, and its numbers are of other people.
    ///
    /// # Errors
    ///
    /// [`SourceError::NotThis`] when they are not, or cannot be looked up.
    pub(super) fn check_django_users(&self, table: &'static str) -> Result<(), SourceError> {
        const USERS: &str = "auth_user";
        self.columns(USERS)?;
        let is_elsewhere: bool = self
            .connection
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM pragma_foreign_key_list(?1) \
                 WHERE lower(\"from\") = 'user_id' AND lower(\"table\") <> ?2)",
                [table, USERS],
                |row| row.get(0),
            )
            .map_err(not_readable)?;
        if is_elsewhere {
            return Err(SourceError::NotThis {
                what: format!("the users of `{table}` are in another table than `{USERS}`"),
            });
        }
        self.check_users(USERS)
    }

    /// Checks that the users in `table` can be looked up by its indexes: a damaged one gives a token to somebody else.
    ///
    /// # Errors
    ///
    /// [`SourceError::NotThis`] when they cannot.
    pub(super) fn check_users(&self, table: &'static str) -> Result<(), SourceError> {
        self.check(
            "SELECT integrity_check FROM pragma_integrity_check(?1)",
            table,
        )
    }

    /// Returns the texts that more than one row of `table` has in `column`.
    pub(super) fn find_shared(
        &self,
        table: &'static str,
        column: &'static str,
    ) -> Result<BTreeSet<String>, SourceError> {
        let sql = format!(
            "SELECT {column} FROM {table} WHERE typeof({column}) = 'text' \
             GROUP BY {column} COLLATE BINARY HAVING count(*) > 1"
        );
        self.connection
            .prepare(&sql)
            .and_then(|mut statement| {
                let texts = statement.query_map([], |row| row.get(0))?;
                texts.collect()
            })
            .map_err(not_readable)
    }

    /// Returns the columns of `table`, as [`Database::find_columns`] does.
    ///
    /// # Errors
    ///
    /// [`SourceError::NotThis`] when there is no such table.
    pub(super) fn columns(&self, table: &'static str) -> Result<Columns, SourceError> {
        self.find_columns(table)?
            .ok_or_else(|| SourceError::NotThis {
                what: format!("there is no table `{table}`"),
            })
    }

    /// Returns the columns of `table`, also generated ones, `None` when there is no such table.
    pub(super) fn find_columns(&self, table: &'static str) -> Result<Option<Columns>, SourceError> {
        let columns = self
            .connection
            .prepare("SELECT name FROM pragma_table_xinfo(?1)")
            .and_then(|mut statement| {
                let names = statement.query_map([table], |row| row.get(0))?;
                let folded = names.map(|name| name.map(|name: String| name.to_ascii_lowercase()));
                folded.collect::<rusqlite::Result<BTreeSet<String>>>()
            })
            .map_err(not_readable)?;
        Ok((!columns.is_empty()).then_some(Columns(columns)))
    }
}

/// The columns of a table, in lower case: SQL finds one under its name in any case, so that one in another must not count
/// as missing.
pub(super) struct Columns(BTreeSet<String>);

impl Columns {
    /// Returns whether there is a column `name`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Returns what a statement reads as the column `name` of the table that it calls `table`; where it is not there,
    /// `otherwise`.
    pub(super) fn or(&self, table: &str, name: &str, otherwise: &str) -> String {
        match self.has(name) {
            true => format!("{table}.{name}"),
            false => otherwise.to_owned(),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Returns whether a journal is of a change that may be half written: one that is done with has a header of zeros.
fn is_hot(journal: &Path) -> io::Result<bool> {
    let mut header = Vec::new();
    fs::File::open(journal)?.take(8).read_to_end(&mut header)?;
    Ok(header.iter().any(|byte| *byte != 0))
}

/// Looks at the database, its log and its journal.
fn looks(file: &Path) -> io::Result<[Option<Look>; 3]> {
    let mut looks = [None; 3];
    for (look, suffix) in looks.iter_mut().zip(["", "-wal", "-journal"]) {
        *look = match fs::symlink_metadata(beside(file, suffix)) {
            Ok(metadata) => Some(Look {
                device: metadata.dev(),
                inode: metadata.ino(),
                length: metadata.len(),
                modified: (metadata.mtime(), metadata.mtime_nsec()),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
    }
    Ok(looks)
}

/// Opens the file as one that nobody changes: no locks, no log, nothing made beside it.
fn open_still(file: &Path) -> Result<Connection, SourceError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let connection =
        Connection::open_with_flags(sqlite::immutable_uri(file), flags).map_err(not_readable)?;
    harden(&connection)?;
    Ok(connection)
}

/// Opens a copy of ours, in which SQLite may apply the log.
fn open_copy(file: &Path) -> Result<Connection, SourceError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(not_readable)?;
    harden(&connection)?;
    // Alone with it, SQLite needs no file for the index of the log; the first statement opens the log itself.
    connection
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; SELECT count(*) FROM sqlite_schema;")
        .map_err(not_readable)?;
    Ok(connection)
}

/// The file is of somebody else: its schema is data, not a program.
fn harden(connection: &Connection) -> Result<(), SourceError> {
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
    ] {
        connection
            .set_db_config(setting, on)
            .map_err(not_readable)?;
    }
    connection
        .set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_ROW)
        .map_err(not_readable)?;
    connection
        // What its own rules say of a row is no damage.
        .execute_batch(
            "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA query_only = ON; \
             PRAGMA ignore_check_constraints = ON;",
        )
        .map_err(not_readable)
}

fn not_readable(error: rusqlite::Error) -> SourceError {
    // SQLite's own texts may hold values.
    let what = match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => "it is not an SQLite database",
        Some(rusqlite::ErrorCode::DatabaseCorrupt) => DAMAGED,
        _ => "the database cannot be read",
    };
    SourceError::NotThis { what: what.into() }
}

/// A system whose tokens are rows of one table.
pub(super) trait System {
    /// The word for it.
    const NAME: &'static str;
    /// The table.
    const TABLE: &'static str;

    /// Reads one row.
    fn token(&self, fields: &mut Fields<'_, '_>) -> Result<TokenRecord, Oddity>;
}

/// The rows of a system's table, in order.
pub(super) struct Rows<S> {
    database: Database,
    system: S,
    /// Takes the number of the first row wanted, or of one before it, and how many are wanted.
    sql: String,
    page: VecDeque<Item>,
    /// The number from which on rows are still to be read; `None` behind the last one that there can be.
    from: Option<i64>,
    total: u64,
    read: u64,
    now: Timestamp,
}

impl<S: System> Rows<S> {
    /// Begins to read. `columns` are those of the statement besides `number`; `tables` names the table as `t` first.
    pub(super) fn new(
        database: Database,
        system: S,
        columns: &str,
        tables: &str,
        now: Timestamp,
    ) -> Result<Self, SourceError> {
        let sql = format!(
            "SELECT t.rowid AS number, {columns} FROM {tables} WHERE t.rowid >= ?1 \
             ORDER BY t.rowid LIMIT ?2"
        );
        database.check_whole(S::TABLE)?;
        let count = format!("SELECT count(*) FROM {}", S::TABLE);
        let total: i64 = database
            .connection
            .query_row(&count, [], |row| row.get(0))
            .map_err(not_readable)?;
        // A column that is missing is found before anything is taken in.
        database.connection.prepare(&sql).map_err(|_| missing())?;
        Ok(Self {
            database,
            system,
            sql,
            page: VecDeque::new(),
            from: Some(i64::MIN),
            total: u64::try_from(total).unwrap_or_default(),
            read: 0,
            now,
        })
    }

    fn read_page(&mut self) -> Result<(), SourceError> {
        let Some(from) = self.from else {
            return Ok(());
        };
        let mut statement = self
            .database
            .connection
            .prepare_cached(&self.sql)
            .map_err(not_readable)?;
        let mut rows = statement.query([from, PAGE]).map_err(not_readable)?;
        while let Some(row) = rows.next().map_err(not_readable)? {
            let number: i64 = row.get("number").map_err(not_readable)?;
            self.page
                .push_back(item(&self.system, row, number, self.now));
            self.from = number.checked_add(1);
            self.read += 1;
        }
        Ok(())
    }
}

fn missing() -> SourceError {
    SourceError::NotThis {
        what: "a column is missing that every version of it has".into(),
    }
}

fn item<S: System>(system: &S, row: &Row<'_>, number: i64, now: Timestamp) -> Item {
    let mut fields = Fields::new(row, now);
    let record = system.token(&mut fields);
    let user = match &record {
        Ok(record) => Some(record.token.owner.name.clone()),
        Err(_) => fields.owner(true).ok().map(|owner| owner.name),
    };
    Item {
        place: Place {
            unit: Unit::Row,
            number: u64::try_from(number).unwrap_or_default(),
        },
        user,
        record: record.map(Record::Token),
        id: IdOrigin::Drawn,
        notes: fields.notes,
    }
}

impl<S: System> Source for Rows<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn total(&self) -> Option<u64> {
        Some(self.total)
    }

    fn next(&mut self) -> Result<Option<Item>, SourceError> {
        if self.page.is_empty() {
            self.read_page()?;
        }
        let item = self.page.pop_front();
        if item.is_none() {
            self.database.check_still()?;
            if self.read != self.total {
                return Err(SourceError::NotThis {
                    what: "some of its rows cannot be read, or are read twice".into(),
                });
            }
        }
        Ok(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::plan;

    struct Anything;

    impl System for Anything {
        const NAME: &'static str = "anything";
        const TABLE: &'static str = "token";

        fn token(&self, _: &mut Fields<'_, '_>) -> Result<TokenRecord, Oddity> {
            Err(Oddity::UnknownUser)
        }
    }

    /// Opens a database whose tokens have the numbers 1 to `tokens`.
    fn rows(directory: &Path, tokens: i64) -> Rows<Anything> {
        let path = directory.join("theirs.db");
        let theirs = Connection::open(&path).unwrap();
        theirs
            .execute_batch(
                "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT);
                 CREATE TABLE token (key TEXT PRIMARY KEY, person INTEGER);",
            )
            .unwrap();
        theirs
            .execute(
                "INSERT INTO token (key, person) WITH RECURSIVE n(i) AS \
                 (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) SELECT i, i FROM n",
                [tokens],
            )
            .unwrap();
        drop(theirs);
        Rows::new(
            Database::open(&path, directory).unwrap(),
            Anything,
            "t.key, p.name",
            "token AS t LEFT JOIN person AS p ON p.id = t.person",
            Timestamp::UNIX_EPOCH,
        )
        .unwrap()
    }

    #[test]
    fn each_page_begins_where_the_last_one_ended() {
        let directory = tempfile::tempdir().unwrap();
        let rows = rows(directory.path(), 1);
        assert_eq!(
            plan::steps(&rows.database.connection, &rows.sql),
            "SEARCH t USING INTEGER PRIMARY KEY (rowid>?)\n\
             SEARCH p USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN"
        );
    }

    #[test]
    fn pages_are_read_to_the_last_row() {
        let directory = tempfile::tempdir().unwrap();
        let mut rows = rows(directory.path(), PAGE + 1);
        for number in 1..=PAGE + 1 {
            let item = rows.next().unwrap().unwrap();
            assert_eq!(item.place.number, u64::try_from(number).unwrap());
        }
        assert!(rows.next().unwrap().is_none());
    }
}
