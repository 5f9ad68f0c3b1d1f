//! Settings: flag, environment, file, default, in this order, resolved once and each with its origin.

mod catalogue;
mod file;
#[cfg(feature = "server")]
mod serve;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use directories::ProjectDirs;
use tokenctl::auth::DEFAULT_REALM;
use tokenctl::auth::usage::DEFAULT_RESOLUTION;
use tokenctl::catalogue::Catalogue;
use tokenctl::format::{Prefix, TokenFormats, TokenctlV1, VendorType};
use tokenctl::rotation::OnReuse;
use tokenctl::store::OpenOptions;

#[cfg(feature = "server")]
pub(crate) use self::serve::ServeSettings;
use super::exit::CliError;
use super::when::{Period, WhenError, parse_duration};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A flag of this call.
    Flag,
    /// This environment variable.
    Environment(&'static str),
    /// This configuration file.
    File(PathBuf),
    /// Nothing was said.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment(name) => write!(f, "environment ({name})"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value with its origin.
#[derive(Clone, Debug)]
pub(crate) struct Sourced<T> {
    /// The value in force.
    pub(crate) value: T,
    /// Where it comes from.
    pub(crate) origin: Origin,
}

#[cfg(feature = "server")]
impl<T> Sourced<T> {
    /// Takes the value that a flag gives.
    pub(crate) fn by_flag(&mut self, value: T) {
        *self = Self {
            value,
            origin: Origin::Flag,
        };
    }
}

/// What a token may do when `issue` is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DefaultPolicy {
    /// Read only.
    ReadOnly,
    /// Everything that its user may.
    FullAccess,
}

impl DefaultPolicy {
    const ALL: [Self; 2] = [Self::ReadOnly, Self::FullAccess];

    /// Returns the word that stands for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::FullAccess => "full-access",
        }
    }
}

/// One way to find credentials in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WebBackend {
    /// `Authorization: token X`.
    Token,
    /// `Authorization: Bearer X`.
    Bearer,
    /// `Authorization: Basic ...`.
    Basic,
}

/// The words of the configuration are those of the command line.
impl clap::ValueEnum for WebBackend {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.name()))
    }
}

impl WebBackend {
    const ALL: [Self; 3] = [Self::Token, Self::Bearer, Self::Basic];

    /// Returns the word that stands for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Bearer => "bearer",
            Self::Basic => "basic",
        }
    }
}

/// How long a new token lives.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lifetime {
    /// Until it is revoked.
    Never,
    /// This long.
    For(Period),
}

impl Lifetime {
    fn parse(text: &str) -> Result<Self, WhenError> {
        match text {
            "never" => Ok(Self::Never),
            _ => Period::parse(text).map(Self::For),
        }
    }
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::For(period) => period.fmt(f),
        }
    }
}

/// The flags that set something.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    /// `--store`.
    pub(crate) store: Option<OsString>,
    /// `--config`.
    pub(crate) config: Option<OsString>,
    /// `--timeout`.
    pub(crate) timeout: Option<String>,
}

/// The directories of the platform.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// Where configuration files are looked for, in this order.
    pub(crate) configs: Vec<PathBuf>,
    /// The store that is used when none is named; `None` where the user has no home.
    pub(crate) store: Option<PathBuf>,
}

impl Places {
    /// Returns those of this platform and user.
    pub(crate) fn of_platform() -> Self {
        let own = ProjectDirs::from("", "", "tokenctl");
        let config = own.as_ref().map(|own| own.config_dir().join("config.toml"));
        let system = PathBuf::from("/etc/tokenctl/config.toml");
        Self {
            configs: config.into_iter().chain([system]).collect(),
            store: own.map(|own| own.data_dir().join("tokens.db")),
        }
    }
}

