use tokenctl::authority::Authority;
use tokenctl::change::{Applied, Mode, Target};
use tokenctl::text::FreeText;

use super::context::Context;
use super::exit::{CliError, Exit};
use super::identify::{dash, read_secret};
use super::mask::refuse_token;
use super::selectors::Selectors;
use super::token_record;
use super::user::count;

/// What a table shows of each token.
const TABLE: &str = "id,user,state,revoked_at,revoked_reason,last_used_at,note";

#[derive(clap::Args)]
#[command(
    long_about = "Revoke tokens so that they are refused from now on, for good.\n\nTokens are named by id, by their secret on stdin, or \
                  chosen by flags; all together are revoked, or none. What would be hit is shown before the question. \
                  Revoking a revoked token succeeds, and keeps its first date and reason.",
    after_help = "Examples:\n  tokenctl revoke 7gk2m9x4qd --reason 'left the team'\n  \
                  tokenctl revoke --secret - --yes --reason leaked < found.txt\n  \
                  tokenctl revoke --user alice --unused-for 90d --dry-run"
)]
pub(crate) struct Args {
    /// The id of each token, or at least its first 4 characters
    #[arg(value_name = "ID")]
    ids: Vec<String>,

    /// Revoke the token whose secret, or whole header, is read from stdin
    #[arg(long, value_name = "-", value_parser = dash, conflicts_with = "ids")]
    secret: Option<String>,

    /// Keep this reason with the tokens; operators see it, clients do not
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    reason: String,

    /// Show what would be revoked, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask; needed where there is no terminal
    #[arg(short, long)]
    yes: bool,

    /// Revoke every token of the store
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    selectors: Selectors,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let reason = FreeText::parse(args.reason.as_str())
        .map_err(|error| CliError::usage(format!("bad value for `--reason`: {error}")))?;
    refuse_token("the reason", reason.as_str())?;
    let selects = args.all || !args.selectors.is_empty();
    let named = !args.ids.is_empty() || args.secret.is_some();
    if named == selects {
        return Err(CliError::usage(match named {
            true => "ids or a secret cannot be used together with flags that choose tokens",
            false => "no token is named",
        })
        .with_hint("name ids, or `--secret -`, or choose tokens with flags such as `--user NAME`; all of them is `--all`")
        .into());
    }
    let secret = args
        .secret
        .as_ref()
        .map(|_| read_secret(context))
        .transpose()?;
    let authority = context.authority()?;
    let target = match secret {
        Some(secret) => Target::Ids(vec![authority.identify(&secret)?.id]),
        None => target(&args, context, &authority)?,
    };
    let actor = context.actor();
    let apply =
        |mode| authority.revoke(target.clone(), reason.clone(), &actor, context.now(), mode);

    if args.dry_run {
        let planned = apply(Mode::DryRun)?;
        token_record::print_hits(context, &planned, TABLE)?;
        context.output.status(&format!(
            "Would revoke {}; nothing was done.",
            summary(&planned)
        ));
        return Ok(Exit::Ok);
    }
    if !args.yes {
        if context.prompt().is_some() {
            show_plan(context, &apply(Mode::DryRun)?);
        }
        context.confirm("Revoke for good?")?;
    }
    let applied = apply(Mode::Commit)?;
    token_record::print_done(context, &applied, TABLE)?;
    context
        .output
        .status(&format!("Revoked {}.", summary(&applied)));
    Ok(Exit::Ok)
}

fn target(args: &Args, context: &Context, authority: &Authority) -> anyhow::Result<Target> {
    if args.ids.is_empty() {
        let mut selector = args.selectors.resolve(context, authority)?;
        selector.all = args.all;
        return Ok(Target::Matching(selector));
    }
    let mut ids = Vec::with_capacity(args.ids.len());
    for text in &args.ids {
        let id = authority.resolve(text)?.id;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(Target::Ids(ids))
}

fn summary(applied: &Applied) -> String {
    let changed = applied.tokens.iter().filter(|hit| hit.changed).count();
    let before = applied.tokens.len() - changed;
    match before {
        0 => count(changed, "token"),
        before => format!(
            "{} ({before} revoked before, first date and reason kept)",
            count(changed, "token")
        ),
    }
}

/// Shows on stderr what is about to be hit.
fn show_plan(context: &Context, planned: &Applied) {
    token_record::show_hit(context, planned);
    context
        .output
        .status(&format!("About to revoke {}.", summary(planned)));
}
