//! The store, made by `tokenctl import` of a file of lines.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;
use tokenctl::auth::Authenticator;
use tokenctl::clock::{Clock as _, SystemClock, whole_second};
use tokenctl::format::{NewSecret, TokenFormats};
use tokenctl::record::{Record, TokenRecord};
use tokenctl::secret::{Secret, TokenDigest};
use tokenctl::store::{Location, OpenOptions};
use tokenctl::token::Owner;
use tokenctl::token_id::TokenId;
use tokenctl::transfer::foreign_token;
use tokenctl::transfer::lines::Writer;
use tokenctl::user::UserName;

use crate::attempt::succeed;
use crate::dice::Dice;
use crate::setting::Setting;

/// Who owns all the tokens.
pub(super) const USER: &str = "alice";

/// Of how many tokens the secrets are kept.
const KNOWN: usize = 1_000;

pub(super) struct GreatStore {
    directory: TempDir,
    pub(super) tokens: usize,
    /// Secrets of some of the tokens, from the first to the last.
    pub(super) known: Vec<Secret>,
}

impl GreatStore {
    pub(super) fn make(setting: &Setting, tokens: usize) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let mut great = Self {
            directory,
            tokens,
            known: Vec::new(),
        };
        let lines = great.directory.path().join("tokens.jsonl");
        great.known = write_lines(&lines, tokens, &mut setting.dice())?;
        let file = lines.to_str().context("not UTF-8")?;
        succeed(setting.tokenctl(&great.path(), &["init"]))?;
        succeed(setting.tokenctl(&great.path(), &["import", "tokenctl", file]))?;
        fs::remove_file(&lines)?;
        Ok(great)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.directory.path().join("tokens.db")
    }

    /// Returns what verifies over a connection of its own.
    pub(super) fn authenticator(&self) -> anyhow::Result<Authenticator> {
        let path = self.path();
        let location = Location::parse(path.to_str().context("not UTF-8")?)?;
        Ok(Authenticator::over(location.open(OpenOptions::default())?))
    }
}

/// Writes an export of `tokens` tokens, and returns some of their secrets.
fn write_lines(path: &Path, tokens: usize, dice: &mut Dice) -> anyhow::Result<Vec<Secret>> {
    let formats = TokenFormats::default();
    let now = whole_second(SystemClock.now());
    let mut writer = Writer::begin(BufWriter::new(File::create(path)?), now)?;
    let step = tokens.div_ceil(KNOWN);
    let mut known = Vec::new();
    for number in 0..tokens {
        let id = TokenId::generate(dice)?;
        let new = NewSecret { id, prefix: None };
        let secret = formats.default_format().generate(&new, dice)?;
        let owner = Owner::new(UserName::parse(USER)?, None);
        let digest = TokenDigest::of(&secret);
        let mut record: TokenRecord = foreign_token(owner, digest, "tokenctl_v1", now);
        (record.token.id, record.token.family) = (id, id);
        writer.push(Record::Token(record))?;
        if number % step == 0 || number + 1 == tokens {
            known.push(secret);
        }
    }
    let (_, mut file) = writer.finish()?;
    file.flush()?;
    ensure!(!known.is_empty(), "there are no tokens");
    Ok(known)
}
