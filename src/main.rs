//! The command `tokenctl`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::process::harden();
    // Before anything is opened: the next file would become stdout.
    let stdout = cli::process::Stdout::look();
    cli::process::without_panics(move || cli::run(std::env::args_os().collect(), stdout)).into()
}
