//! What every store does. Each behaviour is a function over a factory of empty stores; the list at the end runs all of
//! them for each kind of store there is.

mod listing;
mod restricting;

use std::sync::Arc;

use jiff::Timestamp;
use tokenctl::change::{Actor, Applied, ChainCheck, Change, Event, IssuedToken, Mode, Target};
use tokenctl::label::Labels;
use tokenctl::policy::Policy;
use tokenctl::secret::{DigestKind, Secret, TokenDigest};
use tokenctl::selector::Selector;
use tokenctl::store::sqlite::SqliteStore;
use tokenctl::store::{ChangeError, OpenOptions, Store};
use tokenctl::text::FreeText;
use tokenctl::token::{NewToken, Token, TokenState};
use tokenctl::token_id::TokenId;
use tokenctl::user::UserName;

use self::listing::{
    cursor_that_is_not_there_is_an_error, ids_are_found_by_their_beginning,
    listing_agrees_with_the_selector_itself, pages_of_every_order_join_to_the_whole,
    selector_may_name_more_than_fits_into_a_statement,
    tokens_that_never_end_come_last_and_never_used_first,
    what_a_listing_shows_is_what_a_change_hits,
};
use self::restricting::{
    dry_run_of_a_restriction_changes_nothing, one_refused_restriction_stops_the_whole_change,
    restricted_tokens_have_one_event_each, restriction_is_kept_as_asked_for,
    restriction_that_takes_nothing_makes_no_event, selected_tokens_are_restricted_together,
    token_changed_after_a_look_is_not_restricted, widening_is_refused_unless_it_is_wanted,
};

/// An empty store, and what must outlive it.
pub(crate) struct Fresh {
    pub(crate) store: Arc<dyn Store>,
    _directory: tempfile::TempDir,
}

pub(crate) type Factory = fn() -> Fresh;

