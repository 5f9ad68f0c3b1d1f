use tokenctl::outcome::{OutcomeCode, Refusal};
use tokenctl::policy::{Access, Policy};
use tokenctl::token::Token;

use super::cell::Cell;
use super::context::Context;
use super::exit::Exit;
use super::method;
use super::object::Object;
use super::output::{Format, OrGone as _};
use super::records::Columns;

#[derive(clap::Args)]
#[command(
    long_about = "Say whether a token may do something: yes or no.\n\nThe state of the token counts first: a dead one may do nothing. The \
                  exit code is 0 for yes, 14 when the policy says no, and that of verify when the token is dead. Its \
                  networks are not asked: there is no client. Without a resource the rules for all resources are \
                  asked. With --list everything that its policy speaks of is listed; the exit code is that of verify when the \
                  token is dead, 14 when its policy is damaged, and 0 otherwise.",
    after_help = "Examples:\n  tokenctl can 7gk2m9x4qd GET\n  tokenctl can 7gk2m9x4qd DELETE review/42\n  tokenctl can 7gk2m9x4qd --list"
)]
pub(crate) struct Args {
    /// The id of the token, or the first 4 characters of it or more
    #[arg(value_name = "ID")]
    id: String,

    /// The method, in upper case
    #[arg(value_name = "METHOD", value_parser = method::parse, required_unless_present = "list")]
    method: Option<String>,

    /// The resource, and after a `/` an object of it
    #[arg(value_name = "RESOURCE[/OBJECT]", value_parser = Object::parse)]
    object: Option<Object>,

    /// List all that the policy speaks of, allowed or not
    #[arg(long, conflicts_with_all = ["method", "object"])]
    list: bool,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let token = context.authority()?.resolve(&args.id)?;
    let Some(method) = &args.method else {
        return list(&token, context);
    };
    if let Some(why) = dead(&token, context) {
        let told = format!("The token may do nothing: {why}");
        return answer(context, None, why.as_str(), &told, why);
    }
    let (resource, id) = match &args.object {
        None => (None, None),
        Some(object) => (Some(object.resource.as_str()), object.id.as_deref()),
    };
    if [resource, id]
        .into_iter()
        .flatten()
        .any(|name| name.contains(':'))
    {
        context
            .output
            .hint("an object is named RESOURCE/OBJECT, such as `review/42`");
    }
    let policy = match token.policy.read() {
        Ok(policy) => policy,
        Err(error) => {
            let told = format!("The stored policy is damaged: {error}");
            let code = OutcomeCode::PolicyUnreadable;
            return answer(context, None, code.as_str(), &told, code);
        }
    };
    let decision = policy.decide(&Access {
        method,
        resource,
        id,
    });
    let (why, told) = match decision.rule.as_deref() {
        Some(rule) => (rule, format!("Decided by {rule}")),
        None => (
            "no rule: allowed by default",
            "No rule speaks of it: allowed by default".to_owned(),
        ),
    };
    let code = if decision.allowed {
        OutcomeCode::Accepted
    } else {
        OutcomeCode::DeniedByRule
    };
    if decision.allowed && token.networks.is_some() {
        context
            .output
            .hint("only from its networks; `tokenctl show` names them");
    }
    answer(context, decision.rule.as_deref(), why, &told, code)
}

/// Returns why a token can do nothing at all, state before owner, as in a login.
fn dead(token: &Token, context: &Context) -> Option<OutcomeCode> {
    match Refusal::by_state(token.state(context.now())) {
        Some(refusal) => Some(refusal.code),
        None => token.owner.disabled_at.map(|_| OutcomeCode::UserDisabled),
    }
}

/// Prints yes or no, on stdout for people and with `why` for machines; people are `told` why on stderr.
fn answer(
    context: &Context,
    rule: Option<&str>,
    why: &str,
    told: &str,
    code: OutcomeCode,
) -> anyhow::Result<Exit> {
    let allowed = code == OutcomeCode::Accepted;
    match context.output.format() {
        Format::Json | Format::Jsonl => {
            let answer = serde_json::json!({ "allowed": allowed, "rule": rule, "why": why });
            context.output.json(&answer).or_gone()?;
        }
        Format::Table | Format::Csv => {
            context
                .output
                .line(if allowed { "yes" } else { "no" })
                .or_gone()?;
            context.output.status(told);
        }
    }
    Ok(code.into())
}

const CELL: Columns = Columns {
    all: &["access", "allowed", "rule"],
    table: &["access", "allowed", "rule"],
};

fn list(token: &Token, context: &Context) -> anyhow::Result<Exit> {
    let dead = dead(token, context);
    if let Some(why) = dead {
        context
            .output
            .warning(&format!("the token may do nothing: {why}"));
    }
    let policy = token.policy.read();
    if let Err(error) = &policy {
        let output = &context.output;
        output.warning(&format!("the stored policy is damaged: {error}"));
        output.hint("such a token may do nothing; replace its policy or revoke it");
    }
    let mut records = context
        .output
        .records(CELL.choose(None, context.output.format())?);
    for (cell, decision) in policy.iter().flat_map(Policy::cells) {
        let row: [Cell; 3] = [
            cell.to_string().into(),
            decision.allowed.into(),
            decision.rule.into(),
        ];
        records.push(&row)?;
    }
    records.finish()?;
    let no = dead.or(policy.err().map(|_| OutcomeCode::PolicyUnreadable));
    Ok(no.map_or(Exit::Ok, Exit::from))
}
