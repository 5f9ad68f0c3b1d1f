//! The real binary in surroundings of its own, and what it says as one text for a snapshot.

use std::env;
use std::fmt;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The binary under test.
pub(crate) const TOKENCTL: &str = env!("CARGO_BIN_EXE_tokenctl");

/// Names, in the environment, where a program that is built for that writes which of its lines were run.
const PROFILE: &str = "LLVM_PROFILE_FILE";

/// A home, a directory for temporary files and a store that belong to one test.
pub(crate) struct TestEnv {
    _directory: TempDir,
    root: PathBuf,
    store: Option<PathBuf>,
}

/// A token that a test has issued.
pub(crate) struct IssuedToken {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl IssuedToken {
    /// Returns the header that carries it.
    pub(crate) fn header(&self) -> String {
        format!("token {}", self.secret)
    }
}

impl TestEnv {
    /// Makes surroundings without a store; none is named either.
    pub(crate) fn without_store() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(directory.path()).unwrap();
        for name in ["home", "tmp"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        Self {
            _directory: directory,
            root,
            store: None,
        }
    }

    /// Makes surroundings with an empty store, named by `TOKENCTL_STORE`.
    pub(crate) fn empty() -> Self {
        let mut env = Self::without_store();
        env.store = Some(env.path("tokens.db"));
        env.run("init").succeeds();
        env
    }

    /// Makes surroundings with a store in which there is the user `alice`.
    pub(crate) fn new() -> Self {
        let env = Self::empty();
        env.run("user add alice").succeeds();
        env
    }

    /// Returns the path of `name` in the directory of this test.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Returns the path of the store that `TOKENCTL_STORE` names.
    pub(crate) fn store(&self) -> &Path {
        self.store.as_deref().expect("a test with a store")
    }

    /// Names another store.
    pub(crate) fn use_store(&mut self, path: PathBuf) {
        self.store = Some(path);
    }

    /// Writes a file and returns its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes a configuration, private as it has to be, where it is found without being named.
    pub(crate) fn configure(&self, text: &str) {
        let directory = self.path("home/.config/tokenctl");
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("config.toml");
        fs::write(&path, text).unwrap();
        set_mode(&path, 0o600);
    }

    /// Returns `program`, which sees nothing of the caller's environment.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"))
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("COLUMNS", "100")
            .env("LANG", "C.UTF-8")
            .env("TOKENCTL", TOKENCTL)
            // Where `tests/coverage` gathers what each process has run.
            .envs(env::var_os(PROFILE).map(|path| (PROFILE, path)))
            .current_dir(&self.root)
            .stdin(Stdio::null());
        if let Some(store) = &self.store {
            command.env("TOKENCTL_STORE", store);
        }
        command
    }

    /// Runs the binary with the words of `line` as its arguments.
    pub(crate) fn run(&self, line: &str) -> CommandOutput {
        self.run_args(&words(line))
    }

    /// Runs the binary with the words of `line` and `last`, which may hold spaces.
    pub(crate) fn run_with(&self, line: &str, last: &str) -> CommandOutput {
        let mut arguments = words(line);
        arguments.push(last);
        self.run_args(&arguments)
    }

    /// Runs the binary.
    pub(crate) fn run_args(&self, arguments: &[&str]) -> CommandOutput {
        self.run_fed(arguments, b"")
    }

    /// Runs the binary with the words of `line` while it reads `stdin`.
    pub(crate) fn run_with_stdin(&self, line: &str, stdin: impl AsRef<[u8]>) -> CommandOutput {
        self.run_fed(&words(line), stdin.as_ref())
    }

    fn run_fed(&self, arguments: &[&str], stdin: &[u8]) -> CommandOutput {
        let mut command = self.command(TOKENCTL);
        command.args(arguments);
        self.finish(feed(command, stdin), arguments)
    }

    /// Runs a shell script, in which `$TOKENCTL` is the binary.
    pub(crate) fn shell(&self, script: &str) -> CommandOutput {
        let mut command = self.command("sh");
        command.args(["-c", script]);
        self.finish(feed(command, b""), &words(script))
    }

    /// Runs the binary on a system that gives no thread when it asks for the `nth`; needs `strace`.
    pub(crate) fn run_without_thread(&self, nth: u32, line: &str) -> CommandOutput {
        self.shell(&format!(
            "timeout -s KILL 30 strace -f -o trace -e trace=clone3 -e inject=clone3:error=EAGAIN:when={nth} \
             \"$TOKENCTL\" {line}"
        ))
    }

