//! Who is calling, for the events of a change.

use std::fs;

use tokenctl::change::Actor;

/// Returns the actor that this process is, which was called to do `verb`.
pub(crate) fn of_process(verb: &str) -> Actor {
    let uid = nix::unistd::geteuid();
    let user = nix::unistd::User::from_uid(uid).ok().flatten();
    let mut actor = Actor::named(user.map_or_else(|| format!("uid:{uid}"), |user| user.name));
    actor.uid = Some(uid.as_raw());
    actor.login_uid = login_uid();
    // A claim of the environment, kept as one.
    actor.sudo_user = std::env::var("SUDO_USER")
        .ok()
        .filter(|name| !name.is_empty());
    actor.host = rustix::system::uname()
        .nodename()
        .to_str()
        .ok()
        .map(str::to_owned);
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
