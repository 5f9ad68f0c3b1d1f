//! Laravel Sanctum: `personal_access_tokens`, with `users` where it is there.
//!
//! A client sends `id|token`; SHA-256 of what follows the bar is kept. A token with the ability `*` may do everything;
//! other abilities mean what the application makes of them, which no policy can say: such a token is taken in with a
//! policy that refuses everything, until it is given one.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::database::{Database, Rows, System};
use super::fields::Fields;
use super::{Oddity, Source, SourceError, foreign_token};
use crate::record::TokenRecord;
use crate::secret::{DigestKind, TokenDigest};
use crate::text::FreeText;
use crate::token::{Owner, StoredPolicy};
use crate::user::UserName;

/// The policy of a token whose abilities cannot be said in one.
const NOTHING: &str = r#"{"resources":{"*":{"block":["*"]}}}"#;

/// What users are called: by their class, as Laravel has made it since version 8 and before, and by the alias or the
/// table that a morph map has for it. Another class may have its own table, whose numbers are of somebody else.
const USERS: [&str; 4] = [r"App\Models\User", r"App\User", "user", "users"];

/// Where Laravel puts classes, the longer first.
const NAMESPACES: [&str; 2] = [r"App\Models\", r"App\"];

/// Reads the tokens of `database` at `now`.
///
/// A user goes by the address in the column `email` of the table `users`, which Laravel makes unique, or by `username`;
/// where it is not unique, no token of those who share it is taken in. Where there is neither, and for tokens of other
/// things than users, the name is `TYPE-NUMBER`, with the namespace of the type where it is not Laravel's own.
///
/// # Errors
///
/// [`SourceError`] when it is another system's.
pub fn read(database: Database, now: Timestamp) -> Result<Box<dyn Source>, SourceError> {
    let there = database.columns(Sanctum::TABLE)?;
    let users = database.find_columns("users")?;
    let of_token = |column| there.or("t", column, "NULL");
    let of_user = |column| match &users {
        Some(users) => users.or("u", column, "NULL"),
        None => "NULL".to_owned(),
    };
    let is_there = |column: &&str| users.as_ref().is_some_and(|users| users.has(column));
    let name = ["email", "username"].into_iter().find(is_there);
    let columns = format!(
        "t.token, t.name, t.abilities, t.tokenable_type, t.tokenable_id, t.created_at, t.updated_at, \
         t.last_used_at, {} AS expires_at, {} AS removed_at, {} AS user_number, {} AS username, {} AS gone_at",
        of_token("expires_at"),
        of_token("deleted_at"),
        of_user("id"),
        name.map_or_else(|| "NULL".to_owned(), of_user),
        of_user("deleted_at"),
    );
    let tables = match users {
        Some(_) => "personal_access_tokens AS t LEFT JOIN users AS u ON u.id = t.tokenable_id",
        None => "personal_access_tokens AS t",
    };
    if users.is_some() {
        database.check_users("users")?;
    }
    let system = Sanctum {
        has_users: users.is_some(),
        has_names: name.is_some(),
        shared_names: match name {
            Some(column) => database.find_shared("users", column)?,
            None => BTreeSet::new(),
        },
    };
    Ok(Box::new(Rows::new(
        database, system, &columns, tables, now,
    )?))
}

struct Sanctum {
    /// Whether the table `users` is there.
    has_users: bool,
    /// Whether a column of it names them.
    has_names: bool,
    /// The names that more than one of them has.
    shared_names: BTreeSet<String>,
}

impl System for Sanctum {
    const NAME: &'static str = "sanctum";
    const TABLE: &'static str = "personal_access_tokens";

    fn token(&self, fields: &mut Fields<'_, '_>) -> Result<TokenRecord, Oddity> {
        let owner = self.owner(fields)?;
        let digest = fields
            .text("token")?
            .and_then(|hex| TokenDigest::from_hex(DigestKind::SanctumSha256, hex))
            .ok_or(Oddity::Malformed { field: "token" })?;
        let created_at = fields.told_time("created_at").unwrap_or(fields.now);
        let mut record = foreign_token(owner, digest, Self::NAME, created_at);
        let token = &mut record.token;
        token.updated_at = fields.told_time("updated_at").unwrap_or(created_at);
        token.last_used_at = fields.told_time("last_used_at");
        token.expires_at = fields.time("expires_at")?;
        // Sanctum knows no such column: the application has made its tokens ones that are deleted softly.
        if fields.text("removed_at")?.is_some() {
            token.revoked_at = Some(fields.revocation("removed_at"));
        }
        token.note = FreeText::stored(fields.words("name"));
        let abilities = fields.json("abilities");
        if !may_do_everything(&abilities) {
            token.policy = StoredPolicy::new(NOTHING.to_owned());
            fields.notes.push(Oddity::Abilities);
        }
        record.extra = Some(
            json!({
                "id": fields.number("number"),
                "tokenable_type": fields.words("tokenable_type"),
                "tokenable_id": fields.number("tokenable_id"),
                "abilities": abilities,
            })
            .to_string(),
        );
        Ok(record)
    }
}

impl Sanctum {
    fn owner(&self, fields: &mut Fields<'_, '_>) -> Result<Owner, Oddity> {
        let class = fields.text("tokenable_type")?.unwrap_or_default();
        let is_user = self.has_users && USERS.iter().any(|user| class.eq_ignore_ascii_case(user));
        // One that was deleted softly is no user for Sanctum, and may be restored.
        let is_active = !is_user || fields.text("gone_at")?.is_none();
        if is_user && self.has_names {
            let owner = fields.owner(is_active)?;
            return match self.shared_names.contains(owner.name.as_str()) {
                true => Err(Oddity::SharedName),
                false => Ok(owner),
            };
        }
        if !is_user {
            fields.notes.push(Oddity::NoUser);
        }
        let kind = NAMESPACES
            .iter()
            .find_map(|namespace| class.strip_prefix(namespace))
            .unwrap_or(class);
        let number = match is_user {
            true => "user_number",
            false => "tokenable_id",
        };
        let number = fields
            .number(number)
            .filter(|_| !kind.is_empty())
            .ok_or(Oddity::UnknownUser)?;
        Ok(Owner::new(
            UserName::verbatim(format!("{kind}-{number}")),
            (!is_active).then_some(fields.now),
        ))
    }
}

fn may_do_everything(abilities: &Value) -> bool {
    abilities
        .as_array()
        .is_some_and(|list| list.iter().any(|ability| ability == "*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_for_unknown_abilities_refuses_everything() {
        use crate::policy::{Access, Policy};
        let policy = Policy::parse(NOTHING).unwrap();
        for method in ["GET", "POST", "DELETE"] {
            for access in [
                Access::to_unmapped(method),
                Access::to_resource(method, "review"),
                Access::to_object(method, "review", "1"),
            ] {
                assert!(!policy.decide(&access).allowed, "{method}");
            }
        }
    }

    #[test]
    fn only_the_star_is_everything() {
        for (abilities, all) in [
            (json!(["*"]), true),
            (json!(["read", "*"]), true),
            (json!(["read"]), false),
            (json!([]), false),
            (json!("*"), false),
            (Value::Null, false),
            (json!({"*": 1}), false),
        ] {
            assert_eq!(may_do_everything(&abilities), all, "{abilities}");
        }
    }
}
