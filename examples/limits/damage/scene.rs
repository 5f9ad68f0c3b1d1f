//! A store with tokens in every state, a part of its changes only in its log.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use tokenctl::authority::{Authority, IssueRequest, RotationRequest};
use tokenctl::change::{Actor, ChainHead, Change, Mode, Target};
use tokenctl::entropy::{Entropy, EntropyError};
use tokenctl::format::TokenFormats;
use tokenctl::history::{History, Verdict};
use tokenctl::policy::Policy;
use tokenctl::rotation::SuccessorEnd;
use tokenctl::store::{Location, OpenOptions};
use tokenctl::text::FreeText;
use tokenctl::token::{NewToken, Token};
use tokenctl::user::UserName;

use crate::dice::Dice;

/// When everything is issued, ended and asked about, in seconds.
const ISSUED: i64 = 1_600_000_000;
const CHANGED: i64 = ISSUED + 1_000;
const NOW: i64 = ISSUED + 2_000;

/// How many live tokens there are besides those that are asked about, so that there are trees of several pages.
const OTHERS: usize = 150;

/// How many tokens there are in each state.
const OF_EACH: usize = 3;

/// What has become of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// It is live.
    Live,
    /// It was dead before the changes that are only in the log.
    Dead,
    /// A change that is only in the log has killed it: with the log, that is forgotten.
    DeadByLog,
}

/// A token that is asked about, and its record as it truly is.
pub(crate) struct Known {
    pub(crate) secret: String,
    pub(crate) life: Life,
    pub(crate) record: Token,
}

/// A store, as its files.
pub(crate) struct Scene {
    pub(crate) tokens: Vec<Known>,
    pub(crate) head: ChainHead,
    /// As they are while it is open.
    pub(crate) database: Vec<u8>,
    pub(crate) log: Vec<u8>,
    /// The one file that there is when it has been closed.
    pub(crate) closed: Vec<u8>,
}

/// When the questions are asked.
pub(crate) fn now() -> anyhow::Result<Timestamp> {
    Ok(Timestamp::from_second(NOW)?)
}

impl Scene {
    /// Makes one; all of it comes from `dice`.
    pub(crate) fn make(dice: Dice) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("tokens.db");
        let location = Location::parse(&path.to_string_lossy())?;
        let mut making = Making::begin(location.create(OpenOptions::default())?, Seeded(dice));
        making.before_the_log()?;
        // Closing puts everything into the file. What follows stays in the log as long as the store is open.
        let (tokens, dice) = making.close();
        ensure!(
            !path.with_extension("db-wal").exists(),
            "the store is still open"
        );
        let mut making = Making::begin(location.open(OpenOptions::default())?, dice);
        making.tokens = tokens;
        making.in_the_log()?;
        making.finish(&path)
    }
}

struct Making {
    authority: Authority,
    dice: Seeded,
    actor: Actor,
    tokens: Vec<(Token, String, Life)>,
}

impl Making {
    fn begin(store: Arc<dyn tokenctl::store::Store>, dice: Seeded) -> Self {
        Self {
            authority: Authority::new(store, Arc::new(TokenFormats::default())),
            dice,
            actor: Actor::named("limits"),
            tokens: Vec::new(),
        }
    }

    fn close(self) -> (Vec<(Token, String, Life)>, Seeded) {
        (self.tokens, self.dice)
    }

    fn before_the_log(&mut self) -> anyhow::Result<()> {
        for user in ["alice", "bob", "carol"] {
            self.apply(Change::AddUser {
                name: UserName::parse(user)?,
            })?;
        }
        for _ in 0..OTHERS {
            self.issue("alice", None)?;
        }
        for _ in 0..OF_EACH {
            self.make("alice", None, Life::Live)?;
            self.make("alice", Some(CHANGED), Life::Dead)?;
            self.make("bob", None, Life::Dead)?;
            let token = self.make("alice", None, Life::Dead)?;
            self.revoke(&token)?;
            let token = self.make("alice", None, Life::Dead)?;
            self.suspend(&token)?;
            let token = self.make("alice", None, Life::Dead)?;
            self.rotate(token)?;
        }
        self.apply(Change::DisableUser {
            name: UserName::parse("bob")?,
        })
    }

