//! What backups that were made beside a crowd have in them.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::selector::{Listing, Selector};
use tokenctl::store::{Location, OpenOptions};
use tokenctl::token::TokenState;
use tokenctl::token_id::TokenId;

use super::log::Log;
use super::register::{History, Seen, Span};
use super::worker::id_of;
use crate::attempt::Faults;
use crate::claim::{Findings, Goal};

/// How many tokens are listed at once.
const PAGE: usize = 10_000;

pub(super) struct Backup {
    pub(super) path: PathBuf,
    /// Of the command that made it.
    pub(super) span: Span,
}

/// What became of each token of a crowd, by its id.
pub(super) struct Histories(HashMap<TokenId, History>);

impl Histories {
    pub(super) fn of(writers: &[Log], seed: u64) -> anyhow::Result<Self> {
        let by_name = super::histories(writers).into_iter();
        let by_id = by_name.map(|(name, history)| Ok((id_of(name, seed)?, history)));
        Ok(Self(by_id.collect::<anyhow::Result<_>>()?))
    }

    /// Adds a token that was issued by a command.
    pub(super) fn add(&mut self, id: &str, issue: Span) -> anyhow::Result<()> {
        let history = self.0.entry(TokenId::parse(id)?).or_default();
        history.issued(issue);
        Ok(())
    }
}

/// What was found in all backups.
#[derive(Default)]
pub(super) struct Tally {
    backups: usize,
    tokens: usize,
    damaged: Faults,
    untrue: Faults,
}

impl Tally {
    /// Looks into each of `backups`. It is as if all its tokens had been verified at one moment of its making: what was
    /// acknowledged before is in it, and what began after is not.
    pub(super) fn add(
        &mut self,
        backups: &[Backup],
        mut histories: Histories,
    ) -> anyhow::Result<()> {
        self.backups += backups.len();
        for backup in backups {
            let path = backup.path.to_str().context("not UTF-8")?;
            let location = Location::parse(path)?;
            let now = SystemClock.now();
            let mut go_on = |_| ControlFlow::Continue(());
            let found = location.check(&OpenOptions::default(), now, &mut go_on)?;
            if found.worst().is_some() {
                self.damaged.add(|| format!("{found:?}"));
                continue;
            }
            let states = states(&location)?;
            self.tokens += states.len();
            for (id, history) in &mut histories.0 {
                let seen = states.get(id).copied().unwrap_or(Seen::Absent);
                history.verified(backup.span, seen);
            }
        }
        for (id, history) in &histories.0 {
            if history.judge().are_any() {
                self.untrue.add(|| id.to_string());
            }
        }
        Ok(())
    }

    pub(super) fn tell(&self, length: Duration, findings: &mut Findings) {
        let name = "backups that were made beside the writers and commands";
        findings.measure(name, self.backups, Goal::AtLeast(1.0));
        let rate = self.backups as f64 / length.as_secs_f64();
        findings.count("of these, in each second", rate);
        findings.count("tokens in them whose state was compared", self.tokens);
        for (name, faults) in [
            ("backups in which `check` finds anything", &self.damaged),
            (
                "tokens of which a backup lacks what was acknowledged before it, or has what came after",
                &self.untrue,
            ),
        ] {
            faults.tell(name, findings);
        }
    }
}

/// Returns the state of each token in the store at `location`.
fn states(location: &Location) -> anyhow::Result<HashMap<TokenId, Seen>> {
    let store = location.open(OpenOptions::default())?;
    let now = SystemClock.now();
    let mut listing = Listing::of(Selector::default());
    let mut states = HashMap::new();
    loop {
        let page = store.list(&listing, now, PAGE)?;
        listing.after = page.last().map(|token| token.id);
        let is_last = page.len() < PAGE;
        states.extend(page.into_iter().map(|token| match token.state(now) {
            TokenState::Active => (token.id, Seen::Live),
            _ => (token.id, Seen::Dead),
        }));
        if is_last {
            return Ok(states);
        }
    }
}
