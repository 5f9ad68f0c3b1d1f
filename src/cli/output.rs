//! The one way out: the answer on stdout, the talk on stderr.

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _, Write};
use std::sync::{Mutex, PoisonError};

use clap::ValueEnum;
use jiff::Timestamp;
use thiserror::Error;
use tokenctl::clock::whole_second;

use super::cleared::ClearedBuffer;
use super::escape::escape;
use super::exit::{CliError, Exit, Failure};
use super::json;
use super::mask::mask;

/// What records are printed as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns for people
    #[default]
    Table,
    /// One array, or one object
    Json,
    /// One object a line
    Jsonl,
    /// Comma-separated values with a header
    Csv,
}

impl Format {
    /// Returns the format that `--json` and `--format` ask for, if any, which must not contradict each other.
    pub(crate) fn choose(json: bool, format: Option<Self>) -> Result<Option<Self>, CliError> {
        match (json, format) {
            (true, None | Some(Self::Json)) => Ok(Some(Self::Json)),
            (true, Some(_)) => Err(CliError::usage(
                "`--json` means `--format json` and cannot be used with another format",
            )),
            (false, format) => Ok(format),
        }
    }

    /// Returns the format that unparsed `arguments` most likely ask for, so that clap's errors come in it too.
    pub(crate) fn guess<T: AsRef<OsStr>>(arguments: impl IntoIterator<Item = T>) -> Self {
        let mut value_follows = false;
        for argument in arguments {
            let argument = argument.as_ref();
            if argument == "--" {
                break;
            }
            if argument == "--json"
                || argument == "--format=json"
                || (value_follows && argument == "json")
            {
                return Self::Json;
            }
            value_follows = argument == "--format";
        }
        Self::Table
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On terminals, unless NO_COLOR is set
    #[default]
    Auto,
    /// Also into files and pipes
    Always,
    /// Not at all
    Never,
}

/// How much is said on stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Talk {
    /// Errors alone.
    Quiet,
    /// What was understood and done, hints and warnings.
    #[default]
    Normal,
}

/// The flags that decide how the program speaks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Look {
    /// `--format`, `--json`.
    pub(crate) format: Option<Format>,
    /// `--color`.
    pub(crate) colour: Colour,
    /// `-q`.
    pub(crate) talk: Talk,
}

/// Why an answer did not arrive.
#[derive(Debug, Error)]
pub(crate) enum Undelivered {
    /// The reader of the pipe has gone, which ends a verb that only reads quietly and well.
    #[error("nobody reads the output any more")]
    ReaderGone,
    /// The write failed.
    #[error("failed to write to stdout")]
    Failed(#[source] io::Error),
    /// The write to the file that was to have the answer failed.
    #[error("failed to write the file of `--out`")]
    FileFailed(#[source] io::Error),
}

impl Undelivered {
    /// Returns the error of a verb whose change is committed and stays although the result did not arrive.
    pub(crate) fn after_commit(self) -> anyhow::Error {
        let error = CliError::new(Exit::Output, "done, but the result could not be delivered")
            .with_hint("it stays done: mend the output, and look at it instead of doing it again");
        anyhow::Error::from(self).context(error)
    }

    /// Returns the error of a verb that has failed by `cause` to take back what nobody has learned of; `lives` says what
    /// is left.
    pub(crate) fn after_failed_undo(
        self,
        cause: impl Into<anyhow::Error>,
        lives: CliError,
    ) -> anyhow::Error {
        anyhow::Error::from(self)
            .context(format!("{:#}", cause.into()))
            .context(lives)
    }
}

impl From<io::Error> for Undelivered {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::Failed(error),
        }
    }
}

/// Lets a decision keep its exit code: `output.line(&text).or_gone()?`.
pub(crate) trait OrGone {
    /// Returns `Ok` also where the reader has gone; only a failed write stays an error.
    fn or_gone(self) -> Result<(), Undelivered>;
}

impl OrGone for Result<(), Undelivered> {
    fn or_gone(self) -> Result<(), Undelivered> {
        match self {
            Err(Undelivered::ReaderGone) => Ok(()),
            other => other,
        }
    }
}

