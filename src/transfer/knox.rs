//! django-rest-knox: `knox_authtoken` with `auth_user`. SHA-512 of each token is kept, and its end.

use jiff::Timestamp;
use serde_json::json;

use super::database::{Database, Rows, System};
use super::fields::Fields;
use super::{Oddity, Source, SourceError, foreign_token};
use crate::record::TokenRecord;
use crate::secret::{DigestKind, TokenDigest};

/// Reads the tokens of `database` at `now`.
///
/// # Errors
///
/// [`SourceError`] when it is another system's.
pub fn read(database: Database, now: Timestamp) -> Result<Box<dyn Source>, SourceError> {
    let there = database.columns(Knox::TABLE)?;
    database.check_django_users(Knox::TABLE)?;
    // Until knox 4.2 a token was hashed with a salt of its own, which no lookup by digest can do.
    if there.has("salt") {
        return Err(SourceError::NotThis {
            what: "its digests are salted, as those of knox before 4.2: they cannot be looked up"
                .into(),
        });
    }
    // Before knox 4 the end had another name.
    let end = ["expiry", "expires"]
        .into_iter()
        .find(|name| there.has(name));
    let columns = format!(
        "t.digest, t.token_key, t.created, t.{} AS expiry, u.username, u.is_active",
        end.unwrap_or("expiry")
    );
    let tables = "knox_authtoken AS t LEFT JOIN auth_user AS u ON u.id = t.user_id";
    Ok(Box::new(Rows::new(database, Knox, &columns, tables, now)?))
}

struct Knox;

impl System for Knox {
    const NAME: &'static str = "knox";
    const TABLE: &'static str = "knox_authtoken";

    fn token(&self, fields: &mut Fields<'_, '_>) -> Result<TokenRecord, Oddity> {
        let owner = fields.django_owner()?;
        let hex = fields.text("digest")?.unwrap_or_default();
        // Its settings may name another hash; SHA-256 is one we know.
        let digest = TokenDigest::from_hex(DigestKind::KnoxSha512, hex)
            .or_else(|| TokenDigest::from_hex(DigestKind::Sha256, hex))
            .ok_or(Oddity::Malformed { field: "digest" })?;
        let created_at = fields.told_time("created").unwrap_or(fields.now);
        let mut record = foreign_token(owner, digest, Self::NAME, created_at);
        record.token.expires_at = fields.time("expiry")?;
        // The first characters of the token, which knox shows and looks it up by.
        record.extra = Some(json!({ "token_key": fields.words("token_key") }).to_string());
        Ok(record)
    }
}
