//! What every store does with tokens and events.

use jiff::Timestamp;
use tokenctl::change::{Actor, ChainCheck, Change, Mode, Target};
use tokenctl::policy::Policy;
use tokenctl::secret::{DigestKind, Secret, TokenDigest};
use tokenctl::selector::Selector;
use tokenctl::store::ChangeError;
use tokenctl::text::FreeText;
use tokenctl::token::TokenState;

use super::{
    Factory, add, apply, at, digest, events, id, issue, issue_shaped, listing, name, reason,
    revoke, selector, token, try_apply,
};
use crate::fixture::new_token;

pub(crate) fn issued_token_is_kept_as_asked_for(make: Factory) {
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

pub(crate) fn token_is_found_by_the_digest_of_each_kind(make: Factory) {
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

pub(crate) fn same_bytes_under_another_kind_are_another_token(make: Factory) {
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

pub(crate) fn taken_id_or_digest_is_a_collision(make: Factory) {
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

pub(crate) fn revoking_again_keeps_the_first_date_and_reason(make: Factory) {
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

pub(crate) fn token_named_twice_is_revoked_once(make: Factory) {
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

pub(crate) fn missing_token_stops_the_whole_change(make: Factory) {
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

pub(crate) fn selected_tokens_are_revoked_together_with_one_event_each(make: Factory) {
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

pub(crate) fn empty_selector_is_refused_and_all_is_not(make: Factory) {
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

pub(crate) fn dry_run_tells_and_changes_nothing(make: Factory) {
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

pub(crate) fn newest_use_wins_and_leaves_no_event(make: Factory) {
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

pub(crate) fn chain_of_events_holds_and_is_paged(make: Factory) {
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

pub(crate) fn clock_that_was_set_back_is_reported(make: Factory) {
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