/// Writes all that the program says.
///
/// Whatever goes through it as text is escaped here and nowhere else, so callers pass user-settable text as it is.
/// With `--json` stderr carries the error object only.
pub(crate) struct Output {
    format: Option<Format>,
    talk: Talk,
    stderr_colour: bool,
    stdout_colour: bool,
    width: Option<u16>,
    stdout: Mutex<Box<dyn Write + Send>>,
    stderr: Mutex<Box<dyn Write + Send>>,
}

impl Output {
    /// Makes the output of the process; `environment` answers for `NO_COLOR` and `COLUMNS`.
    pub(crate) fn standard(
        look: Look,
        environment: impl Fn(&str) -> Option<std::ffi::OsString>,
    ) -> Self {
        let plain = environment("NO_COLOR").is_some_and(|value| !value.is_empty());
        let coloured = |terminal: bool| match look.colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && !plain,
        };
        let terminal = io::stdout().is_terminal();
        let columns = || environment("COLUMNS")?.to_str()?.parse().ok();
        let size = || {
            let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
            (size.ws_col > 0).then_some(size.ws_col)
        };
        Self {
            format: look.format,
            talk: look.talk,
            stderr_colour: coloured(io::stderr().is_terminal()),
            stdout_colour: coloured(terminal),
            width: if terminal {
                columns().or_else(size)
            } else {
                None
            },
            stdout: Mutex::new(Box::new(Unbuffered)),
            stderr: Mutex::new(Box::new(io::stderr())),
        }
    }

    /// Returns what records are printed as.
    pub(crate) fn format(&self) -> Format {
        self.format.unwrap_or_default()
    }

    /// Returns what records are to be printed as where that was said.
    pub(crate) fn chosen_format(&self) -> Option<Format> {
        self.format
    }

    /// Returns whether stdout takes colours.
    pub(crate) fn has_colour(&self) -> bool {
        self.stdout_colour
    }

    /// Returns the width of the terminal, or `None` where lines may be of any length.
    pub(crate) fn width(&self) -> Option<u16> {
        self.width
    }

    /// Writes `answer` to stdout as it is, in one write where the system allows, and makes sure that it arrived.
    pub(crate) fn raw(&self, answer: &[u8]) -> Result<(), Undelivered> {
        let mut stdout = self.stdout.lock().unwrap_or_else(PoisonError::into_inner);
        stdout.write_all(answer)?;
        stdout.flush()?;
        Ok(())
    }

    /// Writes one line to stdout, escaped: a line break in `text` does not make another.
    pub(crate) fn line(&self, text: &str) -> Result<(), Undelivered> {
        self.raw(format!("{}\n", escape(text)).as_bytes())
    }

    /// Writes one JSON value that is not a record to stdout: indented with `json`, else on one line.
    pub(crate) fn json(&self, value: &impl serde::Serialize) -> Result<(), Undelivered> {
        let layout = match self.format() {
            Format::Json => json::Layout::Pretty,
            _ => json::Layout::Compact,
        };
        let mut json = ClearedBuffer::default();
        json::write(&mut json, value, layout, 0).map_err(io::Error::from)?;
        json.write_all(b"\n")?;
        self.raw(&json)
    }

    /// Returns whether somebody looks at stderr who wants to be told how far it is.
    pub(crate) fn shows_progress(&self) -> bool {
        self.talk == Talk::Normal && self.format() != Format::Json && io::stderr().is_terminal()
    }

    /// Says on stderr what was understood or done.
    pub(crate) fn status(&self, text: &str) {
        self.voice().status(text);
    }

    /// Says on stderr by which times `what` is chosen, as they were understood: to the second, each after its words.
    pub(crate) fn times<const N: usize>(&self, what: &str, times: [(&str, Option<Timestamp>); N]) {
        let told: Vec<String> = times
            .into_iter()
            .filter_map(|(words, time)| Some(format!("{words} {}", whole_second(time?))))
            .collect();
        if !told.is_empty() {
            self.status(&format!("Choosing {what} {}.", told.join(", ")));
        }
    }

    /// Says on stderr what may be done next.
    pub(crate) fn hint(&self, text: &str) {
        self.voice().talk("hint: ", "1;36", text);
    }

    /// Says on stderr what may be wrong.
    pub(crate) fn warning(&self, text: &str) {
        self.voice().warning(text);
    }

    /// Returns the voice that `-q` and `--json` silence.
    pub(crate) fn voice(&self) -> Voice<'_> {
        Voice {
            output: self,
            is_heard: self.talk == Talk::Normal && self.format() != Format::Json,
        }
    }

    /// Returns a voice that nothing silences, for what a question is about: who answers has to know.
    pub(crate) fn aloud(&self) -> Voice<'_> {
        Voice {
            output: self,
            is_heard: true,
        }
    }

    /// Reports the error that ends the program, once, and returns how it ends.
    ///
    /// A reader that has gone is no error: nothing is said and the exit is 0.
    pub(crate) fn report(&self, error: &anyhow::Error) -> Exit {
        let (mut exit, mut failure) = Failure::of(error);
        failure.mask();
        if exit == Exit::Internal {
            match error.downcast_ref::<Undelivered>() {
                Some(Undelivered::ReaderGone) => return Exit::Ok,
                Some(Undelivered::Failed(_) | Undelivered::FileFailed(_)) => {
                    exit = Exit::Output;
                    failure = failure.with_exit(exit);
                    failure.hint = Some("mend the output and run it again".to_owned());
                }
                None => {}
            }
        }
        if self.format() == Format::Json {
            let object = std::collections::BTreeMap::from([("error", &failure)]);
            if let Ok(line) = json::to_line(&object) {
                self.say(&format!("{line}\n"));
            }
            return exit;
        }
        let mut text = self.labelled("error: ", "1;31", &failure.message);
        if let Some(hint) = &failure.hint {
            text.push_str(&self.labelled("hint: ", "1;36", hint));
        }
        self.say(&text);
        exit
    }

    fn labelled(&self, label: &str, style: &str, text: &str) -> String {
        let text = mask(text);
        let text = escape(&text);
        if self.stderr_colour && !label.is_empty() {
            format!("\u{1b}[{style}m{label}\u{1b}[0m{text}\n")
        } else {
            format!("{label}{text}\n")
        }
    }

    fn say(&self, text: &str) {
        let mut stderr = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        // There is nowhere left to say that stderr has gone.
        let _ = stderr.write_all(text.as_bytes());
        let _ = stderr.flush();
    }
}

