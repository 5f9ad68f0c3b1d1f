//! Errors of the library: exit code and hint of each.

use tokenctl::authority::{ExtendError, IdentifyError, IssueError, LivesTooLong, ResolveError};
use tokenctl::extension::ExtensionError;
use tokenctl::format::GenerateError;
use tokenctl::restriction::RestrictionError;
use tokenctl::rotation::RotationError;
use tokenctl::store::care::RestoreError;
use tokenctl::store::{ChangeError, Insecurity, NotAStore, StoreError};
use tokenctl::token::TokenState;
use tokenctl::transfer::{ImportError, SourceError};

use super::exit::{CliError, Exit};
use super::import;

/// Gives `error` the code and hint that belong to the error of the library inside it, unless it has one already.
pub(crate) fn classify(error: anyhow::Error) -> anyhow::Error {
    if error.downcast_ref::<CliError>().is_some() {
        return error;
    }
    let found = error
        .downcast_ref::<StoreError>()
        .map(of_store)
        .or_else(|| error.downcast_ref::<ChangeError>().map(of_change))
        .or_else(|| error.downcast_ref::<RestoreError>().map(of_restore))
        .or_else(|| error.downcast_ref::<IssueError>().map(of_issue))
        .or_else(|| error.downcast_ref::<ExtendError>().map(of_extend))
        .or_else(|| error.downcast_ref::<IdentifyError>().map(of_identify))
        .or_else(|| error.downcast_ref::<ResolveError>().map(of_resolve))
        .or_else(|| error.downcast_ref::<ImportError>().map(of_import));
    match found {
        Some(known) => error.context(known),
        None => error,
    }
}

fn of_store(error: &StoreError) -> CliError {
    let (exit, hint) = match error {
        StoreError::Missing { .. } => (
            Exit::StoreMissing,
            "create one with `tokenctl init`, or name another with `--store`".to_owned(),
        ),
        StoreError::Exists { .. } => {
            (Exit::Conflict, "it was left as it is; name another path".to_owned())
        }
        StoreError::Busy => {
            (Exit::Busy, "nothing was done: try again, or wait longer with `--timeout`".to_owned())
        }
        StoreError::NotAStore {
            why: NotAStore::Empty,
            ..
        } => (
            Exit::Corrupt,
            "it was left as it is; remove it and run `tokenctl init`, or name the store with `--store`".to_owned(),
        ),
        StoreError::NotAStore { .. } => (
            Exit::Corrupt,
            "it was left as it is; name the store with `--store`, or create one with `tokenctl init`".to_owned(),
        ),
        StoreError::Corrupt { .. } => {
            (Exit::Corrupt, "keep a copy of the file as it is, and go back to a backup".to_owned())
        }
        StoreError::Schema { found, .. } if *found < 1 => {
            (Exit::Schema, "no build makes such a store: go back to a backup".to_owned())
        }
        StoreError::Schema { found, known } if found < known => {
            (Exit::Schema, "bring it up to date with `tokenctl migrate`".to_owned())
        }
        StoreError::Schema { .. } => {
            (Exit::Schema, "use the build of tokenctl that made it, or a newer one".to_owned())
        }
        StoreError::Insecure { path, why } => (Exit::Insecure, hint_of_insecurity(&path.display(), why)),
        StoreError::InDoubt { .. } => (
            Exit::Store,
            "mend the medium, then see what is there before you try again: `tokenctl audit list --newest --limit 5`".to_owned(),
        ),
        StoreError::NoSpace => (Exit::NoSpace, "nothing was done: make room and try again".to_owned()),
        StoreError::ReadOnly => {
            (Exit::NoSpace, "nothing was done: see to its permissions, or use a store that can be written".to_owned())
        }
        StoreError::Audit { .. } => {
            (Exit::Audit, "the history of the store is damaged: go back to a backup".to_owned())
        }
        StoreError::NoSuchCursor => {
            (Exit::NotFound, "begin the listing anew, without `--after`".to_owned())
        }
        StoreError::NetworkFileSystem { .. } => {
            (Exit::Store, "keep the store on a disk of this machine".to_owned())
        }
        StoreError::Io { .. } => {
            let message = format!("failed to {error}");
            return CliError::new(Exit::Store, message).with_hint("nothing was done: see to the path and its permissions");
        }
        _ => (Exit::Store, "nothing was done: see to the cause and try again".to_owned()),
    };
    CliError::new(exit, error.to_string()).with_hint(hint)
}

