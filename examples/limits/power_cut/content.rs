//! What a directory holds, as its users see it: what the store says, and the files that commands have made.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tokenctl::store::{Location, OpenOptions};
use tokenctl::transfer::lines::Writer;
use tokenctl::transfer::store::{Extent, Records};

/// Where the store is, below the directory. What leads to it is made with it.
pub(super) const STORE: &str = "data/tokenctl/tokens.db";

pub(super) struct Content {
    /// All records and events; nothing where there is no store.
    pub(super) store: Option<Print>,
    /// The files beside it, such as backups.
    pub(super) files: BTreeMap<PathBuf, Print>,
}

/// Stands for a content that is too long to be kept for each moment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Print(u64);

impl Print {
    fn of(bytes: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(bytes);
        Self(hasher.finish())
    }
}

impl Content {
    /// Reads what is in `directory`, which nobody else may have open.
    pub(super) fn of(directory: &Path) -> anyhow::Result<Self> {
        let store = directory.join(STORE);
        let told = match store.exists() {
            true => Some(Print::of(&told_by(&store)?)),
            false => None,
        };
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                let print = Print::of(&fs::read(entry.path())?);
                files.insert(PathBuf::from(entry.file_name()), print);
            }
        }
        Ok(Self { store: told, files })
    }
}

fn told_by(path: &Path) -> anyhow::Result<Vec<u8>> {
    let store = Location::Sqlite(path.to_owned()).open(OpenOptions::default())?;
    let epoch = Timestamp::UNIX_EPOCH;
    let mut lines = Writer::begin(Vec::new(), epoch)?;
    for record in Records::of(store.clone(), Extent::Whole, epoch) {
        lines.push(record?)?;
    }
    let (_, mut told) = lines.finish()?;
    for event in store.events(0, usize::from(u16::MAX))? {
        writeln!(told, "{event:?}")?;
    }
    Ok(told)
}
