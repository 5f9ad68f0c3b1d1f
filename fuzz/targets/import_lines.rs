//! Texts that tokens are imported from: an export of ours, a table with a header, and a plain list.
//!
//! What the text does not say is good does not come in as good.

#![no_main]
#![expect(
    dead_code,
    reason = "the modules are those of the binary, which uses more of them"
)]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;
use tokenctl::record::TokenRecord;
use tokenctl::secret::{Secret, TokenDigest};
use tokenctl::transfer::Source;
use tokenctl::transfer::lines::Lines;
use tokenctl_fuzz::intake::{Content, Destination, later};

#[path = "../../src/cli"]
mod cli {
    pub(crate) mod exit;
    mod mask;
    pub(crate) mod import {
        mod mapped;

        use std::fs::File;
        use std::io::{Seek as _, Write as _};

        use tokenctl::policy::Policy;
        use tokenctl::transfer::Source;
        use tokenctl::user::UserName;
        use tokenctl_fuzz::intake::later;

        /// Reads a table, whose header names the fields that its columns are read as.
        pub(crate) fn table(text: &str, fields: &[&str]) -> Option<Box<dyn Source>> {
            let pairs: Vec<_> = fields
                .iter()
                .map(|field| format!("{field}={field}"))
                .collect();
            let map: mapped::Map = pairs.join(",").parse().ok()?;
            let user = (!map.has_user()).then(user);
            let policy = Policy::read_only();
            let mapped = mapped::Mapped::new(file(text), &map, user, policy, later());
            Some(Box::new(mapped.ok()?))
        }

        /// Reads a list of tokens.
        pub(crate) fn list(text: &str) -> Option<Box<dyn Source>> {
            let list = mapped::PlainList::new(file(text), user(), Policy::read_only(), later());
            Some(Box::new(list))
        }

        fn user() -> UserName {
            UserName::parse("carol").unwrap()
        }

        fn file(text: &str) -> File {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file.rewind().unwrap();
            file
        }
    }
}

static DESTINATION: LazyLock<Destination> = LazyLock::new(Destination::default);

fuzz_target!(|input: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(input) else {
        return Corpus::Reject;
    };
    if text.starts_with('{') {
        let export = Export::read(text);
        DESTINATION.take_in(&|| Some(lines(text)), &|before, record| {
            export.has_live(before, record)
        });
        return Corpus::Keep;
    }
    let table = Table::read(text);
    DESTINATION.take_in(&|| cli::import::table(text, &table.header), &|_, record| {
        table.is_quoted || table.rows.iter().any(|row| table.is_row(row, record))
    });
    DESTINATION.take_in(&|| cli::import::list(text), &|_, record| {
        text.split('\n').any(|line| is_token(line, record))
    });
    Corpus::Keep
});

fn lines(text: &str) -> Box<dyn Source> {
    // A source holds what it reads from.
    Box::new(Lines::new(std::io::Cursor::new(text.to_owned())))
}

fn is_token(text: &str, record: &TokenRecord) -> bool {
    TokenDigest::of(&Secret::new(text.trim().to_owned())) == record.digest
}

/// A plain reading of an export.
struct Export {
    tokens: Vec<Value>,
    /// Whether a user who is mentioned as one before any token of theirs is good, by name.
    users: BTreeMap<String, bool>,
}

impl Export {
    fn read(text: &str) -> Self {
        let mut this = Self {
            tokens: Vec::new(),
            users: BTreeMap::new(),
        };
        for line in text.lines() {
            let Ok(line) = serde_json::from_str::<Value>(line) else {
                break;
            };
            if let Some(token) = line.get("token") {
                let name = token["user"].as_str().unwrap_or_default().to_owned();
                this.users.entry(name).or_insert(true);
                this.tokens.push(token.clone());
            }
            if let Some(user) = line.get("user") {
                let name = user["name"].as_str().unwrap_or_default().to_owned();
                let is_good = user["disabled_at"].is_null() && user["deleted_at"].is_null();
                this.users.entry(name).or_insert(is_good);
            }
        }
        this
    }

    fn has_live(&self, before: &Content, record: &TokenRecord) -> bool {
        let name = record.token.owner.name.as_str();
        let is_known = before.users.iter().any(|user| user.name.as_str() == name);
        (is_known || self.users.get(name) == Some(&true))
            && self.tokens.iter().any(|token| says_live(token, record))
    }
}

fn says_live(line: &Value, record: &TokenRecord) -> bool {
    let token = &record.token;
    let end = line["expires_at"].as_str().map(str::parse::<Timestamp>);
    let is_end = match (end, token.expires_at) {
        (None, None) => true,
        (Some(Ok(said)), Some(end)) => end <= said && said > later(),
        _ => false,
    };
    is_end
        && line["digest"] == record.digest.to_text()
        && line["id"] == token.id.as_str()
        && line["user"] == token.owner.name.as_str()
        && line["policy"] == token.policy.as_str()
        && line["networks"].is_null() == token.networks.is_none()
        && ["revoked_at", "suspended_at", "user_disabled_at"]
            .iter()
            .all(|date| line[date].is_null())
}

/// A plain reading of a table, which is none where there are quotes.
struct Table<'t> {
    header: Vec<&'t str>,
    rows: Vec<Vec<&'t str>>,
    is_quoted: bool,
}

impl<'t> Table<'t> {
    fn read(text: &'t str) -> Self {
        let mut rows = text
            .trim_start_matches('\u{feff}')
            .split(['\r', '\n'])
            .filter(|line| !line.is_empty())
            .map(|line| line.split(',').collect::<Vec<_>>());
        Self {
            header: rows.next().unwrap_or_default(),
            rows: rows.collect(),
            is_quoted: text.contains('"'),
        }
    }

    fn is_row(&self, row: &[&str], record: &TokenRecord) -> bool {
        // Of names in `--map` and of cells the spaces around do not count, but for those of a user.
        let as_written = |field: &str| {
            let place = self.header.iter().position(|name| name.trim() == field)?;
            row.get(place)
        };
        let cell = |field: &str| as_written(field).map(|cell| cell.trim());
        let token = &record.token;
        let hex = record.digest.to_text().to_lowercase();
        let is_digest =
            |cell: &str| cell.len() >= 64 && hex.ends_with(cell.trim_start_matches("sha256:"));
        let has_end = cell("expires").is_some_and(|end| !end.is_empty());
        (cell("token").is_some_and(|cell| is_token(cell, record))
            || cell("sha256").is_some_and(|cell| is_digest(&cell.to_lowercase())))
            && as_written("user").is_none_or(|user| *user == token.owner.name.as_str())
            && cell("policy").is_none_or(|policy| policy == token.policy.as_str())
            && has_end == token.expires_at.is_some()
    }
}
