//! The processes: writers that issue, rotate and revoke, and readers that verify what writers are at.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::MemorySession;
use tokenctl::authority::{Authority, IssueRequest, RotationRequest};
use tokenctl::change::{Actor, Mode, Target};
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::format::{NewSecret, TokenFormats};
use tokenctl::outcome::OutcomeCode;
use tokenctl::policy::Policy;
use tokenctl::rotation::SuccessorEnd;
use tokenctl::secret::Secret;
use tokenctl::store::{Location, OpenOptions, Store};
use tokenctl::text::FreeText;
use tokenctl::token::{NewToken, Token};
use tokenctl::token_id::TokenId;
use tokenctl::user::UserName;

use super::crowd::USER;
use super::log::{Act, Log, Name};
use super::register::Seen;
use crate::dice::Dice;
use crate::monotonic;
use crate::role::Role;

pub(crate) const READER: Role = Role {
    name: "contention-reader",
    play: |arguments| work(arguments, read),
};

pub(crate) const WRITER: Role = Role {
    name: "contention-writer",
    play: |arguments| work(arguments, write),
};

/// What a process is told.
pub(super) struct Order {
    pub(super) store: PathBuf,
    /// Where its log goes.
    pub(super) log: PathBuf,
    pub(super) seed: u64,
    /// Which of its kind it is.
    pub(super) number: u32,
    /// How many writers there are.
    pub(super) writers: u32,
    /// On the common clock.
    pub(super) begin: u64,
    pub(super) end: u64,
}

impl Order {
    pub(super) fn arguments(&self) -> anyhow::Result<Vec<String>> {
        let path = |path: &PathBuf| path.to_str().map(str::to_owned).context("not UTF-8");
        Ok(vec![
            path(&self.store)?,
            path(&self.log)?,
            self.seed.to_string(),
            self.number.to_string(),
            self.writers.to_string(),
            self.begin.to_string(),
            self.end.to_string(),
        ])
    }

    fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let [store, log, seed, number, writers, begin, end] = arguments else {
            return Err(anyhow!("a process of a harness needs 7 arguments"));
        };
        Ok(Self {
            store: store.into(),
            log: log.into(),
            seed: seed.parse()?,
            number: number.parse()?,
            writers: writers.parse()?,
            begin: begin.parse()?,
            end: end.parse()?,
        })
    }

    fn is_over(&self) -> bool {
        monotonic::now() >= self.end
    }
}

/// Opens the store, waits for the common start, and does `work` until the end.
fn work(
    arguments: &[String],
    work: fn(&Order, Arc<dyn Store>, &mut Log) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let order = Order::parse(arguments)?;
    let location = Location::parse(order.store.to_str().context("not UTF-8")?)?;
    let store = location.open(OpenOptions::default())?;
    let until_begin = order.begin.saturating_sub(monotonic::now());
    thread::sleep(Duration::from_nanos(until_begin));
    let mut log = Log::default();
    work(&order, store, &mut log)?;
    log.write(&order.log)
}

/// Returns dice that follow from the name of a token.
fn dice_of(token: Name, seed: u64) -> Dice {
    let name = u64::from(token.writer) << 33
        | u64::from(token.number) << 1
        | u64::from(token.is_successor);
    let mut dice = Dice::new(seed ^ name.rotate_left(20));
    Dice::new(dice.roll())
}

/// Returns the id that `token` has or will have.
pub(super) fn id_of(token: Name, seed: u64) -> anyhow::Result<TokenId> {
    Ok(TokenId::generate(&mut dice_of(token, seed))?)
}

/// Returns the secret that `token` has or will have: drawn as the library draws it.
fn secret_of(token: Name, seed: u64, formats: &TokenFormats) -> anyhow::Result<Secret> {
    let mut entropy = dice_of(token, seed);
    let id = TokenId::generate(&mut entropy)?;
    let new = NewSecret { id, prefix: None };
    Ok(formats.default_format().generate(&new, &mut entropy)?)
}

/// What becomes of the tokens of a writer, by their numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Revoked,
    /// Rotated, and then its successor is revoked.
    Rotated,
    StaysLive,
}

impl Fate {
    fn of(number: u32) -> Self {
        match number % 4 {
            0 | 1 => Self::Revoked,
            2 => Self::Rotated,
            _ => Self::StaysLive,
        }
    }
}

fn write(order: &Order, store: Arc<dyn Store>, log: &mut Log) -> anyhow::Result<()> {
    let authority = Authority::new(store, Arc::new(TokenFormats::default()));
    let actor = Actor::named("limits");
    let request = IssueRequest::new(NewToken::new(UserName::parse(USER)?, Policy::full_access()));
    let writer = Writer {
        authority,
        actor,
        seed: order.seed,
    };
    for number in 0.. {
        if order.is_over() {
            break;
        }
        let token = Name {
            writer: order.number,
            number,
            is_successor: false,
        };
        let Some(issued) = writer.issue(token, &request, log) else {
            continue;
        };
        match Fate::of(number) {
            Fate::Revoked => writer.revoke(token, issued.id, log),
            Fate::Rotated => {
                if let Some(id) = writer.rotate(token, issued, log) {
                    writer.revoke(token.successor(), id, log);
                }
            }
            Fate::StaysLive => {}
        }
    }
    Ok(())
}

