//! The access log on stdout, written by a thread of its own.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

use tokenctl::http::access::{AccessLog, AccessRecord};

use super::super::json;

/// How many records wait at most while stdout takes none.
const WAITING: usize = 8 * 1024;

/// Writes one JSON object a line. What comes while too many wait is dropped, and their number told on stderr: a log
/// that nobody reads must not hold up logins.
pub(super) struct AccessLines {
    records: Option<SyncSender<AccessRecord>>,
    dropped: Arc<AtomicU64>,
    writer: Option<JoinHandle<()>>,
}

impl AccessLines {
    /// Starts to write to stdout.
    pub(super) fn begin() -> io::Result<Self> {
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        let dropped = Arc::<AtomicU64>::default();
        let seen = Arc::clone(&dropped);
        let writer = thread::Builder::new()
            .name("tokenctl-log".into())
            .spawn(move || write(&receiver, &seen, io::stdout()))?;
        Ok(Self {
            records: Some(sender),
            dropped,
            writer: Some(writer),
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

/// Writes what is waiting still.
impl Drop for AccessLines {
    fn drop(&mut self) {
        drop(self.records.take());
        if let Some(writer) = self.writer.take() {
            // A panic in it has been reported already.
            let _ = writer.join();
        }
    }
}

fn write(records: &Receiver<AccessRecord>, dropped: &AtomicU64, mut out: impl Write) {
    let mut lines = String::new();
    while let Ok(first) = records.recv() {
        lines.clear();
        // All that wait go out in one write.
        let mut next = Some(first);
        while let Some(record) = next {
            if let Ok(line) = json::to_line(&record) {
                lines.push_str(&line);
                lines.push('\n');
            }
            next = records.try_recv().ok();
        }
        if let Err(error) = out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
            tracing::warn!(%error, "the access log cannot be written, and ends here");
            return;
        }
        match dropped.swap(0, Ordering::Relaxed) {
            0 => {}
            number => tracing::warn!(number, "lines of the access log were dropped"),
        }
    }
}
