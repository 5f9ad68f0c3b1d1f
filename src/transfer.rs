//! Moving in and moving out: tokens with their digests, from our own exports and from other systems.
//!
//! A [`Source`] gives what it has, row by row, and says what is odd about it. [`import`] has a store take all of it in
//! one transaction: all of it, or nothing. Another system's database is read and never altered; see [`database`].
//! What goes out is written by [`lines`]. Secrets never do: a store has none.

pub mod database;
pub mod djblets;
pub mod drf;
mod fields;
mod guise;
pub mod knox;
pub mod lines;
mod odd;
pub mod sanctum;
mod scratch;
pub mod store;

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

pub use self::fields::{Digests, parse_time, token_digests};
pub use self::odd::{Odd, Oddity, Place, Unit};
use crate::authority::MAX_ATTEMPTS;
use crate::change::{Actor, Mode};
use crate::entropy::{Entropy, EntropyError};
use crate::label::Labels;
use crate::policy::MAX_POLICY_BYTES;
use crate::record::{
    ImportStopped, Landed, Landing, Record, RecordSource, TokenRecord, UserLanding,
};
use crate::store::{ChangeError, Store, StoreError};
use crate::text::FreeText;
use crate::token::{Owner, StoredPolicy, Token, TokenState};
use crate::token_id::TokenId;
use crate::user::UserName;

/// Something that users and tokens come from.
pub trait Source {
    /// Returns the word for it, as it stands in events.
    fn name(&self) -> &'static str;

    /// Returns how many items there are, where that is known beforehand.
    fn total(&self) -> Option<u64> {
        None
    }

    /// Reads the next item, `None` after the last.
    ///
    /// # Errors
    ///
    /// [`SourceError`] when there is no going on. A row that is bad is no error but an item.
    fn next(&mut self) -> Result<Option<Item>, SourceError>;
}

/// One row of a source.
#[derive(Clone, Debug)]
pub struct Item {
    /// Where it stands.
    pub place: Place,
    /// Whose it is, as far as that is known.
    pub user: Option<UserName>,
    /// What it says, or why that cannot be taken in.
    pub record: Result<Record, Oddity>,
    /// Whether its token has an id already.
    pub id: IdOrigin,
    /// What is odd about it, and no reason to leave it out.
    pub notes: Vec<Oddity>,
}

/// Where the id of a token comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// Exhaustive: it has one, or it has not.
pub enum IdOrigin {
    /// It has one, which it keeps.
    Kept,
    /// One is drawn: other systems have none. It is random and no function of the digest, which a short secret could be
    /// guessed from.
    Drawn,
}

/// Returns the record of a token that another system has, as far as all of them say the same; times are whole seconds.
///
/// A system that does not tell when it was issued says that it was now, at the moment of the import.
#[must_use]
pub fn foreign_token(
    owner: Owner,
    digests: impl Into<Digests>,
    generator: &str,
    created_at: Timestamp,
) -> TokenRecord {
    let Digests { digest, others } = digests.into();
    let id = TokenId::unset();
    TokenRecord {
        token: Token {
            id,
            owner,
            note: FreeText::default(),
            labels: Labels::default(),
            generator: generator.to_owned(),
            created_at,
            created_by: String::new(),
            updated_at: created_at,
            expires_at: None,
            last_used_at: None,
            suspended_at: None,
            revoked_at: None,
            revoked_reason: FreeText::default(),
            policy: StoredPolicy::new("{}".to_owned()),
            networks: None,
            family: id,
            rotated_to: None,
            revision: 1,
        },
        digest,
        other_digests: others,
        extra: None,
    }
}

/// What is done with items that cannot be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// Exhaustive: stop or go on.
pub enum Faults {
    /// The first of them ends the import, and nothing is taken in. A dry run goes on and reports all of them.
    Stop,
    /// They are left out.
    LeaveOut,
}

/// How an import is done.
#[derive(Clone, Copy, Debug)]
pub struct ImportOptions {
    /// What is done with items that cannot be taken in.
    pub faults: Faults,
    /// The latest end that the configuration allows to new tokens: one that lives longer is taken in and reported.
    pub latest_end: Option<Timestamp>,
}

/// Is told how an import goes.
pub trait Watcher {
    /// Is told of something odd.
    fn odd(&mut self, odd: &Odd);

    /// Is told that so many items have been dealt with.
    fn progress(&mut self, items: u64);
}

/// What an import did, or in a dry run would have done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Users that were added.
    pub users_added: u64,
    /// Tokens that were added.
    pub tokens_added: u64,
    /// Tokens that were here already, or are not taken in because they were removed here.
    pub tokens_known: u64,
    /// Of these, tokens that are revoked here now since they were where they come from.
    pub tokens_revoked: u64,
    /// Items that cannot be taken in, and were left out.
    pub left_out: u64,
    /// How many oddities were reported, these included.
    pub odd: u64,
    /// As in [`Applied::clock_behind`](crate::change::Applied::clock_behind).
    pub clock_behind: Option<Timestamp>,
}

