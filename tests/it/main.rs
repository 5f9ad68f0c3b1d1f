//! The one integration test binary.

#![cfg(test)]

#[cfg(all(feature = "cli", feature = "server"))]
mod agreement;
mod auth;
#[cfg(feature = "cli")]
#[path = "../../examples/limits/command/by_hand.rs"]
mod by_hand;
#[cfg(feature = "cli")]
mod cli_audit;
#[cfg(feature = "cli")]
mod cli_backup;
#[cfg(feature = "cli")]
mod cli_can;
#[cfg(feature = "cli")]
mod cli_check;
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
mod cli_export;
#[cfg(feature = "cli")]
mod cli_extend;
#[cfg(all(feature = "cli", feature = "server"))]
mod cli_faults;
#[cfg(feature = "cli")]
mod cli_headers;
#[cfg(feature = "cli")]
mod cli_identify;
#[cfg(feature = "cli")]
mod cli_import;
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
#[cfg(all(feature = "cli", feature = "server"))]
mod cli_probe;
#[cfg(feature = "cli")]
mod cli_prompt;
#[cfg(all(feature = "cli", feature = "server"))]
mod cli_proxy_config;
#[cfg(feature = "cli")]
mod cli_prune;
#[cfg(feature = "cli")]
mod cli_restore;
#[cfg(feature = "cli")]
mod cli_restrict;
#[cfg(feature = "cli")]
mod cli_restrict_many;
#[cfg(feature = "cli")]
mod cli_revoke;
#[cfg(feature = "cli")]
mod cli_rotate;
#[cfg(feature = "cli")]
mod cli_scan;
#[cfg(feature = "cli")]
mod cli_scan_files;
#[cfg(feature = "cli")]
mod cli_scan_revoke;
#[cfg(feature = "cli")]
mod cli_secrets;
#[cfg(all(feature = "cli", feature = "server"))]
mod cli_serve;
#[cfg(all(feature = "cli", feature = "server"))]
mod cli_serve_listen;
#[cfg(all(feature = "cli", feature = "server"))]
mod cli_serve_restore;
#[cfg(all(feature = "cli", feature = "server"))]
mod cli_serve_tokens;
#[cfg(feature = "cli")]
mod cli_show;
#[cfg(feature = "cli")]
mod cli_signals;
#[cfg(feature = "cli")]
mod cli_stats;
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
#[path = "../../examples/limits/command/damaged.rs"]
mod damaged;
mod damaged_tree;
mod differences;
#[cfg(all(feature = "cli", feature = "axum", feature = "session"))]
mod example_axum;
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
#[cfg(feature = "axum")]
mod http_extract;
#[cfg(feature = "server")]
mod http_server;
#[cfg(feature = "session")]
mod http_session;
mod observer;
#[cfg(all(feature = "cli", feature = "server"))]
mod pages;
mod policies;
mod properties_catalogue;
mod properties_format;
mod properties_narrow;
mod properties_policy;
mod properties_scan;
#[cfg(all(feature = "cli", feature = "server"))]
mod proxies;
#[cfg(all(feature = "cli", feature = "server"))]
mod readme;
mod reuse;
#[cfg(all(feature = "cli", feature = "server"))]
mod revocation;
mod security;
#[cfg(all(feature = "cli", feature = "server"))]
mod serve_faults;
#[cfg(all(feature = "cli", feature = "server"))]
mod serving;
mod session;
#[cfg(feature = "session")]
mod spy_store;
mod sqlite;
mod store;
mod stress;
mod tampering;
mod trace;
mod vectors;
#[cfg(all(
    feature = "cli",
    any(feature = "server", all(feature = "axum", feature = "session"))
))]
mod wire;
