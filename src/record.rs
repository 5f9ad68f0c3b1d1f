//! Records: users and tokens whole, on their way from one store to another.

use jiff::Timestamp;

use crate::secret::TokenDigest;
use crate::token::Token;
use crate::token_id::TokenId;
use crate::user::UserName;

/// One thing that moves.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one is made at a time, and nearly all are tokens"
)]
// Exhaustive: users, tokens, and what is left of removed tokens: there is nothing else in a store that moves.
pub enum Record {
    /// A user.
    User(UserRecord),
    /// A token, and the user who owns it where there is none of that name yet.
    Token(TokenRecord),
    /// What is left of a removed token.
    Tombstone(Tombstone),
}

/// A user, with the names that are reserved for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRecord {
    /// The present name.
    pub name: UserName,
    /// When the user was added.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub updated_at: Timestamp,
    /// Since when the user's tokens are refused.
    pub disabled_at: Option<Timestamp>,
    /// Since when the user is deleted, and the name only reserved.
    pub deleted_at: Option<Timestamp>,
    /// The names that the user had before.
    pub former_names: Vec<UserName>,
}

/// A token, with what it is looked up by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// The token. The owner's date of disabling is that of where it comes from.
    pub token: Token,
    /// The digest of its secret.
    pub digest: TokenDigest,
    /// The digests of other kinds that the secret has, where the source has the secret itself: what is known or was
    /// removed under one of them is not added again.
    pub other_digests: Vec<TokenDigest>,
    /// What another system kept beside it, as JSON.
    pub extra: Option<String>,
}

/// What is left of a removed token, so that it cannot come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// The digest of its secret.
    pub digest: TokenDigest,
    /// The id it had.
    pub id: TokenId,
    /// When it was removed.
    pub at: Timestamp,
}

/// Gives a store the records that it shall take in, one by one.
pub trait RecordSource {
    /// Returns where the records come from, a word for the events.
    fn name(&self) -> &str;

    /// Returns the next record, `None` after the last.
    ///
    /// # Errors
    ///
    /// [`ImportStopped`] when there is no going on; the store takes all of it back.
    fn next(&mut self) -> Result<Option<&Record>, ImportStopped>;

    /// Is told what has become of the record that was given last.
    ///
    /// # Errors
    ///
    /// [`ImportStopped`] when that is not acceptable; the store takes all of it back.
    fn landed(&mut self, landed: Landed) -> Result<(), ImportStopped>;
}

/// The source of an import has stopped it, and knows why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the import was stopped")]
pub struct ImportStopped;

/// What has become of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Landed {
    /// Of the record itself.
    pub outcome: Landing,
    /// Of the user on whose account it came.
    pub user: UserLanding,
}

impl Landed {
    pub(crate) fn new(outcome: Landing) -> Self {
        Self {
            outcome,
            user: UserLanding::Known,
        }
    }
}

/// What has become of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Landing {
    /// It was added as it is.
    Added,
    /// A token was added and suspended: its owner is disabled where it comes from, and active here.
    AddedSuspended,
    /// It is here already, and is the same.
    Same,
    /// It came before in this very import.
    Duplicate,
    /// It is here already and has changed since, here or there; it was left as it is here.
    Kept,
    /// It is here already and dead, and alive where it comes from. It stays dead.
    DeadHere,
    /// It was removed here. It stays away.
    RemovedHere,
    /// It is here already, and was revoked since where it comes from: now it is revoked here too.
    RevokedNow,
    /// It is here already, and was suspended: since it came it was suspended or replaced there, or its owner was disabled,
    /// who is active here.
    SuspendedNow,
    /// Nothing was done: its owner here is another.
    OwnerDiffers {
        /// Who owns it here.
        here: UserName,
    },
    /// Nothing was done: another token has or had its id here.
    IdTaken,
    /// Nothing was done: a user who is gone, or has another name now, had its owner's name here.
    NameReserved,
}

impl Landing {
    /// Returns whether nothing was done because it cannot be.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        matches!(
            self,
            Self::OwnerDiffers { .. } | Self::IdTaken | Self::NameReserved
        )
    }
}

/// What has become of the user of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserLanding {
    /// They are here already, or nothing was done.
    #[default]
    Known,
    /// They were added.
    Added {
        /// A user whose name looks like theirs, if there is one. For a new name of ours that would be a refusal.
        looks_like: Option<UserName>,
    },
}

/// What an import did to the store as a whole.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Imported {
    /// As in [`Applied::clock_behind`](crate::change::Applied::clock_behind).
    pub clock_behind: Option<Timestamp>,
}
