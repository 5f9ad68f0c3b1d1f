//! Directories for copies of other systems' databases, which hold plain tokens.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use tempfile::TempDir;

/// What their names begin with.
const PREFIX: &str = "tokenctl-import-";

/// How much older than a new one a directory is, in seconds, that nobody works in any more: a copy takes less.
const OLD: i64 = 60 * 60;

/// Makes a new directory in `parent`, and removes those that a run which was killed has left there.
pub(super) fn make(parent: &Path) -> io::Result<TempDir> {
    let made = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
    let new = fs::symlink_metadata(made.path())?;
    for entry in fs::read_dir(parent)?.flatten() {
        let is_named = entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.starts_with(PREFIX));
        // What cannot be looked at or removed is no reason to stop.
        if is_named && entry.metadata().is_ok_and(|found| is_left(&found, &new)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    Ok(made)
}

/// Returns whether `found`, which is no link, is a directory of the same user and long older than `new`.
fn is_left(found: &fs::Metadata, new: &fs::Metadata) -> bool {
    found.is_dir() && found.uid() == new.uid() && found.mtime() < new.mtime().saturating_sub(OLD)
}
