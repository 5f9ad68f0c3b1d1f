//! Pruning: dead tokens are removed, a few at a time.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Authority;
use crate::change::{Actor, Applied, Change, Mode, Target};
use crate::selector::Selector;
use crate::store::{ChangeError, StoreError};
use crate::token_id::TokenId;

/// How many tokens are removed in one transaction: other writers do not wait for long, and the log stays small.
pub const PRUNE_BATCH: usize = 1_000;

impl Authority {
    /// Removes, batch by batch, the tokens of `selector` that have been dead since `dead_by` or longer.
    ///
    /// Nothing is done before the returned iterator is asked for its first batch; what it has yielded is done.
    pub fn prune<'a>(
        &'a self,
        selector: Selector,
        dead_by: Timestamp,
        actor: &'a Actor,
        now: Timestamp,
        mode: Mode,
    ) -> Prune<'a> {
        let dead_by = selector.dead_by.map_or(dead_by, |by| by.min(dead_by));
        Prune {
            authority: self,
            selector: Selector {
                dead_by: Some(dead_by),
                ..selector
            },
            dead_by,
            actor,
            now,
            mode,
            after: None,
        }
    }

    /// Removes these tokens in one transaction, each of which must have been dead since `dead_by` or longer.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing was removed then, unless it is [`StoreError::InDoubt`].
    pub fn prune_ids(
        &self,
        tokens: Vec<TokenId>,
        dead_by: Timestamp,
        actor: &Actor,
        now: Timestamp,
        mode: Mode,
    ) -> Result<Applied, ChangeError> {
        let tokens = Target::Ids(tokens);
        let change = Change::Prune { tokens, dead_by };
        self.store.apply(&[change], actor, now, mode)
    }
}

/// Removes dead tokens, a batch with each step.
#[derive(Debug)]
#[must_use = "nothing is removed unless it is iterated over"]
pub struct Prune<'a> {
    authority: &'a Authority,
    selector: Selector,
    dead_by: Timestamp,
    actor: &'a Actor,
    now: Timestamp,
    mode: Mode,
    /// The place of the last token that was looked up.
    after: Option<i64>,
}

impl Prune<'_> {
    /// Looks up the next batch of the walk.
    fn look_up(&mut self) -> Result<BTreeSet<TokenId>, StoreError> {
        let store = &self.authority.store;
        let page = store.export_tokens(&self.selector, self.after, self.now, PRUNE_BATCH)?;
        self.after = page.last().map(|(place, _)| *place).or(self.after);
        Ok(page.iter().map(|(_, record)| record.token.id).collect())
    }

    /// Removes `batch`, as far as it still is there and what was asked for.
    fn remove(&self, batch: BTreeSet<TokenId>) -> Result<Applied, ChangeError> {
        let selector = Selector {
            ids: Some(batch),
            ..self.selector.clone()
        };
        let change = Change::Prune {
            tokens: Target::Matching(selector),
            dead_by: self.dead_by,
        };
        self.authority
            .store
            .apply(&[change], self.actor, self.now, self.mode)
    }

    fn step(&mut self) -> Result<Option<Applied>, ChangeError> {
        loop {
            let batch = self.look_up()?;
            if batch.is_empty() {
                return Ok(None);
            }
            let applied = self.remove(batch)?;
            // Somebody else may have removed all of them meanwhile.
            if !applied.tokens.is_empty() {
                return Ok(Some(applied));
            }
        }
    }
}

impl Iterator for Prune<'_> {
    type Item = Result<Applied, ChangeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}
