//! Imports of what other systems have, whose tokens are in plain there.

use std::fs;

use anyhow::ensure;
use rusqlite::Connection;

use super::{Finding, Place};
use crate::dice::Dice;
use crate::setting::Setting;

/// What Django REST framework and djblets have, with `TOKEN` in plain.
const DATABASES: [(&str, &str); 2] = [
    (
        "drf",
        "CREATE TABLE auth_user (id INTEGER, username TEXT, is_active INTEGER); \
         CREATE TABLE authtoken_token (key TEXT, created TEXT, user_id INTEGER); \
         INSERT INTO auth_user VALUES (1, 'erin', 1); \
         INSERT INTO authtoken_token VALUES ('TOKEN', '2026-01-01 00:00:00', 1);",
    ),
    (
        "djblets",
        "CREATE TABLE auth_user (id INTEGER, username TEXT, is_active INTEGER); \
         CREATE TABLE webapi_webapitoken (id INTEGER, user_id INTEGER, token TEXT, token_generator_id TEXT, \
         time_added TEXT, last_updated TEXT, last_used TEXT, expires TEXT, valid INTEGER, invalid_date TEXT, \
         invalid_reason TEXT, note TEXT, policy TEXT, extra_data TEXT); \
         INSERT INTO auth_user VALUES (1, 'frank', 1); \
         INSERT INTO webapi_webapitoken VALUES (1, 1, 'TOKEN', 'legacy_sha1', '2026-01-01 00:00:00', \
         '2026-01-01 00:00:00', NULL, NULL, 1, NULL, '', 'nightly', '{}', '{}');",
    ),
];

/// Brings in plain tokens from each kind of source, and looks at what is written meanwhile and what is left.
pub(super) fn bring_in(
    setting: &Setting,
    place: &Place,
    finding: &mut Finding,
) -> anyhow::Result<()> {
    let mut dice = setting.dice();
    // What it holds is in plain, and is not of the command.
    let elsewhere = tempfile::tempdir()?;
    let map = "--map user=user,token=token --full-access";
    for is_file in [true, false] {
        let token = token(&mut dice);
        let list = format!("user,token\ndave,{token}\n");
        let path = elsewhere.path().join("tokens.csv");
        fs::write(&path, &list)?;
        let (line, input) = match is_file {
            true => (format!("import csv {} {map}", path.display()), ""),
            false => (format!("import csv - {map}"), list.as_str()),
        };
        import(setting, place, &line, input, &token, finding)?;
    }
    for (system, script) in DATABASES {
        let token = token(&mut dice);
        let path = elsewhere.path().join(system);
        // As long as somebody has it open there is a log, and a copy has to be made.
        let connection = Connection::open(&path)?;
        connection.execute_batch("PRAGMA journal_mode = WAL;")?;
        connection.execute_batch(&script.replace("TOKEN", &token))?;
        let line = format!("import {system} {}", path.display());
        import(setting, place, &line, "", &token, finding)?;
    }
    Ok(())
}

fn import(
    setting: &Setting,
    place: &Place,
    line: &str,
    input: &str,
    token: &str,
    finding: &mut Finding,
) -> anyhow::Result<()> {
    finding.traces.add(token);
    for (line, input) in [(line, input), ("verify", &format!("token {token}"))] {
        let status = finding.look_at(setting, place, line, input, token)?;
        ensure!(status.success(), "`{line}` failed");
    }
    finding.look_for_copies(place.scratch(), line)
}

/// Returns a token as systems of before have them: 40 hexadecimal digits.
fn token(dice: &mut Dice) -> String {
    let digits: String = (0..3).map(|_| format!("{:016x}", dice.roll())).collect();
    digits.chars().take(40).collect()
}
