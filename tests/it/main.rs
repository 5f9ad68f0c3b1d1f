//! The one integration test binary.

#![cfg(test)]

#[cfg(all(feature = "cli", feature = "server"))]
mod agreement;
mod auth;
#[cfg(feature = "cli")]
mod cli_can;
#[cfg(feature = "cli")]
mod cli_config;
#[cfg(feature = "cli")]
mod cli_escape;
#[cfg(feature = "cli")]
mod cli_exit_codes;
#[cfg(feature = "cli")]
mod cli_explain;
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
mod cli_restrict;
#[cfg(feature = "cli")]
mod cli_restrict_many;
#[cfg(feature = "cli")]
mod cli_revoke;
#[cfg(feature = "cli")]
mod cli_secrets;
#[cfg(all(feature = "cli", feature = "server"))]
mod cli_serve;
#[cfg(feature = "cli")]
mod cli_show;
#[cfg(feature = "cli")]
mod cli_signals;
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
#[cfg(all(feature = "cli", feature = "server"))]
mod generated;
#[cfg(feature = "cli")]
mod harness;
mod headers;
#[cfg(all(feature = "cli", feature = "server"))]
mod hostile;
#[cfg(feature = "tower")]
mod http;
mod policies;
mod properties_catalogue;
mod properties_format;
mod properties_narrow;
mod properties_policy;
#[cfg(feature = "cli")]
mod readme;
#[cfg(all(feature = "cli", feature = "server"))]
mod revocation;
#[cfg(all(feature = "cli", feature = "server"))]
mod serve_faults;
#[cfg(all(feature = "cli", feature = "server"))]
mod serving;
mod session;
mod sqlite;
mod store;
mod stress;
mod vectors;
#[cfg(all(feature = "cli", feature = "server"))]
mod wire;
