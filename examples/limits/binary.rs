//! The program as it is released: what its linker has hardened, of how many crates it is, and whether it can be built
//! again.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::claim::{Claim, Findings, Goal, Needs};
use crate::performance::tools::{find, output};
use crate::setting::{Scale, Setting};

pub(crate) const CLAIM: Claim = Claim {
    name: "binary",
    says: "the program is hardened by its linker, is made of few crates and lists them, and whoever builds it again gets the same bytes",
    needs: Needs::Nothing,
    run,
};

/// The most crates that the command is made of, the server left out.
const MOST_CRATES: Goal = Goal::AtMost(120.0);

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let crates = crates(
        Path::new("."),
        &["--no-default-features", "--features", "cli"],
    )?;
    findings.measure(
        "crates that the command is made of",
        crates.len(),
        MOST_CRATES,
    );
    if setting.scale == Scale::Quick {
        findings.notes.push(
            "looked at as it is built here; at the full scale, as it is released, and twice"
                .to_owned(),
        );
        look_at(&setting.program, &mut findings)?;
        return Ok(findings);
    }
    let directory = tempfile::tempdir()?;
    let source = directory.path().join("source");
    output(
        Command::new("git")
            .args(["clone", "--quiet", "."])
            .arg(&source),
    )?;
    let [one, two] = ["one", "two"].map(|target| directory.path().join(target));
    let (one, two) = (build(&source, &one)?, build(&source, &two)?);
    look_at(&one, &mut findings)?;
    compare(&one, &two, &mut findings)?;
    look_for_list(&source, &one, &mut findings)?;
    Ok(findings)
}

/// Returns the names and versions of the crates that become part of what is built of `source`.
fn crates(source: &Path, features: &[&str]) -> anyhow::Result<BTreeSet<String>> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--locked", "-e", "normal", "--prefix", "none"])
        .args(features)
        .current_dir(source);
    let listed = output(&mut tree)?;
    let name = |line: &str| {
        let (name, rest) = line.split_once(" v")?;
        let version = rest.split(' ').next()?;
        Some(format!("{name} {version}"))
    };
    Ok(listed.lines().filter_map(name).collect())
}

/// Builds what is released, as docs/security.md says, and returns the path of the program.
fn build(source: &Path, target: &Path) -> anyhow::Result<PathBuf> {
    let mut cargo = Command::new(env!("CARGO"));
    if find("cargo-auditable").is_some() {
        cargo.arg("auditable");
    }
    cargo
        .args([
            "build",
            "--release",
            "--locked",
            "--quiet",
            "--bin",
            "tokenctl",
        ])
        .current_dir(source)
        .env("CARGO_TARGET_DIR", target);
    output(&mut cargo)?;
    Ok(target.join("release/tokenctl"))
}

