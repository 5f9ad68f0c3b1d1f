//! Tokens that are named by id or chosen by flags, and a change that hits all of them together.

use tokenctl::authority::Authority;
use tokenctl::change::{Applied, Mode, Target};
use tokenctl::token::Token;

use super::context::Context;
use super::exit::{CliError, Exit};
use super::selectors::Selectors;
use super::token_record;
use super::user::count;

/// The arguments that say which tokens a change is about, and whether it is made.
#[derive(clap::Args)]
pub(crate) struct Choice {
    /// The id of each token, or at least its first 4 characters
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,

    /// Show what would be hit, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask; needed where a question is asked and there is no terminal
    #[arg(short, long)]
    yes: bool,

    /// Choose every token of the store
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    selectors: Selectors,
}

/// When the operator is asked before a change is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    /// Always: there is no way back.
    Always,
    /// Where tokens are chosen by flags.
    BySelector,
}

/// A change in words.
pub(crate) struct Deed {
    /// As in "would VERB 1 token".
    pub(crate) verb: &'static str,
    /// As in "DONE 1 token".
    pub(crate) done: &'static str,
    /// What is asked.
    pub(crate) question: &'static str,
    /// When it is asked.
    pub(crate) asks: Asks,
    /// What a table shows of each token.
    pub(crate) table: &'static str,
}

impl Choice {
    /// Returns whether flags choose the tokens.
    pub(crate) fn is_by_selector(&self) -> bool {
        self.all || !self.selectors.is_empty()
    }

    /// Refuses a choice that names nothing, or in two ways.
    pub(crate) fn check(&self) -> Result<(), CliError> {
        let named = !self.ids.is_empty();
        if named != self.is_by_selector() {
            return Ok(());
        }
        Err(CliError::usage(match named {
            true => "ids cannot be used together with flags that choose tokens",
            false => "no token is named",
        })
        .with_hint(
            "name ids, or choose tokens with flags such as `--user NAME`; all of them is `--all`",
        ))
    }

    /// Finds the tokens.
    pub(crate) fn target(
        &self,
        context: &Context,
        authority: &Authority,
    ) -> anyhow::Result<Target> {
        if self.ids.is_empty() {
            let mut selector = self.selectors.resolve(context, authority)?;
            selector.all = self.all;
            return Ok(Target::Matching(selector));
        }
        let ids = self.ids.iter();
        let ids = ids.map(|text| authority.resolve(text).map(|token| token.id));
        Ok(Target::Ids(ids.collect::<Result<_, _>>()?))
    }

    /// Shows, asks and makes the change that `apply` is, as far as the flags say.
    ///
    /// `summary` says in words what was hit. Where nothing is there to change, nothing is asked.
    pub(crate) fn carry_out<E>(
        &self,
        deed: &Deed,
        context: &Context,
        apply: impl Fn(Mode) -> Result<Applied, E>,
        summary: impl Fn(&Applied) -> String,
    ) -> anyhow::Result<Exit>
    where
        anyhow::Error: From<E>,
    {
        let output = &context.output;
        let told = |applied: &Applied| {
            token_record::print_done(context, applied, deed.table)?;
            output.status(&format!("{} {}.", deed.done, summary(applied)));
            Ok(Exit::Ok)
        };
        if self.dry_run {
            let planned = apply(Mode::DryRun)?;
            token_record::print_hits(context, &planned, deed.table)?;
            let summary = summary(&planned);
            output.status(&format!("Would {} {summary}; nothing was done.", deed.verb));
            return Ok(Exit::Ok);
        }
        if !self.yes && (deed.asks == Asks::Always || self.is_by_selector()) {
            let planned = apply(Mode::DryRun)?;
            if !token_record::is_any_changed(&planned) {
                return told(&planned);
            }
            context.confirm(deed.question, |voice| {
                token_record::show_hit(voice, &planned);
                voice.status(&format!("About to {} {}.", deed.verb, summary(&planned)));
            })?;
        }
        told(&apply(Mode::Commit)?)
    }
}

/// Says how many tokens were hit, and how many were left as they are, by the words that `why` has for each of them.
pub(crate) fn summary<'a>(applied: &Applied, why: impl Fn(&Token) -> &'a str) -> String {
    let changed = applied.tokens.iter().filter(|hit| hit.changed).count();
    let mut kept: Vec<(&str, usize)> = Vec::new();
    for hit in applied.tokens.iter().filter(|hit| !hit.changed) {
        let why = why(&hit.record);
        match kept.iter_mut().find(|(known, _)| *known == why) {
            Some((_, number)) => *number += 1,
            None => kept.push((why, 1)),
        }
    }
    let tokens = count(changed, "token");
    if kept.is_empty() {
        return tokens;
    }
    let kept: Vec<String> = kept
        .iter()
        .map(|(why, number)| format!("{number} {why}"))
        .collect();
    format!("{tokens} ({})", kept.join("; "))
}
