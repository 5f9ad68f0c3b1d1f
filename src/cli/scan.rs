mod files;
mod lookup;
mod progress;
mod report;

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use tokenctl::authority::Authority;
use tokenctl::change::{Mode, Target};
use tokenctl::scan::Scanner;
use tokenctl::text::FreeText;
use tokenctl::token_id::TokenId;

use self::files::{Event, Rules, Sweep};
use self::lookup::Lookup;
use self::progress::Progress;
use self::report::{Report, Summary};
use super::choice::summary;
use super::context::Context;
use super::exit::{CliError, Exit};
use super::mask::refuse_token;
use super::output::{Format, Undelivered, Voice};
use super::token_record;

/// What a token that leaked is revoked for, unless another reason is given.
const REASON: &str = "found by scan";

#[derive(clap::Args)]
#[command(
    long_about = "Find tokens in files: logs, diffs, dumps.\n\nTokens with a prefix are found by their prefix and checksum in any text or \
                  binary, wherever they stand; those that were encoded, compressed or broken over lines are not. \
                  Each is looked up once, and file, line, id, owner, state and last use are printed, never the \
                  token. `found` says what it is: `live` (it works, or would when it is resumed or its user \
                  enabled), `dead` (revoked, rotated or expired), `unknown` (of another store, or pruned). Where \
                  no store is named and there is no default one, every token is `well_formed`, which has to be \
                  feared as much as a live one.\n\nDirectories are read with all below them but what .gitignore \
                  and .ignore files name, hidden files, links, special files and the files of the store. Files \
                  that are named are always read; a link is never followed. Without a path, stdin is read, or on a \
                  terminal the present directory.\n\nThe exit code is 17 when something live or well-formed was \
                  found, also when it was then revoked or some file could not be read; else 66 when some file \
                  could not be read; else 0.",
    after_help = "Examples:\n  git diff --cached | tokenctl scan -    # in .git/hooks/pre-commit\n  \
                  tokenctl scan --hidden . /var/log/app.log\n  \
                  tokenctl scan --revoke --reason 'in a build log' --yes build.log\n  \
                  tokenctl scan --hex40 dump.sql --json | jq -r '.[].id'"
)]
pub(crate) struct Args {
    /// Files and directories to read, `-` for stdin
    #[arg(value_name = "FILE|DIR|-")]
    paths: Vec<PathBuf>,

    /// Look bare words of 40 hexadecimal digits up too, and tell those that are tokens
    #[arg(long)]
    hex40: bool,

    /// Read hidden files and directories too
    #[arg(long)]
    hidden: bool,

    /// Read what .gitignore and .ignore files name too
    #[arg(long)]
    no_ignore: bool,

    /// Revoke the live ones
    #[arg(long, help_heading = "Revoke what is found")]
    revoke: bool,

    /// Keep this reason with them; operators see it, clients do not [default: found by scan]
    #[arg(
        long,
        value_name = "TEXT",
        requires = "revoke",
        help_heading = "Revoke what is found"
    )]
    reason: Option<String>,

    /// Show what would be revoked, and do nothing
    #[arg(long, requires = "revoke", help_heading = "Revoke what is found")]
    dry_run: bool,

    /// Do not ask; needed where there is no terminal
    #[arg(
        short,
        long,
        requires = "revoke",
        help_heading = "Revoke what is found"
    )]
    yes: bool,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let reason = FreeText::parse(args.reason.as_deref().unwrap_or(REASON))
        .map_err(|error| CliError::usage(format!("bad value for `--reason`: {error}")))?;
    refuse_token("the reason", reason.as_str())?;
    if args.revoke && !args.yes && !args.dry_run {
        // Now, and not only on the day on which something is found.
        context.somebody()?;
    }
    let roots = roots(&args, context)?;
    let authority = authority(&args, context)?;
    let report = search(&args, context, roots, authority.as_ref())?;
    report.tell_counts();
    if args.paths.is_empty() && report.summary().bytes == 0 {
        context
            .output
            .hint("nothing was read: name files, or `.` for this directory");
    }
    let revoked = match &authority {
        Some(authority) if args.revoke => {
            revoke_live(&args, context, authority, report.summary(), reason)?
        }
        _ => Revoked::None,
    };
    // Last, so that stdout stays empty where the store could not do it.
    let delivered = report.finish();
    match revoked {
        Revoked::Some => end(context, delivered.map_err(Undelivered::after_commit)?),
        Revoked::None => end(context, delivered?),
        Revoked::Cancelled(error) => {
            delivered?;
            Err(error)
        }
    }
}

