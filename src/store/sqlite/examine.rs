//! What is wrong with a store: its files, its pages, its schema, its history, and its records.

mod rules;

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use self::rules::{RULES, Rule};
use super::backup::tell;
use super::error::database_error;
use super::files::{Kind, StoreFiles, is_read_only_medium};
use super::log::Anchor;
use super::opening::roll_back;
use super::schema::{self, APPLICATION_ID, SCHEMA_VERSION};
use super::{configure, history, open_immutable, query};
use crate::change::{ChainCheck, EventQuery};
use crate::store::care::{Content, Examination, Finding, FindingKind, Severity, Stage, Watch};
use crate::store::{Insecurity, NotAStore, OpenOptions, StoreError};

/// How many faults of pages are told one by one.
const MOST_FAULTS: usize = 20;

/// How many events are read at a time.
const PAGE: usize = 1_000;

/// A log that is larger than this has not been folded into the store for long.
const LARGE_LOG: u64 = 64 << 20;

/// Looks for all that may be wrong with the store at `path`, and changes nothing.
///
/// A store that is not safe is opened all the same, in order to tell what is in it; one whose files are links is not.
/// What is wrong is an answer: an error means that it could not be told.
///
/// # Errors
///
/// [`StoreError::Missing`], [`StoreError::Schema`] for a store of a newer build, [`StoreError::Busy`],
/// [`StoreError::ReadOnly`] for one with a log on a medium that cannot be written, [`StoreError::BrokenOff`] and errors
/// of the system.
pub fn check(
    path: &Path,
    options: &OpenOptions,
    now: Timestamp,
    watch: &mut Watch<'_>,
) -> Result<Examination, StoreError> {
    let files = StoreFiles::at(path)?;
    if is_read_only_medium(files.directory()) && files.has_wal()? {
        return Err(StoreError::ReadOnly);
    }
    let rest = files.rest()?;
    let found = examine(
        &files,
        Reading::of(rest.is_some(), &files),
        options,
        now,
        watch,
    )?;
    // Read without locks, because nobody had it open: then it counts only if nobody has opened it since.
    if found.worst() == Some(Severity::Damaged) && rest.is_some() && files.rest()? != rest {
        return examine(&files, Reading::Shared, options, now, watch);
    }
    Ok(found)
}

/// How the file is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Under SQLite's locks, as others have it open.
    Shared,
    /// As a file that does not change, so that not even a shared memory is made beside it.
    AtRest,
}

impl Reading {
    fn of(is_at_rest: bool, files: &StoreFiles) -> Self {
        if is_at_rest || is_read_only_medium(files.directory()) {
            Self::AtRest
        } else {
            Self::Shared
        }
    }

    fn open(self, files: &StoreFiles, timeout: Duration) -> Result<Connection, StoreError> {
        let opened = match self {
            Self::AtRest => open_immutable(files),
            Self::Shared => Connection::open_with_flags(
                &files.store,
                OpenFlags::SQLITE_OPEN_READ_ONLY
                    | OpenFlags::SQLITE_OPEN_NOFOLLOW
                    | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            ),
        };
        let connection = opened.map_err(database_error)?;
        configure(&connection, timeout)?;
        let is_shared = self == Self::Shared;
        if is_shared && matches!(schema::version(&connection), Err(StoreError::ReadOnly)) {
            roll_back(files, timeout)?;
        }
        Ok(connection)
    }
}

