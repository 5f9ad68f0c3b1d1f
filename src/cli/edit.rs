use tokenctl::change::{Mode, Target};
use tokenctl::edit::Edit;
use tokenctl::label::Labels;
use tokenctl::text::FreeText;

use super::context::Context;
use super::exit::{CliError, Exit};
use super::mask::refuse_token;
use super::token_record;

/// What a table shows of the token.
const TABLE: &str = "id,user,state,labels,note";

#[derive(clap::Args)]
#[command(
    long_about = "Change the note and the labels of a token.\n\nWhat is not named stays as it is. The state of the token does not \
                  matter: a revoked one can be told more about too. Nothing is asked.",
    after_help = "Examples:\n  tokenctl edit 7gk2m9x4qd --note 'nightly report'\n  \
                  tokenctl edit 7gk2m9x4qd --label team=web --label env=test --remove-label owner\n  \
                  tokenctl edit 7gk2m9x4qd --note ''"
)]
pub(crate) struct Args {
    /// The id of the token, or the first 4 characters of it or more
    #[arg(value_name = "ID")]
    id: String,

    /// Note what the token is for; an empty text takes the note away
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,

    /// Label the token, in the place of a label with the same key (can be repeated)
    #[arg(long, value_name = "KEY=VALUE")]
    label: Vec<String>,

    /// Take the label with this key away (can be repeated)
    #[arg(long, value_name = "KEY")]
    remove_label: Vec<String>,

    /// Show what would be changed, and do nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let edit = edit(&args)?;
    let authority = context.authority()?;
    let target = Target::Ids(vec![authority.resolve(&args.id)?.id]);
    let mode = match args.dry_run {
        true => Mode::DryRun,
        false => Mode::Commit,
    };
    let applied = authority.edit(target, edit, &context.actor(), context.now(), mode)?;
    let output = &context.output;
    let changed = applied.tokens.iter().any(|hit| hit.changed);
    if args.dry_run {
        token_record::print_hits(context, &applied, TABLE)?;
        output.status(match changed {
            true => "Would edit 1 token; nothing was done.",
            false => "Would change nothing: it says so already.",
        });
        return Ok(Exit::Ok);
    }
    token_record::print_done(context, &applied, TABLE)?;
    output.status(match changed {
        true => "Edited 1 token.",
        false => "Nothing was changed: it said so already.",
    });
    Ok(Exit::Ok)
}

fn edit(args: &Args) -> anyhow::Result<Edit> {
    let bad = |flag: &str, error: &dyn std::fmt::Display| {
        CliError::usage(format!("bad value for `{flag}`: {error}"))
    };
    if args.note.is_none() && args.label.is_empty() && args.remove_label.is_empty() {
        return Err(CliError::usage("nothing is named that shall be changed")
            .with_hint("pass `--note TEXT`, `--label KEY=VALUE` or `--remove-label KEY`")
            .into());
    }
    let mut edit = Edit::default();
    if let Some(note) = &args.note {
        refuse_token("the note", note)?;
        edit.note = Some(FreeText::parse(note.as_str()).map_err(|error| bad("--note", &error))?);
    }
    for label in &args.label {
        refuse_token("a label", label)?;
        edit.labels
            .insert(label)
            .map_err(|error| bad("--label", &error))?;
    }
    for key in &args.remove_label {
        let key = Labels::parse_key(key).map_err(|error| bad("--remove-label", &error))?;
        if edit.labels.value(&key).is_some() {
            return Err(CliError::usage(format!(
                "label `{key}` cannot be both written and taken away"
            ))
            .into());
        }
        edit.remove_labels.insert(key);
    }
    Ok(edit)
}
