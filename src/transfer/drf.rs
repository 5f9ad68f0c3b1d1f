//! Django REST framework: `authtoken_token` with `auth_user`. One token a user, plain, without an end.

use jiff::Timestamp;

use super::database::{Database, Rows, System};
use super::fields::Fields;
use super::{Oddity, Source, SourceError, foreign_token};
use crate::record::TokenRecord;

/// Reads the tokens of `database` at `now`.
///
/// # Errors
///
/// [`SourceError`] when it is another system's.
pub fn read(database: Database, now: Timestamp) -> Result<Box<dyn Source>, SourceError> {
    database.columns(Drf::TABLE)?;
    database.check_django_users(Drf::TABLE)?;
    let columns = "t.key, t.created, u.username, u.is_active";
    let tables = "authtoken_token AS t LEFT JOIN auth_user AS u ON u.id = t.user_id";
    Ok(Box::new(Rows::new(database, Drf, columns, tables, now)?))
}

struct Drf;

impl System for Drf {
    const NAME: &'static str = "drf";
    const TABLE: &'static str = "authtoken_token";

    fn token(&self, fields: &mut Fields<'_, '_>) -> Result<TokenRecord, Oddity> {
        let owner = fields.django_owner()?;
        let digests = fields.plain_token("key")?;
        let created_at = fields.told_time("created").unwrap_or(fields.now);
        Ok(foreign_token(owner, digests, Self::NAME, created_at))
    }
}