fn examine(
    files: &StoreFiles,
    reading: Reading,
    options: &OpenOptions,
    now: Timestamp,
    watch: &mut Watch<'_>,
) -> Result<Examination, StoreError> {
    let mut findings = Findings::default();
    let kind = files.kind()?;
    let links = look_at_files(files, &mut findings)?;
    let mut found = Content::default();
    match kind {
        Kind::Other(why) => findings.damage(FindingKind::NotAStore, why.to_string()),
        Kind::File { length: 0 } => {
            findings.damage(FindingKind::NotAStore, NotAStore::Empty.to_string());
        }
        _ if links > 0 => findings.push(Finding::new(
            FindingKind::NotRead,
            "what is in the store was not looked at, as it cannot be opened safely",
        )),
        _ => {
            let anchor = match reading {
                Reading::Shared => Anchor::of(files)?,
                Reading::AtRest => Anchor::default(),
            };
            let opened = reading.open(files, options.reader_timeout);
            if let Some(mut connection) = findings.take(opened)? {
                findings.take(anchor.check(&connection))?;
                let read = read_all(&mut connection, &mut findings, now, watch);
                found = findings.take(read)?.unwrap_or_default();
            }
        }
    }
    Ok(Examination {
        findings: findings.0,
        content: found,
    })
}

/// Looks at owner, mode and kind of the files, and at what stands beside them; returns how many are links.
fn look_at_files(files: &StoreFiles, findings: &mut Findings) -> Result<usize, StoreError> {
    let mut links = 0;
    for (path, why) in files.insecurities()? {
        links += usize::from(why == Insecurity::Link);
        let kind = match why {
            Insecurity::Mode { .. } => FindingKind::Mode,
            Insecurity::Owner { .. } => FindingKind::Owner,
            Insecurity::Link => FindingKind::Link,
            Insecurity::Directory { .. } => FindingKind::Directory,
        };
        let finding = Finding::new(kind, why.to_string());
        findings.push(finding.about(path.display().to_string()));
    }
    let left = files.leftovers()?;
    if let Some(first) = left.first() {
        findings.push(
            Finding::new(FindingKind::Leftover,
                "a command that was broken off has left files here, or is at work: remove them when none is",
            )
            .about(first.display().to_string())
            .times(left.len() as u64),
        );
    }
    let log = files.wal_length()?;
    if log > LARGE_LOG {
        let what = format!(
            "the write-ahead log is {} MiB long: a reader keeps it from being folded into the store",
            log >> 20
        );
        findings.push(Finding::new(FindingKind::LargeLog, what));
    }
    Ok(links)
}

fn read_all(
    connection: &mut Connection,
    findings: &mut Findings,
    now: Timestamp,
    watch: &mut Watch<'_>,
) -> Result<Content, StoreError> {
    // One snapshot: what is written meanwhile is not half seen.
    let snapshot = connection
        .transaction_with_behavior(TransactionBehavior::Deferred)
        .map_err(database_error)?;
    let found = content(&snapshot, findings, watch)?;
    let newest = history::newest_event(&snapshot);
    if let Some(Some(newest)) = findings.take(newest)?
        && newest.at.as_second() > now.as_second()
    {
        let what = format!("the newest event is of {}, which is yet to come", newest.at);
        findings.push(Finding::new(FindingKind::Clock, what));
    }
    drop(snapshot);
    Ok(found)
}

/// Examines what is in a database.
pub(super) fn content(
    connection: &Connection,
    findings: &mut Findings,
    watch: &mut Watch<'_>,
) -> Result<Content, StoreError> {
    let mut found = Content::default();
    let id = connection.pragma_query_value(None, "application_id", |row| row.get::<_, i32>(0));
    match findings.take(id.map_err(database_error))? {
        None => return Ok(found),
        Some(APPLICATION_ID) => {}
        Some(_) => {
            findings.damage(FindingKind::NotAStore, NotAStore::OfAnother.to_string());
            return Ok(found);
        }
    }
    let Some(version) = findings.take(schema::version(connection))? else {
        return Ok(found);
    };
    if version > SCHEMA_VERSION {
        return Err(StoreError::Schema {
            found: version,
            known: SCHEMA_VERSION,
        });
    }
    tell(watch, Stage::Pages, 0, 0)?;
    let pages = integrity(connection, findings);
    findings.take(pages)?;
    let schema = compare_schema(connection, version, findings);
    if findings.take(schema)? != Some(Schema::Same) {
        // Statements over tables that are not as they should be tell nothing.
        return Ok(found);
    }
    let chain = walk_chain(connection, findings, watch);
    if let Some((events, head)) = findings.take(chain)? {
        (found.events, found.head) = (events, head);
    }
    let tokens = read_tokens(connection, findings, watch);
    found.tokens = findings.take(tokens)?.unwrap_or_default();
    for rule in RULES {
        let broken = follow(rule, connection, findings);
        findings.take(broken)?;
    }
    Ok(found)
}

