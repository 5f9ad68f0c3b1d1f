//! Clocks that are wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

use crate::attempt::{Faults, ending, feed, is_in_contract, succeed};
use crate::claim::{Claim, Findings, Needs};
use crate::setting::Setting;

pub(crate) const CLAIM: Claim = Claim {
    name: "clock",
    says: "a clock that is wrong, steps back or stands at the end of time makes a warning, but no bug and no lasting harm",
    needs: Needs::Nothing,
    run,
};

/// What the clock is set to, in the words of libfaketime: the first are tried at every scale.
const CLOCKS: [&str; 18] = [
    "-10y",
    "+80y",
    "@1970-01-01 00:00:00",
    "@2038-01-19 03:14:08",
    "@9999-12-31 23:59:59",
    "-3000y",
    "@1969-12-31 23:59:59",
    "@1901-12-13 20:45:51",
    "@2016-12-31 23:59:59",
    "@2028-02-29 12:00:00",
    "@2038-01-19 03:14:07",
    "@2106-02-07 06:28:16",
    "@9999-12-30 21:59:59",
    "@9999-12-30 22:00:01",
    "+10000y",
    "-20000y",
    "-1y",
    "+1y",
];
const QUICK_CLOCKS: usize = 6;

/// How often the clock steps back by a second.
const STEPS: i64 = 10;

/// What is run by each clock. `LIVE` and `MORE` are ids of tokens that are live, `NEW` is a file that is not there.
const READS: [&str; 8] = [
    "list --json",
    "show LIVE --json",
    "user list --json",
    "stats --json",
    "audit list --json",
    "audit verify --json",
    "export",
    "prune --dry-run --json",
];
const CHANGES: [&str; 9] = [
    "issue alice --full-access --expires never",
    "issue alice --full-access --expires 90d",
    "rotate MORE --overlap 1h",
    "restrict MORE --read-only",
    "extend MORE --expires never",
    "suspend MORE",
    "user add bob",
    "backup NEW",
    "revoke MORE --yes",
];

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let Some(library) = library() else {
        findings
            .skipped
            .push("libfaketime is not installed (Debian: faketime)".to_owned());
        return Ok(findings);
    };
    let scene = Scene::make(setting)?;
    let mut trial = Trial {
        setting,
        library,
        faults: Default::default(),
        runs: 0,
        dates: 0,
    };
    if !trial.reaches_the_command(&scene)? {
        findings.skipped.push(
            "the command does not hear of the false clock: it is not linked to the C library"
                .to_owned(),
        );
        return Ok(findings);
    }
    let clocks = setting.scale.of(QUICK_CLOCKS, CLOCKS.len(), CLOCKS.len());
    for clock in CLOCKS.into_iter().take(clocks) {
        let place = scene.copy()?;
        trial.at_clock(clock, &scene, place.path())?;
        trial.afterwards(clock, &scene, place.path())?;
    }
    let place = scene.copy()?;
    trial.step_back(&scene, place.path())?;
    trial.afterwards("steps of -1 s", &scene, place.path())?;
    findings.count("clocks", clocks + 1);
    findings.count("runs under a false clock", trial.runs);
    findings.count("dates read", trial.dates);
    for (name, faults) in trial.faults.named() {
        faults.tell(name, &mut findings);
    }
    findings.notes.push(
        "the clock is believed as given, so that an expired token lives again while the clock is before its end; \
         revocation does not depend on the clock"
            .to_owned(),
    );
    Ok(findings)
}

/// Returns the library that makes a program see another clock.
fn library() -> Option<PathBuf> {
    let places = fs::read_dir("/usr/lib").ok()?;
    places
        .filter_map(|place| Some(place.ok()?.path().join("faketime/libfaketime.so.1")))
        .find(|library| library.exists())
}

/// A store made by the true clock, with a token that never ends, one to be changed and one that is revoked.
struct Scene {
    directory: TempDir,
    live: String,
    live_id: String,
    more_id: String,
    revoked: String,
}

impl Scene {
    fn make(setting: &Setting) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let store = directory.path().join("tokens.db");
        let tell = |line: &str| -> anyhow::Result<String> {
            let words: Vec<&str> = line.split(' ').collect();
            let told = succeed(setting.tokenctl(&store, &words))?;
            Ok(String::from_utf8(told.stdout)?.trim().to_owned())
        };
        tell("init")?;
        tell("user add alice")?;
        let issue = "issue alice --full-access --expires never";
        let (live, more, revoked) = (tell(issue)?, tell(issue)?, tell(issue)?);
        let id = |secret: &str| Some(secret.split('_').nth(1)?.to_owned());
        let revoked_id = id(&revoked).context("it has an id")?;
        tell(&format!("revoke {revoked_id} --yes"))?;
        Ok(Self {
            live_id: id(&live).context("it has an id")?,
            more_id: id(&more).context("it has an id")?,
            directory,
            live,
            revoked,
        })
    }

    fn copy(&self) -> anyhow::Result<TempDir> {
        let place = tempfile::tempdir()?;
        fs::copy(
            self.directory.path().join("tokens.db"),
            place.path().join("tokens.db"),
        )?;
        Ok(place)
    }
}

