//! What every store does with records of other stores and systems.

use tokenctl::change::{Actor, Change, Mode};
use tokenctl::record::{
    ImportStopped, Landed, Landing, Record, RecordSource, TokenRecord, Tombstone, UserLanding,
    UserRecord,
};
use tokenctl::secret::{DigestKind, Secret, TokenDigest};
use tokenctl::selector::{Listing, Selector};
use tokenctl::store::{ChangeError, Store};
use tokenctl::token::Owner;
use tokenctl::transfer::foreign_token;
use tokenctl::user::UserName;

use super::{
    Factory, add, apply, at, digest, events, id, issue, issue_shaped, name, reason, revoke, token,
};

/// Gives records and keeps what becomes of them; it stops at `stop_at`.
#[derive(Default)]
struct Given {
    records: Vec<Record>,
    landed: Vec<Landed>,
    stop_at: Option<usize>,
}

impl RecordSource for Given {
    fn name(&self) -> &'static str {
        "elsewhere"
    }

    fn next(&mut self) -> Result<Option<&Record>, ImportStopped> {
        if self.stop_at == Some(self.landed.len()) {
            return Err(ImportStopped);
        }
        Ok(self.records.get(self.landed.len()))
    }

    fn landed(&mut self, landed: Landed) -> Result<(), ImportStopped> {
        self.landed.push(landed);
        Ok(())
    }
}

fn run(store: &dyn Store, records: Vec<Record>, mode: Mode) -> Vec<Landing> {
    let mut given = Given {
        records,
        ..Given::default()
    };
    store
        .import(&mut given, &Actor::named("mover"), at(1_000), mode)
        .unwrap();
    given
        .landed
        .into_iter()
        .map(|landed| landed.outcome)
        .collect()
}

fn import(store: &dyn Store, records: Vec<Record>) -> Vec<Landing> {
    run(store, records, Mode::Commit)
}

fn record(number: u32, user: &str) -> TokenRecord {
    let owner = Owner::new(UserName::verbatim(user), None);
    let mut record = foreign_token(owner, digest(number), "elsewhere", at(10));
    (record.token.id, record.token.family) = (id(number), id(number));
    record
}

fn shaped(number: u32, user: &str, shape: impl FnOnce(&mut TokenRecord)) -> Record {
    let mut record = record(number, user);
    shape(&mut record);
    Record::Token(record)
}

fn revoked(number: u32, user: &str) -> Record {
    shaped(number, user, |record| {
        record.token.revoked_at = Some(at(20));
        record.token.revoked_reason = reason("there");
    })
}

fn user(name: &str) -> UserRecord {
    UserRecord {
        name: UserName::verbatim(name),
        created_at: at(1),
        updated_at: at(2),
        disabled_at: None,
        deleted_at: None,
        former_names: Vec::new(),
    }
}

fn count(store: &dyn Store) -> usize {
    store
        .list(&Listing::default(), at(1_000), usize::MAX)
        .unwrap()
        .len()
}

