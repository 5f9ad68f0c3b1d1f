//! What a terminal shows while files are read.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::super::output::Output;

/// How many files were read, on a terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Begins to show it, where there is somebody to see it.
    pub(super) fn begin(output: &Output) -> Self {
        if !output.shows_progress() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::no_length();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} files in {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
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
