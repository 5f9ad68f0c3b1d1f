//! What a command asks of the kernel, as strace tells it: the calls that change files, and those that tell somebody.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, bail, ensure};

/// A number by which the traced process knows an open file.
pub(crate) type Descriptor = i32;

pub(crate) const STDOUT: Descriptor = 1;
pub(crate) const STDERR: Descriptor = 2;

/// What is traced. A call that changes files and is not here would make the model wrong, so the rarer ones are here only
/// to be noticed. A `?` stands before those that not every processor has.
const TRACED: &str = "trace=?open,openat,openat2,?creat,close,?dup,?dup2,dup3,fcntl,lseek,write,pwrite64,writev,pwritev,\
    pwritev2,truncate,ftruncate,fallocate,fsync,fdatasync,?rename,renameat,renameat2,?link,linkat,?symlink,symlinkat,\
    ?unlink,unlinkat,?rmdir,?mkdir,mkdirat,?chmod,fchmod,fchmodat,copy_file_range,sendfile,splice,accept4,sendto,sendmsg,\
    mmap,exit_group";

/// The longest text that strace prints whole: longer than any one write of ours.
const LONGEST: &str = "4194304";

/// A path as the process gave it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The open directory below which it is.
    pub(crate) below: Option<Descriptor>,
    pub(crate) path: PathBuf,
}

/// A call that succeeded.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Open {
        file: Descriptor,
        place: Place,
        flags: Vec<String>,
        mode: u32,
    },
    Close(Descriptor),
    Duplicate {
        file: Descriptor,
        copy: Descriptor,
    },
    Seek {
        file: Descriptor,
        to: u64,
    },
    Write {
        file: Descriptor,
        /// Where; behind the write before, where it is not said.
        at: Option<u64>,
        bytes: Vec<u8>,
    },
    /// A write by a call that does not show the bytes.
    WriteUnseen(Descriptor),
    Truncate {
        file: Descriptor,
        length: u64,
    },
    Sync(Descriptor),
    MakeDirectory {
        place: Place,
        mode: u32,
    },
    Rename {
        from: Place,
        to: Place,
        flags: String,
    },
    Link {
        from: Place,
        to: Place,
    },
    Remove(Place),
    ChangeMode(u32),
    /// A client was let in, and is answered by this descriptor.
    Accept(Descriptor),
    /// Memory that is written is written to the file.
    Map(Descriptor),
    Exit,
}

/// The program.
pub(crate) struct Strace(PathBuf);

impl Strace {
    /// Finds it, and makes sure that it is allowed to trace; else tells why it cannot be used.
    pub(crate) fn find() -> Result<Self, String> {
        let path = env::var_os("PATH").unwrap_or_default();
        let program = env::split_paths(&path)
            .map(|directory| directory.join("strace"))
            .find(|program| program.is_file())
            .ok_or("strace is not installed")?;
        let tried = Command::new(&program)
            .args(["-f", "-o", "/dev/null", "true"])
            .stdin(Stdio::null())
            .output();
        match tried {
            Ok(output) if output.status.success() => Ok(Self(program)),
            Ok(output) => Err(format!(
                "strace cannot trace here: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            )),
            Err(error) => Err(format!("strace cannot be started: {error}")),
        }
    }

    /// Runs `command` with `input` and returns what came out of it, and its calls in order. The file `log` is used for it.
    pub(crate) fn run(
        &self,
        command: &Command,
        input: Stdio,
        log: &Path,
    ) -> anyhow::Result<(Output, Vec<Call>)> {
        let mut traced = self.wrap(command, log);
        let output = traced.stdin(input).output().context("start strace")?;
        Ok((output, calls(log)?))
    }

    /// Returns the command that runs `command`, and writes its calls to the file `log`.
    pub(crate) fn wrap(&self, command: &Command, log: &Path) -> Command {
        let mut traced = Command::new(&self.0);
        traced
            .args(["-f", "-xx", "-s", LONGEST, "-e", TRACED, "-o"])
            .arg(log)
            .arg(command.get_program())
            .args(command.get_args())
            .env_clear()
            .stdin(Stdio::null());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                traced.env(name, value);
            }
        }
        if let Some(directory) = command.get_current_dir() {
            traced.current_dir(directory);
        }
        traced
    }
}

