//! Errors of the command line, told without repeating what was typed.
//!
//! A secret may stand where a flag was meant, so only words of our own definitions are shown: names of arguments,
//! possible values, near commands and flags. clap's own texts repeat the input.

use std::error::Error as _;
use std::ffi::OsStr;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::exit::{CliError, Exit};
use super::when::WhenError;

/// What clap has to say.
#[derive(Debug)]
pub(crate) enum Reply {
    /// Help or a version that was asked for: it goes to stdout, and the exit is 0.
    Answer(String),
    /// The arguments are wrong.
    Error(CliError),
}

impl Reply {
    /// Returns what to tell of `error`, which what `root` returns made of `arguments`.
    pub(crate) fn of<T: AsRef<OsStr>>(
        error: &clap::Error,
        root: impl FnOnce() -> Command,
        arguments: impl IntoIterator<Item = T>,
        style: Style,
    ) -> Self {
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                let text = error.render();
                Self::Answer(match style {
                    Style::Plain => text.to_string(),
                    Style::Coloured => text.ansi().to_string(),
                })
            }
            _ => {
                let command = command_of(error).unwrap_or_else(|| command_in(&root(), arguments));
                Self::Error(usage_error(error, &command))
            }
        }
    }
}

/// Whether help may have colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Text alone.
    Plain,
    /// With colours.
    Coloured,
}

fn usage_error(error: &clap::Error, command: &str) -> CliError {
    let message = match error.kind() {
        ErrorKind::UnknownArgument => "an argument is not expected here".to_owned(),
        ErrorKind::InvalidSubcommand => "there is no such command".to_owned(),
        ErrorKind::InvalidValue => invalid_value(error),
        ErrorKind::ValueValidation => match known_cause(error) {
            Some(cause) => format!("bad value for {}: {cause}", argument(error)),
            None => format!("bad value for {}", argument(error)),
        },
        ErrorKind::TooManyValues => format!("too many values for {}", argument(error)),
        ErrorKind::TooFewValues => format!("too few values for {}", argument(error)),
        ErrorKind::WrongNumberOfValues => format!("wrong number of values for {}", argument(error)),
        ErrorKind::NoEquals => format!("{} needs `=` before its value", argument(error)),
        ErrorKind::ArgumentConflict => conflict(error),
        ErrorKind::MissingRequiredArgument => {
            let missing = words(error, ContextKind::InvalidArg);
            let verb = if missing.len() == 1 { "is" } else { "are" };
            format!("{} {verb} required", missing.join(" and "))
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "a command is required".to_owned()
        }
        ErrorKind::InvalidUtf8 => "an argument is not UTF-8 text".to_owned(),
        ErrorKind::Io | ErrorKind::Format => {
            return CliError::new(Exit::Internal, "failed to show the help");
        }
        _ => "the arguments are not understood".to_owned(),
    };
    CliError::usage(message).with_hint(hint(error, command))
}

fn invalid_value(error: &clap::Error) -> String {
    let known = quoted(error, ContextKind::ValidValue, ", ");
    let is_missing = matches!(
        error.get(ContextKind::InvalidValue),
        Some(ContextValue::String(value)) if value.is_empty()
    );
    let what = if is_missing {
        "a value is missing"
    } else {
        "bad value"
    };
    if known.is_empty() {
        format!("{what} for {}", argument(error))
    } else {
        format!("{what} for {}: one of {known} is expected", argument(error))
    }
}

fn conflict(error: &clap::Error) -> String {
    let one = quoted(error, ContextKind::InvalidArg, ", ");
    let other = quoted(error, ContextKind::PriorArg, ", ");
    match (one.is_empty(), one == other) {
        (true, _) => format!("a command cannot be used with {other}"),
        (false, true) => format!("{one} cannot be used more than once"),
        (false, false) if other.is_empty() => format!("{one} cannot be used with the others"),
        (false, false) => format!("{one} cannot be used with {other}"),
    }
}

