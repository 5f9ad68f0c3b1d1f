//! What the page about security says is there to be run, and what the process does for the secrets in it.

use std::collections::BTreeSet;
use std::fs;
#[cfg(all(feature = "cli", target_os = "linux"))]
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
#[cfg(all(feature = "cli", target_os = "linux"))]
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

/// Where tests are, and the module in which they stand in each file.
const SOURCES: [(&str, &str); 2] = [("tests/it", ""), ("src", "tests::")];

/// An account that is not root's, for tests that root runs.
#[cfg(all(feature = "cli", target_os = "linux"))]
const NOBODY: u32 = 65_534;

/// The fewest lines of the tables in the page.
const DEFENCES: usize = 30;

#[test]
fn each_defence_names_tests_that_exist() {
    let tests = tests();
    let page = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let defences: Vec<_> = page.lines().filter_map(proofs).collect();
    assert!(defences.len() >= DEFENCES, "found {}", defences.len());
    for (line, names) in defences {
        assert!(!names.is_empty(), "no test proves: {line}");
        for name in names {
            assert!(tests.contains(name), "there is no test `{name}`: {line}");
        }
    }
}

#[test]
fn links_of_the_page_lead_to_files_and_places() {
    let page = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let links: Vec<&str> = page
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .collect();
    assert!(!links.is_empty());
    for link in links {
        let (file, place) = link.split_once('#').unwrap_or((link, ""));
        let text = fs::read_to_string(root().join("docs").join(file)).unwrap();
        let headings = text.lines().filter_map(|line| line.strip_prefix("## "));
        let mut places = headings.map(|heading| heading.to_lowercase().replace(' ', "-"));
        assert!(
            place.is_empty() || places.any(|found| found == place),
            "{link}"
        );
    }
}

/// The kernel gives what it shows of a process to root when the process may not be looked into, which only tells
/// anything about a process that is not root's.
#[cfg(all(feature = "cli", target_os = "linux"))]
#[test]
fn process_leaves_no_core_and_is_closed_to_others() {
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    // A copy, as the other account may not reach the place where it was built.
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let binary = directory.path().join("tokenctl");
    fs::copy(env!("CARGO_BIN_EXE_tokenctl"), &binary).unwrap();
    let start = |command: &mut Command| -> Child {
        if rustix::process::geteuid().is_root() {
            command.uid(NOBODY);
        }
        command
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        command.spawn().unwrap()
    };
    let finish = |mut child: Child| {
        child.kill().unwrap();
        child.wait().unwrap();
    };

    // It waits for its input, as any program does.
    let other = start(&mut Command::new("cat"));
    let ours = start(Command::new(binary).arg("verify"));
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_hardened(ours.id()) {
        assert!(Instant::now() < deadline, "it is as open as any other");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(!is_hardened(other.id()));
    [ours, other].into_iter().for_each(finish);
}

#[cfg(all(feature = "cli", target_os = "linux"))]
fn is_hardened(process: u32) -> bool {
    let shown = Path::new("/proc").join(process.to_string());
    let limits = fs::read_to_string(shown.join("limits")).unwrap();
    let core = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max core file size"));
    let words: Vec<&str> = core.unwrap().split_whitespace().collect();
    let status = fs::read_to_string(shown.join("status")).unwrap();
    words[..2] == ["0", "0"]
        && status.contains("\nUmask:\t0077\n")
        && fs::metadata(shown.join("environ")).unwrap().uid() == 0
}

/// Returns a line of a table of defences and the tests that it names, `None` for other lines.
fn proofs(line: &str) -> Option<(&str, Vec<&str>)> {
    let cells: Vec<&str> = line
        .strip_prefix("| ")?
        .strip_suffix(" |")?
        .split(" | ")
        .collect();
    let [what, _, _, proofs] = cells[..] else {
        panic!("not four cells: {line}");
    };
    let is_heading = what == "what";
    (!is_heading).then(|| (line, proofs.split('`').skip(1).step_by(2).collect()))
}

/// Returns the paths of all tests of this repository, as `cargo test` lists them.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (directory, module) in SOURCES {
        let directory = root().join(directory);
        for file in files(&directory) {
            let path = file.strip_prefix(&directory).unwrap().with_extension("");
            let parts: Vec<_> = path.iter().map(|part| part.to_str().unwrap()).collect();
            let text = fs::read_to_string(&file).unwrap();
            let names = functions(&text);
            found.extend(names.map(|name| format!("{}::{module}{name}", parts.join("::"))));
        }
    }
    found
}

/// Returns the functions in `text` that are marked as tests.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.split("#[test]\n").skip(1).filter_map(|rest| {
        let (_, named) = rest.split_once("fn ")?;
        named.split('(').next()
    })
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let within = paths.flat_map(|path| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    });
    within
        .filter(|path| path.extension().is_some_and(|kind| kind == "rs"))
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
