//! How the ancestor makes tokens, and makes them invalid, case by case.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use serde_json::Value;
use tokenctl::authority::{Authority, IssueError, IssueRequest, Issued};
use tokenctl::change::{Actor, Change, Mode, Target};
use tokenctl::entropy::{Entropy, OsEntropy};
use tokenctl::format::{
    FormatError, GenerateError, NewSecret, Prefix, TokenFormat, TokenFormats, TokenctlV1,
    VendorType,
};
use tokenctl::policy::Policy;
use tokenctl::secret::Secret;
use tokenctl::selector::{Listing, Selector};
use tokenctl::store::Store;
use tokenctl::text::FreeText;
use tokenctl::user::UserName;

use crate::fixture::{
    LONG_AGO, Scratch, StubAnswer, StubStore, at, issue, name, new_token, number_of, revoke,
};
use crate::vectors::{Aspect, Case, Comparison, Vectors};

/// Stands for the date of a token that the ancestor holds for invalid without one; here each has a date.
const UNDATED: i64 = 1;

const DONE: &str = "done";

#[test]
fn invalidations_are_equal_or_listed() {
    let vectors = Vectors::read("invalidate.json");
    Comparison::run(&vectors, invalidated).finish(63, 45);
}

fn invalidated(case: &Case) -> Vec<Aspect> {
    let scratch = Scratch::with_users(&["alice", "bob", "carol"]);
    for row in case.list("before") {
        store_row(&scratch, row);
    }
    let authority = Authority::new(Arc::clone(&scratch.store), Arc::default());
    let now = time(case.field("now")).unwrap();
    let before = rows(&scratch);
    let done = invalidate(&authority, &scratch, case, now);
    let after = rows(&scratch);
    let changed: Vec<u64> = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before.shown != after.shown)
        .map(|(_, after)| after.number)
        .collect();
    let updated = before
        .iter()
        .zip(&after)
        .any(|(before, after)| before.updated_at != after.updated_at);
    let their_updated = case
        .list("after")
        .iter()
        .any(|row| row["last_updated_changed"] == true);
    let crash = case.string("crash").map_or(DONE, |_| "crash");
    vec![
        Aspect::new("call", done, crash),
        Aspect::new(
            "rows",
            after
                .iter()
                .map(|row| row.shown.as_str())
                .collect::<String>(),
            their_rows(case),
        ),
        Aspect::new(
            "changed ids",
            Value::from(changed).to_string(),
            case.field("changed_ids").to_string(),
        ),
        Aspect::new("updated", updated.to_string(), their_updated.to_string()),
    ]
}

fn store_row(scratch: &Scratch, row: &Value) {
    let number = row["id"].as_u64().unwrap();
    let mut token = new_token(user(row["user"].as_u64().unwrap()).as_str());
    token.expires_at = time(&row["expires"]);
    let secret = row["token"].as_str().unwrap();
    scratch.apply(&[issue(number, secret, "vendor_checksum", token)], LONG_AGO);
    if row["valid"] == false {
        let since = time(&row["invalid_date"]).unwrap_or(at(UNDATED));
        scratch.apply(
            &[revoke(number, row["invalid_reason"].as_str().unwrap())],
            since,
        );
    }
}

/// Makes the call of a case, or the two of the one case that has two.
fn invalidate(authority: &Authority, scratch: &Scratch, case: &Case, now: Timestamp) -> String {
    let call = case.field("call");
    // No reason is the empty one: there is no null here.
    let reason = call["invalid_reason"].as_str().unwrap_or_default();
    match call["fn"].as_str().unwrap() {
        "invalidate_token" => {
            match authority.identify(&Secret::new(call["token"].as_str().unwrap().to_owned())) {
                Ok(token) => apply(authority, Target::Ids(vec![token.id]), reason, now),
                Err(error) => error.to_string(),
            }
        }
        "invalidate_tokens" => {
            let mut selector = Selector::default();
            match call["users"].as_array() {
                Some(users) => {
                    selector.users = users.iter().map(|id| user(id.as_u64().unwrap())).collect();
                }
                None => selector.all = true,
            }
            if let Some(secret) = call["extra_query"]["token"].as_str() {
                let known = authority.identify(&Secret::new(secret.to_owned())).unwrap();
                selector.ids = Some([known.id].into());
            }
            // `{"valid": true}` is what every revocation asks for by itself.
            apply(authority, Target::Matching(selector), reason, now)
        }
        r#"invalidate_tokens(users=[1], "one"); invalidate_tokens(users=[1])"# => {
            scratch.apply(&[revoke_all_of("alice", "one")], now);
            scratch.apply(&[revoke_all_of("alice", "")], now);
            DONE.to_owned()
        }
        other => panic!("a call that nobody knows: {other}"),
    }
}