/// Returns the text of the cause if it is of a type of ours, which repeats no input.
fn known_cause(error: &clap::Error) -> Option<String> {
    let cause = error.source()?;
    if let Some(when) = cause.downcast_ref::<WhenError>() {
        return Some(when.to_string());
    }
    cause.downcast_ref::<CliError>().map(ToString::to_string)
}

/// Returns the argument that the error is about, which clap renders from its definition.
fn argument(error: &clap::Error) -> String {
    let name = quoted(error, ContextKind::InvalidArg, ", ");
    if name.is_empty() {
        "an argument".to_owned()
    } else {
        name
    }
}

fn quoted(error: &clap::Error, kind: ContextKind, separator: &str) -> String {
    words(error, kind).join(separator)
}

/// Returns the words that `error` has of `kind`, in quotes.
fn words(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    let words = match error.get(kind) {
        Some(ContextValue::String(word)) => std::slice::from_ref(word),
        Some(ContextValue::Strings(words)) => words,
        _ => &[],
    };
    words.iter().map(|word| format!("`{word}`")).collect()
}

fn hint(error: &clap::Error, command: &str) -> String {
    let mut near = [
        (ErrorKind::UnknownArgument, ContextKind::SuggestedArg),
        (
            ErrorKind::InvalidSubcommand,
            ContextKind::SuggestedSubcommand,
        ),
        (ErrorKind::InvalidValue, ContextKind::SuggestedValue),
    ]
    .into_iter()
    .find(|&(kind, _)| kind == error.kind())
    .map(|(_, suggested)| words(error, suggested))
    .unwrap_or_default();
    // The nearest, which clap has last, comes first.
    near.reverse();
    let help = format!("try '{} --help'", command);
    if near.is_empty() {
        help
    } else {
        format!("perhaps {} was meant; {help}", near.join(" or "))
    }
}

