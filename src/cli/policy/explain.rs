use std::path::PathBuf;

use tokenctl::outcome::OutcomeCode;
use tokenctl::policy::{Access, Policy};

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::method;
use crate::cli::object::parse_name;
use crate::cli::output::{Format, OrGone as _};
use crate::cli::policy_file;

#[derive(clap::Args)]
#[command(
    long_about = "Say what a policy allows, in words or for one access.\n\nWithout --method and --resource the whole policy is told in \
                  words. With them one access is decided: the exit code is 0 when it is allowed and 14 when it is \
                  refused, and the rule that decided is named as a JSON Pointer.",
    after_help = "Examples:\n  tokenctl policy explain deploy.json\n  tokenctl policy explain --token 7gk2m9x4qd\n  \
                  tokenctl policy explain deploy.json --method DELETE --resource review --id 42"
)]
#[command(group = clap::ArgGroup::new("source").required(true))]
pub(super) struct Args {
    /// The file with the policy; `-` reads stdin
    #[arg(value_name = "FILE|-", group = "source")]
    file: Option<PathBuf>,

    /// Explain the policy of this token
    #[arg(long, value_name = "ID", group = "source")]
    token: Option<String>,

    /// Decide about this method [default: GET when a resource is named]
    #[arg(long, value_name = "METHOD", value_parser = parse_name)]
    method: Option<String>,

    /// Decide about this resource
    #[arg(long, value_name = "RESOURCE", value_parser = parse_name)]
    resource: Option<String>,

    /// Decide about this object of the resource
    #[arg(long, value_name = "OBJECT", value_parser = parse_name, requires = "resource")]
    id: Option<String>,
}

pub(super) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let policy = policy(&args, context)?;
    let method = args
        .method
        .as_deref()
        .or(args.resource.is_some().then_some("GET"));
    let Some(method) = method else {
        return tell(&policy, context);
    };
    if method::parse(method).is_err() {
        context.output.warning(&format!(
            "`{method}` is not the method of a request; rules are compared with it as it is written"
        ));
    }
    let access = Access {
        method,
        resource: args.resource.as_deref(),
        id: args.id.as_deref(),
    };
    decide(&policy, &access, context)
}

fn policy(args: &Args, context: &Context) -> anyhow::Result<Policy> {
    if let Some(file) = &args.file {
        return policy_file::read_to_ask(file, context);
    }
    let id = args.token.as_deref().unwrap_or_default();
    let token = context.authority()?.resolve(id)?;
    let name = format!("token {}", token.id);
    Ok(policy_file::stored(token.policy.as_str(), &name)?)
}

fn tell(policy: &Policy, context: &Context) -> anyhow::Result<Exit> {
    let words = policy.in_words();
    if context.output.format() == Format::Table || context.output.format() == Format::Csv {
        for line in &words {
            context.output.line(line)?;
        }
    } else {
        context
            .output
            .json(&serde_json::json!({ "words": words }))?;
    }
    Ok(Exit::Ok)
}

/// Answers one access: the decision and its rule on stdout, the sections that were asked on stderr.
fn decide(policy: &Policy, access: &Access<'_>, context: &Context) -> anyhow::Result<Exit> {
    let decision = policy.decide(access);
    let consulted = policy.explain(access);
    match context.output.format() {
        Format::Json | Format::Jsonl => {
            let answer = serde_json::json!({
                "allowed": decision.allowed,
                "rule": decision.rule,
                "consulted": consulted,
            });
            context.output.json(&answer).or_gone()?;
        }
        Format::Table | Format::Csv => {
            let word = if decision.allowed {
                "allowed"
            } else {
                "refused"
            };
            let rule = decision
                .rule
                .as_deref()
                .unwrap_or("no rule: allowed by default");
            context.output.line(&format!("{word} {rule}")).or_gone()?;
            for section in &consulted {
                context.output.status(&section.to_string());
            }
        }
    }
    Ok(if decision.allowed {
        Exit::Ok
    } else {
        OutcomeCode::DeniedByRule.into()
    })
}
