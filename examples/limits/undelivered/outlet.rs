//! Outputs that do not work.

use std::fs::{File, OpenOptions};
use std::io::{PipeReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// What a pipe holds.
const PIPE: usize = 65_536;

/// The length that no file may exceed, in the blocks of `ulimit`, and in bytes.
const LIMIT_BLOCKS: &str = "8192";
const LIMIT: u64 = 8_192 * 512;

/// What stdout is, or where `--out` leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outlet {
    /// A device that is always full.
    Full,
    /// A file that takes ten bytes more.
    AlmostFull,
    /// None.
    Closed,
    /// A pipe that nobody reads, with SIGPIPE ignored or not.
    ReaderGone(&'static str),
    /// A full pipe whose reader goes away.
    ReaderLeaves,
    /// A full pipe whose reader reads one byte, and goes away.
    ReaderReadsOne,
    /// A file for the secret that is a full device, and one that is made while stdout is full.
    OutFull,
    OutAndFull,
}

pub(super) const OUTLETS: [Outlet; 9] = [
    Outlet::Full,
    Outlet::AlmostFull,
    Outlet::Closed,
    Outlet::ReaderGone("--default-signal=PIPE"),
    Outlet::ReaderGone("--ignore-signal=PIPE"),
    Outlet::ReaderLeaves,
    Outlet::ReaderReadsOne,
    Outlet::OutFull,
    Outlet::OutAndFull,
];

impl Outlet {
    /// Returns how a command may end whose secret goes there.
    pub(super) fn exits(self) -> Vec<Option<i32>> {
        match self {
            // It is there already.
            Self::OutFull => vec![Some(4)],
            _ => vec![Some(28)],
        }
    }

    /// Returns whether a command waits for the reader, so that a signal can come meanwhile.
    pub(super) fn waits(self) -> bool {
        matches!(self, Self::ReaderLeaves | Self::ReaderReadsOne)
    }

    /// Runs `command`, and returns how it ended and what has arrived.
    pub(super) fn run(self, mut command: Command, place: &Path) -> anyhow::Result<Output> {
        match self {
            Self::Full => command.stdout(full()?),
            Self::AlmostFull => return almost_full(&command, place),
            Self::Closed => {
                let mut closed = around(&command, "sh", &["-c", "exec \"$0\" \"$@\" >&-"]);
                return Ok(closed.output()?);
            }
            Self::ReaderGone(signals) => {
                let (reader, writer) = std::io::pipe()?;
                drop(reader);
                let mut command = around(&command, "env", &[signals]);
                command.stdout(writer);
                return Ok(command.spawn()?.wait_with_output()?);
            }
            Self::ReaderLeaves | Self::ReaderReadsOne => {
                let (child, reader) = start_before_a_full_pipe(command)?;
                return self.end(child, reader);
            }
            Self::OutFull => command.args(["--out", "/dev/full"]),
            Self::OutAndFull => {
                // Without `--json` stdout has nothing to say, and nothing fails.
                command
                    .arg("--out")
                    .arg(place.join("new.token"))
                    .stdout(full()?);
                if !command.get_args().any(|word| word == "--json") {
                    command.arg("--json");
                }
                &mut command
            }
        };
        let output = command.spawn()?.wait_with_output()?;
        anyhow::ensure!(
            !place.join("new.token").exists(),
            "the file for the secret is still there"
        );
        Ok(output)
    }

    /// Lets the reader go, and waits for the end.
    pub(super) fn end(self, child: Child, mut reader: PipeReader) -> anyhow::Result<Output> {
        if self == Self::ReaderReadsOne {
            reader.read_exact(&mut [0])?;
        }
        drop(reader);
        Ok(child.wait_with_output()?)
    }
}

/// Starts `command`, whose stdout is a pipe that is full.
pub(super) fn start_before_a_full_pipe(
    mut command: Command,
) -> anyhow::Result<(Child, PipeReader)> {
    let (reader, mut writer) = std::io::pipe()?;
    writer.write_all(&[b'.'; PIPE])?;
    let child = command.stdout(writer).spawn()?;
    Ok((child, reader))
}

fn full() -> std::io::Result<File> {
    OpenOptions::new().write(true).open("/dev/full")
}

fn almost_full(command: &Command, place: &Path) -> anyhow::Result<Output> {
    let path = place.join("output");
    let script = format!("ulimit -f {LIMIT_BLOCKS}; exec \"$0\" \"$@\"");
    let file = OpenOptions::new().append(true).create(true).open(&path)?;
    file.set_len(LIMIT - 10)?;
    let mut command = around(command, "sh", &["-c", &script]);
    command.stdout(file);
    let mut output = command.spawn()?.wait_with_output()?;
    let written = std::fs::read(&path)?;
    std::fs::remove_file(path)?;
    output.stdout = written
        .into_iter()
        .skip(usize::try_from(LIMIT - 10)?)
        .collect();
    Ok(output)
}

/// Returns `program` with `first` and then all of `command` as its arguments.
fn around(command: &Command, program: &str, first: &[&str]) -> Command {
    let mut around = Command::new(program);
    around
        .env_clear()
        .args(first)
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            around.env(name, value);
        }
    }
    around
}
