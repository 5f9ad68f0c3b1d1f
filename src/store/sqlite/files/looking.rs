//! What a look at the files of a store tells to those who look after it.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use super::{
    FileIdentity, JOURNAL, StoreFiles, TEMPORARY, check_directories, check_metadata, files_of,
    io_error, lstat,
};
use crate::store::{Insecurity, StoreError};

/// The state of a store that nobody has open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::sqlite) struct Rest {
    identity: FileIdentity,
    length: u64,
    written: (i64, i64),
}

impl StoreFiles {
    /// Returns all that is unsafe about the files of the store and their directories, of each the first fault.
    pub(in crate::store::sqlite) fn insecurities(
        &self,
    ) -> Result<Vec<(PathBuf, Insecurity)>, StoreError> {
        let mut found = Vec::new();
        let mut note = |checked| match checked {
            Err(StoreError::Insecure { path, why }) => {
                found.push((path, why));
                Ok(())
            }
            other => other,
        };
        for path in files_of(&self.store) {
            if let Some(metadata) = lstat(&path)? {
                note(check_metadata(&path, &metadata))?;
            }
        }
        note(check_directories(self.directory()))?;
        Ok(found)
    }

    /// Returns what tells whether the store is at rest: nobody has it open, and which writing was the last.
    pub(in crate::store::sqlite) fn rest(&self) -> Result<Option<Rest>, StoreError> {
        let [wal, shm, journal] = self.beside_sqlite();
        for path in [wal, shm, journal] {
            if lstat(&path)?.is_some() {
                return Ok(None);
            }
        }
        let metadata = self.metadata()?;
        Ok(Some(Rest {
            identity: FileIdentity::of(&metadata),
            length: metadata.len(),
            written: (metadata.mtime(), metadata.mtime_nsec()),
        }))
    }

    /// Returns the names in the directory of the store that only an interrupted command leaves there.
    pub(in crate::store::sqlite) fn leftovers(&self) -> Result<Vec<PathBuf>, StoreError> {
        let directory = self.directory();
        let list = || -> io::Result<Vec<PathBuf>> {
            let mut left = Vec::new();
            for entry in fs::read_dir(directory)? {
                let entry = entry?;
                let name = entry.file_name();
                if name.as_bytes().starts_with(TEMPORARY.as_bytes()) {
                    left.push(entry.path());
                }
            }
            left.sort();
            Ok(left)
        };
        list().map_err(|source| io_error("list", directory, source))
    }

    /// Returns whether a log or journal stands beside the store: without it the file is not the whole.
    pub(in crate::store::sqlite) fn has_log(&self) -> Result<bool, StoreError> {
        let journal = lstat(&self.beside(JOURNAL))?;
        Ok(self.has_wal()? || journal.is_some_and(|metadata| metadata.len() > 0))
    }

    /// Returns whether anything stands beside the store that SQLite would take for a part of it.
    pub(in crate::store::sqlite) fn has_side_files(&self) -> Result<bool, StoreError> {
        for path in self.beside_sqlite() {
            if lstat(&path)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns where the store is copied to before its schema is changed: the first of such names that nothing has.
    pub(in crate::store::sqlite) fn copy_of_schema(
        &self,
        version: i64,
    ) -> Result<PathBuf, StoreError> {
        let mut copy = self.beside(&format!(".schema-{version}"));
        let mut number = 1_u32;
        while lstat(&copy)?.is_some() {
            number += 1;
            copy = self.beside(&format!(".schema-{version}-{number}"));
        }
        Ok(copy)
    }

    /// Returns where a damaged store is moved to: the first of such names that nothing has.
    pub(in crate::store::sqlite) fn aside(&self) -> Result<Self, StoreError> {
        let mut number = 1_u32;
        loop {
            let store = self.beside(&format!(".corrupt-{number}"));
            let aside = Self { store };
            if aside.find_leftover()?.is_none() {
                return Ok(aside);
            }
            number += 1;
        }
    }
}
