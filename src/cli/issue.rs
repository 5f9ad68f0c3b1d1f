use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tokenctl::authority::{Authority, IssueError, IssueRequest, Issued};
use tokenctl::change::{Mode, Target};
use tokenctl::entropy::OsEntropy;
use tokenctl::format::{Prefix, TokenctlV1};
use tokenctl::label::Labels;
use tokenctl::network::Networks;
use tokenctl::policy::Policy;
use tokenctl::store::ChangeError;
use tokenctl::text::FreeText;
use tokenctl::token::{NewToken, Token};
use tokenctl::user::UserName;
use zeroize::Zeroizing;

use super::cell::Cell;
use super::context::Context;
use super::exit::{CliError, Exit};
use super::mask::refuse_token;
use super::output::{Format, Undelivered};
use super::policy;
use super::policy_file;
use super::process::Stdout;
use super::settings::{DefaultPolicy, Lifetime};
use super::show::rights;
use super::token_record::{self, NEW_TOKEN, TOKEN};
use super::user::new_name;
use super::when::{self, Expiry};

#[derive(clap::Args)]
#[command(
    long_about = "Issue a token and print its secret, once.\n\nOnly a digest of the secret is kept. What the token may do is a choice: one of \
                  --read-only, --full-access and --policy, or `issue.default_policy` of the configuration. If the \
                  secret cannot be delivered, the token is revoked again.\n\nStdout is the secret and nothing else; what was issued is told on \
                  stderr. With --json stdout is the record of the token with the field `token`.",
    after_help = "Examples:\n  tokenctl issue alice --read-only --note 'nightly report'\n  \
                  T=$(tokenctl issue deploy --policy deploy.json --expires 30d --network 10.0.0.0/8)\n  \
                  tokenctl issue alice --create-user --read-only --header | tokenctl verify\n  \
                  tokenctl issue svc --full-access --expires never --out svc.token"
)]
#[command(group = clap::ArgGroup::new("rights"))]
pub(crate) struct Args {
    /// The user who is to own the token
    user: String,

    /// Allow GET, HEAD and OPTIONS, and nothing else
    #[arg(long, group = "rights")]
    read_only: bool,

    /// Allow everything
    #[arg(long, group = "rights")]
    full_access: bool,

    /// Allow what the policy in this JSON file says; `-` reads stdin
    #[arg(long, value_name = "FILE|-", group = "rights")]
    policy: Option<PathBuf>,

    /// End the token after this duration or at this time; `never` has to be said [default: 90d]
    ///
    /// A duration is `90d`, `12h`, `1w`, `6mo` or `1y`; a time is `2026-12-31T18:00:00Z`, or `2026-12-31` for the end
    /// of that day in UTC.
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    expires: Option<String>,

    /// Note what the token is for
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    note: String,

    /// Label the token (can be repeated)
    #[arg(long, value_name = "KEY=VALUE")]
    label: Vec<String>,

    /// Accept the token only from this network, such as `10.0.0.0/8` (can be repeated)
    #[arg(long, value_name = "CIDR")]
    network: Vec<String>,

    /// Begin the token with this prefix [default: tkc]
    #[arg(long, value_name = "PREFIX")]
    prefix: Option<String>,

    /// Make the token in this format: `tokenctl_v1`, `vendor_checksum` or `legacy_sha1` [default: tokenctl_v1]
    #[arg(long, value_name = "ID")]
    generator: Option<String>,

    /// Add the user if there is none of this name, and create the default store if there is none
    #[arg(long)]
    create_user: bool,

