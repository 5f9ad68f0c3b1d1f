//! Where a result was obtained.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

/// What a figure depends on, and no name of a host.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory_gib: u64,
    pub(crate) kernel: String,
    /// That of the directory of temporary files, where the stores were.
    pub(crate) file_system: String,
    pub(crate) rustc: String,
}

impl Machine {
    pub(crate) fn this() -> anyhow::Result<Self> {
        let processors = fs::read_to_string("/proc/cpuinfo")?;
        let memory = fs::read_to_string("/proc/meminfo")?;
        let kibibytes: u64 = field(&memory, "MemTotal")
            .and_then(|value| value.split(' ').next()?.parse().ok())
            .context("/proc/meminfo tells no total")?;
        let temporary = std::env::temp_dir();
        Ok(Self {
            processor: field(&processors, "model name")
                .unwrap_or("unknown")
                .to_owned(),
            cores: std::thread::available_parallelism()?.get(),
            memory_gib: kibibytes.div_ceil(1 << 20),
            kernel: output(Command::new("uname").arg("-sr"))?,
            file_system: output(
                Command::new("stat")
                    .args(["-f", "-c", "%T"])
                    .arg(&temporary),
            )?,
            rustc: output(Command::new("rustc").arg("--version"))?,
        })
    }
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim())
}

/// The commit that is checked out, with `+` behind it where files differ from it.
pub(crate) fn commit() -> anyhow::Result<String> {
    let mut commit = output(Command::new("git").args(["rev-parse", "--short=12", "HEAD"]))?;
    // Results of the runs before this one are no change of what is measured.
    let changed = output(Command::new("git").args([
        "status",
        "--porcelain",
        "--",
        ".",
        ":!docs/evidence",
        ":!docs/performance.md",
        ":!docs/performance",
    ]))?;
    if !changed.is_empty() {
        commit.push('+');
    }
    Ok(commit)
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .output()
        .with_context(|| format!("start {:?}", command.get_program()))?;
    ensure!(
        output.status.success(),
        "{:?} failed",
        command.get_program()
    );
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
