//! How long things took.

use std::time::Duration;

/// Many durations of one kind of work.
#[derive(Default)]
pub(crate) struct Waits {
    milliseconds: Vec<f64>,
}

impl Waits {
    pub(crate) fn add(&mut self, wait: Duration) {
        self.milliseconds.push(wait.as_secs_f64() * 1e3);
    }

    pub(crate) fn join(&mut self, mut other: Self) {
        self.milliseconds.append(&mut other.milliseconds);
    }

    pub(crate) fn count(&self) -> usize {
        self.milliseconds.len()
    }

    /// Returns the milliseconds within which `percent` of all were done; no number reaches a goal where there were none.
    pub(crate) fn within(&self, percent: usize) -> f64 {
        let mut sorted = self.milliseconds.clone();
        sorted.sort_by(f64::total_cmp);
        let wait = sorted.get(sorted.len() * percent / 100);
        wait.or(sorted.last()).copied().unwrap_or(f64::MAX)
    }

    /// Returns the milliseconds of the longest.
    pub(crate) fn longest(&self) -> f64 {
        self.within(100)
    }
}
