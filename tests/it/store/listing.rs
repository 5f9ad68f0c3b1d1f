//! Listings: order, pages, and the choice of tokens.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use tokenctl::change::{Change, Target};
use tokenctl::label::Labels;
use tokenctl::selector::{Listing, Selector, SortKey, StateFilter};
use tokenctl::store::{Store, StoreError};
use tokenctl::token::Token;
use tokenctl::token_id::TokenId;

use super::{
    Factory, add, apply, at, id, issue, issue_shaped, name, reason, revoke, selector, token,
};

fn listing(selector: Selector, sort: SortKey, descending: bool) -> Listing {
    let mut listing = Listing::of(selector);
    listing.sort = sort;
    listing.descending = descending;
    listing
}

fn ids(tokens: &[Token]) -> Vec<TokenId> {
    tokens.iter().map(|token| token.id).collect()
}

/// Issues tokens whose order differs by each key, some with equal keys.
pub(super) fn varied(store: &dyn Store) -> Vec<Token> {
    apply(store, 1, &["carol", "alice", "bob"].map(add));
    let changes: Vec<Change> = (0..40_u32)
        .map(|step| {
            let user = ["alice", "bob", "carol"][step as usize * 7 % 3];
            issue_shaped(step * 7919 % 10_007, user, |issued| {
                issued.token.expires_at =
                    (step % 4 != 0).then(|| at(1_000 + i64::from(step * 13 % 17)));
            })
        })
        .collect();
    let issued: Vec<TokenId> = apply(store, 2, &changes)
        .tokens
        .iter()
        .map(|hit| hit.record.id)
        .collect();
    let uses: Vec<_> = issued
        .iter()
        .enumerate()
        .filter(|(step, _)| step % 3 != 0)
        .map(|(step, id)| (*id, at(500 + step as i64 * 11 % 13)))
        .collect();
    store.touch(&uses).unwrap();
    issued
        .iter()
        .map(|id| store.find_token(id).unwrap().unwrap())
        .collect()
}

pub(super) fn selector_may_name_more_than_fits_into_a_statement(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice")]);
    let labelled = issue_shaped(7, "alice", |issued| {
        issued.token.labels.insert("team=web").unwrap();
    });
    apply(store, 2, &[labelled, issue(8, "alice")]);
    let chosen = |selector| {
        let listing = Listing::of(selector);
        ids(&store.list(&listing, at(3), usize::MAX).unwrap())
    };
    let many = |s: &mut Selector| s.ids = Some((8..400_008).map(id).collect());
    assert_eq!(chosen(selector(many)), [id(8)]);
    let label = |number: usize| (format!("key{number}"), "web".to_owned());
    let team = ("team".to_owned(), "web".to_owned());
    let all = vec![team.clone(); 100];
    assert_eq!(chosen(selector(|s| s.labels = all)), [id(7)]);
    let others = [team].into_iter().chain((0..100).map(label)).collect();
    assert_eq!(chosen(selector(|s| s.labels = others)), []);
}

/// Sorts tokens that are in the order of their issue.
fn sorted(mut tokens: Vec<Token>, sort: SortKey, descending: bool) -> Vec<Token> {
    match sort {
        SortKey::Created => {}
        SortKey::Expires => tokens.sort_by_key(|t| t.expires_at.unwrap_or(Timestamp::MAX)),
        SortKey::LastUsed => tokens.sort_by_key(|t| t.last_used_at.unwrap_or(Timestamp::MIN)),
        SortKey::User => tokens.sort_by_key(|t| t.owner.name.clone()),
        SortKey::Id => tokens.sort_by_key(|t| t.id),
    }
    if descending {
        tokens.reverse();
    }
    tokens
}

const SORT_KEYS: [SortKey; 5] = [
    SortKey::Created,
    SortKey::Expires,
    SortKey::LastUsed,
    SortKey::User,
    SortKey::Id,
];

pub(super) fn pages_of_every_order_join_to_the_whole(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let all = varied(store);
    for sort in SORT_KEYS {
        for descending in [false, true] {
            let mut listing = listing(Selector::default(), sort, descending);
            let whole = store.list(&listing, at(3), usize::MAX).unwrap();
            assert_eq!(
                ids(&whole),
                ids(&sorted(all.clone(), sort, descending)),
                "{sort:?}"
            );
            let mut joined = Vec::new();
            loop {
                let page = store.list(&listing, at(3), 7).unwrap();
                listing.after = page.last().map(|token| token.id);
                let is_last = page.len() < 7;
                joined.extend(page);
                if is_last {
                    break;
                }
            }
            assert_eq!(joined, whole, "{sort:?} descending {descending}");
        }
    }
}