/// Looks for what a linker can do against those who make a program jump or write where they want.
fn look_at(program: &Path, findings: &mut Findings) -> anyhow::Result<()> {
    if find("readelf").is_none() {
        findings
            .skipped
            .push("the headers of the program: readelf is not installed".to_owned());
        return Ok(());
    }
    let mut readelf = Command::new("readelf");
    readelf
        .env("LC_ALL", "C")
        .args(["--wide", "--program-headers", "--dynamic"])
        .arg(program);
    let headers = output(&mut readelf)?;
    let segments: Vec<(&str, String)> = headers.lines().filter_map(segment).collect();
    let may = |name: &str, what: char| {
        let mut segments = segments.iter().filter(|(it, _)| *it == name);
        segments.any(|(_, may)| may.contains(what))
    };
    let has = |name: &str| segments.iter().any(|(it, _)| *it == name);
    let is_flag = |tag: &str, flag: &str| {
        let mut lines = headers.lines().filter(|line| line.contains(tag));
        lines.any(|line| line.split_whitespace().any(|word| word == flag))
    };
    let is_both =
        |(name, may): &(&str, String)| *name == "LOAD" && may.contains('W') && may.contains('E');
    let mode = fs::metadata(program)?.mode();
    let protections = [
        ("position independence (PIE)", is_flag("(FLAGS_1)", "PIE")),
        ("read-only relocations (RELRO)", has("GNU_RELRO")),
        (
            "all symbols bound at the start (BIND_NOW)",
            is_flag("(FLAGS_1)", "NOW"),
        ),
        (
            "a stack that is not executed",
            has("GNU_STACK") && !may("GNU_STACK", 'E'),
        ),
        (
            "no memory both written and executed",
            has("LOAD") && !segments.iter().any(is_both),
        ),
        ("no relocations in code", !headers.contains("(TEXTREL)")),
        (
            "no place of its own to look for libraries",
            !headers.contains("PATH)"),
        ),
        ("the rights of its caller, no others", mode & 0o6000 == 0),
    ];
    let missing: Vec<&str> = protections
        .iter()
        .filter(|(_, is)| !is)
        .map(|(name, _)| *name)
        .collect();
    findings.measure(
        "protections of the program that are missing",
        missing.len(),
        Goal::NONE,
    );
    let names = protections.map(|(name, _)| name).join(", ");
    findings
        .notes
        .push(format!("protections looked for: {names}"));
    if !missing.is_empty() {
        findings
            .notes
            .push(format!("missing: {}", missing.join(", ")));
    }
    Ok(())
}

/// Reads the name of a segment and what may be done with it, as `R`, `W` and `E`.
fn segment(line: &str) -> Option<(&str, String)> {
    let mut words = line.split_whitespace();
    let name = words.next()?;
    // Its offset, two addresses and two sizes.
    for _ in 0..5 {
        words.next()?.strip_prefix("0x")?;
    }
    let mut rest: Vec<&str> = words.collect();
    // Its alignment.
    rest.pop()?;
    Some((name, rest.concat()))
}

fn compare(one: &Path, two: &Path, findings: &mut Findings) -> anyhow::Result<()> {
    let (one, two) = (fs::read(one)?, fs::read(two)?);
    let differing = one.iter().zip(&two).filter(|(one, two)| one != two).count();
    let bytes = differing + one.len().abs_diff(two.len());
    findings.measure("bytes in which two builds differ", bytes, Goal::NONE);
    let digest: String = Sha256::digest(&one)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    findings.notes.push(format!(
        "built twice from a clean clone, in two directories: {} bytes, SHA-256 {digest}",
        one.len()
    ));
    Ok(())
}

/// Looks for the list of crates that `cargo auditable` leaves in the program.
fn look_for_list(source: &Path, program: &Path, findings: &mut Findings) -> anyhow::Result<()> {
    for tool in ["cargo-auditable", "rust-audit-info"] {
        if find(tool).is_none() {
            let why = format!("the list of crates in the program: {tool} is not installed");
            findings.skipped.push(why);
            return Ok(());
        }
    }
    let listed = output(Command::new("rust-audit-info").arg(program))?;
    let listed: Value = serde_json::from_str(&listed)?;
    let listed = listed
        .get("packages")
        .and_then(Value::as_array)
        .context("a list has packages")?;
    let name = |package: &Value| {
        let text = |field: &str| package.get(field)?.as_str();
        Some(format!("{} {}", text("name")?, text("version")?))
    };
    let listed: BTreeSet<String> = listed.iter().filter_map(name).collect();
    let crates = crates(source, &[])?;
    findings.count("crates that the program lists", listed.len());
    let missing: Vec<&str> = crates.difference(&listed).map(String::as_str).collect();
    findings.measure(
        "crates of the program that it does not list",
        missing.len(),
        Goal::NONE,
    );
    if let Some(first) = missing.first() {
        findings
            .notes
            .push(format!("not listed, the first: {first}"));
    }
    Ok(())
}
