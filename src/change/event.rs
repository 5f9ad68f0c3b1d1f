//! Events: the record of what was changed, and which of them a listing is about.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::token_id::TokenId;

/// The record of one change to one token or user: a link of the tamper-evident chain.
///
/// # The hash
///
/// [`Event::hash`] is SHA-256 over ten fields, each written as the number of its bytes (64 bits, big-endian) and
/// then the bytes:
///
/// | field | bytes |
/// |---|---|
/// | what it is | the text `tokenctl event 1` |
/// | `previous_hash` | its 32 bytes; all zero in the first event |
/// | `seq` | 64 bits, big-endian |
/// | `at` | seconds since 1970-01-01T00:00:00Z, 64 bits, big-endian, two's complement |
/// | `actor` | the JSON text as it is stored, in UTF-8 |
/// | `action` | UTF-8 |
/// | `user` | UTF-8 |
/// | whether there is a `token` | one byte, 1 or 0 |
/// | `token` | UTF-8; empty where there is none |
/// | `details` | the JSON text as it is stored, in UTF-8 |
///
/// This is all that is needed to check a chain that was shipped elsewhere with another program. It does not change: a
/// later encoding begins with another text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Its place in the chain: 1, 2, 3 without a gap.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who, as JSON of an [`Actor`](super::Actor), kept as text so that its hash does not depend on how this build
    /// writes it.
    pub actor: String,
    /// What: `token.issued`, `user.disabled`, ...
    pub action: String,
    /// Which user, by the name they had then.
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

/// Chooses events. Its parts combine with AND; the empty one chooses all, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventQuery {
    /// After the event of this number. `None` is from the very first on, also of one whose number is none of ours.
    pub after: Option<u64>,
    /// Before the event of this number.
    pub before: Option<u64>,
    /// About this token, which need not exist any more.
    pub token: Option<TokenId>,
    /// About the user who had this name at the time, or one of their tokens.
    pub user: Option<String>,
    /// By an actor of this name, or somebody of this name behind `sudo`.
    pub actor: Option<String>,
    /// Of one of these actions; empty is any.
    pub actions: Vec<String>,
    /// At this time or later.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// In which order.
    pub order: EventOrder,
}

impl EventQuery {
    /// Chooses all events, the newest first.
    #[must_use]
    pub fn newest_first() -> Self {
        Self {
            order: EventOrder::NewestFirst,
            ..Self::default()
        }
    }

    /// Chooses all events after number `seq`.
    #[must_use]
    pub fn after(seq: u64) -> Self {
        Self {
            after: Some(seq),
            ..Self::default()
        }
    }
}

/// The order of a list of events, by their place in the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
// Exhaustive: forwards or backwards.
pub enum EventOrder {
    /// As they happened.
    #[default]
    OldestFirst,
    /// The newest first.
    NewestFirst,
}

/// Returns the hash of an event as people and other systems are told it: 64 digits in lower case.
#[must_use]
pub fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        Event {
            seq: 1,
            at: Timestamp::UNIX_EPOCH,
            actor: "{}".into(),
            action: "token.issued".into(),
            user: "alice".into(),
            token: Some("7gk2m9x4qd".into()),
            details: "{}".into(),
            previous_hash: CHAIN_START,
            hash: CHAIN_START,
        }
    }

    #[test]
    fn hash_is_the_documented_one() {
        // printf the fields, each behind its length, into `sha256sum`.
        let mut text = Vec::new();
        let mut field = |bytes: &[u8]| {
            text.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, u8::try_from(bytes.len()).unwrap()]);
            text.extend_from_slice(bytes);
        };
        field(b"tokenctl event 1");
        field(&[0; 32]);
        field(&[0, 0, 0, 0, 0, 0, 0, 1]);
        field(&[0; 8]);
        field(b"{}");
        field(b"token.issued");
        field(b"alice");
        field(&[1]);
        field(b"7gk2m9x4qd");
        field(b"{}");
        let hash: [u8; 32] = Sha256::digest(&text).into();
        assert_eq!(event().expected_hash(), hash);
        assert_eq!(KNOWN_HASH, hex(&hash));
    }

    /// What `sha256sum` says of these bytes. It never changes.
    const KNOWN_HASH: &str = "e4daf25f38225e00ccb49e68cf202b934c8960e7e4606993ac0480c58a147cd9";

    #[test]
    fn fields_cannot_flow_into_each_other() {
        let event = event();
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
