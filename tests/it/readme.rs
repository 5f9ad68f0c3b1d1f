//! The README and the runbooks: their blocks, their policies, their links.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::pages::{self, blocks};

#[test]
fn commands_of_the_readme_work_as_they_are_written() {
    let blocks = blocks(&pages::read("README.md"));
    assert!(blocks.len() > 15, "found {} blocks", blocks.len());
    assert_eq!(blocks.iter().filter(|block| block.is_built).count(), 1);

    let home = pages::run("README.md");
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
    let blocks = blocks(&pages::read("README.md"));
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
    let readme = pages::read("README.md");
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

/// Each stands alone, in a home of its own.
#[test]
fn runbooks_work_as_they_are_written() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/runbooks");
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for name in names {
        let page = format!("docs/runbooks/{name}");
        let text = pages::read(&page);
        let fences = text.lines().filter(|line| line.trim() == "```sh").count();
        let found = blocks(&text).len();
        assert!(found > 0 && found == fences, "{page}: {found} of {fences}");
        drop(pages::run(&page));
    }
}