pub(crate) fn imported_token_is_what_it_was(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let secret = Secret::new("knox".into());
    let knox = TokenDigest::of_kind(DigestKind::KnoxSha512, &secret).unwrap();
    let full = shaped(1, "\u{430}lice", |record| {
        record.digest = knox.clone();
        record.extra = Some(r#"{"id":7}"#.into());
        let token = &mut record.token;
        token.note = reason("note");
        token.labels.insert("team=ops").unwrap();
        token.expires_at = Some(at(2_000));
        token.last_used_at = Some(at(30));
        token.suspended_at = Some(at(40));
        token.created_by = "them".into();
    });
    let Record::Token(expected) = full.clone() else {
        unreachable!()
    };
    assert_eq!(import(store, vec![full]), [Landing::Added]);
    let found = store.find_by_digest(&knox).unwrap().unwrap();
    assert_eq!(found, expected.token);
    let all = Selector::default();
    let exported = store.export_tokens(&all, None, at(1_000), 10).unwrap();
    assert_eq!(exported.len(), 1);
    assert_eq!(exported[0].1, expected);
    let actions: Vec<String> = events(store)
        .into_iter()
        .map(|event| event.action)
        .collect();
    assert_eq!(actions, ["user.imported", "token.imported"]);
    assert!(events(store)[1].details.contains(r#""source":"elsewhere""#));
}

pub(crate) fn second_import_changes_nothing(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let records = || {
        vec![
            Record::User(user("alice")),
            Record::Token(record(1, "alice")),
            revoked(2, "alice"),
            Record::Tombstone(Tombstone {
                digest: digest(3),
                id: id(3),
                at: at(5),
            }),
        ]
    };
    assert_eq!(import(store, records()), vec![Landing::Added; 4]);
    let before = events(store);
    assert_eq!(import(store, records()), vec![Landing::Same; 4]);
    assert_eq!(events(store), before);
    // Other systems have no ids: one was drawn.
    let other_id = shaped(1, "alice", |record| record.token.id = id(77));
    assert_eq!(import(store, vec![other_id]), [Landing::Same]);
    // Some do not know when a token was issued, and say that it was now.
    let issued_now = shaped(1, "alice", |record| record.token.created_at = at(1_000));
    assert_eq!(import(store, vec![issued_now]), [Landing::Same]);
    let issued_otherwise = shaped(1, "alice", |record| record.token.created_at = at(999));
    assert_eq!(import(store, vec![issued_otherwise]), [Landing::Kept]);
}

pub(crate) fn nothing_dead_comes_back_to_life(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let ended = issue_shaped(4, "alice", |issued| issued.token.expires_at = Some(at(50)));
    apply(
        store,
        1,
        &[add("alice"), issue(1, "alice"), issue(2, "alice"), ended],
    );
    apply(store, 2, &[revoke(&[1, 2], "here")]);
    let dead_by = at(500);
    let prune = Change::Prune {
        tokens: tokenctl::change::Target::Ids(vec![id(2)]),
        dead_by,
    };
    apply(store, 600, &[prune]);
    let before = events(store);
    let alive = (1..=4).map(|number| Record::Token(record(number, "alice")));
    let landed = import(store, alive.collect());
    assert_eq!(
        landed,
        [
            Landing::DeadHere,
            Landing::RemovedHere,
            Landing::Added,
            Landing::Kept
        ]
    );
    assert_eq!(token(store, 1).revoked_reason, reason("here"));
    assert_eq!(token(store, 4).expires_at, Some(at(50)));
    assert!(store.find_token(&id(2)).unwrap().is_none());
    assert_eq!(events(store).len(), before.len() + 1);
}

pub(crate) fn revocation_comes_along_later(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    import(
        store,
        vec![
            Record::Token(record(1, "alice")),
            Record::Token(record(2, "alice")),
        ],
    );
    let removed = Record::Tombstone(Tombstone {
        digest: digest(2),
        id: id(2),
        at: at(30),
    });
    let landed = import(store, vec![revoked(1, "alice"), removed]);
    assert_eq!(landed, [Landing::RevokedNow, Landing::RevokedNow]);
    let held = token(store, 1);
    assert_eq!(
        (held.revoked_at, held.revoked_reason),
        (Some(at(20)), reason("there"))
    );
    assert_eq!(token(store, 2).revoked_at, Some(at(30)));
    assert_eq!(events(store).last().unwrap().action, "token.revoked");
}

pub(crate) fn what_was_changed_here_is_left_so(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    import(store, vec![Record::Token(record(1, "alice"))]);
    let wider = shaped(1, "alice", |record| {
        record.token.note = reason("other");
        record.token.last_used_at = Some(at(70));
    });
    assert_eq!(import(store, vec![wider]), [Landing::Kept]);
    let held = token(store, 1);
    assert_eq!(held.note, reason(""));
    assert_eq!(held.last_used_at, Some(at(70)), "a use is a use");
}

pub(crate) fn token_of_another_owner_or_id_is_a_fault(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), issue(1, "alice")]);
    let before = events(store);
    let same_id = shaped(1, "carol", |record| record.digest = digest(99));
    let landed = import(store, vec![Record::Token(record(1, "bob")), same_id]);
    let here = name("alice");
    assert_eq!(landed, [Landing::OwnerDiffers { here }, Landing::IdTaken]);
    assert!(landed.iter().all(Landing::is_fault));
    assert_eq!(
        events(store),
        before,
        "nobody is added for a token that is not"
    );
}