fn apply(authority: &Authority, tokens: Target, reason: &str, now: Timestamp) -> String {
    let reason = FreeText::parse(reason).unwrap();
    match authority.revoke(tokens, reason, &Actor::named("test"), now, Mode::Commit) {
        Ok(_) => DONE.to_owned(),
        Err(error) => error.to_string(),
    }
}

fn revoke_all_of(user: &str, reason: &str) -> Change {
    let mut selector = Selector::default();
    selector.users = vec![name(user)];
    Change::Revoke {
        tokens: Target::Matching(selector),
        reason: FreeText::parse(reason).unwrap(),
    }
}

/// A token as the vectors show it.
struct Row {
    number: u64,
    shown: String,
    updated_at: Timestamp,
}

fn rows(scratch: &Scratch) -> Vec<Row> {
    let tokens = scratch
        .store
        .list(&Listing::default(), LONG_AGO, 100)
        .unwrap();
    let rows = tokens.into_iter().map(|token| {
        let since = token.revoked_at.filter(|since| *since != at(UNDATED));
        let reason = token.revoked_reason.as_str();
        let number = number_of(&token.id);
        Row {
            number,
            shown: shown(
                number,
                token.owner.name.as_str(),
                token.revoked_at.is_none(),
                since,
                reason,
                token.expires_at,
            ),
            updated_at: token.updated_at,
        }
    });
    rows.collect()
}

fn their_rows(case: &Case) -> String {
    let rows = case.list("after").iter().map(|row| {
        shown(
            row["id"].as_u64().unwrap(),
            user(row["user"].as_u64().unwrap()).as_str(),
            row["valid"] == true,
            time(&row["invalid_date"]),
            row["invalid_reason"].as_str().unwrap(),
            time(&row["expires"]),
        )
    });
    rows.collect()
}

fn shown(
    number: u64,
    user: &str,
    is_valid: bool,
    since: Option<Timestamp>,
    reason: &str,
    expires_at: Option<Timestamp>,
) -> String {
    format!(
        "{number}: {user}, valid {is_valid} since {since:?} for {reason:?}, expires {expires_at:?}\n"
    )
}

fn user(id: u64) -> UserName {
    name(match id {
        1 => "alice",
        2 => "bob",
        3 => "carol",
        _ => "nobody",
    })
}

fn time(value: &Value) -> Option<Timestamp> {
    Some(value.as_str()?.parse().unwrap())
}

#[test]
fn generations_are_equal_or_listed() {
    let vectors = Vectors::read("generate.json");
    Comparison::run(&vectors, generated).finish(67, 33);
}

/// Returns each secret of a script in turn, the last one for ever.
#[derive(Debug)]
struct Scripted {
    outputs: Vec<String>,
    calls: AtomicUsize,
}

impl TokenFormat for Scripted {
    fn id(&self) -> &'static str {
        "scripted"
    }

    fn has_prefix(&self, _: &str) -> bool {
        false
    }

    fn check(&self, _: &str) -> Result<(), FormatError> {
        Ok(())
    }

    fn generate(&self, _: &NewSecret<'_>, _: &mut dyn Entropy) -> Result<Secret, GenerateError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let output = self.outputs.get(call).or(self.outputs.last());
        output
            .cloned()
            .map(Secret::new)
            .ok_or(GenerateError::NoPrefix)
    }
}

#[test]
fn collisions_are_given_up_on_after_twenty_tries() {
    let scratch = Scratch::with_users(&["alice"]);
    scratch.apply(
        &[issue(0, "taken", "scripted", new_token("alice"))],
        LONG_AGO,
    );
    let scripted = Arc::new(Scripted {
        outputs: vec!["taken".into()],
        calls: AtomicUsize::new(0),
    });
    let formats = TokenFormats::new(vec![scripted.clone()], "scripted", BTreeSet::new()).unwrap();
    let authority = Authority::new(Arc::clone(&scratch.store), Arc::new(formats));
    let request = IssueRequest {
        add_user: true,
        ..IssueRequest::new(new_token("bob"))
    };
    let issued = authority.issue(&request, &Actor::named("test"), &mut OsEntropy, at(0));
    assert!(
        matches!(issued, Err(IssueError::NoUniqueToken)),
        "{issued:?}"
    );
    assert_eq!(scripted.calls.load(Ordering::Relaxed), 20);
    assert_eq!(
        scratch.store.users().unwrap().len(),
        1,
        "bob was not added alone"
    );
}

