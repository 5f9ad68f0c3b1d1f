use std::str;

use tokenctl::auth::request::{MalformedHeader, RequestHead};
use tokenctl::auth::web::{WebAuthBackend, WebBasicBackend, WebBearerBackend, WebTokenBackend};
use tokenctl::secret::Secret;

use super::context::Context;
use super::exit::{CliError, Exit};
use super::token_record::{self, TOKEN};
use super::{input, verify};

#[derive(clap::Args)]
#[command(
    long_about = "Say which token a secret is, without authenticating or recording a use.\n\nThe secret, or a whole header, is read \
                  from stdin; on a terminal it is asked for without echo. It is the first thing to do with a token \
                  that was found where it should not be. The exit code is 0 whatever the state of the token, 3 when no \
                  token here has this secret, and 65 when it cannot be a token.",
    after_help = "Examples:\n  tokenctl identify - < found.txt\n  tokenctl identify --json - < found.txt | jq -r .id"
)]
pub(crate) struct Args {
    /// Read stdin, which is what happens anyway: a secret is never an argument
    #[arg(value_name = "-", value_parser = dash)]
    _stdin: Option<String>,
}

/// Takes `-` alone. A secret in its place is refused, too late for those who watch the process list.
pub(crate) fn dash(text: &str) -> Result<String, CliError> {
    if text == "-" {
        return Ok(text.to_owned());
    }
    Err(CliError::usage(
        "`-` alone is expected, as stdin is read; an argument can be seen by other users of the machine",
    ))
}

pub(crate) fn run(_args: Args, context: &Context) -> anyhow::Result<Exit> {
    let secret = read_secret(context)?;
    let authority = context.authority()?;
    let token = authority.identify(&secret)?;
    let row = token_record::cells(&token, context.now(), context);
    context
        .output
        .record(TOKEN.choose(None, context.output.format())?, row)?;
    Ok(Exit::Ok)
}

/// Reads a secret, or the secret of a header, from stdin or without echo from a terminal.
pub(crate) fn read_secret(context: &Context) -> anyhow::Result<Secret> {
    let typed = input::ask_secret(context.prompt(), "Token or header")?;
    Ok(secret_of(verify::header_value(&typed)).map_err(|_| {
        CliError::new(
            Exit::Data,
            "this is neither a token nor a header that can be parsed",
        )
        .with_hint("a header reads `token SECRET` or `Bearer SECRET`")
    })?)
}

/// Takes the secret out of a header of a scheme we know; anything else is a bare secret.
fn secret_of(text: &[u8]) -> Result<Secret, MalformedHeader> {
    if text.len() > input::SECRET_LIMIT {
        return Err(MalformedHeader);
    }
    let head = RequestHead::new().authorization(text);
    let backends: [&dyn WebAuthBackend; 3] =
        [&WebTokenBackend, &WebBearerBackend, &WebBasicBackend];
    for backend in backends {
        if let Some(credentials) = backend.credentials(&head)? {
            return Ok(credentials.secret);
        }
    }
    let text = str::from_utf8(text.trim_ascii()).map_err(|_| MalformedHeader)?;
    if text.is_empty() || text.contains(|character: char| !character.is_ascii_graphic()) {
        return Err(MalformedHeader);
    }
    Ok(Secret::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_comes_bare_or_in_a_header() {
        for text in [
            "tkc_x",
            " tkc_x ",
            "token tkc_x",
            "Bearer tkc_x",
            "Basic OnRrY194",
        ] {
            assert_eq!(
                secret_of(text.as_bytes()).unwrap().expose_secret(),
                "tkc_x",
                "{text:?}"
            );
        }
        for text in ["", "two words", "Bearer a b", "Basic !!", "tkc_\u{e9}"] {
            assert!(secret_of(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
