//! How SQLite goes about a statement, for tests of what it costs.

use rusqlite::Connection;

/// Returns the steps of the plan for `sql`, a line each.
pub(crate) fn steps(connection: &Connection, sql: &str) -> String {
    let mut explain = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap();
    let mut rows = explain.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get::<_, String>(3).unwrap());
    }
    steps.join("\n")
}
