//! Where a store is, and what can be done with the whole of it there.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::care::{Backup, Examination, Restoration, RestoreError, Restored, Watch};
use super::{OpenOptions, Store, StoreError, sqlite};

/// Where a store is, from a path or URL. The one place that names the concrete stores.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// A file in SQLite's format.
    Sqlite(PathBuf),
}

impl Location {
    /// Reads a path, or a URL of a kind of store that this build has.
    ///
    /// # Errors
    ///
    /// [`UnknownLocation`] for a URL of any other kind.
    pub fn parse(text: &str) -> Result<Self, UnknownLocation> {
        let is_url = text.split_once("://").is_some_and(|(scheme, _)| {
            !scheme.is_empty()
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+')
        });
        if is_url || text.is_empty() {
            return Err(UnknownLocation);
        }
        Ok(Self::Sqlite(PathBuf::from(text)))
    }

    /// Opens the store that is there.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; a store that is not there is [`StoreError::Missing`], and is not made.
    pub fn open(&self, options: OpenOptions) -> Result<Arc<dyn Store>, StoreError> {
        let Self::Sqlite(path) = self;
        let store = sqlite::SqliteStore::open(path, options)?;
        tracing::info!(path = %self, "opened the store");
        Ok(Arc::new(store))
    }

    /// Creates an empty store there, and opens it.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; [`StoreError::Exists`] when something is there already.
    pub fn create(&self, options: OpenOptions) -> Result<Arc<dyn Store>, StoreError> {
        let Self::Sqlite(path) = self;
        let store = sqlite::SqliteStore::create(path, options)?;
        tracing::info!(path = %self, "created the store");
        Ok(Arc::new(store))
    }

    /// Brings the store that is there to the schema of this build, copying it first.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as [`sqlite::migrate`] says.
    pub fn migrate(&self, options: &OpenOptions) -> Result<sqlite::Migration, StoreError> {
        tracing::info!(path = %self, "bringing the store up to date");
        let Self::Sqlite(path) = self;
        sqlite::migrate(path, options)
    }

    /// Copies the store that is there to a new file, while others go on to read and write it.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as [`sqlite::backup`] says.
    pub fn backup(
        &self,
        to: &Path,
        options: &OpenOptions,
        watch: &mut Watch<'_>,
    ) -> Result<Backup, StoreError> {
        tracing::info!(path = %self, "copying the store");
        let Self::Sqlite(path) = self;
        sqlite::backup(path, to, options, watch)
    }

    /// Looks for all that may be wrong with the store that is there, and changes nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as [`sqlite::check`] says.
    pub fn check(
        &self,
        options: &OpenOptions,
        now: Timestamp,
        watch: &mut Watch<'_>,
    ) -> Result<Examination, StoreError> {
        tracing::info!(path = %self, "checking the store");
        let Self::Sqlite(path) = self;
        sqlite::check(path, options, now, watch)
    }

    /// Returns whether nothing can be written where the store is.
    #[must_use]
    pub fn is_on_read_only_medium(&self) -> bool {
        let Self::Sqlite(path) = self;
        sqlite::is_on_read_only_medium(path)
    }

    /// Brings back what a backup has and the store that is there has lost.
    ///
    /// # Errors
    ///
    /// [`RestoreError`], as [`sqlite::restore`] says.
    pub fn restore(
        &self,
        restoration: &Restoration<'_>,
        options: &OpenOptions,
        watch: &mut Watch<'_>,
    ) -> Result<Restored, RestoreError> {
        tracing::info!(path = %self, "restoring the store");
        let Self::Sqlite(path) = self;
        sqlite::restore(path, restoration, options, watch)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Sqlite(path) = self;
        write!(f, "{}", path.display())
    }
}

/// The location is empty, or a URL of a kind of store that is not in this build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a store is a path; stores of that kind of URL are not in this build")]
#[non_exhaustive]
pub struct UnknownLocation;
