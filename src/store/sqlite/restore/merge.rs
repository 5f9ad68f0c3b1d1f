//! A backup comes into a store that works: all in one transaction of that store.

use jiff::Timestamp;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};
use serde_json::json;

use super::super::apply::Writer;
use super::super::commit::commit;
use super::super::error::database_error;
use super::super::files::StoreFiles;
use super::super::{configure, history, open_for_writing, open_immutable, query, schema};
use super::{TAKEN_AWAY, Taken, parted, record, told};

use crate::change::Mode;
use crate::clock::whole_second;
use crate::store::care::{Fate, Relation, Restoration, RestoreError, Restored, RestoredToken, Way};
use crate::store::{OpenOptions, StoreError};
use crate::token::Token;
use crate::token_id::TokenId;
use crate::user::UserName;

/// Brings what the store has lost back into it.
pub(super) fn merge(
    files: &StoreFiles,
    taken: &Taken,
    restoration: &Restoration<'_>,
    options: &OpenOptions,
) -> Result<Restored, RestoreError> {
    let mut connection = open_for_writing(files, options.writer_timeout)?.connection;
    connection
        .pragma_update(None, "synchronous", "FULL")
        .and_then(|()| connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 1))
        .map_err(database_error)?;
    let copy = taken.path.to_str().ok_or_else(|| StoreError::Corrupt {
        what: "the directory of the store has a name that is not UTF-8".into(),
    })?;
    connection
        .execute("ATTACH ?1 AS backup", [copy])
        .map_err(database_error)?;
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(database_error)?;
    schema::check_writable(&transaction)?;
    let relation = relate(&transaction)?;
    let merging = Merging {
        connection: &transaction,
        relation,
        now: whole_second(restoration.now),
    };
    merging.take_users()?;
    merging.take_tombstones()?;
    merging.take_tokens(taken)?;
    merging.take_history()?;
    let tokens = merging.fates(taken)?;
    let restored = Restored {
        backup: taken.content,
        way: Way::Merged { relation },
        tokens,
    };
    merging.record(&restored, restoration)?;
    match restoration.mode {
        Mode::DryRun => transaction.rollback().map_err(database_error)?,
        Mode::Commit => {
            if let Some(begin) = &options.before_commit {
                begin();
            }
            let newest = history::newest_event(&transaction)?;
            if let Err(error) = commit(transaction) {
                // The store commits before the backup is given back. Where only that failed, all of it is done.
                let is_done = !matches!(error, StoreError::InDoubt { .. })
                    && history::newest_event(&connection).is_ok_and(|found| found == newest);
                if !is_done {
                    return Err(error.into());
                }
            }
        }
    }
    Ok(restored)
}

/// Finds out which of the two histories goes on from the other.
fn relate(connection: &Connection) -> Result<Relation, RestoreError> {
    let hash = |database: &str, seq: i64| {
        connection
            .query_row(
                &format!("SELECT hash FROM {database}.event WHERE seq = ?1"),
                [seq],
                |row| row.get::<_, [u8; 32]>(0),
            )
            .optional()
            .map_err(database_error)
    };
    let newest = |database: &str| {
        connection
            .query_row(
                &format!("SELECT ifnull(max(seq), 0) FROM {database}.event"),
                [],
                |row| row.get::<_, i64>(0),
            )
            .map_err(database_error)
    };
    let (ours, theirs) = (newest("main")?, newest("backup")?);
    let common = ours.min(theirs);
    if hash("main", common)? != hash("backup", common)? {
        if hash("main", 1)? != hash("backup", 1)? {
            return Err(RestoreError::OtherStore);
        }
        return Ok(Relation::Parted);
    }
    Ok(if theirs <= ours {
        Relation::Older
    } else {
        Relation::Newer
    })
}

/// A transaction of the store with the backup beside it.
///
/// Rows have other numbers in the two: a number that was freed by pruning is given again. So users are found by their
/// names, any of which is theirs for good, and tokens by id and digest.
struct Merging<'a> {
    connection: &'a Connection,
    relation: Relation,
    now: Timestamp,
}

