//! The README does what it says.
//!
//! Its `sh` blocks are run in order by one `sh -eu`, in a fresh home, with the built `tokenctl` in the PATH; each has
//! to end with 0. A `text` block right behind one is what it prints on stdout and stderr, `[..]` standing for anything
//! within a line. Blocks of other kinds are not run here; those in Rust are doctests of the library (`src/lib.rs`).
//!
//! The block behind [`BUILT`] is run with a `cargo` that does nothing: the binary is built and the tests are running
//! already. What stands behind `cargo install ... &&` is run as it stands.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

/// Marks the block that builds, installs and tests.
const BUILT: &str = "<!-- readme-test: built -->";

/// One `sh` block.
#[derive(Debug, Default)]
struct Block {
    /// Where it begins in the README, from 1.
    line: usize,
    script: String,
    is_built: bool,
    /// What it prints, where the README says so.
    shown: Option<String>,
}

/// Returns the `sh` blocks of `text`, each with the `text` block that follows it at once.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = (1..).zip(text.lines());
    let (mut is_built, mut follows) = (false, false);
    while let Some((line, content)) = lines.next() {
        let Some(kind) = content.strip_prefix("```") else {
            if !content.is_empty() {
                is_built = content == BUILT;
                follows = false;
            }
            continue;
        };
        let body: Vec<&str> = lines
            .by_ref()
            .map(|(_, content)| content)
            .take_while(|content| *content != "```")
            .collect();
        let body = body.join("\n") + "\n";
        match kind {
            "sh" => blocks.push(Block {
                line,
                script: body,
                is_built,
                shown: None,
            }),
            "text" if follows => blocks.last_mut().unwrap().shown = Some(body),
            _ => {}
        }
        follows = kind == "sh";
        is_built = false;
    }
    blocks
}

/// Returns the line that the script prints when it has come through the block that begins at `line`.
fn mark(line: usize) -> String {
    format!("--- through the block of line {line} ---")
}

fn script(blocks: &[Block]) -> String {
    let run = |block: &Block| {
        let end = format!("printf '%s\\n' '{}'\n", mark(block.line));
        match block.is_built {
            true => format!("cargo() {{ :; }}\n{}unset -f cargo\n{end}", block.script),
            false => format!("{}{end}", block.script),
        }
    };
    blocks.iter().map(run).collect()
}

/// Returns whether `line` is `pattern`, in which `[..]` stands for anything.
fn matches(line: &str, pattern: &str) -> bool {
    let Some((head, rest)) = pattern.split_once("[..]") else {
        return line == pattern;
    };
    let Some(line) = line.strip_prefix(head) else {
        return false;
    };
    line.char_indices()
        .map(|(at, _)| at)
        .chain([line.len()])
        .any(|at| matches(&line[at..], rest))
}

fn shows(printed: &str, shown: &str) -> bool {
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().map(|line| line.trim_end().to_owned());
        lines.collect()
    };
    let (printed, shown) = (lines(printed), lines(shown));
    printed.len() == shown.len()
        && printed
            .iter()
            .zip(&shown)
            .all(|(line, pattern)| matches(line, pattern))
}

#[test]
fn commands_of_the_readme_work_as_they_are_written() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"));
    let blocks = blocks(&readme.unwrap());
    assert!(blocks.len() > 15, "found {} blocks", blocks.len());
    assert_eq!(blocks.iter().filter(|block| block.is_built).count(), 1);

    let home = tempfile::tempdir().unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let printed = temporary.path().join("printed");
    let sink = File::create(&printed).unwrap();
    let binaries = Path::new(env!("CARGO_BIN_EXE_tokenctl")).parent().unwrap();
    let status = Command::new("sh")
        .args(["-eu", "-c"])
        .arg(format!("umask 022\n{}", script(&blocks)))
        .env_clear()
        .env("HOME", home.path())
        .env("TMPDIR", temporary.path())
        .env("PATH", format!("{}:/usr/bin:/bin", binaries.display()))
        .current_dir(home.path())
        .stdin(Stdio::null())
        .stderr(sink.try_clone().unwrap())
        .stdout(sink)
        .status()
        .unwrap();
    let printed = fs::read_to_string(printed).unwrap();

    let mut rest = printed.as_str();
    for block in &blocks {
        let end = mark(block.line) + "\n";
        let Some((own, others)) = rest.split_once(&end) else {
            panic!(
                "README.md:{}: this block ended with {status}:\n{}\nand had printed:\n{rest}",
                block.line, block.script
            );
        };
        rest = others;
        if let Some(shown) = &block.shown {
            assert!(
                shows(own, shown),
                "README.md:{}: what is shown below this block is not what it prints:\n{own}",
                block.line
            );
        }
    }
    assert!(status.success(), "{status}: {rest}");
    lint_is_silent_on_policies_in(&home.path().join("demo"));
}

/// What the README shows as a policy that is good is one.
fn lint_is_silent_on_policies_in(directory: &Path) {
    let mut linted = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let output = Command::new(env!("CARGO_BIN_EXE_tokenctl"))
            .args(["policy", "lint", "--exit-code", "-q"])
            .arg(&path)
            .env_clear()
            .env("HOME", directory)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}: {output:?}", path.display());
        assert!(output.stdout.is_empty() && output.stderr.is_empty());
        linted.push(path.file_name().unwrap().to_owned());
    }
    linted.sort();
    assert_eq!(linted, ["ci.json", "cleanup.json"]);
}

#[test]
fn first_minute_is_two_commands() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"));
    let blocks = blocks(&readme.unwrap());
    let built = blocks.iter().find(|block| block.is_built).unwrap();
    let commands: Vec<&str> = built.script.lines().collect();
    assert_eq!(
        commands,
        [
            "cargo install --locked --path . && tokenctl issue alice --create-user --read-only --header | tokenctl verify",
            "cargo test --locked"
        ]
    );
}

/// A link to a file of the repository must lead somewhere, also in a package.
#[test]
fn links_of_the_readme_lead_to_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let mut links = 0;
    for (_, after) in readme
        .match_indices("](")
        .map(|(at, open)| readme.split_at(at + open.len()))
    {
        let (link, _) = after.split_once(')').unwrap();
        if link.starts_with('#') || link.contains("://") {
            continue;
        }
        assert!(root.join(link).exists(), "{link}");
        links += 1;
    }
    assert!(links > 5, "found {links} links");
}

#[test]
fn shown_lines_match_with_wildcards() {
    for (line, pattern, is_match) in [
        ("accepted alice abc", "accepted alice [..]", true),
        ("accepted alice abc", "accepted [..] abc", true),
        ("accepted alice abc", "[..]alice[..]", true),
        ("accepted alice abc", "accepted alice", false),
        ("accepted alice abc", "accepted bob [..]", false),
        ("é é", "[..] é", true),
        ("", "[..]", true),
    ] {
        assert_eq!(matches(line, pattern), is_match, "{line} {pattern}");
    }
    assert!(!shows("a\nb\n", "a\n"));
    assert!(shows("a  \n", "a\n"));
}
