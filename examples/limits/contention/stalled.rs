//! A reader that does not let go: the write-ahead log grows behind it, within bounds, and becomes small again after it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rusqlite::{Connection, OpenFlags};

use super::LOOK;
use super::crowd::Crowd;
use crate::claim::{Findings, Goal};
use crate::role::Role;
use crate::setting::{Scale, Setting};

/// Reads in one transaction, which it ends when its stdin is closed.
pub(crate) const STALLED_READER: Role = Role {
    name: "stalled-reader",
    play: stall,
};

/// How far the log may grow, in MiB.
const BOUND: f64 = 512.0;

/// How far it has to come down again while it is written to, in MiB; a log that nobody holds up is smaller by far.
const SETTLED: f64 = 64.0;

/// How far it has to grow in a minute, in MiB, for the stall to be one.
const GROWN: f64 = 16.0;

fn stall(arguments: &[String]) -> anyhow::Result<()> {
    let [store] = arguments else {
        bail!("a stalled reader needs a store");
    };
    let connection = Connection::open_with_flags(store, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(Duration::from_secs(30))?;
    connection.execute_batch("BEGIN")?;
    let count = || connection.query_row("SELECT count(*) FROM token", [], |row| row.get(0));
    let before: i64 = count()?;
    std::io::stdout().write_all(b"reading\n")?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    ensure!(count()? == before, "the transaction did not last");
    Ok(())
}

pub(super) fn run(setting: &Setting, seed: u64, findings: &mut Findings) -> anyhow::Result<()> {
    let (stall, after): (u64, u64) = setting.scale.of((2, 2), (60, 5), (60, 5));
    let stall = Duration::from_secs(stall);
    let mut crowd = Crowd::start(stall + Duration::from_secs(after), seed)?;
    // Without one that stays, the last to close the store would delete the log.
    let stays = Connection::open(crowd.store())?;
    stays.query_row("SELECT count(*) FROM token", [], |_| Ok(()))?;
    crowd.wait_for_begin();
    let (largest, held_up) = watch_the_stall(&crowd, &stays, stall)?;
    let released = Instant::now();
    let mut settled = None;
    while crowd.is_at_work()? {
        if crowd.log_length() <= SETTLED {
            settled.get_or_insert_with(|| released.elapsed());
        }
        thread::sleep(LOOK);
    }
    let length = crowd.log_length();
    let logs = crowd.finish()?;
    drop(stays);
    findings.count("seconds for which a reader stalled", stall.as_secs_f64());
    let writes: usize = logs.writers.iter().map(|log| log.entries.len()).sum();
    findings.count("writes meanwhile and in the seconds after", writes);
    findings.measure(
        "pages that the stalled reader kept in the write-ahead log, without which it was none",
        held_up,
        Goal::AtLeast(1.0),
    );
    let name = "MiB of the write-ahead log at its largest behind the stalled reader";
    findings.measure(name, largest, Goal::AtMost(BOUND));
    if setting.scale != Scale::Quick {
        let name = "MiB of the same log, past which it had to grow";
        findings.measure(name, largest, Goal::AtLeast(GROWN));
    }
    if let Some(settled) = settled {
        let name = "seconds from the end of the stall until the log was below 64 MiB";
        findings.count(name, settled.as_secs_f64());
    }
    let name = "MiB of the write-ahead log after the stall, with the store still open";
    findings.measure(name, length, Goal::AtMost(SETTLED));
    findings.notes.push(
        "the log that has grown behind a stalled reader is cut to 16 MiB by the first commit that begins it anew, once \
         its pages have been moved into the store"
            .to_owned(),
    );
    let errors: Vec<_> = logs.errors().collect();
    let name = "writes and reads that failed beside the stalled reader";
    findings.measure(name, errors.len(), Goal::NONE);
    let errors = errors.into_iter().take(3);
    findings
        .notes
        .extend(errors.map(|error| format!("beside the stalled reader: {error}")));
    Ok(())
}

/// Lets a reader stall for `stall`; returns the length of the log at its largest, and how many of its pages could not
/// be moved into the store in the end.
fn watch_the_stall(
    crowd: &Crowd,
    store: &Connection,
    stall: Duration,
) -> anyhow::Result<(f64, u32)> {
    let mut reader = STALLED_READER
        .command([crowd.store()])?
        .stdin(Stdio::piped())
        .spawn()?;
    let said = reader.stdout.take().context("its stdout is a pipe")?;
    BufReader::new(said).read_line(&mut String::new())?;
    let begun = Instant::now();
    let mut largest = 0_f64;
    while begun.elapsed() < stall {
        largest = largest.max(crowd.log_length());
        thread::sleep(LOOK);
    }
    let held_up = store.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        let (written, moved) = (row.get::<_, u32>(1)?, row.get::<_, u32>(2)?);
        Ok(written.saturating_sub(moved))
    })?;
    // Its stdin is closed by that.
    let output = reader.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the stalled reader failed: {said}");
    Ok((largest, held_up))
}
