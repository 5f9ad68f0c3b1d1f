//! How a command has ended, whether by its own choice or not.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Output;

use rustix::process::Signal;

/// What became of a trial.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// The command was hindered.
    Met,
    /// The command has ended before.
    NotMet,
    /// The loader of the system has ended the process, before any code of ours.
    Loader,
    /// Rust has ended the process: what asks for memory in Rust gets it or does not return.
    Aborted,
    /// The system has ended the process, as it does where it cannot let the stack grow.
    Segfault,
}

impl Ending {
    /// Returns how a process has ended that did not come so far as to choose its ending.
    pub(super) fn without_choice(output: &Output) -> Option<Self> {
        let told = String::from_utf8_lossy(&output.stderr);
        let says = |any: &[&str]| any.iter().any(|text| told.contains(text));
        let is_by = |signal: Signal| output.status.signal() == Some(signal.as_raw());
        let is_of_loader = says(&[
            "error while loading shared libraries",
            "cannot allocate TLS",
        ]);
        // The second is said before `main`.
        let is_of_rust = says(&["memory allocation of ", "alternative stack"]);
        if output.status.code() == Some(127) && is_of_loader {
            Some(Self::Loader)
        } else if is_by(Signal::ABORT) && is_of_rust {
            Some(Self::Aborted)
        } else if is_by(Signal::SEGV) {
            Some(Self::Segfault)
        } else {
            None
        }
    }
}
