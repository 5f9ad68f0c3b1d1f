//! Stores with damaged files.

mod edit;
mod scene;

use std::collections::BTreeSet;
use std::fs::OpenOptions as FileOptions;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Output;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::MemorySession;
use tokenctl::change::{Actor, Change, Mode, Target};
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::history::{History, Verdict};
use tokenctl::outcome::{Login, Outcome};
use tokenctl::selector::Listing;
use tokenctl::store::care::Severity;
use tokenctl::store::{Location, OpenOptions, Store};
use tokenctl::text::FreeText;
use tokenctl::token::Token;

use self::edit::{Edit, File};
use self::scene::{Known, Life, Scene};
use crate::attempt::{Exits, Faults, ending, feed_within, is_in_contract};
use crate::claim::{Claim, Findings, Needs};
use crate::dice::Dice;
use crate::setting::Setting;

pub(crate) const CLAIM: Claim = Claim {
    name: "damage",
    says: "a damaged store is refused or read, but nothing crashes or hangs, and no token is accepted that its store, as it can still be read, does not call live",
    needs: Needs::Nothing,
    run,
};

/// Longer than anything on so small a store takes.
const LIMIT: Duration = Duration::from_secs(10);

/// Every so many damages the command is tried besides the library.
const SAMPLE: usize = 50;

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let trials: usize = setting.scale.of(300, 2_000, 200_000);
    let mut dice = setting.dice();
    let scene = Arc::new(Scene::make(Dice::new(dice.roll()))?);
    let foreign = Scene::make(Dice::new(dice.roll()))?;
    let unknown: Vec<String> = foreign
        .tokens
        .iter()
        .map(|known| known.secret.clone())
        .collect();
    let unknown = Arc::new(unknown);
    let lengths = [&scene.closed, &scene.database, &scene.log].map(Vec::len);
    let mut tally = Tally::default();
    for number in setting.watch(0..trials) {
        let edit = Edit::draw(number, lengths, &mut dice);
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("tokens.db");
        let log = path.with_extension("db-wal");
        let (database, wal) = match edit.file {
            File::Closed => (edit.apply(&scene.closed, &[]), None),
            File::Database => (edit.apply(&scene.database, &[]), Some(scene.log.clone())),
            File::Log => (
                Some(scene.database.clone()),
                edit.apply(&scene.log, &foreign.log),
            ),
        };
        for (path, bytes) in [(&path, database), (&log, wal)] {
            if let Some(bytes) = bytes {
                write_private(path, &bytes)?;
            }
        }
        // Before the library, which writes to it.
        if number % SAMPLE == 0 {
            tally.try_command(setting, &path, &scene, &unknown, &edit)?;
        }
        tally.try_library(&path, &scene, &unknown, &edit);
    }
    Ok(tally.findings(trials))
}

fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut options = FileOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    Ok(())
}

/// What came of asking about one token.
enum Answer {
    /// What is right, or a refusal, or that it could not be found out.
    Good,
    /// A token was accepted that the store never had.
    Unknown,
    /// A dead token was accepted although its record, as it was read, says that it is dead, or by the record of another.
    Confused,
    /// A token was accepted that only changes in the log have killed.
    Forgotten,
    /// A dead token was accepted because the damage has written another record in the place of its own.
    Rewritten,
}

/// What one damaged store did.
#[derive(Default)]
struct Seen {
    refused: bool,
    answers: Vec<(Answer, String)>,
    /// Whether those who keep the head of the history elsewhere see that something is missing.
    head_tells: bool,
    /// Whether `check` finds the store damaged.
    check_tells: bool,
}

#[derive(Default)]
struct Tally {
    panics: Faults,
    hangs: Faults,
    unknown: Faults,
    confused: Faults,
    foreign: Faults,
    foreign_unseen: Faults,
    forgotten: Faults,
    forgotten_unseen: Faults,
    rewritten: Faults,
    rewritten_unseen: Faults,
    command: Faults,
    lost_by_command: Faults,
    refused: usize,
    runs: usize,
    exits: Exits,
}

