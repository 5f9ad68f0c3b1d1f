use std::ffi::OsString;
use std::mem;
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt as _;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::{MemorySession, Session as _, SessionLogin};
use tokenctl::auth::trace::{Trace, TraceStep};

use tokenctl::catalogue::Mapped;
use tokenctl::outcome::{Answer, Outcome, OutcomeCode};
use tokenctl::policy::Decision;
use tokenctl::store::Store;
use zeroize::Zeroizing;

use super::cell::Cell;
use super::context::Context;
use super::exit::{CliError, Exit};
use super::object::parse_name;
use super::output::{Format, OrGone as _};
use super::settings::WebBackend;
use super::token_record::{self, TOKEN};
use super::{input, method, when};

#[derive(clap::Args)]
#[command(
    long_about = "Authenticate the value of an Authorization header exactly as a server would.\n\nThe header is read from stdin; on a \
                  terminal it is asked for without echo. It may also be given as words, which other users of the \
                  machine can see in the process list. Nothing is changed, not even the last use, unless \
                  --record-use says so.\n\nThe answer is one line: the code, since when where there is a time, the user, \
                  the id of the token. The exit code is 0 when accepted, 10 to 15 when refused, and 20 to 28 when it could \
                  not be told.\n\nThe policy of the token is asked only with --method, --resource or --path, and its \
                  networks are compared with --address. With --explain each step on the way is a line of its own: \
                  what was looked at, and what was found; with --json the steps are always there, as `trace`.",
    after_help = "Examples:\n  tokenctl verify < header.txt\n  printf 'token %s' \"$T\" | tokenctl verify\n  \
                  tokenctl verify --method DELETE --resource review --id 42 --explain < header.txt\n  \
                  tokenctl verify --method DELETE --path /api/reviews/42 < header.txt\n  \
                  tokenctl verify --json --address 192.0.2.7 < header.txt"
)]
pub(crate) struct Args {
    /// The value of the header, with or without `Authorization:`; `-` or nothing reads stdin
    #[arg(value_name = "HEADER")]
    header: Vec<OsString>,

    /// Ask the policy of the token about this method [default: GET when a resource or path is named]
    #[arg(long, value_name = "METHOD", value_parser = method::parse)]
    method: Option<String>,

    /// Ask the policy of the token about this resource
    #[arg(long, value_name = "RESOURCE", value_parser = parse_name)]
    resource: Option<String>,

    /// Ask the policy of the token about this object of the resource
    #[arg(long, value_name = "OBJECT", value_parser = parse_name, requires = "resource")]
    id: Option<String>,

    /// Ask the policy of the token about what this path is, by `[catalogue]` of the configuration
    #[arg(long, value_name = "PATH", conflicts_with_all = ["resource", "id"])]
    path: Option<String>,

    /// Say step by step how the answer was found
    #[arg(long)]
    explain: bool,

    /// Authenticate as a client at this address; without one, a token with networks is refused
    #[arg(long, value_name = "IP")]
    address: Option<String>,

