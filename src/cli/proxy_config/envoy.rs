//! Envoy, by `ext_authz` over HTTP.

use tokenctl::http::profile::{ADDRESS_HEADER, AUTH_PATH};

use super::address::{AuthServer, Host, HostPort};
use super::{IDENTITY, Plan, overrides};

/// Returns a static configuration to start with.
pub(super) fn configuration(plan: &Plan) -> String {
    let (ip, port) = (plan.listen.0.ip(), plan.listen.0.port());
    let filters = filters(&plan.auth);
    let clusters = clusters(plan);
    format!(
        "\
# Printed by `tokenctl proxy-config envoy`: a configuration to start Envoy with.
# Envoy asks `tokenctl serve --profile envoy` about each request, and the service is asked after a yes alone.

static_resources:
  listeners:
    - name: tokenctl
      address:
        socket_address:
          address: \"{ip}\"
          port_value: {port}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                \"@type\": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: tokenctl
                # The address of the peer goes to the end of {ADDRESS_HEADER}.
                use_remote_address: true
                # One form of the path, before it is judged: the same goes to the service.
                normalize_path: true
                merge_slashes: true
                path_with_escaped_slashes_action: REJECT_REQUEST
                common_http_protocol_options:
                  # X_Auth_User is X-Auth-User to some services.
                  headers_with_underscores_action: DROP_HEADER
                route_config:
                  name: tokenctl
                  virtual_hosts:
                    - name: tokenctl
                      domains: [\"*\"]
                      # After the answer. The service has no need of the token. Without this line it gets it.
                      request_headers_to_remove: [authorization]
                      routes:
                        - match: {{ prefix: \"/\" }}
                          route: {{ cluster: tokenctl_service }}
                http_filters:
{filters}
  clusters:
{clusters}"
    )
}

/// In this order: what a client must not say, the question, the way to the service.
fn filters(auth: &AuthServer) -> String {
    let authority = match auth {
        AuthServer::Tcp(address) => address.to_string(),
        AuthServer::Unix(_) => "localhost".to_owned(),
    };
    let removed = IDENTITY.into_iter().chain(overrides());
    let removed: String = removed
        .map(|name| {
            format!(
                "                          - remove: {}\n",
                name.to_ascii_lowercase()
            )
        })
        .collect();
    let exact = |name: &str| {
        let name = name.to_ascii_lowercase();
        format!("                          - exact: {name}\n")
    };
    let asked = ["Authorization", ADDRESS_HEADER].map(exact).concat();
    let copied: String = IDENTITY
        .map(exact)
        .concat()
        .lines()
        .map(|line| format!("    {line}\n"))
        .collect();
    format!(
        "                  # Who is asking, and what would make another request of it than the one that is judged.
                  - name: envoy.filters.http.header_mutation
                    typed_config:
                      \"@type\": type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation
                      mutations:
                        request_mutations:
{removed}                  - name: envoy.filters.http.ext_authz
                    typed_config:
                      \"@type\": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz
                      transport_api_version: V3
                      # No answer is a no.
                      failure_mode_allow: false
                      status_on_error: {{ code: Forbidden }}
                      # The route that is judged is the route that is taken.
                      clear_route_cache: false
                      allowed_headers:
                        patterns:
{asked}                      http_service:
                        server_uri:
                          uri: \"http://{authority}\"
                          cluster: tokenctl_auth
                          timeout: 0.2s
                        path_prefix: {AUTH_PATH}
                        authorization_response:
                          allowed_upstream_headers:
                            patterns:
{copied}                  - name: envoy.filters.http.router
                    typed_config:
                      \"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
"
    )
}

fn clusters(plan: &Plan) -> String {
    let auth = match &plan.auth {
        AuthServer::Tcp(address) => endpoint(address),
        AuthServer::Unix(path) => ("STATIC", format!("pipe: {{ path: \"{path}\" }}")),
    };
    let service = endpoint(&plan.upstream.0);
    let named = [("tokenctl_auth", auth), ("tokenctl_service", service)];
    named
        .map(|(name, (discovery, address))| {
            format!(
                "    - name: {name}
      type: {discovery}
      connect_timeout: 1s
      load_assignment:
        cluster_name: {name}
        endpoints:
          - lb_endpoints:
              - endpoint:
                  address:
                    {address}
"
            )
        })
        .concat()
}

/// Returns how Envoy finds the address, and the address.
fn endpoint(HostPort { host, port }: &HostPort) -> (&'static str, String) {
    let discovery = match host {
        Host::Ip(_) => "STATIC",
        Host::Name(_) => "STRICT_DNS",
    };
    let address = format!("socket_address: {{ address: \"{host}\", port_value: {port} }}");
    (discovery, address)
}