    /// Runs a shell command on a terminal where `typed` is typed, again and again until it has ended, and returns its
    /// exit code and what the terminal shows. In the command `$TOKENCTL` is the binary.
    ///
    /// `None` where the tool for that is missing; where every check counts (`CI=true`) that is a failure.
    pub(crate) fn on_terminal(&self, command: &str, typed: &str) -> Option<(i32, String)> {
        if !Path::new("/usr/bin/script").exists() {
            writeln!(
                std::io::stderr(),
                "not checked: there is no `script` to make a terminal with"
            )
            .unwrap();
            let is_ci = std::env::var("CI").as_deref() == Ok("true");
            assert!(!is_ci, "`script` of util-linux is needed");
            return None;
        }
        // What is typed before the question may be flushed.
        let script = format!(
            "for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 0.4; printf '{typed}' || exit; done 2> /dev/null | \
             script -qec \"{command}\" /dev/null; echo \"exit $?\""
        );
        let output = self.command("sh").args(["-c", &script]).output().unwrap();
        let shown = String::from_utf8(output.stdout).unwrap();
        let exit = shown.rsplit("exit ").next().unwrap().trim();
        Some((exit.parse().unwrap(), shown))
    }

    /// Starts the binary with its stdin open.
    pub(crate) fn start(&self, line: &str) -> Child {
        self.command(TOKENCTL)
            .args(words(line))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Issues a token to `alice` with the words of `flags`.
    pub(crate) fn issue(&self, flags: &str) -> IssuedToken {
        self.issue_to("alice", flags)
    }

    /// Issues a token to `user` with the words of `flags`.
    pub(crate) fn issue_to(&self, user: &str, flags: &str) -> IssuedToken {
        let output = self.run(&format!("issue {user} --json {flags}")).succeeds();
        let record = output.json();
        let field = |name: &str| record[name].as_str().unwrap().to_owned();
        IssuedToken {
            id: field("id"),
            secret: field("token"),
        }
    }

    /// Changes the store behind the back of the binary.
    pub(crate) fn sql(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.store()).unwrap();
        connection.execute_batch(sql).unwrap();
        connection.close().unwrap();
    }

    /// Gives a token another id, of a test's choice.
    pub(crate) fn rename_token(&self, from: &str, to: &str) {
        self.sql(&format!(
            "UPDATE token SET id = '{to}', family = '{to}' WHERE id = '{from}'"
        ));
    }

    fn finish(&self, output: Output, arguments: &[&str]) -> CommandOutput {
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        let output = CommandOutput {
            root: self.root.to_str().unwrap().to_owned(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            exit: output.status.code().unwrap_or_else(|| {
                panic!("ended by signal {:?}", output.status.signal());
            }),
        };
        output.keeps_the_contract(arguments);
        output
    }
}

/// Sets the permission bits of a file.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    fs::set_permissions(path, permissions).unwrap();
}

/// Returns whether the program `name` is installed. Where it is not, says so; in CI, where it has to be, that is a
/// failure.
pub(crate) fn is_installed(name: &str) -> bool {
    let found = ["/usr/local/bin", "/usr/sbin", "/usr/bin", "/bin"]
        .iter()
        .any(|directory| Path::new(directory).join(name).exists());
    if !found {
        let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(!in_ci, "{name} is not installed, and CI has to check it");
        // Not by `eprintln!`, which is shown of failed tests alone.
        let said = format!("NOT CHECKED: {name} is not installed\n");
        std::io::stderr().write_all(said.as_bytes()).unwrap();
    }
    found
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn feed(mut command: Command, stdin: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let stdin = stdin.to_vec();
    let feeder = std::thread::spawn(move || {
        // A verb that fails early leaves the rest unread.
        let _ = pipe.write_all(&stdin);
    });
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}

/// What a command has said, and how it ended.
///
/// Shown, it is one text: stdout, stderr and exit code, what differs from run to run replaced.
pub(crate) struct CommandOutput {
    root: String,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) exit: i32,
}

impl CommandOutput {
    /// Checks what holds for every command whatever it was asked.
    fn keeps_the_contract(&self, arguments: &[&str]) {
        let all = format!("{}{}", self.stdout, self.stderr);
        for text in ["panicked", "internal error", "RUST_BACKTRACE"] {
            assert!(!all.contains(text), "{arguments:?}: {all}");
        }
        assert!(
            matches!(self.exit, 0 | 2..=5 | 10..=17 | 20..=28 | 65 | 66 | 129 | 130 | 143),
            "{arguments:?} ended with {}: {all}",
            self.exit
        );
        // What `check` finds is its answer, whatever it says of the store.
        if matches!(self.exit, 20..=27) && !arguments.contains(&"check") {
            assert_eq!(self.stdout, "", "{arguments:?}");
        }
        let is_error = !matches!(self.exit, 0 | 10..=17);
        if is_error {
            assert_ne!(self.stderr, "", "{arguments:?} said nothing");
        }
        if arguments.contains(&"--json") {
            match is_error {
                true => {
                    assert_eq!(self.error()["exit"], self.exit, "{arguments:?}");
                }
                // What is live counts more than what could not be read, which has to be told nevertheless.
                false
                    if arguments.contains(&"scan")
                        && self.exit == 17
                        && !self.stderr.is_empty() =>
                {
                    let error = self.error();
                    assert_eq!(
                        (&error["code"], &error["exit"]),
                        (&"input".into(), &66.into())
                    );
                }
                false => assert_eq!(self.stderr, "", "{arguments:?}"),
            }
        }
    }

