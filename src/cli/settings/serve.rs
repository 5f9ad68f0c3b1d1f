//! The section `[serve]` of the configuration file.

use std::collections::BTreeSet;

use tokenctl::auth::throttle::RateLimit;
use tokenctl::http::profile::Profile;
use tokenctl::http::proxies::{THIS_MACHINE, TrustedProxies};
use tokenctl::token_id::TokenId;
use toml::de::DeValue;

use super::super::listen::ListenAddress;
use super::file::{Wrong, text, texts, word};
use super::{Origin, Pick, Sourced, row};

/// What `tokenctl serve` is told by the file.
#[derive(Debug, Default)]
pub(super) struct ServeFile {
    listen: Option<ListenAddress>,
    profile: Option<Profile>,
    trusted_proxies: Option<Vec<String>>,
    throttle: Option<RateLimit>,
    introspect: Option<BTreeSet<TokenId>>,
    revoke: Option<BTreeSet<TokenId>>,
}

impl ServeFile {
    /// Takes the entry `serve.KEY`.
    pub(super) fn set(&mut self, key: &str, value: &DeValue<'_>) -> Result<(), Wrong> {
        match key {
            "listen" => {
                let address = ListenAddress::parse(text(value)?);
                self.listen = Some(address.map_err(Wrong::of)?);
            }
            "profile" => self.profile = Some(word(value, &Profile::ALL, Profile::name)?),
            "trusted_proxies" => {
                let items = texts(value)?;
                TrustedProxies::parse(&items).map_err(Wrong::of)?;
                self.trusted_proxies = Some(items);
            }
            "throttle" => {
                let limit = RateLimit::parse(text(value)?);
                self.throttle = Some(limit.map_err(Wrong::of)?);
            }
            "introspect" => self.introspect = Some(ids(value)?),
            "revoke" => self.revoke = Some(ids(value)?),
            _ => return Err(Wrong::Key),
        }
        Ok(())
    }
}

/// Whole ids alone: what a prefix stands for changes.
fn ids(value: &DeValue<'_>) -> Result<BTreeSet<TokenId>, Wrong> {
    let parsed = texts(value)?
        .iter()
        .map(|text| TokenId::parse(text))
        .collect::<Result<_, _>>();
    parsed.map_err(|_| Wrong::Value("a list of whole ids of tokens is expected".to_owned()))
}

/// What `tokenctl serve` does when its flags do not say otherwise.
#[derive(Clone, Debug)]
pub(crate) struct ServeSettings {
    /// Where it listens.
    pub(crate) listen: Sourced<ListenAddress>,
    /// Which proxy asks.
    pub(crate) profile: Sourced<Profile>,
    /// Which peers may ask: addresses, blocks, and `unix`.
    pub(crate) trusted_proxies: Sourced<Vec<String>>,
    /// How many failures of one address are answered.
    pub(crate) throttle: Sourced<Option<RateLimit>>,
    /// The tokens that may introspect.
    pub(crate) introspect: Sourced<BTreeSet<TokenId>>,
    /// The tokens that may revoke others.
    pub(crate) revoke: Sourced<BTreeSet<TokenId>>,
}

impl ServeSettings {
    pub(super) fn resolve(file: ServeFile, pick: &Pick<'_>) -> Self {
        let this_machine = THIS_MACHINE.map(str::to_owned);
        Self {
            listen: pick.or(file.listen, ListenAddress::default()),
            profile: pick.or(file.profile, Profile::Nginx),
            trusted_proxies: pick.or(file.trusted_proxies, this_machine.to_vec()),
            throttle: pick.or_none(file.throttle),
            introspect: pick.or(file.introspect, BTreeSet::new()),
            revoke: pick.or(file.revoke, BTreeSet::new()),
        }
    }

    /// Returns key, value and origin of each setting.
    pub(super) fn rows(&self) -> Vec<(&'static str, Option<String>, &Origin)> {
        let ids = |ids: &BTreeSet<TokenId>| {
            let ids: Vec<&str> = ids.iter().map(TokenId::as_str).collect();
            ids.join(",")
        };
        vec![
            row("serve.listen", &self.listen, ToString::to_string),
            row("serve.profile", &self.profile, ToString::to_string),
            row("serve.trusted_proxies", &self.trusted_proxies, |it| {
                it.join(",")
            }),
            (
                "serve.throttle",
                self.throttle.value.map(|limit| limit.to_string()),
                &self.throttle.origin,
            ),
            row("serve.introspect", &self.introspect, ids),
            row("serve.revoke", &self.revoke, ids),
        ]
    }
}
