//! `tokenctl proxy-config`: what it prints, and what it refuses to print.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;

use crate::harness::TestEnv;

#[test]
fn nginx_asks_by_auth_request() {
    let env = TestEnv::without_store();
    assert_snapshot!(env.run("proxy-config nginx"), @r#"
    # Printed by `tokenctl proxy-config nginx`. It belongs into the `http` block, as files in conf.d do.
    # nginx asks `tokenctl serve --profile nginx` about each request, and the service is asked after a yes alone.

    upstream tokenctl_auth {
        server 127.0.0.1:9180;
        keepalive 16;
    }

    upstream tokenctl_service {
        server 127.0.0.1:8080;
        keepalive 16;
    }

    server {
        listen 127.0.0.1:8000;

        # X_Auth_User is X-Auth-User to some services: nginx drops headers with `_`. Where several servers share a port,
        # the default server of that port decides.
        underscores_in_headers off;

        # Here and not in a location, so that locations that are added later are guarded too.
        satisfy all;
        auth_request /_tokenctl_auth;
        auth_request_set $tokenctl_user $upstream_http_x_auth_user;
        auth_request_set $tokenctl_token_id $upstream_http_x_auth_token_id;

        # Here too, but a location with a `proxy_set_header` of its own has none of these: repeat them there.
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Forwarded-Host $host;

        # Who is asking: from the answer, whatever the client sent.
        proxy_set_header X-Auth-User $tokenctl_user;
        proxy_set_header X-Auth-Token-Id $tokenctl_token_id;
        proxy_set_header X_Auth-User "";
        proxy_set_header X-Auth_User "";
        proxy_set_header X_Auth_User "";
        proxy_set_header X_Auth-Token-Id "";
        proxy_set_header X-Auth_Token-Id "";
        proxy_set_header X_Auth_Token-Id "";
        proxy_set_header X-Auth-Token_Id "";
        proxy_set_header X_Auth-Token_Id "";
        proxy_set_header X-Auth_Token_Id "";
        proxy_set_header X_Auth_Token_Id "";

        # What would make another request of it than the one that was judged.
        proxy_set_header X-Original-Method "";
        proxy_set_header X-Original-URI "";
        proxy_set_header X-Forwarded-Method "";
        proxy_set_header X-Forwarded-Uri "";
        proxy_set_header X-Original-URL "";
        proxy_set_header X-Rewrite-URL "";
        proxy_set_header X-HTTP-Method-Override "";
        proxy_set_header X-HTTP-Method "";
        proxy_set_header X-Method-Override "";

        # The service has no need of the token. Without this line it gets it.
        proxy_set_header Authorization "";

        location / {
            # No path here: the service gets the path as it was sent, which is what was judged.
            proxy_pass http://tokenctl_service;
        }

        location = /_tokenctl_auth {
            internal;
            auth_request off;
            proxy_pass http://tokenctl_auth/auth;
            proxy_http_version 1.1;
            proxy_method GET;

            # Of the request itself nothing but these, so that nothing a client sends can contradict them.
            proxy_pass_request_body off;
            proxy_pass_request_headers off;
            proxy_set_header Connection "";
            proxy_set_header Content-Length "";
            proxy_set_header Host $host;
            proxy_set_header Authorization $http_authorization;
            # Behind another proxy: `set_real_ip_from` and `real_ip_header` give the address of the client.
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Original-Method $request_method;
            proxy_set_header X-Original-URI $request_uri;

            # No answer in time is a no: nginx says 500, and the service is not asked.
            proxy_connect_timeout 1s;
            proxy_send_timeout 1s;
            proxy_read_timeout 2s;
            proxy_cache off;
            proxy_store off;
        }
    }
    [exit status: 0]
    "#);
}

#[test]
fn caddy_asks_by_forward_auth() {
    let env = TestEnv::without_store();
    assert_snapshot!(env.run("proxy-config caddy"), @"
    # Printed by `tokenctl proxy-config caddy`: a site of a Caddyfile.
    # Caddy asks `tokenctl serve --profile caddy` about each request, and the service is asked after a yes alone.
    # For TLS write the name of the host in place of `http://:8000`, and leave out `bind`.

    http://:8000 {
    	bind 127.0.0.1

    	# One after the other, as they stand here.
    	route {
    		# `Connection: X-Auth-User` would take away that header after it was set. WebSockets need
    		# `request_header Connection Upgrade` in its place, for their paths alone.
    		request_header -Connection

    		# X_Auth_User is X-Auth-User to some services.
    		request_header -*_*

    		# Who is asking: from the answer alone, whatever the client sent.
    		request_header -X-Auth-User
    		request_header -X-Auth-Token-Id

    		# What would make another request of it than the one that is judged.
    		request_header -X-Original-Method
    		request_header -X-Original-URI
    		request_header -X-Forwarded-Method
    		request_header -X-Forwarded-Uri
    		request_header -X-Original-URL
    		request_header -X-Rewrite-URL
    		request_header -X-HTTP-Method-Override
    		request_header -X-HTTP-Method
    		request_header -X-Method-Override

    		# Caddy puts the original request into X-Forwarded-Method and X-Forwarded-Uri. The `?` leaves its query out of the
    		# question's own. Anything but a yes goes to the client; no answer is 502.
    		forward_auth 127.0.0.1:9180 {
    			uri /auth?
    			copy_headers X-Auth-User X-Auth-Token-Id
    			transport http {
    				dial_timeout 1s
    				response_header_timeout 2s
    			}
    		}

    		# The service has no need of the token. Without this line it gets it.
    		request_header -Authorization
    		reverse_proxy 127.0.0.1:8080
    	}
    }
    [exit status: 0]
    ");
}

#[test]
fn traefik_asks_by_forward_auth() {
    let env = TestEnv::without_store();
    assert_snapshot!(env.run("proxy-config traefik"), @r#"
    # Printed by `tokenctl proxy-config traefik`: a dynamic configuration, for the file provider.
    # Traefik asks `tokenctl serve --profile traefik` about each request, and the service is asked after a yes alone.
    # Its static configuration names the entry point, and this file:
    #
    #   entryPoints:
    #     tokenctl:
    #       address: "127.0.0.1:8000"
    #   providers:
    #     file:
    #       filename: tokenctl.yaml

    http:
      routers:
        tokenctl:
          entryPoints:
            - tokenctl
          rule: "PathPrefix(`/`)"
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
              Connection: ""
              # Who is asking, and what would make another request of it than the one that is judged, also with `_`, which
              # is `-` to some services.
              X-Auth-User: ""
              X_Auth-User: ""
              X-Auth_User: ""
              X_Auth_User: ""
              X-Auth-Token-Id: ""
              X_Auth-Token-Id: ""
              X-Auth_Token-Id: ""
              X_Auth_Token-Id: ""
              X-Auth-Token_Id: ""
              X_Auth-Token_Id: ""
              X-Auth_Token_Id: ""
              X_Auth_Token_Id: ""
              X-Original-Method: ""
              X_Original-Method: ""
              X-Original_Method: ""
              X_Original_Method: ""
              X-Original-URI: ""
              X_Original-URI: ""
              X-Original_URI: ""
              X_Original_URI: ""
              X-Forwarded-Method: ""
              X_Forwarded-Method: ""
              X-Forwarded_Method: ""
              X_Forwarded_Method: ""
              X-Forwarded-Uri: ""
              X_Forwarded-Uri: ""
              X-Forwarded_Uri: ""
              X_Forwarded_Uri: ""
              X-Original-URL: ""
              X_Original-URL: ""
              X-Original_URL: ""
              X_Original_URL: ""
              X-Rewrite-URL: ""
              X_Rewrite-URL: ""
              X-Rewrite_URL: ""
              X_Rewrite_URL: ""
              X-HTTP-Method-Override: ""
              X_HTTP-Method-Override: ""
              X-HTTP_Method-Override: ""
              X_HTTP_Method-Override: ""
              X-HTTP-Method_Override: ""
              X_HTTP-Method_Override: ""
              X-HTTP_Method_Override: ""
              X_HTTP_Method_Override: ""
              X-HTTP-Method: ""
              X_HTTP-Method: ""
              X-HTTP_Method: ""
              X_HTTP_Method: ""
              X-Method-Override: ""
              X_Method-Override: ""
              X-Method_Override: ""
              X_Method_Override: ""

        tokenctl-auth:
          forwardAuth:
            address: "http://127.0.0.1:9180/auth"
            # Traefik sets X-Forwarded-Method and X-Forwarded-Uri itself, whatever the client sent.
            trustForwardHeader: false
            authRequestHeaders:
              - Authorization
            authResponseHeaders:
              - X-Auth-User
              - X-Auth-Token-Id

        tokenctl-hide:
          headers:
            customRequestHeaders:
              # The service has no need of the token. Without this line it gets it.
              Authorization: ""

      services:
        tokenctl:
          loadBalancer:
            servers:
              - url: "http://127.0.0.1:8080"
    [exit status: 0]
    "#);
}

#[test]
fn envoy_asks_by_ext_authz() {
    let env = TestEnv::without_store();
    assert_snapshot!(env.run("proxy-config envoy"), @r#"
    # Printed by `tokenctl proxy-config envoy`: a configuration to start Envoy with.
    # Envoy asks `tokenctl serve --profile envoy` about each request, and the service is asked after a yes alone.

    static_resources:
      listeners:
        - name: tokenctl
          address:
            socket_address:
              address: "127.0.0.1"
              port_value: 8000
          filter_chains:
            - filters:
                - name: envoy.filters.network.http_connection_manager
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                    stat_prefix: tokenctl
                    # The address of the peer goes to the end of X-Forwarded-For.
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
                          domains: ["*"]
                          # After the answer. The service has no need of the token. Without this line it gets it.
                          request_headers_to_remove: [authorization]
                          routes:
                            - match: { prefix: "/" }
                              route: { cluster: tokenctl_service }
                    http_filters:
                      # Who is asking, and what would make another request of it than the one that is judged.
                      - name: envoy.filters.http.header_mutation
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation
                          mutations:
                            request_mutations:
                              - remove: x-auth-user
                              - remove: x-auth-token-id
                              - remove: x-original-method
                              - remove: x-original-uri
                              - remove: x-forwarded-method
                              - remove: x-forwarded-uri
                              - remove: x-original-url
                              - remove: x-rewrite-url
                              - remove: x-http-method-override
                              - remove: x-http-method
                              - remove: x-method-override
                      - name: envoy.filters.http.ext_authz
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz
                          transport_api_version: V3
                          # No answer is a no.
                          failure_mode_allow: false
                          status_on_error: { code: Forbidden }
                          # The route that is judged is the route that is taken.
                          clear_route_cache: false
                          allowed_headers:
                            patterns:
                              - exact: authorization
                              - exact: x-forwarded-for
                          http_service:
                            server_uri:
                              uri: "http://127.0.0.1:9180"
                              cluster: tokenctl_auth
                              timeout: 0.2s
                            path_prefix: /auth
                            authorization_response:
                              allowed_upstream_headers:
                                patterns:
                                  - exact: x-auth-user
                                  - exact: x-auth-token-id
                      - name: envoy.filters.http.router
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router

      clusters:
        - name: tokenctl_auth
          type: STATIC
          connect_timeout: 1s
          load_assignment:
            cluster_name: tokenctl_auth
            endpoints:
              - lb_endpoints:
                  - endpoint:
                      address:
                        socket_address: { address: "127.0.0.1", port_value: 9180 }
        - name: tokenctl_service
          type: STATIC
          connect_timeout: 1s
          load_assignment:
            cluster_name: tokenctl_service
            endpoints:
              - lb_endpoints:
                  - endpoint:
                      address:
                        socket_address: { address: "127.0.0.1", port_value: 8080 }
    [exit status: 0]
    "#);
}

/// Returns the lines of what is printed for `proxy` with `flags` that are not printed without.
fn changed(proxy: &str, flags: &str) -> String {
    let env = TestEnv::without_store();
    let usual = env.run(&format!("proxy-config {proxy}")).succeeds().stdout;
    let other = env
        .run(&format!("proxy-config {proxy} {flags}"))
        .succeeds()
        .stdout;
    let usual: Vec<&str> = usual.lines().collect();
    let is_new = |line: &&str| !usual.contains(line);
    other
        .lines()
        .filter(is_new)
        .map(|line| format!("{}\n", line.trim()))
        .collect()
}

#[test]
fn addresses_stand_where_each_proxy_wants_them() {
    let flags = "--auth [::1]:9000 --upstream http://app.internal:3000 --listen 0.0.0.0:80";
    assert_snapshot!(changed("nginx", flags), @"
    server [::1]:9000;
    server app.internal:3000;
    listen 0.0.0.0:80;
    ");
    assert_snapshot!(changed("caddy", flags), @"
    # For TLS write the name of the host in place of `http://:80`, and leave out `bind`.
    http://:80 {
    forward_auth [::1]:9000 {
    reverse_proxy app.internal:3000
    ");
    assert_snapshot!(changed("traefik", flags), @r#"
    #       address: "0.0.0.0:80"
    address: "http://[::1]:9000/auth"
    - url: "http://app.internal:3000"
    "#);
    assert_snapshot!(changed("envoy", flags), @r#"
    address: "0.0.0.0"
    port_value: 80
    uri: "http://[::1]:9000"
    socket_address: { address: "::1", port_value: 9000 }
    type: STRICT_DNS
    socket_address: { address: "app.internal", port_value: 3000 }
    "#);
}

#[test]
fn server_may_listen_on_a_socket() {
    let flags = "--auth unix:/run/tokenctl/auth.sock --listen [::1]:8001";
    assert_snapshot!(changed("nginx", flags), @"
    server unix:/run/tokenctl/auth.sock;
    listen [::1]:8001;
    ");
    assert_snapshot!(changed("caddy", flags), @"
    # For TLS write the name of the host in place of `http://:8001`, and leave out `bind`.
    http://:8001 {
    bind [::1]
    forward_auth unix//run/tokenctl/auth.sock {
    ");
    assert_snapshot!(changed("envoy", flags), @r#"
    address: "::1"
    port_value: 8001
    uri: "http://localhost"
    pipe: { path: "/run/tokenctl/auth.sock" }
    "#);
}

#[test]
fn traefik_cannot_reach_a_socket() {
    let env = TestEnv::without_store();
    assert_snapshot!(env.run("proxy-config traefik --auth unix:/run/tokenctl/auth.sock"), @"
    ------- stderr -------
    error: Traefik cannot ask a server on a Unix socket
    hint: pass `--auth HOST:PORT`, and let `tokenctl serve` listen there
    [exit status: 2]
    ");
}

#[test]
fn server_on_another_machine_is_warned_of() {
    let env = TestEnv::without_store();
    let output = env
        .run("proxy-config nginx --auth 192.0.2.7:9180")
        .succeeds();
    assert_snapshot!(output.stderr, @"warning: the proxy sends tokens to `tokenctl serve` unencrypted: the network between them has to be private");
    assert!(output.stdout.contains("    server 192.0.2.7:9180;\n"));
    let output = env.run("proxy-config nginx --auth 192.0.2.7:9180 --quiet");
    assert_eq!(output.succeeds().stderr, "");
}

#[test]
fn what_is_no_address_is_not_printed() {
    let env = TestEnv::without_store();
    let hostile = [
        "",
        " ",
        "a b:1",
        "127.0.0.1:80;",
        "127.0.0.1:80}",
        "a\"b:80",
        "a'b:80",
        "$host:80",
        "a\n:80",
        "a\u{202e}:80",
        "{{.}}:80",
        "a/../b:80",
        "unix:",
        "unix:relative",
        "unix:/a b",
        "unix:/a;b",
        "unix:/a\"",
        "a:0",
        "a:99999",
        "a",
    ];
    for flag in ["--auth", "--upstream", "--listen"] {
        for value in hostile {
            let prefix = if flag == "--upstream" { "http://" } else { "" };
            // A host alone is a whole URL.
            if (flag, value) == ("--upstream", "a") {
                continue;
            }
            let value = format!("{flag}={prefix}{value}");
            let output = env.run_args(&["proxy-config", "nginx", &value]).exits(2);
            assert_eq!(output.stdout, "", "{value:?}");
        }
    }
    assert_snapshot!(env.run_args(&["proxy-config", "nginx", "--auth", "127.0.0.1:80;"]), @"
    ------- stderr -------
    error: bad value for `--auth <HOST:PORT|unix:PATH>`: `HOST:PORT` or `unix:PATH` is expected
    hint: try 'tokenctl proxy-config --help'
    [exit status: 2]
    ");
    assert_snapshot!(env.run("proxy-config nginx --auth unix:auth.sock"), @"
    ------- stderr -------
    error: bad value for `--auth <HOST:PORT|unix:PATH>`: the path of a socket begins with `/` and has letters, digits, `.`, `_` and `-` alone
    hint: try 'tokenctl proxy-config --help'
    [exit status: 2]
    ");
    assert_snapshot!(env.run("proxy-config nginx --upstream https://127.0.0.1"), @"
    ------- stderr -------
    error: bad value for `--upstream <URL>`: `http://HOST:PORT` without a path is expected
    hint: try 'tokenctl proxy-config --help'
    [exit status: 2]
    ");
    assert_snapshot!(env.run("proxy-config nginx --listen localhost:80"), @"
    ------- stderr -------
    error: bad value for `--listen <[IP:]PORT>`: `PORT` or `IP:PORT` is expected
    hint: try 'tokenctl proxy-config --help'
    [exit status: 2]
    ");
}

#[test]
fn proxy_has_to_be_a_known_one() {
    let env = TestEnv::without_store();
    assert_snapshot!(env.run("proxy-config apache"), @"
    ------- stderr -------
    error: bad value for `<PROXY>`: one of `nginx`, `traefik`, `caddy`, `envoy` is expected
    hint: try 'tokenctl proxy-config --help'
    [exit status: 2]
    ");
    assert_snapshot!(env.run("proxy-config"), @"
    ------- stderr -------
    error: `<PROXY>` is required
    hint: try 'tokenctl proxy-config --help'
    [exit status: 2]
    ");
}

#[test]
fn docs_quote_what_is_printed() {
    let env = TestEnv::without_store();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    for proxy in ["nginx", "caddy", "traefik", "envoy"] {
        let printed = env.run(&format!("proxy-config {proxy}")).succeeds().stdout;
        let page = fs::read_to_string(docs.join(format!("{proxy}.md"))).unwrap();
        // The first of two fences opens a block; those of commands are not quotes.
        let blocks = page.split("```").skip(1).step_by(2);
        let quotes = blocks.filter(|block| !block.starts_with("console\n"));
        let lines: Vec<&str> = quotes.flat_map(|quote| quote.lines().skip(1)).collect();
        assert!(lines.len() > 5, "{proxy}: {lines:?}");
        for line in lines {
            let is_printed = printed.lines().any(|printed| printed == line);
            assert!(is_printed, "docs/{proxy}.md quotes {line:?}");
        }
    }
}
