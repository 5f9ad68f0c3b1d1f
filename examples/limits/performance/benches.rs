//! The benchmarks of `benches/`, and what they print.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::setting::Setting;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Ratio,
    Figure,
}

/// A line that a benchmark printed.
#[derive(Debug)]
pub(super) struct Printed {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) size: String,
    pub(super) value: f64,
    /// The unit, or what was compared.
    pub(super) about: String,
}

impl Printed {
    /// Reads a line such as `ratio verify/row 1M: 1.08 (verify 3.35 us, raw row 3.10 us, 9 rounds)`.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (what, rest) = line.split_once(": ")?;
        let mut words = what.split(' ');
        let kind = match words.next()? {
            "ratio" => Kind::Ratio,
            "figure" => Kind::Figure,
            _ => return None,
        };
        let (name, size) = (words.next()?, words.next()?);
        let (value, about) = rest.split_once(' ')?;
        let about = about.trim_start_matches('(').trim_end_matches(')');
        Some(Self {
            kind,
            name: name.to_owned(),
            size: size.to_owned(),
            value: value.parse().ok()?,
            about: about.to_owned(),
        })
    }
}

/// Returns the figure `name` at `size` among what was printed.
pub(super) fn figure(printed: &[Printed], name: &str, size: &str) -> anyhow::Result<f64> {
    let mut figures = printed.iter().filter(|line| line.kind == Kind::Figure);
    figures
        .find(|line| line.name == name && line.size == size)
        .map(|line| line.value)
        .with_context(|| format!("no benchmark printed the figure `{name}` at {size}"))
}

/// Builds and runs a benchmark, with the profile of this harness, and reads its lines.
pub(super) fn run(
    setting: &Setting,
    bench: &str,
    environment: &[(&str, &OsStr)],
) -> anyhow::Result<Vec<Printed>> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["bench", "--locked", "--quiet", "--bench", bench]);
    if !setting.is_of_release() {
        command.args(["--profile", "dev"]);
    }
    let output = command
        .args(["--", "--ratios"])
        .envs(environment.iter().copied())
        .stderr(Stdio::inherit())
        .output()
        .context("start cargo")?;
    ensure!(output.status.success(), "the benchmark `{bench}` failed");
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().filter_map(Printed::parse).collect())
}
