//! The use cases of administration: rules meet storage.

mod prune;
mod rotate;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use self::prune::{PRUNE_BATCH, Prune};
pub use self::rotate::{Rotated, RotationRequest};
use crate::auth::backend::{Found, find_by_secret};
use crate::change::{Actor, Applied, Change, Hit, IssuedToken, Mode, Target};
use crate::clock::whole_second;
use crate::edit::Edit;
use crate::entropy::{Entropy, EntropyError};
use crate::extension::Extension;
use crate::format::{GenerateError, NewSecret, TokenFormat, TokenFormats};
use crate::restriction::Restriction;
use crate::secret::{Secret, TokenDigest};
use crate::selector::Listing;
use crate::store::{ChangeError, Store, StoreError};
use crate::text::FreeText;
use crate::token::{NewToken, Token};
use crate::token_id::{TokenId, TokenIdError};
use crate::user::{User, UserName};

/// How many secrets are drawn before a collision is given up on: the ancestor's number.
pub const MAX_ATTEMPTS: usize = 20;

/// How many tokens are read at a time when a listing is walked.
const PAGE: usize = 1_000;

/// Administers the tokens of a store.
#[derive(Debug)]
pub struct Authority {
    store: Arc<dyn Store>,
    formats: Arc<TokenFormats>,
    max_lifetime: Option<SignedDuration>,
}