impl Merging<'_> {
    fn run(&self, sql: &str) -> Result<(), StoreError> {
        self.connection.execute_batch(sql).map_err(database_error)
    }

    fn take_users(&self) -> Result<(), RestoreError> {
        self.run(
            "CREATE TEMP TABLE user_before AS
             SELECT seq, disabled_at, deleted_at FROM main.user;
             CREATE INDEX temp.user_before_seq ON user_before (seq);
             CREATE TEMP TABLE owner
             (theirs INTEGER NOT NULL, ours INTEGER NOT NULL, is_new INTEGER NOT NULL);
             INSERT INTO temp.owner (theirs, ours, is_new)
             SELECT DISTINCT b.user, o.user, 0
             FROM backup.user_name AS b JOIN main.user_name AS o ON o.name = b.name;
             CREATE INDEX temp.owner_theirs ON owner (theirs);",
        )?;
        let contradictions: i64 = self
            .connection
            .query_row(
                "SELECT (SELECT count(*) - count(DISTINCT theirs) FROM temp.owner) \
                 + (SELECT count(*) - count(DISTINCT ours) FROM temp.owner)",
                [],
                |row| row.get(0),
            )
            .map_err(database_error)?;
        if contradictions > 0 {
            return Err(RestoreError::NamesContradict);
        }
        match self.relation {
            Relation::Older => {}
            Relation::Newer => self.run(
                "UPDATE main.user AS o
                 SET name = b.name, updated_at = b.updated_at, disabled_at = b.disabled_at,
                     deleted_at = b.deleted_at
                 FROM temp.owner AS m JOIN backup.user AS b ON b.seq = m.theirs
                 WHERE m.ours = o.seq;",
            )?,
            // Neither knows what the other has refused since: both count.
            Relation::Parted => self.run(
                "UPDATE main.user AS o
                 SET disabled_at = ifnull(o.disabled_at, b.disabled_at),
                     deleted_at = ifnull(o.deleted_at, b.deleted_at)
                 FROM temp.owner AS m JOIN backup.user AS b ON b.seq = m.theirs
                 WHERE m.ours = o.seq;",
            )?,
        }
        Ok(self.run(RETURN_USERS)?)
    }

    /// What was removed on either side stays removed; a token of ours that has the digest of one under another id is
    /// revoked later, and stays in the place of the tombstone.
    fn take_tombstones(&self) -> Result<(), StoreError> {
        self.run(
            "INSERT OR IGNORE INTO main.tombstone (digest, digest_kind, id, at)
             SELECT b.digest, b.digest_kind, b.id, b.at
             FROM backup.tombstone AS b
             WHERE NOT EXISTS (SELECT 1 FROM main.token AS t
                               WHERE t.digest = b.digest AND t.digest_kind = b.digest_kind
                               AND t.id <> b.id);
             CREATE TEMP TABLE removed AS
             SELECT t.seq AS token, t.id, u.name
             FROM main.token AS t JOIN backup.tombstone AS b
             ON b.digest = t.digest AND b.digest_kind = t.digest_kind AND b.id = t.id
             JOIN main.user AS u ON u.seq = t.user;
             DELETE FROM main.token_label WHERE token IN (SELECT token FROM temp.removed);
             DELETE FROM main.usage WHERE token IN (SELECT token FROM temp.removed);
             DELETE FROM main.token WHERE seq IN (SELECT token FROM temp.removed);",
        )
    }

    fn take_tokens(&self, taken: &Taken) -> Result<(), StoreError> {
        self.run(
            "CREATE TEMP TABLE came (id TEXT NOT NULL PRIMARY KEY, fate INTEGER NOT NULL) WITHOUT ROWID;",
        )?;
        if self.relation != Relation::Older {
            self.update_tokens(taken)?;
        }
        self.run(RETURN_TOKENS)?;
        self.run(&HEED_HISTORY.replace("{taken_away}", TAKEN_AWAY))?;
        // A token that was issued to a user who has been deleted since dies with them.
        self.run(
            "INSERT OR IGNORE INTO temp.came (id, fate)
             SELECT t.id, 1
             FROM main.token AS t JOIN main.user AS u ON u.seq = t.user
             WHERE u.deleted_at IS NOT NULL AND t.revoked_at IS NULL;
             UPDATE main.token AS t
             SET revoked_at = u.deleted_at, revoked_reason = 'user deleted', revision = t.revision + 1
             FROM main.user AS u
             WHERE u.seq = t.user AND u.deleted_at IS NOT NULL AND t.revoked_at IS NULL;",
        )?;
        self.run(FIND_DEAD_ELSEWHERE)?;
        self.connection
            .execute(
                "UPDATE main.token
                 SET revoked_at = ?1, revoked_reason = 'revoked under another id', revision = revision + 1
                 WHERE id IN (SELECT id FROM temp.dead_elsewhere)",
                [self.now.as_second()],
            )
            .map_err(database_error)?;
        self.run(TAKE_LABELS_AND_USES)
    }

    /// Writes the newer record of tokens that both have; what either has refused stays refused where they parted.
    fn update_tokens(&self, taken: &Taken) -> Result<(), StoreError> {
        let newer_is_theirs = match self.relation {
            Relation::Older => "0",
            Relation::Newer => "1",
            Relation::Parted => "(b.updated_at, b.revision) > (t.updated_at, t.revision)",
        };
        let either = i64::from(self.relation == Relation::Parted);
        self.run(&PAIR_TOKENS.replace("{newer_is_theirs}", newer_is_theirs))?;
        let bounds = if self.relation == Relation::Parted {
            parted::find_bounds(self.connection, &open_taken(taken)?)?
        } else {
            Vec::new()
        };
        for sql in MERGE_PAIRS {
            let mut statement = self.connection.prepare(sql).map_err(database_error)?;
            let values: &[&dyn rusqlite::ToSql] = &[&either, &self.now.as_second()];
            let values = values.get(..statement.parameter_count()).unwrap_or(values);
            statement.execute(values).map_err(database_error)?;
        }
        parted::hold(self.connection, &bounds, self.now)
    }

    /// Where the backup has gone on from here, its history is ours too.
    fn take_history(&self) -> Result<(), StoreError> {
        if self.relation != Relation::Newer {
            return Ok(());
        }
        self.run(
            "INSERT INTO main.event
             (seq, at, actor, action, user, token, details, previous_hash, hash)
             SELECT seq, at, actor, action, user, token, details, previous_hash, hash
             FROM backup.event
             WHERE seq > (SELECT ifnull(max(seq), 0) FROM main.event)
             ORDER BY seq;",
        )
    }

    /// Returns what has become of the tokens of the backup that are not simply as they were.
    fn fates(&self, taken: &Taken) -> Result<Vec<RestoredToken>, StoreError> {
        let backup = open_taken(taken)?;
        let mut statement = self.connection.prepare(FATES).map_err(database_error)?;
        let mut rows = statement
            .query(params![self.now.as_second()])
            .map_err(database_error)?;
        let mut tokens = Vec::new();
        while let Some(row) = rows.next().map_err(database_error)? {
            let id = id_of(row)?;
            let fate = match row.get::<_, i64>(1).map_err(database_error)? {
                0 => Fate::Returned,
                1 => Fate::Updated,
                _ => Fate::StaysDead,
            };
            let found = match query::find_token(self.connection, &id)? {
                Some(found) => found,
                None => query::find_token(&backup, &id)?.ok_or_else(query::unreadable_id)?,
            };
            tokens.push(RestoredToken {
                token: found.token,
                fate,
            });
        }
        Ok(tokens)
    }

    /// Returns all tokens that were written, also those that are refused as soon as they are back.
    fn tokens_that_came(&self) -> Result<Vec<Token>, StoreError> {
        let mut statement = self
            .connection
            .prepare("SELECT id FROM temp.came ORDER BY id")
            .map_err(database_error)?;
        let mut rows = statement.query([]).map_err(database_error)?;
        let mut tokens = Vec::new();
        while let Some(row) = rows.next().map_err(database_error)? {
            let found = query::find_token(self.connection, &id_of(row)?)?;
            tokens.extend(found.map(|found| found.token));
        }
        Ok(tokens)
    }

    /// Appends an event for each user who is back, or who is refused since.
    fn record_users(&self, writer: &mut Writer<'_>) -> Result<(), StoreError> {
        let sql = "SELECT u.name, u.disabled_at, u.deleted_at
                   FROM main.user AS u LEFT JOIN temp.user_before AS w ON w.seq = u.seq
                   WHERE w.seq IS NULL OR u.disabled_at IS NOT w.disabled_at
                   OR u.deleted_at IS NOT w.deleted_at
                   ORDER BY u.seq";
        let mut statement = self.connection.prepare(sql).map_err(database_error)?;
        let mut rows = statement.query([]).map_err(database_error)?;
        while let Some(row) = rows.next().map_err(database_error)? {
            let name = UserName::verbatim(row.get::<_, String>(0).map_err(database_error)?);
            let details = json!({
                "disabled_at": told(row.get(1).map_err(database_error)?),
                "deleted_at": told(row.get(2).map_err(database_error)?),
            });
            writer.record("user.restored", &name, None, details)?;
        }
        Ok(())
    }

    /// Appends an event for each token that was removed on the other side.
    fn record_removals(&self, writer: &mut Writer<'_>) -> Result<(), StoreError> {
        let sql = "SELECT id, name FROM temp.removed ORDER BY token";
        let mut statement = self.connection.prepare(sql).map_err(database_error)?;
        let mut rows = statement.query([]).map_err(database_error)?;
        while let Some(row) = rows.next().map_err(database_error)? {
            let owner = UserName::verbatim(row.get::<_, String>(1).map_err(database_error)?);
            let details = json!({ "state": "removed" });
            writer.record("token.restored", &owner, Some(&id_of(row)?), details)?;
        }
        Ok(())
    }

    /// Appends an event for each user and token whose way back no other event tells, and one for the whole.
    fn record(&self, restored: &Restored, restoration: &Restoration<'_>) -> Result<(), StoreError> {
        let mut writer = Writer::begin(self.connection, restoration.actor, self.now)?;
        if self.relation != Relation::Newer {
            self.record_users(&mut writer)?;
            self.record_removals(&mut writer)?;
            for token in self.tokens_that_came()? {
                let details = json!({
                    "state": token.state(self.now).as_str(),
                    "policy": token.policy.as_str(),
                    "networks": token.networks,
                    "expires_at": token.expires_at.map(|end| end.to_string()),
                });
                let owner = &token.owner.name;
                writer.record("token.restored", owner, Some(&token.id), details)?;
            }
        }
        let counts = json!({
            "returned": restored.count(Fate::Returned),
            "updated": restored.count(Fate::Updated),
            "stays_dead": restored.count(Fate::StaysDead),
        });
        record(
            &mut writer,
            &restored.backup,
            self.relation.as_str(),
            counts,
        )
    }
}

