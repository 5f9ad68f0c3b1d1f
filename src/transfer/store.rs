//! A store of ours as a source, page by page.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::{IdOrigin, Item, Place, Source, SourceError, Unit};
use crate::record::{Record, TokenRecord, Tombstone, UserRecord};
use crate::selector::Selector;
use crate::store::{Store, StoreError};

/// How much is read at a time: so little that it stays in the processor's cache until it is written.
const PAGE: usize = 128;

/// What an export is of.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one is made for an export")]
// Exhaustive: all of it, or some of its tokens.
pub enum Extent {
    /// The whole store: every user and reserved name, every token, and what is left of removed ones.
    Whole,
    /// The tokens that are chosen, and nothing else.
    Tokens(Selector),
}

/// Walks the records of a store: users first, then tokens in the order of their issue, then tombstones.
///
/// It is read page by page, so that no snapshot is held meanwhile: what changes under way may be there or not.
pub struct Records {
    store: Arc<dyn Store>,
    now: Timestamp,
    selector: Selector,
    /// The place of the last token that was read.
    after: Option<i64>,
    stage: Stage,
    page: std::vec::IntoIter<Record>,
    count: u64,
}

/// What is read next.
enum Stage {
    Users(Option<UserRecord>),
    Tokens(Extent),
    Tombstones(Option<Tombstone>),
    Done,
}

impl Records {
    /// Begins to walk what `extent` says of `store` at `now`.
    #[must_use]
    pub fn of(store: Arc<dyn Store>, extent: Extent, now: Timestamp) -> Self {
        let (stage, selector) = match extent {
            Extent::Whole => (Stage::Users(None), Selector::default()),
            Extent::Tokens(selector) => (Stage::Tokens(Extent::Tokens(selector.clone())), selector),
        };
        Self {
            store,
            now,
            selector,
            after: None,
            stage,
            page: Vec::new().into_iter(),
            count: 0,
        }
    }

    fn read_page(&mut self) -> Result<Vec<Record>, StoreError> {
        match &mut self.stage {
            Stage::Users(last) => {
                let after = last.as_ref().map(|user| &user.name);
                let users = self.store.export_users(after, PAGE)?;
                self.stage = match users.last() {
                    Some(last) if users.len() == PAGE => Stage::Users(Some(last.clone())),
                    _ => Stage::Tokens(Extent::Whole),
                };
                Ok(users.into_iter().map(Record::User).collect())
            }
            Stage::Tokens(extent) => {
                let tokens =
                    self.store
                        .export_tokens(&self.selector, self.after, self.now, PAGE)?;
                match tokens.last() {
                    Some((place, _)) if tokens.len() == PAGE => self.after = Some(*place),
                    _ => {
                        self.stage = match extent {
                            Extent::Whole => Stage::Tombstones(None),
                            Extent::Tokens(_) => Stage::Done,
                        };
                    }
                }
                let records = tokens.into_iter().map(|(_, record)| record);
                Ok(records.map(Record::Token).collect())
            }
            Stage::Tombstones(last) => {
                let after = last.as_ref().map(|tombstone| &tombstone.id);
                let tombstones = self.store.export_tombstones(after, PAGE)?;
                self.stage = match tombstones.last() {
                    Some(last) if tombstones.len() == PAGE => Stage::Tombstones(Some(last.clone())),
                    _ => Stage::Done,
                };
                Ok(tombstones.into_iter().map(Record::Tombstone).collect())
            }
            Stage::Done => Ok(Vec::new()),
        }
    }
}

impl Iterator for Records {
    type Item = Result<Record, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.page.next() {
                self.count += 1;
                return Some(Ok(record));
            }
            if matches!(self.stage, Stage::Done) {
                return None;
            }
            match self.read_page() {
                Ok(page) => self.page = page.into_iter(),
                Err(error) => {
                    self.stage = Stage::Done;
                    return Some(Err(error));
                }
            }
        }
    }
}

impl Source for Records {
    fn name(&self) -> &'static str {
        "tokenctl"
    }

    fn next(&mut self) -> Result<Option<Item>, SourceError> {
        let Some(record) = Iterator::next(self).transpose()? else {
            return Ok(None);
        };
        let user = match &record {
            Record::User(UserRecord { name, .. }) => Some(name.clone()),
            Record::Token(TokenRecord { token, .. }) => Some(token.owner.name.clone()),
            Record::Tombstone(_) => None,
        };
        Ok(Some(Item {
            place: Place {
                unit: Unit::Item,
                number: self.count,
            },
            user,
            record: Ok(record),
            id: IdOrigin::Kept,
            notes: Vec::new(),
        }))
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").finish_non_exhaustive()
    }
}