impl Authority {
    /// Makes an authority over `store` that issues in the formats of `formats`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, formats: Arc<TokenFormats>) -> Self {
        Self {
            store,
            formats,
            max_lifetime: None,
        }
    }

    /// Caps the lifetime of every token that is issued or extended from now on.
    #[must_use]
    pub fn with_max_lifetime(mut self, max_lifetime: SignedDuration) -> Self {
        self.max_lifetime = Some(max_lifetime);
        self
    }

    /// Returns the store.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Returns the formats by which tokens are issued and recognised.
    #[must_use]
    pub fn formats(&self) -> &Arc<TokenFormats> {
        &self.formats
    }

    /// Issues a token and returns its secret, which exists nowhere else.
    ///
    /// # Errors
    ///
    /// [`IssueError`]; no token was issued then, unless it is [`IssueError::InDoubt`].
    pub fn issue(
        &self,
        request: &IssueRequest,
        actor: &Actor,
        entropy: &mut dyn Entropy,
        now: Timestamp,
    ) -> Result<Issued, IssueError> {
        self.check_lifetime(request.token.expires_at, now)?;
        let format = match &request.generator {
            None => self.formats.default_format(),
            Some(id) => self.formats.find(id).ok_or(IssueError::UnknownGenerator)?,
        };
        let (secret, applied) = draw(format, request.prefix.as_deref(), entropy, |id, digest| {
            let issue = Change::Issue(Box::new(IssuedToken {
                id,
                digest,
                generator: format.id().to_owned(),
                token: request.token.clone(),
            }));
            let add = request.add_user.then(|| Change::AddUser {
                name: request.token.user.clone(),
            });
            let changes: Vec<Change> = add.into_iter().chain([issue]).collect();
            self.store.apply(&changes, actor, now, Mode::Commit)
        })?;
        Issued::of(applied, secret)
    }

    fn check_lifetime(
        &self,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), LivesTooLong> {
        let Some(max) = self.max_lifetime else {
            return Ok(());
        };
        let latest = now.checked_add(max).unwrap_or(Timestamp::MAX);
        if expires_at.is_none_or(|end| end > latest) {
            let latest = whole_second(latest);
            return Err(LivesTooLong { latest });
        }
        Ok(())
    }

    /// Revokes tokens. Revoking a revoked one succeeds, and keeps its first date and reason.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing was revoked then, unless it is [`StoreError::InDoubt`].
    pub fn revoke(
        &self,
        tokens: Target,
        reason: FreeText,
        actor: &Actor,
        now: Timestamp,
        mode: Mode,
    ) -> Result<Applied, ChangeError> {
        self.store
            .apply(&[Change::Revoke { tokens, reason }], actor, now, mode)
    }

    /// Refuses tokens until they are resumed. Suspending a suspended one succeeds, and keeps its first date; one that
    /// is revoked or rotated out stays as it is.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing was suspended then, unless it is [`StoreError::InDoubt`].
    pub fn suspend(
        &self,
        tokens: Target,
        actor: &Actor,
        now: Timestamp,
        mode: Mode,
    ) -> Result<Applied, ChangeError> {
        self.store
            .apply(&[Change::Suspend { tokens }], actor, now, mode)
    }

    /// Lets suspended tokens work again. One that is not suspended, revoked or rotated out stays as it is.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing was resumed then, unless it is [`StoreError::InDoubt`].
    pub fn resume(
        &self,
        tokens: Target,
        actor: &Actor,
        now: Timestamp,
        mode: Mode,
    ) -> Result<Applied, ChangeError> {
        self.store
            .apply(&[Change::Resume { tokens }], actor, now, mode)
    }

    /// Moves the end of tokens to later: never beyond the longest lifetime from now, never of one that is revoked or was
    /// replaced, and of an expired one only when the extension says so.
    ///
    /// # Errors
    ///
    /// [`ExtendError`]; nothing was extended then, unless it is [`StoreError::InDoubt`].
    pub fn extend(
        &self,
        tokens: Target,
        extension: Extension,
        actor: &Actor,
        now: Timestamp,
        mode: Mode,
    ) -> Result<Applied, ExtendError> {
        self.check_lifetime(extension.expires_at, now)?;
        let change = Change::Extend { tokens, extension };
        Ok(self.store.apply(&[change], actor, now, mode)?)
    }

    /// Writes other notes or labels to tokens, whatever their state.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing was edited then, unless it is [`StoreError::InDoubt`].
    pub fn edit(
        &self,
        tokens: Target,
        edit: Edit,
        actor: &Actor,
        now: Timestamp,
        mode: Mode,
    ) -> Result<Applied, ChangeError> {
        let edit = Box::new(edit);
        self.store
            .apply(&[Change::Edit { tokens, edit }], actor, now, mode)
    }

    /// Takes rights, networks or time away from tokens; it never gives any, unless the restriction says so.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing was restricted then, unless it is [`StoreError::InDoubt`].
    pub fn restrict(
        &self,
        tokens: Target,
        restriction: Restriction,
        actor: &Actor,
        now: Timestamp,
        mode: Mode,
    ) -> Result<Applied, ChangeError> {
        let restriction = Box::new(restriction);
        let change = Change::Restrict {
            tokens,
            restriction,
        };
        self.store.apply(&[change], actor, now, mode)
    }

    /// Makes one change to a user.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing was changed then, unless it is [`StoreError::InDoubt`].
    pub fn change_user(
        &self,
        change: Change,
        actor: &Actor,
        now: Timestamp,
        mode: Mode,
    ) -> Result<Applied, ChangeError> {
        self.store.apply(&[change], actor, now, mode)
    }

    /// Says which token `secret` is, without logging anybody in or recording a use.
    ///
    /// # Errors
    ///
    /// [`IdentifyError`]; one that is in no store is [`IdentifyError::Unknown`].
    pub fn identify(&self, secret: &Secret) -> Result<Token, IdentifyError> {
        match find_by_secret(self.store.as_ref(), &self.formats, secret)? {
            Found::Token(token) => Ok(*token),
            Found::Unknown => Err(IdentifyError::Unknown),
            Found::Malformed => Err(IdentifyError::Malformed),
        }
    }

    /// Finds the token whose id is, or begins with, `text`.
    ///
    /// # Errors
    ///
    /// [`ResolveError`]: too short, not an id, of no token or of several.
    pub fn resolve(&self, text: &str) -> Result<Token, ResolveError> {
        let prefix = TokenId::parse_prefix(text)?;
        let ids = self.store.find_ids(&prefix, ResolveError::MOST_SHOWN + 1)?;
        let only = ResolveError::only(prefix.clone(), ids)?;
        self.store
            .find_token(&only)?
            .ok_or(ResolveError::Nothing { prefix })
    }

    /// Walks the tokens of `listing` at `now`, page by page, so that no snapshot is held while they are looked at.
    #[must_use]
    pub fn list(&self, listing: Listing, now: Timestamp) -> Tokens<'_> {
        Tokens {
            authority: self,
            listing,
            now,
            page: Vec::new().into_iter(),
            last: None,
            more: true,
        }
    }

    /// Finds a user.
    ///
    /// # Errors
    ///
    /// [`ChangeError::NoSuchUser`], or what the store cannot tell.
    pub fn user(&self, name: &UserName) -> Result<User, ChangeError> {
        self.store
            .find_user(name)?
            .ok_or_else(|| ChangeError::NoSuchUser { name: name.clone() })
    }
}

