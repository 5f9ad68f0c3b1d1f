//! Another system's database with bytes changed: it is refused or imported, nothing panics, and what its rows do not
//! say is good does not come in as good.
//!
//! The first byte of the input chooses the system, each five after it are one edit.

#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use libfuzzer_sys::{Corpus, fuzz_target};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;
use tokenctl::record::TokenRecord;
use tokenctl::secret::{Secret, TokenDigest};
use tokenctl::transfer::database::Database;
use tokenctl::transfer::{Source, SourceError, djblets, drf, knox, sanctum};
use tokenctl_fuzz::edit::edit;
use tokenctl_fuzz::intake::{Destination, later, make_database, write};

/// A system, and statements that read what decides in it: the token or its digest, its end, and whether it is good and
/// whose; and the names of users and whether they are good.
struct System {
    name: &'static str,
    read: fn(Database, Timestamp) -> Result<Box<dyn Source>, SourceError>,
    tokens: &'static str,
    users: &'static str,
}

const SYSTEMS: [System; 4] = [
    System {
        name: "djblets",
        read: djblets::read,
        tokens: "SELECT token, expires, valid, user_id FROM webapi_webapitoken NOT INDEXED",
        users: DJANGO_USERS,
    },
    System {
        name: "drf",
        read: drf::read,
        tokens: "SELECT key, NULL, 1, user_id FROM authtoken_token NOT INDEXED",
        users: DJANGO_USERS,
    },
    System {
        name: "knox",
        read: knox::read,
        tokens: "SELECT digest, expiry, 1, user_id FROM knox_authtoken NOT INDEXED",
        users: DJANGO_USERS,
    },
    System {
        name: "sanctum",
        read: sanctum::read,
        tokens: "SELECT token, expires_at, 1, tokenable_id FROM personal_access_tokens NOT INDEXED",
        users: "SELECT id, email, deleted_at IS NULL FROM users NOT INDEXED",
    },
];

const DJANGO_USERS: &str = "SELECT id, username, is_active FROM auth_user NOT INDEXED";

static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());
static DESTINATION: LazyLock<Destination> = LazyLock::new(Destination::default);
static FILES: LazyLock<[Vec<u8>; 4]> = LazyLock::new(|| {
    SYSTEMS.map(|system| {
        let path = DIRECTORY.path().join(system.name);
        make_database(system.name, &path);
        std::fs::read(path).unwrap()
    })
});

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((number, edits)) = input.split_first() else {
        return Corpus::Reject;
    };
    let number = usize::from(*number) % SYSTEMS.len();
    let system = &SYSTEMS[number];
    let mut file = FILES[number].clone();
    edits
        .chunks_exact(5)
        .take(32)
        .for_each(|one| edit(&mut file, one));
    let directory = tempfile::tempdir_in(DIRECTORY.path()).unwrap();
    let path = directory.path().join("their.db");
    write(&path, &file);
    let open = || {
        let database = Database::open(&path, directory.path()).ok()?;
        (system.read)(database, later()).ok()
    };
    let rows = Rows::read(system, &path);
    DESTINATION.take_in(&open, &|_, record| {
        rows.as_ref().is_none_or(|rows| rows.have_live(record))
    });
    assert_eq!(std::fs::read(&path).unwrap(), file);
    assert_eq!(directory.path().read_dir().unwrap().count(), 1);
    Corpus::Keep
});

/// A plain reading of a database: whole tables, without an index.
struct Rows {
    tokens: Vec<[Value; 4]>,
    users: Vec<[Value; 3]>,
}

impl Rows {
    /// Reads it, `None` where it cannot be read to its end.
    fn read(system: &System, path: &Path) -> Option<Self> {
        let uri = format!("file:{}?immutable=1", path.display());
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(uri, flags).ok()?;
        Some(Self {
            tokens: all(&connection, system.tokens).ok()?,
            users: all(&connection, system.users).ok()?,
        })
    }

    fn have_live(&self, record: &TokenRecord) -> bool {
        self.tokens.iter().any(|[token, end, valid, user]| {
            is_of(token, record)
                && is_end(end, record)
                && *valid == Value::Integer(1)
                && self.is_owner(user, record)
        })
    }

    /// Says whether `user` is the number of a good user, or one that Sanctum has no user for.
    fn is_owner(&self, user: &Value, record: &TokenRecord) -> bool {
        let name = record.token.owner.name.as_str();
        let is_user = |[id, username, is_good]: &[Value; 3]| {
            id == user && *username == Value::Text(name.into()) && *is_good == Value::Integer(1)
        };
        let Value::Integer(number) = user else {
            return false;
        };
        self.users.iter().any(is_user) || name.ends_with(&format!("-{number}"))
    }
}

fn all<const N: usize>(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<[Value; N]>> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        let mut values = [const { Value::Null }; N];
        for (place, value) in values.iter_mut().enumerate() {
            *value = row.get(place)?;
        }
        Ok(values)
    })?;
    rows.collect()
}

fn is_of(token: &Value, record: &TokenRecord) -> bool {
    let Value::Text(token) = token else {
        return false;
    };
    let digest = record.digest.to_text();
    TokenDigest::of(&Secret::new(token.clone())) == record.digest
        || digest.ends_with(&token.to_lowercase()) && token.len() >= 64
}

fn is_end(end: &Value, record: &TokenRecord) -> bool {
    let taken = record.token.expires_at;
    let Value::Text(text) = end else {
        return *end == Value::Null && taken.is_none();
    };
    let said = text.parse::<Timestamp>().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
    });
    matches!((said, taken), (Some(said), Some(taken)) if taken <= said && said > later())
}
