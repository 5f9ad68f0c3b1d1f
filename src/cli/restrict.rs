use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tokenctl::authority::Authority;
use tokenctl::change::{Applied, Mode, Target};
use tokenctl::network::Networks;
use tokenctl::policy::{Policy, Preset, Rule};
use tokenctl::restriction::{PolicyRestriction, Restriction, Widening};
use tokenctl::selector::Listing;
use tokenctl::store::ChangeError;
use tokenctl::token::Token;
use tokenctl::token_id::TokenId;

use super::context::Context;
use super::exit::{CliError, Exit};
use super::mask::refuse_token;
use super::output::Voice;
use super::policy_file;
use super::selectors::Selectors;
use super::token_record;
use super::user::count;
use super::when::{self, Expiry};

/// How many changed cells are shown of one token.
const SHOWN: usize = 40;

/// What a rule looks like.
const RULE_HINT: &str =
    "a rule is `[RESOURCE[/ID]:]METHOD[,METHOD...]`, such as `GET,HEAD` or `review/42:*`";

/// What a table shows of each token.
const TABLE: &str = "id,user,state,expires_at,networks,policy";

#[derive(clap::Args)]
#[command(
    long_about = "Take rights, networks or time away from tokens.\n\nThe new rights are what both the old policy and the flags \
                  allow; networks are narrowed to what both have, and the earlier end counts. What changes is shown \
                  before and after. There is no way back but --allow-widening, which is for the policy alone.\n\n\
                  With --policy the document itself becomes the policy when it only narrows; one that would allow \
                  anything new is refused (exit 4), naming an access that it would. --intersect takes what both \
                  allow instead.\n\nBy id nothing is asked, and a token that somebody changes meanwhile is left alone \
                  (exit 4). Without flags that restrict, a terminal offers a menu.",
    after_help = "Examples:\n  tokenctl restrict 7gk2m9x4qd --read-only --network 198.51.100.0/24 --expires 7d\n  \
                  tokenctl restrict 7gk2m9x4qd --allow review:GET,HEAD\n  \
                  tokenctl restrict 7gk2m9x4qd --block DELETE --dry-run\n  \
                  tokenctl restrict 7gk2m9x4qd --policy narrower.json\n  \
                  tokenctl restrict --user alice --read-only --yes\n\n\
                  Rules:\n  GET,HEAD      these methods on everything\n  review:POST   POST on the resource and each of its objects\n  \
                  review/42:*   every method on review 42\n  \
                  --allow alone leaves that and nothing else, --block alone all but that,\n  \
                  both together what is allowed and not blocked."
)]
#[command(group = clap::ArgGroup::new("rights"))]
pub(crate) struct Args {
    /// The id of the token, or the first 4 characters of it or more
    #[arg(value_name = "ID")]
    id: Option<String>,

    /// Leave GET, HEAD and OPTIONS and nothing else
    #[arg(long, group = "rights")]
    read_only: bool,

    /// Make the policy in this file the policy of the token; `-` reads stdin
    #[arg(long, value_name = "FILE|-", group = "rights")]
    policy: Option<PathBuf>,

    /// Leave what both the old policy and the file allow
    #[arg(long, requires = "policy", conflicts_with_all = ["allow_widening", "read_only", "allow", "block"])]
    intersect: bool,

    /// Take the file as it is, also where it allows what was not allowed before
    // What conflicts with --policy has to be named: clap does not require what cannot be there.
    #[arg(long, requires = "policy", conflicts_with_all = ["read_only", "allow", "block"])]
    allow_widening: bool,

    /// Leave what a rule allows, such as `review:GET`, and nothing else (can be repeated)
    #[arg(long, value_name = "RULE", conflicts_with = "rights")]
    allow: Vec<String>,

    /// Take away what a rule says, such as `DELETE` (can be repeated)
    #[arg(long, value_name = "RULE", conflicts_with = "rights")]
    block: Vec<String>,

    /// Refuse the token from elsewhere than this network (can be repeated)
    #[arg(long, value_name = "CIDR")]
    network: Vec<String>,

    /// End the token at this time or after this duration, unless it ends before
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    expires: Option<String>,

    /// Show what would change, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask before tokens that were chosen by flags are restricted
    #[arg(short, long)]
    yes: bool,

    /// Restrict every token of the store
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    selectors: Selectors,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let selects = args.all || !args.selectors.is_empty();
    if args.id.is_some() == selects {
        return Err(CliError::usage(match selects {
            true => "an id cannot be used together with flags that choose tokens",
            false => "no token is named",
        })
        .with_hint(
            "name an id, or choose tokens with flags such as `--user NAME`; all of them is `--all`",
        )
        .into());
    }
    if args.selectors.reads_stdin() && args.policy.as_deref() == Some(Path::new("-")) {
        return Err(CliError::usage(
            "stdin cannot be both the ids of `--ids-from` and the document of `--policy`",
        )
        .with_hint("name a file with `--policy`")
        .into());
    }
    let asked = restriction(&args, context)?;
    let authority = context.authority()?;
    match &args.id {
        Some(id) => one(&args, id, asked, &authority, context),
        None => many(&args, asked, &authority, context),
    }
}