    /// Judge expiry at this time, such as `2026-12-31T18:00:00Z`, instead of now
    #[arg(
        long,
        value_name = "TIME",
        conflicts_with = "record_use",
        allow_hyphen_values = true
    )]
    at: Option<String>,

    /// Record the use, as a server does; that of a secret that was rotated out too, as `rotation.on_reuse` says
    #[arg(long)]
    record_use: bool,

    /// Take the header of this scheme alone (can be repeated, in order) [default: all three]
    #[arg(long, value_name = "SCHEME")]
    header_from: Vec<WebBackend>,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let address = args.address.as_deref().map(parse_address).transpose()?;
    let at = args.at.as_deref().map(when::parse_at).transpose();
    let now = at
        .map_err(|error| error.of_argument("--at"))?
        .unwrap_or(context.now());
    let mapped = args
        .path
        .as_deref()
        .map(|path| map_path(path, context))
        .transpose()?;
    // To its end before the store is opened: the other half of a pipe may be about to write to it.
    let typed = read_header(&args.header, context)?;

    let store = context.open()?;
    let authenticator = context.authenticator(&store, &args.header_from)?.build();
    let mut head = RequestHead::new().authorization(header_value(&typed));
    head.method = args
        .method
        .as_deref()
        .or((args.resource.is_some() || mapped.is_some()).then_some("GET"));
    head.resource = args.resource.as_deref();
    head.resource_id = args.id.as_deref();
    if let Some(mapped) = &mapped {
        head = head.mapped(mapped);
    }
    head.address = address;
    let mut session = MemorySession::default();
    let machine = matches!(context.output.format(), Format::Json | Format::Jsonl);
    let mut trace = if args.explain || machine {
        Trace::on()
    } else {
        Trace::off()
    };
    let outcome = authenticator.check_login_traced(&head, &mut session, now, &mut trace)?;
    let is_bare = header_value(&typed)
        .trim_ascii()
        .iter()
        .all(u8::is_ascii_graphic);
    drop(typed);

    let answer = authenticator.answer(&outcome);
    match context.output.format() {
        Format::Table | Format::Csv => {
            context.output.line(&line(&outcome)).or_gone()?;
            for step in trace.steps() {
                let text = format!("{} {}: {}", step.check.as_str(), step.subject, step.finding);
                context.output.line(&text).or_gone()?;
            }
            explain(context, &outcome, address);
            if is_bare && outcome.code() == OutcomeCode::NoCredentials {
                context.output.hint(
                    "a header begins with its scheme, as in `token TOKEN`; a token alone is for `tokenctl identify -`",
                );
            }
            if outcome.code() == OutcomeCode::Accepted {
                // What has ended may live again under a clock that was set back. The answer stands without it.
                context.compare_clock(store.newest_change().unwrap_or_default());
            }
        }
        Format::Json | Format::Jsonl => {
            print(context, &outcome, &answer, session.login(), &trace, now)?;
        }
    }
    if args.record_use {
        record_use(context, store, &outcome);
    } else {
        // The process ends with this answer. What only reads is gone with it, sooner than SQLite takes it apart.
        mem::forget(store);
    }
    Ok(outcome.code().into())
}

/// Returns what the path is in the catalogue of the configuration.
fn map_path<'c>(path: &str, context: &'c Context) -> Result<Mapped<'c>, CliError> {
    let Some(catalogue) = &context.settings.catalogue.value else {
        return Err(
            CliError::usage("`--path` needs a resource catalogue").with_hint(
                "write `[catalogue.resources]` into the configuration, or pass `--resource`",
            ),
        );
    };
    catalogue
        .map(path)
        .map_err(|error| CliError::usage(format!("bad value for `--path`: {error}")))
}

fn parse_address(text: &str) -> Result<IpAddr, CliError> {
    text.parse().map_err(|_| {
        CliError::usage("bad value for `--address`: an IPv4 or IPv6 address is expected")
            .with_hint("such as `192.0.2.7` or `2001:db8::1`")
    })
}

fn read_header(words: &[OsString], context: &Context) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    if words.is_empty() || matches!(words, [dash] if dash == "-") {
        return input::ask_secret(context.prompt(), "Authorization header");
    }
    context.output.warning(
        "arguments are visible in the process list; `tokenctl verify -` reads the header from stdin",
    );
    let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    let mut header = Zeroizing::new(words.join(&b' '));
    input::drop_line_break(&mut header);
    Ok(header)
}

/// Drops the name of the header where it is there.
pub(crate) fn header_value(typed: &[u8]) -> &[u8] {
    const NAME: &[u8] = b"authorization:";
    match typed.split_at_checked(NAME.len()) {
        Some((name, value)) if name.eq_ignore_ascii_case(NAME) => value,
        _ => typed,
    }
}

/// Everything about an answer, for machines.
#[derive(Serialize)]
struct Report<'a> {
    accepted: bool,
    code: &'static str,
    message: Option<&'a str>,
    status: u16,
    headers: Headers<'a>,
    user: Option<&'a str>,
    token: Option<TokenObject<'a>>,
    session: Option<SessionLogin>,
    decision: Option<&'a Decision>,
    trace: &'a [TraceStep],
}

