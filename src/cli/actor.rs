//! Who is calling, for the events of a change.

use std::fs;

use tokenctl::change::Actor;

/// The most bytes of a text that is kept of what the surroundings say: Linux knows no longer login names.
const LONGEST: usize = 256;

/// Returns the actor that this process is, which was called to do `verb`.
pub(crate) fn of_process(verb: &str) -> Actor {
    let uid = nix::unistd::geteuid();
    let user = nix::unistd::User::from_uid(uid).ok().flatten();
    let mut actor =
        Actor::named(user.map_or_else(|| format!("uid:{uid}"), |user| bounded(&user.name)));
    actor.uid = Some(uid.as_raw());
    actor.login_uid = login_uid();
    // A claim of the environment, kept as one.
    actor.sudo_user = std::env::var_os("SUDO_USER")
        .filter(|name| !name.is_empty())
        .map(|name| bounded(&name.to_string_lossy()));
    actor.host = rustix::system::uname()
        .nodename()
        .to_str()
        .ok()
        .map(bounded);
    actor.pid = Some(std::process::id());
    actor.command = Some(verb.to_owned());
    actor
}

/// Returns the uid that logged in, as Linux keeps it across `su` and `sudo`.
fn login_uid() -> Option<u32> {
    let text = fs::read_to_string("/proc/self/loginuid").ok()?;
    // All ones stand for a process that nobody logged in for.
    text.trim().parse().ok().filter(|uid| *uid != u32::MAX)
}

/// Returns `text`, cut where it is too long: whoever sets the environment must not fill the store with it.
fn bounded(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(LONGEST);
    format!("{}…", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        for (text, kept) in [
            (String::new(), String::new()),
            ("alice".to_owned(), "alice".to_owned()),
            ("a".repeat(256), "a".repeat(256)),
            ("a".repeat(257), format!("{}…", "a".repeat(256))),
            ("é".repeat(10_000), format!("{}…", "é".repeat(128))),
            (
                format!("a{}", "é".repeat(128)),
                format!("a{}…", "é".repeat(127)),
            ),
        ] {
            assert_eq!(bounded(&text), kept);
        }
    }
}
