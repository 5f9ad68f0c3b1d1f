//! Review Board and other services of djblets: `webapi_webapitoken` with `auth_user`.
//!
//! Tokens are plain there; they are hashed here. All that is known of one is kept: why and since when it is invalid, its
//! end, policy, note, last use and generator, and its extra data beside it. A policy is kept as it is written and
//! decided as djblets would, but that a damaged one refuses everything, where djblets takes it for full access.

use jiff::Timestamp;
use serde_json::json;

use super::database::{Database, Rows, System};
use super::fields::Fields;
use super::{Oddity, Source, SourceError, foreign_token};
use crate::record::TokenRecord;
use crate::text::FreeText;
use crate::token::StoredPolicy;

/// Reads the tokens of `database`; `now` is the date of a token that is invalid without one.
///
/// # Errors
///
/// [`SourceError`] when it is another system's.
pub fn read(database: Database, now: Timestamp) -> Result<Box<dyn Source>, SourceError> {
    let there = database.columns(Djblets::TABLE)?;
    database.check_django_users(Djblets::TABLE)?;
    // Before djblets 3 a token could not be invalid or expire, and had no generator; Review Board has sites.
    let columns: Vec<String> = [
        ("token_generator_id", "'legacy_sha1'"),
        ("last_used", "NULL"),
        ("expires", "NULL"),
        ("valid", "1"),
        ("invalid_date", "NULL"),
        ("invalid_reason", "''"),
        ("local_site_id", "NULL"),
    ]
    .into_iter()
    .map(|(name, otherwise)| format!("{} AS {name}", there.or("t", name, otherwise)))
    .collect();
    let columns = format!(
        "t.token, t.time_added, t.last_updated, t.note, t.policy, t.extra_data, u.username, u.is_active, {}",
        columns.join(", ")
    );
    let tables = "webapi_webapitoken AS t LEFT JOIN auth_user AS u ON u.id = t.user_id";
    Ok(Box::new(Rows::new(
        database, Djblets, &columns, tables, now,
    )?))
}

struct Djblets;

impl System for Djblets {
    const NAME: &'static str = "djblets";
    const TABLE: &'static str = "webapi_webapitoken";

    fn token(&self, fields: &mut Fields<'_, '_>) -> Result<TokenRecord, Oddity> {
        let owner = fields.django_owner()?;
        let digests = fields.plain_token("token")?;
        let created_at = fields.told_time("time_added").unwrap_or(fields.now);
        let generator = fields.words("token_generator_id");
        let mut record = foreign_token(owner, digests, &generator, created_at);
        let token = &mut record.token;
        token.updated_at = fields.told_time("last_updated").unwrap_or(created_at);
        token.last_used_at = fields.told_time("last_used");
        token.expires_at = fields.time("expires")?;
        if !fields.flag("valid")? {
            token.revoked_at = Some(fields.revocation("invalid_date"));
            token.revoked_reason = FreeText::stored(fields.words("invalid_reason"));
        }
        token.note = FreeText::stored(fields.words("note"));
        // What is no text at all is no policy either: an empty text is refused as a damaged one is.
        let policy = fields.text("policy").ok().flatten();
        token.policy = StoredPolicy::new(policy.unwrap_or_default().to_owned());
        let site = fields.number("local_site_id");
        if site.is_some() {
            fields.notes.push(Oddity::Partial);
        }
        record.extra = Some(
            json!({
                "id": fields.number("number"),
                "extra_data": fields.json("extra_data"),
                "local_site_id": site,
            })
            .to_string(),
        );
        Ok(record)
    }
}
