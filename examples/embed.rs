//! The least a server needs: open a store, ask whether a header is good for a request.
//!
//! `printf 'token %s' "$TOKEN" | cargo run --example embed -- tokens.db`

use std::io::Read as _;

use tokenctl::auth::{Authenticator, request::RequestHead, session::NoSession};
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::store::{Location, OpenOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name the store")?;
    let mut header = Vec::new();
    std::io::stdin().read_to_end(&mut header)?;

    let store = Location::parse(&path)?.open(OpenOptions::default())?;
    let authenticator = Authenticator::over(store);
    let head = RequestHead::new()
        .authorization(header.trim_ascii())
        .method("GET");
    let outcome = authenticator.check_login(&head, &mut NoSession, SystemClock.now())?;

    let answer = authenticator.answer(&outcome);
    std::io::Write::write_all(
        &mut std::io::stdout(),
        format!("{} {}\n", answer.status, outcome.code()).as_bytes(),
    )?;
    Ok(())
}
