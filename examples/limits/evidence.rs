//! Results as files: one for each claim, and a table of all of them.

use std::fmt::{self, Write as _};
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tokenctl::clock::{Clock as _, SystemClock};

use crate::claim::{Claim, Figure, Verdict};
use crate::machine::{self, Machine};
use crate::setting::{Scale, Setting};

/// How many faults stand in a line of the table; the file has all.
const MOST_FAULTS: usize = 3;

/// What one run of a harness leaves, so that another can be compared with it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Evidence {
    claim: String,
    says: String,
    pub(crate) verdict: Verdict,
    pub(crate) command: String,
    pub(crate) commit: String,
    pub(crate) date: String,
    pub(crate) machine: Machine,
    scale: Scale,
    seed: u64,
    seconds: f64,
    pub(crate) figures: Vec<Figure>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) skipped: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
}

impl Evidence {
    /// Runs the harness of `claim`.
    pub(crate) fn gather(claim: &Claim, setting: &Setting) -> anyhow::Result<Self> {
        // Of the code as it was when the run began.
        let commit = machine::commit()?;
        let date = SystemClock.now().strftime("%Y-%m-%d").to_string();
        let started = Instant::now();
        let findings =
            (claim.run)(setting).with_context(|| format!("try the claim `{}`", claim.name))?;
        let scale = match setting.scale {
            Scale::Quick => " --scale quick",
            Scale::Full => "",
            Scale::Soak => " --scale soak",
        };
        Ok(Self {
            claim: claim.name.to_owned(),
            says: claim.says.to_owned(),
            verdict: findings.verdict(),
            command: format!(
                "cargo run --release --example limits -- {}{scale} --seed {}",
                claim.name, setting.seed
            ),
            commit,
            date,
            machine: Machine::this()?,
            scale: setting.scale,
            seed: setting.seed,
            seconds: (started.elapsed().as_secs_f64() * 10.0).round() / 10.0,
            figures: findings.figures,
            skipped: findings.skipped,
            notes: findings.notes,
        })
    }

    /// Reads what the last run in `directory` left of a claim, if there was one.
    pub(crate) fn find(directory: &Path, claim: &str) -> anyhow::Result<Option<Self>> {
        let path = directory.join(format!("{claim}.json"));
        if !path.exists() {
            return Ok(None);
        }
        Self::read(&path).map(Some)
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path)?;
        serde_json::from_str(&text).with_context(|| format!("read {}", path.display()))
    }

    /// Returns the name of its file, without the end: that of a soak stays beside those of shorter runs.
    fn name(&self) -> String {
        match self.scale {
            Scale::Quick | Scale::Full => self.claim.clone(),
            Scale::Soak => format!("{}-soak", self.claim),
        }
    }

    /// Writes a line of the table of all evidence.
    fn write_line(&self, page: &mut String) -> fmt::Result {
        let (aims, counts): (Vec<_>, Vec<_>) = self
            .figures
            .iter()
            .partition(|figure| figure.goal.is_some());
        let (met, missed): (Vec<_>, Vec<_>) = aims.into_iter().partition(|figure| figure.holds());
        // A figure of two sides is a measure, and says nothing of how much was tried.
        let tried = counts.first().filter(|figure| figure.sides.is_empty());
        let mut faults: Vec<_> = missed
            .iter()
            .map(ToString::to_string)
            .chain(self.skipped.iter().cloned())
            .collect();
        let more = faults.len().saturating_sub(MOST_FAULTS);
        if more > 0 {
            faults.truncate(MOST_FAULTS);
            faults.push(format!("and {more} more"));
        }
        let conceded = self.figures.iter().filter(|figure| figure.is_conceded());
        faults.extend(conceded.map(ToString::to_string));
        writeln!(
            page,
            "| [{0}]({0}.json) | {1} | {2} | {3} of {4} | {5} | {6} | `{7}` |",
            self.name(),
            self.says,
            tried.map(ToString::to_string).unwrap_or_default(),
            met.len(),
            met.len() + missed.len(),
            faults.join("; "),
            self.verdict,
            self.commit,
        )
    }

    pub(crate) fn write(&self, directory: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(directory)?;
        let path = directory.join(format!("{}.json", self.name()));
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for figure in &self.figures {
            writeln!(f, "  {figure}")?;
        }
        for skipped in &self.skipped {
            writeln!(f, "  SKIPPED {skipped}")?;
        }
        for note in &self.notes {
            writeln!(f, "  note: {note}")?;
        }
        write!(f, "  {} ({} s)", self.verdict, self.seconds)
    }
}

/// Writes a page with a line for each file of evidence in `directory`, by its name.
pub(crate) fn write_table(directory: &Path) -> anyhow::Result<()> {
    let mut all = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            all.push(Evidence::read(&path)?);
        }
    }
    all.sort_by_key(Evidence::name);
    let mut page = String::from(
        "# Evidence\n\n\
         What was tried, by which code, and what came out. Written by `cargo run --release --example limits`;\n\
         `-- --list` names the claims, and each file here has the command, the machine, the seed and all figures. A `+`\n\
         behind a commit says that files differed from it. A claim of which a part could not be tried does not hold; one\n\
         that holds may still have figures that are known and accepted, for the reason that stands behind them.\n\n\
         [Fuzzing](fuzz.md), which falls short of its hours, [mutations](mutants.md) and [coverage](coverage.md) have\n\
         pages of their own; [speed](../performance.md) has one for readers besides its file.\n\n\
         | claim | what it says | how much was tried | goals met | falls short, or was not tried | verdict | commit |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for evidence in &all {
        evidence.write_line(&mut page)?;
    }
    fs::write(directory.join("README.md"), page)?;
    Ok(())
}
