//! The configuration file: found, checked and parsed.

use std::ffi::OsStr;
use std::fmt::Display;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokenctl::catalogue::Catalogue;
use tokenctl::format::{Prefix, VendorType};
use tokenctl::rotation::OnReuse;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::exit::{CliError, Exit};
use super::super::place::line_and_column;
use super::super::when::{Period, WhenError, parse_duration};
#[cfg(feature = "server")]
use super::serve;
use super::{DefaultPolicy, Lifetime, WebBackend, catalogue};

/// The largest configuration file.
const LIMIT: u64 = 1024 * 1024;

/// What a configuration file says; absent is `None`.
#[derive(Debug, Default)]
pub(super) struct FileSettings {
    pub(super) store: Option<String>,
    pub(super) timeout: Option<Duration>,
    pub(super) default_policy: Option<DefaultPolicy>,
    pub(super) default_expiry: Option<Lifetime>,
    pub(super) max_lifetime: Option<Period>,
    pub(super) prefix: Option<Prefix>,
    pub(super) generator: Option<String>,
    pub(super) web_backends: Option<Vec<WebBackend>>,
    pub(super) realm: Option<String>,
    pub(super) prefixes: Option<Vec<Prefix>>,
    pub(super) vendor_types: Option<Vec<VendorType>>,
    pub(super) deprecated_generators: Option<Vec<String>>,
    pub(super) usage_resolution: Option<Duration>,
    pub(super) on_reuse: Option<OnReuse>,
    pub(super) catalogue: Option<Catalogue>,
    #[cfg(feature = "server")]
    pub(super) serve: serve::ServeFile,
}

/// Returns the file that `named` or, where nothing is named, the first of `usual` that exists, with what it says.
pub(super) fn load(
    named: Option<&OsStr>,
    usual: &[PathBuf],
) -> Result<Option<(PathBuf, FileSettings)>, CliError> {
    if let Some(named) = named {
        let path = PathBuf::from(named);
        // The usual way to ask for no file at all.
        if path == Path::new("/dev/null") {
            return Ok(None);
        }
        let file = open(&path).map_err(|error| unreadable(&path, &error))?;
        return read(path, file).map(Some);
    }
    for path in usual {
        match open(path) {
            Ok(file) => return read(path.clone(), file).map(Some),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) => {}
            Err(error) => return Err(unreadable(path, &error)),
        }
    }
    Ok(None)
}

fn open(path: &Path) -> io::Result<File> {
    // A pipe of that name must not make us wait; it is refused as soon as its kind is known.
    let flags = rustix::fs::OFlags::NONBLOCK.bits();
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.cast_signed())
        .open(path)
}

fn unreadable(path: &Path, error: &io::Error) -> CliError {
    let message = format!(
        "failed to read the configuration `{}`: {error}",
        path.display()
    );
    CliError::new(Exit::Input, message)
        .with_hint("nothing was done: see to the file, or name another with `--config`")
}

fn read(path: PathBuf, file: File) -> Result<(PathBuf, FileSettings), CliError> {
    let failed = |error| unreadable(&path, &error);
    refuse_insecure(&path, &file.metadata().map_err(failed)?)?;
    let mut text = Vec::new();
    file.take(LIMIT.saturating_add(1))
        .read_to_end(&mut text)
        .map_err(failed)?;
    if u64::try_from(text.len()).is_ok_and(|length| length > LIMIT) {
        return Err(bad(&path, "it is larger than 1 MiB"));
    }
    let Ok(text) = std::str::from_utf8(&text) else {
        return Err(bad(&path, "it is not UTF-8 text"));
    };
    let settings = parse(&path, text)?;
    Ok((path, settings))
}