fn sqlite() -> Fresh {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tokens.db");
    Fresh {
        store: Arc::new(SqliteStore::create(&path, OpenOptions::default()).unwrap()),
        _directory: directory,
    }
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn name(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

pub(crate) fn id(number: u32) -> TokenId {
    TokenId::parse(&format!("{number:010}")).unwrap()
}

pub(crate) fn digest(number: u32) -> TokenDigest {
    TokenDigest::of(&Secret::new(format!("secret {number}")))
}

pub(crate) fn reason(text: &str) -> FreeText {
    FreeText::parse(text).unwrap()
}

pub(crate) fn new_token(user: &str) -> NewToken {
    NewToken {
        user: name(user),
        policy: Policy::full_access(),
        expires_at: None,
        note: FreeText::default(),
        labels: Labels::default(),
        networks: None,
    }
}

/// Returns the issue of token `number`, changed by `shape`.
pub(crate) fn issue_shaped(
    number: u32,
    user: &str,
    shape: impl FnOnce(&mut IssuedToken),
) -> Change {
    let mut issued = IssuedToken {
        id: id(number),
        digest: digest(number),
        generator: "tokenctl_v1".into(),
        token: new_token(user),
    };
    shape(&mut issued);
    Change::Issue(Box::new(issued))
}

pub(crate) fn issue(number: u32, user: &str) -> Change {
    issue_shaped(number, user, |_| {})
}

pub(crate) fn add(user: &str) -> Change {
    Change::AddUser { name: name(user) }
}

pub(crate) fn revoke(ids: &[u32], why: &str) -> Change {
    Change::Revoke {
        tokens: Target::Ids(ids.iter().copied().map(id).collect()),
        reason: reason(why),
    }
}

pub(crate) fn try_apply(
    store: &dyn Store,
    now: i64,
    changes: &[Change],
) -> Result<Applied, ChangeError> {
    store.apply(changes, &Actor::named("tester"), at(now), Mode::Commit)
}

pub(crate) fn apply(store: &dyn Store, now: i64, changes: &[Change]) -> Applied {
    try_apply(store, now, changes).unwrap()
}

pub(crate) fn events(store: &dyn Store) -> Vec<Event> {
    store.events(0, usize::MAX).unwrap()
}

pub(crate) fn token(store: &dyn Store, number: u32) -> Token {
    store.find_token(&id(number)).unwrap().unwrap()
}

pub(crate) fn selector(shape: impl FnOnce(&mut Selector)) -> Selector {
    let mut selector = Selector::default();
    shape(&mut selector);
    selector
}

fn user_is_found_by_the_present_name(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let applied = apply(store, 100, &[add("alice")]);
    assert_eq!(applied.users.len(), 1);
    let alice = store.find_user(&name("alice")).unwrap().unwrap();
    assert_eq!((alice.created_at, alice.disabled_at), (at(100), None));

    let rename = Change::RenameUser {
        name: name("alice"),
        to: name("carol"),
    };
    apply(store, 200, &[issue(1, "alice"), rename]);
    assert_eq!(store.find_user(&name("alice")).unwrap(), None);
    let carol = store.find_user(&name("carol")).unwrap().unwrap();
    assert_eq!((carol.created_at, carol.updated_at), (at(100), at(200)));
    assert_eq!(token(store, 1).owner.name, name("carol"));

    apply(store, 300, &[add("bob")]);
    let names: Vec<_> = store.users().unwrap().into_iter().map(|u| u.name).collect();
    assert_eq!(names, [name("bob"), name("carol")]);
}

fn name_once_used_is_never_given_again(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let rename = Change::RenameUser {
        name: name("alice"),
        to: name("carol"),
    };
    apply(store, 1, &[add("alice"), add("bob"), rename]);
    let delete = Change::DeleteUser {
        name: name("bob"),
        reason: reason("left"),
    };
    apply(store, 2, &[delete]);
    let before = events(store);
    for reserved in ["alice", "bob"] {
        let refused = try_apply(store, 3, &[add(reserved)]);
        assert!(
            matches!(&refused, Err(ChangeError::NameReserved { name }) if name.as_str() == reserved),
            "{refused:?}"
        );
    }
    let refused = try_apply(store, 3, &[add("carol")]);
    assert!(
        matches!(refused, Err(ChangeError::NameTaken { .. })),
        "{refused:?}"
    );
    assert_eq!(events(store), before);
}

fn name_that_looks_like_another_is_refused(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), add("dave")]);
    let rename = Change::RenameUser {
        name: name("dave"),
        to: name("ALICE"),
    };
    for change in [add("Alice"), add("a1ice"), rename] {
        let refused = try_apply(store, 2, &[change]);
        assert!(
            matches!(&refused, Err(ChangeError::LookAlike { existing, .. }) if existing.as_str() == "alice"),
            "{refused:?}"
        );
    }
    assert_eq!(store.users().unwrap().len(), 2);
}

fn disabled_user_keeps_the_first_date_until_enabled(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let disable = Change::DisableUser {
        name: name("alice"),
    };
    let enable = Change::EnableUser {
        name: name("alice"),
    };
    apply(store, 1, &[add("alice"), issue(1, "alice")]);
    assert!(apply(store, 2, std::slice::from_ref(&disable)).users[0].changed);
    assert!(!apply(store, 3, &[disable]).users[0].changed);
    assert_eq!(token(store, 1).owner.disabled_at, Some(at(2)));
    assert!(apply(store, 4, std::slice::from_ref(&enable)).users[0].changed);
    assert!(!apply(store, 5, &[enable]).users[0].changed);
    assert_eq!(token(store, 1).owner.disabled_at, None);
    assert_eq!(events(store).len(), 4, "no event for what was so already");
}

fn deleted_user_leaves_revoked_tokens(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(
        store,
        1,
        &[
            add("alice"),
            add("bob"),
            issue(1, "alice"),
            issue(2, "alice"),
            issue(3, "bob"),
        ],
    );
    apply(store, 2, &[revoke(&[1], "first")]);
    let delete = Change::DeleteUser {
        name: name("alice"),
        reason: reason("left"),
    };
    let applied = apply(store, 3, std::slice::from_ref(&delete));
    let changed: Vec<bool> = applied.tokens.iter().map(|hit| hit.changed).collect();
    assert_eq!(changed, [false, true]);
    assert_eq!(token(store, 1).revoked_at, Some(at(2)));
    let second = store.find_by_digest(&digest(2)).unwrap().unwrap();
    assert_eq!(
        (second.revoked_at, second.revoked_reason.as_str()),
        (Some(at(3)), "left")
    );
    assert_eq!(second.owner.disabled_at, Some(at(3)));
    assert_eq!(token(store, 3).revoked_at, None);
    assert_eq!(store.find_user(&name("alice")).unwrap(), None);
    for change in [
        delete,
        issue(4, "alice"),
        Change::EnableUser {
            name: name("alice"),
        },
    ] {
        let refused = try_apply(store, 4, &[change]);
        assert!(
            matches!(refused, Err(ChangeError::NoSuchUser { .. })),
            "{refused:?}"
        );
    }
}

