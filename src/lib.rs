//! API tokens in an embedded store: issue, restrict, revoke and authenticate them.

#[cfg(not(unix))]
compile_error!(
    "tokenctl keeps its store safe by owner, mode and flock, which this platform does not have"
);

pub mod auth;
pub mod clock;
pub mod entropy;
pub mod format;
pub mod network;
pub mod policy;
pub mod secret;
pub mod token_id;