/// Refuses a file that someone else could have written: whoever writes it chooses the store.
///
/// Unlike a store it may be read by all, as it holds no secret, and it may be reached through links (home directories
/// and mounted configuration are made of them), whose owner counts too; what is checked is the file that was opened.
fn refuse_insecure(path: &Path, file: &Metadata) -> Result<(), CliError> {
    let ours = rustix::process::geteuid().as_raw();
    let is_trusted = |uid: u32| uid == 0 || uid == ours;
    let insecure = |why: &str, hint: &str| {
        let message = format!("the configuration `{}` {why}", path.display());
        Err(CliError::new(Exit::Insecure, message).with_hint(hint))
    };
    if !file.is_file() {
        return insecure("is not a regular file", "name another with `--config`");
    }
    let link = fs::symlink_metadata(path).map_err(|error| unreadable(path, &error))?;
    if !is_trusted(file.uid()) || !is_trusted(link.uid()) {
        return insecure("belongs to another user", "give it to root or to yourself");
    }
    if file.mode() & 0o022 != 0 {
        return insecure(
            "can be written by its group or by others",
            "run `chmod go-w` on it",
        );
    }
    let real = fs::canonicalize(path).map_err(|error| unreadable(path, &error))?;
    for parent in [path, &real].into_iter().filter_map(Path::parent) {
        let parent = if parent == Path::new("") {
            Path::new(".")
        } else {
            parent
        };
        let directory = fs::metadata(parent).map_err(|error| unreadable(path, &error))?;
        if directory.mode() & 0o002 != 0 && directory.mode() & 0o1000 == 0 {
            return insecure(
                "stands in a directory that others can write",
                "run `chmod o-w` on the directory",
            );
        }
    }
    Ok(())
}

fn bad(path: &Path, what: &str) -> CliError {
    let message = format!("bad configuration `{}`: {what}", path.display());
    CliError::new(Exit::Data, message)
}

