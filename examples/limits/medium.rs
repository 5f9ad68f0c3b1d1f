//! A model of the medium below a directory: what the processes see there, and what a power cut would leave of it.
//!
//! Bytes are on the medium once their file was synced after they were written, and a name once its directory was synced
//! after it was given, as POSIX has it. Until then each write and each change of a name is there or not, whatever came
//! before or after it, and a write may be there in some of its sectors only. File systems promise more than that.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use crate::dice::Dice;
use crate::strace::{Call, Descriptor, Place};

/// What a disk writes whole.
const SECTOR: usize = 512;

/// The directory, and all that is below it.
#[derive(Clone)]
pub(crate) struct Medium {
    root: PathBuf,
    nodes: Vec<Node>,
    /// The names as processes see them.
    names: BTreeMap<PathBuf, usize>,
    /// The names that are on the medium.
    lasting: BTreeMap<PathBuf, usize>,
    /// How the one becomes the other, in order.
    changes: Vec<Renaming>,
    /// What the running process has open; nothing below the root is `None`.
    open: HashMap<Descriptor, Option<Opened>>,
}

#[derive(Clone)]
struct Node {
    is_directory: bool,
    /// What is on the medium.
    synced: Vec<u8>,
    /// What was done to it since, in order.
    edits: Vec<Edit>,
}

#[derive(Clone)]
enum Edit {
    Write {
        at: usize,
        bytes: Vec<u8>,
    },
    Truncate(usize),
    /// A write whose bytes are not known.
    Unseen,
}

/// One change of names of a directory, which happens wholly or not at all.
#[derive(Clone)]
struct Renaming {
    directory: PathBuf,
    /// Each name, and what it then stands for.
    names: Vec<(PathBuf, Option<usize>)>,
}

#[derive(Clone)]
struct Opened {
    path: PathBuf,
    node: usize,
    position: u64,
}

/// Something that a power cut could take away.
pub(crate) struct Unsynced {
    /// Below the root.
    pub(crate) path: PathBuf,
    pub(crate) what: Part,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Bytes,
    Name,
}

/// How likely it is that something unsynced is there after all, of 100.
pub(crate) struct Chance(pub(crate) usize);

/// What a power cut has left.
#[derive(Default)]
pub(crate) struct Remains {
    /// Each path below the root, and the bytes of a file; a directory has none.
    pub(crate) files: BTreeMap<PathBuf, Option<Vec<u8>>>,
    pub(crate) dropped: usize,
    pub(crate) torn: usize,
    pub(crate) names_dropped: usize,
}

impl Medium {
    /// Takes all that is below `root` now as being on the medium.
    pub(crate) fn of(root: &Path) -> anyhow::Result<Self> {
        let mut this = Self {
            root: root.to_owned(),
            nodes: Vec::new(),
            names: BTreeMap::new(),
            lasting: BTreeMap::new(),
            changes: Vec::new(),
            open: HashMap::new(),
        };
        this.adopt(root)?;
        Ok(this)
    }

    /// Takes the file or directory at `path`, which no traced process has made, as being on the medium.
    pub(crate) fn adopt(&mut self, path: &Path) -> anyhow::Result<()> {
        let is_directory = path.is_dir();
        let synced = if is_directory {
            Vec::new()
        } else {
            fs::read(path)?
        };
        let node = self.new_node(is_directory);
        self.node(node)?.synced = synced;
        self.names.insert(path.to_owned(), node);
        self.lasting.insert(path.to_owned(), node);
        if is_directory {
            for entry in fs::read_dir(path)? {
                self.adopt(&entry?.path())?;
            }
        }
        Ok(())
    }

    /// Forgets what the process before had open.
    pub(crate) fn begin_process(&mut self) {
        self.open.clear();
    }

    /// Returns whether `place` names something.
    pub(crate) fn has(&self, place: &Place) -> anyhow::Result<bool> {
        Ok(self.names.contains_key(&self.resolve(place)?))
    }

