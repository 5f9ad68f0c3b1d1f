//! The store: where users, tokens and events are kept.
//!
//! # Locking
//!
//! Readers never wait. Writers queue on a lock file beside the store (`STORE.lock`), which the kernel hands on in
//! turn, and only then begin an immediate transaction: SQLite's own busy handler polls, and lets a writer starve.
//! A writer that is not ours, and does not know the lock file, is still waited for.
//!
//! # Durability
//!
//! [`Store::apply`] returns after the change and its events have been synced to the medium (`synchronous=FULL` on
//! a write-ahead log). What it has acknowledged survives a crash of the process, the system and the power; what it
//! has not is there wholly or not at all: not at all where an error is returned, but for [`StoreError::InDoubt`].
//! [`Store::touch`] alone is weaker, on purpose.
//!
//! # Compatibility
//!
//! A store says that it is ours (`application_id`) and which schema it has (`user_version`). One that is not ours is
//! left alone; one of a newer schema is refused. Only [`sqlite::migrate`] changes the schema of an existing store.
//!
//! # Files
//!
//! Everything is created 0600, and refused when others could read or replace it. No file of the store is ever opened
//! and closed beside SQLite: on POSIX, closing any descriptor of a file drops all locks that the process holds on it,
//! SQLite's too, and acknowledged writes are lost. Looking is done by `lstat`.

pub mod care;
mod location;
pub mod sqlite;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use self::location::{Location, UnknownLocation};
use crate::change::{Actor, Applied, Change, Event, EventQuery, Mode};
use crate::extension::ExtensionError;
use crate::label::LabelError;
use crate::observer::Observer;
use crate::record::{ImportStopped, Imported, RecordSource, TokenRecord, Tombstone, UserRecord};
use crate::restriction::RestrictionError;
use crate::rotation::RotationError;
use crate::secret::{DigestKind, TokenDigest};
use crate::selector::{Listing, Selector};
use crate::statistics::Statistics;
use crate::token::Token;
use crate::token_id::TokenId;
use crate::user::{User, UserName};

/// A store of users, tokens and events. It is synchronous, and shared between threads.
///
/// Looking up returns `Option`, as "not there" is an answer; `Err` means that it could not be found out, and must
/// never be taken for either.
pub trait Store: Send + Sync + fmt::Debug {
    /// Finds the token with this digest, its owner in the same read.
    ///
    /// The answer is read anew each time and never cached: revoked means revoked.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell.
    fn find_by_digest(&self, digest: &TokenDigest) -> Result<Option<Token>, StoreError>;

    /// Returns the kinds of digest, besides SHA-256, that some token in this store has.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell.
    fn foreign_digest_kinds(&self) -> Result<Vec<DigestKind>, StoreError>;

    /// Finds the token with this id.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell.
    fn find_token(&self, id: &TokenId) -> Result<Option<Token>, StoreError>;

    /// Returns the ids that begin with `prefix`, in order, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell.
    fn find_ids(&self, prefix: &str, limit: usize) -> Result<Vec<TokenId>, StoreError>;

