//! Traefik, by the middleware `ForwardAuth`, for its file provider.

use tokenctl::http::profile::{AUTH_PATH, Original, Profile};

use super::address::AuthServer;
use super::{IDENTITY, Plan, overrides, spellings};
use crate::cli::exit::CliError;

/// Returns a dynamic configuration.
///
/// # Errors
///
/// The server listens on a Unix socket, which `ForwardAuth` cannot reach.
pub(super) fn configuration(plan: &Plan) -> Result<String, CliError> {
    let AuthServer::Tcp(auth) = &plan.auth else {
        return Err(
            CliError::usage("Traefik cannot ask a server on a Unix socket")
                .with_hint("pass `--auth HOST:PORT`, and let `tokenctl serve` listen there"),
        );
    };
    let (upstream, listen) = (&plan.upstream.0, plan.listen.0);
    let cleared = IDENTITY.into_iter().chain(overrides());
    let cleared: String = cleared
        .flat_map(spellings)
        .map(|name| format!("          {name}: \"\"\n"))
        .collect();
    let copied: String = IDENTITY
        .map(|name| format!("          - {name}\n"))
        .concat();
    Ok(format!(
        "\
# Printed by `tokenctl proxy-config traefik`: a dynamic configuration, for the file provider.
# Traefik asks `tokenctl serve --profile traefik` about each request, and the service is asked after a yes alone.
# Its static configuration names the entry point, and this file:
#
#   entryPoints:
#     tokenctl:
#       address: \"{listen}\"
#   providers:
#     file:
#       filename: tokenctl.yaml

http:
  routers:
    tokenctl:
      entryPoints:
        - tokenctl
      rule: \"PathPrefix(`/`)\"
      # In this order: what a client must not say, the question, and what the service need not know.
      middlewares:
        - tokenctl-clear
        - tokenctl-auth
        - tokenctl-hide
      service: tokenctl

  middlewares:
    tokenctl-clear:
      headers:
        customRequestHeaders:
          # An empty value removes the header. `Connection: X-Auth-User` would take away that header after it was set;
          # WebSockets need this line left out.
          Connection: \"\"
          # Who is asking, and what would make another request of it than the one that is judged, also with `_`, which
          # is `-` to some services.
{cleared}
    tokenctl-auth:
      forwardAuth:
        address: \"http://{auth}{AUTH_PATH}\"
        # Traefik sets {original} itself, whatever the client sent.
        trustForwardHeader: false
        authRequestHeaders:
          - Authorization
        authResponseHeaders:
{copied}
    tokenctl-hide:
      headers:
        customRequestHeaders:
          # The service has no need of the token. Without this line it gets it.
          Authorization: \"\"

  services:
    tokenctl:
      loadBalancer:
        servers:
          - url: \"http://{upstream}\"
",
        original = original(),
    ))
}

fn original() -> String {
    match Profile::Traefik.original() {
        Original::Headers { method, uri } => format!("{method} and {uri}"),
        Original::Request => AUTH_PATH.to_owned(),
    }
}
