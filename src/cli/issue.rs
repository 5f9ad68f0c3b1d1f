use std::path::PathBuf;

use jiff::Timestamp;
use tokenctl::authority::{Authority, IssueError, IssueRequest, Issued};
use tokenctl::change::{Mode, Target};
use tokenctl::entropy::OsEntropy;
use tokenctl::format::{Prefix, TokenFormat, TokenFormats, TokenctlV1};
use tokenctl::label::Labels;
use tokenctl::network::Networks;
use tokenctl::policy::Policy;
use tokenctl::store::ChangeError;
use tokenctl::text::FreeText;
use tokenctl::token::{NewToken, Token};
use tokenctl::user::UserName;

use super::context::Context;
use super::delivery::DeliveryArgs;
use super::exit::{CliError, Exit};
use super::mask::refuse_token;
use super::output::{Output, Undelivered};
use super::policy;
use super::policy_file;
use super::settings::{DefaultPolicy, Lifetime, words};
use super::show::rights;
use super::user::new_name;
use super::when;

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

    #[command(flatten)]
    delivery: DeliveryArgs,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    args.delivery.check(context)?;
    let request = request(&args, context)?;
    let formats = context.formats(args.prefix.as_deref())?;
    let registered = args.prefix.is_some().then(|| context.formats(None));
    let registered = registered.transpose()?;
    // The file first: one that cannot be made leaves no token behind, and no store.
    let delivery = args.delivery.prepare(context)?;
    let store = open(&args, context)?;
    let authority = context.authority_over(store, formats)?;
    let issued = issue(&authority, request, args.create_user, context)?;
    context.warn_of_clock(issued.clock_behind);
    if let Err(error) = delivery.hand_over(&issued.secret, &issued.token) {
        return Err(undo(&authority, context, &issued.token, error));
    }
    tell(context, &issued.token);
    if let (Some(prefix), Some(registered)) = (&args.prefix, &registered) {
        warn_of_prefix(prefix, &issued.token.generator, registered, context);
    }
    Ok(Exit::Ok)
}

fn open(
    args: &Args,
    context: &Context,
) -> anyhow::Result<std::sync::Arc<dyn tokenctl::store::Store>> {
    if args.create_user {
        return context.open_or_create();
    }
    match context.open() {
        // In a store that is not there yet the user is not there either, and that is what to say.
        Err(error) if context.lacks_default_store(&error) => Err(CliError::new(
            Exit::NotFound,
            format!("no user is named `{}`", args.user),
        )
        .with_hint("`--create-user` adds the user, and makes the default store")
        .into()),
        other => other,
    }
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
        prefix: args.prefix.clone(),
        add_user: false,
    })
}

fn generator<'a>(args: &'a Args, context: &'a Context) -> &'a str {
    let chosen = args.generator.as_deref();
    chosen.unwrap_or(&context.settings.generator.value)
}

fn expiry(args: &Args, context: &Context) -> Result<Option<Timestamp>, CliError> {
    if let Some(text) = &args.expires {
        return when::parse_end(text, context.now());
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
        Err(cause) => {
            let lives = format!(
                "the secret could not be delivered, and token {} could not be revoked: it lives",
                token.id
            );
            let lives = CliError::new(Exit::Output, lives)
                .with_hint(format!("revoke it: `tokenctl revoke {}`", token.id));
            return error.after_failed_undo(cause, lives);
        }
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
    warn_of_disabled_owner(output, token);
}

/// Says that a new token is refused all the same.
pub(crate) fn warn_of_disabled_owner(output: &Output, token: &Token) {
    if token.owner.disabled_at.is_some() {
        output.warning(&format!(
            "user {} is disabled: the token is refused until the user is enabled",
            token.owner.name
        ));
    }
}

/// Says that nothing else will know a new token by its prefix, unless that is among the `registered`.
fn warn_of_prefix(prefix: &str, generator: &str, registered: &TokenFormats, context: &Context) {
    let is_known = |format: &dyn TokenFormat| format.has_prefix(&format!("{prefix}_"));
    if registered.find(generator).is_none_or(is_known) {
        return;
    }
    let settings = &context.settings;
    let (key, mut known) = match generator {
        TokenctlV1::ID => ("auth.prefixes", words(&settings.prefixes.value)),
        _ => ("auth.vendor_types", words(&settings.vendor_types.value)),
    };
    known.push(prefix.to_owned());
    let output = &context.output;
    output.warning(&format!(
        "the prefix `{prefix}` is not registered: `scan` does not find such tokens, and a mistyped one counts as unknown"
    ));
    // A list of such words is the same in JSON and TOML.
    let known = serde_json::Value::from(known);
    output.hint(&format!("put it into the configuration: `{key} = {known}`"));
}