    /// Returns the next tokens of `listing` at `now`, at most `limit` of them. Fewer mean that there are no more.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell; [`StoreError::NoSuchCursor`] when `listing.after` is not there.
    fn list(
        &self,
        listing: &Listing,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Token>, StoreError> {
        let page = self.list_behind(listing, None, now, limit)?;
        Ok(page.into_iter().map(|(_, token)| token).collect())
    }

    /// Returns what [`list`](Self::list) does, with the place of each token. With the `last` of the page before, it goes
    /// on behind that one and not behind `listing.after`; it may have been changed or removed meanwhile.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list), but that `last` need not be there.
    fn list_behind(
        &self,
        listing: &Listing,
        last: Option<&(i64, Token)>,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(i64, Token)>, StoreError>;

    /// Returns whether a user has this name, or had it when deleted: the tokens of both are found under it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it could not be found out.
    fn knows_user(&self, name: &UserName) -> Result<bool, StoreError>;

    /// Finds the user with this present name.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell.
    fn find_user(&self, name: &UserName) -> Result<Option<User>, StoreError>;

    /// Returns all users in the order of their names.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell.
    fn users(&self) -> Result<Vec<User>, StoreError>;

    /// Makes all of `changes` at `now`, with one event for each token and user they change, in one transaction.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing has been changed then, but see [`StoreError::InDoubt`].
    fn apply(
        &self,
        changes: &[Change],
        actor: &Actor,
        now: Timestamp,
        mode: Mode,
    ) -> Result<Applied, ChangeError>;

    /// Takes in all records that `source` gives, at `now`, with one event for each that makes a difference, in one
    /// transaction. It is no [`Change`], as a million of those would have to be in memory; no more than one record is.
    ///
    /// Nothing here is overwritten, but that a token which was revoked where it comes from is revoked here too; nothing
    /// that is dead or was removed here comes back to life. Other writers wait until the source has come to its end.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing has been changed then, but see [`StoreError::InDoubt`]. [`ChangeError::Stopped`] when the
    /// source has stopped it.
    fn import(
        &self,
        source: &mut dyn RecordSource,
        actor: &Actor,
        now: Timestamp,
        mode: Mode,
    ) -> Result<Imported, ChangeError>;

    /// Returns the next tokens that `selector` chooses, in the order of their issue, with what they are looked up by and
    /// the place of each; at most `limit` behind the place `after`, where the token may have been removed meanwhile.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell.
    fn export_tokens(
        &self,
        selector: &Selector,
        after: Option<i64>,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(i64, TokenRecord)>, StoreError>;

    /// Returns the next users after the one named `after`, deleted ones too, in the order of their names, at most
    /// `limit` of them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell.
    fn export_users(
        &self,
        after: Option<&UserName>,
        limit: usize,
    ) -> Result<Vec<UserRecord>, StoreError>;

    /// Returns what is left of the next removed tokens after the id `after`, in the order of their ids, at most `limit`
    /// of them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell.
    fn export_tombstones(
        &self,
        after: Option<&TokenId>,
        limit: usize,
    ) -> Result<Vec<Tombstone>, StoreError>;

    /// Records uses of tokens, the newest winning. A write that is no [`Change`]: it leaves no event, is not
    /// synced, and may be lost with the power.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it could not be written.
    fn touch(&self, uses: &[(TokenId, Timestamp)]) -> Result<(), StoreError>;

    /// Returns the events after number `after`, in order, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell.
    fn events(&self, after: u64, limit: usize) -> Result<Vec<Event>, StoreError> {
        self.find_events(&EventQuery::after(after), limit)
    }

    /// Returns the events that `query` chooses, in its order, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell.
    fn find_events(&self, query: &EventQuery, limit: usize) -> Result<Vec<Event>, StoreError>;

    /// Returns when the newest event was; `None` where nothing has been changed yet. A clock behind it was set back.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it could not be found out.
    fn newest_change(&self) -> Result<Option<Timestamp>, StoreError> {
        let newest = self.find_events(&EventQuery::newest_first(), 1)?;
        Ok(newest.first().map(|event| event.at))
    }

    /// Returns the ids that begin with `prefix`, in order, at most `limit` of them; also of tokens that are no more,
    /// as long as an event tells of them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell.
    fn find_known_ids(&self, prefix: &str, limit: usize) -> Result<Vec<TokenId>, StoreError>;

    /// Counts at `now` what the store holds, all of it as it is at one moment, with the `owners` users who have the
    /// most active tokens.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell.
    fn statistics(&self, now: Timestamp, owners: usize) -> Result<Statistics, StoreError>;

    /// Reads anew whether this build can read the store, and its newest event.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it cannot be read, or is of another schema by now.
    fn readiness(&self) -> Result<Readiness, StoreError>;

    /// Returns whether the store is read from a medium that nobody can write, as a file that does not change.
    fn is_on_read_only_medium(&self) -> bool;
}

/// What is found when a store is asked whether it can answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Readiness {
    /// The head of the chain of events; `None` where nothing has been changed yet.
    pub newest_event: Option<Event>,
}

/// How a store is opened.
#[derive(Clone)]
#[non_exhaustive]
pub struct OpenOptions {
    /// How long a writer waits for its turn; 30 seconds unless set.
    pub writer_timeout: Duration,
    /// How long a reader waits for another program that holds the file; 50 milliseconds unless set. Our own writers
    /// never keep a reader waiting.
    pub reader_timeout: Duration,
    /// Whether to read a store on a medium that cannot be written, as a file that nobody changes. Off unless set: if
    /// somebody can change it after all, what is read may be stale or wrong. Never set it in a server.
    pub read_only_medium: bool,
    /// Called when a change is about to be made durable: from here on it may have happened.
    pub before_commit: Option<Arc<dyn Fn() + Send + Sync>>,
    /// Is told of the events of each change that is made through this opening of the store, once it is durable.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            writer_timeout: Duration::from_secs(30),
            reader_timeout: Duration::from_millis(50),
            read_only_medium: false,
            before_commit: None,
            observer: None,
        }
    }
}

impl fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenOptions")
            .field("writer_timeout", &self.writer_timeout)
            .field("reader_timeout", &self.reader_timeout)
            .field("read_only_medium", &self.read_only_medium)
            .finish_non_exhaustive()
    }
}

