//! How much memory a process has needed so far.

use std::fs;
use std::io::{self, Read};

use anyhow::Context as _;

/// Reads what a process writes, and looks at its peak of memory each time: it is still there, as it waits for us.
pub(crate) struct Watched<R> {
    output: R,
    process: u32,
    kibibytes: u32,
}

impl<R: Read> Watched<R> {
    pub(crate) fn new(output: R, process: u32) -> Self {
        Self {
            output,
            process,
            kibibytes: 0,
        }
    }

    /// Returns the most resident memory that was seen, in MiB.
    pub(crate) fn mebibytes(&self) -> f64 {
        f64::from(self.kibibytes) / 1024.0
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.output.read(buffer)?;
        if let Ok(peak) = peak_of(self.process) {
            self.kibibytes = self.kibibytes.max(peak);
        }
        Ok(length)
    }
}

/// Returns the peak of the resident memory of a process in KiB, as long as it has not ended.
fn peak_of(process: u32) -> anyhow::Result<u32> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.context("no peak is known")?.parse()?)
}
