use std::fmt::Display;
use std::io::{self, ErrorKind};
use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use listenfd::ListenFd;
use sd_notify::NotifyState;
use tokenctl::auth::throttle::{LoginThrottle, RateLimit};
use tokenctl::auth::usage::UsageLog;
use tokenctl::authority::Authority;
use tokenctl::clock::SystemClock;
use tokenctl::http::profile::Profile;
use tokenctl::http::proxies::{Peer, TrustedProxies};
use tokenctl::http::server::{Limits, Listener, Server};
use tokenctl::store::{OpenOptions, Store};

use self::access_log::AccessLines;
use self::socket::{Reach, SocketFile};
use super::context::Context;
use super::exit::{CliError, Exit};
use super::listen::ListenAddress;
use super::process;
use super::settings::{Origin, ServeSettings};

mod access_log;
mod socket;

/// How many descriptors are kept for the store, for the log and for what the runtime needs.
const RESERVED_DESCRIPTORS: usize = 64;

/// How often last uses are written down.
const FLUSH_INTERVAL: Duration = Duration::from_secs(1);

#[derive(clap::Args)]
#[command(
    long_about = "Answer web servers and proxies: forward-auth (/auth), introspection (/introspect, RFC 7662), revocation \
                  (/revoke, RFC 7009), health (/healthz, /readyz) and metrics (/metrics).\n\nEach request is judged by the \
                  code of `tokenctl verify`, from what the store says at that moment. While the store cannot be read \
                  the answer is 503. On stdout there is one JSON object a request; on SIGTERM, SIGINT and SIGHUP the \
                  requests under way are finished and the exit code is 0. A socket that systemd hands over takes the place of \
                  --listen.",
    after_help = "Examples:\n  tokenctl serve\n  tokenctl serve --listen unix:/run/tokenctl/auth.sock --profile caddy\n  \
                  tokenctl serve --profile nginx --trusted-proxy 127.0.0.1 --throttle 5/m"
)]
pub(crate) struct Args {
    /// Listen at this address, or on this unix socket [default: 127.0.0.1:9180]
    #[arg(long, value_name = "ADDR|unix:PATH", value_parser = parse::<ListenAddress>)]
    listen: Option<ListenAddress>,

    /// Answer this kind of proxy: `nginx`, `traefik`, `caddy` or `envoy` [default: nginx]
    #[arg(long, value_parser = parse::<Profile>)]
    profile: Option<Profile>,

    /// Let this proxy ask, and believe its X-Forwarded-For: an address, a block, or `unix` [default: this machine]
    /// (can be repeated)
    #[arg(long, value_name = "CIDR|unix")]
    trusted_proxy: Vec<String>,

    /// Refuse a client's address after so many failed logins, as in `5/m` [default: never]
    #[arg(long, value_name = "RATE", value_parser = parse::<RateLimit>)]
    throttle: Option<RateLimit>,

    /// Listen at an address that other machines can reach
    #[arg(long)]
    allow_remote: bool,

    /// Let the group of this process connect to the unix socket too
    #[arg(long)]
    socket_group: bool,

    /// Do not write requests to stdout
    #[arg(long)]
    no_access_log: bool,
}

/// Reads the value of a flag by a rule whose errors say what is accepted, and nothing of the value.
fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T, CliError> {
    text.parse()
        .map_err(|error: T::Err| CliError::usage(error.to_string()))
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let settings = in_force(&args, context);
    let proxies = proxies(&settings)?;
    if settings
        .throttle
        .value
        .is_some_and(|limit| limit.count() == 0)
    {
        context
            .output
            .warning("a throttle of 0 failures refuses everybody, good tokens too");
    }
    let store = open(context)?;
    let (listener, socket_file) = listen(&args, &settings, &proxies, context)?;
    let (server, usage) = build(&args, &settings, proxies, context, &store)?;
    let signals = context.end_signals().map_err(not_started)?;
    let workers = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let flusher = usage.flush_every(FLUSH_INTERVAL).map_err(not_started)?;
    let running = server.run(&listener, workers).map_err(not_started)?;
    announce(&listener, settings.profile.value, context)?;
    // The threads have handles of their own: the last of them closes the socket.
    drop(listener);
    // Without a service manager there is nobody to tell.
    let _ = sd_notify::notify(&[NotifyState::Ready]);
    signals.wait();
    let _ = sd_notify::notify(&[NotifyState::Stopping]);
    context.output.status("Stopping");
    drop(socket_file);
    running.stop();
    drop(flusher);
    Ok(Exit::Ok)
}

