//! What the process does before and around a verb: hardening, signals, panics.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::panic::{self, PanicHookInfo, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{Mode, OFlags};
use rustix::process::{Resource, Rlimit};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
#[cfg(feature = "server")]
use signal_hook::iterator::Signals;
use signal_hook::{flag, low_level};

use super::exit::{CliError, Exit};

/// Keeps secrets out of core dumps and out of the reach of other processes, and new files private.
///
/// These are the first calls of `main`. A refusal is not fatal: some sandboxes forbid them, and are stricter.
pub(crate) fn harden() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = rustix::process::setrlimit(Resource::Core, none);
    rustix::process::umask(Mode::from_raw_mode(0o077));
}

/// Lets this process have as many open files as the system allows it, and returns how many that is.
#[cfg(feature = "server")]
pub(crate) fn raise_descriptor_limit() -> u64 {
    let now = rustix::process::getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: now.maximum,
        maximum: now.maximum,
    };
    let granted = match rustix::process::setrlimit(Resource::Nofile, raised) {
        Ok(()) => now.maximum,
        Err(_) => now.current,
    };
    granted.unwrap_or(u64::MAX)
}

/// Whether anybody can see what is written to stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stdout {
    /// It is open.
    Open,
    /// The process was started without one, so that a secret would be seen by nobody.
    Closed,
}

impl Stdout {
    /// Looks at the stdout of the process.
    ///
    /// The standard library opens `/dev/null` in place of a closed descriptor, for reading and writing; a shell's
    /// `> /dev/null` is for writing only and does not count. A caller that opens it both ways itself looks the same.
    pub(crate) fn look() -> Self {
        let stdout = io::stdout();
        let (Ok(flags), Ok(stat)) = (rustix::fs::fcntl_getfl(&stdout), rustix::fs::fstat(&stdout))
        else {
            return Self::Closed;
        };
        let stands_in = flags & OFlags::ACCMODE == OFlags::RDWR
            && fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == stat.st_rdev);
        if stands_in { Self::Closed } else { Self::Open }
    }
}

/// Runs `verb`; a panic in it becomes [`Exit::Internal`], of which only the place is told.
///
/// The message of a panic may hold anything that the program has read, so it is never printed.
pub(crate) fn without_panics(verb: impl FnOnce() -> Exit + UnwindSafe) -> Exit {
    panic::set_hook(Box::new(tell_place));
    panic::catch_unwind(verb).unwrap_or(Exit::Internal)
}

fn tell_place(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map_or_else(
        || "an unknown place".to_owned(),
        |location| format!("{}:{}", source_name(location.file()), location.line()),
    );
    let text = format!("error: internal error (a bug) at {place}\n");
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Returns the end of the path of a source file: the rest is where it was built.
fn source_name(file: &str) -> &str {
    if !file.starts_with('/') {
        return file;
    }
    file.rmatch_indices('/')
        .nth(2)
        .and_then(|(at, _)| file.get(at.saturating_add(1)..))
        .unwrap_or(file)
}

/// The signals that ask the process to end, and how it then ends: of several the first is told.
///
/// A prompt that is broken off raises SIGINT besides.
const END_SIGNALS: [(i32, Exit); 3] = [
    (SIGTERM, Exit::Terminated),
    (SIGHUP, Exit::HungUp),
    (SIGINT, Exit::Interrupted),
];

/// Returns those of [`END_SIGNALS`] to listen to: a program that is to outlive its terminal, as by `nohup`, does.
fn heard_signals() -> impl Iterator<Item = (i32, Exit)> {
    // Where the system does not tell, a hang-up ends the process, but in good order.
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let outlives = ignores_hang_up(&status);
    END_SIGNALS
        .into_iter()
        .filter(move |&(signal, _)| !(outlives && signal == SIGHUP))
}

/// Reads from the `status` of a process whether it was started with SIGHUP ignored.
fn ignores_hang_up(status: &str) -> bool {
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & (1 << (SIGHUP - 1)) != 0)
}

/// What has come of the signals that ask the process to end.
///
/// Until the commit they end it at once, with 129, 130 or 143. After [`Interrupts::commit_begins`] they wait, so that
/// what was done is also told.
#[derive(Clone, Debug)]
pub(crate) struct Interrupts {
    at_once: Arc<AtomicBool>,
    has_commit_begun: Arc<AtomicBool>,
    seen: Vec<(Exit, Arc<AtomicBool>)>,
}

impl Interrupts {
    /// Begins to listen; a file size limit becomes an error of the write.
    pub(crate) fn listen() -> io::Result<Self> {
        let at_once = Arc::new(AtomicBool::new(true));
        let mut seen = Vec::with_capacity(END_SIGNALS.len());
        for (signal, exit) in heard_signals() {
            let has_come = Arc::<AtomicBool>::default();
            let code = i32::from(exit.code());
            flag::register_conditional_shutdown(signal, code, Arc::clone(&at_once))?;
            flag::register(signal, Arc::clone(&has_come))?;
            seen.push((exit, has_come));
        }
        flag::register(SIGXFSZ, Arc::<AtomicBool>::default())?;
        Ok(Self {
            at_once,
            has_commit_begun: Arc::default(),
            seen,
        })
    }

    /// Lets later signals wait: a change is about to be committed, and then has to be told.
    pub(crate) fn commit_begins(&self) {
        self.has_commit_begun.store(true, Ordering::SeqCst);
        self.at_once.store(false, Ordering::SeqCst);
    }