/// Headers as one object.
struct Headers<'a>(&'a Answer);

impl Serialize for Headers<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.headers.iter().map(|(name, value)| (name, value)))
    }
}

/// The record of a token inside another object.
struct TokenObject<'a>(&'a [Cell]);

impl Serialize for TokenObject<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(TOKEN.all.iter().zip(self.0))
    }
}

fn print(
    context: &Context,
    outcome: &Outcome,
    answer: &Answer,
    session: Option<SessionLogin>,
    trace: &Trace,
    now: Timestamp,
) -> anyhow::Result<()> {
    let row = outcome
        .token()
        .map(|token| token_record::cells(token, now, context));
    let report = Report {
        accepted: outcome.code() == OutcomeCode::Accepted,
        code: outcome.code().as_str(),
        message: answer.message.as_deref(),
        status: answer.status,
        headers: Headers(answer),
        user: outcome.user().map(|user| user.as_str()),
        token: row.as_deref().map(TokenObject),
        session,
        decision: outcome.decision(),
        trace: trace.steps(),
    };
    context.output.json(&report).or_gone()?;
    Ok(())
}

/// Returns the answer in one line: code, since when, user, id.
fn line(outcome: &Outcome) -> String {
    let mut words = vec![outcome.code().as_str().to_owned()];
    if let Outcome::Refused(refusal) = outcome
        && let Some(since) = refusal.since
    {
        words.push(format!("since {since}"));
    }
    words.extend(outcome.user().map(ToString::to_string));
    words.extend(outcome.token().map(|token| token.id.to_string()));
    words.join(" ")
}

/// Says on stderr what the operator may know and a client may not.
fn explain(context: &Context, outcome: &Outcome, address: Option<IpAddr>) {
    let output = &context.output;
    match (outcome, outcome.token()) {
        (Outcome::Refused(refusal), Some(token)) => match refusal.code {
            OutcomeCode::Revoked if !token.revoked_reason.is_empty() => {
                output.status(&format!("Reason: {}", token.revoked_reason));
            }
            OutcomeCode::Rotated => {
                if let Some(successor) = &token.rotated_to {
                    output.status(&format!("Token {successor} has replaced it"));
                }
            }
            OutcomeCode::DeniedByRule => {
                let rule = refusal
                    .decision
                    .as_ref()
                    .and_then(|decision| decision.rule.as_deref());
                output.status(&match rule {
                    Some(rule) => format!("Decided by {rule}"),
                    // What no rule speaks of is allowed, so this is all that is left.
                    None => "The path is of no resource, and the catalogue is closed".to_owned(),
                });
            }
            OutcomeCode::DeniedByNetwork => {
                let networks = token
                    .networks
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                output.status(&format!("It may be used from {networks}"));
                if address.is_none() {
                    output.hint("name the address of the client with `--address`");
                }
            }
            OutcomeCode::PolicyUnreadable => {
                if let Err(error) = token.policy.read() {
                    output.status(&format!("The stored policy is damaged: {error}"));
                }
            }
            _ => {}
        },
        (Outcome::Accepted(login), _) if login.deprecated => {
            output.warning("the format of this token is deprecated; issue another in its place");
        }
        _ => {}
    }
}

/// Records the use after the answer was given; it never changes the answer.
fn record_use(context: &Context, store: Arc<dyn Store>, outcome: &Outcome) {
    let log = context.usage_log(store);
    log.note(outcome, context.now());
    if let Err(error) = log.flush() {
        context
            .output
            .warning(&format!("the use could not be recorded: {error}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_of_the_header_is_dropped() {
        assert_eq!(header_value(b"token x"), b"token x");
        assert_eq!(header_value(b"Authorization: token x"), b" token x");
        assert_eq!(header_value(b"AUTHORIZATION:token x"), b"token x");
        assert_eq!(header_value(b""), b"");
    }
}