/// Has `store` take in all that `source` gives, in one transaction.
///
/// A second run adds nothing: a token is known by its digest. Nothing that is dead or was removed in `store` comes back
/// to life, and nothing is overwritten, but that a token which the source says is revoked is revoked here too, and one
/// whose owner is disabled there and active here is suspended. What the source no longer has is not seen.
///
/// # Errors
///
/// [`ImportError`]; nothing was taken in then.
#[expect(
    clippy::too_many_arguments,
    reason = "time, randomness and who acts are arguments here as everywhere"
)]
pub fn import(
    store: &dyn Store,
    source: &mut dyn Source,
    options: ImportOptions,
    watcher: &mut dyn Watcher,
    actor: &Actor,
    entropy: &mut dyn Entropy,
    now: Timestamp,
    mode: Mode,
) -> Result<Summary, ImportError> {
    let mut intake = Intake {
        source,
        options,
        watcher,
        entropy,
        actor: &actor.name,
        now,
        mode,
        summary: Summary::default(),
        items: 0,
        current: None,
        attempts: 0,
        stopped: None,
    };
    match store.import(&mut intake, actor, now, mode) {
        Ok(imported) => {
            intake.summary.clock_behind = imported.clock_behind;
            Ok(intake.summary)
        }
        Err(ChangeError::Stopped(stopped)) => Err(intake
            .stopped
            .unwrap_or_else(|| ImportError::Change(stopped.into()))),
        Err(error) => Err(error.into()),
    }
}

/// Stands between a source and a store.
struct Intake<'a> {
    source: &'a mut dyn Source,
    options: ImportOptions,
    watcher: &'a mut dyn Watcher,
    entropy: &'a mut dyn Entropy,
    actor: &'a str,
    now: Timestamp,
    mode: Mode,
    summary: Summary,
    items: u64,
    current: Option<Current>,
    /// How often an id was drawn for the current item in vain; 0 when it is done with.
    attempts: usize,
    stopped: Option<ImportError>,
}

/// The item that the store has at present.
struct Current {
    place: Place,
    id: IdOrigin,
    record: Record,
}