/// Returns the command in whose arguments the error lies: the first words of its usage line, where it has one.
fn command_of(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else {
        return None;
    };
    let usage = usage.to_string();
    let is_name = |word: &&str| {
        !word.starts_with('-')
            && word
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    let words: Vec<&str> = usage
        .split_whitespace()
        .skip_while(|word| *word == "Usage:")
        .take_while(is_name)
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Returns the command that `arguments` name, in the words of `root`.
///
/// The value of a flag before it may be taken for a command, which is good enough for a hint.
fn command_in<T: AsRef<OsStr>>(root: &Command, arguments: impl IntoIterator<Item = T>) -> String {
    let mut command = root;
    let mut names = root.get_name().to_owned();
    for argument in arguments {
        if argument.as_ref() == "--" {
            break;
        }
        if let Some(inner) = command.find_subcommand(argument.as_ref()) {
            command = inner;
            names.push(' ');
            names.push_str(inner.get_name());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    use super::super::when::parse_duration;

    use clap::{Arg, ArgAction, value_parser};

    const SECRET: &str = "tkc_7gk2m9x4qd_hunter2";

    fn tokenctl() -> Command {
        let issue = Command::new("issue")
            .arg(Arg::new("user").value_name("USER").required(true))
            .arg(
                Arg::new("format")
                    .long("format")
                    .value_name("FMT")
                    .value_parser(["table", "json"]),
            )
            .arg(
                Arg::new("limit")
                    .long("limit")
                    .value_name("N")
                    .value_parser(value_parser!(u32)),
            )
            .arg(
                Arg::new("overlap")
                    .long("overlap")
                    .value_name("D")
                    .value_parser(parse_duration),
            )
            .arg(
                Arg::new("pair")
                    .long("pair")
                    .num_args(2)
                    .value_names(["A", "B"]),
            )
            .arg(Arg::new("json").long("json").action(ArgAction::SetTrue))
            .arg(
                Arg::new("quiet")
                    .long("quiet")
                    .action(ArgAction::SetTrue)
                    .conflicts_with("json"),
            );
        Command::new("tokenctl")
            .version("1.2.3")
            .subcommand_required(true)
            .subcommand(issue)
            .subcommand(
                Command::new("user")
                    .subcommand_required(true)
                    .subcommand(Command::new("add")),
            )
            .subcommand(
                Command::new("suspend")
                    .arg(Arg::new("id").value_name("ID").required(true))
                    .arg(Arg::new("to").value_name("TO").required(true)),
            )
    }

    fn reply(arguments: &[&str]) -> Reply {
        let line = ["tokenctl"].iter().chain(arguments);
        let error = tokenctl().try_get_matches_from(line).unwrap_err();
        Reply::of(&error, tokenctl, arguments, Style::Plain)
    }

    fn told(arguments: &[&str]) -> (String, String) {
        let Reply::Error(error) = reply(arguments) else {
            panic!("an error is expected");
        };
        assert_eq!(error.exit, Exit::Usage);
        let told = (error.message, error.hint.unwrap());
        assert!(!format!("{told:?}").contains("hunter2"), "{told:?}");
        told
    }

    #[test]
    fn nothing_that_was_typed_is_repeated() {
        let flag = format!("--{SECRET}");
        let value = |name: &str| format!("{name}={SECRET}");
        for (arguments, message) in [
            (
                vec!["issue", "bob", &flag],
                "an argument is not expected here",
            ),
            (
                vec!["issue", "bob", SECRET],
                "an argument is not expected here",
            ),
            (
                vec!["issue", "bob", "-x", SECRET],
                "an argument is not expected here",
            ),
            (vec![SECRET], "there is no such command"),
            (vec!["user", SECRET], "there is no such command"),
            (vec![&flag], "an argument is not expected here"),
            (
                vec!["issue", "bob", "--format", SECRET],
                "bad value for `--format <FMT>`: one of `table`, `json` is expected",
            ),
            (
                vec!["issue", "bob", "--format"],
                "a value is missing for `--format <FMT>`: one of `table`, `json` is expected",
            ),
            (
                vec!["issue", "bob", "--limit", SECRET],
                "bad value for `--limit <N>`",
            ),
            (
                vec!["issue", "bob", "--overlap", SECRET],
                "bad value for `--overlap <D>`: a duration in seconds, minutes, hours, days or weeks, such as `30s`, \
                 is expected",
            ),
            (
                vec!["issue", "bob", &value("--json")],
                "too many values for `--json`",
            ),
            (
                vec!["issue", "bob", "--pair", SECRET],
                "wrong number of values for `--pair <A> <B>`",
            ),
            (vec!["issue"], "`<USER>` is required"),
            (vec!["suspend"], "`<ID>` and `<TO>` are required"),
            (vec!["user"], "a command is required"),
            (vec![], "a command is required"),
            (
                vec!["issue", SECRET, "--quiet", "--json"],
                "`--quiet` cannot be used with `--json`",
            ),
            (
                vec!["issue", SECRET, "--json", "--json"],
                "`--json` cannot be used more than once",
            ),
        ] {
            assert_eq!(told(&arguments).0, message, "{arguments:?}");
        }
    }

    #[test]
    fn hint_names_the_command_and_what_is_near() {
        for (arguments, hint) in [
            (vec!["issue"], "try 'tokenctl issue --help'"),
            (vec!["user", SECRET], "try 'tokenctl user --help'"),
            (vec!["--nope"], "try 'tokenctl --help'"),
            (
                vec!["isue"],
                "perhaps `issue` or `suspend` was meant; try 'tokenctl --help'",
            ),
            (
                vec!["issue", "bob", "--jsn"],
                "perhaps `--json` was meant; try 'tokenctl issue --help'",
            ),
            (
                vec!["issue", "bob", "--format", "jsn"],
                "perhaps `json` was meant; try 'tokenctl issue --help'",
            ),
        ] {
            assert_eq!(told(&arguments).1, hint, "{arguments:?}");
        }
    }

    #[test]
    fn help_and_version_are_answers() {
        for (arguments, part) in [
            (["--version", ""], "tokenctl 1.2.3"),
            (["issue", "--help"], "Usage: tokenctl issue"),
        ] {
            let arguments: Vec<&str> = arguments.into_iter().filter(|a| !a.is_empty()).collect();
            let Reply::Answer(text) = reply(&arguments) else {
                panic!("an answer is expected");
            };
            assert!(text.contains(part), "{text}");
        }
    }
}
