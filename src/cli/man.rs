use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use tempfile::NamedTempFile;

use super::context::Context;
use super::exit::{CliError, Exit};
use super::mask::refuse_token;

/// Defines the apostrophe that the texts use.
const PREAMBLE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

/// What the page of the whole program says besides its help.
const ENVIRONMENT: [(&str, &str); 3] = [
    (
        "TOKENCTL_STORE",
        "The store to use, unless --store names one.",
    ),
    (
        "TOKENCTL_CONFIG",
        "The configuration file to read, unless --config names one.",
    ),
    ("NO_COLOR", "If set and not empty, colours are off."),
];
const FILES: [(&str, &str); 4] = [
    (
        "~/.local/share/tokenctl/tokens.db",
        "The default store on Linux; the data directory of XDG_DATA_HOME where that is set.",
    ),
    (
        "STORE-wal, STORE-shm, STORE.lock",
        "The write-ahead log of a store, its index, and the file on which writers queue.",
    ),
    (
        "~/.config/tokenctl/config.toml",
        "The configuration on Linux; the configuration directory of XDG_CONFIG_HOME where that is set.",
    ),
    (
        "/etc/tokenctl/config.toml",
        "The configuration where the user has none.",
    ),
];

#[derive(clap::Args)]
#[command(
    long_about = "Print the man page, or write all of them to a directory.\n\nThe pages say what --help says. Without a directory the \
                  page of `tokenctl` itself is printed. With one, a page for each command is written there, readable \
                  by all; pages of these names are replaced.",
    after_help = "Examples:\n  tokenctl man | man -l -\n  tokenctl man /usr/local/share/man/man1"
)]
pub(crate) struct Args {
    /// Write a page for each command into this directory
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let mut command = super::command();
    command.build();
    let name = "tokenctl".to_owned();
    let Some(directory) = args.directory else {
        context.output.raw(&page(&name, command)?)?;
        return Ok(Exit::Ok);
    };
    refuse_token("the name of the directory", &directory.to_string_lossy())?;
    if !directory.exists()
        && let Some(below) =
            pages_below(&command).find(|below| directory == Path::new(below.get_name()))
    {
        let name = below.get_name();
        return Err(
            CliError::usage("a directory is expected, and this is the name of a command").with_hint(
                format!("try `tokenctl {name} --help`, or `man tokenctl-{name}` where the pages are installed"),
            ).into(),
        );
    }
    let failed = || CliError::new(Exit::Output, "failed to write the man pages");
    fs::create_dir_all(&directory).with_context(failed)?;
    for (name, command) in all(command, name) {
        let path = directory.join(format!("{name}.1"));
        context.refuse_store_file(&path)?;
        write(&path, &page(&name, command)?).with_context(failed)?;
    }
    Ok(Exit::Ok)
}

/// Puts a page at `path`: what stood there is replaced and not written to, as it may be a link to something else.
fn write(path: &Path, page: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(directory)?;
    file.write_all(page)?;
    // Pages are for everybody, whatever the umask.
    let everybody = fs::Permissions::from_mode(0o644);
    file.as_file().set_permissions(everybody)?;
    file.persist(path)?;
    Ok(())
}

/// Returns `command` and every command below it, each under the name of its page.
fn all(command: Command, name: String) -> Vec<(String, Command)> {
    let below: Vec<Command> = pages_below(&command).cloned().collect();
    let mut pages = vec![(name.clone(), command)];
    for command in below {
        let name = format!("{name}-{}", command.get_name());
        pages.extend(all(command, name));
    }
    pages
}

/// Returns the commands below `command` that have a page; `help` is clap's, and says what the others say.
fn pages_below(command: &Command) -> impl Iterator<Item = &Command> {
    command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
}

/// Renders the page of `command`, which is called `name`.
///
/// Head and tail are ours: the generator drops the empty date, so that the fields behind it move up, and fills
/// examples as if they were prose.
fn page(name: &str, mut command: Command) -> io::Result<Vec<u8>> {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().to_owned();
    let after = command
        .get_after_long_help()
        .or(command.get_after_help())
        .map(ToString::to_string)
        .unwrap_or_default();
    let man = Man::new(command.clone().override_usage(usage));

    let mut page = title(name);
    page.push_str(&section(|page| man.render_name_section(page))?);
    page.push_str(&section(|page| man.render_synopsis_section(page))?);
    page.push_str(&section(|page| man.render_description_section(page))?);
    page.push_str(&commands(name, &command));
    page.push_str(&section(|page| man.render_options_section(page))?);
    if name == "tokenctl" {
        page.push_str(&definitions("ENVIRONMENT", &ENVIRONMENT));
        page.push_str(&definitions("FILES", &FILES));
    }
    page.push_str(&after_help(&after));
    page.push_str(&see_also(name, &command));
    Ok(page.into_bytes())
}

/// Renders one section of the generator, without the macros that it repeats before each.
///
/// It writes two breaks around an empty line before the values of an option, where one of space is meant.
fn section(render: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> io::Result<String> {
    let mut bytes = Vec::new();
    render(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_prefix(PREAMBLE).unwrap_or(&text);
    Ok(text.replace("\n.br\n\n.br\n", "\n.sp\n"))
}

/// Returns the head of a page. It has no date: the same build writes the same page on every day.
fn title(name: &str) -> String {
    let name = name.to_uppercase();
    let version = env!("CARGO_PKG_VERSION");
    format!("{PREAMBLE}.TH \"{name}\" \"1\" \"\" \"tokenctl {version}\" \"User Commands\"\n")
}

fn commands(name: &str, command: &Command) -> String {
    let mut roff = Roff::new();
    for (place, below) in pages_below(command).enumerate() {
        if place == 0 {
            roff.control("SH", ["COMMANDS"]);
        }
        let about = below.get_about().map(ToString::to_string);
        roff.control("TP", []);
        roff.text([bold(format!("{name}-{}", below.get_name())), roman("(1)")]);
        roff.text([roman(about.unwrap_or_default())]);
    }
    roff.to_roff()
}

fn definitions(heading: &str, items: &[(&str, &str)]) -> String {
    let mut roff = Roff::new();
    roff.control("SH", [heading]);
    for (term, text) in items {
        roff.control("TP", []);
        roff.text([bold(*term)]);
        roff.text([roman(*text)]);
    }
    roff.to_roff()
}

/// Renders what stands after the options: sections that begin with a line such as `Examples:`, each kept as typed.
fn after_help(text: &str) -> String {
    let mut roff = Roff::new();
    for section in text.split("\n\n") {
        let (heading, lines) = section.split_once('\n').unwrap_or((section, ""));
        let heading = match heading {
            "" => continue,
            heading if heading.starts_with("Exit codes") => "EXIT STATUS".to_owned(),
            heading => heading.trim_end_matches(':').to_uppercase(),
        };
        roff.control("SH", [heading.as_str()]);
        roff.control("nf", []);
        for line in lines.lines() {
            roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        roff.control("fi", []);
    }
    roff.to_roff()
}

fn see_also(name: &str, command: &Command) -> String {
    let above = name.rsplit_once('-').map(|(above, _)| above.to_owned());
    let below = pages_below(command).map(|below| format!("{name}-{}", below.get_name()));
    let pages: Vec<String> = above.into_iter().chain(below).collect();
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    let mut line = Vec::new();
    for (place, page) in pages.iter().enumerate() {
        if place > 0 {
            line.push(roman(", "));
        }
        line.extend([bold(page.as_str()), roman("(1)")]);
    }
    roff.text(line);
    roff.to_roff()
}
