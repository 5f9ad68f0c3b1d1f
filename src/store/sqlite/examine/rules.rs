//! What holds between the records of a whole store, each as a statement that counts what breaks it.

/// Something that holds in every store that only this program has written.
pub(super) struct Rule {
    /// The word for what breaks it.
    pub(super) kind: &'static str,
    /// What is wrong where it does not hold.
    pub(super) broken: &'static str,
    /// Returns how many break it, and one of them.
    pub(super) sql: &'static str,
}

/// No statement sorts or gathers anything: a store of any size is checked in little memory.
pub(super) const RULES: &[Rule] = &[
    Rule {
        kind: "orphan",
        broken: "users have a name that is not kept in the list of all names",
        sql: "SELECT count(*), min(name) \
              FROM user \
              WHERE NOT EXISTS (SELECT 1 FROM user_name AS n WHERE n.name = user.name AND n.user = user.seq)",
    },
    Rule {
        kind: "digest",
        broken: "digests have a length that theirs cannot have",
        sql: "SELECT count(*), min(id) \
              FROM token \
              WHERE length(digest) <> CASE digest_kind WHEN 1 THEN 64 ELSE 32 END",
    },
    Rule {
        kind: "revived",
        broken: "tokens are there that were removed for good",
        sql: "SELECT count(*), min(id) \
              FROM token AS t \
              WHERE EXISTS (SELECT 1 FROM tombstone AS b WHERE b.id = t.id) \
              OR EXISTS (SELECT 1 FROM tombstone AS b \
                         WHERE b.digest = t.digest AND b.digest_kind = t.digest_kind)",
    },
    Rule {
        kind: "revived",
        broken: "tokens are not revoked that were, as the history tells",
        sql: "SELECT count(*), min(t.id) \
              FROM event AS e JOIN token AS t ON t.id = e.token \
              WHERE e.action = 'token.revoked' AND t.revoked_at IS NULL",
    },
    Rule {
        kind: "revived",
        broken: "users are there that were deleted, as the history tells",
        sql: "SELECT count(*), min(u.name) \
              FROM event AS e JOIN user_name AS n ON n.name = e.user JOIN user AS u ON u.seq = n.user \
              WHERE e.action = 'user.deleted' AND u.deleted_at IS NULL",
    },
    Rule {
        kind: "revived",
        broken: "tokens of deleted users are not revoked",
        sql: "SELECT count(*), min(t.id) \
              FROM token AS t JOIN user AS u ON u.seq = t.user \
              WHERE u.deleted_at IS NOT NULL AND t.revoked_at IS NULL",
    },
    Rule {
        kind: "unrecorded",
        broken: "tokens are there of which the history does not tell",
        sql: "SELECT count(*), min(id) \
              FROM token AS t \
              WHERE NOT EXISTS (SELECT 1 FROM event AS e WHERE e.token = t.id)",
    },
    Rule {
        kind: "unrecorded",
        broken: "users are there of whom the history does not tell",
        sql: "SELECT count(*), min(name) \
              FROM user AS u \
              WHERE NOT EXISTS (SELECT 1 FROM user_name AS n JOIN event AS e ON e.user = n.name \
                                WHERE n.user = u.seq)",
    },
    Rule {
        kind: "lost",
        broken: "tokens are missing that were issued and never removed, as the history tells",
        sql: "SELECT count(*), min(e.token) \
              FROM event AS e \
              WHERE e.action = 'token.issued' \
              AND NOT EXISTS (SELECT 1 FROM token AS t WHERE t.id = e.token) \
              AND NOT EXISTS (SELECT 1 FROM tombstone AS b WHERE b.id = e.token)",
    },
    // An import may have brought in a part of a family.
    Rule {
        kind: "orphan",
        broken: "tokens are of a family, or replaced by a token, that never was",
        sql: "SELECT count(*), min(id) \
              FROM token AS t \
              WHERE NOT EXISTS (SELECT 1 FROM event WHERE action = 'token.imported') \
              AND ((NOT EXISTS (SELECT 1 FROM token AS o WHERE o.id = t.family) \
                    AND NOT EXISTS (SELECT 1 FROM tombstone AS b WHERE b.id = t.family)) \
                   OR (t.rotated_to IS NOT NULL \
                       AND NOT EXISTS (SELECT 1 FROM token AS o WHERE o.id = t.rotated_to) \
                       AND NOT EXISTS (SELECT 1 FROM tombstone AS b WHERE b.id = t.rotated_to)))",
    },
    Rule {
        kind: "labels",
        broken: "labels of tokens are not in the index of labels",
        sql: "SELECT count(*), min(t.id) \
              FROM token AS t, json_each(CASE WHEN json_valid(t.labels) THEN t.labels ELSE '{}' END) AS l \
              WHERE NOT EXISTS (SELECT 1 FROM token_label AS x \
                                WHERE x.key = l.key AND x.value = l.value AND x.token = t.seq)",
    },
    Rule {
        kind: "labels",
        broken: "labels are in the index of labels that their tokens do not have",
        sql: "SELECT count(*), min(x.key) \
              FROM token_label AS x \
              WHERE NOT EXISTS (SELECT 1 FROM token AS t, \
                                json_each(CASE WHEN json_valid(t.labels) THEN t.labels ELSE '{}' END) AS l \
                                WHERE t.seq = x.token AND l.key = x.key AND l.value = x.value)",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::schema::expected_objects;

    #[test]
    fn rules_are_of_the_tables_that_there_are() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let objects = expected_objects(crate::store::sqlite::SCHEMA_VERSION).unwrap();
        for (kind, _, sql) in objects {
            if let Some(sql) = sql.filter(|_| kind == "table") {
                connection.execute_batch(&sql).unwrap();
            }
        }
        for rule in RULES {
            let count: i64 = connection
                .query_row(rule.sql, [], |row| row.get(0))
                .unwrap_or_else(|error| panic!("{}: {error}", rule.broken));
            assert_eq!(count, 0, "{}", rule.broken);
        }
    }
}
