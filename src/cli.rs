//! The command line: flags in, answers out. One file a verb; what all verbs share stands beside them.
//!
//! A verb is an `Args`, whose doc comments are the help, and a `run`, which asks the library and prints its answer.
//! Only the verb that was asked for is built (`Command::defer`): most of a cold start would otherwise go into flags that
//! nobody asked about.

mod actor;
mod audit;
mod backup;
mod can;
mod cell;
mod check;
mod choice;
mod clap_error;
mod cleared;
mod completions;
mod config;
mod context;
mod copy;
mod delivery;
mod edit;
mod escape;
mod exit;
mod export;
mod extend;
mod failure;
mod identify;
mod import;
mod init;
mod input;
mod issue;
mod json;
mod list;
#[cfg(feature = "server")]
mod listen;
mod man;
mod mask;
mod method;
mod migrate;
mod new_file;
mod object;
mod output;
mod place;
mod policy;
mod policy_file;
#[cfg(feature = "server")]
mod probe;
pub(crate) mod process;
mod progress;
mod prompt;
#[cfg(feature = "server")]
mod proxy_config;
mod prune;
mod records;
mod restore;
mod restrict;
mod resume;
mod revoke;
mod rotate;
mod scan;
mod selectors;
#[cfg(feature = "server")]
mod serve;
mod settings;
mod show;
mod stats;
mod suspend;
mod token_record;
mod trace;
mod user;
mod verify;
mod watching;
mod when;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command, FromArgMatches as _};

use self::clap_error::{Reply, Style};
use self::context::Context;
pub(crate) use self::exit::Exit;
use self::output::{Colour, Format, Look, Output, Talk};
use self::process::{Interrupts, Stdout};
use self::settings::{Flags, Places, Settings};

/// One command.
struct Verb {
    name: &'static str,
    about: &'static str,
    build: fn(Command) -> Command,
    run: fn(&ArgMatches, &Context) -> anyhow::Result<Exit>,
}

macro_rules! verb {
    ($module:ident, $about:literal) => {
        verb!($module as stringify!($module), $about)
    };
    ($module:ident as $name:expr, $about:literal) => {
        Verb {
            name: $name,
            about: $about,
            build: |command| {
                // A doc comment on `Args` would stand in the place of the line that the table gives.
                globals_last($module::Args::augment_args(command).about($about))
            },
            run: |matches, context| {
                let args = $module::Args::from_arg_matches(matches)?;
                $module::run(args, context)
            },
        }
    };
}

/// Every command, in the order of the help.
const VERBS: &[Verb] = &[
    verb!(init, "Create an empty store"),
    verb!(migrate, "Bring an older store to the schema of this build"),
    verb!(user, "Manage the owners of tokens"),
    verb!(issue, "Issue a token and print its secret, once"),
    verb!(list, "List tokens"),
    verb!(show, "Show one token in full"),
    verb!(verify, "Authenticate a header exactly as a server would"),
    verb!(identify, "Say which token a secret is, without using it"),
    verb!(restrict, "Take rights, networks or time away from tokens"),
    verb!(extend, "Move the end of tokens to later"),
    verb!(edit, "Change the note and the labels of a token"),
    verb!(can, "Say whether a token may do something"),
    verb!(policy, "Work on policy documents"),
    verb!(revoke, "Revoke tokens so that they are refused from now on"),
    verb!(rotate, "Replace a token by a new one with the same rights"),
    verb!(suspend, "Refuse tokens until they are resumed"),
    verb!(resume, "Let suspended tokens work again"),
    verb!(prune, "Remove tokens that have been dead for long"),
    verb!(scan, "Find tokens in files: logs, diffs, dumps"),
    verb!(audit, "Read the history of every change, and check it"),
    verb!(stats, "Show the store in numbers"),
    verb!(export, "Write users and tokens out, without secrets"),
    verb!(
        import,
        "Bring in users and tokens from another store or system"
    ),
    verb!(copy, "Copy users and tokens from one store to another"),
    verb!(backup, "Copy the store to a new file, while it is in use"),
    verb!(
        restore,
        "Bring back what a backup has and the store has lost"
    ),
    verb!(check, "Look for all that may be wrong with the store"),
    #[cfg(feature = "server")]
    verb!(
        serve,
        "Answer web servers and proxies: may this request go on?"
    ),
    #[cfg(feature = "server")]
    verb!(probe, "Try a server or proxy with requests good and bad"),
    #[cfg(feature = "server")]
    verb!(
        proxy_config as "proxy-config",
        "Print a configuration with which a proxy asks `tokenctl serve`"
    ),
    verb!(
        config,
        "Show the settings in force and where they come from"
    ),
    verb!(completions, "Print a completion script for a shell"),
    verb!(
        man,
        "Print the man page, or write all of them to a directory"
    ),
];

const EXAMPLES: &str = "\
Examples:
  tokenctl issue alice --create-user --read-only --header | tokenctl verify
  tokenctl list --user alice --state active
  tokenctl revoke --secret - --yes --reason leaked < found.txt";

