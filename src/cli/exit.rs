//! How the program ends: the closed list of exit codes, and errors that carry one.

use std::fmt;
use std::io;
use std::process::ExitCode;

use serde::Serialize;
use tokenctl::outcome::OutcomeCode;

use super::mask::mask;

/// How the program ends. Only [`Exit::Ok`] means yes.
///
/// 10 to 17 are answers, which a verb returns; the others come with a [`CliError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, or accepted.
    Ok,
    /// A bug.
    Internal,
    /// Bad flags or arguments, or a question that could not be asked.
    Usage,
    /// No such token or user.
    NotFound,
    /// It exists already, is ambiguous, would widen, or has changed meanwhile.
    Conflict,
    /// The operator answered no.
    Cancelled,
    /// A login, or what was asked about one, was answered with no. By `From`, where yes is [`Exit::Ok`].
    Refused(OutcomeCode),
    /// What was looked for is there: a difference, a failed policy test, a live token.
    Found,
    /// Any other error of the store.
    Store,
    /// There is no store.
    StoreMissing,
    /// The store is locked: nothing was done, and trying again may succeed.
    Busy,
    /// The store is damaged, or is not ours.
    Corrupt,
    /// The store has a schema that this build does not write or know.
    Schema,
    /// The mode, owner or kind of a file is not safe.
    Insecure,
    /// The medium is full or read-only.
    NoSpace,
    /// The event could not be recorded: nothing was done.
    Audit,
    /// The result could not be delivered.
    Output,
    /// The content of a file or of stdin is bad.
    Data,
    /// A named file cannot be read.
    Input,
    /// SIGHUP came before the commit: the terminal has gone.
    HungUp,
    /// SIGINT came before the commit.
    Interrupted,
    /// SIGTERM came before the commit.
    Terminated,
}

impl Exit {
    /// Every way to end, by code.
    #[cfg(test)]
    const ALL: [Self; 22] = [
        Self::Ok,
        Self::Internal,
        Self::Usage,
        Self::NotFound,
        Self::Conflict,
        Self::Cancelled,
        Self::Refused(OutcomeCode::Unknown),
        Self::Found,
        Self::Store,
        Self::StoreMissing,
        Self::Busy,
        Self::Corrupt,
        Self::Schema,
        Self::Insecure,
        Self::NoSpace,
        Self::Audit,
        Self::Output,
        Self::Data,
        Self::Input,
        Self::HungUp,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// Returns the code that the shell sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Internal => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Conflict => 4,
            Self::Cancelled => 5,
            Self::Refused(code) => code.exit_code(),
            Self::Found => 17,
            Self::Store => 20,
            Self::StoreMissing => 21,
            Self::Busy => 22,
            Self::Corrupt => 23,
            Self::Schema => 24,
            Self::Insecure => 25,
            Self::NoSpace => 26,
            Self::Audit => 27,
            Self::Output => 28,
            Self::Data => 65,
            Self::Input => 66,
            Self::HungUp => 129,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// Returns the word that stands for the code in JSON errors.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Internal => "internal",
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Cancelled => "cancelled",
            Self::Refused(code) => code.as_str(),
            Self::Found => "found",
            Self::Store => "store",
            Self::StoreMissing => "store_missing",
            Self::Busy => "busy",
            Self::Corrupt => "corrupt",
            Self::Schema => "schema",
            Self::Insecure => "insecure",
            Self::NoSpace => "no_space",
            Self::Audit => "audit",
            Self::Output => "output",
            Self::Data => "data",
            Self::Input => "input",
            Self::HungUp | Self::Interrupted | Self::Terminated => "interrupted",
        }
    }
}

impl From<OutcomeCode> for Exit {
    fn from(code: OutcomeCode) -> Self {
        match code {
            OutcomeCode::Accepted => Self::Ok,
            refusal => Self::Refused(refusal),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// An error with its exit code, and what to do about it where we know.
///
/// It travels inside an [`anyhow::Error`], also as a context of one; [`Failure::of`] finds it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CliError {
    /// How the program ends.
    pub(crate) exit: Exit,
    /// What is wrong: a fragment in lower case, not yet escaped.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) hint: Option<String>,
}

impl CliError {
    /// Makes an error without a hint.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            hint: None,
        }
    }

