//! What two records of one token both allow.

use serde_json::json;

use crate::network::Networks;
use crate::policy::Policy;
use crate::token::{StoredPolicy, Token};

/// The rights that two records of a token have in common.
pub(super) struct Common {
    pub(super) policy: StoredPolicy,
    pub(super) networks: Option<Networks>,
    /// Whether they could not be told, so that the token must be refused until somebody has looked at it.
    pub(super) is_unclear: bool,
}

impl Common {
    /// Returns what is left where both records count; what cannot be told stays as `held` has it.
    pub(super) fn of(held: &Token, other: &Token) -> Self {
        let policy = common_policy(&held.policy, &other.policy);
        let networks = common_networks(held.networks.as_ref(), other.networks.as_ref());
        Self {
            is_unclear: policy.is_none() || networks.is_none(),
            policy: policy.unwrap_or_else(|| held.policy.clone()),
            networks: networks.unwrap_or_else(|| held.networks.clone()),
        }
    }

    /// Returns whether that is something else than what `token` may do.
    pub(super) fn differs_from(&self, token: &Token) -> bool {
        self.policy != token.policy || self.networks != token.networks
    }

    /// The networks as they are stored.
    pub(super) fn networks_text(&self) -> Option<String> {
        self.networks
            .as_ref()
            .map(|networks| json!(networks).to_string())
    }
}

fn common_policy(held: &StoredPolicy, other: &StoredPolicy) -> Option<StoredPolicy> {
    // Also where both are damaged, and so allow nothing.
    if held == other {
        return Some(held.clone());
    }
    let common: Policy = held.read().ok()?.intersect(&other.read().ok()?).ok()?;
    Some(StoredPolicy::from(&common))
}

fn common_networks(held: Option<&Networks>, other: Option<&Networks>) -> Option<Option<Networks>> {
    let (Some(held), Some(other)) = (held, other) else {
        return Some(held.or(other).cloned());
    };
    let common = held.intersect(other);
    let can_be_kept = (1..=Networks::LIMIT).contains(&common.len());
    can_be_kept.then_some(Some(common))
}