/// Reads the calls that strace has written to the file `log`, in order.
pub(crate) fn calls(log: &Path) -> anyhow::Result<Vec<Call>> {
    let text = fs::read_to_string(log).context("read what strace wrote")?;
    let calls = read(&text)?;
    ensure!(
        matches!(calls.last(), Some(Call::Exit)),
        "the trace does not end with the end of the process"
    );
    Ok(calls)
}

/// Returns which of `calls` is the answer: the first on stdout, else the last on stderr, else the end.
pub(crate) fn answer(calls: &[Call]) -> usize {
    let is_on = |wanted: Descriptor| {
        move |call: &Call| match call {
            Call::Write { file, .. } | Call::WriteUnseen(file) => *file == wanted,
            _ => false,
        }
    };
    let first = calls.iter().position(is_on(STDOUT));
    first
        .or_else(|| calls.iter().rposition(is_on(STDERR)))
        .unwrap_or(calls.len())
}

fn read(log: &str) -> anyhow::Result<Vec<Call>> {
    let mut begun: HashMap<&str, &str> = HashMap::new();
    let mut calls = Vec::new();
    for line in log.lines() {
        let (thread, text) = line.split_once(' ').context("a line without a thread")?;
        let text = text.trim_start();
        if let Some(begin) = text.strip_suffix(" <unfinished ...>") {
            begun.insert(thread, begin);
            continue;
        }
        let joined;
        let text = match text.strip_prefix("<... ") {
            Some(resumed) => {
                let (_, end) = resumed.split_once(" resumed>").unwrap_or_default();
                joined = format!("{}{end}", begun.remove(thread).unwrap_or_default());
                &joined
            }
            None => text,
        };
        // Signals, and the end of a thread.
        if text.starts_with("---") || text.starts_with("+++") {
            continue;
        }
        let call = read_call(text);
        calls.extend(call.with_context(|| format!("read `{}`", text.get(..200).unwrap_or(text)))?);
    }
    Ok(calls)
}

/// Reads one call; `None` where it failed, or changes nothing that matters here.
fn read_call(text: &str) -> anyhow::Result<Option<Call>> {
    let (name, rest) = text.split_once('(').context("no call")?;
    if name == "exit_group" {
        return Ok(Some(Call::Exit));
    }
    let (arguments, result) = rest.rsplit_once(") ").context("no result")?;
    let result = result
        .trim_start()
        .strip_prefix("= ")
        .context("no result")?;
    let result = result.split(' ').next().unwrap_or_default();
    if result.starts_with('-') || result == "?" {
        return Ok(None);
    }
    let arguments: Vec<&str> = arguments.split(", ").collect();
    let call = Arguments { arguments, result };
    match call.on_names(name)? {
        None => call.on_files(name),
        found => Ok(found),
    }
}

struct Arguments<'a> {
    arguments: Vec<&'a str>,
    result: &'a str,
}

