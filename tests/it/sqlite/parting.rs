//! Restores between two stores that went on apart: of rights what both allow, of ends the earlier, and an event of each.

use std::path::{Path, PathBuf};

use tokenctl::change::{Change, Event, Mode, Target};
use tokenctl::extension::Extension;
use tokenctl::network::Networks;
use tokenctl::policy::Policy;
use tokenctl::restriction::{PolicyRestriction, Restriction};
use tokenctl::store::care::{Relation, Way};
use tokenctl::store::sqlite::SqliteStore;
use tokenctl::token::TokenState;

use super::restoring::{NOW, accepted, assert_sound, backup, restore};
use super::{open, place};
use crate::store::{add, apply, at, events, id, issue, issue_shaped, name, reason, revoke, token};

/// Two stores with a beginning in common, which `begin` made.
struct Apart {
    ours: SqliteStore,
    theirs: SqliteStore,
    path: PathBuf,
    their_path: PathBuf,
    directory: tempfile::TempDir,
}

impl Apart {
    fn new(begin: &[Change]) -> Self {
        let (directory, path) = place();
        let ours = super::create(&path);
        apply(&ours, 1, begin);
        let their_path = directory.path().join("theirs.db");
        backup(&path, &their_path);
        Self {
            ours,
            theirs: open(&their_path).unwrap(),
            path,
            their_path,
            directory,
        }
    }

    /// Brings theirs into ours; returns the events of it.
    fn restore(&self) -> Vec<Event> {
        let copy: &Path = &self.directory.path().join("copy.db");
        backup(&self.their_path, copy);
        let before = events(&self.ours).len();
        let done = restore(&self.path, copy, Mode::Commit).unwrap();
        let relation = Relation::Parted;
        assert_eq!(done.way, Way::Merged { relation });
        assert_sound(&self.path);
        events(&self.ours).split_off(before)
    }
}

fn restrict(number: u32, shape: impl FnOnce(&mut Restriction)) -> Change {
    let mut restriction = Restriction::default();
    shape(&mut restriction);
    Change::Restrict {
        tokens: Target::Ids(vec![id(number)]),
        restriction: Box::new(restriction),
    }
}

fn read_only(restriction: &mut Restriction) {
    restriction.policy = Some(PolicyRestriction::Intersect(Policy::read_only()));
}

fn extend_to(number: u32, end: i64) -> Change {
    Change::Extend {
        tokens: Target::Ids(vec![id(number)]),
        extension: Extension::to(Some(at(end))),
    }
}

fn networks(list: &[&str]) -> Networks {
    Networks::parse(list).unwrap()
}

fn told(events: &[Event]) -> Vec<(&str, &str, &str)> {
    let told = events.iter().map(|event| {
        let token = event.token.as_deref().unwrap_or_default();
        (event.action.as_str(), event.user.as_str(), token)
    });
    told.collect()
}

#[test]
fn rights_that_either_has_taken_away_stay_so() {
    let apart = Apart::new(&[
        add("alice"),
        issue(1, "alice"),
        issue(2, "alice"),
        issue(3, "alice"),
        issue(4, "alice"),
    ]);
    let wide = networks(&["10.0.0.0/8"]);
    let narrow = networks(&["10.1.0.0/16"]);
    apply(
        &apart.ours,
        2,
        &[
            restrict(1, read_only),
            restrict(3, |it| it.networks = Some(wide.clone())),
            restrict(4, |it| it.networks = Some(networks(&["192.168.0.0/16"]))),
        ],
    );
    let edits = [
        restrict(1, |it| it.networks = Some(wide.clone())),
        restrict(2, read_only),
        restrict(3, |it| it.networks = Some(narrow.clone())),
        restrict(4, |it| it.networks = Some(wide.clone())),
    ];
    apply(&apart.theirs, 5, &edits);
    // A newer record of ours, of which theirs is the narrower.
    apply(
        &apart.ours,
        6,
        &[restrict(2, |it| it.expires_at = Some(at(NOW + 9)))],
    );
    let events = apart.restore();
    let [one, two, three, four] = [1, 2, 3, 4].map(|number| token(&apart.ours, number));
    assert_eq!(one.policy.as_str(), Policy::read_only().as_str());
    assert_eq!(one.networks, Some(wide));
    assert_eq!(two.policy.as_str(), Policy::read_only().as_str());
    assert_eq!(two.expires_at, Some(at(NOW + 9)));
    assert_eq!(three.networks, Some(narrow));
    // They have no network in common.
    assert_eq!(
        four.state(at(NOW)),
        TokenState::Suspended { since: at(NOW) }
    );
    let restored = events
        .iter()
        .filter(|event| event.action == "token.restored");
    assert_eq!(restored.count(), 4);
}