/// Returns the error of a server that the system gives no thread or no descriptor.
fn not_started(error: io::Error) -> CliError {
    CliError::new(Exit::Store, format!("failed to start the server: {error}"))
        .with_hint("let it have more threads, memory and open files")
}

/// Says on stderr where the server listens.
fn announce(listener: &Listener, profile: Profile, context: &Context) -> anyhow::Result<()> {
    let place = match listener {
        Listener::Tcp(listener) => format!("http://{}", listener.local_addr()?),
        Listener::Unix(listener) => {
            let address = listener.local_addr()?;
            let path = address.as_pathname().unwrap_or(Path::new("?"));
            format!("unix:{}", path.display())
        }
    };
    let output = &context.output;
    output.status(&format!("Listening at {place}, for {profile}"));
    if context.settings.catalogue.value.is_none() {
        output.hint(
            "without a resource catalogue, tokens whose policy names resources are refused; write \
             `[catalogue.resources]` into the configuration",
        );
    }
    Ok(())
}

/// Returns the settings, with the flags over them.
fn in_force(args: &Args, context: &Context) -> ServeSettings {
    let mut settings = context.settings.serve.clone();
    if let Some(listen) = &args.listen {
        settings.listen.by_flag(listen.clone());
    }
    if let Some(profile) = args.profile {
        settings.profile.by_flag(profile);
    }
    if !args.trusted_proxy.is_empty() {
        settings.trusted_proxies.by_flag(args.trusted_proxy.clone());
    }
    if let Some(limit) = args.throttle {
        settings.throttle.by_flag(Some(limit));
    }
    settings
}

/// Returns whom to trust, if that goes together with the rest.
fn proxies(settings: &ServeSettings) -> Result<TrustedProxies, CliError> {
    let proxies = TrustedProxies::parse(&settings.trusted_proxies.value).map_err(|error| {
        CliError::usage(format!("bad value for `--trusted-proxy`: {error}"))
            .with_hint("name addresses, blocks as 10.0.0.0/8, or `unix`")
    })?;
    // Behind a proxy that is not named every client would have one address, and lock out all others.
    if settings.throttle.value.is_some() && settings.trusted_proxies.origin == Origin::Default {
        return Err(CliError::usage(
            "a throttle needs to know which proxies say who the client is",
        )
        .with_hint("name them with `--trusted-proxy`, as in `--trusted-proxy 127.0.0.1`"));
    }
    Ok(proxies)
}

/// Opens the store as a server does: readers do not wait, and nothing is believed to stand still.
fn open(context: &Context) -> anyhow::Result<Arc<dyn Store>> {
    let mut options = OpenOptions::default();
    options.writer_timeout = context.settings.timeout.value;
    let store = context.location()?.open(options)?;
    context.compare_clock(store.newest_change()?);
    Ok(store)
}

fn build(
    args: &Args,
    settings: &ServeSettings,
    proxies: TrustedProxies,
    context: &Context,
    store: &Arc<dyn Store>,
) -> anyhow::Result<(Server, Arc<UsageLog>)> {
    let mut authenticator = context.authenticator(store, &[])?;
    if let Some(limit) = settings.throttle.value {
        authenticator = authenticator.throttle(LoginThrottle::new(limit));
    }
    let authority = Authority::new(Arc::clone(store), context.formats(None)?);
    let usage = Arc::new(context.usage_log(Arc::clone(store)));
    let mut server = Server::new(
        Arc::new(authority),
        Arc::new(authenticator.build()),
        Arc::new(SystemClock),
        settings.profile.value,
    )
    .proxies(proxies)
    .limits(limits())
    .usage(Arc::clone(&usage))
    .callers(
        settings.introspect.value.clone(),
        settings.revoke.value.clone(),
        context.actor(),
    );
    if let Some(catalogue) = &context.settings.catalogue.value {
        server = server.catalogue(Arc::new(catalogue.clone()));
    }
    if !args.no_access_log {
        server = server.access_log(Arc::new(AccessLines::begin().map_err(not_started)?));
    }
    Ok((server, usage))
}