/// Reads all that is to be read, and reports what is found.
fn search<'a>(
    args: &Args,
    context: &'a Context,
    roots: Vec<PathBuf>,
    authority: Option<&'a Authority>,
) -> anyhow::Result<Report<'a>> {
    let formats = context.formats(None)?;
    let mut scanner = Scanner::new(&formats);
    if args.hex40 {
        scanner = scanner.with_hex_words();
    }
    let rules = Rules {
        hidden: args.hidden,
        ignored: args.no_ignore,
    };
    let sweep = Sweep::new(&scanner, roots, rules, context.store_files());
    let mut report = Report::new(context, Lookup::new(authority), &formats)?;
    let progress = Progress::begin(&context.output);
    sweep.run(&mut |place, event| match event {
        Event::Read { .. } => {
            progress.advance();
            report.take(place, event)
        }
        _ => progress.aside(|| report.take(place, event)),
    })?;
    progress.end();
    Ok(report)
}

/// Returns what is to be read.
fn roots(args: &Args, context: &Context) -> Result<Vec<PathBuf>, CliError> {
    if args.paths.is_empty() {
        let default = if io::stdin().is_terminal() { "." } else { "-" };
        return Ok(vec![default.into()]);
    }
    let is_stdin = |path: &&PathBuf| path.as_path() == Path::new("-");
    if args.paths.iter().filter(is_stdin).count() > 1 {
        return Err(CliError::usage("stdin is named twice"));
    }
    for path in &args.paths {
        context.refuse_store_file(path)?;
    }
    Ok(args.paths.clone())
}

/// Opens the store, unless none is named and the default one is not there: form alone tells something too.
fn authority(args: &Args, context: &Context) -> anyhow::Result<Option<Authority>> {
    let error = match context.authority() {
        Ok(authority) => return Ok(Some(authority)),
        Err(error) => error,
    };
    let needs_store = args.hex40 || args.revoke;
    if needs_store || !context.lacks_default_store(&error) {
        return Err(error);
    }
    context.output.warning(&format!(
        "{error}: tokens are told by their form alone, and each may be live"
    ));
    context.output.hint("name the store with `--store`");
    Ok(None)
}

/// What became of the live tokens.
enum Revoked {
    /// They are revoked.
    Some,
    /// Nothing was to be done, or only to be shown.
    None,
    /// The operator said no.
    Cancelled(anyhow::Error),
}

/// Revokes the tokens that were found live, all together.
fn revoke_live(
    args: &Args,
    context: &Context,
    authority: &Authority,
    found: &Summary,
    reason: FreeText,
) -> anyhow::Result<Revoked> {
    if found.live.is_empty() {
        return Ok(Revoked::None);
    }
    let ids: Vec<TokenId> = found.live.iter().copied().collect();
    let summary = |applied: &_| summary(applied, |_| "revoked meanwhile");
    let actor = context.actor();
    let apply = |mode| {
        let target = Target::Ids(ids.clone());
        authority.revoke(target, reason.clone(), &actor, context.now(), mode)
    };
    if args.dry_run || !args.yes {
        let planned = apply(Mode::DryRun)?;
        let show = |voice: Voice<'_>, told: &str| {
            token_record::show_hit(voice, &planned);
            voice.status(told);
        };
        let count = summary(&planned);
        if args.dry_run {
            let told = format!("Would revoke {count}; nothing was done.");
            show(context.output.voice(), &told);
            return Ok(Revoked::None);
        }
        let told = format!("About to revoke {count}.");
        if let Err(error) = context.confirm("Revoke for good?", |voice| show(voice, &told)) {
            return Ok(Revoked::Cancelled(error));
        }
    }
    let applied = apply(Mode::Commit)?;
    context.warn_of_clock(applied.clock_behind);
    context
        .output
        .status(&format!("Revoked {}.", summary(&applied)));
    Ok(Revoked::Some)
}

/// Ends with the worst that is known: something live before something unread.
fn end(context: &Context, summary: Summary) -> anyhow::Result<Exit> {
    let is_feared = summary.feared > 0;
    let Some(unread) = summary.unread else {
        return Ok(if is_feared { Exit::Found } else { Exit::Ok });
    };
    let format = context.output.format();
    let error = unread.into_error(format);
    if !is_feared {
        return Err(error);
    }
    // In text each file was told as it came.
    if format == Format::Json {
        context.output.report(&error);
    }
    Ok(Exit::Found)
}