/// The settings in force.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The configuration file that was used, if any.
    pub(crate) config: Option<PathBuf>,
    /// Path or URL of the store.
    pub(crate) store: Sourced<OsString>,
    /// How long to wait for the store's write lock.
    pub(crate) timeout: Sourced<Duration>,
    /// The rights of a new token when none are named; `None` asks.
    pub(crate) default_policy: Sourced<Option<DefaultPolicy>>,
    /// The lifetime of a new token when none is named.
    pub(crate) default_expiry: Sourced<Lifetime>,
    /// The longest lifetime of any token.
    pub(crate) max_lifetime: Sourced<Option<Period>>,
    /// The prefix of new tokens.
    pub(crate) prefix: Sourced<Prefix>,
    /// The generator of new tokens.
    pub(crate) generator: Sourced<String>,
    /// Where credentials are looked for, in this order.
    pub(crate) web_backends: Sourced<Vec<WebBackend>>,
    /// The realm of challenges.
    pub(crate) realm: Sourced<String>,
    /// Prefixes whose tokens are ours, so that a bad checksum is told from an unknown token.
    pub(crate) prefixes: Sourced<Vec<Prefix>>,
    /// Vendor types of `vendor_checksum` tokens that are known.
    pub(crate) vendor_types: Sourced<Vec<VendorType>>,
    /// Generators whose tokens are reported as deprecated.
    pub(crate) deprecated_generators: Sourced<Vec<String>>,
    /// How fine the time of the last use is kept.
    pub(crate) usage_resolution: Sourced<Duration>,
    /// What is done when a secret that was rotated out is used.
    pub(crate) on_reuse: Sourced<OnReuse>,
    /// The resources of the server, and their paths.
    pub(crate) catalogue: Sourced<Option<Catalogue>>,
    /// What `serve` does.
    #[cfg(feature = "server")]
    pub(crate) serve: ServeSettings,
}

impl Settings {
    /// Resolves all settings; without a configuration file nothing is parsed.
    ///
    /// An empty environment variable counts as none.
    pub(crate) fn resolve(
        flags: Flags,
        environment: impl Fn(&str) -> Option<OsString>,
        places: &Places,
    ) -> Result<Self, CliError> {
        let variable = |name: &str| environment(name).filter(|value| !value.is_empty());
        let named = flags.config.or_else(|| variable("TOKENCTL_CONFIG"));
        let (config, file) = match file::load(named.as_deref(), &places.configs)? {
            Some((path, file)) => (Some(path), file),
            None => (None, file::FileSettings::default()),
        };
        let pick = Pick(config.as_ref());
        let timeout = match flags.timeout {
            Some(text) => Sourced {
                value: parse_duration(&text).map_err(|error| error.of_argument("--timeout"))?,
                origin: Origin::Flag,
            },
            None => pick.or(file.timeout, OpenOptions::default().writer_timeout),
        };
        let store = match (flags.store, variable("TOKENCTL_STORE")) {
            (Some(value), _) => Sourced {
                value,
                origin: Origin::Flag,
            },
            (None, Some(value)) => Sourced {
                value,
                origin: Origin::Environment("TOKENCTL_STORE"),
            },
            (None, None) => pick.or(
                file.store.map(OsString::from),
                places.store.clone().unwrap_or_default().into(),
            ),
        };
        if store.value.is_empty() {
            let why = match store.origin {
                Origin::Default => "no store is named, and there is no home directory",
                _ => "the name of the store is empty",
            };
            return Err(CliError::usage(why).with_hint("pass `--store PATH`"));
        }
        let ninety_days = Lifetime::For(Period::of_days(90));
        let prefix = pick.or(file.prefix, Prefix::default());
        let own_prefix = vec![prefix.value.clone()];
        Ok(Self {
            store,
            timeout,
            default_policy: pick.or_none(file.default_policy),
            default_expiry: pick.or(file.default_expiry, ninety_days),
            max_lifetime: pick.or_none(file.max_lifetime),
            prefix,
            generator: pick.or(file.generator, TokenctlV1::ID.to_owned()),
            web_backends: pick.or(file.web_backends, WebBackend::ALL.to_vec()),
            realm: pick.or(file.realm, DEFAULT_REALM.to_owned()),
            prefixes: pick.or(file.prefixes, own_prefix),
            vendor_types: pick.or(file.vendor_types, Vec::new()),
            deprecated_generators: pick.or(
                file.deprecated_generators,
                TokenFormats::deprecated_by_default().into_iter().collect(),
            ),
            usage_resolution: pick.or(
                file.usage_resolution,
                Duration::from_secs(DEFAULT_RESOLUTION.unsigned_abs()),
            ),
            on_reuse: pick.or(file.on_reuse, OnReuse::default()),
            catalogue: pick.or_none(file.catalogue),
            #[cfg(feature = "server")]
            serve: ServeSettings::resolve(file.serve, &pick),
            config,
        })
    }

