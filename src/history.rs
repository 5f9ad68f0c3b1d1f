//! The use cases of history: who did what, and whether the record of it is whole.
//!
//! Everything is read page by page, so that a million events take no more memory than a thousand, and no snapshot is
//! held that would keep the write-ahead log from being cut. Events are only ever appended: pages cannot shift.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::authority::ResolveError;
use crate::change::{
    ChainBroken, ChainCheck, ChainFault, ChainHead, Event, EventOrder, EventQuery,
};
use crate::store::{Store, StoreError};
use crate::token_id::TokenId;

/// How many events are read at a time.
const PAGE: usize = 1_000;

/// The history of a store.
#[derive(Debug)]
pub struct History {
    store: Arc<dyn Store>,
}

/// What is found when a chain is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// Exhaustive: it holds or it does not.
pub enum Verdict {
    /// Every event follows from the one before, up to this head.
    Whole(ChainHead),
    /// One does not.
    Broken(ChainBroken),
}

impl History {
    /// Looks at the history of `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Walks the events that `query` chooses.
    #[must_use]
    pub fn events(&self, query: EventQuery) -> Events<'_> {
        Events {
            store: self.store.as_ref(),
            query,
            page: Vec::new().into_iter(),
            more: true,
        }
    }

    /// Finds the id that is, or begins with, `text`, also of a token that is no more.
    ///
    /// # Errors
    ///
    /// [`ResolveError`]: too short, not an id, of no token or of several.
    pub fn resolve(&self, text: &str) -> Result<TokenId, ResolveError> {
        let prefix = TokenId::parse_prefix(text)?;
        let ids = self
            .store
            .find_known_ids(&prefix, ResolveError::MOST_SHOWN + 1)?;
        ResolveError::only(prefix, ids)
    }

    /// Returns the newest event, as the head to keep elsewhere is made of it; `None` where nothing was changed yet.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell.
    pub fn newest(&self) -> Result<Option<Event>, StoreError> {
        let query = EventQuery::newest_first();
        Ok(self.store.find_events(&query, 1)?.pop())
    }

    /// Walks the whole chain once, and finds the first event that does not hold; of each head in `kept`, whether the
    /// chain has it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell. A chain that does not hold is no error.
    pub fn verify(&self, kept: &BTreeSet<ChainHead>) -> Result<Verdict, StoreError> {
        match self.walk(kept) {
            Ok(check) => {
                let (seq, hash) = check.head();
                Ok(Verdict::Whole(ChainHead { seq, hash }))
            }
            Err(Stop::Broken(broken)) => Ok(Verdict::Broken(broken)),
            Err(Stop::Store(error)) => Err(error),
        }
    }

    fn walk(&self, kept: &BTreeSet<ChainHead>) -> Result<ChainCheck, Stop> {
        let mut check = ChainCheck::default();
        let mut kept = kept.iter().peekable();
        // An event whose number is below 1 was put in too.
        let mut query = EventQuery::default();
        loop {
            let page = self.page(&query, &check)?;
            for event in &page {
                check.admit(event)?;
                while let Some(head) = kept.next_if(|head| head.seq <= event.seq) {
                    check.compare(head)?;
                }
            }
            if page.is_empty() {
                kept.try_for_each(|head| check.end(head))?;
                return Ok(check);
            }
            query.after = Some(check.head().0);
        }
    }

    /// Reads the next events. Where one of them cannot be read, those before it are read alone, until it is the next.
    fn page(&self, query: &EventQuery, check: &ChainCheck) -> Result<Vec<Event>, Stop> {
        match self.store.find_events(query, PAGE) {
            Err(StoreError::Corrupt { .. }) => {}
            read => return Ok(read?),
        }
        match self.store.find_events(query, 1) {
            Err(StoreError::Corrupt { .. }) => {
                let (after, _) = check.head();
                let seq = after.saturating_add(1);
                let fault = ChainFault::Unreadable;
                Err(ChainBroken { after, seq, fault }.into())
            }
            read => Ok(read?),
        }
    }
}

/// Why a walk ends before its end.
enum Stop {
    Broken(ChainBroken),
    Store(StoreError),
}

impl From<ChainBroken> for Stop {
    fn from(broken: ChainBroken) -> Self {
        Self::Broken(broken)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The events that a query chooses, one after the other.
#[derive(Debug)]
pub struct Events<'a> {
    store: &'a dyn Store,
    query: EventQuery,
    page: std::vec::IntoIter<Event>,
    more: bool,
}

impl Iterator for Events<'_> {
    type Item = Result<Event, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(event) = self.page.next() {
            return Some(Ok(event));
        }
        if !self.more {
            return None;
        }
        match self.store.find_events(&self.query, PAGE) {
            Ok(page) => {
                self.more = page.len() == PAGE;
                let last = page.last().map(|event| event.seq);
                match self.query.order {
                    EventOrder::OldestFirst => self.query.after = last,
                    EventOrder::NewestFirst => self.query.before = last,
                }
                self.page = page.into_iter();
                self.page.next().map(Ok)
            }
            Err(error) => {
                self.more = false;
                Some(Err(error))
            }
        }
    }
}