/// The store could not tell, or could not do it. Never an answer about a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no store at this path.
    #[error("no token store at {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is something at this path already.
    #[error("{} exists already", path.display())]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// Another writer did not finish in time. Nothing was done.
    #[error("the store is busy: another writer did not finish in time")]
    Busy,
    /// The file is not a token store.
    #[error("{} is not a token store: {why}", path.display())]
    NotAStore {
        /// Which file.
        path: PathBuf,
        /// What it is instead.
        why: NotAStore,
    },
    /// The file is damaged.
    #[error("the store is damaged: {what}")]
    Corrupt {
        /// What was found.
        what: String,
    },
    /// The schema is not one that this build knows.
    #[error("the store has schema {found}, this build knows {known}")]
    Schema {
        /// Which it has.
        found: i64,
        /// The newest this build knows.
        known: i64,
    },
    /// Others could read or replace a file of the store.
    #[error("{} is not safe: {why}", path.display())]
    Insecure {
        /// Which file or directory.
        path: PathBuf,
        /// What is wrong with it.
        why: Insecurity,
    },
    /// The store would stand on a network file system, where SQLite's locks cannot be relied on.
    #[error("{} is on a network file system, where a store is not safe", path.display())]
    NetworkFileSystem {
        /// Which directory.
        path: PathBuf,
    },
    /// The caller has broken it off. Nothing was done.
    #[error("it was broken off")]
    BrokenOff,
    /// The medium failed while a change was made durable, and failed again when it was to be taken back: it is there
    /// wholly or not at all, and which of both may show only when the store is opened the next time.
    #[error("the medium failed, and whether the change was made is not known: {what}")]
    InDoubt {
        /// How it failed first.
        what: String,
    },
    /// There is no room left to write.
    #[error("no space is left for the store")]
    NoSpace,
    /// The medium cannot be written, or the system does not let this user write to the file or make others beside it.
    #[error(
        "the store cannot be written: its medium is read-only, or its file or directory is to this user"
    )]
    ReadOnly,
    /// The record of a change could not be written, so the change was not made.
    #[error("the event could not be recorded, so nothing was changed: {why}")]
    Audit {
        /// What went wrong.
        why: String,
    },
    /// A page was asked for that follows a token which is not there.
    #[error("the token that the page should follow is not there")]
    NoSuchCursor,
    /// The operating system refused something.
    #[error("{action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// How it was refused.
        source: io::Error,
    },
    /// The database refused something else.
    #[error("database error {code}: {what}")]
    Database {
        /// SQLite's extended result code.
        code: i32,
        /// What that code means.
        what: String,
    },
}

/// What stands where a store was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAStore {
    /// A directory.
    #[error("it is a directory")]
    Directory,
    /// A socket, a device, or the like.
    #[error("it is not a regular file")]
    NotAFile,
    /// A file without content.
    #[error("it is empty")]
    Empty,
    /// A file of another kind.
    #[error("it is not an SQLite database")]
    NotADatabase,
    /// A database of another program, as its application id says.
    #[error("it is the database of another program")]
    OfAnother,
}

/// Why a file or directory is not safe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Insecurity {
    /// Its mode lets group or others read or write it.
    #[error("its mode is {mode:04o}, so that others can read or write it")]
    Mode {
        /// The permission bits.
        mode: u32,
    },
    /// It belongs to a user who is neither the caller nor root.
    #[error("it belongs to uid {owner}")]
    Owner {
        /// To whom.
        owner: u32,
    },
    /// It is a symbolic link, or a file with a second name.
    #[error("it is a link, or has a second name")]
    Link,
    /// It is a directory that others can write to, and so replace what is in it.
    #[error("others can replace what is in this directory (mode {mode:04o}, no sticky bit)")]
    Directory {
        /// The permission bits.
        mode: u32,
    },
}

/// A change was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such token.
    #[error("no token has the id {id}")]
    NoSuchToken {
        /// Which.
        id: TokenId,
    },
    /// There is no such user.
    #[error("no user is named `{name}`")]
    NoSuchUser {
        /// Which.
        name: UserName,
    },
    /// The name is taken.
    #[error("the name `{name}` is taken")]
    NameTaken {
        /// Which.
        name: UserName,
    },
    /// The name was used before, and stays reserved.
    #[error("the name `{name}` was used before and stays reserved")]
    NameReserved {
        /// Which.
        name: UserName,
    },
    /// The name looks like another.
    #[error("the name `{name}` looks like `{existing}`")]
    LookAlike {
        /// The new name.
        name: UserName,
        /// The one that is there.
        existing: UserName,
    },
    /// Another token has this id or digest, or had it before it was removed.
    #[error("another token has this id or digest")]
    Collision,
    /// A token was changed after it was looked at.
    #[error("token {id} was changed meanwhile")]
    ChangedMeanwhile {
        /// Which.
        id: TokenId,
    },
    /// A token cannot have the labels that were asked for.
    #[error("token {id} is not edited: {why}")]
    Labels {
        /// Which.
        id: TokenId,
        /// Why.
        why: LabelError,
    },
    /// A token may not have a later end.
    #[error("token {id} is not extended: {why}")]
    Extension {
        /// Which.
        id: TokenId,
        /// Why.
        why: ExtensionError,
    },
    /// A token may not be replaced.
    #[error("token {id} is not rotated: {why}")]
    Rotation {
        /// Which.
        id: TokenId,
        /// Why.
        why: RotationError,
    },
    /// A token is to be removed that is not dead, or not for long enough.
    #[error("token {id} is not dead for that long, and is not removed")]
    NotDead {
        /// Which.
        id: TokenId,
    },
    /// A token cannot be restricted as asked.
    #[error("token {id} is not restricted: {why}")]
    Restriction {
        /// Which.
        id: TokenId,
        /// Why.
        why: RestrictionError,
    },
    /// The source of an import has stopped it.
    #[error(transparent)]
    Stopped(#[from] ImportStopped),
    /// A change that speaks of many tokens did not say which.
    #[error("no token is chosen")]
    NothingChosen,
}
