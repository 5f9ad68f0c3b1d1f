//! The writer's turn: writers of all processes queue on the lock file of a store.

use std::fs::{File, TryLockError};
use std::io;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, fcntl_lock};

use super::{StoreFiles, open_lock};
use crate::store::StoreError;

/// For how long a writer lets the one who is next go first.
const LONGEST_COURTESY: Duration = Duration::from_secs(5);

/// The writer's turn: other writers wait until it is dropped.
#[derive(Debug)]
pub(in crate::store::sqlite) struct WriterLock {
    // Held for its lock: closing the file gives it up.
    _file: File,
}

impl WriterLock {
    /// Waits for the turn, at most `timeout`.
    ///
    /// The kernel wakes those who wait for a lock, but gives it to nobody: a writer that has just had its turn would
    /// take the next one too, again and again, before those it has woken run. So there is a second lock on the same
    /// file, a record lock, which only the one who is next holds, and which everybody has to pass: it makes turns fair,
    /// and nothing is ever lost with it.
    pub(in crate::store::sqlite) fn acquire(
        files: &StoreFiles,
        timeout: Duration,
    ) -> Result<Self, StoreError> {
        let path = files.lock();
        let file = open_lock(&path)?;
        let refused = |source| StoreError::Io {
            action: "lock",
            path: path.clone(),
            source,
        };
        if fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let locked = file.try_lock();
            pass_on(&file);
            match locked {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(source)) => return Err(refused(source)),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        let deadline = Instant::now().checked_add(timeout);
        // The kernel's queues know no timeout, so a thread waits in them and hands the locked file over. When nobody
        // takes it any more, it is dropped with the channel, which unlocks it.
        let (sender, receiver) = mpsc::sync_channel(0);
        wait(Manners::AfterTheNext, file, sender.clone()).map_err(refused)?;
        let courtesy = LONGEST_COURTESY.min(timeout / 2);
        let mut answer = receiver.recv_timeout(courtesy);
        if matches!(answer, Err(RecvTimeoutError::Timeout)) {
            // Whoever is next may have been stopped, and so never take its turn: that is nobody's loss but its own.
            wait(Manners::Straight, open_lock(&path)?, sender).map_err(refused)?;
            let rest = deadline.map_or(Duration::MAX, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            answer = receiver.recv_timeout(rest);
        }
        match answer {
            Ok(Ok(file)) => Ok(Self { _file: file }),
            Ok(Err(source)) => Err(refused(source)),
            Err(_) => Err(StoreError::Busy),
        }
    }
}

/// How a writer waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manners {
    /// It becomes the one who is next before it waits for the turn.
    AfterTheNext,
    /// It waits for the turn alone.
    Straight,
}

/// Starts a thread that waits for the turn and hands the locked file over.
fn wait(manners: Manners, file: File, sender: SyncSender<io::Result<File>>) -> io::Result<()> {
    let work = move || {
        if manners == Manners::AfterTheNext {
            // Where that fails, turns are less fair and no less safe.
            let _ = fcntl_lock(&file, FlockOperation::LockExclusive);
        }
        let mut locked = file.lock();
        while matches!(&locked, Err(error) if error.kind() == io::ErrorKind::Interrupted) {
            locked = file.lock();
        }
        if manners == Manners::AfterTheNext {
            pass_on(&file);
        }
        // An error here is an asker who has given up: the file it carries back is closed with it.
        drop(sender.send(locked.map(|()| file)));
    };
    thread::Builder::new()
        .name("tokenctl-lock".into())
        .spawn(work)
        .map(drop)
}

/// Lets another one be next. Closing the file does so too.
fn pass_on(file: &File) {
    let _ = fcntl_lock(file, FlockOperation::Unlock);
}
