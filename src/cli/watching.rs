//! Long work on a whole store: how far it is, on a terminal, and signals that break it off where nothing is half done.

use std::ops::ControlFlow;

use indicatif::ProgressBar;
use tokenctl::store::StoreError;
use tokenctl::store::care::{Progress, RestoreError, Stage};

use super::context::Context;
use super::exit::{CliError, Exit};
use super::process::Held;
use super::progress;

/// Shows how far a long work is, and breaks it off when a signal has come, so that it can remove what it has made.
pub(crate) struct Watching<'a> {
    context: &'a Context,
    bar: ProgressBar,
    _held: Held<'a>,
}

impl<'a> Watching<'a> {
    /// Begins to watch.
    pub(crate) fn begin(context: &'a Context) -> Self {
        Self {
            context,
            bar: progress::bar(&context.output, "{spinner} {msg} {pos}/{len} in {elapsed}"),
            _held: context.hold_signals(),
        }
    }

    /// Hears of progress, for the library.
    pub(crate) fn hear(&mut self, progress: Progress) -> ControlFlow<()> {
        self.bar.set_message(match progress.stage {
            Stage::Copying => "copying",
            Stage::Pages => "comparing pages",
            Stage::Events => "hashing the history",
            _ => "reading the records",
        });
        self.bar.set_length(progress.total);
        self.bar.set_position(progress.done);
        match self.context.interrupted() {
            None => ControlFlow::Continue(()),
            Some(_) => ControlFlow::Break(()),
        }
    }

    /// Ends it; what a signal has broken off is told as interrupted, and what is done is told as done.
    pub(crate) fn end<T, E>(self, done: Result<T, E>) -> anyhow::Result<T>
    where
        anyhow::Error: From<E>,
    {
        self.bar.finish_and_clear();
        match done {
            Ok(done) => {
                // While signals still wait: one between the two would end it untold.
                self.context.work_is_done();
                Ok(done)
            }
            Err(error) => Err(told(error.into(), self.context.interrupted())),
        }
    }
}

/// Returns the error to tell of where `error` has come, and perhaps a signal that ends the verb with `interrupted`. Any
/// but the one that says so has a cause of its own, and may have left something done.
fn told(error: anyhow::Error, interrupted: Option<Exit>) -> anyhow::Error {
    let cause = match error.downcast_ref::<RestoreError>() {
        Some(RestoreError::Store(cause)) => Some(cause),
        _ => error.downcast_ref::<StoreError>(),
    };
    match (cause, interrupted) {
        (Some(StoreError::BrokenOff), Some(exit)) => {
            CliError::new(exit, "interrupted, nothing was done").into()
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_broken_off_is_told_as_interrupted() {
        let exit = |error: anyhow::Error, interrupted| {
            let told = told(error, interrupted);
            told.downcast_ref::<CliError>().map(|error| error.exit)
        };
        let signal = Some(Exit::Terminated);
        assert_eq!(exit(StoreError::BrokenOff.into(), signal), signal);
        let broken_off = RestoreError::Store(StoreError::BrokenOff);
        assert_eq!(exit(broken_off.into(), signal), signal);
        let in_doubt = || StoreError::InDoubt {
            what: "of the test".to_owned(),
        };
        assert_eq!(exit(in_doubt().into(), signal), None);
        assert_eq!(exit(RestoreError::Store(in_doubt()).into(), signal), None);
        assert_eq!(exit(StoreError::NoSpace.into(), signal), None);
        assert_eq!(exit(StoreError::BrokenOff.into(), None), None);
    }
}
