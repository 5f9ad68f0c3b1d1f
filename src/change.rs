//! Changes: every mutation as a typed value, and the event that records it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

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

/// The record of one change to one token or user: a link of the tamper-evident chain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Its place in the chain: 1, 2, 3 without a gap.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who, as JSON of an [`Actor`], kept as text so that its hash does not depend on how this build writes it.
    pub actor: String,
    /// What: `token.issued`, `user.disabled`, ...
    pub action: String,
    /// Which user.
    pub user: String,
    /// Which token.
    pub token: Option<String>,
    /// What changed, as JSON.
    pub details: String,
    /// The hash of the event before; all zero for the first.
    pub previous_hash: [u8; 32],
    /// The hash of all of the above.
    pub hash: [u8; 32],
}

/// The `previous_hash` of the first event.
pub const CHAIN_START: [u8; 32] = [0; 32];

impl Event {
    /// Returns the hash that this event must have: SHA-256 over its fields in order, each with its length before it,
    /// so that no two events share an encoding.
    #[must_use]
    pub fn expected_hash(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        let mut field = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        };
        field(b"tokenctl event 1");
        field(&self.previous_hash);
        field(&self.seq.to_be_bytes());
        field(&self.at.as_second().to_be_bytes());
        for text in [&self.actor, &self.action, &self.user] {
            field(text.as_bytes());
        }
        field(&[u8::from(self.token.is_some())]);
        field(self.token.as_deref().unwrap_or_default().as_bytes());
        field(self.details.as_bytes());
        hasher.finalize().into()
    }
}

/// Walks a chain of events and finds the first that does not belong.
///
/// It finds an edited, deleted, inserted or moved event. A cut tail it cannot see: that takes a head kept elsewhere.
#[derive(Clone, Debug)]
pub struct ChainCheck {
    seq: u64,
    hash: [u8; 32],
}

impl Default for ChainCheck {
    fn default() -> Self {
        Self {
            seq: 0,
            hash: CHAIN_START,
        }
    }
}

impl ChainCheck {
    /// Takes the next event.
    ///
    /// # Errors
    ///
    /// [`ChainBroken`] when it does not follow from those before.
    pub fn admit(&mut self, event: &Event) -> Result<(), ChainBroken> {
        let follows = event.seq == self.seq + 1
            && event.previous_hash == self.hash
            && event.hash == event.expected_hash();
        if !follows {
            return Err(ChainBroken { after: self.seq });
        }
        self.seq = event.seq;
        self.hash = event.hash;
        Ok(())
    }

    /// Returns number and hash of the last event taken.
    #[must_use]
    pub fn head(&self) -> (u64, [u8; 32]) {
        (self.seq, self.hash)
    }
}

/// The chain of events does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainBroken {
    /// The last event that holds.
    pub after: u64,
}

impl fmt::Display for ChainBroken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the chain of events breaks after event {}", self.after)
    }
}

impl std::error::Error for ChainBroken {}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: u64) -> Vec<Event> {
        let mut previous_hash = CHAIN_START;
        (1..=length)
            .map(|seq| {
                let mut event = Event {
                    seq,
                    at: Timestamp::UNIX_EPOCH,
                    actor: "{}".into(),
                    action: "token.issued".into(),
                    user: "alice".into(),
                    token: Some(format!("token{seq}")),
                    details: "{}".into(),
                    previous_hash,
                    hash: CHAIN_START,
                };
                event.hash = event.expected_hash();
                previous_hash = event.hash;
                event
            })
            .collect()
    }

    fn check(events: &[Event]) -> Result<(), ChainBroken> {
        let mut check = ChainCheck::default();
        events.iter().try_for_each(|event| check.admit(event))
    }

    #[test]
    fn an_untouched_chain_holds() {
        assert_eq!(check(&chain(5)), Ok(()));
        assert_eq!(check(&[]), Ok(()));
    }

    #[test]
    fn edits_deletions_insertions_and_swaps_are_found() {
        let good = chain(5);
        let tampered = |change: &dyn Fn(&mut Vec<Event>)| {
            let mut events = good.clone();
            change(&mut events);
            check(&events)
        };
        assert_eq!(
            tampered(&|e| e[2].user = "bob".into()),
            Err(ChainBroken { after: 2 })
        );
        assert_eq!(
            tampered(&|e| e[2].token = None),
            Err(ChainBroken { after: 2 })
        );
        assert_eq!(
            tampered(&|e| drop(e.remove(0))),
            Err(ChainBroken { after: 0 })
        );
        assert_eq!(
            tampered(&|e| drop(e.remove(3))),
            Err(ChainBroken { after: 3 })
        );
        assert_eq!(tampered(&|e| e.swap(1, 2)), Err(ChainBroken { after: 1 }));
        assert_eq!(
            tampered(&|e| e.insert(1, e[0].clone())),
            Err(ChainBroken { after: 1 })
        );
        let rehashed = |e: &mut Vec<Event>| {
            e[1].user = "bob".into();
            e[1].hash = e[1].expected_hash();
        };
        assert_eq!(tampered(&rehashed), Err(ChainBroken { after: 2 }));
    }

    #[test]
    fn fields_cannot_flow_into_each_other() {
        let event = chain(1).remove(0);
        let moved = Event {
            actor: "{}t".into(),
            action: "oken.issued".into(),
            ..event.clone()
        };
        assert_ne!(event.expected_hash(), moved.expected_hash());
        let absent = Event {
            token: None,
            ..event.clone()
        };
        let empty = Event {
            token: Some(String::new()),
            ..event
        };
        assert_ne!(absent.expected_hash(), empty.expected_hash());
    }
}
