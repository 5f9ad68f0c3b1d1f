//! Changes to users.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};
use serde_json::json;

use super::super::error::database_error;
use super::super::query::{self, UserRow};
use super::Writer;
use crate::change::{Hit, Target};
use crate::selector::Selector;
use crate::store::ChangeError;
use crate::text::FreeText;
use crate::user::{User, UserName};

impl Writer<'_> {
    pub(super) fn add_user(&mut self, name: &UserName) -> Result<(), ChangeError> {
        self.execute(
            "INSERT INTO user (name, created_at, updated_at) \
             SELECT ?1, ?2, ?2 WHERE NOT EXISTS (SELECT 1 FROM user_name WHERE name = ?1)",
            params![name.as_str(), self.now.as_second()],
        )?;
        let seq = self.connection.last_insert_rowid();
        self.claim_name(name, seq)?;
        let user = User {
            name: name.clone(),
            created_at: self.now,
            updated_at: self.now,
            disabled_at: None,
        };
        self.hit_user(user, "user.added", json!({}))
    }

    pub(super) fn rename_user(
        &mut self,
        name: &UserName,
        to: &UserName,
    ) -> Result<(), ChangeError> {
        let UserRow { seq, mut user } = self.user(name)?;
        self.claim_name(to, seq)?;
        self.execute(
            "UPDATE user SET name = ?1, updated_at = ?2 WHERE seq = ?3",
            params![to.as_str(), self.now.as_second(), seq],
        )?;
        user.name = to.clone();
        user.updated_at = self.now;
        self.hit_user(user, "user.renamed", json!({ "from": name.as_str() }))
    }

    pub(super) fn set_disabled(
        &mut self,
        name: &UserName,
        disabled: bool,
    ) -> Result<(), ChangeError> {
        let UserRow { seq, mut user } = self.user(name)?;
        if user.disabled_at.is_some() == disabled {
            self.applied.users.push(Hit::new(user, false));
            return Ok(());
        }
        user.disabled_at = disabled.then_some(self.now);
        user.updated_at = self.now;
        self.execute(
            "UPDATE user SET disabled_at = ?1, updated_at = ?2 WHERE seq = ?3",
            params![
                user.disabled_at.map(Timestamp::as_second),
                self.now.as_second(),
                seq
            ],
        )?;
        let action = if disabled {
            "user.disabled"
        } else {
            "user.enabled"
        };
        self.hit_user(user, action, json!({}))
    }

    pub(super) fn delete_user(
        &mut self,
        name: &UserName,
        reason: &FreeText,
    ) -> Result<(), ChangeError> {
        let UserRow { seq, user } = self.user(name)?;
        let tokens = Target::Matching(Selector {
            users: vec![name.clone()],
            ..Selector::default()
        });
        self.each(&tokens, |writer, row| writer.revoke(row, reason))?;
        self.execute(
            "UPDATE user SET deleted_at = ?1, updated_at = ?1 WHERE seq = ?2",
            params![self.now.as_second(), seq],
        )?;
        self.hit_user(user, "user.deleted", json!({}))
    }

    pub(super) fn user(&self, name: &UserName) -> Result<UserRow, ChangeError> {
        query::find_user(self.connection, name)?
            .ok_or_else(|| ChangeError::NoSuchUser { name: name.clone() })
    }

    /// Gives `name` to the user `seq` for good, unless somebody has or had it or one that looks like it.
    fn claim_name(&self, name: &UserName, seq: i64) -> Result<(), ChangeError> {
        let (folded, skeleton) = name.look_alike_keys();
        let taken = self
            .connection
            .query_row(
                "SELECT n.name, u.name = n.name AND u.deleted_at IS NULL, n.name = ?1 \
                 FROM user_name AS n JOIN user AS u ON u.seq = n.user \
                 WHERE n.name = ?1 OR n.folded = ?2 OR n.skeleton = ?3 \
                 ORDER BY n.name = ?1 DESC LIMIT 1",
                params![name.as_str(), folded, skeleton],
                |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()
            .map_err(database_error)?;
        match taken {
            None => {}
            Some((_, true, true)) => return Err(ChangeError::NameTaken { name: name.clone() }),
            Some((_, false, true)) => return Err(ChangeError::NameReserved { name: name.clone() }),
            Some((existing, _, false)) => {
                let existing = UserName::verbatim(existing);
                return Err(ChangeError::LookAlike {
                    name: name.clone(),
                    existing,
                });
            }
        }
        self.execute(
            "INSERT INTO user_name (name, folded, skeleton, user) VALUES (?1, ?2, ?3, ?4)",
            params![name.as_str(), folded, skeleton, seq],
        )?;
        Ok(())
    }
}