#[derive(Default)]
struct Wrong {
    endings: Faults,
    warnings: Faults,
    dates: Faults,
    judgements: Faults,
    harm: Faults,
}

impl Wrong {
    fn named(&self) -> [(&'static str, &Faults); 5] {
        [
            (
                "bugs, signals and codes outside the contract",
                &self.endings,
            ),
            (
                "changes behind the newest event without a warning, or warnings without need",
                &self.warnings,
            ),
            ("dates that are not RFC 3339", &self.dates),
            ("tokens that were answered wrongly", &self.judgements),
            (
                "things that are wrong afterwards, by the true clock",
                &self.harm,
            ),
        ]
    }
}

struct Trial<'a> {
    setting: &'a Setting,
    library: PathBuf,
    faults: Wrong,
    runs: usize,
    dates: usize,
}

impl Trial<'_> {
    fn reaches_the_command(&mut self, scene: &Scene) -> anyhow::Result<bool> {
        let place = scene.copy()?;
        let added = self
            .by_clock(
                "@2001-02-03 04:05:06",
                place.path(),
                &["user", "add", "bob"],
            )
            .output()?;
        ensure!(added.status.success(), "a user could not be added");
        let shown = self.setting.tokenctl(
            &place.path().join("tokens.db"),
            &["user", "show", "bob", "--json"],
        );
        Ok(String::from_utf8(succeed(shown)?.stdout)?.contains("2001-02-03T04:05:"))
    }

    fn by_clock(&self, clock: &str, place: &Path, arguments: &[&str]) -> Command {
        let mut command = self.setting.tokenctl(&place.join("tokens.db"), arguments);
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME", clock)
            .env("TZ", "UTC")
            // A step of the clock does not move the one by which waits are measured.
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("DONT_FAKE_MONOTONIC", "1")
            .env("TMPDIR", place);
        command
    }

    /// Runs everything by one wrong clock.
    fn at_clock(&mut self, clock: &str, scene: &Scene, place: &Path) -> anyhow::Result<()> {
        let asked = [
            (&scene.live, "verify", 0),
            (&scene.revoked, "verify", 12),
            (&scene.live, "verify --record-use", 0),
        ];
        for (secret, line, allowed) in asked {
            let words: Vec<&str> = line.split(' ').collect();
            let verify = self.by_clock(clock, place, &words);
            let output = feed(verify, &format!("token {secret}"))?;
            self.look(clock, line, &output);
            if output.status.code() != Some(allowed) {
                self.faults
                    .judgements
                    .add(|| format!("{clock}: {}", ending(output.status)));
            }
        }
        self.read_all(clock, scene, place)?;
        for line in CHANGES {
            let newest = self.newest(place)?;
            let output = self.run_line(clock, line, scene, place)?;
            self.look(clock, line, &output);
            let added = self.newest(place)?;
            if added.0 != newest.0 && output.status.success() {
                self.look_for_the_warning(clock, line, &output, newest.1, added.1);
            }
        }
        self.read_all(clock, scene, place)
    }

    fn read_all(&mut self, clock: &str, scene: &Scene, place: &Path) -> anyhow::Result<()> {
        for line in READS {
            let output = self.run_line(clock, line, scene, place)?;
            self.look(clock, line, &output);
        }
        Ok(())
    }

    fn run_line(
        &mut self,
        clock: &str,
        line: &str,
        scene: &Scene,
        place: &Path,
    ) -> anyhow::Result<Output> {
        let new = place.join(format!("backup-{}", self.runs));
        let words: Vec<&str> = line
            .split(' ')
            .map(|word| match word {
                "LIVE" => &scene.live_id,
                "MORE" => &scene.more_id,
                "NEW" => new.to_str().unwrap_or("backup"),
                word => word,
            })
            .collect();
        Ok(self.by_clock(clock, place, &words).output()?)
    }

    /// Looks at how a command ended, and at the dates that it has printed.
    fn look(&mut self, clock: &str, line: &str, output: &Output) {
        self.runs += 1;
        let stderr = String::from_utf8_lossy(&output.stderr);
        if !is_in_contract(output.status) || stderr.contains("internal error") {
            self.faults.endings.add(|| {
                format!(
                    "{clock}: {line}: {}: {}",
                    ending(output.status),
                    stderr.trim()
                )
            });
        }
        let stdout = String::from_utf8_lossy(&output.stdout);
        let documents = serde_json::Deserializer::from_str(&stdout).into_iter::<Value>();
        for document in documents.map_while(Result::ok) {
            self.look_at_dates(clock, line, "", &document);
        }
    }

    fn look_at_dates(&mut self, clock: &str, line: &str, name: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    self.look_at_dates(clock, line, name, value);
                }
            }
            Value::Array(values) => {
                for value in values {
                    self.look_at_dates(clock, line, name, value);
                }
            }
            Value::String(text) if name == "time" || name.ends_with("_at") => {
                self.dates += 1;
                if !is_rfc_3339(text) {
                    self.faults
                        .dates
                        .add(|| format!("{clock}: {line}: {name}: {text}"));
                }
            }
            _ => {}
        }
    }

    fn look_for_the_warning(
        &mut self,
        clock: &str,
        line: &str,
        output: &Output,
        before: Option<Timestamp>,
        after: Option<Timestamp>,
    ) {
        let warned = String::from_utf8_lossy(&output.stderr)
            .contains("the clock is behind the newest event");
        if warned != (after < before) {
            self.faults
                .warnings
                .add(|| format!("{clock}: {line}: warned: {warned}, from {before:?} to {after:?}"));
        }
    }

    /// Returns how many events there are, and when the newest was.
    fn newest(&self, place: &Path) -> anyhow::Result<(u64, Option<Timestamp>)> {
        let list = ["audit", "list", "--newest", "--limit", "1", "--json"];
        let told = succeed(self.setting.tokenctl(&place.join("tokens.db"), &list))?;
        let events: Value = serde_json::from_slice(&told.stdout)?;
        let event = events.get(0).context("there are events")?;
        let at = event
            .get("time")
            .and_then(Value::as_str)
            .context("it has a time")?;
        // What cannot be read is a fault that is counted where it was printed.
        Ok((
            event
                .get("seq")
                .and_then(Value::as_u64)
                .context("it has a number")?,
            at.parse().ok(),
        ))
    }

    fn step_back(&mut self, scene: &Scene, place: &Path) -> anyhow::Result<()> {
        for step in 1..=STEPS {
            let newest = self.newest(place)?;
            let clock = format!("-{}s", 2 * step);
            let line = "issue alice --full-access";
            let output = self.run_line(&clock, line, scene, place)?;
            self.look(&clock, line, &output);
            self.look_for_the_warning(&clock, line, &output, newest.1, self.newest(place)?.1);
        }
        Ok(())
    }

    /// Uses the store again by the true clock.
    fn afterwards(&mut self, clock: &str, scene: &Scene, place: &Path) -> anyhow::Result<()> {
        let store = place.join("tokens.db");
        let lines = [
            "check",
            "audit verify",
            "list --json",
            "issue alice --full-access",
            "prune --yes",
            "stats",
            "check",
        ];
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            let output = self.setting.tokenctl(&store, &words).output()?;
            if !output.status.success() {
                let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
                self.faults.harm.add(|| {
                    format!(
                        "{clock}: {line}: {}: {}",
                        ending(output.status),
                        stderr.trim()
                    )
                });
            }
        }
        for (secret, allowed) in [(&scene.live, 0), (&scene.revoked, 12)] {
            let output = feed(
                self.setting.tokenctl(&store, &["verify"]),
                &format!("token {secret}"),
            )?;
            if output.status.code() != Some(allowed) {
                self.faults
                    .harm
                    .add(|| format!("{clock}: verify: {}", ending(output.status)));
            }
        }
        Ok(())
    }
}

/// Returns whether `text` is a date and time in UTC with a year of four digits, that there is.
fn is_rfc_3339(text: &str) -> bool {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    let Some((whole, fraction)) = text.split_at_checked(SHAPE.len()) else {
        return false;
    };
    let has_shape = whole.bytes().zip(SHAPE).all(|(byte, shape)| match shape {
        b'0' => byte.is_ascii_digit(),
        shape => byte == *shape,
    });
    let digits = fraction
        .strip_suffix('Z')
        .map(|rest| rest.strip_prefix('.').unwrap_or(rest));
    let ends_well = digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    has_shape && ends_well && text.parse::<Timestamp>().is_ok()
}