    /// Returns this output, which has to be that of a success.
    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        self.exits(0)
    }

    /// Returns this output, which has to have ended with `exit`.
    #[track_caller]
    pub(crate) fn exits(self, exit: i32) -> Self {
        assert_eq!(self.exit, exit, "{self}");
        self
    }

    /// Returns stdout as one JSON value.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// Returns the error object, which must be all of stderr.
    #[track_caller]
    pub(crate) fn error(&self) -> Value {
        assert_eq!(self.stderr.lines().count(), 1, "{self}");
        let object: Value =
            serde_json::from_str(&self.stderr).unwrap_or_else(|error| panic!("{error}: {self}"));
        assert_eq!(object.as_object().unwrap().len(), 1, "{self}");
        object["error"].clone()
    }

    /// Returns the values of the column `name` in a JSON array.
    #[track_caller]
    pub(crate) fn column(&self, name: &str) -> Vec<String> {
        let records = self.json();
        let values = records.as_array().unwrap().iter();
        values
            .map(|record| record[name].as_str().unwrap().to_owned())
            .collect()
    }

    /// Returns all that was said.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Returns stderr as snapshots show it, with what differs from run to run replaced.
    pub(crate) fn told(&self) -> String {
        self.redact(&self.stderr)
    }

    fn redact(&self, text: &str) -> String {
        let text = text.replace(&self.root, "[dir]");
        let mut shown = String::new();
        for line in text.split_inclusive('\n') {
            let line = without_caller(line);
            let mut rest = line.as_str();
            while !rest.is_empty() {
                let (kept, length) = redacted_word(rest);
                shown.push_str(&kept);
                rest = &rest[length..];
            }
        }
        shown
    }
}

impl fmt::Display for CommandOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redact(&self.stdout))?;
        if !self.stderr.is_empty() {
            write!(f, "------- stderr -------\n{}", self.told())?;
        }
        write!(f, "[exit status: {}]", self.exit)
    }
}

/// Replaces the name of the account that runs the tests.
fn without_caller(line: &str) -> String {
    if let Some((head, tail)) = line.split_once("\"created_by\":") {
        let mut parts = tail.splitn(3, '"');
        let (space, _name, rest) = (parts.next(), parts.next(), parts.next());
        return format!(
            "{head}\"created_by\":{}\"[caller]\"{}",
            space.unwrap(),
            rest.unwrap()
        );
    }
    if line.starts_with("created_by ") {
        return "created_by      [caller]\n".to_owned();
    }
    line.to_owned()
}

/// Returns what is shown for the word, or the single character, at the start of `text`, and its length.
fn redacted_word(text: &str) -> (String, usize) {
    if let Some(time) = text.get(..20).filter(|time| is_time(time)) {
        return ("[time]".to_owned(), time.len());
    }
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let length = text.find(|character| !is_word(character));
    let word = &text[..length.unwrap_or(text.len())];
    match word {
        "" => {
            let first = text.chars().next().unwrap();
            (first.to_string(), first.len_utf8())
        }
        word if is_secret(word) => ("[token]".to_owned(), word.len()),
        word if is_id(word) => ("[id]".to_owned(), word.len()),
        word => (word.to_owned(), word.len()),
    }
}

/// Returns whether `text` is a whole secret of ours: `tkc_`, the id, and 38 characters of base 62.
pub(crate) fn is_secret(text: &str) -> bool {
    let parts: Vec<&str> = text.split('_').collect();
    let [prefix, id, body] = parts[..] else {
        return false;
    };
    text.len() == 53
        && prefix == "tkc"
        && is_id(id)
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_id(text: &str) -> bool {
    // Words of ours that happen to be of the alphabet of ids.
    let is_word = matches!(text, "characters" | "deprecated");
    text.len() == 10
        && !is_word
        && text
            .bytes()
            .all(|byte| b"0123456789abcdefghjkmnpqrstvwxyz".contains(&byte))
}

fn is_time(text: &str) -> bool {
    text.len() == 20
        && text
            .bytes()
            .zip(b"0000-00-00T00:00:00Z")
            .all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                shape => byte == *shape,
            })
}
