//! The one integration test binary.

#![cfg(test)]

#[cfg(feature = "cli")]
mod cli_config;
#[cfg(feature = "cli")]
mod cli_escape;
#[cfg(feature = "cli")]
mod cli_exit_codes;
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
mod cli_revoke;
#[cfg(feature = "cli")]
mod cli_secrets;
#[cfg(feature = "cli")]
mod cli_show;
#[cfg(feature = "cli")]
mod cli_user;
#[cfg(feature = "cli")]
mod cli_verify;
mod conformance_format;
mod conformance_policy;
mod differences;
#[cfg(feature = "cli")]
mod harness;
mod properties_format;
mod properties_policy;