    /// Returns the path below the root that `place` stands for; `None` elsewhere.
    pub(crate) fn below(&self, place: &Place) -> anyhow::Result<Option<PathBuf>> {
        let path = self.resolve(place)?;
        Ok(path.strip_prefix(&self.root).ok().map(Path::to_owned))
    }

    /// Returns the path below the root under which `file` was opened; `None` elsewhere.
    pub(crate) fn path_of(&self, file: Descriptor) -> Option<&Path> {
        let opened = self.open.get(&file)?.as_ref()?;
        opened.path.strip_prefix(&self.root).ok()
    }

    /// Does what a process has done.
    pub(crate) fn apply(&mut self, call: &Call) -> anyhow::Result<()> {
        match call {
            Call::Open {
                file, place, flags, ..
            } => self.open(*file, place, flags)?,
            Call::Close(file) => drop(self.open.remove(file)),
            Call::Duplicate { file, copy } => {
                let opened = self.open.get(file).cloned().flatten();
                self.open.insert(*copy, opened);
            }
            Call::Accept(client) => drop(self.open.insert(*client, None)),
            Call::Seek { file, to } => {
                if let Some(Some(opened)) = self.open.get_mut(file) {
                    opened.position = *to;
                }
            }
            Call::Write { file, at, bytes } => self.write(*file, *at, bytes)?,
            Call::WriteUnseen(file) => self.edit(*file, Edit::Unseen)?,
            Call::Truncate { file, length } => {
                self.edit(*file, Edit::Truncate(usize::try_from(*length)?))?;
            }
            Call::Sync(file) => self.sync(*file)?,
            Call::MakeDirectory { place, .. } => {
                let path = self.resolve(place)?;
                let node = self.new_node(true);
                self.rename(&path, vec![(path.clone(), Some(node))])?;
            }
            Call::Rename { from, to, flags } => self.move_name(from, to, flags)?,
            Call::Link { from, to } => {
                let to = self.resolve(to)?;
                let node = self.stands_for(&self.resolve(from)?)?;
                self.rename(&to, vec![(to.clone(), Some(node))])?;
            }
            Call::Remove(place) => {
                let path = self.resolve(place)?;
                self.rename(&path, vec![(path.clone(), None)])?;
            }
            Call::Map(file) => {
                let path = self.path_of(*file);
                let is_index = path.is_none_or(is_index);
                ensure!(is_index, "{path:?} is written by memory, which is not seen");
            }
            Call::ChangeMode(_) | Call::Exit => {}
        }
        Ok(())
    }

    /// Returns all that a power cut could take away now, of what somebody could miss: neither empty files nor the
    /// shared memory that SQLite makes anew from its log.
    pub(crate) fn unsynced(&self) -> Vec<Unsynced> {
        let mut found = Vec::new();
        let mut add = |path: &Path, what| {
            let path = path.strip_prefix(&self.root).unwrap_or(path).to_owned();
            found.push(Unsynced { path, what });
        };
        for (path, node) in self.names.iter().filter(|(path, _)| !is_index(path)) {
            let Some(node) = self.nodes.get(*node) else {
                continue;
            };
            if !node.edits.is_empty() {
                add(path, Part::Bytes);
            }
            let is_empty = !node.is_directory && node.synced.is_empty() && node.edits.is_empty();
            if !is_empty && self.has_unsynced_name(path) {
                add(path, Part::Name);
            }
        }
        found
    }

    fn has_unsynced_name(&self, path: &Path) -> bool {
        self.lasting.get(path) != self.names.get(path)
    }

    /// Returns what is at `path` below the root as processes see it.
    pub(crate) fn read(&self, path: &Path) -> Option<Vec<u8>> {
        let node = self.names.get(&self.root.join(path))?;
        let node = self.nodes.get(*node)?;
        let mut bytes = node.synced.clone();
        for edit in &node.edits {
            edit.apply(&mut bytes);
        }
        Some(bytes)
    }