    /// Lets signals wait while the terminal is in a mode that has to be put back.
    ///
    /// What came meanwhile is in [`Interrupts::pending`]; a commit that has begun, before or meanwhile, stays protected
    /// afterwards.
    pub(crate) fn hold(&self) -> Held<'_> {
        let at_once = self.at_once.swap(false, Ordering::SeqCst);
        Held {
            interrupts: self,
            at_once,
        }
    }

    /// Returns the error of a signal that came while signals had to wait.
    pub(crate) fn pending(&self) -> Option<CliError> {
        let (exit, _) = self
            .seen
            .iter()
            .find(|(_, has_come)| has_come.load(Ordering::SeqCst))?;
        Some(CliError::new(*exit, "interrupted, nothing was done"))
    }

    /// Begins to wait for a signal that ends the process, which from now on does not end it by itself.
    #[cfg(feature = "server")]
    pub(crate) fn end_signals(&self) -> io::Result<EndSignals> {
        let signals = Signals::new(heard_signals().map(|(signal, _)| signal))?;
        self.commit_begins();
        Ok(EndSignals(signals))
    }

    /// Ends the process as a signal would have, for the thread that watches over a prompt.
    pub(crate) fn end(exit: Exit) -> ! {
        low_level::exit(i32::from(exit.code()))
    }
}

/// The signals that end a process which serves until it is told to stop.
#[cfg(feature = "server")]
pub(crate) struct EndSignals(Signals);

#[cfg(feature = "server")]
impl EndSignals {
    /// Waits for the first.
    pub(crate) fn wait(mut self) {
        let _ = self.0.forever().next();
    }
}

/// Keeps signals waiting until it is dropped.
pub(crate) struct Held<'a> {
    interrupts: &'a Interrupts,
    at_once: bool,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let Interrupts {
            at_once,
            has_commit_begun,
            ..
        } = self.interrupts;
        let at_once_again = self.at_once && !has_commit_begun.load(Ordering::SeqCst);
        at_once.store(at_once_again, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::process::{Command, Output};

    use super::*;

    /// Names, in the environment, what a process of [`told_of_a_panic_with`] panics with.
    const PAYLOAD: &str = "TOKENCTL_TEST_PAYLOAD";

    #[test]
    fn panic_becomes_an_internal_error() {
        let exit = without_panics(|| panic!("hunter2"));
        // Other tests of this process want the usual texts.
        let _ = panic::take_hook();
        assert_eq!(exit, Exit::Internal);
        assert_eq!(without_panics(|| Exit::Found), Exit::Found);
        let _ = panic::take_hook();
    }

    #[test]
    fn panic_tells_its_place_and_not_its_message() {
        if let Ok(payload) = env::var(PAYLOAD) {
            let exit = without_panics(|| panic!("{payload}"));
            low_level::exit(i32::from(exit.code()));
        }
        let output = told_of_a_panic_with("hunter2");
        let stderr = String::from_utf8(output.stderr).unwrap();
        let (told, line) = stderr.trim_end().rsplit_once(':').unwrap();
        assert_eq!(told, "error: internal error (a bug) at src/cli/process.rs");
        assert!(line.parse::<u32>().is_ok(), "{stderr}");
        assert_eq!(output.status.code(), Some(i32::from(Exit::Internal.code())));
        assert!(!String::from_utf8_lossy(&output.stdout).contains("hunter2"));
    }

    /// Runs the test above in a process of its own, whose stderr can be read.
    fn told_of_a_panic_with(payload: &str) -> Output {
        let (_, module) = module_path!().split_once("::").unwrap();
        let test = format!("{module}::panic_tells_its_place_and_not_its_message");
        Command::new(env::current_exe().unwrap())
            .args(["--exact", &test, "--nocapture"])
            .env(PAYLOAD, payload)
            .output()
            .unwrap()
    }

    #[test]
    fn place_of_a_bug_does_not_tell_where_it_was_built() {
        assert_eq!(source_name("src/cli/when.rs"), "src/cli/when.rs");
        assert_eq!(
            source_name("/home/me/.cargo/registry/src/index/jiff-0.2/src/span.rs"),
            "jiff-0.2/src/span.rs"
        );
        assert_eq!(source_name("/a.rs"), "/a.rs");
    }

    #[test]
    fn hang_up_is_ignored_where_the_system_says_so() {
        let status = |mask: &str| {
            format!("SigBlk:\t0000000000000001\nSigIgn:\t{mask}\nSigCgt:\t0000000000000001\n")
        };
        assert!(ignores_hang_up(&status("0000000000001001")));
        assert!(ignores_hang_up(&status("ffffffffffffffff")));
        for mask in ["0000000000001000", "fffffffffffffffe", "", "1x"] {
            assert!(!ignores_hang_up(&status(mask)), "{mask}");
        }
        assert!(!ignores_hang_up(""));
    }

    #[test]
    fn signals_wait_for_the_commit_and_for_prompts() {
        let interrupts = Interrupts::listen().unwrap();
        let held = interrupts.hold();
        assert_eq!(interrupts.pending(), None);
        low_level::raise(SIGINT).unwrap();
        assert_eq!(interrupts.pending().unwrap().exit, Exit::Interrupted);
        drop(held);
        let held = interrupts.hold();
        interrupts.commit_begins();
        drop(held);
        drop(interrupts.hold());
        low_level::raise(SIGTERM).unwrap();
        assert_eq!(interrupts.pending().unwrap().exit, Exit::Terminated);
        low_level::raise(SIGXFSZ).unwrap();
    }
}
