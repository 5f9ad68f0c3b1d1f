//! The writer's turn: writers of all processes queue on the lock file of a store.

use std::fs::{File, TryLockError};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, fcntl_lock};

use super::{StoreFiles, open_lock};
use crate::store::StoreError;

/// For how long a writer lets the one who is next go first.
const LONGEST_COURTESY: Duration = Duration::from_secs(5);

/// How many threads of a process may wait in the kernel's queues. They outlive those who asked, so that behind a writer
/// that is stopped for hours they would become more and more, and each has a file open.
const MOST_WAITING: usize = 64;

/// How long a writer waits before it asks again, where no thread may wait for it.
const ASK_AGAIN: Duration = Duration::from_millis(10);

/// How many threads wait.
static WAITING: AtomicUsize = AtomicUsize::new(0);

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
        let is_over = || deadline.is_some_and(|deadline| deadline <= Instant::now());
        while WAITING.load(Ordering::Relaxed) >= MOST_WAITING {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(source)) => return Err(refused(source)),
                Err(TryLockError::WouldBlock) if is_over() => return Err(StoreError::Busy),
                Err(TryLockError::WouldBlock) => thread::sleep(ASK_AGAIN),
            }
        }
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
    let waiting = Waiting::begin();
    let work = move || {
        let _waiting = waiting;
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

/// A thread that waits, counted until it is dropped.
struct Waiting(());

impl Waiting {
    fn begin() -> Self {
        WAITING.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Lets another one be next. Closing the file does so too.
fn pass_on(file: &File) {
    let _ = fcntl_lock(file, FlockOperation::Unlock);
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn waiting_threads() -> usize {
        fs::read_dir("/proc/self/task")
            .unwrap()
            .filter_map(|task| fs::read_to_string(task.unwrap().path().join("comm")).ok())
            .filter(|name| name.trim_end() == "tokenctl-lock")
            .count()
    }

    #[test]
    fn threads_do_not_pile_up_behind_a_writer_that_is_stopped() {
        let directory = tempfile::tempdir().unwrap();
        let files = StoreFiles::at(&directory.path().join("tokens.db")).unwrap();
        let stopped = WriterLock::acquire(&files, Duration::ZERO).unwrap();
        for _ in 0..2 * MOST_WAITING {
            let refused = WriterLock::acquire(&files, Duration::from_micros(10));
            assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
        }
        // Two may begin to wait at once.
        assert!(waiting_threads() <= MOST_WAITING + 1);
        drop(stopped);
        WriterLock::acquire(&files, Duration::from_secs(60)).unwrap();
    }
}