fn of_restore(error: &RestoreError) -> CliError {
    let (exit, hint) = match error {
        RestoreError::Store(error) => return of_store(error),
        RestoreError::Backup(cause) => {
            let known = of_store(cause);
            let (exit, hint) = match cause {
                StoreError::Missing { .. } | StoreError::Io { .. } => {
                    (Exit::Input, Some("nothing was done: name a file that can be read".to_owned()))
                }
                StoreError::Corrupt { .. } | StoreError::NotAStore { .. } => {
                    (Exit::Corrupt, Some("nothing was done: use another backup".to_owned()))
                }
                _ => (known.exit, known.hint),
            };
            let message = error.to_string();
            let told = CliError::new(exit, message);
            return match hint {
                Some(hint) => told.with_hint(hint),
                None => told,
            };
        }
        RestoreError::NotAlone { path } => (
            Exit::Data,
            format!(
                "nothing was done: copy it first, with `tokenctl backup --store {} FILE`",
                path.display()
            ),
        ),
        RestoreError::SameFile => (Exit::Usage, "name another file".to_owned()),
        RestoreError::OtherStore => (
            Exit::Conflict,
            "nothing was done: name the store it was made of with `--store`, or a path where there is none".to_owned(),
        ),
        _ => (
            Exit::Conflict,
            "nothing was done: restore it to a path where there is no store, and look into both".to_owned(),
        ),
    };
    CliError::new(exit, error.to_string()).with_hint(hint)
}

fn hint_of_insecurity(path: &dyn std::fmt::Display, why: &Insecurity) -> String {
    match why {
        Insecurity::Mode { .. } => format!("`chmod 600 {path}`, and see who may have read it"),
        Insecurity::Owner { owner } => {
            format!("run as its owner: `sudo -u '#{owner}' tokenctl …`")
        }
        Insecurity::Link => "name the file itself".to_owned(),
        _ => format!("`chmod o-w {path}`, or keep the store in a directory of your own"),
    }
}

fn of_change(error: &ChangeError) -> CliError {
    let (exit, hint) = match error {
        ChangeError::Store(error) => return of_store(error),
        ChangeError::NoSuchToken { .. } => (
            Exit::NotFound,
            "nothing was done; `tokenctl list` shows the tokens there are",
        ),
        ChangeError::NoSuchUser { .. } => (
            Exit::NotFound,
            "nothing was done; `tokenctl user list` shows the users there are",
        ),
        ChangeError::NameTaken { .. } => (Exit::Conflict, "choose another name"),
        ChangeError::NameReserved { .. } => (
            Exit::Conflict,
            "choose another name: old tokens must not come back to life under a new user",
        ),
        ChangeError::LookAlike { .. } => (
            Exit::Conflict,
            "choose a name that cannot be taken for another",
        ),
        ChangeError::ChangedMeanwhile { .. } => (
            Exit::Conflict,
            "nothing was done: look at it again and try again",
        ),
        ChangeError::Labels { .. } => (
            Exit::Conflict,
            "nothing was done: take others away with `--remove-label`",
        ),
        ChangeError::Extension { why, .. } => (Exit::Conflict, hint_of_extension(why)),
        ChangeError::Rotation { why, .. } => (Exit::Conflict, hint_of_rotation(why)),
        ChangeError::NotDead { .. } => (Exit::Conflict, "nothing was done: revoke it first"),
        ChangeError::Restriction { why, .. } => (Exit::Conflict, hint_of_restriction(why)),
        ChangeError::NothingChosen => (Exit::Usage, "choose tokens, or say `--all`"),
        _ => (Exit::Conflict, "try again"),
    };
    CliError::new(exit, error.to_string()).with_hint(hint)
}

fn hint_of_extension(why: &ExtensionError) -> &'static str {
    match why {
        ExtensionError::Revoked { .. } => "nothing was done: it stays so; issue another",
        ExtensionError::Rotated { .. } => "nothing was done: extend the one that has replaced it",
        ExtensionError::Expired { .. } => "nothing was done: `--expired-too` brings it back",
        _ => "nothing was done: an earlier end is set by `tokenctl restrict ID --expires WHEN`",
    }
}

