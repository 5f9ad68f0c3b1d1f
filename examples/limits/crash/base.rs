//! What every stage of the harness begins with: the files of stores, and the secrets of what is in them.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use tempfile::TempDir;
use tokenctl::authority::PRUNE_BATCH;
use tokenctl::change::{Actor, Change, IssuedToken, Mode, Target};
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::entropy::OsEntropy;
use tokenctl::format::{NewSecret, TokenFormats};
use tokenctl::label::Labels;
use tokenctl::policy::Policy;
use tokenctl::secret::TokenDigest;
use tokenctl::store::{Location, OpenOptions, Store};
use tokenctl::text::FreeText;
use tokenctl::token::NewToken;
use tokenctl::token_id::TokenId;
use tokenctl::user::UserName;

/// Who owns the tokens.
pub(super) const USER: &str = "alice";

/// How many dead tokens there are in a store of their own: more than one transaction removes.
pub(super) const CROWD: usize = 3 * PRUNE_BATCH + PRUNE_BATCH / 2;

/// A token whose secret the harness knows.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) id: TokenId,
    pub(super) secret: String,
}

pub(super) struct Base {
    directory: TempDir,
    /// Tokens that live, in all of the stores.
    pub(super) live: Vec<Known>,
    /// Tokens that have been revoked for a year, each group with the label `group=NUMBER`.
    pub(super) dead: Vec<Vec<Known>>,
    /// Tokens that live in the backup and in no store: restoring it brings them back.
    pub(super) lost: Vec<Known>,
    /// Tokens that live in the backup and are revoked in the store it is restored into.
    pub(super) refused: Vec<Known>,
}

impl Base {
    const LIVE: usize = 160;
    const GROUPS: usize = 30;
    const GROUP: usize = 5;
    const LOST: usize = 40;
    const REFUSED: usize = 20;

    pub(super) fn make() -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let year = SignedDuration::from_hours(24 * 365);
        let past = SystemClock.now().checked_sub(year)?;
        let growing = Growing::create(directory.path().join("growing.db"))?;
        let name = UserName::parse(USER)?;
        growing.apply(vec![Change::AddUser { name }], past)?;
        let live = growing.issue(Self::LIVE, None, past)?;
        let refused = growing.issue(Self::REFUSED, None, past)?;
        let mut dead = Vec::new();
        for group in 0..Self::GROUPS {
            let label = format!("group={group}");
            dead.push(growing.issue(Self::GROUP, Some(&label), past)?);
        }
        growing.revoke(dead.iter().flatten(), past)?;
        let base = Self {
            live,
            dead,
            lost: Vec::new(),
            refused,
            directory,
        };
        growing.copy(&base.store())?;
        // Store and backup go on apart from here, so that neither is only an older state of the other.
        let apart = base.directory.path().join("apart.db");
        std::fs::copy(base.store(), &apart)?;
        let apart = Growing::open(apart)?;
        apart.revoke(&base.refused, SystemClock.now())?;
        apart.copy(&base.parted())?;
        let lost = growing.issue(Self::LOST, None, SystemClock.now())?;
        growing.back_up(&base.backup())?;
        base.make_crowd(past)?;
        Ok(Self { lost, ..base })
    }

    fn make_crowd(&self, past: Timestamp) -> anyhow::Result<()> {
        let growing = Growing::create(self.directory.path().join("growing-crowd.db"))?;
        let name = UserName::parse(USER)?;
        growing.apply(vec![Change::AddUser { name }], past)?;
        let dead = growing.issue(CROWD, None, past)?;
        growing.revoke(&dead, past)?;
        growing.copy(&self.crowd())
    }

    /// The store that stages begin with.
    pub(super) fn store(&self) -> PathBuf {
        self.directory.path().join("base.db")
    }

    /// The store that has parted from the backup.
    pub(super) fn parted(&self) -> PathBuf {
        self.directory.path().join("parted.db")
    }

    /// The store of many dead tokens, and no others.
    pub(super) fn crowd(&self) -> PathBuf {
        self.directory.path().join("crowd.db")
    }

    pub(super) fn backup(&self) -> PathBuf {
        self.directory.path().join("backup.db")
    }
}

/// A store that is being filled.
struct Growing {
    location: Location,
    store: Arc<dyn Store>,
}

impl Growing {
    fn create(path: PathBuf) -> anyhow::Result<Self> {
        let location = location(&path)?;
        let store = location.create(OpenOptions::default())?;
        Ok(Self { location, store })
    }

    fn open(path: PathBuf) -> anyhow::Result<Self> {
        let location = location(&path)?;
        let store = location.open(OpenOptions::default())?;
        Ok(Self { location, store })
    }

    fn apply(&self, changes: Vec<Change>, at: Timestamp) -> anyhow::Result<()> {
        let actor = Actor::named("limits");
        self.store.apply(&changes, &actor, at, Mode::Commit)?;
        Ok(())
    }

    fn issue(
        &self,
        count: usize,
        label: Option<&str>,
        at: Timestamp,
    ) -> anyhow::Result<Vec<Known>> {
        let formats = TokenFormats::default();
        let format = formats.default_format();
        let (mut known, mut changes) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let id = TokenId::generate(&mut OsEntropy)?;
            let secret = format.generate(&NewSecret { id, prefix: None }, &mut OsEntropy)?;
            let mut labels = Labels::default();
            if let Some(label) = label {
                labels.insert(label)?;
            }
            changes.push(Change::Issue(Box::new(IssuedToken {
                id,
                digest: TokenDigest::of(&secret),
                generator: format.id().to_owned(),
                token: NewToken {
                    labels,
                    ..NewToken::new(UserName::parse(USER)?, Policy::full_access())
                },
            })));
            let secret = secret.expose_secret().to_owned();
            known.push(Known { id, secret });
        }
        self.apply(changes, at)?;
        Ok(known)
    }

    fn revoke<'a>(
        &self,
        tokens: impl IntoIterator<Item = &'a Known>,
        at: Timestamp,
    ) -> anyhow::Result<()> {
        let tokens = Target::Ids(tokens.into_iter().map(|known| known.id).collect());
        let reason = FreeText::default();
        self.apply(vec![Change::Revoke { tokens, reason }], at)
    }

    fn back_up(&self, to: &Path) -> anyhow::Result<()> {
        let go_on = &mut |_| ControlFlow::Continue(());
        self.location.backup(to, &OpenOptions::default(), go_on)?;
        Ok(())
    }

    /// Makes a store of its own of what there is: with a write-ahead log from the start, as each store has.
    fn copy(&self, to: &Path) -> anyhow::Result<()> {
        self.back_up(to)?;
        Connection::open(to)?.pragma_update(None, "journal_mode", "WAL")?;
        Ok(())
    }
}

pub(super) fn location(path: &Path) -> anyhow::Result<Location> {
    Ok(Location::parse(path.to_str().context("not UTF-8")?)?)
}
