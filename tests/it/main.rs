//! The one integration test binary.

#![cfg(test)]

mod auth;
#[cfg(feature = "cli")]
mod cli_can;
#[cfg(feature = "cli")]
mod cli_config;
#[cfg(feature = "cli")]
mod cli_edit;
#[cfg(feature = "cli")]
mod cli_escape;
#[cfg(feature = "cli")]
mod cli_exit_codes;
#[cfg(feature = "cli")]
mod cli_explain;
#[cfg(feature = "cli")]
mod cli_extend;
#[cfg(feature = "cli")]
mod cli_headers;
#[cfg(feature = "cli")]
mod cli_identify;
#[cfg(feature = "cli")]
mod cli_init;
#[cfg(feature = "cli")]
mod cli_issue;
#[cfg(feature = "cli")]
mod cli_list;
#[cfg(feature = "cli")]
mod cli_pipes;
#[cfg(feature = "cli")]
mod cli_policy;
#[cfg(feature = "cli")]
mod cli_policy_sizes;
#[cfg(feature = "cli")]
mod cli_prune;
#[cfg(feature = "cli")]
mod cli_restrict;
#[cfg(feature = "cli")]
mod cli_restrict_many;
#[cfg(feature = "cli")]
mod cli_revoke;
#[cfg(feature = "cli")]
mod cli_rotate;
#[cfg(feature = "cli")]
mod cli_secrets;
#[cfg(feature = "cli")]
mod cli_show;
#[cfg(feature = "cli")]
mod cli_signals;
#[cfg(feature = "cli")]
mod cli_suspend;
#[cfg(feature = "cli")]
mod cli_user;
#[cfg(feature = "cli")]
mod cli_verify;
mod conformance_authenticate;
mod conformance_authority;
mod conformance_credentials;
mod conformance_format;
mod conformance_policy;
mod differences;
mod fixture;
#[cfg(feature = "cli")]
mod generated;
#[cfg(feature = "cli")]
mod harness;
mod headers;
#[cfg(feature = "tower")]
mod http;
mod policies;
mod properties_catalogue;
mod properties_format;
mod properties_narrow;
mod properties_policy;
#[cfg(feature = "cli")]
mod readme;
mod reuse;
mod session;
mod sqlite;
mod store;
mod stress;
mod vectors;