    /// Returns key, value and origin of each setting, as `tokenctl config` shows them.
    pub(crate) fn rows(&self) -> Vec<(&'static str, Option<String>, &Origin)> {
        let backends = self.web_backends.value.iter().map(|one| one.name());
        let rows = vec![
            row("store", &self.store, |it| lossy(it)),
            row("timeout", &self.timeout, |it| seconds(*it)),
            (
                "issue.default_policy",
                self.default_policy.value.map(|it| it.name().to_owned()),
                &self.default_policy.origin,
            ),
            row(
                "issue.default_expiry",
                &self.default_expiry,
                ToString::to_string,
            ),
            (
                "issue.max_lifetime",
                self.max_lifetime.value.map(|it| it.to_string()),
                &self.max_lifetime.origin,
            ),
            row("issue.prefix", &self.prefix, Prefix::to_string),
            row("issue.generator", &self.generator, String::clone),
            (
                "auth.web_backends",
                Some(backends.collect::<Vec<_>>().join(",")),
                &self.web_backends.origin,
            ),
            row("auth.realm", &self.realm, String::clone),
            row("auth.prefixes", &self.prefixes, |it| words(it).join(",")),
            row("auth.vendor_types", &self.vendor_types, |it| {
                words(it).join(",")
            }),
            row(
                "auth.deprecated_generators",
                &self.deprecated_generators,
                |it| it.join(","),
            ),
            row("usage.resolution", &self.usage_resolution, |it| {
                seconds(*it)
            }),
            row("rotation.on_reuse", &self.on_reuse, |it| {
                it.name().to_owned()
            }),
            (
                "catalogue",
                self.catalogue.value.as_ref().map(ToString::to_string),
                &self.catalogue.origin,
            ),
        ];
        #[cfg(feature = "server")]
        let rows = [rows, self.serve.rows()].concat();
        rows
    }
}

/// Gives what the file says its origin.
struct Pick<'a>(Option<&'a PathBuf>);

impl Pick<'_> {
    fn or<T>(&self, said: Option<T>, default: T) -> Sourced<T> {
        match (said, self.0) {
            (Some(value), Some(path)) => Sourced {
                value,
                origin: Origin::File(path.clone()),
            },
            (said, _) => Sourced {
                value: said.unwrap_or(default),
                origin: Origin::Default,
            },
        }
    }

    fn or_none<T>(&self, said: Option<T>) -> Sourced<Option<T>> {
        self.or(said.map(Some), None)
    }
}

fn row<'a, T>(
    key: &'static str,
    setting: &'a Sourced<T>,
    show: impl Fn(&T) -> String,
) -> (&'static str, Option<String>, &'a Origin) {
    (key, Some(show(&setting.value)), &setting.origin)
}