fn open_taken(taken: &Taken) -> Result<Connection, StoreError> {
    let backup = open_immutable(&StoreFiles::at(&taken.path)?).map_err(database_error)?;
    configure(&backup, std::time::Duration::ZERO)?;
    Ok(backup)
}

fn id_of(row: &Row<'_>) -> Result<TokenId, StoreError> {
    let id: String = row.get(0).map_err(database_error)?;
    TokenId::parse(&id).map_err(|_| query::unreadable_id())
}

/// Inserts the users none of whose names the store knows, and all names that it does not know.
const RETURN_USERS: &str = "
INSERT INTO main.user (name, created_at, updated_at, disabled_at, deleted_at)
SELECT name, created_at, updated_at, disabled_at, deleted_at
FROM backup.user
WHERE seq NOT IN (SELECT theirs FROM temp.owner)
ORDER BY seq;
INSERT INTO temp.owner (theirs, ours, is_new)
SELECT b.seq, o.seq, 1
FROM backup.user AS b JOIN main.user AS o ON o.name = b.name
WHERE b.seq NOT IN (SELECT theirs FROM temp.owner);
INSERT INTO main.user_name (name, folded, skeleton, user)
SELECT n.name, n.folded, n.skeleton, m.ours
FROM backup.user_name AS n JOIN temp.owner AS m ON m.theirs = n.user
WHERE NOT EXISTS (SELECT 1 FROM main.user_name AS o WHERE o.name = n.name);";

