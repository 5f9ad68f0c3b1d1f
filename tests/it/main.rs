//! The one integration test binary.

#![cfg(test)]

mod auth;
mod conformance_authenticate;
mod conformance_authority;
mod conformance_credentials;
mod conformance_format;
mod conformance_policy;
mod differences;
mod fixture;
#[cfg(feature = "cli")]
mod generated;
mod headers;
mod properties_format;
mod properties_policy;
#[cfg(feature = "cli")]
mod readme;
mod session;
mod sqlite;
mod store;
mod stress;
mod vectors;
