//! Stores that tests start from.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use tempfile::TempDir;
use tokenctl::change::{Actor, Applied, Change, Event, EventQuery, IssuedToken, Mode, Target};
use tokenctl::entropy::{Entropy, EntropyError};
use tokenctl::policy::Policy;
use tokenctl::record::{Imported, RecordSource, TokenRecord, Tombstone, UserRecord};
use tokenctl::secret::{DigestKind, Secret, TokenDigest};
use tokenctl::selector::{Listing, Selector};
use tokenctl::statistics::Statistics;
use tokenctl::store::{ChangeError, Location, OpenOptions, Readiness, Store, StoreError};
use tokenctl::text::FreeText;
use tokenctl::token::{NewToken, Token};
use tokenctl::token_id::TokenId;
use tokenctl::user::{User, UserName};

/// A moment before everything else that happens in tests.
pub(crate) const LONG_AGO: Timestamp = Timestamp::UNIX_EPOCH;

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

pub(crate) fn text(text: &str) -> FreeText {
    FreeText::parse(text).unwrap()
}

/// Returns an id that shows the number of a token in a vector.
pub(crate) fn id_of(number: u64) -> TokenId {
    TokenId::parse(&format!("{number:010}")).unwrap()
}

pub(crate) fn number_of(id: &TokenId) -> u64 {
    id.as_str().parse().unwrap()
}

/// Returns a plain token of `user`, to be changed as a test needs.
pub(crate) fn new_token(user: &str) -> NewToken {
    NewToken::new(name(user), Policy::full_access())
}

/// Returns the change that stores `token` under the literal `secret`.
pub(crate) fn issue(number: u64, secret: &str, generator: &str, token: NewToken) -> Change {
    Change::Issue(Box::new(IssuedToken {
        id: id_of(number),
        digest: TokenDigest::of(&Secret::new(secret.to_owned())),
        generator: generator.to_owned(),
        token,
    }))
}

pub(crate) fn revoke(number: u64, reason: &str) -> Change {
    Change::Revoke {
        tokens: Target::Ids(vec![id_of(number)]),
        reason: text(reason),
    }
}

/// A store in a directory of its own, removed with it.
pub(crate) struct Scratch {
    _directory: TempDir,
    pub(crate) store: Arc<dyn Store>,
}

impl Scratch {
    /// Makes an empty store.
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tokens.db");
        let location = Location::parse(path.to_str().unwrap()).unwrap();
        let store = location.create(OpenOptions::default()).unwrap();
        Self {
            _directory: directory,
            store,
        }
    }

    /// Makes a store with these active users.
    pub(crate) fn with_users(names: &[&str]) -> Self {
        let scratch = Self::new();
        let add = |user: &&str| Change::AddUser { name: name(user) };
        scratch.apply(&names.iter().map(add).collect::<Vec<_>>(), LONG_AGO);
        scratch
    }

    pub(crate) fn apply(&self, changes: &[Change], now: Timestamp) -> Applied {
        self.store
            .apply(changes, &Actor::named("test"), now, Mode::Commit)
            .unwrap()
    }

    pub(crate) fn token(&self, number: u64) -> Token {
        self.store.find_token(&id_of(number)).unwrap().unwrap()
    }
}

/// A store that answers every question as it was told to, and counts them.
#[derive(Debug)]
pub(crate) struct StubStore {
    answer: StubAnswer,
    asked: AtomicUsize,
}

/// What a [`StubStore`] answers.
#[derive(Debug)]
pub(crate) enum StubAnswer {
    /// It holds nothing.
    Nothing,
    /// It holds this token, whatever the digest or id.
    Token(Box<Token>),
    /// It cannot tell.
    Failure,
    /// It holds nothing but a chain of so many events, each of which can be read once, in order; the last one read.
    Chain(u64, Box<Mutex<Event>>),
}

impl StubStore {
    pub(crate) fn new(answer: StubAnswer) -> Arc<Self> {
        let asked = AtomicUsize::new(0);
        Arc::new(Self { answer, asked })
    }

