//! What benchmarks print, and the goal of each.

use super::Plan;
use super::benches::{Kind, Printed};
use crate::claim::{Findings, Goal};

/// A ratio that a benchmark prints, in words, and what it has to reach.
struct Aim {
    printed: &'static str,
    says: &'static str,
    goal: Option<Goal>,
}

impl Aim {
    const fn at_most(printed: &'static str, says: &'static str, most: f64) -> Self {
        let goal = Some(Goal::AtMost(most));
        Self {
            printed,
            says,
            goal,
        }
    }

    const fn at_least(printed: &'static str, says: &'static str, least: f64) -> Self {
        let goal = Some(Goal::AtLeast(least));
        Self {
            printed,
            says,
            goal,
        }
    }

    /// Returns one that is told without a goal.
    const fn told(printed: &'static str, says: &'static str) -> Self {
        Self {
            printed,
            says,
            goal: None,
        }
    }
}

/// What a process that handles many tokens may take more than one that handles a tenth of them.
const FLAT: f64 = 1.25;

/// In the order of the goals; the numbers are those of `docs/performance.md`.
const AIMS: &[Aim] = &[
    Aim::at_most("verify/row", "P2 verify / raw lookup of its row", 1.25),
    Aim::told(
        "verify/record",
        "verify / raw lookup with owner and last use",
    ),
    Aim::told(
        "unknown/row",
        "unknown token / raw lookup that finds nothing",
    ),
    Aim::told("revoked/row", "revoked token / raw lookup of its row"),
    Aim::told(
        "part-record/verify",
        "of a verify: raw lookup with owner and last use",
    ),
    Aim::told("part-lstat/verify", "of a verify: `lstat` of the store"),
    Aim::told("part-format/verify", "of a verify: the token's own checks"),
    Aim::told("part-digest/verify", "of a verify: SHA-256"),
    Aim::at_least("threads/thread", "P3 verify on 2 threads / on 1", 1.3),
    Aim::told(
        "raw-threads/thread",
        "raw lookup on 2 threads / on 1, each with a connection",
    ),
    Aim::at_most(
        "judge-bad-checksum/sha256",
        "P4 format refuses a bad checksum / SHA-256 of the token",
        1.0,
    ),
    Aim::at_most(
        "judge-wrong-prefix/sha256",
        "P4 format refuses a wrong prefix / SHA-256 of the token",
        1.0,
    ),
    Aim::told(
        "login-bad-checksum/sha256",
        "whole login by a token with a bad checksum / SHA-256 of it",
    ),
    Aim::told(
        "login-wrong-prefix/sha256",
        "whole login by a token of no format of ours, which is looked up / SHA-256 of it",
    ),
    Aim::at_most(
        "issue/overwrite",
        "P5 durable issue / 16 KiB overwritten and synced",
        1.6,
    ),
    Aim::at_most("import/insert", "P6 import / INSERT of the same rows", 2.0),
    Aim::at_most(
        "import-memory/tenth",
        "P6 memory of an import / of a tenth of it",
        FLAT,
    ),
    Aim::at_most("export/step", "P8 export / stepping the rows", 2.0),
    Aim::at_most(
        "export-memory/tenth",
        "P8 memory of an export / of a tenth of it",
        FLAT,
    ),
    Aim::told("layer/check_login", "layer of tower / bare `check_login`"),
    Aim::at_most("scan/grep", "P11 scan on one thread / `grep -c`", 1.5),
    Aim::at_most(
        "last-use/verify",
        "P12 verify with last use recorded / without",
        1.15,
    ),
];

/// Figures that are told as they are, and drawn.
const TOLD: &[(&str, &str)] = &[
    ("verify", "verify"),
    ("verify-raw-row", "raw lookup"),
    ("unknown", "unknown token"),
];

/// The largest part of a millisecond that a first page may take, and how much more than in a smaller store.
const SLOWEST_PAGE: f64 = 1_000.0;
const MOST_GROWTH: f64 = 1.7;

/// Adds what there is a goal for, and what is drawn, of what benchmarks `printed`.
pub(super) fn judge(plan: &Plan, printed: &[Printed], findings: &mut Findings) {
    for aim in AIMS {
        for line in ratios(printed).filter(|line| line.name == aim.printed) {
            let name = format!("{}, {}", aim.says, size(line));
            findings.compare(name, line.value, aim.goal, &line.about);
        }
    }
    for (name, says) in TOLD {
        for line in figures(printed).filter(|line| line.name == *name) {
            findings.count(drawn(says, &line.size), line.value);
        }
    }
    judge_pages(plan, printed, findings);
}

/// Returns the name of a figure that is drawn.
pub(super) fn drawn(series: &str, size: &str) -> String {
    format!("{series}, {size} tokens (us)")
}

/// The name of a first page among what is drawn.
pub(super) const PAGE: &str = "first page of a user";

/// Adds the worst of the first pages, and each of them.
fn judge_pages(plan: &Plan, printed: &[Printed], findings: &mut Findings) {
    let Some(largest) = plan.sizes.last() else {
        return;
    };
    let of_page = |line: &&Printed| line.name.starts_with("page-of-") && line.size == *largest;
    let grown: Vec<&Printed> = ratios(printed).filter(of_page).collect();
    let slow: Vec<&Printed> = figures(printed).filter(of_page).collect();
    let worst = |lines: &[&Printed]| {
        let worst = lines.iter().max_by(|a, b| a.value.total_cmp(&b.value))?;
        Some((worst.value, words(worst)))
    };
    if let (Some((growth, grown_most)), Some((slowest, slowest_of))) = (worst(&grown), worst(&slow))
    {
        let count = grown.len();
        let goal = |most| Some(Goal::AtMost(most));
        findings.compare(
            format!("P7 first page of the listing that grows most, {largest}"),
            growth,
            goal(MOST_GROWTH),
            format!("of {count} listings: {grown_most}"),
        );
        findings.compare(
            format!("P7 slowest first page, {largest} (us)"),
            slowest,
            goal(SLOWEST_PAGE),
            format!("of {count} listings: {slowest_of}"),
        );
    }
    for line in &grown {
        let name = format!("first page of {}, {largest}", words(line));
        findings.compare(name, line.value, None, &line.about);
    }
    let mut seen = Vec::new();
    for line in figures(printed).filter(|line| line.name == "page-of-user") {
        if !seen.contains(&&line.size) {
            findings.count(drawn(PAGE, &line.size), line.value);
            seen.push(&line.size);
        }
    }
}

fn words(line: &Printed) -> String {
    line.name
        .trim_start_matches("page-of-")
        .trim_end_matches("/smaller")
        .replace('-', " ")
}

/// Returns a size as the goals have it.
fn size(line: &Printed) -> String {
    match line.size.strip_suffix("000000") {
        Some(millions) if !millions.is_empty() => format!("{millions}M"),
        _ => line.size.clone(),
    }
}

fn ratios(printed: &[Printed]) -> impl Iterator<Item = &Printed> {
    printed.iter().filter(|line| line.kind == Kind::Ratio)
}

fn figures(printed: &[Printed]) -> impl Iterator<Item = &Printed> {
    printed.iter().filter(|line| line.kind == Kind::Figure)
}