    fn in_the_log(&mut self) -> anyhow::Result<()> {
        for _ in 0..OF_EACH {
            self.make("carol", None, Life::DeadByLog)?;
            let token = self.make("alice", None, Life::DeadByLog)?;
            self.revoke(&token)?;
            self.make("alice", None, Life::Live)?;
        }
        let live: Vec<usize> = (0..self.tokens.len())
            .filter(|&at| matches!(self.tokens.get(at), Some((_, _, Life::Live))))
            .collect();
        let mut ends = live.into_iter();
        for kill in [
            Self::revoke,
            Self::suspend,
            |making: &mut Self, token: &Token| making.rotate(token.clone()),
        ] {
            let at = ends.next().context("too few tokens are live")?;
            let (token, _, life) = self.tokens.get_mut(at).context("it is there")?;
            *life = Life::DeadByLog;
            let token = token.clone();
            kill(self, &token)?;
        }
        self.apply(Change::DisableUser {
            name: UserName::parse("carol")?,
        })
    }

    fn make(&mut self, user: &str, end: Option<i64>, life: Life) -> anyhow::Result<Token> {
        let (token, secret) = self.issue(user, end)?;
        self.tokens.push((token.clone(), secret, life));
        Ok(token)
    }

    fn issue(&mut self, user: &str, end: Option<i64>) -> anyhow::Result<(Token, String)> {
        let request = IssueRequest::new(NewToken {
            expires_at: end.map(Timestamp::from_second).transpose()?,
            note: FreeText::parse("made to be damaged")?,
            ..NewToken::new(UserName::parse(user)?, Policy::full_access())
        });
        let at = Timestamp::from_second(ISSUED)?;
        let issued = self
            .authority
            .issue(&request, &self.actor, &mut self.dice, at)?;
        Ok((issued.token, issued.secret.expose_secret().to_owned()))
    }

    fn revoke(&mut self, token: &Token) -> anyhow::Result<()> {
        let tokens = Target::Ids(vec![token.id]);
        let reason = FreeText::parse("leaked")?;
        self.apply(Change::Revoke { tokens, reason })
    }

    fn suspend(&mut self, token: &Token) -> anyhow::Result<()> {
        let tokens = Target::Ids(vec![token.id]);
        self.apply(Change::Suspend { tokens })
    }

    fn rotate(&mut self, token: Token) -> anyhow::Result<()> {
        let request = RotationRequest {
            token,
            prefix: None,
            expires_at: SuccessorEnd::Kept,
            overlap: Duration::ZERO,
        };
        let at = Timestamp::from_second(CHANGED)?;
        self.authority
            .rotate(&request, &self.actor, &mut self.dice, at, Mode::Commit)?;
        Ok(())
    }

    fn apply(&self, change: Change) -> anyhow::Result<()> {
        let at = Timestamp::from_second(CHANGED)?;
        let store = self.authority.store();
        store.apply(&[change], &self.actor, at, Mode::Commit)?;
        Ok(())
    }

    fn finish(self, path: &Path) -> anyhow::Result<Scene> {
        let store = self.authority.store();
        let history = History::new(Arc::clone(store));
        let Verdict::Whole(head) = history.verify(&Default::default())? else {
            anyhow::bail!("the history of the store is broken before anything was damaged");
        };
        let mut tokens = Vec::new();
        for (token, secret, life) in &self.tokens {
            let record = store.find_token(&token.id)?.context("it was issued")?;
            tokens.push(Known {
                secret: secret.clone(),
                life: *life,
                record,
            });
        }
        let (database, log) = (fs::read(path)?, fs::read(path.with_extension("db-wal"))?);
        drop(history);
        drop(self);
        Ok(Scene {
            tokens,
            head,
            database,
            log,
            closed: fs::read(path)?,
        })
    }
}

/// Random numbers that a seed repeats, in the place of those for real secrets.
struct Seeded(Dice);

impl Entropy for Seeded {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        for byte in buffer {
            *byte = self.0.roll().to_le_bytes()[0];
        }
        Ok(())
    }
}
