//! A reader that does not let go keeps the log from being begun anew: changes are slowed down before it fills the medium.

use std::thread;
use std::time::Duration;

use super::files::StoreFiles;
use crate::store::StoreError;

/// The length in bytes of a log that nobody takes for a usual one; without such a reader it is some 4 MiB.
const LONG: u64 = 256 << 20;

/// How long each change waits beside a long log, so that all writers together make no more than fifty in a second. A change
/// needs some 36 KiB of the log: a reader that stalls for a minute adds some 105 MiB behind `LONG`.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits beside a long log, no longer than the time that is `left`. To be called in a writer's turn, so that others wait too.
///
/// After a change of very many tokens the log may be that long without a reader: the next change waits once, and begins
/// the log anew.
pub(super) fn hold_back(files: &StoreFiles, left: Duration) -> Result<(), StoreError> {
    if let Some(pause) = pause(files, left)? {
        tracing::warn!(
            "somebody keeps reading, and the log of the store grows: changes are slowed down"
        );
        thread::sleep(pause);
    }
    Ok(())
}

/// Returns how long a change has to wait, `None` beside a log that is not long.
fn pause(files: &StoreFiles, left: Duration) -> Result<Option<Duration>, StoreError> {
    let is_long = files.wal_length()? >= LONG;
    Ok(is_long.then_some(PAUSE.min(left)))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Instant;

    use super::*;

    const LONG_TIME: Duration = Duration::from_secs(60);

    #[test]
    fn changes_wait_beside_a_long_log_and_no_longer_than_they_may() {
        let directory = tempfile::tempdir().unwrap();
        let files = StoreFiles::at(&directory.path().join("tokens.db")).unwrap();
        assert_eq!(pause(&files, LONG_TIME).unwrap(), None);
        let log = File::create(directory.path().join("tokens.db-wal")).unwrap();
        for (length, expected) in [(0, None), (LONG - 1, None), (LONG, Some(PAUSE))] {
            log.set_len(length).unwrap();
            assert_eq!(pause(&files, LONG_TIME).unwrap(), expected, "{length}");
        }
        for left in [Duration::ZERO, PAUSE / 2] {
            assert_eq!(pause(&files, left).unwrap(), Some(left));
        }
        let begun = Instant::now();
        hold_back(&files, LONG_TIME).unwrap();
        assert!(begun.elapsed() >= PAUSE);
    }
}