fn integrity(connection: &Connection, findings: &mut Findings) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare(&format!("PRAGMA integrity_check({MOST_FAULTS})"))
        .map_err(database_error)?;
    let mut rows = statement.query([]).map_err(database_error)?;
    while let Some(row) = rows.next().map_err(database_error)? {
        let told: String = row.get(0).map_err(database_error)?;
        if told != "ok" {
            findings.damage(FindingKind::Pages, told);
        }
    }
    let mut statement = connection
        .prepare("SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY 1")
        .map_err(database_error)?;
    let mut rows = statement.query([]).map_err(database_error)?;
    while let Some(row) = rows.next().map_err(database_error)? {
        let table: String = row.get(0).map_err(database_error)?;
        let count: i64 = row.get(1).map_err(database_error)?;
        findings.push(
            Finding::new(
                FindingKind::Orphan,
                "rows refer to something that is not there",
            )
            .about(table)
            .times(u64::try_from(count).unwrap_or_default()),
        );
    }
    Ok(())
}

#[derive(PartialEq, Eq)]
enum Schema {
    Same,
    Other,
}

/// Compares the schema, text by text, with the one that this build makes: a trigger could undo what we write.
fn compare_schema(
    connection: &Connection,
    version: i64,
    findings: &mut Findings,
) -> Result<Schema, StoreError> {
    let expected = schema::expected_objects(version)?;
    let found = schema::objects(connection)?;
    let mut same = Schema::Same;
    let missing = expected.iter().filter(|object| !found.contains(object));
    let foreign = found.iter().filter(|object| !expected.contains(object));
    for (objects, what) in [
        (
            missing.collect::<Vec<_>>(),
            "is missing from the schema, or is another",
        ),
        (
            foreign.collect(),
            "does not belong in the schema, or is another",
        ),
    ] {
        for (kind, name, _) in objects {
            same = Schema::Other;
            let finding = Finding::new(FindingKind::Schema, format!("this {kind} {what}"));
            findings.push(finding.about(name.as_str()));
        }
    }
    Ok(same)
}

/// Hashes every event again, in pages, and returns number and hash of the last that holds.
fn walk_chain(
    connection: &Connection,
    findings: &mut Findings,
    watch: &mut Watch<'_>,
) -> Result<(u64, [u8; 32]), StoreError> {
    let total = history::newest_event(connection)?.map_or(0, |event| event.seq);
    let mut chain = ChainCheck::default();
    loop {
        // From the very first on, also of one whose number is none of ours.
        let query = match chain.head().0 {
            0 => EventQuery::default(),
            seq => EventQuery::after(seq),
        };
        let page = history::find_events(connection, &query, PAGE)?;
        if page.is_empty() {
            return Ok(chain.head());
        }
        for event in &page {
            if let Err(broken) = chain.admit(event) {
                findings.damage(FindingKind::History, broken.to_string());
                return Ok(chain.head());
            }
        }
        tell(watch, Stage::Events, chain.head().0, total)?;
    }
}

