//! Configurations of proxies: each asks `tokenctl serve` about a request before a service sees it.
//!
//! Names of headers are those of [`profile`](tokenctl::http::profile), by which the server reads what the proxy sends.

mod address;
mod caddy;
mod envoy;
mod nginx;
mod traefik;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use tokenctl::http::profile::{
    DEFAULT_LISTEN, METHOD_OVERRIDES, Original, Profile, TARGET_OVERRIDES, TOKEN_ID_HEADER,
    USER_HEADER,
};

use self::address::{AuthServer, Listen, Upstream};
use super::context::Context;
use super::exit::{CliError, Exit};

#[derive(clap::Args)]
#[command(
    long_about = "Print a configuration with which a proxy asks `tokenctl serve` about each request before a service sees it.\n\n\
                  It is complete, and closed by default: without a yes the service is not asked. Headers that name a \
                  user are taken from clients, and set from the answer. Pages on each proxy are in `docs`.",
    after_help = "Examples:\n  tokenctl proxy-config nginx > /etc/nginx/conf.d/tokenctl.conf\n  \
                  tokenctl proxy-config caddy --auth unix:/run/tokenctl/auth.sock --upstream http://127.0.0.1:3000\n  \
                  tokenctl proxy-config envoy --listen 0.0.0.0:8000 > envoy.yaml"
)]
pub(crate) struct Args {
    /// The proxy: `nginx`, `traefik`, `caddy` or `envoy`
    #[arg(value_name = "PROXY", value_parser = profiles(), hide_possible_values = true)]
    proxy: Profile,

    /// Ask the `tokenctl serve` that listens here
    #[arg(long, value_name = "HOST:PORT|unix:PATH", default_value = DEFAULT_LISTEN, value_parser = AuthServer::parse)]
    auth: AuthServer,

    /// Put the proxy in front of the service at this URL
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080", value_parser = Upstream::parse)]
    upstream: Upstream,

    /// Let the proxy listen on this port, of this machine alone unless an address is given
    #[arg(long, value_name = "[IP:]PORT", default_value = "8000", value_parser = Listen::parse)]
    listen: Listen,
}

fn profiles() -> impl clap::builder::TypedValueParser<Value = Profile> {
    PossibleValuesParser::new(Profile::ALL.map(Profile::name))
        .try_map(|name| name.parse::<Profile>())
}

/// What a configuration is about.
struct Plan {
    auth: AuthServer,
    upstream: Upstream,
    listen: Listen,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let plan = Plan {
        auth: args.auth,
        upstream: args.upstream,
        listen: args.listen,
    };
    let text = match args.proxy {
        Profile::Nginx => nginx::configuration(&plan),
        Profile::Traefik => traefik::configuration(&plan)?,
        Profile::Caddy => caddy::configuration(&plan),
        Profile::Envoy => envoy::configuration(&plan),
        // `Profile` may grow.
        _ => return Err(CliError::usage("there is no configuration for this proxy").into()),
    };
    if plan.auth.is_remote() {
        context.output.warning(
            "the proxy sends tokens to `tokenctl serve` unencrypted: the network between them has to be private",
        );
    }
    context.output.raw(text.as_bytes())?;
    Ok(Exit::Ok)
}

/// The headers that tell the service who is asking.
const IDENTITY: [&str; 2] = [USER_HEADER, TOKEN_ID_HEADER];

/// Returns the headers by which a client could have another request judged, or served, than the one it sends: those in
/// which any proxy puts the original request, and those that override it.
fn overrides() -> Vec<&'static str> {
    let mut names = Vec::new();
    for profile in Profile::ALL {
        if let Original::Headers { method, uri } = profile.original() {
            names.extend([method, uri]);
        }
    }
    names.extend(TARGET_OVERRIDES);
    names.extend(METHOD_OVERRIDES);
    let mut unique: Vec<&str> = Vec::new();
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    unique
}

/// Returns every way to write `name` with `_` for some of its `-`. Services behind CGI or WSGI take all of them for the
/// same header.
fn spellings(name: &str) -> Vec<String> {
    let mut spellings = vec![String::new()];
    for character in name.chars() {
        let with = |next: char| {
            let longer = |start: &String| format!("{start}{next}");
            spellings.iter().map(longer).collect::<Vec<_>>()
        };
        spellings = match character {
            '-' => [with('-'), with('_')].concat(),
            other => with(other),
        };
    }
    spellings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_all_mixtures_of_hyphen_and_underscore() {
        assert_eq!(spellings("Via"), ["Via"]);
        assert_eq!(spellings("X-A-B"), ["X-A-B", "X_A-B", "X-A_B", "X_A_B"]);
    }

    #[test]
    fn overrides_are_those_of_every_profile_once() {
        let overrides = overrides();
        for name in [
            "X-Original-URI",
            "X-Forwarded-Uri",
            "X-Original-URL",
            "X-HTTP-Method-Override",
        ] {
            let count = overrides.iter().filter(|known| **known == name).count();
            assert_eq!(count, 1, "{name}");
        }
    }
}
