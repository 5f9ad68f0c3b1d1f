use clap_complete::Shell;

use super::context::Context;
use super::exit::Exit;

#[derive(clap::Args)]
#[command(
    long_about = "Print a completion script for a shell.\n\nbash reads scripts from the directory below, fish from its own. For zsh the \
                  directory has to stand in `fpath` before `compinit` is called.",
    after_help = "Examples:\n  tokenctl completions bash > ~/.local/share/bash-completion/completions/tokenctl\n  \
                  tokenctl completions zsh > ~/.zfunc/_tokenctl\n  \
                  tokenctl completions fish > ~/.config/fish/completions/tokenctl.fish"
)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "tokenctl", &mut script);
    context.output.raw(&script)?;
    Ok(Exit::Ok)
}