/// Returns limits that fit the descriptors that this process may have, of which some are for the store.
fn limits() -> Limits {
    let mut limits = Limits::default();
    let descriptors = usize::try_from(process::raise_descriptor_limit()).unwrap_or(usize::MAX);
    limits.connections = limits
        .connections
        .min(descriptors.saturating_sub(RESERVED_DESCRIPTORS).max(1));
    limits
}

/// Opens the socket that systemd hands over, or the one that the settings name.
fn listen(
    args: &Args,
    settings: &ServeSettings,
    proxies: &TrustedProxies,
    context: &Context,
) -> anyhow::Result<(Listener, Option<SocketFile>)> {
    let mut handed = ListenFd::from_env();
    let (listener, file) = match handed.len() {
        0 => open_socket(args, settings, context)?,
        1 => match handed.take_unix_listener(0) {
            Ok(Some(listener)) => (Listener::Unix(listener), None),
            _ => {
                let listener = handed.take_tcp_listener(0).ok().flatten();
                let listener = listener.context("take the socket that was handed over")?;
                (Listener::Tcp(listener), None)
            }
        },
        _ => {
            return Err(CliError::usage("more than one socket was handed over")
                .with_hint("name one `ListenStream` in the socket unit")
                .into());
        }
    };
    if let Listener::Tcp(socket) = &listener
        && !ListenAddress::Tcp(socket.local_addr()?).is_local()
    {
        context.output.warning(
            "other machines can reach this server, and it speaks HTTP in clear: keep it behind a firewall",
        );
    }
    // Everybody would be answered that only trusted proxies may ask.
    let (is_useless, missing) = match listener {
        Listener::Unix(_) => (!proxies.trusts(Peer::Unix), "unix"),
        Listener::Tcp(_) => (!proxies.trusts_addresses(), "127.0.0.1"),
    };
    if is_useless {
        return Err(CliError::usage("nobody who can connect would be trusted")
            .with_hint(format!("pass `--trusted-proxy {missing}` besides"))
            .into());
    }
    Ok((listener, file))
}

fn open_socket(
    args: &Args,
    settings: &ServeSettings,
    context: &Context,
) -> anyhow::Result<(Listener, Option<SocketFile>)> {
    let address = &settings.listen.value;
    if !address.is_local() && !args.allow_remote {
        return Err(CliError::usage(format!(
            "other machines could reach {address}, where this server speaks HTTP in clear"
        ))
        .with_hint("listen at 127.0.0.1 or on a unix socket, or pass `--allow-remote`")
        .into());
    }
    match address {
        ListenAddress::Tcp(_) if args.socket_group => {
            Err(CliError::usage("`--socket-group` is about a unix socket")
                .with_hint("listen at one with `--listen unix:PATH`")
                .into())
        }
        ListenAddress::Tcp(address) => {
            let listener = TcpListener::bind(address).map_err(|error| {
                let message = format!("failed to listen at {address}: {error}");
                let exit = match error.kind() {
                    ErrorKind::AddrInUse => Exit::Conflict,
                    _ => Exit::Usage,
                };
                CliError::new(exit, message).with_hint("name another address with `--listen`")
            })?;
            Ok((Listener::Tcp(listener), None))
        }
        ListenAddress::Unix(path) => {
            context.refuse_store_file(path)?;
            let reach = if args.socket_group {
                Reach::Group
            } else {
                Reach::Owner
            };
            let (listener, file) = SocketFile::bind(path, reach)?;
            Ok((Listener::Unix(listener), Some(file)))
        }
    }
}
