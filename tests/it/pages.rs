//! Pages of documentation do what they say.
//!
//! Their `sh` blocks are run in order by one `sh -eu`, in a fresh home, with the built `tokenctl` in the PATH; each has
//! to end with 0. A `text` block right behind one is what it prints on stdout and stderr, `[..]` standing for anything
//! within a line. Blocks of other kinds are not run here; those in Rust are doctests of the library (`src/lib.rs`).
//!
//! The block behind [`BUILT`] is run with a `cargo` that does nothing: the binary is built and the tests are running
//! already. What stands behind `cargo install ... &&` is run as it stands.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Marks the block that builds, installs and tests.
const BUILT: &str = "<!-- readme-test: built -->";

/// One `sh` block.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// Where it begins in the README, from 1.
    line: usize,
    pub(crate) script: String,
    pub(crate) is_built: bool,
    /// What it prints, where the README says so.
    shown: Option<String>,
}

/// Returns the `sh` blocks of `text`, each with the `text` block that follows it at once.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = (1..).zip(text.lines());
    let (mut is_built, mut follows) = (false, false);
    while let Some((line, content)) = lines.next() {
        // In an item of a list a block is indented as the item is.
        let unindented = content.trim_start_matches(' ');
        let indent = content.len() - unindented.len();
        let Some(kind) = unindented.strip_prefix("```") else {
            if !content.is_empty() {
                is_built = content == BUILT;
                follows = false;
            }
            continue;
        };
        let body: Vec<&str> = lines
            .by_ref()
            .map(|(_, content)| content.get(indent..).unwrap_or_default())
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

/// Returns the text of the page `name` of this repository.
pub(crate) fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// Runs the blocks of the page `name`, and returns the home in which they did what they do.
pub(crate) fn run(name: &str) -> TempDir {
    let blocks = blocks(&read(name));
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
                "{name}:{}: this block ended with {status}:\n{}\nand had printed:\n{rest}",
                block.line, block.script
            );
        };
        rest = others;
        if let Some(shown) = &block.shown {
            assert!(
                shows(own, shown),
                "{name}:{}: what is shown below this block is not what it prints:\n{own}",
                block.line
            );
        }
    }
    assert!(status.success(), "{name}: {status}: {rest}");
    home
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
