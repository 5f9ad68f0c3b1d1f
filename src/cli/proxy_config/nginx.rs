//! nginx, by `auth_request`.

use tokenctl::http::profile::{
    ADDRESS_HEADER, AUTH_PATH, Original, Profile, TOKEN_ID_HEADER, USER_HEADER,
};

use super::address::AuthServer;
use super::{IDENTITY, Plan, overrides, spellings};

/// Returns what belongs into the `http` block.
pub(super) fn configuration(plan: &Plan) -> String {
    let Plan {
        auth,
        upstream,
        listen,
    } = plan;
    let server = match auth {
        AuthServer::Tcp(address) => address.to_string(),
        AuthServer::Unix(path) => format!("unix:{path}"),
    };
    let (upstream, listen) = (&upstream.0, listen.0);
    let (answers, headers, question) = (answers(), headers(), question());
    format!(
        "\
# Printed by `tokenctl proxy-config nginx`. It belongs into the `http` block, as files in conf.d do.
# nginx asks `tokenctl serve --profile nginx` about each request, and the service is asked after a yes alone.

upstream tokenctl_auth {{
    server {server};
    keepalive 16;
}}

upstream tokenctl_service {{
    server {upstream};
    keepalive 16;
}}

server {{
    listen {listen};

    # X_Auth_User is X-Auth-User to some services: nginx drops headers with `_`. Where several servers share a port,
    # the default server of that port decides.
    underscores_in_headers off;

    # Here and not in a location, so that locations that are added later are guarded too.
    satisfy all;
    auth_request /_tokenctl_auth;
{answers}
    # Here too, but a location with a `proxy_set_header` of its own has none of these: repeat them there.
    proxy_http_version 1.1;
{headers}
    location / {{
        # No path here: the service gets the path as it was sent, which is what was judged.
        proxy_pass http://tokenctl_service;
    }}

{question}}}
"
    )
}

/// Takes the identity headers out of the answer.
fn answers() -> String {
    let lines = [
        (variable("user"), USER_HEADER),
        (variable("token_id"), TOKEN_ID_HEADER),
    ];
    lines
        .map(|(variable, header)| {
            let header = header.to_ascii_lowercase().replace('-', "_");
            format!("    auth_request_set {variable} $upstream_http_{header};\n")
        })
        .concat()
}

fn variable(name: &str) -> String {
    format!("$tokenctl_{name}")
}

/// The headers of what goes to the service.
fn headers() -> String {
    let set = |name: &str, value: &str| format!("    proxy_set_header {name} {value};\n");
    let clear = |name: &str| set(name, "\"\"");
    let foreign = |name: &&str| spellings(name).into_iter().skip(1).collect::<Vec<_>>();
    let misspelt = IDENTITY.iter().flat_map(foreign);
    let misspelt: String = misspelt.map(|name| clear(&name)).collect();
    // Those in which nginx puts the original request are for the question alone.
    let overrides: String = overrides().into_iter().map(clear).collect();
    format!(
        "    proxy_set_header Connection \"\";
    proxy_set_header Host $host;
    proxy_set_header {ADDRESS_HEADER} $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $host;

    # Who is asking: from the answer, whatever the client sent.
{user}{token_id}{misspelt}
    # What would make another request of it than the one that was judged.
{overrides}
    # The service has no need of the token. Without this line it gets it.
    proxy_set_header Authorization \"\";
",
        user = set(USER_HEADER, &variable("user")),
        token_id = set(TOKEN_ID_HEADER, &variable("token_id")),
    )
}

/// The way to `tokenctl serve`.
fn question() -> String {
    let original = match Profile::Nginx.original() {
        Original::Headers { method, uri } => format!(
            "        proxy_set_header {method} $request_method;
        proxy_set_header {uri} $request_uri;\n"
        ),
        Original::Request => String::new(),
    };
    format!(
        "    location = /_tokenctl_auth {{
        internal;
        auth_request off;
        proxy_pass http://tokenctl_auth{AUTH_PATH};
        proxy_http_version 1.1;
        proxy_method GET;

        # Of the request itself nothing but these, so that nothing a client sends can contradict them.
        proxy_pass_request_body off;
        proxy_pass_request_headers off;
        proxy_set_header Connection \"\";
        proxy_set_header Content-Length \"\";
        proxy_set_header Host $host;
        proxy_set_header Authorization $http_authorization;
        # Behind another proxy: `set_real_ip_from` and `real_ip_header` give the address of the client.
        proxy_set_header {ADDRESS_HEADER} $remote_addr;
{original}
        # No answer in time is a no: nginx says 500, and the service is not asked.
        proxy_connect_timeout 1s;
        proxy_send_timeout 1s;
        proxy_read_timeout 2s;
        proxy_cache off;
        proxy_store off;
    }}
"
    )
}
