//! The unix socket as a file: made private, taken over from a server that died, removed at the end.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use super::super::exit::{CliError, Exit};

/// Who may connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The user of this process.
    Owner,
    /// Its group too.
    Group,
}

/// A socket of ours. Dropping it removes the file, unless another stands there by now.
pub(super) struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SocketFile {
    /// Listens at `path`. A socket that nobody listens at any more is replaced.
    pub(super) fn bind(path: &Path, reach: Reach) -> Result<(UnixListener, Self), CliError> {
        let refused = |error: io::Error| refused(path, &error);
        // The umask of this process makes it 0700, so that nobody else gets in before its mode is set.
        let listener = match UnixListener::bind(path) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                remove_dead(path)?;
                UnixListener::bind(path).map_err(refused)?
            }
            bound => bound.map_err(refused)?,
        };
        let mode = match reach {
            Reach::Owner => 0o600,
            Reach::Group => 0o660,
        };
        fs::set_permissions(path, Permissions::from_mode(mode)).map_err(refused)?;
        let identity = identity(path).map_err(refused)?;
        let file = Self {
            path: path.to_owned(),
            identity,
        };
        Ok((listener, file))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|found| found == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = fs::symlink_metadata(path)?;
    Ok((found.dev(), found.ino()))
}

/// Removes a socket that nobody listens at.
fn remove_dead(path: &Path) -> Result<(), CliError> {
    let taken = |what: &str| {
        CliError::new(Exit::Conflict, format!("`{}` {what}", path.display()))
            .with_hint("stop what uses it, or listen at another path")
    };
    let found = fs::symlink_metadata(path).map_err(|error| refused(path, &error))?;
    if !found.file_type().is_socket() {
        return Err(taken("is there already, and is no socket"));
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(|error| refused(path, &error))
        }
        _ => Err(taken("is the socket of a server that runs")),
    }
}

fn refused(path: &Path, error: &io::Error) -> CliError {
    let message = format!("failed to listen at `{}`: {error}", path.display());
    CliError::usage(message).with_hint("name a path in a directory that is there, with `--listen`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn socket_is_private_and_removed_at_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        for (reach, expected) in [(Reach::Owner, 0o600), (Reach::Group, 0o660)] {
            let (_listener, file) = SocketFile::bind(&path, reach).unwrap();
            assert_eq!(mode(&path), expected);
            drop(file);
            assert!(!path.exists());
        }
    }

    #[test]
    fn socket_of_a_dead_server_is_replaced_and_of_a_live_one_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        drop(UnixListener::bind(&path).unwrap());
        let (_listener, first) = SocketFile::bind(&path, Reach::Owner).unwrap();
        let error = SocketFile::bind(&path, Reach::Owner).err().unwrap();
        assert_eq!(error.exit, Exit::Conflict);
        assert!(UnixStream::connect(&path).is_ok());
        // Another server that has taken the place since keeps it.
        fs::remove_file(&path).unwrap();
        let _other = UnixListener::bind(&path).unwrap();
        drop(first);
        assert!(path.exists());
    }

    #[test]
    fn other_files_are_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        fs::write(&path, "x").unwrap();
        let error = SocketFile::bind(&path, Reach::Owner).err().unwrap();
        assert_eq!(error.exit, Exit::Conflict);
        assert_eq!(fs::read(&path).unwrap(), b"x");
        let nowhere = directory.path().join("missing/s");
        let error = SocketFile::bind(&nowhere, Reach::Owner).err().unwrap();
        assert_eq!(error.exit, Exit::Usage);
    }
}
