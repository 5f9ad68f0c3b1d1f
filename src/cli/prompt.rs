//! Questions to the operator, on stderr.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use dialoguer::Select;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokenctl::secret::Secret;
use zeroize::Zeroizing;

use super::escape::escape;
use super::exit::{CliError, Exit};
use super::input::{SECRET_LIMIT, Stdin, read_line, read_once};
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

    /// Asks whether to go on.
    ///
    /// Only a whole line of `y` or `yes` is a yes, in any case and with spaces around it. Whatever else is typed is a
    /// no, not a reason to ask again: it may be a refusal in other words.
    pub(crate) fn confirm(&self, question: &str) -> Result<bool, CliError> {
        let line = self.guarded(|| {
            write!(io::stderr(), "{} [y/N] ", escape(question))?;
            let mut line = vec![0; SECRET_LIMIT];
            let length = read_once(&mut Stdin, &mut line)?;
            line.truncate(length);
            if !is_line(&line) {
                io::stderr().write_all(b"\n")?;
            }
            Ok(line)
        })?;
        Ok(is_yes(&line))
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
            thread::Builder::new()
                .spawn_scoped(scope, || watch(self.interrupts, usual.as_ref(), watched))
                .map_err(|error| CliError::no_thread(&error))?;
            let answer = ask();
            drop(done);
            Ok::<_, CliError>(answer)
        });
        drop(held);
        if let Some(interrupted) = self.interrupts.pending() {
            restore(usual.as_ref());
            return Err(interrupted);
        }
        answer?.map_err(|error| CliError::new(Exit::Usage, format!("failed to ask: {error}")))
    }
}

/// Returns whether what was typed is a whole line that says yes; the end of input ends no line.
fn is_yes(typed: &[u8]) -> bool {
    let answer = typed.trim_ascii();
    is_line(typed) && (answer.eq_ignore_ascii_case(b"y") || answer.eq_ignore_ascii_case(b"yes"))
}

/// Returns whether what was typed ends with Enter, which stays a carriage return if it was typed at a menu before.
fn is_line(typed: &[u8]) -> bool {
    matches!(typed.last(), Some(b'\n' | b'\r'))
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
    fn only_a_whole_line_of_yes_is_one() {
        for yes in ["y\n", "Y\n", "yes\n", "YES\n", " yEs \t\r\n", "y\r"] {
            assert!(is_yes(yes.as_bytes()), "{yes:?}");
        }
        for no in [
            "",
            "\n",
            "n\n",
            "no\n",
            "not yet\n",
            "why\n",
            "yy\n",
            "y n\n",
            "yes!\n",
            "y",
            "yes",
            "y\nn\n",
        ] {
            assert!(!is_yes(no.as_bytes()), "{no:?}");
        }
    }

    #[test]
    fn typed_text_has_to_be_text() {
        let secret = text_of(&Zeroizing::new(b"token x".to_vec())).unwrap();
        assert_eq!(secret.expose_secret(), "token x");
        let error = text_of(&Zeroizing::new(b"hunter\xff".to_vec())).unwrap_err();
        assert_eq!(error.exit, Exit::Usage);
        assert!(!error.message.contains("hunter"));
    }
}
