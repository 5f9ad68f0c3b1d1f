//! What a verb has at hand: output, settings, the store, the clock.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use tokenctl::auth::backend::TokenAuthBackend;
use tokenctl::auth::usage::UsageLog;
use tokenctl::auth::web::{WebBasicBackend, WebBearerBackend, WebTokenBackend};
use tokenctl::auth::{Authenticator, AuthenticatorBuilder};
use tokenctl::authority::Authority;
use tokenctl::change::Actor;
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::format::{Prefix, TokenFormats, VendorType};
use tokenctl::store::{Location, OpenOptions, Store, StoreError, sqlite};

use super::actor;
use super::exit::{CliError, Exit};
use super::output::{Format, Output, Voice};
use super::process::{Held, Interrupts, Stdout};
use super::prompt::{self, Prompt};
use super::settings::{Origin, Settings, WebBackend};

/// The surroundings of a verb.
pub(crate) struct Context {
    /// The way out.
    pub(crate) output: Output,
    /// The settings in force.
    pub(crate) settings: Settings,
    /// Whether stdout leads anywhere.
    pub(crate) stdout: Stdout,
    verb: &'static str,
    interrupts: Arc<Interrupts>,
    now: Timestamp,
}

impl Context {
    /// Makes the surroundings of `verb`, and reads the clock, once.
    pub(crate) fn new(
        verb: &'static str,
        output: Output,
        settings: Settings,
        interrupts: Interrupts,
        stdout: Stdout,
    ) -> Self {
        let interrupts = Arc::new(interrupts);
        Self {
            output,
            settings,
            stdout,
            verb,
            interrupts,
            now: SystemClock.now(),
        }
    }

    /// The moment at which the verb was called.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Who is calling.
    pub(crate) fn actor(&self) -> Actor {
        actor::of_process(self.verb)
    }

    /// Returns how the verb ends that is to stop at the next good moment, because of a signal that had to wait.
    pub(crate) fn interrupted(&self) -> Option<Exit> {
        self.interrupts.pending().map(|error| error.exit)
    }