pub(super) fn tokens_that_never_end_come_last_and_never_used_first(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    varied(store);
    let of = |sort| {
        store
            .list(&listing(Selector::default(), sort, false), at(3), 100)
            .unwrap()
    };
    assert!(of(SortKey::Expires).is_sorted_by_key(|t| t.expires_at.is_none()));
    assert!(of(SortKey::LastUsed).is_sorted_by_key(|t| t.last_used_at.is_some()));
}

pub(super) fn cursor_that_is_not_there_is_an_error(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    varied(store);
    for sort in SORT_KEYS {
        let mut listing = listing(Selector::default(), sort, false);
        listing.after = Some(id(4_000_000));
        let refused = store.list(&listing, at(3), 7);
        assert!(
            matches!(refused, Err(StoreError::NoSuchCursor)),
            "{refused:?}"
        );
    }
    assert_eq!(
        store.list(&Listing::default(), at(3), 7).unwrap().len(),
        7,
        "goes on after an error"
    );
    assert_eq!(store.list(&Listing::default(), at(3), 0).unwrap(), []);
}

pub(super) fn page_follows_a_token_that_was_removed(make: Factory) {
    for sort in SORT_KEYS {
        for descending in [false, true] {
            let fresh = make();
            let store = fresh.store.as_ref();
            varied(store);
            let listing = listing(Selector::default(), sort, descending);
            let mut expected = store.list(&listing, at(3), usize::MAX).unwrap();
            let page = store.list_behind(&listing, None, at(3), 7).unwrap();
            let last = page.last().unwrap();
            let gone = vec![last.1.id];
            let revoke = Change::Revoke {
                tokens: Target::Ids(gone.clone()),
                reason: reason("lost"),
            };
            let prune = Change::Prune {
                tokens: Target::Ids(gone),
                dead_by: at(3),
            };
            apply(store, 3, &[revoke, prune]);
            let rest = store.list_behind(&listing, Some(last), at(3), usize::MAX);
            let rest: Vec<Token> = rest.unwrap().into_iter().map(|(_, token)| token).collect();
            assert_eq!(
                rest,
                expected.split_off(7),
                "{sort:?} descending {descending}"
            );
        }
    }
}

const USERS: [&str; 3] = ["alice", "bob", "carol"];
const LABELS: [&str; 4] = ["team=web", "team=infra", "tier=1", "tier=2"];
const GENERATORS: [&str; 3] = ["tokenctl_v1", "vendor_checksum", "legacy_sha1"];

/// What a token of the property has: owner, issue, end, labels, format, last use, revocation.
#[derive(Clone, Debug)]
struct Sketch {
    user: &'static str,
    created: i64,
    expires: Option<i64>,
    labels: Vec<&'static str>,
    generator: &'static str,
    used: Option<i64>,
    suspended: bool,
    revoked: bool,
}

fn sketch() -> impl Strategy<Value = Sketch> {
    (
        select(&USERS[..]),
        0..20_i64,
        option::of(5..25_i64),
        subsequence(&LABELS[1..], 0..=2),
        select(&GENERATORS[..]),
        option::of(0..20_i64),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.3),
    )
        .prop_map(
            |(user, created, expires, labels, generator, used, suspended, revoked)| Sketch {
                user,
                created,
                expires,
                labels,
                generator,
                used,
                suspended,
                revoked,
            },
        )
}

/// A time near those of the tokens, whole or not.
fn moment() -> impl Strategy<Value = Timestamp> {
    (0..25_i64, select(&[0, 1, 500_000_000, 999_999_999][..]))
        .prop_map(|(second, nanosecond)| Timestamp::new(second, nanosecond).unwrap())
}

