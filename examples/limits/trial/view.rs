//! What a store says of its tokens, as far as it is the same whenever the same is done to it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use crate::attempt::succeed;
use crate::sample::Sample;
use crate::setting::Setting;

/// The tokens of the sample, and the live ones that are new.
#[derive(Clone, Debug)]
pub(crate) struct View {
    known: BTreeMap<String, String>,
    /// Ids of tokens that are not of the sample and are not dead.
    pub(crate) new: Vec<String>,
}

impl View {
    pub(crate) fn of(setting: &Setting, sample: &Sample, store: &Path) -> anyhow::Result<Self> {
        let listed = succeed(setting.tokenctl(store, &["list", "--json", "--state", "any"]))?;
        let records: Vec<Value> = serde_json::from_slice(&listed.stdout)?;
        let mut view = Self {
            known: BTreeMap::new(),
            new: Vec::new(),
        };
        for record in &records {
            let field = |name: &str| record.get(name).context("a record lacks a field");
            let id = field("id")?.as_str().unwrap_or_default().to_owned();
            let state = field("state")?.as_str().unwrap_or_default();
            if sample.ids().contains(&id.as_str()) {
                let is_replaced = !field("rotated_to")?.is_null();
                let told = format!(
                    "{state} {} {} replaced={is_replaced}",
                    field("policy")?,
                    field("networks")?
                );
                view.known.insert(id, told);
            } else if state == "active" {
                view.new.push(id);
            }
        }
        Ok(view)
    }

    /// Returns whether both tell the same; a new token is any new token.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.known == other.known && self.new.len() == other.new.len()
    }

    /// Returns whether the store has not got, or no longer has, the token `id`.
    pub(crate) fn lacks(&self, id: &str) -> bool {
        !self.known.contains_key(id)
    }
}
