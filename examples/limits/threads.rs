//! Threads of a harness that do things at once.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ScopedJoinHandle;

use anyhow::anyhow;

/// Waits for a thread, and returns what came of it.
pub(crate) fn joined<T>(thread: ScopedJoinHandle<'_, anyhow::Result<T>>) -> anyhow::Result<T> {
    let ended = thread.join();
    ended.map_err(|_| anyhow!("a thread of the harness panicked"))?
}

/// Locks `mutex`; a thread that panicked meanwhile is told of by [`joined`].
pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