/// Inserts the tokens that the store does not have, and never removed.
const RETURN_TOKENS: &str = "
INSERT INTO temp.came (id, fate)
SELECT b.id, 0
FROM backup.token AS b
WHERE NOT EXISTS (SELECT 1 FROM main.token AS t WHERE t.id = b.id)
AND NOT EXISTS (SELECT 1 FROM main.token AS t
                WHERE t.digest = b.digest AND t.digest_kind = b.digest_kind)
AND NOT EXISTS (SELECT 1 FROM main.tombstone AS d WHERE d.id = b.id)
AND NOT EXISTS (SELECT 1 FROM main.tombstone AS d
                WHERE d.digest = b.digest AND d.digest_kind = b.digest_kind);
INSERT INTO main.token
(id, digest, digest_kind, user, note, labels, generator, created_at, created_by, updated_at,
 expires_at, suspended_at, revoked_at, revoked_reason, policy, networks, family, rotated_to,
 revision, extra)
SELECT b.id, b.digest, b.digest_kind, m.ours, b.note, b.labels, b.generator, b.created_at,
       b.created_by, b.updated_at, b.expires_at, b.suspended_at, b.revoked_at, b.revoked_reason,
       b.policy, b.networks, b.family, b.rotated_to, b.revision, b.extra