struct Writer {
    authority: Authority,
    actor: Actor,
    seed: u64,
}

impl Writer {
    fn issue(&self, token: Name, request: &IssueRequest, log: &mut Log) -> Option<Token> {
        let mut entropy = dice_of(token, self.seed);
        log.keep(token, || {
            let now = SystemClock.now();
            let issued = self
                .authority
                .issue(request, &self.actor, &mut entropy, now)?;
            Ok((Act::Issue, issued.token))
        })
    }

    fn revoke(&self, token: Name, id: TokenId, log: &mut Log) {
        log.keep(token, || {
            let target = Target::Ids(vec![id]);
            self.authority.revoke(
                target,
                FreeText::default(),
                &self.actor,
                SystemClock.now(),
                Mode::Commit,
            )?;
            Ok((Act::Revoke, ()))
        });
    }

    /// Returns the id of the successor.
    fn rotate(&self, token: Name, old: Token, log: &mut Log) -> Option<TokenId> {
        let mut entropy = dice_of(token.successor(), self.seed);
        let request = RotationRequest {
            token: old,
            prefix: None,
            expires_at: SuccessorEnd::Kept,
            overlap: Duration::ZERO,
        };
        log.keep(token, || {
            let now = SystemClock.now();
            let rotated =
                self.authority
                    .rotate(&request, &self.actor, &mut entropy, now, Mode::Commit)?;
            Ok((Act::Rotate, rotated.token.id))
        })
    }
}

fn read(order: &Order, store: Arc<dyn Store>, log: &mut Log) -> anyhow::Result<()> {
    let formats = TokenFormats::default();
    let authenticator = Authenticator::over(store);
    let mut followers = Vec::new();
    for writer in 0..order.writers {
        followers.push(Follower::new(writer, order.seed, &formats)?);
    }
    while !order.is_over() {
        for follower in &mut followers {
            let seen = log.keep(follower.token, || {
                let seen = verify(&authenticator, &follower.header)?;
                Ok((Act::Verify(seen), seen))
            });
            if let Some(seen) = seen
                && follower.moves_on(seen)
            {
                follower.aim(order.seed, &formats)?;
            }
        }
    }
    Ok(())
}

fn verify(authenticator: &Authenticator, header: &str) -> anyhow::Result<Seen> {
    let head = RequestHead::new().authorization(header.as_bytes());
    let outcome =
        authenticator.check_login(&head, &mut MemorySession::default(), SystemClock.now())?;
    match outcome.code() {
        OutcomeCode::Accepted => Ok(Seen::Live),
        OutcomeCode::Unknown => Ok(Seen::Absent),
        OutcomeCode::Revoked | OutcomeCode::Rotated => Ok(Seen::Dead),
        other => Err(anyhow!("a verify said {}", other.as_str())),
    }
}

/// Follows a writer from token to token, each of which it looks at from before its issue until after its end.
struct Follower {
    token: Name,
    header: String,
    /// How often the token was found live.
    lives: u32,
    /// How far it goes after a token that it came too late for.
    stride: u32,
}

impl Follower {
    /// A token that stays live is looked at so often.
    const LOOKS: u32 = 3;

    /// The farthest it goes, so that it does not wait for long where it comes out before the writer.
    const LONGEST_STRIDE: u32 = 4;

    fn new(writer: u32, seed: u64, formats: &TokenFormats) -> anyhow::Result<Self> {
        let mut follower = Self {
            token: Name {
                writer,
                number: 0,
                is_successor: false,
            },
            header: String::new(),
            lives: 0,
            stride: 1,
        };
        follower.aim(seed, formats)?;
        Ok(follower)
    }

    fn aim(&mut self, seed: u64, formats: &TokenFormats) -> anyhow::Result<()> {
        let secret = secret_of(self.token, seed, formats)?;
        self.header = format!("token {}", secret.expose_secret());
        Ok(())
    }

    /// Takes in what was seen, and returns whether another token is next.
    fn moves_on(&mut self, seen: Seen) -> bool {
        let fate = Fate::of(self.token.number);
        match seen {
            Seen::Absent => {
                self.stride = 1;
                return false;
            }
            Seen::Live => {
                self.lives += 1;
                if fate != Fate::StaysLive || self.lives < Self::LOOKS {
                    return false;
                }
                self.token.number += 1;
            }
            Seen::Dead if fate == Fate::Rotated && !self.token.is_successor => {
                self.token = self.token.successor();
                return true;
            }
            Seen::Dead => {
                if self.lives == 0 {
                    self.stride = (self.stride * 2).min(Self::LONGEST_STRIDE);
                }
                self.token.number += self.stride;
                self.token.is_successor = false;
            }
        }
        self.lives = 0;
        true
    }
}
