//! Directories for copies of other systems' databases, which hold plain tokens.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use tempfile::TempDir;

/// What their names begin with.
const PREFIX: &str = "tokenctl-import-";

/// How much older than a new one a directory is, in seconds, that nobody works in any more: a copy takes less.
const OLD: i64 = 60 * 60;

/// Makes a new directory in `parent`, for the caller alone whatever the umask, and removes those that a run which was
/// killed has left there.
pub(super) fn make(parent: &Path) -> io::Result<TempDir> {
    let made = tempfile::Builder::new()
        .prefix(PREFIX)
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(parent)?;
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

/// Copies the file `from` to the new file `to`, for the caller alone whatever the mode of the first.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut copy = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)?;
    io::copy(&mut File::open(from)?, &mut copy)?;
    Ok(())
}

/// Returns whether `found`, which is no link, is a directory of the same user and long older than `new`.
fn is_left(found: &fs::Metadata, new: &fs::Metadata) -> bool {
    found.is_dir() && found.uid() == new.uid() && found.mtime() < new.mtime().saturating_sub(OLD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_of_a_file_that_all_can_read_is_private() {
        let parent = tempfile::tempdir().unwrap();
        let database = parent.path().join("django.sqlite3");
        fs::write(&database, "plain tokens").unwrap();
        fs::set_permissions(&database, Permissions::from_mode(0o644)).unwrap();

        let directory = make(parent.path()).unwrap();
        let target = directory.path().join("database");
        copy(&database, &target).unwrap();

        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(directory.path()), 0o700);
        assert_eq!(mode(&target), 0o600);
        assert_eq!(fs::read(&target).unwrap(), b"plain tokens");
        assert!(copy(&database, &target).is_err());
    }
}