const EXIT_CODES: &str = "\
Exit codes (only 0 means yes):
  0         done, or accepted
  1         a bug
  2         bad flags or arguments, or a question that could not be asked
  3         no such token or user
  4         it exists already, looks like another, is ambiguous, would widen,
            is not in the state for it, or changed meanwhile
  5         the operator answered no
  10        no: unknown token
  11        no: malformed, or no credentials
  12        no: revoked, suspended or rotated
  13        no: expired
  14        no: denied by policy or network
  15        no: the user is disabled
  16        no: too many failures from this address (servers only)
  17        found: a policy differs, fails its test or has findings, `scan`
            found a live token, or `list --exit-code` listed one
  20        could not tell: another error of the store
  21        could not tell: there is no store
  22        could not tell: the store is busy, nothing was done
  23        could not tell: the store is damaged, or not one, or its history was
            changed
  24        could not tell: the store has another schema
  25        could not tell: others can reach a file of the store
  26        could not tell: no space is left, or the medium is read-only
  27        could not tell: the event could not be recorded, nothing was done
  28        the result could not be delivered
  65        the content of a file or of stdin is bad
  66        a file cannot be read
  129, 130, 143
            interrupted before anything was done, or between two batches of
            `prune`";

// Options that every command takes. No doc comment: it would stand in the help as what the program is.
#[derive(Args)]
struct Global {
    /// Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]
    #[arg(
        long,
        global = true,
        value_name = "PATH|URL",
        help_heading = "Global options"
    )]
    store: Option<OsString>,

    /// Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    config: Option<OsString>,

    /// Print records as `table`, `json`, `jsonl` or `csv` [default: table]
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        hide_possible_values = true,
        help_heading = "Global options"
    )]
    format: Option<Format>,

    /// Print JSON, errors too: short for `--format json`
    #[arg(long, global = true, help_heading = "Global options")]
    json: bool,

    /// Wait this long for the write lock of the store [default: 30s]
    #[arg(
        long,
        global = true,
        value_name = "DURATION",
        allow_hyphen_values = true,
        help_heading = "Global options"
    )]
    timeout: Option<String>,

    /// Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = "Global options"
    )]
    color: Colour,

    /// Print nothing on stderr but errors
    #[arg(short, long, global = true, help_heading = "Global options")]
    quiet: bool,

    /// Say more on stderr (can be repeated)
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    verbose: u8,
}

impl Global {
    fn look(&self) -> Result<Look, exit::CliError> {
        Ok(Look {
            format: Format::choose(self.json, self.format)?,
            colour: self.color,
            talk: if self.quiet {
                Talk::Quiet
            } else {
                Talk::Normal
            },
        })
    }
}

/// Returns the command line; each verb is built when it is needed.
fn command() -> Command {
    with_verbs(VERBS.iter())
}

/// Returns as much of the command line as `arguments` can be asking for: the verbs that are among them, or all.
///
/// Clap gives a copy of every option that all commands take to each command, and most of a cold start would go into
/// that.
fn command_for(arguments: &[OsString]) -> Command {
    let is_named = |verb: &&Verb| arguments.iter().any(|word| word == verb.name);
    if VERBS.iter().any(|verb| is_named(&verb)) {
        with_verbs(VERBS.iter().filter(is_named))
    } else {
        command()
    }
}

fn with_verbs(verbs: impl Iterator<Item = &'static Verb>) -> Command {
    let root = Global::augment_args(Command::new("tokenctl"))
        .version(env!("CARGO_PKG_VERSION"))
        .about("Issue, list, restrict, revoke and test-authenticate API tokens")
        .long_about(
            "Issue, list, restrict, revoke and test-authenticate API tokens in an embedded store, by running the \
             very code that servers embed.",
        )
        .after_help(EXAMPLES)
        .after_long_help(format!("{EXAMPLES}\n\n{EXIT_CODES}"))
        .subcommand_required(true)
        .max_term_width(100);
    verbs.fold(root, |root, verb| {
        root.subcommand(Command::new(verb.name).about(verb.about).defer(verb.build))
    })
}

/// Moves the options that every command takes behind those of `command`: clap gives them to a deferred command first,
/// and help shows sections in the order in which they begin.
fn globals_last(command: Command) -> Command {
    let (mut own, mut global) = (Vec::new(), Vec::new());
    let command = command.mut_args(|arg| {
        let list = if arg.is_global_set() {
            &mut global
        } else {
            &mut own
        };
        list.push(arg);
        clap::Arg::new("")
    });
    let mut ordered = own.into_iter().chain(global);
    command.mut_args(|empty| ordered.next().unwrap_or(empty))
}