/// Reads the flags; `None` when none of them restricts anything.
fn restriction(args: &Args, context: &Context) -> anyhow::Result<Option<Restriction>> {
    let bad = |flag: &str, error: &dyn std::fmt::Display| {
        CliError::usage(format!("bad value for `{flag}`: {error}"))
    };
    let mut restriction = Restriction::default();
    if args.read_only {
        restriction.policy = Some(PolicyRestriction::Intersect(Policy::read_only()));
    } else if let Some(path) = &args.policy {
        let policy = policy_file::read(path, context)?;
        let widening = if args.allow_widening {
            Widening::Allowed
        } else {
            Widening::Refused
        };
        restriction.policy = Some(match args.intersect {
            true => PolicyRestriction::Intersect(policy),
            false => PolicyRestriction::Replace { policy, widening },
        });
    } else if !args.allow.is_empty() || !args.block.is_empty() {
        let rules = |flag: &str, texts: &[String]| -> Result<Vec<Rule>, CliError> {
            texts
                .iter()
                .map(|text| {
                    refuse_token("a rule", text)?;
                    Rule::parse(text).map_err(|error| bad(flag, &error).with_hint(RULE_HINT))
                })
                .collect()
        };
        let policy = Policy::from_rules(
            &rules("--allow", &args.allow)?,
            &rules("--block", &args.block)?,
        )
        .map_err(|error| bad("--allow", &error))?;
        if let Err(faults) = policy_file::check(policy.as_str(), context)
            && let Some(first) = faults.first()
        {
            return Err(CliError::usage(format!("bad rule: {}", first.message)).into());
        }
        restriction.policy = Some(PolicyRestriction::Intersect(policy));
    }
    if !args.network.is_empty() {
        restriction.networks =
            Some(Networks::parse(&args.network).map_err(|error| bad("--network", &error))?);
    }
    if let Some(text) = &args.expires {
        match when::parse_expiry(text, context.now())
            .map_err(|error| error.of_argument("--expires"))?
        {
            Expiry::At(end) => restriction.expires_at = Some(end),
            Expiry::Never => {
                return Err(CliError::usage(
                    "bad value for `--expires`: a restriction needs an end",
                )
                .with_hint("leave `--expires` out to keep the end as it is")
                .into());
            }
        }
    }
    let some = restriction.policy.is_some()
        || restriction.networks.is_some()
        || restriction.expires_at.is_some();
    Ok(some.then_some(restriction))
}

fn one(
    args: &Args,
    id: &str,
    asked: Option<Restriction>,
    authority: &Authority,
    context: &Context,
) -> anyhow::Result<Exit> {
    let before = authority.resolve(id)?;
    // What was looked at is what is restricted: a change in between is told, and nothing is done.
    let target = Target::Revisions(vec![(before.id, before.revision)]);
    let chosen_by_menu = asked.is_none();
    let restriction = match asked {
        Some(restriction) => restriction,
        None => ask(context)?,
    };
    let apply = |mode| apply(&target, &restriction, authority, context, mode);
    let planned = apply(Mode::DryRun)?;
    let after = planned.tokens.first().map(|hit| &hit.record);
    let after = after.context("a token that is there was not restricted")?;
    let show = |voice: Voice<'_>| show_change(voice, &before, after);
    if args.dry_run {
        show(context.output.voice());
        context.output.status("Dry run: nothing was done.");
        token_record::print_hits(context, &planned, TABLE)?;
        return Ok(Exit::Ok);
    }
    if chosen_by_menu && token_record::is_any_changed(&planned) {
        context.confirm("Restrict the token?", |voice| {
            token_record::show_token(voice, &before);
            show(voice);
        })?;
    } else {
        show(context.output.voice());
    }
    let applied = apply(Mode::Commit)?;
    finish(context, &applied)
}

