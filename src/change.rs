//! Changes: every mutation as a typed value, and the event that records it.

mod chain;
mod event;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::chain::{ChainBroken, ChainCheck, ChainFault, ChainHead, NotAHead};
pub use self::event::{CHAIN_START, Event, EventOrder, EventQuery, hex};
use crate::edit::Edit;
use crate::extension::Extension;
use crate::restriction::Restriction;
use crate::rotation::{Reuse, Rotation, RotationUndo};
use crate::secret::TokenDigest;
use crate::selector::Selector;
use crate::text::FreeText;
use crate::token::{NewToken, Token};
use crate::token_id::TokenId;
use crate::user::{User, UserName};

/// A change to the store. All changes of one call happen together, with their events, or not at all.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Change {
    /// Adds a user.
    AddUser {
        /// The new name; refused when it is taken, was taken, or looks like one that is or was.
        name: UserName,
    },
    /// Gives a user another name; the old one stays reserved.
    RenameUser {
        /// The present name.
        name: UserName,
        /// The new one, under the rules of `AddUser`.
        to: UserName,
    },
    /// Refuses all tokens of a user from now on; one already disabled keeps the first date.
    DisableUser {
        /// Whose.
        name: UserName,
    },
    /// Takes a disabling back: the user's tokens work again as they did.
    EnableUser {
        /// Whose.
        name: UserName,
    },
    /// Revokes all tokens of a user and removes the user; the name stays reserved, so that no old token can come
    /// back to life under a new user of that name.
    DeleteUser {
        /// Whose.
        name: UserName,
        /// The reason written to the revoked tokens.
        reason: FreeText,
    },
    /// Stores a new token.
    Issue(Box<IssuedToken>),
    /// Revokes tokens for good; one already revoked keeps its first date and reason.
    Revoke {
        /// Which tokens.
        tokens: Target,
        /// Why.
        reason: FreeText,
    },
    /// Refuses tokens from now on until they are resumed; one already suspended keeps the first date, and one that is
    /// dead for good stays so.
    Suspend {
        /// Which tokens.
        tokens: Target,
    },
    /// Takes a suspension back; a token that is dead for good stays so.
    Resume {
        /// Which tokens.
        tokens: Target,
    },
    /// Moves the end of tokens to later. Of tokens that are named, one that may not have it stops the change; of
    /// tokens that are described it is left as it is.
    Extend {
        /// Which tokens.
        tokens: Target,
        /// To when.
        extension: Extension,
    },
    /// Puts a new token in the place of another, with its owner, rights, note, labels and family.
    Rotate(Box<Rotation>),
    /// Takes a rotation back whose secret has reached nobody.
    UndoRotation(Box<RotationUndo>),
    /// Records that secrets were used that had been rotated out, and revokes their families where that is wanted.
    Reuse(Box<Reuse>),
    /// Removes tokens that are dead, and leaves what keeps them from coming back. Of tokens that are named, one that is
    /// not dead stops the change; of tokens that are described it is passed over.
    Prune {
        /// Which tokens.
        tokens: Target,
        /// They are removed when they have been dead since this time or longer.
        dead_by: Timestamp,
    },
    /// Writes another note, or other labels. The state of a token does not matter.
    Edit {
        /// Which tokens.
        tokens: Target,
        /// What is written.
        edit: Box<Edit>,
    },
    /// Takes rights, networks or time away from tokens.
    Restrict {
        /// Which tokens.
        tokens: Target,
        /// What is taken.
        restriction: Box<Restriction>,
    },
}

/// The tokens that a change is about.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one is made for a change, and never many"
)]
// Exhaustive: by name, by name and revision, or by description: there is no other way.
pub enum Target {
    /// These, each of which must exist.
    Ids(Vec<TokenId>),
    /// These, each of which must still be at the revision at which it was looked at.
    Revisions(Vec<(TokenId, u64)>),
    /// Those that a selector chooses inside the transaction of the change, so that nothing slips between choosing
    /// and doing. The empty selector is an error, never "all".
    Matching(Selector),
}

/// A new token on its way into the store: no secret, only its digest.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// Its id.
    pub id: TokenId,
    /// The digest of its secret.
    pub digest: TokenDigest,
    /// The id of the format that made it.
    pub generator: String,
    /// What was asked for.
    pub token: NewToken,
}

/// Who makes a change, as far as the system can tell. Kept with each event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// A name for people: the login name, or that of a service.
    pub name: String,
    /// The effective user id of the process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// The user id that logged in, which `su` and `sudo` do not change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_uid: Option<u32>,
    /// Who called `sudo`, as the environment claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sudo_user: Option<String>,
    /// The machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// What was called: the verb, never its arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

impl Actor {
    /// Makes an actor of which only a name is known.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }
}

/// Whether a change is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// Exhaustive: kept or not.
pub enum Mode {
    /// It is, durably, before the call returns.
    Commit,
    /// It is worked out and rolled back.
    DryRun,
}

/// What a call to change the store did, or in a dry run would have done.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Applied {
    /// Each token that was hit, as it is now.
    pub tokens: Vec<Hit<Token>>,
    /// Each user that was hit, as they are now (a deleted one as they were).
    pub users: Vec<Hit<User>>,
    /// The time of the newest event, where that lies after the time of this change: a clock was set back.
    pub clock_behind: Option<Timestamp>,
}

/// One thing that a change hit.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Hit<T> {
    /// The thing.
    pub record: T,
    /// Whether the change made a difference to it; false when it was so already.
    pub changed: bool,
}

impl<T> Hit<T> {
    pub(crate) fn new(record: T, changed: bool) -> Self {
        Self { record, changed }
    }
}