    /// Write the secret to this new file (0600) instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Print `Authorization: token SECRET`, for `curl -H @-` and `tokenctl verify`
    #[arg(long, conflicts_with = "out")]
    header: bool,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    if args.header && context.output.format() != Format::Table {
        return Err(CliError::usage(
            "`--header` prints text and cannot be used with another format",
        )
        .into());
    }
    if args.out.is_none() && context.stdout == Stdout::Closed {
        return Err(CliError::new(
            Exit::Output,
            "stdout is closed: nobody would see the secret",
        )
        .with_hint("nothing was done; write it to a file with `--out FILE`")
        .into());
    }
    if args.out.as_deref() == Some(Path::new("-")) {
        return Err(CliError::usage("`--out` names a file")
            .with_hint("leave it out: the secret goes to stdout")
            .into());
    }
    let request = request(&args, context)?;
    let formats = context.formats(args.prefix.as_deref())?;
    let store = open(&args, context)?;
    let authority = context.authority_over(store, formats)?;
    // The file first: one that cannot be made leaves no token behind.
    let mut out = args
        .out
        .as_deref()
        .map(|path| NewFile::create(path, context))
        .transpose()?;
    let issued = issue(&authority, request, args.create_user, context)?;
    context.warn_of_clock(issued.clock_behind);

    let delivered = match &mut out {
        Some(file) => file
            .write(&issued)
            .and_then(|()| print_record(context, &issued, None)),
        None => print(&args, context, &issued),
    };
    if let Err(error) = delivered {
        return Err(undo(&authority, context, &issued.token, error));
    }
    if let Some(file) = out {
        file.keep();
    }
    tell(context, &issued.token);
    Ok(Exit::Ok)
}

fn open(
    args: &Args,
    context: &Context,
) -> anyhow::Result<std::sync::Arc<dyn tokenctl::store::Store>> {
    if args.create_user {
        return context.open_or_create();
    }
    let opened = context.open();
    let is_default = context.settings.store.origin == super::settings::Origin::Default;
    match opened {
        // In a store that is not there yet the user is not there either, and that is what to say.
        Err(error) if is_default && is_missing(&error) => Err(CliError::new(
            Exit::NotFound,
            format!("no user is named `{}`", args.user),
        )
        .with_hint("`--create-user` adds the user, and makes the default store")
        .into()),
        other => other,
    }
}

fn is_missing(error: &anyhow::Error) -> bool {
    use tokenctl::store::StoreError;
    matches!(
        error.downcast_ref::<StoreError>(),
        Some(StoreError::Missing { .. })
    )
}

/// Reads the flags; everything that can be wrong with them is found before the store is opened.
fn request(args: &Args, context: &Context) -> anyhow::Result<IssueRequest> {
    let bad = |flag: &str, error: &dyn std::fmt::Display| {
        CliError::usage(format!("bad value for `{flag}`: {error}"))
    };
    if let Some(prefix) = &args.prefix
        && generator(args, context) == TokenctlV1::ID
    {
        Prefix::parse(prefix).map_err(|error| bad("--prefix", &error))?;
    }
    let user = if args.create_user {
        new_name(&args.user)?
    } else {
        UserName::verbatim(args.user.as_str())
    };
    refuse_token("the note", &args.note)?;
    let mut labels = Labels::default();
    for label in &args.label {
        refuse_token("a label", label)?;
        labels
            .insert(label)
            .map_err(|error| bad("--label", &error))?;
    }
    let networks = match args.network.as_slice() {
        [] => None,
        blocks => Some(Networks::parse(blocks).map_err(|error| bad("--network", &error))?),
    };
    Ok(IssueRequest {
        token: NewToken {
            user,
            expires_at: expiry(args, context)?,
            note: FreeText::parse(args.note.as_str()).map_err(|error| bad("--note", &error))?,
            labels,
            networks,
            policy: choose_policy(args, context)?,
        },
        generator: args.generator.clone(),
        prefix: args
            .prefix
            .clone()
            .or_else(|| default_prefix(args, context)),
        add_user: false,
    })
}

/// The configured prefix is that of `tokenctl_v1`; other formats have their own.
fn default_prefix(args: &Args, context: &Context) -> Option<String> {
    (generator(args, context) == TokenctlV1::ID).then(|| context.settings.prefix.value.clone())
}