fn any_selector() -> impl Strategy<Value = Selector> {
    let states = [
        StateFilter::Active,
        StateFilter::Expired,
        StateFilter::Revoked,
        StateFilter::Suspended,
        StateFilter::Rotated,
        StateFilter::Any,
    ];
    let rarely = |strategy: BoxedStrategy<Timestamp>| option::weighted(0.2, strategy);
    let label = select(&LABELS[..]).prop_map(|label| Labels::parse_pair(label).unwrap());
    let generators = subsequence(&GENERATORS[..], 0..=2);
    let words = |words: Vec<&'static str>| words.into_iter().map(str::to_owned).collect();
    (
        subsequence(&["alice", "bob", "nobody"][..], 0..=3),
        option::weighted(0.4, select(states.to_vec())),
        (
            rarely(moment().boxed()),
            rarely(moment().boxed()),
            rarely(moment().boxed()),
            rarely(moment().boxed()),
            rarely(moment().boxed()),
        ),
        prop::bool::weighted(0.1),
        vec(label, 0..=1),
        option::weighted(0.2, select(&GENERATORS[..])),
        option::weighted(0.2, generators.prop_map(words)),
        option::weighted(0.2, vec(0..12_u32, 0..8)),
    )
        .prop_map(
            |(users, state, times, never_used, labels, generator, deprecated, ids)| {
                selector(|s| {
                    s.users = users.into_iter().map(name).collect();
                    s.state = state;
                    (
                        s.expiring_until,
                        s.unused_since,
                        s.created_before,
                        s.created_after,
                        s.dead_by,
                    ) = times;
                    s.never_used = never_used;
                    s.labels = labels;
                    s.generator = generator.map(str::to_owned);
                    s.deprecated = deprecated;
                    s.ids = ids.map(|ids| ids.into_iter().map(id).collect());
                })
            },
        )
}

fn issue_sketch(store: &dyn Store, number: u32, sketch: &Sketch) {
    let change = issue_shaped(number, sketch.user, |issued| {
        issued.generator = sketch.generator.to_owned();
        issued.token.expires_at = sketch.expires.map(at);
        // Of two labels with one key the first is kept.
        for label in &sketch.labels {
            let _ = issued.token.labels.insert(label);
        }
    });
    apply(store, sketch.created, &[change]);
    if let Some(second) = sketch.used {
        store.touch(&[(id(number), at(second))]).unwrap();
    }
    if sketch.suspended {
        let tokens = Target::Ids(vec![id(number)]);
        apply(store, 19, &[Change::Suspend { tokens }]);
    }
    if sketch.revoked {
        apply(store, 20, &[revoke(&[number], "leaked")]);
    }
}

pub(super) fn listing_agrees_with_the_selector_itself(make: Factory) {
    let asked = (
        any_selector(),
        moment(),
        select(&SORT_KEYS[..]),
        any::<bool>(),
        1..5_usize,
        option::of(any::<Index>()),
    );
    let cases = (vec(sketch(), 0..12), vec(asked, 20));
    let mut runner = TestRunner::new(Config::with_cases(24));
    runner
        .run(&cases, |(sketches, asked)| {
            let fresh = make();
            let store = fresh.store.as_ref();
            apply(store, 0, &USERS.map(add));
            // Ids are not in the order of issue.
            let numbers: Vec<u32> = (0..12).map(|step| step * 5 % 12).collect();
            for (number, sketch) in numbers.iter().zip(&sketches) {
                issue_sketch(store, *number, sketch);
            }
            let all: Vec<Token> = numbers
                .iter()
                .take(sketches.len())
                .map(|number| token(store, *number))
                .collect();
            for (selector, now, sort, descending, limit, after) in asked {
                let mut ordered = sorted(all.clone(), sort, descending);
                let mut listing = listing(selector, sort, descending);
                if let Some(index) = after.filter(|_| !ordered.is_empty()) {
                    // The cursor need not itself be chosen.
                    let rest = ordered.split_off(index.index(ordered.len()) + 1);
                    listing.after = ordered.last().map(|token| token.id);
                    ordered = rest;
                }
                ordered.retain(|token| listing.selector.matches(token, now));
                let whole = store.list(&listing, now, usize::MAX).unwrap();
                prop_assert_eq!(&whole, &ordered);
                ordered.truncate(limit);
                prop_assert_eq!(store.list(&listing, now, limit).unwrap(), ordered);
            }
            Ok(())
        })
        .unwrap();
}

