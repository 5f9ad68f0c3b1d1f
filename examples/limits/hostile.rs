//! Clients that mean harm: slow ones, and ones that send what no client would.

mod absence;
#[path = "../../tests/it/hostile/requests.rs"]
#[expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "of the tests, and made of constants"
)]
mod requests;
mod siege;

use std::collections::BTreeMap;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::attempt::succeed;
use crate::claim::{Claim, Findings, Goal, Needs};
use crate::sample::{SampleToken, private_directory};
use crate::server::Server;
use crate::setting::Setting;

pub(crate) const CLAIM: Claim = Claim {
    name: "hostile",
    says: "slow and hostile clients get no yes from `serve` and hold nobody else up, and without its store it says yes to nobody",
    needs: Needs::Nothing,
    run,
};

/// How often each status was answered.
type Statuses = BTreeMap<u16, usize>;

/// A store with a good token, and a server over it.
struct Place {
    directory: TempDir,
    secret: String,
}

impl Place {
    fn make(setting: &Setting) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let mut place = Self {
            directory,
            secret: String::new(),
        };
        private_directory(&place.home())?;
        let run = |arguments: &[&str]| succeed(setting.tokenctl(&place.store(), arguments));
        run(&["init"])?;
        run(&["user", "add", "alice"])?;
        let issued = run(&["issue", "alice", "--full-access"])?;
        place.secret = SampleToken::of(&issued.stdout)?.secret;
        Ok(place)
    }

    /// Returns the directory of the store, which has nothing else in it.
    fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    fn store(&self) -> PathBuf {
        self.home().join("tokens.db")
    }
}

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let place = Place::make(setting)?;
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let server = Server::start(setting.tokenctl(&place.store(), &serve))?;
    let mut findings = Findings::default();
    siege::run(setting, &place, &server, &mut findings)?;
    absence::run(&place, &server, &mut findings)?;
    // That it ends well, and with 0, is asked for there.
    let said = server.stop()?;
    for (name, word) in [
        ("times that the server told of a panic", "panicked"),
        ("times that the server told the secret", &place.secret),
    ] {
        findings.measure(name, said.matches(word).count(), Goal::NONE);
    }
    Ok(findings)
}
