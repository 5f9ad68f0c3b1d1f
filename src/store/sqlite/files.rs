//! The files of a store: who may have touched them, how they are created, and the writer lock.

mod looking;
mod turn;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

pub(super) use self::turn::WriterLock;
use crate::store::{Insecurity, NotAStore, StoreError};

/// What the names of the files beside a store end in.
const WAL: &str = "-wal";
const SHM: &str = "-shm";
const JOURNAL: &str = "-journal";
const LOCK: &str = ".lock";

/// What the names of files begin with that are there for a moment only.
pub(super) const TEMPORARY: &str = ".tokenctl-";

/// Returns the paths of all files that a store at `store` has or may have, itself first.
///
/// Nobody but the store may make one of them, or open and close one in its process: that drops SQLite's locks.
#[must_use]
pub fn files_of(store: &Path) -> [PathBuf; 5] {
    ["", WAL, SHM, JOURNAL, LOCK].map(|suffix| beside(store, suffix))
}

pub(crate) fn beside(store: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(store);
    name.push(suffix);
    PathBuf::from(name)
}

/// Returns the URI that opens the database at `path` as a file that nobody changes.
pub(crate) fn immutable_uri(path: &Path) -> PathBuf {
    let mut uri = OsString::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            // What the URI syntax of SQLite gives a meaning to.
            b'?' | b'#' | b'%' => uri.push(format!("%{byte:02x}")),
            _ => uri.push(OsStr::from_bytes(std::slice::from_ref(byte))),
        }
    }
    uri.push("?immutable=1");
    PathBuf::from(uri)
}

/// Device and inode: which file it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }

    #[cfg(test)]
    pub(super) const fn numbered(inode: u64) -> Self {
        Self { device: 0, inode }
    }
}

/// What stands at the path of a store.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    File { length: u64 },
    Link,
    Other(NotAStore),
}

/// The path of a store and of the files beside it, with no link in any directory of it.
#[derive(Clone, Debug)]
pub(super) struct StoreFiles {
    /// The database.
    pub(super) store: PathBuf,
}

impl StoreFiles {
    /// Resolves the directory of `path`, which must exist; the last component is taken as it is.
    pub(super) fn at(path: &Path) -> Result<Self, StoreError> {
        let missing = || StoreError::Missing {
            path: path.to_owned(),
        };
        let name = path.file_name().ok_or_else(missing)?;
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let parent = match fs::canonicalize(parent) {
            Ok(parent) => parent,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(missing()),
            Err(source) => {
                return Err(StoreError::Io {
                    action: "resolve",
                    path: parent.to_owned(),
                    source,
                });
            }
        };
        Ok(Self {
            store: parent.join(name),
        })
    }

    /// The directory that all files of the store are in.
    pub(super) fn directory(&self) -> &Path {
        self.store.parent().unwrap_or(Path::new("/"))
    }

    /// The file that writers queue on.
    pub(super) fn lock(&self) -> PathBuf {
        self.beside(LOCK)
    }

    /// SQLite's write-ahead log.
    pub(super) fn wal(&self) -> PathBuf {
        self.beside(WAL)
    }

    /// The files that SQLite makes, or reads when they are there. Whoever writes one of them writes the store.
    fn beside_sqlite(&self) -> [PathBuf; 3] {
        [WAL, SHM, JOURNAL].map(|suffix| self.beside(suffix))
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        beside(&self.store, suffix)
    }

    /// Returns which file the store is now, by `lstat` alone.
    pub(super) fn identity(&self) -> Result<FileIdentity, StoreError> {
        Ok(FileIdentity::of(&self.metadata()?))
    }

    fn metadata(&self) -> Result<Metadata, StoreError> {
        match lstat(&self.store)? {
            Some(metadata) => Ok(metadata),
            None => Err(StoreError::Missing {
                path: self.store.clone(),
            }),
        }
    }

    /// Returns what kind of file the store is.
    pub(super) fn kind(&self) -> Result<Kind, StoreError> {
        let metadata = self.metadata()?;
        let kind = metadata.file_type();
        Ok(match kind {
            _ if kind.is_file() => Kind::File {
                length: metadata.len(),
            },
            _ if kind.is_symlink() => Kind::Link,
            _ if kind.is_dir() => Kind::Other(NotAStore::Directory),
            _ => Kind::Other(NotAStore::NotAFile),
        })
    }

    /// Returns whether anything stands at the path of the store.
    pub(super) fn exists(&self) -> Result<bool, StoreError> {
        Ok(lstat(&self.store)?.is_some())
    }

