//! What holds between the records of a whole store, each as a statement that counts what breaks it.

use crate::store::care::FindingKind;

/// Something that holds in every store that only this program has written.
pub(super) struct Rule {
    /// What breaks it.
    pub(super) kind: FindingKind,
    /// What is wrong where it does not hold.
    pub(super) broken: &'static str,
    /// Returns how many break it, and one of them.
    pub(super) sql: &'static str,
}

/// No statement sorts or gathers anything: a store of any size is checked in little memory.
pub(super) const RULES: &[Rule] = &[
    Rule {
        kind: FindingKind::Orphan,
        broken: "users have a name that is not kept in the list of all names",
        sql: "SELECT count(*), min(name) \
              FROM user \
              WHERE NOT EXISTS (SELECT 1 FROM user_name AS n WHERE n.name = user.name AND n.user = user.seq)",
    },
    Rule {
        kind: FindingKind::Digest,
        broken: "digests have a length that theirs cannot have",
        sql: "SELECT count(*), min(id) \
              FROM token \
              WHERE length(digest) <> CASE digest_kind WHEN 1 THEN 64 ELSE 32 END",
    },
    // The times of tokens are read with them. These are the first and the last second that can be told.
    Rule {
        kind: FindingKind::Record,
        broken: "users have a time that is none",
        sql: "SELECT count(*), min(name) \
              FROM user \
              WHERE min(created_at, updated_at, ifnull(disabled_at, 0), ifnull(deleted_at, 0)) < -377705023201 \
              OR max(created_at, updated_at, ifnull(disabled_at, 0), ifnull(deleted_at, 0)) > 253402207200",
    },
    Rule {
        kind: FindingKind::Record,
        broken: "removed tokens have an id, a digest or a time that is none",
        sql: "SELECT count(*), min(id) \
              FROM tombstone \
              WHERE length(id) <> 10 OR digest_kind NOT BETWEEN 0 AND 2 \
              OR length(digest) <> CASE digest_kind WHEN 1 THEN 64 ELSE 32 END \
              OR at NOT BETWEEN -377705023201 AND 253402207200",
    },
    Rule {
        kind: FindingKind::Revived,
        broken: "tokens are there that were removed for good",
        sql: "SELECT count(*), min(id) \
              FROM token AS t \
              WHERE EXISTS (SELECT 1 FROM tombstone AS b WHERE b.id = t.id) \
              OR EXISTS (SELECT 1 FROM tombstone AS b \
                         WHERE b.digest = t.digest AND b.digest_kind = t.digest_kind)",
    },
    Rule {
        kind: FindingKind::Revived,
        broken: "tokens are not revoked that were, as the history tells",
        sql: "SELECT count(*), min(t.id) \
              FROM event AS e JOIN token AS t ON t.id = e.token \
              WHERE t.revoked_at IS NULL \
              AND (e.action = 'token.revoked' \
                   OR (e.action = 'token.imported' \
                       AND CASE WHEN json_valid(e.details) \
                           THEN json_extract(e.details, '$.revoked_at') END IS NOT NULL))",
    },
    Rule {
        kind: FindingKind::Revived,
        broken: "users are there that were deleted, as the history tells",
        sql: "SELECT count(*), min(u.name) \
              FROM event AS e JOIN user_name AS n ON n.name = e.user JOIN user AS u ON u.seq = n.user \
              WHERE e.action = 'user.deleted' AND u.deleted_at IS NULL",
    },
    Rule {
        kind: FindingKind::Revived,
        broken: "tokens of deleted users are not revoked",
        sql: "SELECT count(*), min(t.id) \
              FROM token AS t JOIN user AS u ON u.seq = t.user \
              WHERE u.deleted_at IS NOT NULL AND t.revoked_at IS NULL",
    },
    Rule {
        kind: FindingKind::Unrecorded,
        broken: "tokens are there of which the history does not tell",
        sql: "SELECT count(*), min(id) \
              FROM token AS t \
              WHERE NOT EXISTS (SELECT 1 FROM event AS e WHERE e.token = t.id)",
    },
    Rule {
        kind: FindingKind::Unrecorded,
        broken: "users are there of whom the history does not tell",
        sql: "SELECT count(*), min(name) \
              FROM user AS u \
              WHERE NOT EXISTS (SELECT 1 FROM event AS e WHERE e.user = u.name)",
    },
    Rule {
        kind: FindingKind::Lost,
        broken: "tokens are missing that came in and were never removed, as the history tells",
        sql: "SELECT count(*), min(e.token) \
              FROM event AS e \
              WHERE e.action IN ('token.issued', 'token.imported') \
              AND NOT EXISTS (SELECT 1 FROM token AS t WHERE t.id = e.token) \
              AND NOT EXISTS (SELECT 1 FROM tombstone AS b WHERE b.id = e.token)",
    },
    // An import may bring in a part of a family, whose tokens may be replaced and removed here: then nothing tells any
    // more where the rest of it comes from.
    Rule {
        kind: FindingKind::Orphan,
        broken: "tokens are of a family that never was",
        sql: "SELECT count(*), min(id) \
              FROM token AS t \
              WHERE NOT EXISTS (SELECT 1 FROM token AS o WHERE o.id = t.family) \
              AND NOT EXISTS (SELECT 1 FROM tombstone AS b WHERE b.id = t.family) \
              AND NOT EXISTS (SELECT 1 FROM event WHERE action = 'token.imported')",
    },
    // A restore over a damaged store keeps what that had replaced, and not what had taken its place.
    Rule {
        kind: FindingKind::Orphan,
        broken: "tokens are replaced by a token that never was",
        sql: "SELECT count(*), min(id) \
              FROM token AS t \
              WHERE t.rotated_to IS NOT NULL \
              AND NOT EXISTS (SELECT 1 FROM token AS o WHERE o.id = t.rotated_to) \
              AND NOT EXISTS (SELECT 1 FROM tombstone AS b WHERE b.id = t.rotated_to) \
              AND NOT EXISTS (SELECT 1 FROM event AS e WHERE e.token = t.id \
                              AND e.action IN ('token.imported', 'token.salvaged'))",
    },
    Rule {
        kind: FindingKind::Labels,
        broken: "labels of tokens are not in the index of labels",
        sql: "SELECT count(*), min(t.id) \
              FROM token AS t, json_each(CASE WHEN json_valid(t.labels) THEN t.labels ELSE '{}' END) AS l \
              WHERE NOT EXISTS (SELECT 1 FROM token_label AS x \
                                WHERE x.key = l.key AND x.value = l.value AND x.token = t.seq)",
    },
    Rule {
        kind: FindingKind::Labels,
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
    use std::collections::BTreeSet;

    use jiff::Timestamp;
    use rusqlite::Connection;

    use super::*;
    use crate::store::sqlite::SCHEMA_VERSION;
    use crate::store::sqlite::schema::expected_objects;

    fn empty_store() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        let objects = expected_objects(SCHEMA_VERSION).unwrap();
        for wanted in ["table", "index"] {
            for (kind, _, sql) in &objects {
                if let Some(sql) = sql.as_ref().filter(|_| kind == wanted) {
                    connection.execute_batch(sql).unwrap();
                }
            }
        }
        connection
    }

    #[test]
    fn rules_are_of_the_tables_that_there_are() {
        let store = empty_store();
        for rule in RULES {
            let count: i64 = store
                .query_row(rule.sql, [], |row| row.get(0))
                .unwrap_or_else(|error| panic!("{}: {error}", rule.broken));
            assert_eq!(count, 0, "{}", rule.broken);
        }
    }

    #[test]
    fn times_that_rules_name_are_the_first_and_the_last() {
        let edges = [Timestamp::MIN, Timestamp::MAX].map(|edge| edge.as_second().to_string());
        let rules = RULES.iter().filter(|rule| rule.kind == FindingKind::Record);
        for rule in rules {
            assert!(
                edges.iter().all(|edge| rule.sql.contains(edge)),
                "{edges:?}"
            );
        }
    }

    #[test]
    fn no_rule_goes_through_a_table_for_each_row_of_another() {
        let store = empty_store();
        for rule in RULES {
            let mut plan = store
                .prepare(&format!("EXPLAIN QUERY PLAN {}", rule.sql))
                .unwrap();
            let mut for_each_row = BTreeSet::new();
            let mut steps = plan.query([]).unwrap();
            while let Some(step) = steps.next().unwrap() {
                let (id, within): (i64, i64) = (step.get(0).unwrap(), step.get(1).unwrap());
                let does: String = step.get(3).unwrap();
                if does.starts_with("CORRELATED") || for_each_row.contains(&within) {
                    for_each_row.insert(id);
                    let goes_through = does.starts_with("SCAN") && !does.contains("VIRTUAL TABLE");
                    assert!(!goes_through, "{}: {does}", rule.broken);
                }
            }
        }
    }
}