pub(super) fn few_of_many_are_listed_in_the_order_of_issue(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 0, &["alice", "bob"].map(add));
    // The dates of issue are not in the order of issue, as after an import, and many tokens lie between two of a kind.
    for (batch, (second, tokens)) in [(4, 100), (6, 100), (1, 100), (9, 20), (2, 100)]
        .into_iter()
        .enumerate()
    {
        let changes: Vec<Change> = (0..tokens)
            .map(|step| {
                let number = batch as u32 * 100 + step;
                issue_shaped(number, USERS[number as usize % 2], |issued| {
                    let is_rare = step == 97 || step == 3 && batch != 2;
                    issued.token.expires_at = Some(at(if is_rare { 20 } else { 1_000 }));
                    if step % 50 == 7 {
                        issued.token.labels.insert("team=web").unwrap();
                    }
                })
            })
            .collect();
        apply(store, second, &changes);
    }
    let all = store.list(&Listing::default(), at(10), usize::MAX).unwrap();
    let soon = |s: &mut Selector| s.expiring_until = Some(at(30));
    let since = |second| move |s: &mut Selector| s.created_after = Some(at(second));
    let web = |s: &mut Selector| s.labels = vec![("team".to_owned(), "web".to_owned())];
    for chosen in [
        selector(soon),
        selector(since(6)),
        selector(since(9)),
        selector(since(10)),
        selector(|s| s.created_before = Some(at(2))),
        selector(|s| (s.created_after, s.created_before) = (Some(at(2)), Some(at(3)))),
        selector(web),
        selector(|s| {
            soon(s);
            since(2)(s);
        }),
        selector(|s| {
            soon(s);
            web(s);
        }),
        selector(|s| {
            since(6)(s);
            web(s);
        }),
        selector(|s| {
            soon(s);
            s.users = vec![name("bob")];
        }),
        selector(|s| {
            since(6)(s);
            s.users = vec![name("bob")];
        }),
        selector(|s| {
            web(s);
            s.users = vec![name("bob")];
        }),
        selector(|s| {
            soon(s);
            s.users = USERS.map(name).to_vec();
        }),
        selector(|s| {
            soon(s);
            s.ids = Some([id(97), id(403)].into());
        }),
    ] {
        for descending in [false, true] {
            let mut expected = sorted(all.clone(), SortKey::Created, descending);
            expected.retain(|token| chosen.matches(token, at(10)));
            for limit in [1, 2, usize::MAX] {
                let mut listing = listing(chosen.clone(), SortKey::Created, descending);
                let mut joined = Vec::new();
                loop {
                    let page = store.list(&listing, at(10), limit).unwrap();
                    listing.after = page.last().map(|token| token.id);
                    let is_last = page.len() < limit;
                    joined.extend(page);
                    if is_last {
                        break;
                    }
                }
                assert_eq!(ids(&joined), ids(&expected), "{chosen:?} by {limit}");
            }
        }
    }
}

pub(super) fn page_shows_one_state_of_the_store(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice")]);
    // So many lie between the two that one statement alone does not find both.
    let changes: Vec<Change> = (0..600)
        .map(|number| {
            issue_shaped(number, "alice", |issued| {
                issued.token.expires_at = matches!(number, 0 | 599).then(|| at(20));
            })
        })
        .collect();
    apply(store, 1, &changes);
    let soon = Listing::of(selector(|s| s.expiring_until = Some(at(30))));
    let both = || Target::Ids(vec![id(0), id(599)]);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..100 {
                apply(store, 2, &[Change::Suspend { tokens: both() }]);
                apply(store, 2, &[Change::Resume { tokens: both() }]);
            }
            is_over.store(true, Ordering::Relaxed);
        });
        while !is_over.load(Ordering::Relaxed) {
            let page = store.list(&soon, at(3), 2).unwrap();
            // What is suspended does not expire soon.
            assert!(
                page.is_empty() || ids(&page) == [id(0), id(599)],
                "{page:?}"
            );
        }
    });
}

pub(super) fn what_a_listing_shows_is_what_a_change_hits(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    varied(store);
    let chosen = selector(|s| {
        s.users = vec![name("alice"), name("carol")];
        s.expiring_until = Some(at(1_010));
    });
    let shown = store
        .list(&Listing::of(chosen.clone()), at(3), usize::MAX)
        .unwrap();
    let change = Change::Revoke {
        tokens: Target::Matching(chosen),
        reason: reason("soon"),
    };
    let hit: BTreeMap<TokenId, bool> = apply(store, 3, &[change])
        .tokens
        .iter()
        .map(|hit| (hit.record.id, hit.changed))
        .collect();
    assert!(!shown.is_empty() && hit.values().all(|changed| *changed));
    assert!(shown.iter().all(|token| hit.contains_key(&token.id)));
    assert_eq!(shown.len(), hit.len());
}

pub(super) fn ids_are_found_by_their_beginning(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice")]);
    let zzz = TokenId::parse("00000000zz").unwrap();
    let change = issue_shaped(1, "alice", |issued| issued.id = zzz);
    apply(
        store,
        1,
        &[
            change,
            issue(12, "alice"),
            issue(11, "alice"),
            issue(3_000_000_000, "alice"),
        ],
    );
    let found = |prefix, limit| store.find_ids(prefix, limit).unwrap();
    assert_eq!(found("0000", 9), [id(11), id(12), zzz]);
    assert_eq!(found("0000", 2), [id(11), id(12)]);
    assert_eq!(found("00000000zz", 9), [zzz]);
    assert_eq!(found("3000", 9), [id(3_000_000_000)]);
    assert_eq!(found("4000", 9), []);
}
