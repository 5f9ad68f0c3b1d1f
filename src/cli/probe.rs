use std::io;
use std::time::Duration;

use jiff::SignedDuration;
use tokenctl::authority::{Authority, IssueRequest, Issued};
use tokenctl::change::{Change, Mode, Target as Tokens};
use tokenctl::entropy::OsEntropy;
use tokenctl::http::profile::Profile;
use tokenctl::policy::Preset;
use tokenctl::store::ChangeError;
use tokenctl::text::FreeText;
use tokenctl::token::NewToken;
use tokenctl::token_id::TokenId;
use tokenctl::user::UserName;

use self::cases::{Case, Expected, Secrets};
use self::target::{Target, unreachable};
use super::cell::Cell;
use super::context::Context;
use super::exit::{CliError, Exit};
use super::records::Columns;
use super::when;

mod cases;
mod target;

/// How long the tokens would live if the probe were killed.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

#[derive(clap::Args)]
#[command(
    long_about = "Try a server or proxy with requests good and bad, and say which were answered as they should be.\n\nThe probe \
                  issues three read-only tokens in the store that the server reads, and removes them in the end; their user \
                  stays. \
                  URL is a path behind the proxy that such a token may read (and, with a catalogue, that it maps); \
                  with --profile it is `tokenctl serve` itself, which is asked as that proxy would. Requests that \
                  could change something are sent with credentials that must be refused. Some twelve requests count as \
                  failed logins where a throttle is on.\n\nThe exit code is 0 when all went well and 17 when not.",
    after_help = "Examples:\n  tokenctl probe http://127.0.0.1:8000/api/\n  \
                  tokenctl probe --profile nginx http://127.0.0.1:9180/"
)]
pub(crate) struct Args {
    /// The address of what is to be tried, as `http://HOST:PORT/PATH`
    url: String,

    /// Ask `tokenctl serve` itself, as this kind of proxy does: `nginx`, `traefik`, `caddy` or `envoy`
    #[arg(long)]
    profile: Option<Profile>,

    /// Issue the tokens to this user, who is added if there is none of this name
    #[arg(long, value_name = "NAME", default_value = "tokenctl-probe")]
    user: String,

    /// Wait this long for each answer
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    wait: String,
}

const CHECK: Columns = Columns {
    all: &["request", "expected", "answer", "passed"],
    table: &["request", "expected", "answer", "passed"],
};

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let wait: Duration =
        when::parse_duration(&args.wait).map_err(|error| error.of_argument("--wait"))?;
    let target = Target::parse(&args.url, args.profile, wait)?;
    let user = UserName::parse(&args.user)
        .map_err(|error| CliError::usage(format!("bad value for `--user`: {error}")))?;
    let selection = CHECK.choose(None, context.output.format())?;
    let authority = context.authority()?;

    let tokens = ThrowAway::issue(&authority, &user, context)?;
    let probed = probe(&target, &tokens, context);
    // Whatever came of it; a failure to remove them is what the operator has to know first.
    remove(tokens.ids(), &authority, context)?;
    let checks = probed?;

    let failed = checks.iter().filter(|check| !check.passed).count();
    let mut records = context.output.records(selection);
    for check in &checks {
        let row: [Cell; 4] = [
            check.name.into(),
            check.expected.as_str().into(),
            check.answer.clone().into(),
            check.passed.into(),
        ];
        records.push(&row)?;
    }
    records.finish()?;
    let passed = checks.len().saturating_sub(failed);
    context
        .output
        .status(&format!("{passed} passed, {failed} failed"));
    Ok(if failed == 0 { Exit::Ok } else { Exit::Found })
}

/// One request and what came of it.
struct Check {
    name: &'static str,
    expected: Expected,
    answer: String,
    passed: bool,
}