pub(crate) fn reserved_names_stay_reserved(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let rename = Change::RenameUser {
        name: name("bob"),
        to: name("bert"),
    };
    let delete = Change::DeleteUser {
        name: name("alice"),
        reason: reason("left"),
    };
    apply(
        store,
        1,
        &[add("alice"), add("bob"), issue(9, "alice"), rename, delete],
    );
    let records = vec![
        Record::User(user("alice")),
        Record::Token(record(1, "alice")),
        Record::Token(record(2, "bob")),
        revoked(3, "alice"),
        Record::Token(record(9, "alice")),
    ];
    assert_eq!(
        import(store, records),
        [
            Landing::NameReserved,
            Landing::NameReserved,
            Landing::NameReserved,
            Landing::Added,
            Landing::DeadHere
        ]
    );
    assert!(store.find_user(&name("alice")).unwrap().is_none());
    // What a store has reserved is reserved where it is brought.
    let other = make();
    let exported = store.export_users(None, 10).unwrap();
    let exported = exported.into_iter().map(Record::User).collect();
    import(other.store.as_ref(), exported);
    for gone in ["alice", "bob"] {
        let again = super::try_apply(other.store.as_ref(), 2, &[add(gone)]);
        assert!(
            matches!(again, Err(ChangeError::NameReserved { .. })),
            "{again:?}"
        );
    }
}

pub(crate) fn token_of_a_user_disabled_there_and_active_here_is_suspended(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice")]);
    let of_disabled = |number, user| {
        shaped(number, user, |record| {
            record.token.owner.disabled_at = Some(at(7));
        })
    };
    let records = || vec![of_disabled(1, "alice"), of_disabled(2, "carol")];
    let landed = import(store, records());
    assert_eq!(landed, [Landing::AddedSuspended, Landing::Added]);
    assert_eq!(token(store, 1).suspended_at, Some(at(1_000)));
    let carol = store.find_user(&name("carol")).unwrap().unwrap();
    assert_eq!(carol.disabled_at, Some(at(7)));
    assert_eq!(token(store, 2).suspended_at, None);
    assert_eq!(import(store, records()), [Landing::Same, Landing::Same]);
}

pub(crate) fn token_that_was_suspended_or_replaced_there_since_is_suspended(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let plain = (1..=4).map(|number| shaped(number, "alice", |_| {}));
    import(store, plain.collect());
    let replaced = |number, end| {
        shaped(number, "alice", |record| {
            record.token.rotated_to = Some(id(9));
            record.token.expires_at = Some(at(end));
        })
    };
    let suspended = shaped(1, "alice", |record| {
        record.token.suspended_at = Some(at(7));
    });
    let expired = shaped(4, "alice", |record| {
        record.token.expires_at = Some(at(999));
    });
    // The overlap of the third is not over.
    let changed = vec![suspended, replaced(2, 999), replaced(3, 1_001), expired];
    assert_eq!(
        import(store, changed),
        [
            Landing::SuspendedNow,
            Landing::SuspendedNow,
            Landing::Kept,
            Landing::Kept
        ]
    );
    let since = [1, 2, 3, 4].map(|number| token(store, number).suspended_at);
    assert_eq!(since, [Some(at(1_000)), Some(at(1_000)), None, None]);
}

pub(crate) fn token_is_suspended_when_its_user_was_disabled_there_since(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let of_disabled = |number| {
        shaped(number, "alice", |record| {
            record.token.owner.disabled_at = Some(at(7));
        })
    };
    import(
        store,
        vec![Record::Token(record(1, "alice")), revoked(2, "alice")],
    );
    let landed = import(store, vec![of_disabled(1), of_disabled(2)]);
    assert_eq!(landed, [Landing::SuspendedNow, Landing::DeadHere]);
    let held = token(store, 1);
    assert_eq!((held.suspended_at, held.revision), (Some(at(1_000)), 2));
    let event = events(store).pop().unwrap();
    assert_eq!(event.action, "token.suspended");
    assert!(event.details.contains("elsewhere"), "{}", event.details);
    assert_eq!(token(store, 2).suspended_at, None);
    // It stays so, and it is told once.
    assert_eq!(import(store, vec![of_disabled(1)]), [Landing::Same]);
    let enabled = vec![Record::Token(record(1, "alice"))];
    assert_eq!(import(store, enabled), [Landing::Same]);
    assert_eq!(token(store, 1).suspended_at, Some(at(1_000)));
}

pub(crate) fn renamed_owner_is_the_same_owner(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let records = || {
        vec![
            Record::Token(record(1, "alice")),
            Record::Token(record(2, "alice")),
        ]
    };
    import(store, records());
    let rename = Change::RenameUser {
        name: name("alice"),
        to: name("anna"),
    };
    apply(store, 20, &[rename]);
    assert_eq!(import(store, records()), [Landing::Same, Landing::Same]);
    let anna = vec![Record::Token(record(2, "anna"))];
    assert_eq!(import(store, anna), [Landing::Same]);
    assert_eq!(
        import(store, vec![revoked(1, "alice")]),
        [Landing::RevokedNow]
    );
    assert_eq!(token(store, 1).revoked_at, Some(at(20)));
}

