//! What is run while the medium fails.

use std::path::Path;
use std::process::{Command, Output};

use crate::attempt::feed;
use crate::sample::{Sample, SampleToken};
use crate::setting::Setting;

/// A command, and what it is for.
pub(crate) struct Verb {
    pub(crate) name: &'static str,
    /// In words, where `SUBJECT` is the id of the token it is about, `HERE` the directory of the store and `SAMPLE` that
    /// of files to read.
    line: &'static str,
    pub(crate) input: Input,
    pub(crate) kind: Kind,
}

/// Whose secret it reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    Nothing,
    Good,
    Dead,
}

/// What it leaves behind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An answer, the same each time.
    Answers,
    /// A change of the store.
    Changes,
    /// A change of the store and a secret on stdout, and neither without the other.
    Prints,
    /// A change of the store and a secret in a file of this name, and neither without the other.
    Writes(&'static str),
    /// A store of this name.
    Makes(&'static str),
}

const fn verb(name: &'static str, line: &'static str, input: Input, kind: Kind) -> Verb {
    Verb {
        name,
        line,
        input,
        kind,
    }
}

/// Those that others rely on most.
pub(crate) const MAIN: &[Verb] = &[
    verb(
        "issue",
        "issue alice --read-only",
        Input::Nothing,
        Kind::Prints,
    ),
    verb(
        "revoke",
        "revoke SUBJECT --yes",
        Input::Nothing,
        Kind::Changes,
    ),
    verb(
        "rotate",
        "rotate SUBJECT --yes",
        Input::Nothing,
        Kind::Prints,
    ),
    verb(
        "restrict",
        "restrict SUBJECT --read-only",
        Input::Nothing,
        Kind::Changes,
    ),
    verb(
        "import",
        "import tokenctl SAMPLE/other.jsonl",
        Input::Nothing,
        Kind::Changes,
    ),
    verb(
        "backup",
        "backup HERE/made.db",
        Input::Nothing,
        Kind::Makes("made.db"),
    ),
    verb(
        "restore",
        "restore SAMPLE/backup.db --yes",
        Input::Nothing,
        Kind::Changes,
    ),
    verb("verify", "verify -", Input::Good, Kind::Answers),
];

/// The rest.
pub(crate) const OTHERS: &[Verb] = &[
    verb(
        "issue --out",
        "issue alice --read-only --out HERE/secret",
        Input::Nothing,
        Kind::Writes("secret"),
    ),
    verb("suspend", "suspend SUBJECT", Input::Nothing, Kind::Changes),
    verb(
        "prune",
        "prune --older-than 1s --yes",
        Input::Nothing,
        Kind::Changes,
    ),
    verb(
        "init",
        "init --store HERE/made.db",
        Input::Nothing,
        Kind::Makes("made.db"),
    ),
    verb(
        "restore (new)",
        "restore SAMPLE/backup.db --yes --store HERE/made.db",
        Input::Nothing,
        Kind::Makes("made.db"),
    ),
    verb("migrate", "migrate", Input::Nothing, Kind::Answers),
    verb(
        "verify --record-use",
        "verify --record-use -",
        Input::Good,
        Kind::Answers,
    ),
    verb("verify (dead)", "verify -", Input::Dead, Kind::Answers),
    verb("list", "list", Input::Nothing, Kind::Answers),
    verb("show", "show SUBJECT", Input::Nothing, Kind::Answers),
    verb("check", "check", Input::Nothing, Kind::Answers),
    verb(
        "audit verify",
        "audit verify",
        Input::Nothing,
        Kind::Answers,
    ),
    verb("export", "export", Input::Nothing, Kind::Answers),
    verb("identify", "identify -", Input::Good, Kind::Answers),
];

impl Verb {
    /// Returns the command on the store `tokens.db` in `here`.
    pub(crate) fn command(&self, setting: &Setting, sample: &Sample, here: &Path) -> Command {
        let files = sample.file("");
        let words: Vec<String> = self
            .line
            .split(' ')
            .map(|word| {
                word.replace("SUBJECT", &sample.subject.id)
                    .replace("HERE", &here.to_string_lossy())
                    .replace("SAMPLE/", &files.to_string_lossy())
            })
            .collect();
        // A lock that the system refuses for good is taken for one that somebody has.
        let mut arguments = vec!["--timeout", "1s"];
        arguments.extend(words.iter().map(String::as_str));
        setting.tokenctl(&here.join("tokens.db"), &arguments)
    }

    /// Returns how it ends when nothing is in its way.
    pub(crate) fn usual_exit(&self) -> i32 {
        match self.input {
            Input::Dead => 12,
            Input::Nothing | Input::Good => 0,
        }
    }

    /// Runs `command`, which is this verb with nothing in its way.
    pub(crate) fn run_unhindered(
        &self,
        command: Command,
        sample: &Sample,
    ) -> anyhow::Result<Output> {
        let output = feed(command, &self.header(sample))?;
        anyhow::ensure!(
            output.status.code() == Some(self.usual_exit()),
            "{} fails with nothing in its way: {}",
            self.name,
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(output)
    }

    /// Returns what it reads on stdin.
    pub(crate) fn header(&self, sample: &Sample) -> String {
        let of = |token: &SampleToken| format!("token {}\n", token.secret);
        match self.input {
            Input::Nothing => String::new(),
            Input::Good => of(&sample.good),
            Input::Dead => of(&sample.dead),
        }
    }

    /// Returns the name of the file that it makes.
    pub(crate) fn file(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Makes(name) | Kind::Writes(name) => Some(name),
            Kind::Answers | Kind::Changes | Kind::Prints => None,
        }
    }
}
