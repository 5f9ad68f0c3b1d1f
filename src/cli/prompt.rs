//! Questions to the operator, on stderr.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use dialoguer::{Confirm, Select};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokenctl::secret::Secret;
use zeroize::Zeroizing;

use super::escape::escape;
use super::exit::{CliError, Exit};
use super::input::{SECRET_LIMIT, Stdin, read_line};
use super::process::Interrupts;

/// Returns whether there is somebody to ask: stdin and stderr are both terminals.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks the operator. To be used only where [`can_ask`] says so.
///
/// An interrupt during a question puts the terminal back before it ends the process.
pub(crate) struct Prompt<'a> {
    interrupts: &'a Interrupts,
}

impl<'a> Prompt<'a> {
    /// Makes a prompt that listens to `interrupts`.
    pub(crate) fn new(interrupts: &'a Interrupts) -> Self {
        Self { interrupts }
    }

    /// Asks whether to go on; only an explicit yes is one.
    pub(crate) fn confirm(&self, question: &str) -> Result<bool, CliError> {
        let confirm = Confirm::new()
            .with_prompt(escape(question))
            .default(false)
            .wait_for_newline(true);
        let answer = self.guarded(|| Ok(confirm.interact_opt()?))?;
        Ok(answer.unwrap_or(false))
    }

    /// Lets the operator choose one of `items`, of which the first is proposed, and returns its place.
    pub(crate) fn choose<T: Display>(&self, title: &str, items: &[T]) -> Result<usize, CliError> {
        let items = items
            .iter()
            .map(|item| escape(&item.to_string()).into_owned());
        let select = Select::new()
            .with_prompt(escape(title))
            .items(items)
            .default(0);
        self.guarded(|| Ok(select.interact_opt()?))?
            .ok_or_else(cancelled)
    }

    /// Asks for a text that is not shown.
    pub(crate) fn hidden(&self, title: &str) -> Result<Secret, CliError> {
        let line = self.guarded(|| {
            let usual = tcgetattr(io::stdin())?;
            let mut hidden = usual.clone();
            hidden.local_modes.remove(LocalModes::ECHO);
            tcsetattr(io::stdin(), OptionalActions::Flush, &hidden)?;
            let asked = write!(io::stderr(), "{}: ", escape(title));
            let typed = asked.and_then(|()| read_line(&mut Stdin, SECRET_LIMIT));
            tcsetattr(io::stdin(), OptionalActions::Flush, &usual)?;
            // The line break that was typed was not shown either.
            io::stderr().write_all(b"\n")?;
            typed
        })?;
        if line.is_empty() {
            return Err(cancelled());
        }
        text_of(&line)
    }

    /// Runs `ask` while a thread watches for signals, which would otherwise leave the terminal without echo or cursor.
    fn guarded<T>(&self, ask: impl FnOnce() -> io::Result<T>) -> Result<T, CliError> {
        let usual = tcgetattr(io::stdin()).ok();
        let held = self.interrupts.hold();
        let (done, watched) = mpsc::channel::<()>();
        let answer = thread::scope(|scope| {
            scope.spawn(|| watch(self.interrupts, usual.as_ref(), watched));
            let answer = ask();
            drop(done);
            answer
        });
        drop(held);
        if let Some(interrupted) = self.interrupts.pending() {
            restore(usual.as_ref());
            return Err(interrupted);
        }
        answer.map_err(|error| CliError::new(Exit::Usage, format!("failed to ask: {error}")))
    }
}

fn watch(interrupts: &Interrupts, usual: Option<&Termios>, watched: mpsc::Receiver<()>) {
    while watched.recv_timeout(Duration::from_millis(50)) == Err(RecvTimeoutError::Timeout) {
        if let Some(interrupted) = interrupts.pending() {
            restore(usual);
            Interrupts::end(interrupted.exit);
        }
    }
}

fn restore(usual: Option<&Termios>) {
    if let Some(usual) = usual {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, usual);
    }
    // Show the cursor, which a menu hides, and leave the line of the question.
    let _ = io::stderr().write_all(b"\x1b[?25h\n");
}

fn text_of(bytes: &Zeroizing<Vec<u8>>) -> Result<Secret, CliError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| CliError::usage("what was typed is not UTF-8 text"))?;
    Ok(Secret::new(text.to_owned()))
}

fn cancelled() -> CliError {
    CliError::new(Exit::Cancelled, "cancelled, nothing was done")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_has_to_be_text() {
        let secret = text_of(&Zeroizing::new(b"token x".to_vec())).unwrap();
        assert_eq!(secret.expose_secret(), "token x");
        let error = text_of(&Zeroizing::new(b"hunter\xff".to_vec())).unwrap_err();
        assert_eq!(error.exit, Exit::Usage);
        assert!(!error.message.contains("hunter"));
    }
}
