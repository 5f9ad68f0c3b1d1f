//! System calls that fail on purpose: `strace` lets the n-th one of a process fail.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::attempt::{run_by, tool};
use crate::trouble::Stderr;

/// System calls that fail together, and how they fail on a real medium.
pub(crate) struct Calls {
    pub(crate) names: &'static str,
    /// Errors that come once and may also stay.
    lasting: &'static [&'static str],
    /// Errors that pass.
    passing: &'static [&'static str],
}

/// What writes, syncs, names, opens and locks files.
pub(crate) const OF_FILES: &[Calls] = &[
    Calls {
        names: "pwrite64",
        lasting: &["EIO", "ENOSPC"],
        passing: &["EINTR"],
    },
    Calls {
        names: "write",
        lasting: &["EIO", "ENOSPC"],
        passing: &["EINTR", "EAGAIN"],
    },
    Calls {
        names: "fsync,fdatasync",
        lasting: &["EIO", "ENOSPC"],
        passing: &[],
    },
    Calls {
        names: "ftruncate",
        lasting: &["EIO", "ENOSPC"],
        passing: &[],
    },
    Calls {
        names: "rename,renameat,renameat2,link,linkat",
        lasting: &["EIO", "ENOSPC"],
        passing: &[],
    },
    Calls {
        names: "fcntl,flock",
        lasting: &["EIO"],
        passing: &["EINTR", "EAGAIN"],
    },
    Calls {
        names: "openat",
        lasting: &["EIO"],
        passing: &["ENOSPC", "EINTR"],
    },
];

/// The others on the way to an answer.
pub(crate) const OTHERS: &[Calls] = &[
    Calls {
        names: "read,pread64",
        lasting: &["EIO"],
        passing: &["EINTR"],
    },
    Calls {
        names: "stat,lstat,fstat,newfstatat,statx",
        lasting: &["EIO"],
        passing: &[],
    },
    Calls {
        names: "unlink,unlinkat",
        lasting: &["EIO"],
        passing: &[],
    },
    Calls {
        names: "statfs,fstatfs",
        lasting: &["EIO"],
        passing: &[],
    },
    // It knows no EIO: what stays is a kernel that is too old for it, or a sandbox that forbids it.
    Calls {
        names: "getrandom",
        lasting: &["ENOSYS", "EPERM"],
        passing: &["EINTR"],
    },
    Calls {
        names: "getdents64",
        lasting: &["EIO"],
        passing: &[],
    },
    Calls {
        names: "mkdir,mkdirat",
        lasting: &["EIO", "ENOSPC"],
        passing: &[],
    },
    Calls {
        names: "chmod,fchmod,fchmodat,chown,fchown,fchownat",
        lasting: &["EIO", "EPERM"],
        passing: &[],
    },
    Calls {
        names: "mmap",
        lasting: &[],
        passing: &["ENOMEM"],
    },
];

impl Calls {
    /// Returns every way in which the `most` first of these calls can fail.
    pub(crate) fn injections(&self, most: usize) -> Vec<Injection> {
        let lasting = self.lasting.iter().map(|error| (error, Extent::Lasting));
        let once = self.lasting.iter().chain(self.passing);
        let ways: Vec<_> = lasting
            .chain(once.map(|error| (error, Extent::Once)))
            .collect();
        (1..=most)
            .flat_map(|nth| {
                ways.iter().map(move |(error, extent)| Injection {
                    calls: self.names,
                    error,
                    nth,
                    extent: *extent,
                })
            })
            .collect()
    }
}

/// Whether the medium recovers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Once,
    Lasting,
}

/// One fault.
#[derive(Clone, Copy)]
pub(crate) struct Injection {
    calls: &'static str,
    error: &'static str,
    nth: usize,
    extent: Extent,
}

impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plus = match self.extent {
            Extent::Once => "",
            Extent::Lasting => "+",
        };
        write!(
            f,
            "{}:error={}:when={}{plus}",
            self.calls, self.error, self.nth
        )
    }
}

impl Injection {
    pub(crate) fn is_of_sync(&self) -> bool {
        self.calls.contains("fsync")
    }

    pub(crate) fn is_of_removal(&self) -> bool {
        self.calls.contains("unlink")
    }

    /// The first mapping is that of the system's loader, which does not look whether it has got it: `true` ends by
    /// SIGSEGV then, too.
    pub(crate) fn is_of_loader(&self) -> bool {
        self.calls == "mmap" && self.nth == 1
    }

    pub(crate) fn is_of_memory(&self) -> bool {
        self.error == "ENOMEM"
    }

    pub(crate) fn is_single_failure(&self) -> bool {
        self.error == "EIO" && self.extent == Extent::Once
    }

    pub(crate) fn is_lasting_failure(&self) -> bool {
        self.error == "EIO" && self.extent == Extent::Lasting
    }

    /// Returns `command` with this fault; what has happened is found in the file `trace`.
    pub(crate) fn into_command(self, command: &Command, trace: &Path) -> Command {
        let mut faulty = tracer(trace, self.calls);
        faulty.arg("-e").arg(format!("inject={self}"));
        run_by(faulty, command)
    }
}

/// Returns `command` without a fault, and with a trace of all its calls.
pub(crate) fn without_fault(command: &Command, trace: &Path) -> Command {
    run_by(tracer(trace, "all"), command)
}

/// Returns how often each system call is in `trace`.
pub(crate) fn count_calls(trace: &Path) -> anyhow::Result<BTreeMap<String, usize>> {
    let mut counts = BTreeMap::new();
    for line in fs::read_to_string(trace)?.lines() {
        // PID NAME(ARGUMENTS...
        let call = line.split_whitespace().nth(1).unwrap_or_default();
        if let Some((name, _)) = call.split_once('(') {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }
    Ok(counts)
}

/// What `strace` says of one run.
pub(crate) struct Traced {
    pub(crate) is_reached: bool,
    pub(crate) stderr: Stderr,
}

impl Traced {
    pub(crate) fn read(trace: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(trace)?;
        let injected = || text.lines().filter(|line| line.contains("(INJECTED)"));
        let stderr = match injected().any(|line| line.contains(" write(2, ")) {
            true => Stderr::Failed,
            false => Stderr::Works,
        };
        Ok(Self {
            is_reached: injected().next().is_some(),
            stderr,
        })
    }
}

fn tracer(trace: &Path, calls: &str) -> Command {
    let mut tracer = tool("strace");
    tracer.args(["-f", "-qq", "-o"]).arg(trace);
    tracer.arg("-e").arg(format!("trace={calls}"));
    tracer
}