impl Tally {
    /// Uses the store in a thread of its own, which may panic or hang.
    fn try_library(
        &mut self,
        path: &Path,
        scene: &Arc<Scene>,
        unknown: &Arc<Vec<String>>,
        edit: &Edit,
    ) {
        let (told, hearing) = mpsc::channel();
        let (path, scene, unknown) = (path.to_owned(), Arc::clone(scene), Arc::clone(unknown));
        let trial = thread::spawn(move || {
            let seen = use_store(&path, &scene, &unknown);
            // The other end has given up when nobody hears it.
            let _ = told.send(());
            seen
        });
        if let Err(mpsc::RecvTimeoutError::Timeout) = hearing.recv_timeout(LIMIT) {
            return self.hangs.add(|| edit.to_string());
        }
        let Ok(Ok(seen)) = trial.join() else {
            return self.panics.add(|| edit.to_string());
        };
        self.refused += usize::from(seen.refused);
        for (answer, what) in &seen.answers {
            let told = || format!("{edit}: {what}");
            match answer {
                Answer::Good => {}
                Answer::Unknown if edit.is_of_another_store() => {
                    self.foreign.add(told);
                    if !seen.head_tells {
                        self.foreign_unseen.add(told);
                    }
                }
                Answer::Unknown => self.unknown.add(told),
                Answer::Confused => self.confused.add(told),
                // Without a log beside it there is nothing to forget.
                Answer::Forgotten if edit.file != File::Closed => {
                    self.forgotten.add(told);
                    if !seen.head_tells {
                        self.forgotten_unseen.add(told);
                    }
                }
                Answer::Forgotten | Answer::Rewritten => {
                    self.rewritten.add(told);
                    if !seen.check_tells {
                        self.rewritten_unseen.add(told);
                    }
                }
            }
        }
    }

    /// Runs the command on the store, which changes nothing but the first time that it puts the log into the file.
    fn try_command(
        &mut self,
        setting: &Setting,
        path: &Path,
        scene: &Scene,
        unknown: &[String],
        edit: &Edit,
    ) -> anyhow::Result<()> {
        let stranger = unknown.first().context("there are some")?;
        let verified = self.run(setting, path, &["verify"], stranger, edit)?;
        if verified.is_some_and(|it| it.status.success()) && !edit.is_of_another_store() {
            self.unknown.add(|| format!("{edit}: by the command"));
        }
        let mut dead = scene.tokens.iter().filter(|it| it.life != Life::Live);
        for known in dead.clone() {
            let verified = self.run(setting, path, &["verify"], &known.secret, edit)?;
            if verified.is_some_and(|it| it.status.success()) {
                self.judge_command(path, known, edit)?;
            }
        }
        let dead = dead.next().context("some are dead")?;
        let id = dead.record.id.to_string();
        let lines: [(&[&str], &str); 7] = [
            (&["identify", "-"], &dead.secret),
            (&["list", "--json"], ""),
            (&["show", &id], ""),
            (&["stats"], ""),
            (&["check"], ""),
            (&["audit", "verify"], ""),
            (&["revoke", &id, "--yes"], ""),
        ];
        for (arguments, input) in lines {
            self.run(setting, path, arguments, input, edit)?;
        }
        Ok(())
    }

    /// Runs one line, and returns what it said where it has ended by itself.
    fn run(
        &mut self,
        setting: &Setting,
        path: &Path,
        arguments: &[&str],
        input: &str,
        edit: &Edit,
    ) -> anyhow::Result<Option<Output>> {
        let header = format!("token {input}");
        let command = setting.tokenctl(path, arguments);
        self.runs += 1;
        let Some(output) = feed_within(command, header.as_bytes(), LIMIT)? else {
            self.hangs.add(|| format!("{edit}: {arguments:?}"));
            return Ok(None);
        };
        self.exits.add(output.status);
        if !is_in_contract(output.status) {
            self.command
                .add(|| format!("{edit}: {arguments:?}: {}", ending(output.status)));
        }
        Ok(Some(output))
    }

    /// Says what it means that the command has accepted `known`, by the record that the library reads for it.
    fn judge_command(&mut self, path: &Path, known: &Known, edit: &Edit) -> anyhow::Result<()> {
        let store = Location::parse(&path.to_string_lossy())?.open(OpenOptions::default())?;
        let authenticator = Authenticator::over(store);
        let login = accepted(&authenticator, &known.secret, SystemClock.now());
        let read = login.and_then(|login| login.token);
        let told = || format!("{edit}: {} by the command", known.record.id);
        match judge(known, read.as_deref()) {
            Answer::Good => {}
            Answer::Forgotten | Answer::Rewritten => self.lost_by_command.add(told),
            Answer::Confused | Answer::Unknown => self.confused.add(told),
        }
        Ok(())
    }

    fn findings(self, trials: usize) -> Findings {
        let mut findings = Findings::default();
        findings.count("damages", trials);
        findings.count("damaged stores that could not be opened", self.refused);
        findings.count("runs of the command on damaged stores", self.runs);
        for (name, faults) in self.faults() {
            faults.tell(name, &mut findings);
        }
        for (name, faults, why) in self.losses() {
            findings.concede(name, faults.count, why);
            findings.notes.extend(faults.note(name));
        }
        findings
            .notes
            .push(format!("exit codes of the command: {}", self.exits));
        findings
    }