/// Runs the command line `arguments`, whose first is the name of the program.
pub(crate) fn run(arguments: Vec<OsString>, stdout: Stdout) -> Exit {
    let words = || arguments.iter().skip(1);
    let environment = |name: &str| std::env::var_os(name);
    let early = |format, colour| {
        let look = Look {
            format: Some(format),
            colour,
            talk: Talk::Normal,
        };
        Output::standard(look, environment)
    };
    // The process ends with this command: what it was asked is left to the system, not taken apart piece by piece.
    let asked = Box::leak(Box::new(command_for(&arguments)));
    let parsed = asked
        .try_get_matches_from_mut(&arguments)
        .or_else(|error| match error.kind() {
            ErrorKind::DisplayVersion => Err(error),
            // Help and errors speak of all verbs.
            _ => command().try_get_matches_from(&arguments),
        });
    let matches: &ArgMatches = match parsed {
        Ok(matches) => Box::leak(Box::new(matches)),
        Err(error) => {
            let output = early(Format::guess(words()), Colour::Auto);
            let style = if output.has_colour() {
                Style::Coloured
            } else {
                Style::Plain
            };
            let root = || {
                let mut root = command();
                root.build();
                root
            };
            return match Reply::of(&error, root, words(), style) {
                Reply::Answer(text) => match output.raw(text.as_bytes()) {
                    Ok(()) => Exit::Ok,
                    Err(error) => output.report(&error.into()),
                },
                Reply::Error(error) => output.report(&error.into()),
            };
        }
    };
    let Ok(global) = Global::from_arg_matches(matches) else {
        return Exit::Internal;
    };
    let look = match global.look() {
        Ok(look) => look,
        Err(error) => return early(Format::guess(words()), global.color).report(&error.into()),
    };
    let output = Output::standard(look, environment);
    trace::begin(global.verbose, look);
    let ended = dispatch(matches, global, output, stdout);
    ended.unwrap_or(Exit::Internal)
}

fn dispatch(matches: &ArgMatches, global: Global, output: Output, stdout: Stdout) -> Option<Exit> {
    let (name, arguments) = matches.subcommand()?;
    let verb = VERBS.iter().find(|verb| verb.name == name)?;
    let flags = Flags {
        store: global.store,
        config: global.config,
        timeout: global.timeout,
    };
    let prepared = Interrupts::listen()
        .map_err(anyhow::Error::from)
        .and_then(|interrupts| {
            let settings =
                Settings::resolve(flags, |name| std::env::var_os(name), &Places::of_platform())?;
            Ok((interrupts, settings))
        });
    let (interrupts, settings) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return Some(output.report(&error)),
    };
    match &settings.config {
        Some(file) => tracing::info!(file = %file.display(), "read the configuration"),
        None => tracing::info!("there is no configuration"),
    }
    let context = Context::new(verb.name, output, settings, interrupts, stdout);
    Some(match (verb.run)(arguments, &context) {
        Ok(exit) => exit,
        Err(error) => context.output.report(&failure::classify(error)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn only_verbs_among_the_arguments_are_in_the_command_line() {
        let verbs = |arguments: &[&str]| -> Vec<String> {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            let command = command_for(&arguments);
            let names = command.get_subcommands().map(Command::get_name);
            names.map(str::to_owned).collect()
        };
        assert_eq!(verbs(&["tokenctl", "-q", "verify", "-"]), ["verify"]);
        assert_eq!(verbs(&["tokenctl", "man", "list"]), ["list", "man"]);
        assert_eq!(verbs(&["tokenctl", "verfy"]).len(), VERBS.len());
        assert_eq!(verbs(&["tokenctl", "--help"]).len(), VERBS.len());
    }

    /// Calls `check` with every command and its help.
    fn each(command: &mut Command, check: &mut dyn FnMut(&Command, &str)) {
        let help = command.render_long_help().to_string();
        check(command, &help);
        for below in command.get_subcommands_mut() {
            if below.get_name() != "help" {
                each(below, check);
            }
        }
    }

    #[test]
    fn no_line_of_the_exit_codes_is_broken_by_a_terminal() {
        assert!(EXIT_CODES.lines().all(|line| line.len() <= 80));
    }

    #[test]
    fn every_command_has_help_with_an_example() {
        let mut root = command();
        root.build();
        each(&mut root, &mut |command, help| {
            let name = command.get_name();
            assert!(help.contains("\nExamples:\n"), "{name} has no example");
            let about = command.get_about().map(ToString::to_string);
            let about = about.unwrap_or_default();
            assert!(!about.is_empty() && !about.ends_with('.'), "{name}");
        });
    }

    #[test]
    fn policy_commands_keep_their_long_help() {
        let mut root = command();
        root.build();
        let policy = root.find_subcommand_mut("policy").unwrap();
        each(policy, &mut |command, _| {
            assert!(command.get_long_about().is_some(), "{}", command.get_name());
        });
    }

    #[test]
    fn options_of_all_commands_come_last() {
        let mut root = command();
        root.build();
        each(&mut root, &mut |command, help| {
            let (_, last) = help.split_once("\nGlobal options:\n").unwrap();
            let (last, _) = last.split_once("\nExamples:\n").unwrap();
            let sections = last.lines().filter(|line| !line.starts_with(' '));
            assert!(
                sections.clone().all(str::is_empty),
                "{}: {last}",
                command.get_name()
            );
        });
    }
}