    /// Cuts the power.
    pub(crate) fn cut(&self, dice: &mut Dice, chance: &Chance) -> Remains {
        let mut remains = Remains::default();
        let mut names = self.lasting.clone();
        for change in &self.changes {
            if chance.strikes(dice) {
                change.apply(&mut names);
            } else {
                remains.names_dropped += 1;
            }
        }
        for (path, node) in &names {
            // Nobody finds what is below a directory that has no name; parents come before what is in them.
            let parent = path
                .parent()
                .and_then(|parent| parent.strip_prefix(&self.root).ok());
            let is_found = parent.is_none_or(|parent| {
                parent.as_os_str().is_empty() || remains.files.contains_key(parent)
            });
            let (Ok(below), Some(node)) = (path.strip_prefix(&self.root), self.nodes.get(*node))
            else {
                continue;
            };
            if !is_found || below.as_os_str().is_empty() || is_index(path) {
                continue;
            }
            let content = match node.is_directory {
                true => None,
                false => Some(node.survive(dice, chance, &mut remains)),
            };
            remains.files.insert(below.to_owned(), content);
        }
        remains
    }

    fn new_node(&mut self, is_directory: bool) -> usize {
        self.nodes.push(Node {
            is_directory,
            synced: Vec::new(),
            edits: Vec::new(),
        });
        self.nodes.len() - 1
    }

    fn node(&mut self, node: usize) -> anyhow::Result<&mut Node> {
        self.nodes.get_mut(node).context("no such node")
    }

    fn stands_for(&self, path: &Path) -> anyhow::Result<usize> {
        let node = self.names.get(path).copied();
        node.with_context(|| format!("nobody has made {}", path.display()))
    }

    fn resolve(&self, place: &Place) -> anyhow::Result<PathBuf> {
        if place.path.is_absolute() {
            return Ok(place.path.clone());
        }
        match place.below {
            None => Ok(self.root.join(&place.path)),
            Some(directory) => match self.open.get(&directory) {
                Some(Some(opened)) => Ok(opened.path.join(&place.path)),
                // Somewhere else.
                _ => Ok(place.path.clone()),
            },
        }
    }

    fn open(&mut self, file: Descriptor, place: &Place, flags: &[String]) -> anyhow::Result<()> {
        let path = self.resolve(place)?;
        let has = |wanted: &str| flags.iter().any(|flag| flag == wanted);
        if !path.starts_with(&self.root) {
            self.open.insert(file, None);
            return Ok(());
        }
        if has("O_TMPFILE") {
            // A file without a name, which nobody finds after a power cut.
            let node = self.new_node(false);
            let opened = Opened {
                path,
                node,
                position: 0,
            };
            self.open.insert(file, Some(opened));
            return Ok(());
        }
        if has("O_CREAT") && !self.names.contains_key(&path) {
            let node = self.new_node(false);
            self.rename(&path, vec![(path.clone(), Some(node))])?;
        }
        ensure!(!has("O_APPEND"), "the model does not know how to append");
        let node = self.stands_for(&path)?;
        let opened = Opened {
            path,
            node,
            position: 0,
        };
        self.open.insert(file, Some(opened));
        if has("O_TRUNC") {
            self.edit(file, Edit::Truncate(0))?;
        }
        Ok(())
    }

    fn write(&mut self, file: Descriptor, at: Option<u64>, bytes: &[u8]) -> anyhow::Result<()> {
        let Some(Some(opened)) = self.open.get_mut(&file) else {
            return Ok(());
        };
        let at = at.unwrap_or(opened.position);
        opened.position = at + bytes.len() as u64;
        let edit = Edit::Write {
            at: usize::try_from(at)?,
            bytes: bytes.to_vec(),
        };
        self.edit(file, edit)
    }

    fn edit(&mut self, file: Descriptor, edit: Edit) -> anyhow::Result<()> {
        if let Some(Some(opened)) = self.open.get(&file) {
            let node = opened.node;
            self.node(node)?.edits.push(edit);
        }
        Ok(())
    }