FROM backup.token AS b JOIN temp.owner AS m ON m.theirs = b.user
WHERE b.id IN (SELECT id FROM temp.came WHERE fate = 0)
ORDER BY b.seq;";

/// A record that was lost comes back as it was when the backup was made. Where the history tells of rights that were
/// taken away later, which ones is lost with the record, and it comes back suspended. What the history tells to be
/// revoked is revoked, also where the record in the store says otherwise.
const HEED_HISTORY: &str = "
CREATE TEMP TABLE later AS
SELECT e.token, e.action, e.at
FROM main.event AS e JOIN temp.came AS c ON c.id = e.token
WHERE c.fate = 0
AND e.action IN ('token.revoked', 'token.pruned', {taken_away})
AND NOT EXISTS (SELECT 1 FROM backup.event AS b WHERE b.seq = e.seq AND b.hash = e.hash);
CREATE TEMP TABLE revoked AS
SELECT e.token, min(e.at) AS at
FROM main.event AS e JOIN main.token AS t ON t.id = e.token
WHERE t.revoked_at IS NULL
AND (e.action = 'token.revoked'
     OR e.action = 'token.pruned' AND t.id IN (SELECT token FROM temp.later))
GROUP BY e.token;
INSERT OR IGNORE INTO temp.came (id, fate) SELECT token, 1 FROM temp.revoked;
UPDATE main.token AS t
SET revoked_at = r.at, revoked_reason = 'revoked, as the history tells', revision = t.revision + 1
FROM temp.revoked AS r
WHERE t.id = r.token;
UPDATE main.token AS t
SET suspended_at = l.at
FROM (SELECT token, min(at) AS at FROM temp.later
      WHERE action IN ({taken_away}) GROUP BY token) AS l
WHERE t.id = l.token AND t.suspended_at IS NULL;
UPDATE main.user AS u
SET deleted_at = e.at
FROM (SELECT n.user, min(e.at) AS at
      FROM main.event AS e JOIN main.user_name AS n ON n.name = e.user
      WHERE e.action = 'user.deleted' GROUP BY n.user) AS e
WHERE e.user = u.seq AND u.deleted_at IS NULL;
UPDATE main.user AS u
SET disabled_at = e.at
FROM (SELECT n.user, max(e.seq) AS seq, e.at, e.action
      FROM main.event AS e JOIN main.user_name AS n ON n.name = e.user
      WHERE e.action IN ('user.disabled', 'user.enabled') GROUP BY n.user) AS e
WHERE e.user = u.seq AND e.action = 'user.disabled' AND u.disabled_at IS NULL
AND u.seq IN (SELECT ours FROM temp.owner WHERE is_new);";

/// Finds the tokens whose secret the backup knows to be dead under another id, as when both sides brought it in from
/// elsewhere.
const FIND_DEAD_ELSEWHERE: &str = "
CREATE TEMP TABLE dead_elsewhere AS
SELECT t.id
FROM main.token AS t
WHERE t.revoked_at IS NULL
AND (EXISTS (SELECT 1 FROM backup.token AS b
             WHERE b.digest = t.digest AND b.digest_kind = t.digest_kind
             AND b.id <> t.id AND b.revoked_at IS NOT NULL)
     OR EXISTS (SELECT 1 FROM backup.tombstone AS b
                WHERE b.digest = t.digest AND b.digest_kind = t.digest_kind AND b.id <> t.id));
INSERT OR IGNORE INTO temp.came (id, fate) SELECT id, 1 FROM temp.dead_elsewhere;";

/// Finds the tokens that both have and that are not the same.
const PAIR_TOKENS: &str = "
CREATE TEMP TABLE pair AS
SELECT t.seq AS ours, b.seq AS theirs, {newer_is_theirs} AS wins
FROM main.token AS t JOIN backup.token AS b
ON b.id = t.id AND b.digest = t.digest AND b.digest_kind = t.digest_kind
WHERE (b.updated_at, b.revision) <> (t.updated_at, t.revision)
OR b.revoked_at IS NOT t.revoked_at OR b.suspended_at IS NOT t.suspended_at
OR b.rotated_to IS NOT t.rotated_to OR b.expires_at IS NOT t.expires_at
OR b.policy <> t.policy OR b.networks IS NOT t.networks;
INSERT INTO temp.came (id, fate)
SELECT t.id, 1 FROM main.token AS t JOIN temp.pair AS p ON p.ours = t.seq
WHERE p.wins OR (SELECT b.revoked_at IS NOT NULL OR b.rotated_to IS NOT NULL
                        OR b.suspended_at IS NOT NULL
                 FROM backup.token AS b WHERE b.seq = p.theirs);";