fn many(
    args: &Args,
    asked: Option<Restriction>,
    authority: &Authority,
    context: &Context,
) -> anyhow::Result<Exit> {
    let Some(restriction) = asked else {
        return Err(no_restriction().into());
    };
    let mut selector = args.selectors.resolve(context, authority)?;
    selector.all = args.all;
    let target = Target::Matching(selector.clone());
    let apply = |mode| apply(&target, &restriction, authority, context, mode);
    if args.dry_run {
        let planned = apply(Mode::DryRun)?;
        let after: HashMap<TokenId, &Token> = planned
            .tokens
            .iter()
            .map(|hit| (hit.record.id, &hit.record))
            .collect();
        // Read on its own, so that another change may lie in between: tokens are paired by their ids.
        for before in authority.list(Listing::of(selector), context.now()) {
            let before = before?;
            if let Some(after) = after.get(&before.id) {
                show_change(context.output.voice(), &before, after);
            }
        }
        token_record::print_hits(context, &planned, TABLE)?;
        context.output.status(&format!(
            "Would restrict {}; nothing was done.",
            summary(&planned)
        ));
        return Ok(Exit::Ok);
    }
    if !args.yes {
        let planned = apply(Mode::DryRun)?;
        if !token_record::is_any_changed(&planned) {
            return finish(context, &planned);
        }
        context.confirm("Restrict these tokens?", |voice| {
            token_record::show_hit(voice, &planned);
            voice.status(&format!("About to restrict {}.", summary(&planned)));
        })?;
    }
    let applied = apply(Mode::Commit)?;
    finish(context, &applied)
}

fn apply(
    target: &Target,
    restriction: &Restriction,
    authority: &Authority,
    context: &Context,
    mode: Mode,
) -> Result<Applied, ChangeError> {
    authority.restrict(
        target.clone(),
        restriction.clone(),
        &context.actor(),
        context.now(),
        mode,
    )
}

fn no_restriction() -> CliError {
    CliError::usage("no restriction is named").with_hint(
        "pass `--read-only`, `--allow RULE`, `--block RULE`, `--policy FILE`, `--network CIDR` or `--expires WHEN`",
    )
}

/// Lets the operator choose a preset.
fn ask(context: &Context) -> anyhow::Result<Restriction> {
    let Some(prompt) = context.prompt() else {
        return Err(no_restriction().into());
    };
    let presets: Vec<&Preset> = Preset::ALL
        .iter()
        .filter(|preset| !preset.policy().is_full_access())
        .collect();
    let items: Vec<String> = presets
        .iter()
        .map(|preset| format!("{}: {}", preset.name(), preset.description()))
        .collect();
    let chosen = prompt.choose("What shall the token be restricted to?", &items)?;
    let policy = presets.get(chosen).map(|preset| preset.policy());
    let mut restriction = Restriction::default();
    restriction.policy = policy.map(PolicyRestriction::Intersect);
    Ok(restriction)
}

fn finish(context: &Context, applied: &Applied) -> anyhow::Result<Exit> {
    token_record::print_done(context, applied, TABLE)?;
    context
        .output
        .status(&format!("Restricted {}.", summary(applied)));
    Ok(Exit::Ok)
}

fn summary(applied: &Applied) -> String {
    let changed = applied.tokens.iter().filter(|hit| hit.changed).count();
    match applied.tokens.len() - changed {
        0 => count(changed, "token"),
        same => format!(
            "{} ({same} unchanged: nothing to take away)",
            count(changed, "token")
        ),
    }
}

/// Says what becomes of a token: each group of accesses, the networks and the end, before and after.
fn show_change(voice: Voice<'_>, before: &Token, after: &Token) {
    let mut lines = Vec::new();
    let word = |allowed: bool| if allowed { "allowed" } else { "refused" }.to_owned();
    match (before.policy.read(), after.policy.read()) {
        (Ok(old), Ok(new)) => lines.extend(old.diff(&new).map(|change| {
            let (before, after) = (change.before.allowed, change.after.allowed);
            (change.cell.to_string(), word(before), word(after))
        })),
        // A damaged policy refuses everything.
        (Err(_), Ok(new)) => lines.extend(
            new.cells()
                .filter(|(_, decision)| decision.allowed)
                .map(|(cell, _)| (cell.to_string(), word(false), word(true))),
        ),
        (_, Err(_)) => {}
    }
    let has_other_words = lines.is_empty() && before.policy.as_str() != after.policy.as_str();
    let more = lines.len().saturating_sub(SHOWN);
    lines.truncate(SHOWN);
    if before.networks != after.networks {
        let words = |token: &Token| {
            token
                .networks
                .as_ref()
                .map_or("anywhere".to_owned(), ToString::to_string)
        };
        lines.push(("networks".to_owned(), words(before), words(after)));
    }
    if before.expires_at != after.expires_at {
        let words = |token: &Token| {
            token
                .expires_at
                .map_or("never".to_owned(), |end| end.to_string())
        };
        lines.push(("end".to_owned(), words(before), words(after)));
    }
    voice.status(&format!("Token {} of {}:", before.id, before.owner.name));
    if has_other_words {
        voice.status("  the policy is written anew, and allows the same as before");
    } else if lines.is_empty() {
        voice.status("  nothing changes");
    }
    for (access, before, after) in lines {
        voice.status(&format!("  {access}: {before} -> {after}"));
    }
    if more > 0 {
        voice.status(&format!("  and {more} more"));
    }
}