    fn sync(&mut self, file: Descriptor) -> anyhow::Result<()> {
        let Some(Some(opened)) = self.open.get(&file) else {
            return Ok(());
        };
        let (node, path) = (opened.node, opened.path.clone());
        let node = self.node(node)?;
        for edit in std::mem::take(&mut node.edits) {
            edit.apply(&mut node.synced);
        }
        let lasting = &mut self.lasting;
        self.changes.retain(|change| {
            let is_here = change.directory == path;
            if is_here {
                change.apply(lasting);
            }
            !is_here
        });
        Ok(())
    }

    fn move_name(&mut self, from: &Place, to: &Place, flags: &str) -> anyhow::Result<()> {
        let (from, to) = (self.resolve(from)?, self.resolve(to)?);
        if !from.starts_with(&self.root) && !to.starts_with(&self.root) {
            return Ok(());
        }
        ensure!(
            from.parent() == to.parent(),
            "the model does not know how to move from one directory to another"
        );
        let node = self.stands_for(&from)?;
        let is_directory = self.node(node)?.is_directory;
        ensure!(
            !is_directory,
            "the model does not know how to move a directory"
        );
        let left = match flags {
            "0" | "RENAME_NOREPLACE" => None,
            "RENAME_EXCHANGE" => Some(self.stands_for(&to)?),
            other => bail!("the model does not know `{other}`"),
        };
        self.rename(&to.clone(), vec![(from, left), (to, Some(node))])
    }

    /// Gives names of the directory of `path` another meaning.
    fn rename(&mut self, path: &Path, names: Vec<(PathBuf, Option<usize>)>) -> anyhow::Result<()> {
        if !path.starts_with(&self.root) {
            return Ok(());
        }
        let directory = path.parent().context("the root has no other name")?;
        let change = Renaming {
            directory: directory.to_owned(),
            names,
        };
        change.apply(&mut self.names);
        self.changes.push(change);
        Ok(())
    }
}

impl Node {
    fn survive(&self, dice: &mut Dice, chance: &Chance, remains: &mut Remains) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        for edit in &self.edits {
            if !chance.strikes(dice) {
                remains.dropped += 1;
                continue;
            }
            match edit {
                Edit::Write { at, bytes: new } if new.len() > SECTOR && dice.below(3) == 0 => {
                    remains.torn += 1;
                    tear(&mut bytes, *at, new, dice);
                }
                whole => whole.apply(&mut bytes),
            }
        }
        bytes
    }
}

impl Edit {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => write_at(to, *at, bytes),
            Self::Truncate(length) => to.resize(*length, 0),
            Self::Unseen => {}
        }
    }
}

fn write_at(to: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if to.len() < end {
        to.resize(end, 0);
    }
    if let Some(part) = to.get_mut(at..end) {
        part.copy_from_slice(bytes);
    }
}

/// Writes some of the sectors that `bytes` lies in.
fn tear(to: &mut Vec<u8>, mut at: usize, mut bytes: &[u8], dice: &mut Dice) {
    while !bytes.is_empty() {
        let (sector, rest) = bytes.split_at(bytes.len().min(SECTOR - at % SECTOR));
        if dice.below(2) == 0 {
            write_at(to, at, sector);
        }
        at += sector.len();
        bytes = rest;
    }
}

impl Renaming {
    fn apply(&self, to: &mut BTreeMap<PathBuf, usize>) {
        for (name, node) in &self.names {
            match node {
                Some(node) => to.insert(name.clone(), *node),
                None => to.remove(name),
            };
        }
    }
}

impl Chance {
    fn strikes(&self, dice: &mut Dice) -> bool {
        dice.below(100) < self.0
    }
}

/// Returns whether `path` is the shared memory of a database: it is made anew from the log.
pub(crate) fn is_index(path: &Path) -> bool {
    path.to_string_lossy().ends_with("-shm")
}

/// Puts a new file there that nobody else can read.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    file.and_then(|mut file| file.write_all(bytes))
        .with_context(|| format!("write {}", path.display()))
}
