//! The flags that choose tokens, the same in every verb.

use std::collections::BTreeSet;
use std::path::Path;

use clap::ValueEnum;
use tokenctl::authority::{Authority, ResolveError};
use tokenctl::label::Labels;
use tokenctl::selector::{Selector, StateFilter};
use tokenctl::store::ChangeError;
use tokenctl::token_id::TokenId;
use tokenctl::user::UserName;

use super::context::Context;
use super::exit::{CliError, Exit};
use super::identify::dash;
use super::input;
use super::when;

/// The most that is read of a list of ids: about a million of them.
const IDS_LIMIT: usize = 16 << 20;

/// Flags that choose tokens; they combine with AND.
#[derive(clap::Args)]
#[command(next_help_heading = "Choose tokens (all of these must hold)")]
pub(crate) struct Selectors {
    /// Tokens of this user, or of any of these (can be repeated)
    #[arg(long, value_name = "NAME")]
    user: Vec<String>,

    /// Tokens in this state
    #[arg(long, value_name = "STATE")]
    state: Option<State>,

    /// Active tokens that end within this time, such as `7d`
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    expiring_within: Option<String>,

    /// Tokens not used for this long; one never used counts from its issue
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    unused_for: Option<String>,

    /// Tokens that were never used
    #[arg(long)]
    never_used: bool,

    /// Tokens issued before this time, date, or duration ago
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    created_before: Option<String>,

    /// Tokens issued after this time, date, or duration ago
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    created_after: Option<String>,

    /// Tokens with this label, and all of these (can be repeated)
    #[arg(long, value_name = "KEY=VALUE")]
    label: Vec<String>,

    /// Tokens of this format, such as `legacy_sha1`
    #[arg(long, value_name = "ID")]
    generator: Option<String>,

    /// Tokens of a format that `auth.deprecated_generators` lists
    #[arg(long)]
    deprecated: bool,

    /// Tokens whose ids stand on stdin, one a line
    #[arg(long, value_name = "-", value_parser = dash)]
    ids_from: Option<String>,
}

/// The states that can be asked for.
#[derive(Clone, Copy, ValueEnum)]
enum State {
    Active,
    Expired,
    Revoked,
    Suspended,
    Rotated,
    Any,
}

impl From<State> for StateFilter {
    fn from(state: State) -> Self {
        match state {
            State::Active => Self::Active,
            State::Expired => Self::Expired,
            State::Revoked => Self::Revoked,
            State::Suspended => Self::Suspended,
            State::Rotated => Self::Rotated,
            State::Any => Self::Any,
        }
    }
}

impl Selectors {
    /// Returns whether no flag was given.
    pub(crate) fn is_empty(&self) -> bool {
        self.user.is_empty()
            && self.state.is_none()
            && self.expiring_within.is_none()
            && self.unused_for.is_none()
            && !self.never_used
            && self.created_before.is_none()
            && self.created_after.is_none()
            && self.label.is_empty()
            && self.generator.is_none()
            && !self.deprecated
            && self.ids_from.is_none()
    }

    /// Returns whether stdin is read for ids.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.ids_from.is_some()
    }

    /// Returns the selector that the flags ask for. Ids must exist, and users, who may have been deleted since, so that a
    /// slip of the pen is not taken for "none of them".
    pub(crate) fn resolve(
        &self,
        context: &Context,
        authority: &Authority,
    ) -> anyhow::Result<Selector> {
        let now = context.now();
        let mut selector = Selector::default();
        for name in &self.user {
            let name = UserName::verbatim(name.as_str());
            if !authority.store().knows_user(&name)? {
                return Err(ChangeError::NoSuchUser { name }.into());
            }
            selector.users.push(name);
        }
        selector.state = self.state.map(StateFilter::from);
        if let Some(text) = &self.expiring_within {
            let until = when::Period::parse(text).and_then(|period| period.after(now));
            selector.expiring_until =
                Some(until.map_err(|error| error.of_argument("--expiring-within"))?);
        }
        if let Some(text) = &self.unused_for {
            let since = when::Period::parse(text).and_then(|period| period.before(now));
            selector.unused_since = Some(since.map_err(|error| error.of_argument("--unused-for"))?);
        }
        selector.never_used = self.never_used;
        if let Some(text) = &self.created_before {
            let time = when::parse_before(text, now);
            selector.created_before =
                Some(time.map_err(|error| error.of_argument("--created-before"))?);
        }
        if let Some(text) = &self.created_after {
            let time = when::parse_after(text, now);
            selector.created_after =
                Some(time.map_err(|error| error.of_argument("--created-after"))?);
        }
        for label in &self.label {
            let pair = Labels::parse_pair(label)
                .map_err(|error| CliError::usage(format!("bad value for `--label`: {error}")))?;
            selector.labels.push(pair);
        }
        selector.generator.clone_from(&self.generator);
        let deprecated = &context.settings.deprecated_generators.value;
        selector.deprecated = self.deprecated.then(|| deprecated.clone());
        if self.ids_from.is_some() {
            selector.ids = Some(ids_from_stdin(authority)?);
        }
        let times = [
            ("ending by", selector.expiring_until),
            ("unused since", selector.unused_since),
            ("issued before", selector.created_before),
            ("issued at or after", selector.created_after),
        ];
        context.output.times("tokens", times);
        Ok(selector)
    }
}

fn ids_from_stdin(authority: &Authority) -> anyhow::Result<BTreeSet<TokenId>> {
    let content = input::read_file_or_stdin(Path::new("-"), IDS_LIMIT)?;
    let bad =
        |message: &str| CliError::new(Exit::Data, message).with_hint("one id a line is expected");
    let text = std::str::from_utf8(&content).map_err(|_| bad("the ids are not UTF-8 text"))?;
    let mut ids = BTreeSet::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let token = authority.resolve(line).map_err(|error| match error {
            ResolveError::NotAnId(error) => {
                anyhow::Error::from(bad(&format!("line {number} of stdin is no id: {error}")))
            }
            other => other.into(),
        })?;
        ids.insert(token.id);
    }
    Ok(ids)
}