    /// What must not be.
    fn faults(&self) -> [(&'static str, &Faults); 7] {
        [
            ("panics", &self.panics),
            ("hangs of 10 s", &self.hangs),
            ("runs that ended outside the contract", &self.command),
            ("accepted tokens that the store never had", &self.unknown),
            (
                "accepted tokens whose record says that they are dead",
                &self.confused,
            ),
            (
                "accepted tokens that only the lost log had killed, unseen by whoever keeps the head of the history",
                &self.forgotten_unseen,
            ),
            (
                "accepted tokens of a store whose log was put beside the file, unseen by whoever keeps the head",
                &self.foreign_unseen,
            ),
        ]
    }

    /// What comes of what is lost, and why that is accepted.
    fn losses(&self) -> [(&'static str, &Faults, &'static str); 5] {
        [
            (
                "accepted tokens that only the lost log had killed",
                &self.forgotten,
                "to SQLite, what follows the first bad record of a log was never written; whoever keeps the head of the \
                 history sees that something is missing",
            ),
            (
                "accepted tokens of a store whose log was put beside the file",
                &self.foreign,
                "the log of another store is good by itself; whoever keeps the head of the history sees it",
            ),
            (
                "accepted tokens whose own record the damage has rewritten",
                &self.rewritten,
                "pages of SQLite have no checksums, so that a damage which makes another well-formed record of one cannot \
                 be told from a change",
            ),
            (
                "the same, and `check` finds nothing",
                &self.rewritten_unseen,
                "it finds revocations that were undone so, but an end that was moved looks like any other",
            ),
            (
                "dead tokens that the command accepted too, for one of these reasons",
                &self.lost_by_command,
                "it reads what the library reads",
            ),
        ]
    }
}

/// Opens the store, asks about every token, does everything else that can be done with a store, and asks again.
fn use_store(path: &Path, scene: &Scene, unknown: &[String]) -> anyhow::Result<Seen> {
    let now = scene::now()?;
    let location = Location::parse(&path.to_string_lossy())?;
    let Ok(store) = location.open(OpenOptions::default()) else {
        return Ok(Seen {
            refused: true,
            ..Seen::default()
        });
    };
    let mut seen = Seen::default();
    ask(&store, scene, unknown, now, &mut seen);
    let kept = BTreeSet::from([scene.head]);
    let history = History::new(Arc::clone(&store)).verify(&kept);
    seen.head_tells = !matches!(history, Ok(Verdict::Whole(_)));
    let examined = location.check(&OpenOptions::default(), now, &mut |_| {
        ControlFlow::Continue(())
    });
    seen.check_tells =
        examined.is_err() || examined.is_ok_and(|found| found.worst() == Some(Severity::Damaged));
    use_all(&store, scene, now)?;
    ask(&store, scene, unknown, now, &mut seen);
    Ok(seen)
}

fn ask(store: &Arc<dyn Store>, scene: &Scene, unknown: &[String], now: Timestamp, seen: &mut Seen) {
    let authenticator = Authenticator::over(Arc::clone(store));
    for known in &scene.tokens {
        if let Some(login) = accepted(&authenticator, &known.secret, now) {
            let answer = judge(known, login.token.as_deref());
            seen.answers
                .push((answer, format!("{} was accepted", known.record.id)));
        }
    }
    for secret in unknown {
        if accepted(&authenticator, secret, now).is_some() {
            seen.answers.push((
                Answer::Unknown,
                "a token of another store was accepted".to_owned(),
            ));
        }
    }
}

fn accepted(authenticator: &Authenticator, secret: &str, now: Timestamp) -> Option<Box<Login>> {
    let header = format!("token {secret}");
    let head = RequestHead::new().authorization(header.as_bytes());
    match authenticator.check_login(&head, &mut MemorySession::default(), now) {
        Ok(Outcome::Accepted(login)) => Some(login),
        Ok(Outcome::Refused(_)) | Err(_) => None,
    }
}

/// Says what it means that `known` was accepted by the record `read`.
fn judge(known: &Known, read: Option<&Token>) -> Answer {
    let truth = &known.record;
    let Some(read) = read.filter(|read| read.id == truth.id) else {
        return Answer::Confused;
    };
    let state = |token: &Token| {
        let owner = token.owner.clone();
        let ends = (
            token.revoked_at,
            token.suspended_at,
            token.rotated_to,
            token.expires_at,
        );
        (ends, owner)
    };
    match known.life {
        Life::Live => Answer::Good,
        Life::Dead | Life::DeadByLog if state(read) == state(truth) => Answer::Confused,
        Life::DeadByLog => Answer::Forgotten,
        Life::Dead => Answer::Rewritten,
    }
}

/// Reads all that there is, and changes something. What fails, fails.
fn use_all(store: &Arc<dyn Store>, scene: &Scene, now: Timestamp) -> anyhow::Result<()> {
    let _ = store.readiness();
    let _ = store.users();
    let _ = store.list(&Listing::default(), now, 100);
    let _ = store.statistics(now, 3);
    let live = scene.tokens.iter().find(|known| known.life == Life::Live);
    let revoke = Change::Revoke {
        tokens: Target::Ids(vec![live.context("some are live")?.record.id]),
        reason: FreeText::parse("damaged")?,
    };
    let _ = store.apply(&[revoke], &Actor::named("limits"), now, Mode::Commit);
    Ok(())
}
