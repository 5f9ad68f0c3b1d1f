//! Pruning: dead tokens are removed, a few at a time.

use jiff::Timestamp;

use super::Authority;
use crate::change::{Actor, Applied, Change, Mode, Target};
use crate::selector::{Listing, Selector};
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
        let mut listing = Listing::of(selector);
        let dead_by = listing
            .selector
            .dead_by
            .map_or(dead_by, |by| by.min(dead_by));
        listing.selector.dead_by = Some(dead_by);
        Prune {
            authority: self,
            listing,
            dead_by,
            actor,
            now,
            mode,
            next: Next::First,
        }
    }

    /// Removes these tokens in one transaction, each of which must have been dead since `dead_by` or longer.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing was removed then.
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
    listing: Listing,
    dead_by: Timestamp,
    actor: &'a Actor,
    now: Timestamp,
    mode: Mode,
    next: Next,
}

/// What the next step is about.
#[derive(Debug)]
enum Next {
    /// The first tokens there are.
    First,
    /// These, which were looked up while the ones before them were still there to go on from.
    Batch(Vec<TokenId>),
    /// Nothing: it has ended.
    Nothing,
}

impl Prune<'_> {
    /// Looks up the next batch of the walk.
    fn look_up(&mut self) -> Result<Vec<TokenId>, StoreError> {
        let page = self
            .authority
            .store
            .list(&self.listing, self.now, PRUNE_BATCH)?;
        let batch: Vec<TokenId> = page.iter().map(|token| token.id).collect();
        self.listing.after = batch.last().copied();
        Ok(batch)
    }

    /// Removes `batch`, as far as it still is what was asked for.
    fn remove(&self, batch: Vec<TokenId>) -> Result<Applied, ChangeError> {
        let mut selector = self.listing.selector.clone();
        selector.ids = Some(batch.into_iter().collect());
        let change = Change::Prune {
            tokens: Target::Matching(selector),
            dead_by: self.dead_by,
        };
        self.authority
            .store
            .apply(&[change], self.actor, self.now, self.mode)
    }

    fn step(&mut self) -> Result<Option<Applied>, ChangeError> {
        let batch = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::First => self.look_up()?,
            Next::Batch(batch) => batch,
            Next::Nothing => return Ok(None),
        };
        if batch.is_empty() {
            return Ok(None);
        }
        // Before this batch is removed, as the walk goes on behind its last token.
        let following = if batch.len() == PRUNE_BATCH {
            self.look_up()?
        } else {
            Vec::new()
        };
        let applied = self.remove(batch)?;
        self.next = Next::Batch(following);
        Ok(Some(applied))
    }
}

impl Iterator for Prune<'_> {
    type Item = Result<Applied, ChangeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}