/// Parses `text`; errors name file, line, column and key, and never a value.
pub(super) fn parse(path: &Path, text: &str) -> Result<FileSettings, CliError> {
    let at = |offset: usize| {
        let (line, column) = line_and_column(text, offset);
        format!("{}:{line}:{column}", path.display())
    };
    let fault = |offset: usize, what: &str| {
        let message = format!("bad configuration at {}: {what}", at(offset));
        CliError::new(Exit::Data, message)
    };
    let document = DeTable::parse(text).map_err(|error| {
        // The parser's own text may quote what stands there.
        let offset = error.span().map_or(0, |span| span.start);
        fault(offset, "it is not valid TOML here")
    })?;
    let mut settings = FileSettings::default();
    let mut pending: Vec<(String, &Spanned<_>, &Spanned<DeValue<'_>>)> = document
        .get_ref()
        .iter()
        .map(|(key, value)| (key.get_ref().to_string(), key, value))
        .collect();
    pending.sort_by_key(|(_, key, _)| std::cmp::Reverse(key.span().start));
    while let Some((name, key, value)) = pending.pop() {
        if name == "catalogue" {
            let read = catalogue::read(value).map_err(|wrong| fault(wrong.offset, &wrong.what))?;
            settings.catalogue = Some(read);
            continue;
        }
        let is_section = matches!(
            name.as_str(),
            "issue" | "auth" | "usage" | "rotation" | "serve"
        );
        if let (true, DeValue::Table(table)) = (is_section, value.get_ref()) {
            let mut inner: Vec<_> = table
                .iter()
                .map(|(key, value)| (format!("{name}.{}", key.get_ref()), key, value))
                .collect();
            inner.sort_by_key(|(_, key, _)| std::cmp::Reverse(key.span().start));
            pending.extend(inner);
            continue;
        }
        settings
            .set(&name, value.get_ref())
            .map_err(|wrong| match wrong {
                Wrong::Key => fault(key.span().start, &format!("there is no key `{name}`")),
                Wrong::Value(expected) => fault(
                    value.span().start,
                    &format!("bad value for `{name}`: {expected}"),
                ),
            })?;
    }
    Ok(settings)
}

/// What is wrong with one entry.
pub(super) enum Wrong {
    Key,
    Value(String),
}

impl Wrong {
    /// What the library says of a value.
    pub(super) fn of(error: impl Display) -> Self {
        Self::Value(error.to_string())
    }
}

impl From<WhenError> for Wrong {
    fn from(error: WhenError) -> Self {
        Self::of(error)
    }
}

impl FileSettings {
    fn set(&mut self, name: &str, value: &DeValue<'_>) -> Result<(), Wrong> {
        match name {
            "store" => self.store = Some(store(value)?),
            "timeout" => self.timeout = Some(parse_duration(text(value)?)?),
            "issue.default_policy" => {
                self.default_policy = Some(word(value, &DefaultPolicy::ALL, DefaultPolicy::name)?);
            }
            "issue.default_expiry" => self.default_expiry = Some(Lifetime::parse(text(value)?)?),
            "issue.max_lifetime" => self.max_lifetime = Some(Period::parse(text(value)?)?),
            "issue.prefix" => self.prefix = Some(Prefix::parse(text(value)?).map_err(Wrong::of)?),
            "issue.generator" => self.generator = Some(text(value)?.to_owned()),
            "auth.web_backends" => self.web_backends = Some(web_backends(value)?),
            "auth.realm" => self.realm = Some(realm(value)?),
            "auth.prefixes" => self.prefixes = Some(parsed(value, Prefix::parse)?),
            "auth.vendor_types" => {
                self.vendor_types = Some(parsed(value, VendorType::parse)?);
            }
            "auth.deprecated_generators" => self.deprecated_generators = Some(texts(value)?),
            "usage.resolution" => self.usage_resolution = Some(parse_duration(text(value)?)?),
            "rotation.on_reuse" => {
                self.on_reuse = Some(word(value, &OnReuse::ALL, OnReuse::name)?);
            }
            "issue" | "auth" | "usage" | "rotation" | "serve" => {
                return Err(Wrong::Value("a table is expected".to_owned()));
            }
            _ => return self.set_serve(name, value),
        }
        Ok(())
    }

    #[cfg(feature = "server")]
    fn set_serve(&mut self, name: &str, value: &DeValue<'_>) -> Result<(), Wrong> {
        let key = name.strip_prefix("serve.").ok_or(Wrong::Key)?;
        self.serve.set(key, value)
    }

    /// A build without a server shares its file with one that has it.
    #[cfg(not(feature = "server"))]
    #[expect(clippy::unused_self, reason = "the same call in both builds")]
    fn set_serve(&mut self, name: &str, _value: &DeValue<'_>) -> Result<(), Wrong> {
        name.strip_prefix("serve.").map(|_| ()).ok_or(Wrong::Key)
    }
}

pub(super) fn text<'a>(value: &'a DeValue<'_>) -> Result<&'a str, Wrong> {
    let text = value.as_str().filter(|text| !text.is_empty());
    text.ok_or_else(|| Wrong::Value("a text in quotes that is not empty is expected".to_owned()))
}

pub(super) fn texts(value: &DeValue<'_>) -> Result<Vec<String>, Wrong> {
    let expected = || Wrong::Value("a list of texts in quotes is expected".to_owned());
    let list = value.as_array().ok_or_else(expected)?;
    list.iter()
        .map(|item| text(item.get_ref()).map(str::to_owned))
        .collect::<Result<_, _>>()
        .map_err(|_| expected())
}

/// Reads each of the texts as what the library makes of it.
fn parsed<T, E: Display>(
    value: &DeValue<'_>,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Vec<T>, Wrong> {
    let texts = texts(value)?;
    let parsed: Result<_, E> = texts.iter().map(|text| parse(text)).collect();
    parsed.map_err(Wrong::of)
}

/// A relative path would name another store in each directory.
fn store(value: &DeValue<'_>) -> Result<String, Wrong> {
    let text = text(value)?;
    if text.starts_with('/') || text.contains("://") {
        return Ok(text.to_owned());
    }
    let expected = "a path from the root, `/…`, or a URL is expected";
    Err(Wrong::Value(expected.to_owned()))
}

/// The realm stands in quotes in a header, where a quote or a control would let it say more.
fn realm(value: &DeValue<'_>) -> Result<String, Wrong> {
    let text = text(value)?;
    let is_plain = |byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    if text.bytes().all(is_plain) {
        return Ok(text.to_owned());
    }
    let expected = "printable ASCII without `\"` and `\\` is expected";
    Err(Wrong::Value(expected.to_owned()))
}

fn web_backends(value: &DeValue<'_>) -> Result<Vec<WebBackend>, Wrong> {
    let list = value.as_array().filter(|list| !list.is_empty());
    let list = list
        .ok_or_else(|| Wrong::Value("a list of names that is not empty is expected".to_owned()))?;
    let mut backends = Vec::with_capacity(list.len());
    for item in list.iter() {
        let backend = word(item.get_ref(), &WebBackend::ALL, WebBackend::name)?;
        if backends.contains(&backend) {
            return Err(Wrong::Value(format!(
                "`{}` stands there twice",
                backend.name()
            )));
        }
        backends.push(backend);
    }
    Ok(backends)
}

pub(super) fn word<T: Copy>(
    value: &DeValue<'_>,
    known: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, Wrong> {
    let found = known
        .iter()
        .copied()
        .find(|&known| value.as_str() == Some(name(known)));
    found.ok_or_else(|| {
        let names: Vec<String> = known
            .iter()
            .map(|&known| format!("\"{}\"", name(known)))
            .collect();
        Wrong::Value(format!("{} is expected", names.join(" or ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use tempfile::TempDir;

    fn parsed(text: &str) -> Result<FileSettings, String> {
        parse(Path::new("c.toml"), text).map_err(|error| {
            assert_eq!(error.exit, Exit::Data);
            error.message
        })
    }

    #[test]
    fn all_keys_are_read() {
        let settings = parsed(
            "store = '/s.db'\ntimeout = '5s'\n[issue]\ndefault_policy = 'read-only'\ndefault_expiry = 'never'\n\
             max_lifetime = '1y'\nprefix = 'acme'\ngenerator = 'tokenctl_v1'\n[auth]\n\
             web_backends = ['bearer', 'token']\nrealm = 'API'\nprefixes = ['acme', 'tkc']\n\
             vendor_types = []\ndeprecated_generators = ['legacy_sha1']\n[usage]\nresolution = '5m'\n[rotation]\non_reuse = 'revoke_family'\n",
        )
        .unwrap();
        assert_eq!(settings.store.as_deref(), Some("/s.db"));
        assert_eq!(settings.timeout, Some(Duration::from_secs(5)));
        assert_eq!(settings.default_policy, Some(DefaultPolicy::ReadOnly));
        assert!(matches!(settings.default_expiry, Some(Lifetime::Never)));
        assert_eq!(settings.max_lifetime.unwrap().to_string(), "1y");
        let backends = settings.web_backends.unwrap();
        assert_eq!(backends, [WebBackend::Bearer, WebBackend::Token]);
        let prefixes = settings.prefixes.unwrap();
        assert!(prefixes.iter().map(Prefix::as_str).eq(["acme", "tkc"]));
        assert_eq!(settings.vendor_types.unwrap(), []);
        assert_eq!(settings.usage_resolution, Some(Duration::from_secs(300)));
        assert_eq!(settings.on_reuse, Some(OnReuse::RevokeFamily));
    }

    #[test]
    fn faults_are_placed_and_values_are_not_repeated() {
        for (text, message) in [
            ("stroe = 'hunter2'", "c.toml:1:1: there is no key `stroe`"),
            (
                "[issue]\n  prefx = 'hunter2'",
                "c.toml:2:3: there is no key `issue.prefx`",
            ),
            (
                "[isue]\nprefix = 'hunter2'",
                "c.toml:1:2: there is no key `isue`",
            ),
            (
                "issue.prefix.x = 'hunter2'",
                "c.toml:1:7: bad value for `issue.prefix`: a text",
            ),
            (
                "issue = 'hunter2'",
                "c.toml:1:9: bad value for `issue`: a table is expected",
            ),
            (
                "store = 'hunter2'",
                "c.toml:1:9: bad value for `store`: a path from the root",
            ),
            (
                "store = 12",
                "c.toml:1:9: bad value for `store`: a text in quotes",
            ),
            (
                "\ntimeout = 'hunter2'",
                "c.toml:2:11: bad value for `timeout`: a duration",
            ),
            (
                "timeout = 30",
                "c.toml:1:11: bad value for `timeout`: a text in quotes",
            ),
            (
                "issue.default_policy = 'hunter2'",
                "c.toml:1:24: bad value for `issue.default_policy`: \"read-only\" or \"full-access\" is expected",
            ),
            (
                "issue.max_lifetime = 'never'",
                "c.toml:1:22: bad value for `issue.max_lifetime`",
            ),
            (
                "auth.web_backends = []",
                "c.toml:1:21: bad value for `auth.web_backends`",
            ),
            (
                "auth.web_backends = ['hunter2']",
                "c.toml:1:21: bad value for `auth.web_backends`",
            ),
            (
                "auth.web_backends = ['token', 'token']",
                "c.toml:1:21: bad value for",
            ),
            (
                "auth.realm = 'a\"b'",
                "c.toml:1:14: bad value for `auth.realm`",
            ),
            (
                "rotation.on_reuse = 'hunter2'",
                "c.toml:1:21: bad value for `rotation.on_reuse`: \"log\" or \"revoke_family\" is expected",
            ),
            (
                "rotation = 'log'",
                "c.toml:1:12: bad value for `rotation`: a table is expected",
            ),
            (
                "auth.prefixes = [1]",
                "c.toml:1:17: bad value for `auth.prefixes`: a list",
            ),
            ("store = hunter2", "c.toml:1:9: it is not valid TOML here"),
            (
                "store = '/a'\nstore = '/hunter2'",
                "c.toml:2:1: it is not valid TOML here",
            ),
            (
                "realm = 1\nhunter2",
                "c.toml:2:8: it is not valid TOML here",
            ),
        ] {
            let told = parsed(text).unwrap_err();
            assert!(told.contains(message), "{text:?}: {told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
    }

    fn directory_with(name: &str, text: &str, mode: u32) -> (TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (directory, path)
    }

    fn load_named(path: &Path) -> Result<Option<(PathBuf, FileSettings)>, Exit> {
        load(Some(path.as_os_str()), &[]).map_err(|error| error.exit)
    }

    #[test]
    fn writable_configuration_is_refused() {
        for (mode, expected) in [
            (0o600, None),
            (0o644, None),
            (0o664, Some(Exit::Insecure)),
            (0o646, Some(Exit::Insecure)),
        ] {
            let (_directory, path) = directory_with("config.toml", "", mode);
            assert_eq!(load_named(&path).err(), expected, "{mode:o}");
        }
    }

    #[test]
    fn directory_that_others_write_is_refused_also_behind_a_link() {
        let (directory, path) = directory_with("config.toml", "", 0o600);
        let (_elsewhere, beside) = directory_with("x", "", 0o600);
        let link = beside.with_file_name("link.toml");
        symlink(&path, &link).unwrap();
        assert!(load_named(&link).is_ok());
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(load_named(&path).unwrap_err(), Exit::Insecure);
        assert_eq!(load_named(&link).unwrap_err(), Exit::Insecure);
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        assert!(load_named(&path).is_ok());
    }

    #[test]
    fn only_the_first_file_found_is_used() {
        let (directory, path) = directory_with("config.toml", "store = '/first'", 0o600);
        let (_other, second) = directory_with("config.toml", "timeout = 'bad'", 0o600);
        let missing = directory.path().join("missing.toml");
        let below_a_file = path.join("config.toml");
        let usual = [missing.clone(), below_a_file, path.clone(), second];
        let (found, settings) = load(None, &usual).unwrap().unwrap();
        assert_eq!(found, path);
        assert_eq!(settings.store.as_deref(), Some("/first"));
        assert!(
            load(None, std::slice::from_ref(&missing))
                .unwrap()
                .is_none()
        );
        assert_eq!(load_named(&missing).unwrap_err(), Exit::Input);
        assert!(load_named(Path::new("/dev/null")).unwrap().is_none());
        assert_eq!(load_named(directory.path()).unwrap_err(), Exit::Insecure);
    }

    #[test]
    fn huge_and_binary_files_are_refused() {
        let (_directory, path) = directory_with("c", &"#\n".repeat(600_000), 0o600);
        assert_eq!(load_named(&path).unwrap_err(), Exit::Data);
        let (_directory, path) = directory_with("c", "", 0o600);
        fs::write(&path, b"store = '\xff'").unwrap();
        assert_eq!(load_named(&path).unwrap_err(), Exit::Data);
    }
}