#[test]
fn rights_of_the_same_second_are_not_taken_for_the_same() {
    let apart = Apart::new(&[add("alice"), issue(1, "alice")]);
    apply(
        &apart.ours,
        2,
        &[restrict(1, |it| it.expires_at = Some(at(NOW + 9)))],
    );
    apply(&apart.theirs, 2, &[restrict(1, read_only)]);
    apart.restore();
    let merged = token(&apart.ours, 1);
    assert_eq!(merged.policy.as_str(), Policy::read_only().as_str());
    assert_eq!(merged.expires_at, Some(at(NOW + 9)));
}

#[test]
fn earlier_end_counts_unless_the_later_one_was_given_since() {
    let until = |number, end| {
        issue_shaped(number, "alice", move |it| {
            it.token.expires_at = Some(at(end));
        })
    };
    let apart = Apart::new(&[
        add("alice"),
        until(1, NOW + 50),
        until(2, NOW + 50),
        until(3, NOW + 50),
    ]);
    let shorten = |number| restrict(number, |it| it.expires_at = Some(at(NOW + 9)));
    apply(&apart.ours, 2, &[shorten(1), shorten(3)]);
    let extend = |number| extend_to(number, NOW + 99);
    // Newer records, and two of them with a later end.
    apply(
        &apart.theirs,
        5,
        &[restrict(1, read_only), extend(2), extend(3)],
    );
    apart.restore();
    let ends = [1, 2, 3].map(|number| token(&apart.ours, number).expires_at);
    assert_eq!(ends, [NOW + 9, NOW + 99, NOW + 9].map(|end| Some(at(end))));
}

#[test]
fn each_refusal_that_comes_from_the_other_side_has_an_event() {
    let apart = Apart::new(&[
        add("alice"),
        add("bob"),
        add("carol"),
        issue(1, "alice"),
        issue(2, "bob"),
        issue(3, "carol"),
        revoke(&[3], "old"),
    ]);
    apply(&apart.ours, 2, &[add("dave"), issue(4, "alice")]);
    let theirs = [
        Change::DeleteUser {
            name: name("alice"),
            reason: reason("left"),
        },
        Change::DisableUser { name: name("bob") },
        Change::Prune {
            tokens: Target::Ids(vec![id(3)]),
            dead_by: at(3),
        },
    ];
    apply(&apart.theirs, 3, &theirs);
    let events = apart.restore();
    assert_eq!(accepted(&apart.ours, 5), [false; 5]);
    assert_eq!(
        told(&events),
        [
            ("user.restored", "alice", ""),
            ("user.restored", "bob", ""),
            ("token.restored", "carol", "0000000003"),
            ("token.restored", "alice", "0000000001"),
            ("token.restored", "alice", "0000000004"),
            ("store.restored", "", ""),
        ]
    );
    assert_eq!(
        events[1].details,
        r#"{"deleted_at":null,"disabled_at":"1970-01-01T00:00:03Z"}"#
    );
    assert_eq!(events[2].details, r#"{"state":"removed"}"#);
    assert!(
        events[4].details.contains(r#""state":"revoked""#),
        "{:?}",
        events[4]
    );
}
