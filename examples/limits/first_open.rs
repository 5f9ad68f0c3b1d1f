//! Many processes that make the same store at once.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::Context as _;

use crate::claim::{Claim, Findings, Goal, Needs};
use crate::setting::Setting;

pub(crate) const CLAIM: Claim = Claim {
    name: "first-open",
    says: "of 32 processes that issue into a store that is not there yet, each gets its token, into one private store",
    needs: Needs::Nothing,
    run,
};

const PROCESSES: usize = 32;

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let rounds: u32 = setting.scale.of(5, 50, 1_000);
    let (mut refused, mut lost, mut open) = (0_usize, 0_usize, 0_usize);
    for _ in setting.watch(0..rounds) {
        let home = tempfile::tempdir()?;
        let issue = ["issue", "alice", "--create-user", "--full-access"];
        let children = (0..PROCESSES)
            .map(|_| setting.at_home(home.path(), &issue).spawn())
            .collect::<Result<Vec<_>, _>>()?;
        for child in children {
            let output = child.wait_with_output()?;
            if !output.status.success() {
                refused += 1;
                continue;
            }
            let secret = String::from_utf8(output.stdout)?;
            let id = secret.split('_').nth(1).context("no secret was printed")?;
            let shown = setting.at_home(home.path(), &["show", id]).output()?;
            lost += usize::from(!shown.status.success());
        }
        let directory = home.path().join(".local/share/tokenctl");
        for entry in fs::read_dir(&directory)? {
            let mode = entry?.metadata()?.permissions().mode();
            open += usize::from(mode & 0o077 != 0);
        }
    }
    let mut findings = Findings::default();
    findings.count("rounds of 32 processes", rounds);
    findings.measure("processes that were refused", refused, Goal::NONE);
    findings.measure(
        "tokens that were printed and are not there",
        lost,
        Goal::NONE,
    );
    findings.measure("files that others can read", open, Goal::NONE);
    Ok(findings)
}
