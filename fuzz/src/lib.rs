//! What the targets share: a store with a token in each state, and the headers that carry them.

pub mod edit;
pub mod intake;
pub mod oracle;

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use tempfile::TempDir;
use tokenctl::authority::{Authority, IssueRequest};
use tokenctl::change::{Actor, Change, Mode, Target};
use tokenctl::entropy::{Entropy, EntropyError};
use tokenctl::format::{NewSecret, TokenFormats};
use tokenctl::outcome::OutcomeCode;
use tokenctl::policy::Policy;
use tokenctl::store::{Location, OpenOptions, Store};
use tokenctl::text::FreeText;
use tokenctl::token::NewToken;
use tokenctl::token_id::TokenId;
use tokenctl::user::UserName;

/// When all tokens are issued, in seconds.
const ISSUED: i64 = 1_000;

/// When targets ask, in seconds: between the end of the expired token and that of the others.
const NOW: i64 = 3_000;

/// Returns when targets ask.
pub fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

/// A token of a [`Scene`], and what has to be said of it.
#[derive(Debug)]
pub struct Known {
    pub id: TokenId,
    pub secret: String,
    pub owner: &'static str,
    pub code: OutcomeCode,
}

impl Known {
    /// Returns the credentials of `Basic` that carry it: with the name of its owner, and with none.
    pub fn basic(&self) -> [String; 2] {
        [self.owner, ""].map(|user| STANDARD.encode(format!("{user}:{}", self.secret)))
    }

    /// Returns whether `bytes` hold its secret, as it is or as `Basic` has it.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        let holds = |part: &str| {
            bytes
                .windows(part.len())
                .any(|window| window == part.as_bytes())
        };
        holds(&self.secret) || self.basic().iter().any(|basic| holds(basic))
    }
}

/// A store with one good token and one in each other state, the same in each process.
#[derive(Debug)]
pub struct Scene {
    _directory: TempDir,
    pub path: PathBuf,
    pub store: Arc<dyn Store>,
    pub tokens: Vec<Known>,
}

impl Scene {
    /// Makes one whose tokens may do what `policy` says.
    pub fn new(policy: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tokens.db");
        let location = Location::parse(path.to_str().unwrap()).unwrap();
        let store = location.create(OpenOptions::default()).unwrap();
        let mut scene = Self {
            _directory: directory,
            path,
            store,
            tokens: Vec::new(),
        };
        let mut entropy = Seeded(0x746f_6b65_6e63_746c);
        for (owner, expires_at, code) in [
            ("alice", None, OutcomeCode::Accepted),
            ("alice", None, OutcomeCode::Revoked),
            ("alice", Some(NOW - 1), OutcomeCode::Expired),
            ("bob", None, OutcomeCode::UserDisabled),
        ] {
            let known = scene.issue(policy, owner, expires_at, code, &mut entropy);
            scene.tokens.push(known);
        }
        scene.apply(&[
            Change::Revoke {
                tokens: Target::Ids(vec![scene.tokens[1].id]),
                reason: FreeText::parse("leaked").unwrap(),
            },
            Change::DisableUser { name: name("bob") },
        ]);
        scene
    }

    /// Closes the store, and returns its tokens and its file.
    pub fn into_file(self) -> (Vec<Known>, Vec<u8>) {
        drop(self.store);
        let log = self.path.with_extension("db-wal");
        assert!(!log.exists(), "closing puts everything into the file");
        (self.tokens, std::fs::read(self.path).unwrap())
    }

    /// Returns the one good token.
    pub fn good(&self) -> &Known {
        &self.tokens[0]
    }

    fn issue(
        &self,
        policy: &str,
        owner: &'static str,
        expires_at: Option<i64>,
        code: OutcomeCode,
        entropy: &mut Seeded,
    ) -> Known {
        let token = NewToken {
            expires_at: expires_at.map(|second| Timestamp::from_second(second).unwrap()),
            ..NewToken::new(name(owner), Policy::parse(policy).unwrap())
        };
        let request = IssueRequest {
            add_user: self.store.find_user(&name(owner)).unwrap().is_none(),
            ..IssueRequest::new(token)
        };
        let authority = Authority::new(Arc::clone(&self.store), Arc::new(TokenFormats::default()));
        let issued = authority
            .issue(&request, &actor(), entropy, at_issue())
            .unwrap();
        Known {
            id: issued.token.id,
            secret: issued.secret.expose_secret().to_owned(),
            owner,
            code,
        }
    }

    fn apply(&self, changes: &[Change]) {
        self.store
            .apply(changes, &actor(), at_issue(), Mode::Commit)
            .unwrap();
    }
}

/// Returns a well-formed token that was never issued.
pub fn never_issued() -> String {
    let mut entropy = Seeded(1);
    let request = NewSecret {
        id: TokenId::generate(&mut entropy).unwrap(),
        prefix: None,
    };
    let formats = TokenFormats::default();
    let secret = formats.default_format().generate(&request, &mut entropy);
    secret.unwrap().expose_secret().to_owned()
}

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

fn actor() -> Actor {
    Actor::named("fuzz")
}

fn at_issue() -> Timestamp {
    Timestamp::from_second(ISSUED).unwrap()
}

/// Numbers that are the same in each process (SplitMix64), so that seeds can hold good tokens.
#[derive(Debug)]
pub struct Seeded(pub u64);

impl Entropy for Seeded {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        for byte in buffer {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (mixed ^ (mixed >> 31)).to_le_bytes()[0];
        }
        Ok(())
    }
}