fn issued_token_is_kept_as_asked_for(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let mut asked = new_token("alice");
    asked.expires_at = Some(Timestamp::new(5_000, 999_999_999).unwrap());
    asked.note = FreeText::parse("two\nlines \u{1b}[31m").unwrap();
    asked.labels.insert("team=web").unwrap();
    asked.networks = Some(tokenctl::network::Networks::parse(&["10.0.0.0/8"]).unwrap());
    asked.policy = Policy::read_only();
    let change = issue_shaped(1, "alice", |issued| issued.token = asked.clone());
    let applied = apply(store, 100, &[add("alice"), change]);
    let found = store.find_by_digest(&digest(1)).unwrap().unwrap();
    assert_eq!(applied.tokens[0].record, found);
    assert_eq!(found.id, id(1));
    assert_eq!(found.expires_at, Some(at(5_000)), "an end is never put off");
    assert_eq!((&found.note, &found.labels), (&asked.note, &asked.labels));
    assert_eq!(found.networks, asked.networks);
    assert_eq!(found.policy.read().unwrap(), asked.policy);
    assert_eq!(
        (found.created_at, found.created_by.as_str()),
        (at(100), "tester")
    );
    assert_eq!(
        (found.revision, found.family, found.rotated_to),
        (1, id(1), None)
    );
    assert_eq!(store.find_by_digest(&digest(2)).unwrap(), None);
}

fn token_is_found_by_the_digest_of_each_kind(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    assert_eq!(store.foreign_digest_kinds().unwrap(), []);
    apply(store, 1, &[add("alice"), issue(9, "alice")]);
    assert_eq!(store.foreign_digest_kinds().unwrap(), []);
    let secret = Secret::new("7|imported".into());
    let digests = DigestKind::ALL.map(|kind| TokenDigest::of_kind(kind, &secret).unwrap());
    for (number, digest) in (1..).zip(&digests) {
        let change = issue_shaped(number, "alice", |issued| issued.digest = digest.clone());
        apply(store, 1, &[change]);
    }
    for (number, digest) in (1..).zip(&digests) {
        let found = store.find_by_digest(digest).unwrap().unwrap();
        assert_eq!(found.id, id(number));
    }
    let mut kinds = store.foreign_digest_kinds().unwrap();
    kinds.sort();
    assert_eq!(kinds, [DigestKind::KnoxSha512, DigestKind::SanctumSha256]);
}

fn same_bytes_under_another_kind_are_another_token(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let tail = TokenDigest::of(&Secret::new("imported".into()));
    let change = issue_shaped(1, "alice", |issued| issued.digest = tail.clone());
    apply(store, 1, &[add("alice"), change]);
    let sanctum =
        TokenDigest::of_kind(DigestKind::SanctumSha256, &Secret::new("7|imported".into())).unwrap();
    assert_eq!(sanctum.as_bytes(), tail.as_bytes());
    assert_eq!(store.find_by_digest(&sanctum).unwrap(), None);
}

fn taken_id_or_digest_is_a_collision(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), issue(1, "alice")]);
    let before = events(store);
    for change in [
        issue_shaped(2, "alice", |issued| issued.id = id(1)),
        issue_shaped(2, "alice", |issued| issued.digest = digest(1)),
    ] {
        let refused = try_apply(store, 2, &[change]);
        assert!(
            matches!(refused, Err(ChangeError::Collision)),
            "{refused:?}"
        );
    }
    assert_eq!(events(store), before);
    assert_eq!(store.find_token(&id(2)).unwrap(), None);
    assert_eq!(store.find_by_digest(&digest(2)).unwrap(), None);
}

