//! What stands in one line of an export.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use super::super::Oddity;
use crate::clock::whole_second;
use crate::label::Labels;
use crate::network::Networks;
use crate::record::{TokenRecord, Tombstone, UserRecord};
use crate::secret::TokenDigest;
use crate::text::FreeText;
use crate::token::{Owner, StoredPolicy, Token};
use crate::token_id::TokenId;
use crate::user::UserName;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Line {
    Export(Header),
    User(UserLine),
    Token(Box<TokenLine>),
    Tombstone(TombstoneLine),
    End(Counts),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) version: u32,
    pub(super) exported_at: Timestamp,
}

/// How many lines of each kind an export has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Users.
    pub users: u64,
    /// Tokens.
    pub tokens: u64,
    /// Removed tokens.
    pub tombstones: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserLine {
    pub(super) name: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    #[serde(deserialize_with = "present")]
    disabled_at: Option<Timestamp>,
    #[serde(deserialize_with = "present")]
    deleted_at: Option<Timestamp>,
    former_names: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenLine {
    id: String,
    digest: String,
    user: String,
    #[serde(deserialize_with = "present")]
    user_disabled_at: Option<Timestamp>,
    note: String,
    labels: BTreeMap<String, String>,
    generator: String,
    created_at: Timestamp,
    created_by: String,
    updated_at: Timestamp,
    #[serde(deserialize_with = "present")]
    expires_at: Option<Timestamp>,
    #[serde(deserialize_with = "present")]
    last_used_at: Option<Timestamp>,
    #[serde(deserialize_with = "present")]
    suspended_at: Option<Timestamp>,
    #[serde(deserialize_with = "present")]
    revoked_at: Option<Timestamp>,
    revoked_reason: String,
    policy: String,
    #[serde(deserialize_with = "present")]
    networks: Option<Networks>,
    family: String,
    #[serde(deserialize_with = "present")]
    rotated_to: Option<String>,
    revision: u64,
    #[serde(deserialize_with = "present")]
    extra: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TombstoneLine {
    id: String,
    digest: String,
    removed_at: Timestamp,
}

/// Reads a field that may be null, and not missing: what is not said is not "never".
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

impl From<UserRecord> for UserLine {
    fn from(user: UserRecord) -> Self {
        let text = |name: &UserName| name.as_str().to_owned();
        Self {
            name: text(&user.name),
            created_at: user.created_at,
            updated_at: user.updated_at,
            disabled_at: user.disabled_at,
            deleted_at: user.deleted_at,
            former_names: user.former_names.iter().map(text).collect(),
        }
    }
}

impl From<UserLine> for UserRecord {
    fn from(line: UserLine) -> Self {
        Self {
            name: UserName::verbatim(line.name),
            created_at: whole_second(line.created_at),
            updated_at: whole_second(line.updated_at),
            disabled_at: line.disabled_at.map(whole_second),
            deleted_at: line.deleted_at.map(whole_second),
            former_names: line
                .former_names
                .into_iter()
                .map(UserName::verbatim)
                .collect(),
        }
    }
}

impl From<TokenRecord> for TokenLine {
    fn from(record: TokenRecord) -> Self {
        let token = record.token;
        Self {
            id: token.id.to_string(),
            digest: record.digest.to_text(),
            user: token.owner.name.as_str().to_owned(),
            user_disabled_at: token.owner.disabled_at,
            note: token.note.as_str().to_owned(),
            labels: token.labels.into(),
            generator: token.generator,
            created_at: token.created_at,
            created_by: token.created_by,
            updated_at: token.updated_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            suspended_at: token.suspended_at,
            revoked_at: token.revoked_at,
            revoked_reason: token.revoked_reason.as_str().to_owned(),
            policy: token.policy.as_str().to_owned(),
            networks: token.networks,
            family: token.family.to_string(),
            rotated_to: token.rotated_to.map(|id| id.to_string()),
            revision: token.revision,
            extra: record.extra,
        }
    }
}

impl TryFrom<TokenLine> for TokenRecord {
    type Error = Oddity;

    fn try_from(line: TokenLine) -> Result<Self, Oddity> {
        let rotated_to = line.rotated_to.as_deref();
        let token = Token {
            id: id(&line.id, "id")?,
            owner: Owner::new(
                UserName::verbatim(named(line.user)?),
                line.user_disabled_at.map(whole_second),
            ),
            note: FreeText::stored(line.note),
            labels: Labels::try_from(line.labels)
                .map_err(|_| Oddity::Malformed { field: "labels" })?,
            generator: line.generator,
            created_at: whole_second(line.created_at),
            created_by: line.created_by,
            updated_at: whole_second(line.updated_at),
            expires_at: line.expires_at.map(whole_second),
            last_used_at: line.last_used_at.map(whole_second),
            suspended_at: line.suspended_at.map(whole_second),
            revoked_at: line.revoked_at.map(whole_second),
            revoked_reason: FreeText::stored(line.revoked_reason),
            policy: StoredPolicy::new(line.policy),
            networks: line.networks,
            family: id(&line.family, "family")?,
            rotated_to: rotated_to.map(|text| id(text, "rotated_to")).transpose()?,
            revision: line.revision,
        };
        Ok(Self {
            token,
            digest: digest(&line.digest)?,
            other_digests: Vec::new(),
            extra: line.extra,
        })
    }
}

impl From<Tombstone> for TombstoneLine {
    fn from(tombstone: Tombstone) -> Self {
        Self {
            id: tombstone.id.to_string(),
            digest: tombstone.digest.to_text(),
            removed_at: tombstone.at,
        }
    }
}

impl TryFrom<TombstoneLine> for Tombstone {
    type Error = Oddity;

    fn try_from(line: TombstoneLine) -> Result<Self, Oddity> {
        Ok(Self {
            digest: digest(&line.digest)?,
            id: id(&line.id, "id")?,
            at: whole_second(line.removed_at),
        })
    }
}

fn id(text: &str, field: &'static str) -> Result<TokenId, Oddity> {
    TokenId::parse(text).map_err(|_| Oddity::Malformed { field })
}

fn digest(text: &str) -> Result<TokenDigest, Oddity> {
    TokenDigest::from_text(text).ok_or(Oddity::Malformed { field: "digest" })
}

fn named(user: String) -> Result<String, Oddity> {
    match user.is_empty() {
        true => Err(Oddity::UnknownUser),
        false => Ok(user),
    }
}