/// Merges each pair; ?1 says whether the refusals of both count, ?2 is now.
const MERGE_PAIRS: [&str; 2] = [
    "UPDATE main.token AS t
     SET revoked_reason = CASE
             WHEN t.revoked_at IS NOT NULL AND (b.revoked_at IS NULL OR t.revoked_at <= b.revoked_at)
             THEN t.revoked_reason ELSE b.revoked_reason END,
         revoked_at = min(ifnull(t.revoked_at, b.revoked_at), ifnull(b.revoked_at, t.revoked_at)),
         suspended_at = CASE WHEN p.wins
             THEN ifnull(b.suspended_at, iif(?1, t.suspended_at, NULL))
             ELSE ifnull(t.suspended_at, iif(?1, b.suspended_at, NULL)) END,
         rotated_to = CASE WHEN p.wins
             THEN ifnull(b.rotated_to, iif(?1, t.rotated_to, NULL))
             ELSE ifnull(t.rotated_to, iif(?1, b.rotated_to, NULL)) END,
         expires_at = CASE
             WHEN ?1 AND p.wins AND (t.expires_at <= ?2 OR t.rotated_to IS NOT NULL)
             THEN min(t.expires_at, ifnull(b.expires_at, t.expires_at))
             WHEN ?1 AND NOT p.wins AND (b.expires_at <= ?2 OR b.rotated_to IS NOT NULL)
             THEN min(b.expires_at, ifnull(t.expires_at, b.expires_at))
             WHEN p.wins THEN b.expires_at
             ELSE t.expires_at END,
         revision = max(t.revision, b.revision) + 1
     FROM temp.pair AS p JOIN backup.token AS b ON b.seq = p.theirs
     WHERE p.ours = t.seq AND t.id IN (SELECT id FROM temp.came)",
    "UPDATE main.token AS t
     SET note = b.note, labels = b.labels, generator = b.generator, updated_at = b.updated_at,
         policy = b.policy, networks = b.networks, family = b.family, extra = b.extra
     FROM temp.pair AS p JOIN backup.token AS b ON b.seq = p.theirs
     WHERE p.ours = t.seq AND p.wins",
];

/// Writes the labels of what came, and the newest of all uses.
const TAKE_LABELS_AND_USES: &str = "
DELETE FROM main.token_label
WHERE token IN (SELECT t.seq FROM main.token AS t JOIN temp.came AS c ON c.id = t.id);
INSERT INTO main.token_label (key, value, token)
SELECT l.key, l.value, t.seq
FROM main.token AS t JOIN temp.came AS c ON c.id = t.id, json_each(t.labels) AS l;
INSERT INTO main.usage (token, at)
SELECT t.seq, g.at
FROM backup.usage AS g JOIN backup.token AS b ON b.seq = g.token
JOIN main.token AS t ON t.id = b.id
WHERE 1
ON CONFLICT (token) DO UPDATE SET at = excluded.at WHERE excluded.at > usage.at;";

/// What came, and what lives in the backup and not here; ?1 is now.
const FATES: &str = "
SELECT b.id, ifnull(CASE WHEN dead THEN 2 END, fate) AS fate
FROM (
    SELECT b.id, b.seq, c.fate,
           b.revoked_at IS NULL AND b.suspended_at IS NULL
           AND (b.expires_at IS NULL OR b.expires_at > ?1)
           AND bu.disabled_at IS NULL AND bu.deleted_at IS NULL
           AND NOT EXISTS (
               SELECT 1 FROM main.token AS t JOIN main.user AS u ON u.seq = t.user
               WHERE t.id = b.id AND t.revoked_at IS NULL AND t.suspended_at IS NULL
               AND (t.expires_at IS NULL OR t.expires_at > ?1)
               AND u.disabled_at IS NULL AND u.deleted_at IS NULL
           ) AS dead
    FROM backup.token AS b
    JOIN backup.user AS bu ON bu.seq = b.user
    LEFT JOIN temp.came AS c ON c.id = b.id
) AS b
WHERE dead OR fate IS NOT NULL
ORDER BY b.seq";