fn revoking_again_keeps_the_first_date_and_reason(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), issue(1, "alice")]);
    assert!(apply(store, 2, &[revoke(&[1], "leaked")]).tokens[0].changed);
    let first = token(store, 1);
    assert_eq!(first.state(at(2)), TokenState::Revoked { since: at(2) });
    assert_eq!(
        (first.revoked_reason.as_str(), first.revision),
        ("leaked", 2)
    );
    assert!(!apply(store, 3, &[revoke(&[1], "again")]).tokens[0].changed);
    assert_eq!(token(store, 1), first);
    assert_eq!(events(store).len(), 3);
}

fn token_named_twice_is_revoked_once(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(
        store,
        1,
        &[add("alice"), issue(1, "alice"), issue(2, "alice")],
    );
    let applied = apply(store, 2, &[revoke(&[2, 1, 2], "leaked")]);
    let hits: Vec<_> = applied
        .tokens
        .iter()
        .map(|hit| (hit.record.id, hit.changed))
        .collect();
    assert_eq!(hits, [(id(2), true), (id(1), true)]);
    assert_eq!(events(store).len(), 5);
}

fn missing_token_stops_the_whole_change(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), issue(1, "alice")]);
    let refused = try_apply(store, 2, &[issue(3, "alice"), revoke(&[1, 2], "leaked")]);
    assert!(
        matches!(&refused, Err(ChangeError::NoSuchToken { id: missing }) if *missing == id(2)),
        "{refused:?}"
    );
    assert_eq!(token(store, 1).revoked_at, None);
    assert_eq!(store.find_token(&id(3)).unwrap(), None);
    assert_eq!(events(store).len(), 2);
}

fn selected_tokens_are_revoked_together_with_one_event_each(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), add("bob")]);
    let issues: Vec<Change> = (1..=6)
        .map(|number| issue(number, if number % 2 == 0 { "alice" } else { "bob" }))
        .collect();
    apply(store, 2, &issues);
    let before = events(store).len();
    let change = Change::Revoke {
        tokens: Target::Matching(selector(|s| s.users = vec![name("alice")])),
        reason: reason("left"),
    };
    let applied = apply(store, 3, &[change]);
    assert_eq!(applied.tokens.len(), 3);
    let new = events(store).split_off(before);
    let told: Vec<_> = new
        .iter()
        .map(|event| event.token.clone().unwrap())
        .collect();
    assert_eq!(told, [2, 4, 6].map(|number| id(number).to_string()));
    assert!(
        new.iter()
            .all(|event| event.action == "token.revoked" && event.at == at(3))
    );
    for number in 1..=6 {
        assert_eq!(token(store, number).revoked_at.is_some(), number % 2 == 0);
    }
}

fn empty_selector_is_refused_and_all_is_not(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(
        store,
        1,
        &[add("alice"), issue(1, "alice"), issue(2, "alice")],
    );
    let matching = |selector| Change::Revoke {
        tokens: Target::Matching(selector),
        reason: reason("reset"),
    };
    let refused = try_apply(store, 2, &[matching(Selector::default())]);
    assert!(
        matches!(refused, Err(ChangeError::NothingChosen)),
        "{refused:?}"
    );
    let nobody = matching(selector(|s| s.users = vec![name("nobody")]));
    assert!(apply(store, 2, &[nobody]).tokens.is_empty());
    assert_eq!(events(store).len(), 3);
    assert_eq!(
        apply(store, 2, &[matching(selector(|s| s.all = true))])
            .tokens
            .len(),
        2
    );
}

fn dry_run_tells_and_changes_nothing(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), issue(1, "alice")]);
    let before = (events(store), token(store, 1), store.users().unwrap());
    let changes = [
        add("bob"),
        issue(2, "bob"),
        revoke(&[1], "leaked"),
        Change::DeleteUser {
            name: name("alice"),
            reason: reason("left"),
        },
    ];
    let told = store
        .apply(&changes, &Actor::named("tester"), at(2), Mode::DryRun)
        .unwrap();
    assert_eq!((told.tokens.len(), told.users.len()), (3, 2));
    assert_eq!(told.tokens[1].record.revoked_at, Some(at(2)));
    assert_eq!(
        (events(store), token(store, 1), store.users().unwrap()),
        before
    );
    assert_eq!(store.find_token(&id(2)).unwrap(), None);
    let done = apply(store, 2, &changes);
    assert_eq!((done.tokens.len(), done.users.len()), (3, 2));
}

