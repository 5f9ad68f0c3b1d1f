//! Reads many files at once, and hands over what is found as if it were one after the other.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use ignore::WalkBuilder;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use tokenctl::scan::{Finding, Findings, Scanner};

use super::super::context::identity;
use super::super::exit::CliError;
use super::super::input::Stdin;

/// How many files wait to be read, or to be told, at most.
const FILES_AHEAD: usize = 256;

/// How many findings of a file wait to be told, at most.
const FINDINGS_AHEAD: usize = 256;

/// Where something is found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On stdin.
    Stdin,
    /// In a file, or below a directory.
    File(PathBuf),
}

/// What happens at a place.
pub(super) enum Event<'s> {
    /// Something is there.
    Found(Finding<'s>),
    /// It was read to its end.
    Read {
        /// How many bytes it has.
        bytes: u64,
    },
    /// It cannot be read, or not to its end.
    Unread(io::Error),
}

/// Which files below a directory are read.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    /// Hidden ones too.
    pub(super) hidden: bool,
    /// Those that ignore files name too.
    pub(super) ignored: bool,
}

/// Files to be scanned.
///
/// A thread walks the directories and several read files, each a bounded number of steps ahead of the one that is told
/// what is found. That one is told in the order of the arguments, of the names in a directory, and of the places in a
/// file.
pub(super) struct Sweep<'s> {
    scanner: &'s Scanner,
    roots: Vec<PathBuf>,
    rules: Rules,
    store_files: [PathBuf; 5],
}

/// A file for a reading thread.
struct Job<'s> {
    place: Arc<Place>,
    events: SyncSender<Event<'s>>,
}

/// A file that is told of in its turn.
type Turn<'s> = (Arc<Place>, Receiver<Event<'s>>);

/// Nobody listens any more.
struct Stopped;

impl<'s> Sweep<'s> {
    /// Makes a sweep of `roots`, which never opens one of `store_files`.
    pub(super) fn new(
        scanner: &'s Scanner,
        roots: Vec<PathBuf>,
        rules: Rules,
        store_files: [PathBuf; 5],
    ) -> Self {
        Self {
            scanner,
            roots,
            rules,
            store_files,
        }
    }