/// Draws secrets in `format` until `keep` stores one whose id and digest nobody has.
fn draw(
    format: &dyn TokenFormat,
    prefix: Option<&str>,
    entropy: &mut dyn Entropy,
    mut keep: impl FnMut(TokenId, TokenDigest) -> Result<Applied, ChangeError>,
) -> Result<(Secret, Applied), IssueError> {
    for _ in 0..MAX_ATTEMPTS {
        let id = TokenId::generate(entropy)?;
        let secret = format.generate(&NewSecret { id, prefix }, entropy)?;
        match keep(id, TokenDigest::of(&secret)) {
            Ok(applied) => return Ok((secret, applied)),
            Err(ChangeError::Collision) => {}
            Err(ChangeError::Store(StoreError::InDoubt { what })) => {
                return Err(IssueError::InDoubt { id, what });
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(IssueError::NoUniqueToken)
}

/// What [`Authority::issue`] is asked for.
#[derive(Clone, Debug)]
pub struct IssueRequest {
    /// The token.
    pub token: NewToken,
    /// The id of the format; `None` is the default one.
    pub generator: Option<String>,
    /// The prefix or type of the format; `None` is its default one.
    pub prefix: Option<String>,
    /// Whether the user is added in the same transaction.
    pub add_user: bool,
}

impl IssueRequest {
    /// Asks for `token` in the default format, with its default prefix, for a user who is there.
    #[must_use]
    pub fn new(token: NewToken) -> Self {
        Self {
            token,
            generator: None,
            prefix: None,
            add_user: false,
        }
    }
}

/// A new token and its secret.
#[derive(Debug)]
#[non_exhaustive]
pub struct Issued {
    /// The secret, to be handed over once.
    pub secret: Secret,
    /// The token as stored.
    pub token: Token,
    /// As in [`Applied::clock_behind`].
    pub clock_behind: Option<Timestamp>,
}

impl Issued {
    fn of(mut applied: Applied, secret: Secret) -> Result<Self, IssueError> {
        let clock_behind = applied.clock_behind;
        match applied.tokens.pop() {
            Some(Hit { record: token, .. }) => Ok(Self {
                secret,
                token,
                clock_behind,
            }),
            None => Err(StoreError::Corrupt {
                what: "an issued token was not stored".into(),
            }
            .into()),
        }
    }
}

/// A token was not issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The store refused it.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// As [`StoreError::InDoubt`]. If the token is there, nobody has its secret.
    #[error("the medium failed, and whether token {id} was made is not known: {what}")]
    InDoubt {
        /// Which token.
        id: TokenId,
        /// How the medium failed.
        what: String,
    },
    /// There is no such format.
    #[error("no token format has that id")]
    UnknownGenerator,
    /// The format could not make a token.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// There was no randomness to make one from.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// It would live longer than is allowed.
    #[error(transparent)]
    LivesTooLong(#[from] LivesTooLong),
    /// [`MAX_ATTEMPTS`] secrets in a row were taken.
    #[error("no unique token could be made, try again")]
    NoUniqueToken,
}

impl From<StoreError> for IssueError {
    fn from(error: StoreError) -> Self {
        Self::Change(error.into())
    }
}

/// Tokens were not extended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtendError {
    /// The store refused it.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// They would live longer than is allowed.
    #[error(transparent)]
    LivesTooLong(#[from] LivesTooLong),
}

/// A token would live longer than is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token would live longer than is allowed, until {latest} at most")]
#[non_exhaustive]
pub struct LivesTooLong {
    /// The latest end that is allowed.
    pub latest: Timestamp,
}

/// A secret was not identified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentifyError {
    /// It has the prefix of a format of ours, and that format refuses it.
    #[error("this is not a whole token: its length, alphabet or checksum is wrong")]
    Malformed,
    /// It is of no token here.
    #[error("no token here has this secret")]
    Unknown,
    /// The store cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A text does not name one token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// It is no id, nor the beginning of one.
    #[error(transparent)]
    NotAnId(#[from] TokenIdError),
    /// No id begins with it.
    #[error("no token has an id that begins with {prefix}")]
    Nothing {
        /// The beginning.
        prefix: String,
    },
    /// Several ids begin with it.
    #[error("several tokens have an id that begins with {prefix}")]
    Ambiguous {
        /// The beginning.
        prefix: String,
        /// Some of the ids, at most [`ResolveError::MOST_SHOWN`] and one.
        ids: Vec<TokenId>,
    },
    /// The store cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ResolveError {
    /// How many ids an ambiguity lists.
    pub const MOST_SHOWN: usize = 10;

    /// Returns the only one of `ids`, all of which begin with `prefix`.
    pub(crate) fn only(prefix: String, mut ids: Vec<TokenId>) -> Result<TokenId, Self> {
        match (ids.pop(), ids.is_empty()) {
            (None, _) => Err(Self::Nothing { prefix }),
            (Some(last), false) => {
                ids.push(last);
                Err(Self::Ambiguous { prefix, ids })
            }
            (Some(only), true) => Ok(only),
        }
    }
}

/// The tokens of a listing, one after the other.
#[derive(Debug)]
pub struct Tokens<'a> {
    authority: &'a Authority,
    listing: Listing,
    now: Timestamp,
    page: std::vec::IntoIter<(i64, Token)>,
    /// The last token of the page, which may be removed before the next one is read.
    last: Option<(i64, Token)>,
    more: bool,
}

impl Iterator for Tokens<'_> {
    type Item = Result<Token, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some((_, token)) = self.page.next() {
            return Some(Ok(token));
        }
        if !self.more {
            return None;
        }
        let (store, last) = (&self.authority.store, self.last.as_ref());
        match store.list_behind(&self.listing, last, self.now, PAGE) {
            Ok(page) => {
                self.more = page.len() == PAGE;
                self.last = page.last().filter(|_| self.more).cloned();
                self.page = page.into_iter();
                self.page.next().map(|(_, token)| Ok(token))
            }
            Err(error) => {
                self.more = false;
                Some(Err(error))
            }
        }
    }
}