fn hint_of_rotation(why: &RotationError) -> &'static str {
    match why {
        RotationError::NotActive {
            state: TokenState::Suspended { .. },
        } => "nothing was done: `tokenctl resume ID` first, or issue another",
        RotationError::NotActive {
            state: TokenState::Expired { .. },
        } => {
            "nothing was done: `tokenctl extend ID --expired-too --expires WHEN` first, or issue another"
        }
        RotationError::NotActive { .. } => "nothing was done: it stays so; issue another",
        RotationError::Rotated { .. } => {
            "nothing was done: rotate the one that has replaced it; `rotate --status ID` tells more"
        }
        _ => "nothing was done",
    }
}

fn hint_of_restriction(why: &RestrictionError) -> &'static str {
    match why {
        RestrictionError::Widens { .. } => {
            "nothing was done: `--intersect` leaves what both allow, `--allow-widening` takes the file as it is"
        }
        RestrictionError::NoNetworkLeft => {
            "nothing was done: name a network that it has, or suspend the token"
        }
        RestrictionError::Unreadable(_) => {
            "nothing was done, and it is refused as it is: replace it with `--policy FILE --allow-widening`"
        }
        _ => "nothing was done: name fewer or simpler rules",
    }
}

fn of_issue(error: &IssueError) -> CliError {
    match error {
        IssueError::Change(error) => of_change(error),
        IssueError::LivesTooLong(error) => of_lifetime(error),
        IssueError::InDoubt { id, .. } => CliError::new(Exit::Store, error.to_string()).with_hint(format!(
            "nobody has its secret: mend the medium, then see whether it is there with `tokenctl show {id}`, and revoke it"
        )),
        IssueError::UnknownGenerator => CliError::usage(error.to_string())
            .with_hint("there are `tokenctl_v1`, `vendor_checksum` and `legacy_sha1`"),
        IssueError::Generate(GenerateError::Unprefixed) => {
            CliError::usage(error.to_string()).with_hint("leave `--prefix` out")
        }
        IssueError::Generate(_) => CliError::usage(error.to_string())
            .with_hint("name a prefix with `--prefix`, or another format with `--generator`"),
        _ => CliError::new(Exit::Store, error.to_string()).with_hint("nothing was done: try again"),
    }
}

fn of_extend(error: &ExtendError) -> CliError {
    match error {
        ExtendError::Change(error) => of_change(error),
        ExtendError::LivesTooLong(error) => of_lifetime(error),
        _ => CliError::new(Exit::Store, error.to_string()),
    }
}

fn of_import(error: &ImportError) -> CliError {
    match error {
        ImportError::Change(error) => of_change(error),
        ImportError::Source(SourceError::Store(error)) => of_store(error),
        ImportError::Source(source) => import::of_source(source),
        ImportError::Fault(odd) => import::of_fault(odd),
        _ => CliError::new(Exit::Store, error.to_string()).with_hint("nothing was done: try again"),
    }
}

fn of_lifetime(error: &LivesTooLong) -> CliError {
    CliError::usage(error.to_string())
        .with_hint("choose an earlier end with `--expires`: `issue.max_lifetime` allows no more")
}

fn of_identify(error: &IdentifyError) -> CliError {
    match error {
        IdentifyError::Store(error) => of_store(error),
        IdentifyError::Unknown => CliError::new(Exit::NotFound, error.to_string())
            .with_hint("it may belong to another store, or have been removed"),
        _ => CliError::new(Exit::Data, error.to_string())
            .with_hint("look for a character that was lost or added when it was copied"),
    }
}

fn of_resolve(error: &ResolveError) -> CliError {
    match error {
        ResolveError::Store(error) => of_store(error),
        ResolveError::NotAnId(_) => CliError::usage(error.to_string()).with_hint(
            "`tokenctl list` shows the ids; a whole token is read by `tokenctl identify -`",
        ),
        ResolveError::Ambiguous { ids, .. } => {
            let shown: Vec<&str> = ids
                .iter()
                .take(ResolveError::MOST_SHOWN)
                .map(|id| id.as_str())
                .collect();
            let more = if ids.len() > shown.len() { ", …" } else { "" };
            CliError::new(Exit::Conflict, error.to_string())
                .with_hint(format!("type more of one of {}{more}", shown.join(", ")))
        }
        _ => CliError::new(Exit::NotFound, error.to_string())
            .with_hint("nothing was done; `tokenctl list` shows the tokens there are"),
    }
}