fn probe(target: &Target, tokens: &ThrowAway, context: &Context) -> anyhow::Result<Vec<Check>> {
    let secrets = tokens.secrets();
    let yes = if target.is_server() {
        Expected::Accepted
    } else {
        Expected::LetThrough
    };
    let mut cases = cases::cases(&secrets, yes);
    if target.is_server() && context.settings.catalogue.value.is_some() {
        cases.extend(cases::ambiguous_paths(&secrets));
    }
    let mut checks = Vec::with_capacity(cases.len());
    for case in &cases {
        let check = run_case(target, case);
        // Where nobody answers the first, the rest says nothing.
        match check {
            Err(error) if checks.is_empty() => return Err(unreachable(&error).into()),
            Err(error) => checks.push(Check {
                name: case.name,
                expected: case.expected,
                answer: format!("none: {error}"),
                // Who hangs up lets nothing through; of who does not answer in time that is not known.
                passed: matches!(case.expected, Expected::Refused | Expected::Closed)
                    && has_hung_up(&error),
            }),
            Ok(check) => checks.push(check),
        }
    }
    if checks.first().is_some_and(|check| !check.passed) {
        context.output.hint(
            "the good token was refused: does the server read this store, and may such a token read this path?",
        );
    }
    Ok(checks)
}

fn run_case(target: &Target, case: &Case) -> io::Result<Check> {
    let answer = target.ask(&case.ask)?;
    Ok(Check {
        name: case.name,
        expected: case.expected,
        answer: answer.status.to_string(),
        passed: case.expected.is_met_by(&answer),
    })
}

fn has_hung_up(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionReset | UnexpectedEof)
}

/// Three tokens that end by themselves should they not be removed.
struct ThrowAway {
    live: Issued,
    expired: Issued,
    revoked: Issued,
}

impl ThrowAway {
    /// Issues them; when one cannot be, those that are there already are removed again.
    fn issue(authority: &Authority, user: &UserName, context: &Context) -> anyhow::Result<Self> {
        let mut ids = Vec::new();
        let issued = Self::issue_all(authority, user, context, &mut ids);
        if issued.is_err() && !ids.is_empty() {
            // The first error is the one to tell; they end by themselves besides.
            let _ = remove(ids, authority, context);
        }
        issued
    }

    fn issue_all(
        authority: &Authority,
        user: &UserName,
        context: &Context,
        ids: &mut Vec<TokenId>,
    ) -> anyhow::Result<Self> {
        let mut issue = |lifetime: SignedDuration| {
            let request = IssueRequest {
                add_user: authority.store().find_user(user)?.is_none(),
                ..IssueRequest::new(NewToken {
                    expires_at: context.now().checked_add(lifetime).ok(),
                    note: FreeText::parse("probe: removed when it ends").unwrap_or_default(),
                    ..NewToken::new(user.clone(), Preset::ReadOnly.policy())
                })
            };
            let (actor, now) = (context.actor(), context.now());
            let issued = authority.issue(&request, &actor, &mut OsEntropy, now)?;
            ids.push(issued.token.id);
            Ok::<_, anyhow::Error>(issued)
        };
        let tokens = Self {
            live: issue(LIFETIME)?,
            expired: issue(SignedDuration::ZERO)?,
            revoked: issue(LIFETIME)?,
        };
        let revoked = Tokens::Ids(vec![tokens.revoked.token.id]);
        let reason = FreeText::parse("probe").unwrap_or_default();
        let (actor, now) = (context.actor(), context.now());
        authority.revoke(revoked, reason, &actor, now, Mode::Commit)?;
        Ok(tokens)
    }

    fn secrets(&self) -> Secrets<'_> {
        Secrets {
            live: &self.live.secret,
            expired: &self.expired.secret,
            revoked: &self.revoked.secret,
        }
    }

    fn ids(&self) -> Vec<TokenId> {
        [&self.live, &self.expired, &self.revoked]
            .map(|issued| issued.token.id)
            .to_vec()
    }
}

/// Revokes tokens, and takes them out of the store.
fn remove(ids: Vec<TokenId>, authority: &Authority, context: &Context) -> Result<(), ChangeError> {
    let changes = [
        Change::Revoke {
            tokens: Tokens::Ids(ids.clone()),
            reason: FreeText::parse("probe").unwrap_or_default(),
        },
        Change::Prune {
            tokens: Tokens::Ids(ids),
            dead_by: context.now(),
        },
    ];
    let (actor, now) = (context.actor(), context.now());
    authority
        .store()
        .apply(&changes, &actor, now, Mode::Commit)
        .map(|_| ())
}