    /// Returns how often it was asked anything.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    fn answer(&self) -> Result<Option<Token>, StoreError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match &self.answer {
            StubAnswer::Nothing | StubAnswer::Chain(..) => Ok(None),
            StubAnswer::Token(token) => Ok(Some(Token::clone(token))),
            StubAnswer::Failure => Err(StoreError::Busy),
        }
    }
}

impl Store for StubStore {
    fn find_by_digest(&self, _: &TokenDigest) -> Result<Option<Token>, StoreError> {
        self.answer()
    }

    fn foreign_digest_kinds(&self) -> Result<Vec<DigestKind>, StoreError> {
        self.answer().map(|_| Vec::new())
    }

    fn find_token(&self, _: &TokenId) -> Result<Option<Token>, StoreError> {
        self.answer()
    }

    fn find_ids(&self, _: &str, _: usize) -> Result<Vec<TokenId>, StoreError> {
        self.answer().map(|_| Vec::new())
    }

    fn list_behind(
        &self,
        _: &Listing,
        _: Option<&(i64, Token)>,
        _: Timestamp,
        _: usize,
    ) -> Result<Vec<(i64, Token)>, StoreError> {
        Ok(self.answer()?.map(|token| (1, token)).into_iter().collect())
    }

    fn knows_user(&self, _: &UserName) -> Result<bool, StoreError> {
        self.answer().map(|_| false)
    }

    fn find_user(&self, _: &UserName) -> Result<Option<User>, StoreError> {
        self.answer().map(|_| None)
    }

    fn users(&self) -> Result<Vec<User>, StoreError> {
        self.answer().map(|_| Vec::new())
    }

    fn apply(
        &self,
        _: &[Change],
        _: &Actor,
        _: Timestamp,
        _: Mode,
    ) -> Result<Applied, ChangeError> {
        Ok(self.answer().map(|_| Applied::default())?)
    }

    fn import(
        &self,
        _: &mut dyn RecordSource,
        _: &Actor,
        _: Timestamp,
        _: Mode,
    ) -> Result<Imported, ChangeError> {
        Ok(self.answer().map(|_| Imported::default())?)
    }

    fn export_tokens(
        &self,
        _: &Selector,
        _: Option<i64>,
        _: Timestamp,
        _: usize,
    ) -> Result<Vec<(i64, TokenRecord)>, StoreError> {
        self.answer().map(|_| Vec::new())
    }

    fn export_users(&self, _: Option<&UserName>, _: usize) -> Result<Vec<UserRecord>, StoreError> {
        self.answer().map(|_| Vec::new())
    }

    fn export_tombstones(
        &self,
        _: Option<&TokenId>,
        _: usize,
    ) -> Result<Vec<Tombstone>, StoreError> {
        self.answer().map(|_| Vec::new())
    }

    fn touch(&self, _: &[(TokenId, Timestamp)]) -> Result<(), StoreError> {
        self.answer().map(|_| ())
    }

    fn find_events(&self, query: &EventQuery, limit: usize) -> Result<Vec<Event>, StoreError> {
        self.answer()?;
        let StubAnswer::Chain(length, last) = &self.answer else {
            return Ok(Vec::new());
        };
        let mut last = last.lock().unwrap();
        assert_eq!(query.after.unwrap_or(0), last.seq, "nothing is read twice");
        let mut page = Vec::new();
        while page.len() < limit && last.seq < *length {
            last.seq += 1;
            last.previous_hash = last.hash;
            last.hash = last.expected_hash();
            page.push(last.clone());
        }
        Ok(page)
    }

    fn find_known_ids(&self, _: &str, _: usize) -> Result<Vec<TokenId>, StoreError> {
        self.answer().map(|_| Vec::new())
    }

    fn statistics(&self, _: Timestamp, _: usize) -> Result<Statistics, StoreError> {
        self.answer().map(|_| Statistics::default())
    }

    fn readiness(&self) -> Result<Readiness, StoreError> {
        self.answer().map(|_| Readiness::default())
    }

    fn is_on_read_only_medium(&self) -> bool {
        false
    }
}

/// SplitMix64: the same bytes for the same seed.
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}

impl Entropy for Seeded {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        buffer.fill_with(|| self.byte());
        Ok(())
    }
}