impl RecordSource for Intake<'_> {
    fn name(&self) -> &str {
        self.source.name()
    }

    fn next(&mut self) -> Result<Option<&Record>, ImportStopped> {
        if self.attempts == 0 {
            self.current = self.advance()?;
        }
        if let Some(current) = &mut self.current
            && current.id == IdOrigin::Drawn
            && let Record::Token(record) = &mut current.record
        {
            match TokenId::generate(self.entropy) {
                Ok(id) => (record.token.id, record.token.family) = (id, id),
                Err(error) => {
                    self.stopped = Some(error.into());
                    return Err(ImportStopped);
                }
            }
        }
        Ok(self.current.as_ref().map(|current| &current.record))
    }

    fn landed(&mut self, landed: Landed) -> Result<(), ImportStopped> {
        let Some(current) = self.current.take() else {
            return Ok(());
        };
        let is_drawn = current.id == IdOrigin::Drawn;
        if landed.outcome == Landing::IdTaken && is_drawn && self.attempts < MAX_ATTEMPTS {
            self.attempts += 1;
            self.current = Some(current);
            return Ok(());
        }
        self.attempts = 0;
        let user = name_of(&current.record).cloned();
        if let (UserLanding::Added { looks_like }, Some(name)) = (landed.user, &user) {
            self.count_user(current.place, name, looks_like);
        }
        if let Record::Token(record) = &current.record {
            self.count(current.place, record, &landed.outcome);
        }
        match Oddity::of_landing(landed.outcome) {
            Some(oddity) if oddity.is_fault() => self.fault(current.place, user, oddity),
            Some(oddity) => {
                self.report(current.place, user, oddity);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Intake<'_> {
    /// Reads on to the next item that can be taken in.
    fn advance(&mut self) -> Result<Option<Current>, ImportStopped> {
        loop {
            let item = match self.source.next() {
                Ok(Some(item)) => unveiled(item),
                Ok(None) => return Ok(None),
                Err(error) => {
                    self.stopped = Some(error.into());
                    return Err(ImportStopped);
                }
            };
            self.items += 1;
            self.watcher.progress(self.items);
            for oddity in item.notes {
                self.report(item.place, item.user.clone(), oddity);
            }
            match item.record.and_then(bounded) {
                Err(oddity) => self.fault(item.place, item.user, oddity)?,
                Ok(mut record) => {
                    if let (IdOrigin::Drawn, Record::Token(token)) = (item.id, &mut record) {
                        self.actor.clone_into(&mut token.token.created_by);
                    }
                    return Ok(Some(Current {
                        place: item.place,
                        id: item.id,
                        record,
                    }));
                }
            }
        }
    }

    fn count_user(&mut self, place: Place, name: &UserName, looks_like: Option<UserName>) {
        self.summary.users_added += 1;
        let is_odd = UserName::parse(name.as_str()).is_err();
        let oddities = [
            is_odd.then_some(Oddity::OddName),
            looks_like.map(|existing| Oddity::LooksLike { existing }),
        ];
        for oddity in oddities.into_iter().flatten() {
            self.report(place, Some(name.clone()), oddity);
        }
    }

    fn count(&mut self, place: Place, record: &TokenRecord, outcome: &Landing) {
        if outcome.is_fault() {
            return;
        }
        if !matches!(outcome, Landing::Added | Landing::AddedSuspended) {
            self.summary.tokens_known += 1;
            self.summary.tokens_revoked += u64::from(*outcome == Landing::RevokedNow);
            return;
        }
        self.summary.tokens_added += 1;
        let token = &record.token;
        let user = &token.owner.name;
        if token.policy.read().is_err() {
            self.report(place, Some(user.clone()), Oddity::DamagedPolicy);
        }
        let lives_long = |latest| token.expires_at.is_none_or(|end| end > latest);
        if token.state(self.now) == TokenState::Active
            && self.options.latest_end.is_some_and(lives_long)
        {
            self.report(place, Some(user.clone()), Oddity::LivesLong);
        }
    }

    /// Deals with an item that cannot be taken in.
    fn fault(
        &mut self,
        place: Place,
        user: Option<UserName>,
        oddity: Oddity,
    ) -> Result<(), ImportStopped> {
        if self.options.faults == Faults::Stop && self.mode == Mode::Commit {
            let odd = Odd {
                place,
                user,
                oddity,
            };
            self.stopped = Some(ImportError::Fault(Box::new(odd)));
            return Err(ImportStopped);
        }
        self.summary.left_out += 1;
        self.report(place, user, oddity);
        Ok(())
    }

    fn report(&mut self, place: Place, user: Option<UserName>, oddity: Oddity) {
        self.summary.odd += 1;
        self.watcher.odd(&Odd {
            place,
            user,
            oddity,
        });
    }
}

/// Refuses an item of another system that has a token for a name or a note, and names its user to nobody.
fn unveiled(mut item: Item) -> Item {
    // What is in a store of ours was let in by it.
    if item.id == IdOrigin::Kept {
        return item;
    }
    if let Some(field) = item.record.as_ref().ok().and_then(guise::field_with_token) {
        item.record = Err(Oddity::Malformed { field });
    }
    item.user.take_if(|user| guise::holds_token(user.as_str()));
    item
}

/// The longest text that is kept beside a token, in bytes.
const LONGEST_TEXT: usize = 64 * 1024;

/// The longest name, in bytes. New names are shorter.
const LONGEST_NAME: usize = 1024;

/// The highest revision that is taken in: it goes on counting here, and programs that read JSON know no higher whole
/// number.
const HIGHEST_REVISION: u64 = 1 << 53;

/// Refuses a record with a text that is too long to be kept, or that holds a NUL, which some databases cannot store, and
/// one with a number that leaves no room to count on.
fn bounded(record: Record) -> Result<Record, Oddity> {
    let fits = |text: &str, longest| text.len() <= longest && !text.contains('\0');
    let name_fits = |name: &UserName| fits(name.as_str(), LONGEST_NAME);
    let checks: &[(&'static str, bool)] = match &record {
        Record::User(user) => {
            let names = user.former_names.iter();
            &[("name", names.chain([&user.name]).all(name_fits))]
        }
        Record::Token(TokenRecord { token, extra, .. }) => &[
            ("user", name_fits(&token.owner.name)),
            ("policy", fits(token.policy.as_str(), MAX_POLICY_BYTES)),
            ("note", fits(token.note.as_str(), LONGEST_TEXT)),
            ("reason", fits(token.revoked_reason.as_str(), LONGEST_TEXT)),
            ("generator", fits(&token.generator, LONGEST_NAME)),
            ("created_by", fits(&token.created_by, LONGEST_NAME)),
            (
                "extra",
                extra.as_ref().is_none_or(|text| fits(text, LONGEST_TEXT)),
            ),
            ("revision", token.revision <= HIGHEST_REVISION),
        ],
        Record::Tombstone(_) => &[],
    };
    match checks.iter().find(|(_, fits)| !fits) {
        Some((field, _)) => Err(Oddity::Malformed { field }),
        None => Ok(record),
    }
}

fn name_of(record: &Record) -> Option<&UserName> {
    match record {
        Record::User(user) => Some(&user.name),
        Record::Token(record) => Some(&record.token.owner.name),
        Record::Tombstone(_) => None,
    }
}

/// Nothing was taken in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The source could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// An item cannot be taken in.
    #[error("{0}")]
    Fault(Box<Odd>),
    /// The store refused it.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// There was no randomness to draw an id from.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// A source cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The file cannot be read.
    #[error("failed to read `{}`", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is a store of ours.
    #[error("`{}` is a store of tokenctl", path.display())]
    Ours {
        /// Which.
        path: PathBuf,
    },
    /// It is something else than was said.
    #[error("this is not the database of that system: {what}")]
    NotThis {
        /// What is wrong with it.
        what: String,
    },
    /// Its content is bad.
    #[error("{place}: {what}")]
    Content {
        /// Where.
        place: Place,
        /// What is wrong there.
        what: String,
    },
    /// It was written to meanwhile, or somebody is in the middle of writing.
    #[error("`{}` is being written to", path.display())]
    InUse {
        /// Which.
        path: PathBuf,
    },
    /// The store that it is could not tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}
