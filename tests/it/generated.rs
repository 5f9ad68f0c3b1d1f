//! Man pages and completions are those of this build, and the programs that read them are content.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::harness::{TestEnv, is_installed};

/// If set in the environment, the checked-in files are written anew instead of compared.
const REFRESH: &str = "TOKENCTL_REFRESH";

/// The shells, and the file names that they, or their package managers, look for.
const COMPLETIONS: [(&str, &str); 5] = [
    ("bash", "tokenctl.bash"),
    ("elvish", "tokenctl.elv"),
    ("fish", "tokenctl.fish"),
    ("powershell", "_tokenctl.ps1"),
    ("zsh", "_tokenctl"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns `program`, which sees nothing of the caller's settings, and the built `tokenctl` first in its PATH.
fn program(program: &str, home: &Path) -> Command {
    let binaries = Path::new(env!("CARGO_BIN_EXE_tokenctl")).parent().unwrap();
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("HOME", home)
        .env("TMPDIR", home)
        .env("TERM", "dumb")
        .env("LC_ALL", "C.UTF-8")
        .env(
            "PATH",
            format!("{}:/usr/local/bin:/usr/bin:/bin", binaries.display()),
        )
        .current_dir(home);
    command
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{directory:?}: {error}"));
    entries
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// Compares the files that are checked in under `kind` with those that this build has `made`, or refreshes them.
fn assert_fresh(kind: &str, made: &BTreeMap<String, Vec<u8>>) {
    let directory = root().join(kind);
    let kept = files(&directory);
    if std::env::var_os(REFRESH).is_some() {
        for name in kept.keys().filter(|name| !made.contains_key(*name)) {
            fs::remove_file(directory.join(name)).unwrap();
        }
        for (name, content) in made {
            fs::write(directory.join(name), content).unwrap();
        }
        return;
    }
    let names = kept.keys().chain(made.keys());
    let stale: BTreeSet<&String> = names
        .filter(|name| kept.get(*name) != made.get(*name))
        .collect();
    assert!(
        stale.is_empty(),
        "{kind}: {stale:?} are not those of this build; run `{REFRESH}=1 cargo test --all-features --test it generated`"
    );
}

#[test]
fn man_pages_are_those_of_this_build() {
    let home = tempfile::tempdir().unwrap();
    let made = home.path().join("man");
    succeed(program("tokenctl", home.path()).arg("man").arg(&made));
    assert_fresh("man", &files(&made));
    let printed = succeed(program("tokenctl", home.path()).arg("man"));
    assert_eq!(printed.stdout, fs::read(made.join("tokenctl.1")).unwrap());
}

#[test]
fn completions_are_those_of_this_build() {
    let home = tempfile::tempdir().unwrap();
    let made = COMPLETIONS.map(|(shell, name)| {
        let printed = succeed(program("tokenctl", home.path()).args(["completions", shell]));
        (name.to_owned(), printed.stdout)
    });
    assert_fresh("completions", &BTreeMap::from(made));
}

#[test]
fn man_pages_pass_the_lint() {
    if !is_installed("mandoc") {
        return;
    }
    let pages: Vec<PathBuf> = files(&root().join("man"))
        .into_keys()
        .map(|name| root().join("man").join(name))
        .collect();
    let home = tempfile::tempdir().unwrap();
    let lint = program("mandoc", home.path())
        .args(["-T", "lint", "-W", "warning"])
        .args(&pages)
        .output()
        .unwrap();
    let text =
        String::from_utf8_lossy(&lint.stdout).into_owned() + &String::from_utf8_lossy(&lint.stderr);
    // A page has no date, so that the same build writes the same page on every day.
    let faults: Vec<&str> = text
        .lines()
        .filter(|line| !line.contains("missing date"))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn man_pages_keep_examples_and_names() {
    if !is_installed("mandoc") {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let page = |name: &str| {
        let path = root().join("man").join(name);
        let shown = succeed(
            program("mandoc", home.path())
                .args(["-T", "utf8"])
                .arg(path),
        );
        let text = String::from_utf8(shown.stdout).unwrap();
        // Bold is a letter, a backspace and the letter again.
        let mut plain = String::new();
        for character in text.chars() {
            match character {
                '\u{8}' => drop(plain.pop()),
                other => plain.push(other),
            }
        }
        plain
    };
    let issue = page("tokenctl-issue.1");
    for line in [
        "TOKENCTL-ISSUE(1)",
        "tokenctl-issue - Issue a token and print its secret, once",
        "\n     tokenctl issue svc --full-access --expires never --out svc.token\n",
        "\nSEE ALSO\n     tokenctl(1)\n",
    ] {
        assert!(
            issue.contains(line) || issue.contains(&line.replace("\n     ", "\n       ")),
            "{line}: {issue}"
        );
    }
    let program = page("tokenctl.1");
    for heading in [
        "COMMANDS",
        "ENVIRONMENT",
        "FILES",
        "EXAMPLES",
        "EXIT STATUS",
    ] {
        assert!(program.contains(&format!("\n{heading}\n")), "{heading}");
    }
    assert!(!program.contains("tokenctl-help"), "{program}");
}

/// What is completed: the words so far, and one of the words that must be offered.
const OFFERED: [(&[&str], &str); 5] = [
    (&["is"], "issue"),
    (&["issue", "--re"], "--read-only"),
    (&["user", "dis"], "disable"),
    (&["list", "--state", "rev"], "revoked"),
    (&["verify", "--header-from", "be"], "bearer"),
];

#[test]
fn bash_completes() {
    if !is_installed("bash") {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    for (words, offer) in OFFERED {
        let script = r#"
            set -u
            source "$1"; shift
            COMP_WORDS=(tokenctl "$@")
            COMP_CWORD=$#
            COMP_LINE="${COMP_WORDS[*]}"
            COMP_POINT=${#COMP_LINE}
            complete -p tokenctl > /dev/null
            _tokenctl tokenctl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\n' "${COMPREPLY[@]}"
        "#;
        let offered = succeed(
            program("bash", home.path())
                .args(["--noprofile", "--norc", "-e", "-c", script, "bash"])
                .arg(root().join("completions/tokenctl.bash"))
                .args(words),
        );
        assert_offers("bash", words, &offered, offer);
    }
}

#[test]
fn fish_completes() {
    if !is_installed("fish") {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    for (words, offer) in OFFERED {
        let offered = succeed(
            program("fish", home.path())
                .args([
                    "--no-config",
                    "-c",
                    "source $argv[1]; complete -C \"tokenctl $argv[2]\"",
                ])
                .arg(root().join("completions/tokenctl.fish"))
                .arg(words.join(" ")),
        );
        assert_offers("fish", words, &offered, offer);
    }
}

/// Types at a shell on a terminal of its own, as zsh completes only in its line editor, and prints what was offered.
const ZSH: &str = r#"
zmodload zsh/zpty zsh/zselect
cat > setup <<'S'
PROMPT=
fpath=($completions $fpath)
autoload -Uz compinit
compinit -D -u
compadd() {
  local option
  for option in "${(@)argv[1,(i)(-|--)]}"; do
    case $option in -*[OAD]) builtin compadd "$@"; return ;; esac
  done
  local -a hits
  builtin compadd -A hits "$@"
  print -rl -- $hits >> offered
  builtin compadd "$@"
}
zle-line-init() { : > ready }
zle -N zle-line-init
report() { zle complete-word; : > done }
zle -N report
bindkey '^I' report
S
wait_for() {
  repeat 1500; do [[ -e $1 ]] && return; zselect -t 1; done
  print -r -- "no $1 within 15 seconds"; exit 1
}
zpty inner zsh -f -i
zpty -w inner "completions=${(q)1}; source ./setup"
wait_for ready
zpty -w -n inner "tokenctl $2"$'\t'
wait_for done
zpty -d inner
cat offered
"#;

#[test]
fn zsh_completes() {
    if !is_installed("zsh") {
        return;
    }
    for (words, offer) in OFFERED {
        let home = tempfile::tempdir().unwrap();
        let offered = succeed(
            program("zsh", home.path())
                .args(["-f", "-c", ZSH, "zsh"])
                .arg(root().join("completions"))
                .arg(words.join(" ")),
        );
        assert_offers("zsh", words, &offered, offer);
    }
}

fn assert_offers(shell: &str, words: &[&str], output: &Output, offer: &str) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.split_whitespace().any(|word| word == offer),
        "{shell}: `tokenctl {}` does not offer `{offer}`: {text}",
        words.join(" ")
    );
}

#[test]
fn name_of_a_command_is_no_directory_for_pages() {
    let env = TestEnv::without_store();
    insta::assert_snapshot!(env.run("man verify"), @"
    ------- stderr -------
    error: a directory is expected, and this is the name of a command
    hint: try `tokenctl verify --help`, or `man tokenctl-verify` where the pages are installed
    [exit status: 2]
    ");
    env.run("man ./verify").succeeds();
}
