//! Migrations, which need a schema after that of this build: there is no store of an older one.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};
use rusqlite::Connection;
use tokenctl::store::OpenOptions;
use tokenctl::store::sqlite::{SCHEMA_VERSION, migrate_beyond};

use super::base::location;
use super::stage::damage;
use crate::role::Role;

/// A step that does something to each token, as steps that matter do.
const STEP: &str = "CREATE TABLE later (token INTEGER PRIMARY KEY REFERENCES token (seq), id TEXT NOT NULL) STRICT;
    INSERT INTO later (token, id) SELECT seq, id FROM token;
    CREATE INDEX later_id ON later (id);";

/// Does what `tokenctl migrate` of the next build will do: by the same function, with one step more.
pub(crate) const MIGRATOR: Role = Role {
    name: "crash-migrator",
    play: |arguments| {
        let [path] = arguments else {
            bail!("a migration is of one store");
        };
        let done = migrate_beyond(Path::new(path), &OpenOptions::default(), &[STEP])?;
        writeln!(std::io::stdout(), "{}", done.from)?;
        Ok(())
    },
};

pub(super) fn command(store: &Path) -> anyhow::Result<Command> {
    MIGRATOR.command([store])
}

/// Returns whether the store had been migrated before this migration, which succeeded.
pub(super) fn was_done_before(answer: &str) -> anyhow::Result<bool> {
    let from: i64 = answer.trim().parse().context("a migration told nothing")?;
    Ok(from > SCHEMA_VERSION)
}

/// Takes the step back, so that this build can look at the rest. Returns what is wrong with what the step did.
pub(super) fn take_back(store: &Path) -> anyhow::Result<Option<String>> {
    let connection = Connection::open(store)?;
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let version = count("PRAGMA user_version")?;
    let missing = count(
        "SELECT count(*) FROM token LEFT JOIN later ON later.token = token.seq AND later.id = token.id WHERE later.id IS NULL",
    )?;
    let integrity: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    connection.execute_batch("DROP TABLE later")?;
    connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    let is_whole = version == SCHEMA_VERSION + 1 && missing == 0 && integrity == "ok";
    Ok((!is_whole)
        .then(|| format!("schema {version}, {missing} tokens without their row, {integrity}")))
}

/// Returns how many of the copies that migrations made of the store are damaged.
pub(super) fn damaged_copies(store: &Path) -> anyhow::Result<u32> {
    let mut damaged = 0;
    let directory = store.parent().context("a store is in a directory")?;
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.to_string_lossy().contains(".schema-") {
            damaged += u32::from(damage(&location(&path)?).is_some());
        }
    }
    Ok(damaged)
}
