//! A reader that does not let go keeps the log from being begun anew: changes are slowed down before it fills the medium.

use std::thread;
use std::time::{Duration, Instant};

use super::files::StoreFiles;
use crate::store::StoreError;

/// The length in bytes of a log that nobody takes for a usual one; without such a reader it is some 4 MiB.
const LONG: u64 = 256 << 20;

/// How long each change waits beside a long log, so that all writers together make no more than fifty in a second. A change
/// needs some 32 KiB of the log: what a reader that stalls for a minute adds behind `LONG` is below 100 MiB.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits beside a long log, until `deadline` at most. To be called in a writer's turn, so that others wait too.
///
/// After a change of very many tokens the log may be that long without a reader: the next change waits once, and begins
/// the log anew.
pub(super) fn hold_back(files: &StoreFiles, deadline: Instant) -> Result<(), StoreError> {
    if is_long(files)? {
        tracing::warn!(
            "somebody keeps reading, and the log of the store grows: changes are slowed down"
        );
        thread::sleep(PAUSE.min(deadline.saturating_duration_since(Instant::now())));
    }
    Ok(())
}

fn is_long(files: &StoreFiles) -> Result<bool, StoreError> {
    Ok(files.wal_length()? >= LONG)
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn changes_wait_beside_a_long_log_and_no_longer_than_they_may() {
        let directory = tempfile::tempdir().unwrap();
        let files = StoreFiles::at(&directory.path().join("tokens.db")).unwrap();
        assert!(!is_long(&files).unwrap());
        let log = File::create(directory.path().join("tokens.db-wal")).unwrap();
        for (length, is_long_now) in [(0, false), (LONG - 1, false), (LONG, true)] {
            log.set_len(length).unwrap();
            assert_eq!(is_long(&files).unwrap(), is_long_now, "{length}");
        }
        let begun = Instant::now();
        hold_back(&files, begun + Duration::from_secs(60)).unwrap();
        assert!(begun.elapsed() >= PAUSE);
        hold_back(&files, begun).unwrap();
    }
}