    /// Lets signals wait until what is returned is dropped: [`Context::interrupted`] tells of them.
    pub(crate) fn hold_signals(&self) -> Held<'_> {
        self.interrupts.hold()
    }

    /// Lets signals wait from now on, so that what was done is also told.
    pub(crate) fn work_is_done(&self) {
        self.interrupts.commit_begins();
    }

    /// Returns somebody to ask, `None` where there is no terminal.
    pub(crate) fn prompt(&self) -> Option<Prompt<'_>> {
        prompt::can_ask().then(|| Prompt::new(&self.interrupts))
    }

    /// Returns where the store is.
    pub(crate) fn location(&self) -> Result<Location, CliError> {
        let text = self
            .settings
            .store
            .value
            .to_str()
            .ok_or_else(|| CliError::usage("the path of the store is not UTF-8 text"))?;
        Location::parse(text)
            .map_err(|error| CliError::usage(error.to_string()).with_hint("pass `--store PATH`"))
    }

    /// Returns how the store is opened.
    pub(crate) fn open_options(&self) -> OpenOptions {
        let interrupts = Arc::clone(&self.interrupts);
        let mut options = OpenOptions::default();
        options.writer_timeout = self.settings.timeout.value;
        // A command waits as long for a foreign program as for a writer of ours: nobody else waits behind it.
        options.reader_timeout = self.settings.timeout.value;
        options.read_only_medium = true;
        options.before_commit = Some(Arc::new(move || interrupts.commit_begins()));
        options
    }

    /// Opens the store.
    pub(crate) fn open(&self) -> anyhow::Result<Arc<dyn Store>> {
        Ok(self.open_at(&self.location()?)?)
    }

    /// Opens the store at `location`.
    pub(crate) fn open_at(&self, location: &Location) -> Result<Arc<dyn Store>, StoreError> {
        let store = location.open(self.open_options())?;
        if store.is_on_read_only_medium() {
            self.warn_of_read_only_medium();
        }
        Ok(store)
    }

    /// Says how a store is read that cannot be written.
    pub(crate) fn warn_of_read_only_medium(&self) {
        // Also with `-q`: what is read may be of the past.
        if self.output.format() != Format::Json {
            self.output.aloud().warning(
                "the store is on a read-only medium; it is read as a file that does not change",
            );
        }
    }

    /// Opens the store, and makes the default one when it is not there yet.
    pub(crate) fn open_or_create(&self) -> anyhow::Result<Arc<dyn Store>> {
        if self.settings.store.origin != Origin::Default {
            return self.open();
        }
        let location = self.location()?;
        match self.open_at(&location) {
            Err(StoreError::Missing { .. }) => {}
            opened => return Ok(opened?),
        }
        match location.create(self.open_options()) {
            Ok(store) => {
                self.output
                    .status(&format!("Created the default store {location}"));
                Ok(store)
            }
            // Another process was faster.
            Err(StoreError::Exists { .. }) => Ok(self.open_at(&location)?),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns whether `error` says that there is no store, and none was named.
    pub(crate) fn lacks_default_store(&self, error: &anyhow::Error) -> bool {
        let is_missing = matches!(error.downcast_ref(), Some(StoreError::Missing { .. }));
        is_missing && self.settings.store.origin == Origin::Default
    }

    /// Opens the store for administration.
    pub(crate) fn authority(&self) -> anyhow::Result<Authority> {
        self.authority_over(self.open()?, self.formats(None)?)
    }

    /// Administers `store`; no token lives longer than the configuration allows.
    pub(crate) fn authority_over(
        &self,
        store: Arc<dyn Store>,
        formats: Arc<TokenFormats>,
    ) -> anyhow::Result<Authority> {
        let authority = Authority::new(store, formats);
        Ok(match self.latest_end()? {
            Some(latest) => authority.with_max_lifetime(self.now.duration_until(latest)),
            None => authority,
        })
    }

    /// Returns the latest end that the configuration allows.
    pub(crate) fn latest_end(&self) -> Result<Option<Timestamp>, CliError> {
        let max = self.settings.max_lifetime.value;
        max.map(|period| period.after(self.now))
            .transpose()
            .map_err(|error| error.of_argument("issue.max_lifetime"))
    }

    /// Begins an authenticator over `store` as the settings have it, with the schemes that are `chosen`, if any.
    pub(crate) fn authenticator(
        &self,
        store: &Arc<dyn Store>,
        chosen: &[WebBackend],
    ) -> Result<AuthenticatorBuilder, CliError> {
        let schemes = match chosen {
            [] => &self.settings.web_backends.value,
            chosen => chosen,
        };
        let take = |builder: AuthenticatorBuilder, scheme: &WebBackend| match scheme {
            WebBackend::Token => builder.web_backend(WebTokenBackend),
            WebBackend::Bearer => builder.web_backend(WebBearerBackend),
            WebBackend::Basic => builder.web_backend(WebBasicBackend),
        };
        let backend = TokenAuthBackend::new(Arc::clone(store), self.formats(None)?);
        Ok(schemes
            .iter()
            .fold(Authenticator::builder(), take)
            .auth_backend(backend)
            .realm(self.settings.realm.value.as_str()))
    }

    /// Returns a log of last uses, and of uses of secrets that were rotated out, as the settings have it.
    pub(crate) fn usage_log(&self, store: Arc<dyn Store>) -> UsageLog {
        let resolution = self.settings.usage_resolution.value.as_secs();
        UsageLog::new(store, i64::try_from(resolution).unwrap_or(i64::MAX))
            .on_reuse(self.settings.on_reuse.value)
            .as_actor(self.actor())
    }

    /// Begins to wait for a signal that ends the process, which from now on does not end it by itself.
    #[cfg(feature = "server")]
    pub(crate) fn end_signals(&self) -> std::io::Result<super::process::EndSignals> {
        self.interrupts.end_signals()
    }

    /// Returns the token formats of the settings, and `prefix` besides.
    pub(crate) fn formats(&self, prefix: Option<&str>) -> Result<Arc<TokenFormats>, CliError> {
        let settings = &self.settings;
        let mut prefixes = vec![settings.prefix.value.clone()];
        prefixes.extend(settings.prefixes.value.iter().cloned());
        let mut types = settings.vendor_types.value.clone();
        // One that is asked for by name counts as registered for this call.
        if let Some(text) = prefix {
            match (Prefix::parse(text), VendorType::parse(text)) {
                (Err(error), Err(_)) => {
                    return Err(CliError::usage(format!(
                        "bad value for `--prefix`: {error}"
                    )));
                }
                (prefix, kind) => {
                    prefixes.extend(prefix);
                    types.extend(kind);
                }
            }
        }
        let deprecated = settings
            .deprecated_generators
            .value
            .iter()
            .cloned()
            .collect();
        TokenFormats::new(
            TokenFormats::built_in(prefixes, types),
            &settings.generator.value,
            deprecated,
        )
        .map(Arc::new)
        .map_err(|error| {
            let file = settings.config.as_deref().map(Path::display);
            let place = file.map(|file| format!("bad configuration `{file}`: "));
            let place = place.unwrap_or_default();
            let message = format!("{place}bad value for `issue.generator`: {error}");
            CliError::new(Exit::Data, message)
        })
    }

    /// Returns whether tokens of the format `generator`, registered or not, should be replaced.
    pub(crate) fn is_deprecated(&self, generator: &str) -> bool {
        let deprecated = &self.settings.deprecated_generators.value;
        deprecated.iter().any(|id| id == generator)
    }

    /// Refuses to touch `path` where it is a file of the store: opening and closing one beside SQLite drops its locks,
    /// and a file under such a name would be taken for one of the store.
    pub(crate) fn refuse_store_file(&self, path: &Path) -> Result<(), CliError> {
        if is_file_of(path, Path::new(&self.settings.store.value)) {
            return Err(
                CliError::usage(format!("`{}` is a file of the store", path.display()))
                    .with_hint("name another file"),
            );
        }
        Ok(())
    }

    /// Returns the paths of all files that the store has or may have.
    pub(crate) fn store_files(&self) -> [PathBuf; 5] {
        sqlite::files_of(Path::new(&self.settings.store.value))
    }

    /// Warns when the clock stands behind `newest`, when the newest event of the store was.
    pub(crate) fn compare_clock(&self, newest: Option<Timestamp>) {
        self.warn_of_clock(newest.filter(|newest| *newest > self.now()));
    }

    /// Warns of a clock that was found behind the newest event of the store.
    pub(crate) fn warn_of_clock(&self, newest: Option<Timestamp>) {
        if let Some(newest) = newest {
            self.output.warning(&format!(
                "the clock is behind the newest event of the store, of {newest}: it may have been set back"
            ));
        }
    }

    /// Returns somebody to ask before something is destroyed; without a terminal, only `--yes` says so.
    pub(crate) fn somebody(&self) -> Result<Prompt<'_>, CliError> {
        self.prompt().ok_or_else(|| {
            CliError::usage("this has to be confirmed, and there is no terminal to ask on")
                .with_hint(
                    "pass `--yes` to go on without a question, or `--dry-run` to see what it would do",
                )
        })
    }

    /// Asks before something is destroyed, when `show` has told what; without a terminal, only `--yes` says so.
    pub(crate) fn confirm(
        &self,
        question: &str,
        show: impl FnOnce(Voice<'_>),
    ) -> anyhow::Result<()> {
        let prompt = self.somebody()?;
        show(self.output.aloud());
        if prompt.confirm(question).context("failed to ask")? {
            return Ok(());
        }
        Err(CliError::new(Exit::Cancelled, "cancelled, nothing was done").into())
    }
}

/// Returns device and inode of the file at `path`, or of the link there: which file it is, whatever its name.
pub(crate) fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::symlink_metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Returns whether `path` is `store` or a file that it has or may have beside it.
pub(crate) fn is_file_of(path: &Path, store: &Path) -> bool {
    let files = sqlite::files_of(store);
    files.iter().any(|file| is_same_file(path, file))
}

/// Returns whether two paths name one file, by device and inode where they exist, by directory and name otherwise.
fn is_same_file(left: &Path, right: &Path) -> bool {
    let place = |path: &Path| {
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let parent = std::fs::canonicalize(parent.unwrap_or(Path::new("."))).ok()?;
        Some(parent.join(path.file_name()?))
    };
    let same = |one: Option<(u64, u64)>, other| one.is_some() && one == other;
    same(identity(left), identity(right))
        || place(left).is_some_and(|left| Some(left) == place(right))
}