pub(crate) fn revocation_counts_before_any_complaint(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    import(store, vec![Record::Token(record(1, "alice"))]);
    apply(store, 20, &[add("bob")]);
    // Whoever has the digest may end what it is good for; a second run does not fail for it either.
    assert_eq!(
        import(store, vec![revoked(1, "bob")]),
        [Landing::RevokedNow]
    );
    assert_eq!(token(store, 1).revoked_at, Some(at(20)));
    assert_eq!(import(store, vec![revoked(1, "bob")]), [Landing::Kept]);
    assert_eq!(token(store, 1).owner.name, name("alice"));
    let here = name("alice");
    let alive = vec![Record::Token(record(1, "bob"))];
    assert_eq!(import(store, alive), [Landing::OwnerDiffers { here }]);
}

pub(crate) fn look_alikes_come_in_and_are_told(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice")]);
    let mut given = Given {
        records: vec![
            Record::Token(record(1, "\u{430}lice")),
            Record::Token(record(2, "bob")),
        ],
        ..Given::default()
    };
    let actor = Actor::named("mover");
    store
        .import(&mut given, &actor, at(9), Mode::Commit)
        .unwrap();
    let users: Vec<UserLanding> = given.landed.into_iter().map(|landed| landed.user).collect();
    let found: Vec<Option<UserName>> = users
        .into_iter()
        .map(|user| match user {
            UserLanding::Added { looks_like } => looks_like,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(found, [Some(name("alice")), None]);
}

pub(crate) fn same_token_twice_counts_once(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let twice = vec![
        Record::Token(record(1, "alice")),
        shaped(1, "alice", |record| record.token.id = id(2)),
        shaped(1, "bob", |record| record.token.id = id(3)),
    ];
    let here = name("alice");
    assert_eq!(
        import(store, twice),
        [
            Landing::Added,
            Landing::Duplicate,
            Landing::OwnerDiffers { here }
        ]
    );
    assert_eq!(count(store), 1);
}

pub(crate) fn stopped_import_and_dry_run_leave_nothing(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let records: Vec<Record> = (1..=5)
        .map(|number| Record::Token(record(number, "alice")))
        .collect();
    for stop_at in 0..=5 {
        let mut given = Given {
            records: records.clone(),
            stop_at: Some(stop_at),
            ..Given::default()
        };
        let stopped = store.import(&mut given, &Actor::named("m"), at(9), Mode::Commit);
        assert!(
            matches!(stopped, Err(ChangeError::Stopped(_))),
            "{stopped:?}"
        );
    }
    assert_eq!(run(store, records, Mode::DryRun), vec![Landing::Added; 5]);
    assert_eq!(count(store), 0);
    assert!(events(store).is_empty());
    assert!(store.users().unwrap().is_empty());
}

pub(crate) fn export_has_pages(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let mut records: Vec<Record> = (1..=5)
        .map(|number| Record::Token(record(number, &format!("user{number}"))))
        .collect();
    records.extend((6..=9).map(|number| {
        Record::Tombstone(Tombstone {
            digest: digest(number),
            id: id(number),
            at: at(1),
        })
    }));
    import(store, records);
    let first = store.export_users(None, 2).unwrap();
    let rest = store.export_users(Some(&first[1].name), 10).unwrap();
    assert_eq!((first.len(), rest.len()), (2, 3));
    let first = store.export_tombstones(None, 3).unwrap();
    let rest = store.export_tombstones(Some(&first[2].id), 3).unwrap();
    assert_eq!((first.len(), rest.len()), (3, 1));
    assert_eq!(rest[0].digest, digest(9));
}

pub(crate) fn export_goes_on_behind_a_token_that_was_removed(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let records = (1..=4).map(|number| match number {
        2 => revoked(number, "alice"),
        _ => Record::Token(record(number, "alice")),
    });
    import(store, records.collect());
    let all = Selector::default();
    let first = store.export_tokens(&all, None, at(1_000), 2).unwrap();
    assert_eq!(first[1].1.token.id, id(2));
    let prune = Change::Prune {
        tokens: tokenctl::change::Target::Ids(vec![id(2)]),
        dead_by: at(500),
    };
    apply(store, 600, &[prune]);
    let after = Some(first[1].0);
    let rest = store.export_tokens(&all, after, at(1_000), 10).unwrap();
    let ids: Vec<_> = rest.iter().map(|(_, record)| record.token.id).collect();
    assert_eq!(ids, [id(3), id(4)]);
}
