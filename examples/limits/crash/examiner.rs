//! What became of a change, as the store itself tells.

use std::sync::Arc;

use anyhow::Context as _;
use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::MemorySession;
use tokenctl::change::EventQuery;
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::outcome::OutcomeCode;
use tokenctl::selector::{Listing, Selector};
use tokenctl::store::{Location, OpenOptions, Store};
use tokenctl::token::Token;
use tokenctl::token_id::TokenId;
use tokenctl::user::UserName;

use super::base::{Base, Known, location};
use super::stage::damage;
use super::task::{Ended, Task};

/// What whoever presents a secret is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It may do everything.
    Full,
    /// It may read.
    ReadOnly,
    Revoked,
    Rotated,
    Unknown,
    /// None of those that tokens of this harness can have.
    Other(OutcomeCode),
}

impl Standing {
    pub(super) fn is_accepted(self) -> bool {
        matches!(self, Self::Full | Self::ReadOnly)
    }
}

/// What became of a change.
pub(super) enum Found {
    /// All of it is there; the secrets it is about, and how they stand now.
    Done(Vec<(String, Standing)>),
    /// Nothing of it is there.
    Undone,
    /// Something between.
    Half(String),
}

/// Looks into a store that was opened after the kills.
pub(super) struct Examiner {
    store: Arc<dyn Store>,
    authenticator: Authenticator,
}

impl Examiner {
    pub(super) fn open(location: &Location) -> anyhow::Result<Self> {
        let store = location.open(OpenOptions::default())?;
        let authenticator = Authenticator::over(Arc::clone(&store));
        Ok(Self {
            store,
            authenticator,
        })
    }

    pub(super) fn standing(&self, secret: &str) -> anyhow::Result<Standing> {
        Ok(match self.verify(secret, "DELETE")? {
            OutcomeCode::Accepted => Standing::Full,
            OutcomeCode::DeniedByRule => match self.verify(secret, "GET")? {
                OutcomeCode::Accepted => Standing::ReadOnly,
                other => Standing::Other(other),
            },
            OutcomeCode::Revoked => Standing::Revoked,
            OutcomeCode::Rotated => Standing::Rotated,
            OutcomeCode::Unknown => Standing::Unknown,
            other => Standing::Other(other),
        })
    }

    fn verify(&self, secret: &str, method: &str) -> anyhow::Result<OutcomeCode> {
        let header = format!("token {secret}");
        let head = RequestHead::new()
            .authorization(header.as_bytes())
            .method(method);
        let mut session = MemorySession::default();
        let outcome = self
            .authenticator
            .check_login(&head, &mut session, SystemClock.now())?;
        Ok(outcome.code())
    }

    fn token(&self, id: &TokenId) -> anyhow::Result<Token> {
        self.store.find_token(id)?.context("a token is gone")
    }

    /// Returns how often the history of the token tells of `action`.
    fn events(&self, id: TokenId, action: &str) -> anyhow::Result<usize> {
        let mut query = EventQuery::default();
        query.token = Some(id);
        query.actions = vec![action.to_owned()];
        Ok(self.store.find_events(&query, 10)?.len())
    }

    /// Returns what became of the change that a process was to make.
    pub(super) fn look(&self, ended: &Ended, base: &Base) -> anyhow::Result<Found> {
        match &ended.task {
            Task::Backup(to) if !to.try_exists()? => Ok(Found::Undone),
            Task::Backup(to) => Ok(match damage(&location(to)?) {
                None => Found::Done(Vec::new()),
                Some(damage) => Found::Half(format!("backup: {damage}")),
            }),
            Task::Import { user, secrets } => self.import(user, secrets),
            Task::Issue { mark } => self.issue(mark, &ended.answer),
            // Told by the next migration, as this build does not read what it leads to.
            Task::Migrate => Ok(Found::Undone),
            Task::Prune(tokens) => {
                let secrets = tokens.iter().map(|known| known.secret.clone()).collect();
                self.all_or_none(secrets, Standing::Unknown, Standing::Revoked)
            }
            Task::Restore => {
                let secrets = base.lost.iter().map(|known| known.secret.clone()).collect();
                self.all_or_none(secrets, Standing::Full, Standing::Unknown)
            }
            Task::Restrict(known) => self.change(known, Standing::ReadOnly, "token.restricted"),
            Task::Revoke(known) => self.change(known, Standing::Revoked, "token.revoked"),
            Task::Rotate(known) => self.rotate(known, &ended.answer),
        }
    }