fn newest_use_wins_and_leaves_no_event(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), issue(1, "alice")]);
    let before = (events(store), token(store, 1));
    for (second, kept) in [(50, 50), (70, 70), (60, 70), (71, 71)] {
        store
            .touch(&[(id(1), at(second)), (id(2), at(second))])
            .unwrap();
        assert_eq!(token(store, 1).last_used_at, Some(at(kept)));
    }
    let after = token(store, 1);
    assert_eq!(
        (after.updated_at, after.revision),
        (before.1.updated_at, before.1.revision)
    );
    assert_eq!(events(store), before.0);
    store.touch(&[]).unwrap();
}

fn chain_of_events_holds_and_is_paged(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    listing::varied(store);
    apply(
        store,
        5,
        &[
            revoke(&[0], "leaked"),
            Change::DisableUser { name: name("bob") },
        ],
    );
    let all = events(store);
    assert_eq!(all.len(), 3 + 40 + 2);
    let mut check = ChainCheck::default();
    for event in &all {
        check.admit(event).unwrap();
        let actor: Actor = serde_json::from_str(&event.actor).unwrap();
        assert_eq!(actor, Actor::named("tester"));
        assert!(
            serde_json::from_str::<serde_json::Value>(&event.details)
                .unwrap()
                .is_object()
        );
    }
    assert_eq!(store.events(40, 3).unwrap(), all[40..43]);
    assert_eq!(store.events(45, 3).unwrap(), []);
    assert_eq!(store.events(u64::MAX, 3).unwrap(), []);
}

fn clock_that_was_set_back_is_reported(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    assert_eq!(apply(store, 1_000, &[add("alice")]).clock_behind, None);
    let applied = apply(store, 900, &[issue(1, "alice")]);
    assert_eq!(applied.clock_behind, Some(at(1_000)));
    assert_eq!(
        token(store, 1).created_at,
        at(900),
        "the clock is believed all the same"
    );
    assert_eq!(apply(store, 900, &[issue(2, "alice")]).clock_behind, None);
}

macro_rules! behaviours {
    ($($behaviour:ident),* $(,)?) => {
        /// The SQLite store.
        mod on_sqlite {
            $(
                #[test]
                fn $behaviour() {
                    super::$behaviour(super::sqlite);
                }
            )*
        }
    };
}

behaviours! {
    user_is_found_by_the_present_name,
    name_once_used_is_never_given_again,
    name_that_looks_like_another_is_refused,
    disabled_user_keeps_the_first_date_until_enabled,
    deleted_user_leaves_revoked_tokens,
    issued_token_is_kept_as_asked_for,
    token_is_found_by_the_digest_of_each_kind,
    same_bytes_under_another_kind_are_another_token,
    taken_id_or_digest_is_a_collision,
    revoking_again_keeps_the_first_date_and_reason,
    token_named_twice_is_revoked_once,
    missing_token_stops_the_whole_change,
    selected_tokens_are_revoked_together_with_one_event_each,
    empty_selector_is_refused_and_all_is_not,
    dry_run_tells_and_changes_nothing,
    newest_use_wins_and_leaves_no_event,
    ids_are_found_by_their_beginning,
    chain_of_events_holds_and_is_paged,
    clock_that_was_set_back_is_reported,
    pages_of_every_order_join_to_the_whole,
    tokens_that_never_end_come_last_and_never_used_first,
    cursor_that_is_not_there_is_an_error,
    listing_agrees_with_the_selector_itself,
    what_a_listing_shows_is_what_a_change_hits,
    restriction_is_kept_as_asked_for,
    restricted_tokens_have_one_event_each,
    restriction_that_takes_nothing_makes_no_event,
    dry_run_of_a_restriction_changes_nothing,
    selected_tokens_are_restricted_together,
    one_refused_restriction_stops_the_whole_change,
    token_changed_after_a_look_is_not_restricted,
    widening_is_refused_unless_it_is_wanted,
    selector_may_name_more_than_fits_into_a_statement,
}