fn generator<'a>(args: &'a Args, context: &'a Context) -> &'a str {
    let chosen = args.generator.as_deref();
    chosen.unwrap_or(&context.settings.generator.value)
}

fn expiry(args: &Args, context: &Context) -> Result<Option<Timestamp>, CliError> {
    if let Some(text) = &args.expires {
        let expiry = when::parse_expiry(text, context.now())
            .map_err(|error| error.of_argument("--expires"))?;
        return Ok(match expiry {
            Expiry::Never => None,
            Expiry::At(end) => Some(end),
        });
    }
    // A default never asks for more than is allowed.
    let latest = context.latest_end()?;
    match context.settings.default_expiry.value {
        Lifetime::Never => Ok(latest),
        Lifetime::For(period) => {
            let end = period
                .after(context.now())
                .map_err(|error| error.of_argument("issue.default_expiry"))?;
            Ok(Some(latest.map_or(end, |latest| latest.min(end))))
        }
    }
}

fn choose_policy(args: &Args, context: &Context) -> anyhow::Result<Policy> {
    if let Some(path) = &args.policy {
        let policy = policy_file::read(path, context)?;
        warn_of_traps(&policy, context);
        return Ok(policy);
    }
    if args.read_only {
        return Ok(Policy::read_only());
    }
    if args.full_access {
        return Ok(Policy::full_access());
    }
    match context.settings.default_policy.value {
        Some(DefaultPolicy::ReadOnly) => Ok(Policy::read_only()),
        Some(DefaultPolicy::FullAccess) => Ok(Policy::full_access()),
        None => ask_policy(context),
    }
}

fn ask_policy(context: &Context) -> anyhow::Result<Policy> {
    let Some(prompt) = context.prompt() else {
        return Err(CliError::usage("what the token may do is not said")
            .with_hint("pass `--read-only`, `--full-access` or `--policy FILE`")
            .into());
    };
    let rights = [
        "GET, HEAD and OPTIONS and nothing else (--read-only)",
        "everything (--full-access)",
    ];
    match prompt.choose("What may the token do?", &rights)? {
        0 => Ok(Policy::read_only()),
        _ => Ok(Policy::full_access()),
    }
}

/// Says what the policy leaves open without meaning it, most likely.
fn warn_of_traps(policy: &Policy, context: &Context) {
    for lint in policy.lint() {
        context.output.warning(&policy::lint::told(&lint));
    }
}

/// Issues the token, adding its user first where that was asked for and there is none.
fn issue(
    authority: &Authority,
    mut request: IssueRequest,
    create_user: bool,
    context: &Context,
) -> anyhow::Result<Issued> {
    let actor = context.actor();
    let issue =
        |request: &IssueRequest| authority.issue(request, &actor, &mut OsEntropy, context.now());
    let issued = issue(&request);
    if !create_user
        || !matches!(
            issued,
            Err(IssueError::Change(ChangeError::NoSuchUser { .. }))
        )
    {
        return Ok(issued?);
    }
    request.add_user = true;
    let name = request.token.user.clone();
    match issue(&request) {
        // Another process has added the user meanwhile.
        Err(IssueError::Change(ChangeError::NameTaken { .. })) => {
            request.add_user = false;
            Ok(issue(&request)?)
        }
        issued => {
            let issued = issued?;
            context.output.status(&format!("Added user {name}"));
            Ok(issued)
        }
    }
}

/// Prints the secret: the one place of this verb that shows it, in one write.
fn print(args: &Args, context: &Context, issued: &Issued) -> Result<(), Undelivered> {
    if context.output.format() != Format::Table {
        return print_record(context, issued, Some(issued.secret.expose_secret()));
    }
    let scheme: &[u8] = if args.header {
        b"Authorization: token "
    } else {
        b""
    };
    let line = [scheme, issued.secret.expose_secret().as_bytes(), b"\n"].concat();
    context.output.raw(&Zeroizing::new(line))
}