/// Reads every token, and returns how many there are.
fn read_tokens(
    connection: &Connection,
    findings: &mut Findings,
    watch: &mut Watch<'_>,
) -> Result<u64, StoreError> {
    let (mut count, mut unreadable, mut policies) = (0_u64, Tally::default(), Tally::default());
    query::each_token(connection, |row| {
        count += 1;
        if count.is_multiple_of(PAGE as u64) {
            tell(watch, Stage::Records, count, 0)?;
        }
        match row {
            Ok(row) if row.token.policy.read().is_err() => policies.add(row.token.id.as_str()),
            Ok(_) => {}
            Err(StoreError::Corrupt { what }) => unreadable.add(&what),
            Err(other) => return Err(other),
        }
        Ok(())
    })?;
    unreadable.report(
        findings,
        FindingKind::Record,
        "records of tokens cannot be read",
    );
    policies.report(
        findings,
        FindingKind::Policy,
        "policies cannot be read: their tokens are denied",
    );
    Ok(count)
}

fn follow(rule: &Rule, connection: &Connection, findings: &mut Findings) -> Result<(), StoreError> {
    let (count, first) = connection
        .query_row(rule.sql, [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?))
        })
        .map_err(database_error)?;
    if count > 0 {
        let finding =
            Finding::new(rule.kind, rule.broken).times(u64::try_from(count).unwrap_or_default());
        findings.push(match first {
            Some(first) => finding.about(first),
            None => finding,
        });
    }
    Ok(())
}

/// Counts things of one kind and remembers the first.
#[derive(Default)]
struct Tally {
    count: u64,
    first: Option<String>,
}

impl Tally {
    fn add(&mut self, subject: &str) {
        self.count += 1;
        self.first.get_or_insert_with(|| subject.to_owned());
    }

    fn report(self, findings: &mut Findings, kind: FindingKind, what: &str) {
        if let Some(first) = self.first {
            findings.push(Finding::new(kind, what).about(first).times(self.count));
        }
    }
}

/// What has been found so far.
#[derive(Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    /// Adds a finding; one that stops several examinations is told once.
    fn push(&mut self, finding: Finding) {
        if !self.0.contains(&finding) {
            self.0.push(finding);
        }
    }

    fn damage(&mut self, kind: FindingKind, what: impl Into<String>) {
        self.push(Finding::new(kind, what));
    }

    /// Returns what was found, unless the whole cannot be relied on.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] with the first damage of the whole.
    pub(super) fn unless_of_the_whole(self) -> Result<Vec<Finding>, StoreError> {
        match self.0.iter().find(|finding| finding.kind.is_of_the_whole()) {
            Some(finding) => Err(StoreError::Corrupt {
                what: finding.told(),
            }),
            None => Ok(self.0),
        }
    }

    /// Takes what was read; damage that kept it from being read is a finding, not an error.
    fn take<T>(&mut self, read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(StoreError::Corrupt { what }) => {
                self.damage(FindingKind::Pages, what);
                Ok(None)
            }
            Err(StoreError::Database { code, what }) if is_of_the_file(code) => {
                self.damage(FindingKind::Pages, what);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }
}

/// Returns whether the content of the file makes SQLite fail so: a statement that should fit does not, a page is cut
/// off, or the file says that it needs another SQLite. A file that cannot be opened may be as good as ever: who takes it
/// for damaged throws a whole store out.
fn is_of_the_file(code: i32) -> bool {
    use rusqlite::ffi;
    matches!(
        code,
        ffi::SQLITE_ERROR
            | ffi::SQLITE_IOERR_SHORT_READ
            | ffi::SQLITE_TOOBIG
            | ffi::SQLITE_MISMATCH
    )
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn file_that_cannot_be_opened_is_not_said_to_be_damaged() {
        for code in [
            ffi::SQLITE_CANTOPEN,
            ffi::SQLITE_IOERR,
            ffi::SQLITE_NOMEM,
            ffi::SQLITE_PERM,
            ffi::SQLITE_READONLY,
        ] {
            assert!(!is_of_the_file(code), "{code}");
        }
        assert!(is_of_the_file(ffi::SQLITE_IOERR_SHORT_READ));
    }
}
