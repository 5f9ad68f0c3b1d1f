//! API tokens in an embedded store: issue, list, restrict, revoke, and authenticate with the same code everywhere.
//!
//! This is the library under the `tokenctl` command. A server embeds it to accept the tokens that operators issue; the
//! command's `verify` runs the very same functions. It never looks at a terminal, the environment or the home
//! directory, and takes time and randomness as arguments.
//!
//! ```
//! use std::sync::Arc;
//! use tokenctl::auth::{Authenticator, request::RequestHead, session::NoSession};
//! use tokenctl::clock::{Clock as _, SystemClock};
//! use tokenctl::store::{Location, OpenOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("tokens.db");
//! # let location = Location::parse(path.to_str().unwrap_or_default())?;
//! # location.create(OpenOptions::default())?;
//! let authenticator = Authenticator::over(location.open(OpenOptions::default())?);
//! let head = RequestHead::new().authorization(b"Bearer nonsense").method("GET");
//! let outcome =
//!     authenticator.check_login(&head, &mut NoSession, SystemClock.now())?;
//! assert_eq!(authenticator.answer(&outcome).status, 401);
//! # Ok(())
//! # }
//! ```
//!
//! # The rooms
//!
//! Pure: no I/O; the time and randomness of the system are in [`clock`] and [`entropy`] alone, at the end of the list.
//!
//! - [`secret`]: [`Secret`](secret::Secret), which cannot be shown, and [`TokenDigest`](secret::TokenDigest), which is
//!   stored in its place.
//! - [`format`](mod@format): token formats (the ancestor's "token generators"): what a token looks like, its checksum.
//! - [`token_id`], [`user`], [`label`], [`text`], [`network`]: the parts of a record.
//! - [`policy`]: what a token may do: strict parse, exact decision, the rule that decided; narrowing that is proved;
//!   traps that are found; [`Policy::visibility`](policy::Policy::visibility) to filter a listing.
//! - [`catalogue`]: the resources of a server; which path is which of them, read in one way or refused.
//! - [`token`]: the record; [`Token::state`](token::Token::state) is the judge of its state, whom the listings of
//!   [`store::sqlite`] follow in SQL.
//! - [`edit`]: what a token is called by people, and how that changes.
//! - [`scan`]: finds tokens in a stream of bytes by prefix and checksum, for those who look for leaks.
//! - [`restriction`]: what is taken away from a token, and the proof that nothing is added.
//! - [`extension`]: a later end for a token, and when it may have one.
//! - [`rotation`]: one token in the place of another, and when that may be.
//! - [`selector`]: which tokens a list or a change is about.
//! - [`statistics`]: a store in numbers.
//! - [`outcome`]: the closed list of answers, with exit code, HTTP status and challenge of each.
//! - [`change`]: every mutation as a value, and the chained event that records it.
//! - [`observer`]: what an embedding program is told of, in the place of the ancestor's signals.
//! - [`record`]: users and tokens whole, on their way from one store to another.
//! - [`clock`], [`entropy`]: time and randomness as arguments.
//!
//! I/O.
//!
//! - [`store`]: the trait [`Store`](store::Store), and [`store::sqlite`] behind it; [`store::care`]: backups, the way
//!   back from one, and what is wrong with a store.
//!
//! Rules meet storage.
//!
//! - [`authority`]: the use cases of administration.
//! - [`history`]: who did what, and whether the chain of events is whole.
//! - [`transfer`]: moving in from another store or system, read-only on its side and all or nothing on ours; moving out.
//! - [`auth`]: the use case of servers, [`Authenticator::check_login`](auth::Authenticator::check_login); with a
//!   [`Trace`](auth::trace::Trace) it keeps the steps on the way, for the operator.
//!
//! Edges.
//!
//! - `http`, with the feature `tower`: the layer `RequireToken` for services of tower, as of axum and hyper. With the
//!   feature `axum`, `http::extract` makes [`Login`](outcome::Login) an argument of handlers; with `session`,
//!   `http::session` has logins last across requests, until their token dies; with `server`, `http::server` answers web
//!   servers and proxies, as `tokenctl serve` does. Requests are judged by the one `Gate` in it; what callers of
//!   introspection and revocation show, by the same [`Authenticator`](auth::Authenticator).
//!
//! The binary is another crate over the public parts of this one; nothing here knows of it.
//!
//! # Direction
//!
//! A room imports only from rooms before it; there are no circles.
//!
//! ```text
//! secret clock entropy token_id network user label text  <-  format policy  <-  catalogue scan token  <-  selector
//!     edit restriction extension rotation  <-  outcome change record statistics  <-  observer  <-  store
//!     <-  store::sqlite
//! store and the pure rooms  <-  auth  <-  authority  <-  transfer history http
//! the public library  <-  the binary
//! ```
//!
//! `authority` and `auth` know `dyn Store` and never SQLite; [`store::Location`] alone names the concrete stores.
//! [`transfer::database`] reads SQLite files too: those of other systems, with what `store::sqlite` has for it.
//!
//! # One verify, in a straight line
//!
//! 1. The edge builds a [`RequestHead`](auth::request::RequestHead): header, method, resource, address. The resource is
//!    what the server says, or what [`Catalogue::map`](catalogue::Catalogue::map) says of the path.
//! 2. [`check_login`](auth::Authenticator::check_login) asks each web backend for credentials: none, the next is
//!    asked; a header of its scheme that cannot be parsed is refused, and never logged.
//! 3. [`TokenFormats::judge`](format::TokenFormats::judge) refuses junk by length, alphabet and checksum: no hash, no
//!    I/O. Tokens of other systems go on to the digest.
//! 4. [`TokenDigest::of`](secret::TokenDigest::of) the secret.
//! 5. [`Store::find_by_digest`](store::Store::find_by_digest): one indexed read that returns token and owner. Nothing
//!    is cached anywhere: revoked means revoked.
//! 6. State, owner, network, policy, in this order; each no is an [`OutcomeCode`](outcome::OutcomeCode) with its facts.
//! 7. The session remembers user and token; on each later request [`resume`](auth::Authenticator::resume) reads and
//!    judges the token anew.
//! 8. [`UsageLog`](auth::usage::UsageLog) records the use, coarsely and off the path; also that of a secret that was
//!    rotated out.
//! 9. The [`Outcome`](outcome::Outcome) goes back. `Err` means "could not tell": a server says 503, the command exits
//!    with 20 to 29, and neither is ever a yes or a no.

#[cfg(not(unix))]
compile_error!(
    "tokenctl keeps its store safe by owner, mode and flock, which this platform does not have"
);

pub mod auth;
pub mod authority;
pub mod catalogue;
pub mod change;
pub mod clock;
pub mod edit;
pub mod entropy;
pub mod extension;
pub mod format;
pub mod history;
#[cfg(feature = "tower")]
pub mod http;
pub mod label;
pub mod network;
pub mod observer;
pub mod outcome;
pub mod policy;
pub mod record;
pub mod restriction;
pub mod rotation;
pub mod scan;
pub mod secret;
pub mod selector;
pub mod statistics;
pub mod store;
pub mod text;
pub mod token;
pub mod token_id;
pub mod transfer;
pub mod user;

/// Runs the Rust blocks of the README.
#[cfg(all(doctest, feature = "tower"))]
#[doc = include_str!("../README.md")]
struct Readme;