/// Prints the record for machines; people are told on stderr.
fn print_record(
    context: &Context,
    issued: &Issued,
    secret: Option<&str>,
) -> Result<(), Undelivered> {
    let format = context.output.format();
    if format == Format::Table {
        return Ok(());
    }
    let mut row = token_record::cells(&issued.token, context.now(), context);
    let columns = match secret {
        None => TOKEN,
        Some(secret) => {
            row.push(Cell::from(secret));
            NEW_TOKEN
        }
    };
    // Every column is one of its own list.
    let selection = columns
        .choose(None, format)
        .map_err(|error| Undelivered::Failed(io::Error::other(error)))?;
    context.output.record(selection, row)
}

/// Revokes a token that nobody has seen, and returns what to say.
fn undo(
    authority: &Authority,
    context: &Context,
    token: &Token,
    error: Undelivered,
) -> anyhow::Error {
    let reason = FreeText::parse("its secret could not be delivered").unwrap_or_default();
    let target = Target::Ids(vec![token.id]);
    let undone = authority.revoke(
        target,
        reason,
        &context.actor(),
        context.now(),
        Mode::Commit,
    );
    let what = match undone {
        Ok(_) => CliError::new(
            Exit::Output,
            format!(
                "the secret could not be delivered, so token {} was revoked again",
                token.id
            ),
        )
        .with_hint("mend the output and issue another"),
        Err(_) => CliError::new(
            Exit::Output,
            format!(
                "the secret could not be delivered, and token {} could not be revoked: it lives",
                token.id
            ),
        )
        .with_hint(format!("revoke it: `tokenctl revoke {}`", token.id)),
    };
    anyhow::Error::from(error).context(what)
}

fn tell(context: &Context, token: &Token) {
    let output = &context.output;
    let end = token
        .expires_at
        .map_or("never ends".to_owned(), |end| format!("ends {end}"));
    output.status(&format!(
        "Issued token {} of {}, which {end}",
        token.id, token.owner.name
    ));
    output.status(&format!("It may do: {}.", rights(token)));
    if let Some(networks) = &token.networks {
        output.status(&format!("It may be used from {networks}"));
    }
    if token.owner.disabled_at.is_some() {
        output.warning(&format!(
            "user {} is disabled: the token is refused until the user is enabled",
            token.owner.name
        ));
    }
}

/// A file that was made for the secret, and is removed again unless it is kept.
struct NewFile<'a> {
    path: &'a Path,
    file: File,
    kept: bool,
}

impl<'a> NewFile<'a> {
    fn create(path: &'a Path, context: &Context) -> anyhow::Result<Self> {
        refuse_token("the name of the file", &path.to_string_lossy())?;
        context.refuse_store_file(path)?;
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let file = made.map_err(|error| {
            let (exit, message, hint) = match error.kind() {
                io::ErrorKind::AlreadyExists => (
                    Exit::Conflict,
                    format!("`{}` exists already", path.display()),
                    "nothing was done: name a file that is not there yet",
                ),
                _ => (
                    Exit::Output,
                    format!("failed to create `{}`: {error}", path.display()),
                    "nothing was done: name a file that can be written",
                ),
            };
            CliError::new(exit, message).with_hint(hint)
        })?;
        Ok(Self {
            path,
            file,
            kept: false,
        })
    }

    fn write(&mut self, issued: &Issued) -> Result<(), Undelivered> {
        let line = Zeroizing::new([issued.secret.expose_secret().as_bytes(), b"\n"].concat());
        self.file.write_all(&line)?;
        self.file.sync_all()?;
        // The name too: a token must not outlive the only file that has its secret.
        let directory = self
            .path
            .parent()
            .filter(|path| !path.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()?;
        Ok(())
    }

    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for NewFile<'_> {
    fn drop(&mut self) {
        if !self.kept {
            // It holds no secret of a live token: nothing is lost when this fails.
            let _ = fs::remove_file(self.path);
        }
    }
}