fn generated(case: &Case) -> Vec<Aspect> {
    let scratch = Scratch::with_users(&["alice", "bob"]);
    scratch.apply(&[Change::DisableUser { name: name("bob") }], LONG_AGO);
    for (number, secret) in case.list("existing_tokens").iter().enumerate() {
        let secret = secret.as_str().unwrap();
        scratch.apply(
            &[issue(number as u64, secret, "scripted", new_token("alice"))],
            LONG_AGO,
        );
    }
    let scripted = Arc::new(Scripted {
        outputs: serde_json::from_value(case.field("generator_outputs").clone()).unwrap(),
        calls: AtomicUsize::new(0),
    });
    let events_before = scratch.store.events(0, 100).unwrap().len();
    let result = generate(case, &scratch, Arc::clone(&scripted));
    let created = scratch.store.events(0, 100).unwrap().len() - events_before;
    let rows = scratch
        .store
        .list(&Listing::default(), LONG_AGO, 100)
        .unwrap()
        .len();
    vec![
        Aspect::new("result", result, their_result(case)),
        Aspect::new(
            "calls",
            scripted.calls.load(Ordering::Relaxed).to_string(),
            case.field("generator_calls").to_string(),
        ),
        Aspect::new(
            "created",
            created.to_string(),
            case.list("signals").len().to_string(),
        ),
        Aspect::new(
            "rows",
            rows.to_string(),
            case.field("rows_after").to_string(),
        ),
    ]
}

fn generate(case: &Case, scratch: &Scratch, scripted: Arc<Scripted>) -> String {
    let args = case.field("args");
    let types = args["token_info"]["token_type"]
        .as_str()
        .map(VendorType::parse);
    let types: Vec<VendorType> = match types.into_iter().collect() {
        Ok(types) => types,
        Err(error) => return format!("refused: {error}"),
    };
    let mut formats = TokenFormats::built_in(vec![Prefix::default()], types);
    formats.push(scripted);
    let formats = TokenFormats::new(formats, TokenctlV1::ID, BTreeSet::new()).unwrap();
    let mut token = new_token(match case.string("name") {
        Some("inactive user") => "bob",
        Some("user without a row") => "nobody",
        _ => "alice",
    });
    token.note = FreeText::parse(args["note"].as_str().unwrap_or_default()).unwrap();
    token.expires_at = time(&args["expires"]);
    match parse_policy(&args["policy"]) {
        Ok(policy) => token.policy = policy,
        Err(error) => return format!("refused: {error}"),
    }
    let request = IssueRequest {
        generator: args["token_generator_id"].as_str().map(str::to_owned),
        prefix: args["token_info"]["token_type"].as_str().map(str::to_owned),
        ..IssueRequest::new(token)
    };
    // A column that is null in the ancestor's row cannot be asked for; a store that fails for another reason can.
    let is_broken = args.as_object().unwrap().contains_key("time_added");
    let store: Arc<dyn Store> = match is_broken {
        true => StubStore::new(StubAnswer::Failure),
        false => Arc::clone(&scratch.store),
    };
    let authority = Authority::new(store, Arc::new(formats));
    match authority.issue(&request, &Actor::named("test"), &mut OsEntropy, at(0)) {
        Ok(issued) => our_result(&issued),
        Err(error) => format!("refused: {error}"),
    }
}

fn parse_policy(policy: &Value) -> Result<Policy, String> {
    let text = match policy {
        Value::Null => "{}".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Policy::parse(&text).map_err(|faults| faults.to_string())
}

fn our_result(issued: &Issued) -> String {
    let secret = issued.secret.expose_secret();
    let is_scripted = issued.token.generator == "scripted";
    let policy: Value = serde_json::from_str(issued.token.policy.as_str()).unwrap();
    shown_token(
        is_scripted.then_some(secret),
        secret.chars().count(),
        &issued.token.generator,
        issued.token.note.as_str(),
        &policy,
        issued.token.expires_at,
    )
}

fn their_result(case: &Case) -> String {
    let result = case.field("result");
    if !result.is_object() {
        let crash = case.string("crash").map(|crash| format!("crash: {crash}"));
        let error = case
            .string("error")
            .map(|error| format!("refused: {error}"));
        return crash.or(error).unwrap();
    }
    shown_token(
        result["token"].as_str(),
        usize::try_from(result["length"].as_u64().unwrap()).unwrap(),
        result["generator"].as_str().unwrap(),
        result["note"].as_str().unwrap(),
        &result["policy"],
        time(&result["expires"]),
    )
}

fn shown_token(
    token: Option<&str>,
    length: usize,
    generator: &str,
    note: &str,
    policy: &Value,
    expires_at: Option<Timestamp>,
) -> String {
    format!(
        "{generator} {token:?} of {length}, note {note:?}, policy {policy}, expires {expires_at:?}"
    )
}