/// Returns `values` as they are written in the configuration.
pub(crate) fn words(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn lossy(text: &OsStr) -> String {
    text.to_string_lossy().into_owned()
}

fn seconds(duration: Duration) -> String {
    format!("{}s", duration.as_secs())
}

#[cfg(test)]
mod tests {
    use super::super::exit::Exit;
    use super::*;

    fn resolve(
        flags: Flags,
        environment: &[(&str, &str)],
        config: Option<&str>,
    ) -> Result<Settings, CliError> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        if let Some(config) = config {
            std::fs::write(&path, config).unwrap();
            let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(&path, private).unwrap();
        }
        let places = Places {
            configs: vec![path],
            store: Some("/data/tokens.db".into()),
        };
        let variable = |name: &str| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        Settings::resolve(flags, variable, &places)
    }

    fn store_flag(store: &str) -> Flags {
        Flags {
            store: Some(store.into()),
            ..Flags::default()
        }
    }

    #[test]
    fn flag_beats_environment_beats_file_beats_default() {
        let file = Some("store = '/file.db'");
        let variable = [("TOKENCTL_STORE", "env.db")];
        let settings = resolve(store_flag("flag.db"), &variable, file).unwrap();
        assert_eq!(
            (settings.store.value, settings.store.origin),
            ("flag.db".into(), Origin::Flag)
        );
        let settings = resolve(Flags::default(), &variable, file).unwrap();
        assert_eq!(settings.store.value, "env.db");
        assert_eq!(
            settings.store.origin.to_string(),
            "environment (TOKENCTL_STORE)"
        );
        let settings = resolve(Flags::default(), &[("TOKENCTL_STORE", "")], file).unwrap();
        assert_eq!(settings.store.value, "/file.db");
        assert!(settings.store.origin.to_string().starts_with("file /"));
        let settings = resolve(Flags::default(), &[], None).unwrap();
        assert_eq!(settings.store.value, "/data/tokens.db");
        assert_eq!(settings.store.origin.to_string(), "default");
    }

    #[cfg(feature = "server")]
    #[test]
    fn defaults_are_those_of_the_contract() {
        let settings = resolve(Flags::default(), &[], None).unwrap();
        let shown: Vec<String> = settings
            .rows()
            .into_iter()
            .map(|(key, value, origin)| {
                format!("{key} = {} ({origin})", value.unwrap_or("-".into()))
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        store = /data/tokens.db (default)
        timeout = 30s (default)
        issue.default_policy = - (default)
        issue.default_expiry = 90d (default)
        issue.max_lifetime = - (default)
        issue.prefix = tkc (default)
        issue.generator = tokenctl_v1 (default)
        auth.web_backends = token,bearer,basic (default)
        auth.realm = Web API (default)
        auth.prefixes = tkc (default)
        auth.vendor_types =  (default)
        auth.deprecated_generators = legacy_sha1 (default)
        usage.resolution = 60s (default)
        rotation.on_reuse = log (default)
        catalogue = - (default)
        serve.listen = 127.0.0.1:9180 (default)
        serve.profile = nginx (default)
        serve.trusted_proxies = 127.0.0.0/8,::1/128,unix (default)
        serve.throttle = - (default)
        serve.introspect =  (default)
        serve.revoke =  (default)
        ");
    }

    #[test]
    fn prefix_of_new_tokens_is_registered() {
        let settings = resolve(Flags::default(), &[], Some("issue.prefix = 'acme'")).unwrap();
        assert_eq!(words(&settings.prefixes.value), ["acme"]);
    }

    #[test]
    fn catalogue_is_shown_in_short() {
        let file = "catalogue.resources.review = { path = '/reviews/{id}', methods = ['GET'] }";
        let settings = resolve(Flags::default(), &[], Some(file)).unwrap();
        let rows = settings.rows();
        let catalogue = rows.iter().find(|(key, ..)| *key == "catalogue");
        let (_, value, origin) = catalogue.unwrap();
        assert_eq!(value.as_deref(), Some("closed, 1 resource, 1 path"));
        assert!(matches!(origin, Origin::File(_)));
    }

    #[test]
    fn bad_timeout_is_a_usage_error_and_bad_file_a_data_error() {
        let flags = Flags {
            timeout: Some("soon".into()),
            ..Flags::default()
        };
        assert_eq!(resolve(flags, &[], None).unwrap_err().exit, Exit::Usage);
        let error = resolve(Flags::default(), &[], Some("timeout = 'soon'")).unwrap_err();
        assert_eq!(error.exit, Exit::Data);
    }

    #[test]
    fn named_file_has_to_exist() {
        let variable = [("TOKENCTL_CONFIG", "/nonexistent/config.toml")];
        let error = resolve(Flags::default(), &variable, None).unwrap_err();
        assert_eq!(error.exit, Exit::Input);
    }

    #[test]
    fn without_a_home_a_store_has_to_be_named() {
        let none = Places::default();
        let error = Settings::resolve(Flags::default(), |_| None, &none).unwrap_err();
        assert_eq!(error.exit, Exit::Usage);
        assert!(error.message.contains("home directory"), "{error}");
        assert!(Settings::resolve(store_flag("x"), |_| None, &none).is_ok());
        let error = Settings::resolve(store_flag(""), |_| None, &none).unwrap_err();
        assert_eq!(error.exit, Exit::Usage);
        assert_eq!(error.message, "the name of the store is empty");
    }
}
