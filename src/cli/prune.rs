use jiff::Timestamp;
use tokenctl::authority::{Authority, PRUNE_BATCH};
use tokenctl::change::{Actor, Applied, Mode};
use tokenctl::selector::Selector;

use super::context::Context;
use super::exit::{CliError, Exit};
use super::output::{Format, Undelivered};
use super::progress;
use super::records::RecordWriter;
use super::selectors::Selectors;
use super::token_record::{self, TOKEN};
use super::user::count;
use super::when::Period;

/// What a table shows of each token.
const TABLE: &str = "id,user,state,expires_at,revoked_at,last_used_at,note";

#[derive(clap::Args)]
#[command(
    long_about = "Remove tokens that have been revoked, rotated out or expired for long.\n\nA live or suspended token is never removed. What \
                  is left of a removed one keeps its id and its secret from ever being given again, also by an \
                  import, and the history keeps its events; to verify its secret is unknown from then on.\n\n\
                  Tokens are removed in batches, each wholly or not at all, while readers go on. An interrupt ends it \
                  after the batch at hand.",
    after_help = "Examples:\n  tokenctl prune --dry-run\n  tokenctl prune --older-than 1y --yes\n  \
                  tokenctl prune --older-than 30d --state rotated --user deploy --yes"
)]
pub(crate) struct Args {
    /// Remove tokens that have been dead for this long
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "90d",
        allow_hyphen_values = true
    )]
    older_than: String,

    /// Show what would be removed, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask; needed where there is no terminal
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    selectors: Selectors,
}

/// What is to be removed, and by whom.
struct Pruning<'a> {
    authority: &'a Authority,
    selector: Selector,
    dead_by: Timestamp,
    actor: Actor,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let period = Period::parse(&args.older_than);
    let dead_by = period
        .and_then(|period| period.before(context.now()))
        .map_err(|error| error.of_argument("--older-than"))?;
    let authority = context.authority()?;
    let selector = args.selectors.resolve(context, &authority)?;
    context.output.times("tokens", [("dead by", Some(dead_by))]);
    let pruning = Pruning {
        authority: &authority,
        selector,
        dead_by,
        actor: context.actor(),
    };
    if args.dry_run {
        let planned = pruning.carry_out(context, Mode::DryRun)?;
        planned.delivered?;
        context.output.status(&format!(
            "Would remove {}; nothing was done.",
            count(planned.removed, "token")
        ));
        return Ok(Exit::Ok);
    }
    if !args.yes {
        let Some((first, planned)) = pruning.plan(context)? else {
            records(context)?.finish()?;
            context.output.status("Removed 0 tokens.");
            return Ok(Exit::Ok);
        };
        let told = count(planned, "token");
        context.confirm("Remove these tokens for good?", |voice| {
            token_record::show_hit(voice, &first);
            voice.status(&format!("About to remove {told}."));
        })?;
    }
    let done = pruning.carry_out(context, Mode::Commit)?;
    let told = count(done.removed, "token");
    if let Some(exit) = done.interrupted {
        let message = format!("interrupted after {told} had been removed");
        return Err(CliError::new(exit, message)
            .with_hint("the others stay as they are: run it again to go on")
            .into());
    }
    done.delivered.map_err(Undelivered::after_commit)?;
    context.output.status(&format!("Removed {told}."));
    Ok(Exit::Ok)
}

/// Begins to print what is removed.
fn records(context: &Context) -> Result<RecordWriter<'_>, CliError> {
    let output = &context.output;
    let chosen = (output.format() == Format::Table).then_some(TABLE);
    Ok(output.records(TOKEN.choose(chosen, output.format())?))
}

/// What came of it.
struct Pruned {
    removed: usize,
    /// Whether the records have arrived: what is removed stays so.
    delivered: Result<(), Undelivered>,
    /// How the verb ends when a signal has broken it off.
    interrupted: Option<Exit>,
}

impl Pruning<'_> {
    fn batches(
        &self,
        context: &Context,
        mode: Mode,
    ) -> impl Iterator<Item = anyhow::Result<Applied>> {
        let batches = self.authority.prune(
            self.selector.clone(),
            self.dead_by,
            &self.actor,
            context.now(),
            mode,
        );
        batches.map(|batch| Ok(batch?))
    }

    /// Returns the first batch of the tokens that would be removed, and how many there are in all, for somebody who is
    /// to be asked; `None` where there are none.
    fn plan(&self, context: &Context) -> anyhow::Result<Option<(Applied, usize)>> {
        let mut batches = self.batches(context, Mode::DryRun);
        let Some(first) = batches.next().transpose()? else {
            return Ok(None);
        };
        context.somebody()?;
        let planned = batches.try_fold(first.tokens.len(), |planned, batch| {
            batch.map(|batch| planned + batch.tokens.len())
        })?;
        Ok(Some((first, planned)))
    }

    /// Removes batch after batch until the end or an interrupt, and prints the record of each token.
    fn carry_out(&self, context: &Context, mode: Mode) -> anyhow::Result<Pruned> {
        let output = &context.output;
        let mut records = records(context)?;
        let bar = progress::bar(output, "{spinner} {pos} tokens in {elapsed}");
        let mut pruned = Pruned {
            removed: 0,
            delivered: Ok(()),
            interrupted: None,
        };
        for batch in self.batches(context, mode) {
            let batch = batch.inspect_err(|_| {
                bar.finish_and_clear();
                if pruned.removed > 0 && mode == Mode::Commit {
                    let told = count(pruned.removed, "token");
                    output.status(&format!("Removed {told} before that."));
                }
            })?;
            context.warn_of_clock(batch.clock_behind.filter(|_| pruned.removed == 0));
            for hit in &batch.tokens {
                let row = token_record::cells(&hit.record, context.now(), context);
                pruned.delivered = pruned.delivered.and_then(|()| records.push(&row));
            }
            pruned.removed += batch.tokens.len();
            bar.inc(u64::try_from(batch.tokens.len()).unwrap_or(u64::MAX));
            // Behind the last batch there is nothing left to break off.
            if mode == Mode::Commit && batch.tokens.len() == PRUNE_BATCH {
                pruned.interrupted = context.interrupted();
            }
            if pruned.interrupted.is_some() {
                break;
            }
        }
        bar.finish_and_clear();
        pruned.delivered = pruned.delivered.and_then(|()| records.finish());
        Ok(pruned)
    }
}
