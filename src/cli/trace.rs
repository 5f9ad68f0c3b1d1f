//! What the library has to say, on stderr.

use std::io::{self, Write};

use tracing_subscriber::filter::LevelFilter;

use super::escape::escape;
use super::mask::mask;
use super::output::{Format, Look, Talk};

/// Sends the library's events to stderr: warnings, and with `-v` more.
///
/// With `-q` nothing is sent, nor with `--json`, where stderr holds the error object only.
pub(crate) fn begin(verbose: u8, look: Look) {
    if look.talk == Talk::Quiet || look.format == Some(Format::Json) {
        return;
    }
    let level = match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(|| Events)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .finish();
    // Another subscriber cannot be there: this is the only call, at the start of the process.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Takes one event at a time, which becomes one line whatever it holds.
///
/// It never fails: the subscriber would tell of it with `eprintln!`, which panics where stderr is full.
struct Events;

impl Write for Events {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = format!("{}\n", escape(&mask(text.trim_end_matches('\n'))));
        let _ = io::stderr().write_all(line.as_bytes());
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