impl Arguments<'_> {
    /// Reads the call `name`, if it is one that makes, moves or removes something by its name.
    fn on_names(&self, name: &str) -> anyhow::Result<Option<Call>> {
        let here = |index: usize| anyhow::Ok(Place::here(self.path(index)?));
        Ok(Some(match name {
            "open" => self.open(here(0)?, 1)?,
            "openat" => self.open(self.place(0)?, 2)?,
            "rename" => self.rename(here(0)?, here(1)?, "0"),
            "renameat" => self.rename(self.place(0)?, self.place(2)?, "0"),
            "renameat2" => self.rename(self.place(0)?, self.place(2)?, self.at(4)?),
            "link" => Call::Link {
                from: here(0)?,
                to: here(1)?,
            },
            "linkat" => Call::Link {
                from: self.place(0)?,
                to: self.place(2)?,
            },
            "unlink" | "rmdir" => Call::Remove(here(0)?),
            "unlinkat" => Call::Remove(self.place(0)?),
            "mkdir" => Call::MakeDirectory {
                place: here(0)?,
                mode: self.mode(1)?,
            },
            "mkdirat" => Call::MakeDirectory {
                place: self.place(0)?,
                mode: self.mode(2)?,
            },
            "chmod" => Call::ChangeMode(self.mode(1)?),
            "fchmodat" => Call::ChangeMode(self.mode(2)?),
            _ => return Ok(None),
        }))
    }

    /// Reads the call `name`, which is about something open.
    fn on_files(&self, name: &str) -> anyhow::Result<Option<Call>> {
        Ok(Some(match name {
            "close" => Call::Close(self.descriptor(0)?),
            "dup" | "dup2" | "dup3" => self.duplicate()?,
            "fcntl" if self.at(1)?.starts_with("F_DUPFD") => self.duplicate()?,
            "fcntl" => return Ok(None),
            "lseek" => Call::Seek {
                file: self.descriptor(0)?,
                to: self.result.parse()?,
            },
            "write" => self.write(None)?,
            "pwrite64" => self.write(Some(self.at(3)?.parse()?))?,
            "writev" | "pwritev" | "pwritev2" | "fallocate" | "sendfile" | "sendto" | "sendmsg" => {
                Call::WriteUnseen(self.descriptor(0)?)
            }
            "copy_file_range" | "splice" => Call::WriteUnseen(self.descriptor(2)?),
            "accept4" => Call::Accept(self.result.parse()?),
            "ftruncate" => Call::Truncate {
                file: self.descriptor(0)?,
                length: self.at(1)?.parse()?,
            },
            "fsync" | "fdatasync" => Call::Sync(self.descriptor(0)?),
            "fchmod" => Call::ChangeMode(self.mode(1)?),
            "mmap" if self.writes_by_memory()? => Call::Map(self.descriptor(4)?),
            "mmap" => return Ok(None),
            other => bail!("the model does not know `{other}`"),
        }))
    }

    fn at(&self, index: usize) -> anyhow::Result<&str> {
        self.arguments
            .get(index)
            .copied()
            .context("an argument is missing")
    }

    fn descriptor(&self, index: usize) -> anyhow::Result<Descriptor> {
        self.at(index)?.parse().context("no descriptor")
    }

    fn mode(&self, index: usize) -> anyhow::Result<u32> {
        u32::from_str_radix(self.at(index)?, 8).context("no mode")
    }

    fn text(&self, index: usize) -> anyhow::Result<Vec<u8>> {
        unquote(self.at(index)?)
    }

    fn path(&self, index: usize) -> anyhow::Result<PathBuf> {
        Ok(PathBuf::from(String::from_utf8(self.text(index)?)?))
    }

    /// Returns the path at `index` and behind it.
    fn place(&self, index: usize) -> anyhow::Result<Place> {
        let below = match self.at(index)? {
            "AT_FDCWD" => None,
            descriptor => Some(descriptor.parse()?),
        };
        let path = self.path(index + 1)?;
        Ok(Place { below, path })
    }

    fn open(&self, place: Place, flags: usize) -> anyhow::Result<Call> {
        let mode = match self.arguments.len() > flags + 1 {
            true => self.mode(flags + 1)?,
            false => 0,
        };
        Ok(Call::Open {
            file: self.result.parse()?,
            place,
            flags: self.at(flags)?.split('|').map(str::to_owned).collect(),
            mode,
        })
    }

    fn duplicate(&self) -> anyhow::Result<Call> {
        Ok(Call::Duplicate {
            file: self.descriptor(0)?,
            copy: self.result.parse()?,
        })
    }

    fn write(&self, at: Option<u64>) -> anyhow::Result<Call> {
        let mut bytes = self.text(1)?;
        let written: usize = self.result.parse()?;
        ensure!(written <= bytes.len(), "strace did not print all of it");
        bytes.truncate(written);
        Ok(Call::Write {
            file: self.descriptor(0)?,
            at,
            bytes,
        })
    }

    fn rename(&self, from: Place, to: Place, flags: &str) -> Call {
        Call::Rename {
            from,
            to,
            flags: flags.to_owned(),
        }
    }

    fn writes_by_memory(&self) -> anyhow::Result<bool> {
        Ok(self.at(2)?.contains("PROT_WRITE")
            && self.at(3)?.contains("MAP_SHARED")
            && !self.at(3)?.contains("MAP_ANONYMOUS"))
    }
}

impl Place {
    fn here(path: PathBuf) -> Self {
        Self { below: None, path }
    }
}

/// Reads a text of which each byte is written as `\xNN`.
fn unquote(text: &str) -> anyhow::Result<Vec<u8>> {
    let hex = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .context("strace could not read a text of the process, or cut it off: run as root?")?;
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let mut bytes = Vec::with_capacity(hex.len() / 4);
    for byte in hex.as_bytes().chunks(4) {
        let [b'\\', b'x', high, low] = byte else {
            bail!("a text that is not in hexadecimal digits");
        };
        let (high, low) = digit(*high).zip(digit(*low)).context("a bad digit")?;
        bytes.push(u8::try_from(high * 16 + low)?);
    }
    Ok(bytes)
}