    /// Makes an error about bad flags or arguments.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Makes the error of a program that the system gives no thread.
    pub(crate) fn no_thread(cause: &io::Error) -> Self {
        Self::new(Exit::Store, format!("failed to start a thread: {cause}"))
            .with_hint("nothing was done: let it have more threads and memory")
    }

    /// Returns this error with `hint`, which says what to do next.
    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CliError {}

/// What is told of an error, in text or, as `{"error": …}`, in JSON.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    #[serde(rename = "code")]
    class: &'static str,
    #[serde(rename = "exit")]
    code: u8,
    /// The message and its causes, joined by `: `.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// Returns what to tell of `error`: code and hint of the outermost [`CliError`] in it, and all its messages.
    ///
    /// An error without a code is a bug of ours, and says so by [`Exit::Internal`].
    pub(crate) fn of(error: &anyhow::Error) -> (Exit, Self) {
        let known = error.downcast_ref::<CliError>();
        let exit = known.map_or(Exit::Internal, |known| known.exit);
        let mut message = String::new();
        for cause in error.chain() {
            let cause = cause.to_string();
            // Some libraries say their source's text in their own.
            if message.ends_with(&cause) {
                continue;
            }
            if !message.is_empty() {
                message.push_str(": ");
            }
            message.push_str(&cause);
        }
        let failure = Self {
            class: exit.class(),
            code: exit.code(),
            message,
            hint: known.and_then(|known| known.hint.clone()),
        };
        (exit, failure)
    }

    /// Hides what may be a secret that was typed where none belongs.
    pub(crate) fn mask(&mut self) {
        self.message = mask(&self.message).into_owned();
        self.hint = self.hint.as_deref().map(|hint| mask(hint).into_owned());
    }

    /// Returns this failure with another code.
    #[must_use]
    pub(crate) fn with_exit(self, exit: Exit) -> Self {
        Self {
            class: exit.class(),
            code: exit.code(),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use anyhow::Context as _;

    #[test]
    fn codes_are_distinct_and_never_those_of_a_panic() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
        assert!(!codes.contains(&101));
    }

    #[test]
    fn exit_of_each_outcome_is_the_one_of_the_library() {
        for code in OutcomeCode::ALL {
            assert_eq!(Exit::from(code).code(), code.exit_code(), "{code}");
            let is_yes = code == OutcomeCode::Accepted;
            assert_eq!(Exit::from(code) == Exit::Ok, is_yes, "{code}");
            assert!(is_yes || (10..=16).contains(&code.exit_code()), "{code}");
        }
    }

    #[test]
    fn code_and_hint_survive_contexts() {
        let error = CliError::new(Exit::NotFound, "no user `bob`").with_hint("see `user list`");
        let error = Err::<(), _>(anyhow::Error::from(error))
            .context("failed to issue")
            .unwrap_err();
        let (exit, failure) = Failure::of(&error);
        assert_eq!(exit, Exit::NotFound);
        assert_eq!(failure.message, "failed to issue: no user `bob`");
        assert_eq!(failure.hint.as_deref(), Some("see `user list`"));
    }

    #[test]
    fn an_error_given_as_context_keeps_its_cause() {
        let error = Err::<(), _>(std::io::Error::other("disk on fire"))
            .context(CliError::new(Exit::Store, "failed to open the store"))
            .unwrap_err();
        let (exit, failure) = Failure::of(&error);
        assert_eq!(exit, Exit::Store);
        assert_eq!(failure.message, "failed to open the store: disk on fire");
    }

    #[test]
    fn an_error_without_a_code_is_internal() {
        let (exit, failure) = Failure::of(&anyhow::anyhow!("surprise"));
        assert_eq!(exit, Exit::Internal);
        assert_eq!(
            serde_json::to_string(&failure).unwrap(),
            r#"{"code":"internal","exit":1,"message":"surprise","hint":null}"#
        );
    }
}
