//! What every store does. Each behaviour is a function over a factory of empty stores; the list at the end runs all of
//! them for each kind of store there is.

mod editing;
mod extending;
mod history;
mod importing;
mod listing;
mod pruning;
mod restricting;
mod reusing;
pub(crate) mod rotating;
mod statistics;
mod suspending;
mod tokens;
mod users;

use std::sync::Arc;

use jiff::Timestamp;
use tokenctl::change::{Actor, Applied, Change, Event, IssuedToken, Mode, Target};
use tokenctl::secret::{Secret, TokenDigest};
use tokenctl::selector::Selector;
use tokenctl::store::sqlite::SqliteStore;
use tokenctl::store::{ChangeError, OpenOptions, Store};
use tokenctl::text::FreeText;
use tokenctl::token::Token;
use tokenctl::token_id::TokenId;
use tokenctl::user::UserName;

use crate::fixture::new_token;

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

macro_rules! behaviours {
    ($($room:ident { $($behaviour:ident),* $(,)? })*) => {
        /// The SQLite store.
        mod on_sqlite {
            $(
                mod $room {
                    $(
                        #[test]
                        fn $behaviour() {
                            crate::store::$room::$behaviour(crate::store::sqlite);
                        }
                    )*
                }
            )*
        }
    };
}

behaviours! {
    editing {
        note_and_labels_are_written_and_recorded,
        edit_that_changes_nothing_makes_no_event,
        dead_token_can_be_edited,
        too_many_labels_stop_the_whole_change,
        edited_labels_are_found_and_the_old_are_not,
    }
    extending {
        end_moves_to_later_and_is_recorded,
        expired_token_is_revived_when_asked_for_and_recorded_as_such,
        named_token_that_may_not_be_extended_stops_the_whole_change,
        described_tokens_that_may_not_be_extended_are_left,
        extension_that_changes_nothing_makes_no_event,
    }
    history {
        events_are_chosen_by_each_part_of_a_query,
        newest_change_is_when_the_newest_event_was,
        events_are_walked_in_both_orders_across_pages,
        ids_of_tokens_that_are_no_more_are_known_from_their_events,
        chain_is_verified_with_and_without_kept_heads,
    }
    importing {
        imported_token_is_what_it_was,
        second_import_changes_nothing,
        nothing_dead_comes_back_to_life,
        revocation_comes_along_later,
        revocation_counts_before_any_complaint,
        renamed_owner_is_the_same_owner,
        token_is_suspended_when_its_user_was_disabled_there_since,
        token_that_was_suspended_or_replaced_there_since_is_suspended,
        what_was_changed_here_is_left_so,
        token_of_another_owner_or_id_is_a_fault,
        reserved_names_stay_reserved,
        token_of_a_user_disabled_there_and_active_here_is_suspended,
        look_alikes_come_in_and_are_told,
        same_token_twice_counts_once,
        stopped_import_and_dry_run_leave_nothing,
        export_has_pages,
        export_goes_on_behind_a_token_that_was_removed,
    }
    listing {
        ids_are_found_by_their_beginning,
        pages_of_every_order_join_to_the_whole,
        tokens_that_never_end_come_last_and_never_used_first,
        cursor_that_is_not_there_is_an_error,
        page_follows_a_token_that_was_removed,
        listing_agrees_with_the_selector_itself,
        few_of_many_are_listed_in_the_order_of_issue,
        page_shows_one_state_of_the_store,
        what_a_listing_shows_is_what_a_change_hits,
        selector_may_name_more_than_fits_into_a_statement,
    }
    pruning {
        tokens_that_are_dead_for_long_are_removed_and_no_others,
        removed_token_can_never_come_back,
        named_token_that_is_not_dead_stops_the_whole_removal,
        token_can_be_revoked_and_removed_in_one_change,
        many_are_removed_in_batches_while_others_read,
        what_somebody_else_removes_meanwhile_stops_no_walk,
    }
    restricting {
        restriction_is_kept_as_asked_for,
        restricted_tokens_have_one_event_each,
        restriction_that_takes_nothing_makes_no_event,
        dry_run_of_a_restriction_changes_nothing,
        selected_tokens_are_restricted_together,
        one_refused_restriction_stops_the_whole_change,
        token_changed_after_a_look_is_not_restricted,
        widening_is_refused_unless_it_is_wanted,
    }
    reusing {
        reuse_is_recorded_and_changes_no_token,
        reuse_is_recorded_once_per_token_and_resolution,
        reuse_revokes_the_family_where_that_is_wanted,
        family_that_could_live_again_is_revoked_too,
        token_that_is_not_rotated_out_is_passed_over,
    }
    rotating {
        successor_has_the_rights_of_the_old_token_and_the_old_ends,
        rotation_has_an_event_for_each_of_the_two,
        old_token_lives_through_its_overlap_and_not_past_its_own_end,
        successor_may_have_an_end_of_its_own,
        only_an_active_token_is_rotated_and_only_once,
        token_changed_after_a_look_is_not_rotated,
        of_two_rotations_at_once_one_wins,
        rotation_whose_secret_was_lost_is_taken_back,
        rotation_is_not_taken_back_once_somebody_has_the_secret,
        rotation_is_not_taken_back_over_a_later_change,
    }
    statistics {
        states_agree_with_the_tokens_themselves,
        bounds_of_time_are_those_of_selectors,
        owners_and_formats_are_counted_the_most_active_first,
    }
    suspending {
        suspended_token_is_refused_until_it_is_resumed,
        suspending_again_keeps_the_first_date,
        token_that_is_dead_for_good_is_neither_suspended_nor_resumed,
        dry_run_of_a_suspension_changes_nothing,
        missing_token_stops_the_whole_suspension,
    }
    tokens {
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
        chain_of_events_holds_and_is_paged,
        clock_that_was_set_back_is_reported,
    }
    users {
        user_is_found_by_the_present_name,
        user_is_known_by_the_last_name_also_when_deleted,
        name_once_used_is_never_given_again,
        name_that_looks_like_another_is_refused,
        disabled_user_keeps_the_first_date_until_enabled,
        deleted_user_leaves_revoked_tokens,
    }
}
