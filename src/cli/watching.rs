//! Long work on a whole store: how far it is, on a terminal, and signals that break it off where nothing is half done.

use std::ops::ControlFlow;

use indicatif::ProgressBar;
use tokenctl::store::care::{Progress, Stage};

use super::context::Context;
use super::exit::CliError;
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

    /// Ends it; a failure that comes of a signal is told as one.
    pub(crate) fn end<T, E>(self, done: Result<T, E>) -> anyhow::Result<T>
    where
        anyhow::Error: From<E>,
    {
        let Self {
            context,
            bar,
            _held: held,
        } = self;
        bar.finish_and_clear();
        drop(held);
        match (done, context.interrupted()) {
            (Ok(done), _) => {
                context.work_is_done();
                Ok(done)
            }
            (Err(_), Some(exit)) => {
                Err(CliError::new(exit, "interrupted, nothing was done").into())
            }
            (Err(error), None) => Err(error.into()),
        }
    }
}
