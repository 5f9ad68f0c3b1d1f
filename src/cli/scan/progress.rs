//! What a terminal shows while files are read.

use indicatif::ProgressBar;

use super::super::output::Output;
use super::super::progress;

/// How many files were read, on a terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Begins to show it, where there is somebody to see it.
    pub(super) fn begin(output: &Output) -> Self {
        Self(progress::bar(output, "{spinner} {pos} files in {elapsed}"))
    }

    /// Counts a file that was read to its end.
    pub(super) fn advance(&self) {
        self.0.inc(1);
    }

    /// Does what may print something, which then stands above.
    pub(super) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }

    /// Removes it.
    pub(super) fn end(self) {
        self.0.finish_and_clear();
    }
}