    /// Returns what stands where the store would be, or what SQLite would take for a part of it.
    pub(super) fn find_leftover(&self) -> Result<Option<PathBuf>, StoreError> {
        let [wal, shm, journal] = self.beside_sqlite();
        for path in [self.store.clone(), wal, shm, journal] {
            if lstat(&path)?.is_some() {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// Refuses a place that is not free: SQLite would take what a removed store left behind for changes to a new one.
    pub(super) fn check_free(&self) -> Result<(), StoreError> {
        match self.find_leftover()? {
            None => Ok(()),
            Some(path) => Err(StoreError::Exists { path }),
        }
    }

    /// Returns whether there is a write-ahead log with anything in it: a reader that came last leaves an empty one.
    pub(super) fn has_wal(&self) -> Result<bool, StoreError> {
        Ok(self.wal_length()? > 0)
    }

    /// Returns the length of the write-ahead log in bytes, 0 where there is none.
    pub(super) fn wal_length(&self) -> Result<u64, StoreError> {
        Ok(lstat(&self.wal())?.map_or(0, |metadata| metadata.len()))
    }

    /// The files that belong to the content of the store.
    pub(super) fn side_files(&self) -> [PathBuf; 3] {
        self.beside_sqlite()
    }

    /// Checks that the store is a plain file that nobody else can read or replace, its log and lock too.
    pub(super) fn check(&self) -> Result<FileIdentity, StoreError> {
        let metadata = self.metadata()?;
        check_metadata(&self.store, &metadata)?;
        let [wal, shm, journal] = self.beside_sqlite();
        for path in [wal, shm, journal, self.lock()] {
            if let Some(metadata) = lstat(&path)? {
                check_metadata(&path, &metadata)?;
            }
        }
        check_directories(self.directory())?;
        Ok(FileIdentity::of(&metadata))
    }
}

fn lstat(path: &Path) -> Result<Option<Metadata>, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(source) => Err(StoreError::Io {
            action: "look at",
            path: path.to_owned(),
            source,
        }),
    }
}

fn check_metadata(path: &Path, metadata: &Metadata) -> Result<(), StoreError> {
    let insecure = |why| {
        Err(StoreError::Insecure {
            path: path.to_owned(),
            why,
        })
    };
    // A second name is a file of somebody else's that we would write, or a store whose log has another name there.
    if metadata.file_type().is_symlink() || metadata.nlink() > 1 {
        return insecure(Insecurity::Link);
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o066 != 0 {
        return insecure(Insecurity::Mode { mode });
    }
    let owner = metadata.uid();
    if is_foreign(owner) {
        return insecure(Insecurity::Owner { owner });
    }
    Ok(())
}

fn is_foreign(owner: u32) -> bool {
    owner != 0 && owner != rustix::process::geteuid().as_raw()
}

/// Whom a file belongs to whose owner has no number in this user namespace, as in a container.
const OVERFLOW_UID: u32 = 65_534;

/// Checks that nobody else can replace what `directory` holds, nor any directory above it (sshd's StrictModes).
pub(super) fn check_directories(directory: &Path) -> Result<(), StoreError> {
    for ancestor in directory.ancestors() {
        let Some(metadata) = lstat(ancestor)? else {
            continue;
        };
        let insecure = |why| {
            Err(StoreError::Insecure {
                path: ancestor.to_owned(),
                why,
            })
        };
        let mode = metadata.mode() & 0o7777;
        let sticky = mode & 0o1000 != 0;
        if mode & 0o002 != 0 && !sticky {
            return insecure(Insecurity::Directory { mode });
        }
        match metadata.uid() {
            OVERFLOW_UID => tracing::warn!(
                directory = %ancestor.display(),
                "nobody in this user namespace owns a directory of the store"
            ),
            owner if is_foreign(owner) => return insecure(Insecurity::Owner { owner }),
            _ => {}
        }
        if mode & 0o020 != 0 && !sticky && ancestor == directory {
            tracing::warn!(
                directory = %ancestor.display(),
                "the group can replace what is in the directory of the store"
            );
        }
    }
    Ok(())
}

/// Checks that the medium keeps locks and shared memory as SQLite needs them: over a network it may not.
pub(super) fn check_file_system(directory: &Path) -> Result<(), StoreError> {
    #[cfg(target_os = "linux")]
    {
        // linux/magic.h: NFS, SMB, CIFS, SMB2.
        const NETWORK: [i128; 4] = [0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42];
        let found = rustix::fs::statfs(directory).map_err(|errno| StoreError::Io {
            action: "look at the file system of",
            path: directory.to_owned(),
            source: errno.into(),
        })?;
        // The field's type differs between architectures.
        if NETWORK.contains(&(i128::from(found.f_type) & 0xffff_ffff)) {
            return Err(StoreError::NetworkFileSystem {
                path: directory.to_owned(),
            });
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = directory;
    Ok(())
}

fn open_lock(path: &Path) -> Result<File, StoreError> {
    let no_follow = rustix::fs::OFlags::NOFOLLOW.bits();
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(i32::try_from(no_follow).unwrap_or_default())
        .open(path);
    let file = match opened {
        Ok(file) => file,
        Err(source) if source.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            return Err(StoreError::Insecure {
                path: path.to_owned(),
                why: Insecurity::Link,
            });
        }
        Err(source) => return Err(io_error("open", path, source)),
    };
    let metadata = file
        .metadata()
        .map_err(|source| io_error("look at", path, source))?;
    check_metadata(path, &metadata)?;
    Ok(file)
}

/// Makes `source` a [`StoreError`], telling a full or read-only medium from the rest.
pub(super) fn io_error(action: &'static str, path: &Path, source: io::Error) -> StoreError {
    match source.kind() {
        io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            StoreError::NoSpace
        }
        _ => StoreError::Io {
            action,
            path: path.to_owned(),
            source,
        },
    }
}

/// Syncs a directory, so that a file created in it is still there after a power cut.
pub(super) fn sync_directory(directory: &Path) -> Result<(), StoreError> {
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(|source| io_error("sync", directory, source))
}

/// Returns whether the store at `path` is on a medium that is mounted read-only.
#[must_use]
pub fn is_on_read_only_medium(path: &Path) -> bool {
    StoreFiles::at(path).is_ok_and(|files| is_read_only_medium(files.directory()))
}

/// Returns whether the medium under `path` is mounted read-only.
pub(super) fn is_read_only_medium(path: &Path) -> bool {
    rustix::fs::statvfs(path).is_ok_and(|medium| {
        medium
            .f_flag
            .contains(rustix::fs::StatVfsMountFlags::RDONLY)
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
    use std::time::Duration;

    use super::*;

    fn store_in(directory: &Path) -> StoreFiles {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700)).unwrap();
        let files = StoreFiles::at(&directory.join("tokens.db")).unwrap();
        fs::write(&files.store, b"").unwrap();
        fs::set_permissions(&files.store, fs::Permissions::from_mode(0o600)).unwrap();
        files
    }

    fn insecurity(files: &StoreFiles) -> Insecurity {
        match files.check() {
            Err(StoreError::Insecure { why, .. }) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_private_file_is_safe_and_any_bit_for_others_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let files = store_in(directory.path());
        files.check().unwrap();
        for mode in [0o640, 0o604, 0o620, 0o602, 0o644, 0o666] {
            fs::set_permissions(&files.store, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(insecurity(&files), Insecurity::Mode { mode });
        }
    }

    #[test]
    fn readable_file_beside_the_store_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let files = store_in(directory.path());
        let [wal, shm, journal] = files.beside_sqlite();
        for path in [wal, shm, journal, files.lock()] {
            fs::write(&path, b"").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            assert_eq!(insecurity(&files), Insecurity::Mode { mode: 0o644 });
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn links_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let files = store_in(directory.path());
        fs::rename(&files.store, directory.path().join("real.db")).unwrap();
        symlink(directory.path().join("real.db"), &files.store).unwrap();
        assert_eq!(insecurity(&files), Insecurity::Link);
        fs::remove_file(&files.store).unwrap();

        let canary = directory.path().join("canary");
        fs::write(&canary, b"precious").unwrap();
        symlink(&canary, files.lock()).unwrap();
        let refused = WriterLock::acquire(&files, Duration::ZERO);
        assert!(
            matches!(
                refused,
                Err(StoreError::Insecure {
                    why: Insecurity::Link,
                    ..
                })
            ),
            "{refused:?}"
        );
        assert_eq!(fs::read(&canary).unwrap(), b"precious");
    }

    #[test]
    fn file_with_a_second_name_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let files = store_in(directory.path());
        let canary = directory.path().join("canary");
        fs::write(&canary, b"precious").unwrap();
        fs::set_permissions(&canary, fs::Permissions::from_mode(0o600)).unwrap();
        fs::hard_link(&canary, files.wal()).unwrap();
        assert_eq!(insecurity(&files), Insecurity::Link);
    }

    #[test]
    fn directory_of_another_user_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let files = store_in(directory.path());
        if chown(directory.path(), Some(12_345), None).is_err() {
            return; // Only root can give a directory away.
        }
        assert_eq!(insecurity(&files), Insecurity::Owner { owner: 12_345 });
        chown(directory.path(), Some(OVERFLOW_UID), None).unwrap();
        files.check().unwrap();
    }

    #[test]
    fn directory_open_to_others_is_refused_unless_sticky() {
        let directory = tempfile::tempdir().unwrap();
        let files = store_in(directory.path());
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(insecurity(&files), Insecurity::Directory { mode: 0o777 });
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        files.check().unwrap();
    }

    #[test]
    fn writer_who_gave_up_does_not_keep_the_lock() {
        let directory = tempfile::tempdir().unwrap();
        let files = store_in(directory.path());
        let held = WriterLock::acquire(&files, Duration::ZERO).unwrap();
        let given_up = WriterLock::acquire(&files, Duration::from_millis(20));
        assert!(matches!(given_up, Err(StoreError::Busy)), "{given_up:?}");
        drop(held);
        WriterLock::acquire(&files, Duration::from_secs(10)).unwrap();
    }
}