    /// Reads all files and tells `visit` what happens, until it fails.
    pub(super) fn run(
        &self,
        visit: &mut dyn FnMut(&Place, Event<'s>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let (jobs, waiting) = sync_channel(FILES_AHEAD);
        let (turns, told) = sync_channel::<Turn<'s>>(FILES_AHEAD);
        let waiting = Mutex::new(waiting);
        let readers = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            // One that does not start takes the queue with it, and so ends those before it.
            let no_thread = |error| CliError::no_thread(&error);
            for _ in 0..readers {
                thread::Builder::new()
                    .spawn_scoped(scope, || self.read_all(&waiting))
                    .map_err(no_thread)?;
            }
            thread::Builder::new()
                .spawn_scoped(scope, move || self.walk(&Queue { jobs, turns }))
                .map_err(no_thread)?;
            for (place, events) in told {
                for event in events {
                    visit(&place, event)?;
                }
            }
            Ok(())
        })
    }

    fn walk(&self, queue: &Queue<'s>) {
        for root in &self.roots {
            if self.walk_root(root, queue).is_err() {
                return;
            }
        }
    }

    fn walk_root(&self, root: &Path, queue: &Queue<'s>) -> Result<(), Stopped> {
        if root == Path::new("-") {
            return queue.push(Place::Stdin);
        }
        let file_type = match root.symlink_metadata() {
            Ok(metadata) => metadata.file_type(),
            Err(error) => return queue.push_unread(root, error),
        };
        if file_type.is_file() {
            return queue.push(Place::File(root.to_owned()));
        }
        if !file_type.is_dir() {
            let why = if file_type.is_symlink() {
                "it is a link, and links are not followed"
            } else {
                "it is neither a file nor a directory"
            };
            return queue.push_unread(root, io::Error::other(why));
        }
        for entry in self.walker(root) {
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                    queue.push(Place::File(entry.into_path()))?;
                }
                // Directories are entered; links and special files are passed by.
                Ok(_) => {}
                Err(error) => {
                    let path = path_of(&error).unwrap_or(root).to_owned();
                    let cause = error.into_io_error();
                    let cause = cause.unwrap_or_else(|| io::Error::other("it cannot be listed"));
                    queue.push_unread(&path, cause)?;
                }
            }
        }
        Ok(())
    }

    fn walker(&self, root: &Path) -> ignore::Walk {
        let mut builder = WalkBuilder::new(root);
        builder
            .standard_filters(!self.rules.ignored)
            .hidden(!self.rules.hidden)
            .follow_links(false)
            .sort_by_file_name(|one, other| one.cmp(other));
        builder.build()
    }

    fn read_all(&self, waiting: &Mutex<Receiver<Job<'s>>>) {
        let next = || {
            let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.recv().ok()
        };
        let mut idle = self.scanner.scan(io::empty());
        while let Some(Job { place, events }) = next() {
            idle = match self.open(&place) {
                Ok(Some(file)) => {
                    let mut findings = idle.rescan(file);
                    let _stopped = tell_all(&mut findings, &events);
                    findings.rescan(io::empty())
                }
                Ok(None) => idle,
                Err(error) => {
                    let _stopped = events.send(Event::Unread(error));
                    idle
                }
            };
        }
    }

    /// Opens `place`, unless it is a file of the store, no regular file, or no more.
    fn open(&self, place: &Place) -> io::Result<Option<Source>> {
        let Place::File(path) = place else {
            return Ok(Some(Source::Stdin));
        };
        let itself = identity(path);
        let is_same = |file: &PathBuf| itself.is_some() && identity(file) == itself;
        if self.store_files.iter().any(is_same) {
            return Ok(None);
        }
        // Without waiting: in the place of the file there may be a pipe by now.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = match rustix::fs::open(path, flags, Mode::empty()) {
            // It was removed since it was listed.
            Err(Errno::NOENT) => return Ok(None),
            opened => File::from(opened?),
        };
        Ok(file.metadata()?.is_file().then_some(Source::File(file)))
    }
}

/// What a thread reads.
enum Source {
    Stdin,
    File(File),
}

impl Read for Source {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stdin => Stdin.read(room),
            Self::File(file) => file.read(room),
        }
    }
}

/// Tells all that is found, and then that the end was reached.
fn tell_all<'s>(
    findings: &mut Findings<'s, Source>,
    events: &SyncSender<Event<'s>>,
) -> Result<(), Stopped> {
    let mut failed = false;
    for finding in findings.by_ref() {
        failed = finding.is_err();
        let event = finding.map_or_else(Event::Unread, Event::Found);
        events.send(event).map_err(|_| Stopped)?;
    }
    if failed {
        return Ok(());
    }
    let bytes = findings.bytes_read();
    events.send(Event::Read { bytes }).map_err(|_| Stopped)
}

/// The way from the walking thread to those that read, and to the one that tells.
struct Queue<'s> {
    jobs: SyncSender<Job<'s>>,
    turns: SyncSender<Turn<'s>>,
}

impl Queue<'_> {
    /// Adds a file. Its turn is fixed first: whoever waits for it then waits for a thread that reads.
    fn push(&self, place: Place) -> Result<(), Stopped> {
        let place = Arc::new(place);
        let (events, told) = sync_channel(FINDINGS_AHEAD);
        let turn = (Arc::clone(&place), told);
        self.turns.send(turn).map_err(|_| Stopped)?;
        self.jobs.send(Job { place, events }).map_err(|_| Stopped)
    }

    /// Adds a file, or a directory, of which only that it cannot be read is to be told.
    fn push_unread(&self, path: &Path, error: io::Error) -> Result<(), Stopped> {
        let (events, told) = sync_channel(1);
        events.send(Event::Unread(error)).map_err(|_| Stopped)?;
        let turn = (Arc::new(Place::File(path.to_owned())), told);
        self.turns.send(turn).map_err(|_| Stopped)
    }
}

/// Returns the path that an error of the walk is about.
fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        _ => None,
    }
}