    /// A change to one token is there if the token and its history both tell so.
    fn change(&self, known: &Known, done: Standing, action: &str) -> anyhow::Result<Found> {
        let standing = self.standing(&known.secret)?;
        let events = self.events(known.id, action)?;
        Ok(match (standing, events) {
            (Standing::Full, 0) => Found::Undone,
            (standing, 1) if standing == done => Found::Done(vec![(known.secret.clone(), done)]),
            other => Found::Half(format!("{action} of {}: {other:?}", known.id)),
        })
    }

    fn issue(&self, mark: &str, answer: &str) -> anyhow::Result<Found> {
        let mut selector = Selector::default();
        selector.labels = vec![("job".to_owned(), mark.to_owned())];
        let tokens = self
            .store
            .list(&Listing::of(selector), SystemClock.now(), 10)?;
        let token = match tokens.as_slice() {
            [] if answer.is_empty() => return Ok(Found::Undone),
            [token] => token,
            _ => return Ok(Found::Half(format!("issue: {} tokens", tokens.len()))),
        };
        let events = self.events(token.id, "token.issued")?;
        let is_whole =
            events == 1 && token.expires_at.is_some() && token.policy.read()?.is_full_access();
        if !is_whole {
            return Ok(Found::Half(format!(
                "issue of {}: {events} events",
                token.id
            )));
        }
        let Some(secret) = answer.strip_suffix('\n') else {
            return Ok(match answer.is_empty() {
                true => Found::Done(Vec::new()),
                false => Found::Half("issue: half a secret was printed".to_owned()),
            });
        };
        Ok(match self.standing(secret)? {
            Standing::Full => Found::Done(vec![(secret.to_owned(), Standing::Full)]),
            other => Found::Half(format!("issue of {}: {other:?}", token.id)),
        })
    }

    fn rotate(&self, known: &Known, answer: &str) -> anyhow::Result<Found> {
        let old = self.token(&known.id)?;
        let standing = self.standing(&known.secret)?;
        let events = self.events(known.id, "token.rotated")?;
        let successor = match (standing, events, old.rotated_to) {
            (Standing::Full, 0, None) if answer.is_empty() => return Ok(Found::Undone),
            (Standing::Rotated, 1, Some(successor)) => self.token(&successor)?,
            other => return Ok(Found::Half(format!("rotation of {}: {other:?}", known.id))),
        };
        let is_whole = successor.policy == old.policy
            && successor.family == old.family
            && successor.owner.name == old.owner.name
            && successor.state(SystemClock.now()).as_str() == "active";
        if !is_whole {
            return Ok(Found::Half(format!("successor of {}", known.id)));
        }
        let mut secrets = vec![(known.secret.clone(), Standing::Rotated)];
        if let Some(new) = answer.strip_suffix('\n') {
            match self.standing(new)? {
                Standing::Full => secrets.push((new.to_owned(), Standing::Full)),
                other => {
                    return Ok(Found::Half(format!(
                        "new secret of {}: {other:?}",
                        known.id
                    )));
                }
            }
        } else if !answer.is_empty() {
            return Ok(Found::Half("rotate: half a secret was printed".to_owned()));
        }
        Ok(Found::Done(secrets))
    }

    fn import(&self, user: &str, secrets: &[String]) -> anyhow::Result<Found> {
        let found = self.all_or_none(secrets.to_vec(), Standing::Full, Standing::Unknown)?;
        let has_user = self.store.find_user(&UserName::parse(user)?)?.is_some();
        Ok(match (&found, has_user) {
            (Found::Undone, true) => Found::Half(format!("import: {user} without tokens")),
            _ => found,
        })
    }

    fn all_or_none(
        &self,
        secrets: Vec<String>,
        done: Standing,
        undone: Standing,
    ) -> anyhow::Result<Found> {
        let mut standings = Vec::new();
        for secret in secrets {
            let standing = self.standing(&secret)?;
            standings.push((secret, standing));
        }
        let count = |of| standings.iter().filter(|(_, it)| *it == of).count();
        let (done, undone) = (count(done), count(undone));
        Ok(if done == standings.len() {
            Found::Done(standings)
        } else if undone == standings.len() {
            Found::Undone
        } else {
            Found::Half(format!("{done} of {} done, {undone} not", standings.len()))
        })
    }
}
