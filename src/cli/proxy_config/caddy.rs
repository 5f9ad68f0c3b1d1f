//! Caddy, by `forward_auth`.

use std::net::{IpAddr, SocketAddr};

use tokenctl::http::profile::{AUTH_PATH, Original, Profile};

use super::address::AuthServer;
use super::{IDENTITY, Plan, overrides};

/// Returns a site of a Caddyfile.
pub(super) fn configuration(plan: &Plan) -> String {
    let Plan {
        auth,
        upstream,
        listen,
    } = plan;
    let server = match auth {
        AuthServer::Tcp(address) => address.to_string(),
        AuthServer::Unix(path) => format!("unix/{path}"),
    };
    let (upstream, port) = (&upstream.0, listen.0.port());
    let bind = bind(listen.0);
    let clear = |name: &&str| format!("\t\trequest_header -{name}\n");
    let identity: String = IDENTITY.iter().map(clear).collect();
    let overrides: String = overrides().iter().map(clear).collect();
    let copied = IDENTITY.join(" ");
    format!(
        "\
# Printed by `tokenctl proxy-config caddy`: a site of a Caddyfile.
# Caddy asks `tokenctl serve --profile caddy` about each request, and the service is asked after a yes alone.
# For TLS write the name of the host in place of `http://:{port}`, and leave out `bind`.

http://:{port} {{
{bind}	# One after the other, as they stand here.
	route {{
		# `Connection: X-Auth-User` would take away that header after it was set. WebSockets need
		# `request_header Connection Upgrade` in its place, for their paths alone.
		request_header -Connection

		# X_Auth_User is X-Auth-User to some services.
		request_header -*_*

		# Who is asking: from the answer alone, whatever the client sent.
{identity}
		# What would make another request of it than the one that is judged.
{overrides}
		# Caddy puts the original request into {original}. The `?` leaves its query out of the
		# question's own. Anything but a yes goes to the client; no answer is 502.
		forward_auth {server} {{
			uri {AUTH_PATH}?
			copy_headers {copied}
			transport http {{
				dial_timeout 1s
				response_header_timeout 2s
			}}
		}}

		# The service has no need of the token. Without this line it gets it.
		request_header -Authorization
		reverse_proxy {upstream}
	}}
}}
",
        original = original(),
    )
}

/// Binds to the address; all of them are Caddy's default.
fn bind(listen: SocketAddr) -> String {
    match listen.ip() {
        ip if ip.is_unspecified() => String::new(),
        IpAddr::V4(ip) => format!("\tbind {ip}\n\n"),
        IpAddr::V6(ip) => format!("\tbind [{ip}]\n\n"),
    }
}

fn original() -> String {
    match Profile::Caddy.original() {
        Original::Headers { method, uri } => format!("{method} and {uri}"),
        Original::Request => AUTH_PATH.to_owned(),
    }
}
