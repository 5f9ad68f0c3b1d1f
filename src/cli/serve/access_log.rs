//! The access log on stdout, written by a thread of its own.

use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokenctl::http::access::{AccessLog, AccessRecord};

use super::super::json;

/// How many records wait at most while stdout takes none.
const WAITING: usize = 8 * 1024;

/// How long the writer rests after each write. For one that waits, each record would be a call to wake it, which takes
/// about as long as the login that it is about.
const REST: Duration = Duration::from_millis(5);

/// How long a stop waits for the last lines to be written.
const LAST_LINES: Duration = Duration::from_secs(2);

/// Writes one JSON object a line. What comes while too many wait is dropped, and their number told on stderr: a log
/// that nobody reads must not hold up logins.
pub(super) struct AccessLines {
    records: Option<SyncSender<AccessRecord>>,
    dropped: Arc<AtomicU64>,
    /// Hung up by the writer when it has come to its end.
    ended: Mutex<Receiver<()>>,
}

impl AccessLines {
    /// Starts to write to stdout.
    pub(super) fn begin() -> io::Result<Self> {
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        let dropped = Arc::<AtomicU64>::default();
        let seen = Arc::clone(&dropped);
        let (end, ended) = mpsc::channel();
        thread::Builder::new()
            .name("tokenctl-log".into())
            .spawn(move || {
                write(&receiver, &seen, io::stdout());
                drop(end);
            })?;
        Ok(Self {
            records: Some(sender),
            dropped,
            ended: Mutex::new(ended),
        })
    }
}

impl AccessLog for AccessLines {
    fn record(&self, record: AccessRecord) {
        let is_sent = |records: &SyncSender<_>| records.try_send(record).is_ok();
        if !self.records.as_ref().is_some_and(is_sent) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Writes what is waiting still, unless nobody reads it: a stop must come to its end.
impl Drop for AccessLines {
    fn drop(&mut self) {
        drop(self.records.take());
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = ended.recv_timeout(LAST_LINES);
    }
}

fn write(records: &Receiver<AccessRecord>, dropped: &AtomicU64, mut out: impl Write) {
    let mut lines = String::new();
    while let Ok(first) = records.recv() {
        lines.clear();
        // All that wait go out in one write.
        let mut next = Some(first);
        let mut number = 0;
        while let Some(record) = next {
            if let Ok(line) = json::to_line(&record) {
                lines.push_str(&line);
                lines.push('\n');
            }
            number += 1;
            next = records.try_recv().ok();
        }
        match out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => match dropped.swap(0, Ordering::Relaxed) {
                0 => {}
                number => tracing::warn!(number, "lines of the access log were dropped"),
            },
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                tracing::warn!("nobody reads the access log any more: it ends here");
                return;
            }
            // A medium that is full now may have room later.
            Err(error) => {
                dropped.fetch_add(number as u64, Ordering::Relaxed);
                tracing::warn!(%error, "lines of the access log could not be written");
            }
        }
        thread::sleep(REST);
    }
}