/// Speaks on stderr, where it is to be heard.
#[derive(Clone, Copy)]
pub(crate) struct Voice<'a> {
    output: &'a Output,
    is_heard: bool,
}

impl Voice<'_> {
    /// Says what was understood or done.
    pub(crate) fn status(self, text: &str) {
        self.talk("", "", text);
    }

    /// Says what may be wrong.
    pub(crate) fn warning(self, text: &str) {
        self.talk("warning: ", "1;33", text);
    }

    fn talk(self, label: &str, style: &str, text: &str) {
        if self.is_heard {
            self.output.say(&self.output.labelled(label, style, text));
        }
    }
}

/// The file behind stdout.
///
/// That of the standard library keeps a copy of what it writes, splits it at line breaks, and takes a closed
/// descriptor for success.
struct Unbuffered;

impl Write for Unbuffered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(io::stdout(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! An output whose streams can be read back.

    use std::sync::Arc;

    use super::*;

    /// A stream that is kept, up to a number of bytes.
    #[derive(Clone)]
    pub(crate) struct Captured {
        bytes: Arc<Mutex<Vec<u8>>>,
        full: Option<io::ErrorKind>,
    }

    impl Captured {
        fn new(full: Option<io::ErrorKind>) -> Self {
            Self {
                bytes: Arc::default(),
                full,
            }
        }

        /// Returns what was written so far.
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.bytes.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(kind) = self.full {
                return Err(kind.into());
            }
            self.bytes.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Makes an output with its stdout and stderr.
    pub(crate) fn capture(look: Look, width: Option<u16>) -> (Output, Captured, Captured) {
        with_stdout(look, width, Captured::new(None))
    }

    /// Makes an output every write to which fails.
    pub(crate) fn broken(look: Look, kind: io::ErrorKind) -> (Output, Captured, Captured) {
        with_stdout(look, None, Captured::new(Some(kind)))
    }

    fn with_stdout(
        look: Look,
        width: Option<u16>,
        stdout: Captured,
    ) -> (Output, Captured, Captured) {
        let stderr = Captured::new(None);
        let output = Output {
            format: look.format,
            talk: look.talk,
            stderr_colour: look.colour == Colour::Always,
            stdout_colour: look.colour == Colour::Always,
            width,
            stdout: Mutex::new(Box::new(stdout.clone())),
            stderr: Mutex::new(Box::new(stderr.clone())),
        };
        (output, stdout, stderr)
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{broken, capture};
    use super::*;

    fn look(format: Format, talk: Talk) -> Look {
        Look {
            format: Some(format),
            talk,
            ..Look::default()
        }
    }

    #[test]
    fn json_contradicts_every_other_format() {
        assert_eq!(Format::choose(false, None), Ok(None));
        assert_eq!(
            Format::choose(true, Some(Format::Json)),
            Ok(Some(Format::Json))
        );
        let error = Format::choose(true, Some(Format::Csv)).unwrap_err();
        assert_eq!(error.exit, Exit::Usage);
    }

    #[test]
    fn format_is_guessed_from_arguments_that_do_not_parse() {
        assert_eq!(Format::guess(["--jsn", "--json"]), Format::Json);
        assert_eq!(Format::guess(["--format", "json", "x"]), Format::Json);
        assert_eq!(Format::guess(["list", "json"]), Format::Table);
        assert_eq!(Format::guess(["list", "--", "--json"]), Format::Table);
    }

    #[test]
    fn talk_is_escaped_and_silenced() {
        let (output, stdout, stderr) = capture(Look::default(), None);
        output.status("issued for \u{1b}[31mbob\n.");
        output.warning("careful.");
        output.hint("look.");
        assert_eq!(
            stderr.text(),
            "issued for \\u{1b}[31mbob\\u{a}.\nwarning: careful.\nhint: look.\n"
        );
        assert_eq!(stdout.text(), "");
        for silent in [
            look(Format::Table, Talk::Quiet),
            look(Format::Json, Talk::Normal),
        ] {
            let (output, _, stderr) = capture(silent, None);
            output.status("a");
            output.warning("b");
            output.hint("c");
            assert_eq!(stderr.text(), "");
            output.aloud().status("a\u{7}");
            output.aloud().warning("b");
            assert_eq!(stderr.text(), "a\\u{7}\nwarning: b\n");
        }
    }

    #[test]
    fn errors_are_said_once_with_their_hint() {
        let error =
            CliError::new(Exit::NotFound, "no user `b\u{9b}b`").with_hint("see `user list`");
        let error = anyhow::Error::from(error);
        let (output, _, stderr) = capture(look(Format::Csv, Talk::Quiet), None);
        assert_eq!(output.report(&error), Exit::NotFound);
        assert_eq!(
            stderr.text(),
            "error: no user `b\\u{9b}b`\nhint: see `user list`\n"
        );
        let (output, _, stderr) = capture(look(Format::Json, Talk::Quiet), None);
        assert_eq!(output.report(&error), Exit::NotFound);
        assert_eq!(
            stderr.text(),
            "{\"error\":{\"code\":\"not_found\",\"exit\":3,\"message\":\"no user `b\\u009bb`\",\
             \"hint\":\"see `user list`\"}}\n"
        );
    }

    #[test]
    fn colour_marks_labels_alone() {
        let colour = Look {
            colour: Colour::Always,
            ..Look::default()
        };
        let (output, _, stderr) = capture(colour, None);
        output.warning("x\u{1b}");
        assert_eq!(stderr.text(), "\u{1b}[1;33mwarning: \u{1b}[0mx\\u{1b}\n");
    }

    #[test]
    fn reader_that_has_gone_is_a_quiet_end() {
        let (output, _, stderr) = broken(Look::default(), io::ErrorKind::BrokenPipe);
        let error = anyhow::Error::from(output.line("x").unwrap_err());
        assert_eq!(output.report(&error), Exit::Ok);
        assert_eq!(stderr.text(), "");
        assert!(output.line("x").or_gone().is_ok());
        let error = output.line("x").unwrap_err().after_commit();
        assert_eq!(output.report(&error), Exit::Output);
    }

    #[test]
    fn full_disk_is_an_output_error() {
        let (output, _, stderr) = broken(Look::default(), io::ErrorKind::StorageFull);
        let error = anyhow::Error::from(output.line("x").or_gone().unwrap_err());
        assert_eq!(output.report(&error), Exit::Output);
        assert!(
            stderr
                .text()
                .starts_with("error: failed to write to stdout: ")
        );
    }
}
