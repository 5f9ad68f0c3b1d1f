//! The one table of the ancestor's answers that we depart from on purpose.
//!
//! How it is used, and when an entry of it is stale, stands in [`crate::vectors`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::vectors::Case;

/// The aspect of a case that has only one.
pub(crate) const ANSWER: &[&str] = &["answer"];

/// A kind of case that we answer differently on purpose.
pub(crate) struct Difference {
    /// The file in `tests/vectors`.
    pub(crate) file: &'static str,
    /// The cases it is about.
    pub(crate) cases: Cases,
    /// What differs in every one of them.
    pub(crate) aspects: &'static [&'static str],
    /// Some words that must be in our answer, in the first of these aspects.
    pub(crate) ours: &'static str,
    /// Why, with the place in `behaviour.md`.
    pub(crate) reason: &'static str,
}

/// Selects cases of one file.
pub(crate) enum Cases {
    Ids(&'static [&'static str]),
    Where(fn(&Case) -> bool),
}

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        file: "policy_decide.json",
        cases: Cases::Where(|case| is_misshapen(case.field("policy")) && case.has("crash")),
        aspects: ANSWER,
        ours: "unreadable",
        reason: "2.2: a damaged policy raises, and decides nothing (8.7); ours is a clear denial",
    },
    Difference {
        file: "policy_decide.json",
        cases: Cases::Where(|case| is_misshapen(case.field("policy")) && !case.has("crash")),
        aspects: ANSWER,
        ours: "unreadable",
        reason: "2.2: falsy sections count as none, texts match by substring and objects by key; `Damaged stored \
                 policies deny` here",
    },
    Difference {
        file: "policy_validate.json",
        cases: Cases::Where(|case| is_accepted(case) && any_rule(case, |items| items.is_empty())),
        aspects: ANSWER,
        ours: "rule must not be empty.",
        reason: "2.1 `Not checked`: empty lists; they say nothing (8.6)",
    },
    Difference {
        file: "policy_validate.json",
        cases: Cases::Where(|case| {
            is_accepted(case) && any_rule(case, |items| !items.iter().all(Value::is_string))
        }),
        aspects: ANSWER,
        ours: "rule must be a string.",
        reason: "2.1 `Not checked`: list members (any JSON); they match nothing",
    },
    Difference {
        file: "policy_validate.json",
        cases: Cases::Where(|case| {
            is_accepted(case) && any_method(case, |method| method.contains(char::is_lowercase))
        }),
        aspects: ANSWER,
        ours: "must be in upper case.",
        reason: "2.1 `Not checked`: lower case; `get` in a policy never matches `GET` (2.2, 8.6)",
    },
    Difference {
        file: "policy_validate.json",
        cases: Cases::Where(|case| is_accepted(case) && any_method(case, str::is_empty)),
        aspects: ANSWER,
        ours: "is not a valid method.",
        reason: "2.1 `Not checked`: unknown methods; no request has this one",
    },
    Difference {
        file: "policy_validate.json",
        cases: Cases::Where(|case| is_accepted(case) && any_rule(case, has_duplicates)),
        aspects: ANSWER,
        ours: "more than once.",
        reason: "8.6: duplicates in a list",
    },
    Difference {
        file: "policy_validate.json",
        cases: Cases::Where(|case| is_accepted(case) && has_unknown_key(case.field("policy"))),
        aspects: ANSWER,
        ours: "is not a valid key of",
        reason: "2.1 `Not checked`: extra keys at any level (8.6)",
    },
    Difference {
        file: "policy_validate.json",
        cases: Cases::Where(|case| {
            let resources = members(&case.field("policy")["resources"]);
            is_accepted(case) && resources.iter().any(|(_, value)| members(value).is_empty())
        }),
        aspects: ANSWER,
        ours: "section must not be empty.",
        reason: "2.1 `Not checked`: a resource with no sub-keys",
    },
    Difference {
        file: "policy_text.json",
        cases: Cases::Ids(&["t019", "t021"]),
        aspects: ANSWER,
        ours: "key more than once.",
        reason: "2.1: `last duplicate key wins silently`; refused here (8.9)",
    },
    Difference {
        file: "policy_text.json",
        cases: Cases::Ids(&["t023"]),
        aspects: ANSWER,
        ours: "The policy is not valid JSON",
        reason: "2.1: `NaN`/`Infinity` accepted; they are not JSON (8.9)",
    },
    Difference {
        file: "policy_text.json",
        cases: Cases::Ids(&["t021", "t031"]),
        aspects: ANSWER,
        ours: "rule must not be empty.",
        reason: "2.1 `Not checked`: empty lists; they say nothing (8.6)",
    },
    Difference {
        file: "policy_text.json",
        cases: Cases::Ids(&["t036"]),
        aspects: ANSWER,
        ours: "rule must be a string.",
        reason: "2.1 `Not checked`: list members (any JSON); they match nothing",
    },
    Difference {
        file: "checksum.json",
        cases: Cases::Where(|case| case.string("kind") == Some("legacy_sha1.create")),
        aspects: ANSWER,
        ours: "from random bits alone",
        reason: "1: `Creation does not seed from anything predictable`",
    },
    Difference {
        file: "ratelimit.json",
        cases: Cases::Where(|case| is_parse(case) && case.field("seconds") == 0),
        aspects: ANSWER,
        ours: "ok=false",
        reason: "8.18: `refuse period 0`",
    },
    Difference {
        file: "ratelimit.json",
        cases: Cases::Where(|case| is_parse(case) && case.field("big") == true),
        aspects: ANSWER,
        ours: "ok=false",
        reason: "8.18: refuse `huge numbers with a message`",
    },
    Difference {
        file: "ratelimit.json",
        cases: Cases::Where(|case| {
            let text = case.string("text").unwrap_or_default();
            let is_tolerated = !text.is_ascii() || text.ends_with('\n');
            is_parse(case) && case.field("ok") == true && is_tolerated
        }),
        aspects: ANSWER,
        ours: "ok=false",
        reason: "8.18: `same parse for ASCII input`; trailing newline and Unicode digits are faults of the grammar",
    },
    Difference {
        file: "ratelimit.json",
        cases: Cases::Where(|case| !is_parse(case) && case.mentions("ZeroDivisionError")),
        aspects: ANSWER,
        ours: "the period of a rate limit cannot be 0",
        reason: "8.18: `5/0m` is a ZeroDivisionError on every login; refused with a message",
    },
    Difference {
        file: "ratelimit.json",
        cases: Cases::Where(|case| case.mentions("\"time_left\":0")),
        aspects: ANSWER,
        ours: "time_left=1 ",
        reason: "5: `a period of exactly 1 s resets \"now\" (time_left 0)`; a Retry-After (8.17) of 0 s would ask for a \
                 try that is refused",
    },
    Difference {
        file: "ratelimit.json",
        cases: Cases::Where(|case| {
            case.mentions("HTTP_X_REAL_IP") || case.mentions("HTTP_X_FORWARDED_FOR")
        }),
        aspects: ANSWER,
        ours: "refused=",
        reason: "`The throttle believes forwarded addresses only from configured proxies`",
    },
    Difference {
        file: "ratelimit.json",
        cases: Cases::Where(|case| case.field("one_session") == true),
        aspects: ANSWER,
        ours: "refused=",
        reason: "8.17: `key changes when a failed login logs out`; same counting, client key given explicitly",
    },
    Difference {
        file: "credentials.json",
        cases: Cases::Where(|case| {
            let is_exact =
                |(_, word)| case.string("authorization") == Some(&format!("token {word}"));
            has_one_word_of(case, "token") && !words(case).is_some_and(is_exact)
        }),
        aspects: &["token"],
        ours: "secret",
        reason: "`Scheme names are case-insensitive (RFC 9110) and separated by one or more spaces`; white space around \
                 the value is not part of it",
    },
    Difference {
        file: "credentials.json",
        cases: Cases::Where(|case| is_of(case, "token") && !has_one_word_of(case, "token")),
        aspects: &["token"],
        ours: "malformed",
        reason: "`a header of *our* scheme that is malformed is refused`: no word, several, or one not of visible ASCII \
                 (8.14, 8.27, 8.28)",
    },
    Difference {
        file: "credentials.json",
        cases: Cases::Where(|case| is_of(case, "basic") && !starts_with(case, "Basic")),
        aspects: &["basic"],
        ours: "secret",
        reason: "`Scheme names are case-insensitive (RFC 9110) and separated by one or more spaces`",
    },
    Difference {
        file: "credentials.json",
        cases: Cases::Where(|case| starts_with(case, "Basic") && case.at("/basic/warned") == true),
        aspects: &["basic"],
        ours: "malformed",
        reason: "`a header of *our* scheme that is malformed is refused`, not taken for somebody else's (8.14)",
    },
    Difference {
        file: "credentials.json",
        cases: Cases::Where(|case| {
            case.at("/basic/credentials").is_object() && !is_canonical_base64(case)
        }),
        aspects: &["basic"],
        ours: "malformed",
        reason: "3: `lax base 64`, `further parts are ignored`; strict RFC 4648 here (decision 32)",
    },
    Difference {
        file: "credentials.json",
        cases: Cases::Where(|case| case.at("/basic/credentials/password") == ""),
        aspects: &["basic"],
        ours: "malformed",
        reason: "`Basic` carries a token as the password, and an empty token is `refuse before lookup, same outcome` \
                 (8.27)",
    },
    Difference {
        file: "authenticate.json",
        cases: Cases::Where(|case| is_dead(case) && !is_half_known(case)),
        aspects: &["result"],
        ours: "Z.",
        reason: "`Dates in messages are RFC 3339 with Z`; a reason goes to the operator alone (decision 16), as `told` \
                 compares it",
    },
    Difference {
        file: "authenticate.json",
        cases: Cases::Where(|case| is_dead(case) && !is_half_known(case)),
        aspects: &["headers"],
        ours: "token realm=",
        reason: "4: the challenge `never names the token scheme`; each scheme on offer is named here",
    },
    Difference {
        file: "authenticate.json",
        cases: Cases::Where(|case| is_sub_second(case) && is_success(case)),
        aspects: &[
            "result",
            "told",
            "headers",
            "failures",
            "session",
            "request token",
            "tokens",
        ],
        ours: "expired on 2026-08-01T12:00:00Z.",
        reason: "4: `expired (now >= expires)`; an end is kept to the second, rounded down: sooner, never later",
    },
    Difference {
        file: "authenticate.json",
        cases: Cases::Where(|case| is_sub_second(case) && !is_success(case)),
        aspects: &["result", "told", "headers"],
        ours: "expired on 2026-08-01T12:00:00Z.",
        reason: "4: `expired (now >= expires)`; an end is kept to the second, rounded down: sooner, never later",
    },
    Difference {
        file: "authenticate.json",
        cases: Cases::Where(|case| {
            case.string("group") == Some("lookup")
                && is_anonymous(case)
                && has_one_word_of(case, "token")
        }),
        aspects: &["result", "session", "request token", "tokens"],
        ours: "accepted",
        reason: "`Scheme names are case-insensitive (RFC 9110) and separated by one or more spaces` (8.14)",
    },
    Difference {
        file: "authenticate.json",
        cases: Cases::Where(is_malformed_of_ours),
        aspects: &["result"],
        ours: "refused",
        reason: "`a header of *our* scheme that is malformed is refused (401) and counted, not treated as anonymous`",
    },
    Difference {
        file: "authenticate.json",
        cases: Cases::Where(|case| {
            is_malformed_of_ours(case) && case.at("/settings/login_limit_rate").is_string()
        }),
        aspects: &["failures"],
        ours: "1",
        reason: "`a header of *our* scheme that is malformed is refused (401) and counted, not treated as anonymous`",
    },
    Difference {
        file: "authenticate.json",
        cases: Cases::Where(|case| !case.has("authorization") && case.mentions("KeyError")),
        aspects: &["result"],
        ours: "anonymous",
        reason: "3: no header: `direct call raises KeyError; the walk skips all backends`; no way round the walk here",
    },
    Difference {
        file: "authenticate.json",
        cases: Cases::Where(|case| case.mentions("ImproperlyConfigured")),
        aspects: &["result"],
        ours: "no such rate limit",
        reason: "5: a bad limit is `raised on each request with a header`; refused when it is configured",
    },
    Difference {
        file: "authenticate.json",
        cases: Cases::Where(|case| is_half_known(case) && !is_dead(case)),
        aspects: &["result", "failures", "session", "request token", "tokens"],
        ours: "accepted",
        reason: "`Several token stores: the first that knows the token answers` (8.20)",
    },
    Difference {
        file: "authenticate.json",
        cases: Cases::Where(|case| is_half_known(case) && is_dead(case)),
        aspects: &[
            "result",
            "told",
            "headers",
            "failures",
            "session",
            "request token",
            "tokens",
        ],
        ours: "accepted",
        reason: "`Several token stores: the first that knows the token answers` (8.20): the first finds it good",
    },
    Difference {
        file: "invalidate.json",
        cases: Cases::Where(|case| {
            let rows = case.list("before").iter().zip(case.list("after"));
            rows.into_iter()
                .any(|(before, after)| before["valid"] == false && before != after)
        }),
        aspects: &["rows", "changed ids"],
        ours: "first reason",
        reason: "`a second revoke keeps the first date and reason` (8.23)",
    },
    Difference {
        file: "invalidate.json",
        cases: Cases::Where(|case| {
            let mut rows = case.list("before").iter().zip(case.list("after"));
            rows.any(|(before, after)| before["valid"] != after["valid"])
                && case.at("/call/users") != &Value::Array(Vec::new())
        }),
        aspects: &["updated"],
        ours: "true",
        reason: "7: `last_updated` unchanged; ours is the time of the last change, and a revocation is one",
    },
    Difference {
        file: "invalidate.json",
        cases: Cases::Where(|case| {
            case.at("/call/fn") == "invalidate_token" && case.list("changed_ids").is_empty()
        }),
        aspects: &["call"],
        ours: " token",
        reason: "7: `Unknown users/tokens: nothing, no error`; who revokes by a secret must know that it hit nothing \
                 (decision 38)",
    },
    Difference {
        file: "invalidate.json",
        cases: Cases::Where(|case| case.at("/call/users") == &Value::Array(Vec::new())),
        aspects: &["call", "rows", "changed ids"],
        ours: "no token is chosen",
        reason: "`an empty selection is an error` (8.23)",
    },
    Difference {
        file: "invalidate.json",
        cases: Cases::Where(|case| case.has("crash")),
        aspects: &["call", "rows", "changed ids", "updated"],
        ours: "done",
        reason: "7: `reason (default empty)`, of which null is a crash; there is no null here, no reason is the empty one",
    },
    Difference {
        file: "generate.json",
        cases: Cases::Ids(&["g008"]),
        aspects: &["result", "calls", "created", "rows"],
        ours: "scripted Some(\"b\")",
        reason: "6: `Up to 20 tries (max_attempts)`; their number is no argument here, so that it cannot be -1",
    },
    Difference {
        file: "generate.json",
        cases: Cases::Ids(&["g014"]),
        aspects: &["result", "created", "rows"],
        ours: "scripted Some(\"b\")",
        reason: "8.21: `Retry on collision inside a transaction`; `INSERT ... ON CONFLICT DO NOTHING` breaks none",
    },
    Difference {
        file: "generate.json",
        cases: Cases::Ids(&["g050"]),
        aspects: &["result", "calls"],
        ours: "the store is busy",
        reason: "8.21: `any IntegrityError is taken for a collision, 20 times`; `tell other errors apart`",
    },
    Difference {
        file: "generate.json",
        cases: Cases::Ids(&["g021", "g049"]),
        aspects: &["result"],
        ours: "refused: ",
        reason: "6: `missing info: KeyError`, and a Python ValueError about a user without a row; clear refusals here",
    },
    Difference {
        file: "generate.json",
        cases: Cases::Ids(&["g022"]),
        aspects: &["result", "created", "rows"],
        ours: "refused: a vendor type is",
        reason: "1: `restrict TYPE to [A-Za-z0-9_-], 1..=32 at creation`",
    },
    Difference {
        file: "generate.json",
        cases: Cases::Where(|case| {
            ["g034", "g038", "g040"].contains(&case.id()) || case.at("/args/policy") == "not json"
        }),
        aspects: &["result", "calls", "created", "rows"],
        ours: "The policy",
        reason: "6: `No validation of policy`, and unreadable text is full access (8.5); `refuse at creation`",
    },
    Difference {
        file: "generate.json",
        cases: Cases::Ids(&["g046"]),
        aspects: &["result", "created", "rows"],
        ours: "scripted Some(\"e\")",
        reason: "8.29 `typed`: a Python TypeError about a field that does not exist; a request has no place for one",
    },
];

fn is_success(case: &Case) -> bool {
    case.at("/expect/result/success") == true
}

fn is_anonymous(case: &Case) -> bool {
    case.at("/expect/result").is_null() && case.at("/expect/crash").is_null()
}

/// Returns whether the ancestor refuses the login as that of a token that was good once.
fn is_dead(case: &Case) -> bool {
    case.at("/expect/result/message")
        .as_str()
        .is_some_and(|message| message.starts_with("This API token"))
}

/// Returns whether the token ends in the second in which it is used, after that use.
fn is_sub_second(case: &Case) -> bool {
    case.at("/tokens/0/expires") == "2026-08-01T12:00:00.000001+00:00"
}

/// Returns whether the ancestor refuses a token that its first table with it finds good.
fn is_half_known(case: &Case) -> bool {
    case.string("group") == Some("two-token-backends")
        && !is_success(case)
        && case.at("/tokens/1/valid") == true
}

/// Returns whether the ancestor passes over a header that is of a scheme in use and cannot be parsed.
fn is_malformed_of_ours(case: &Case) -> bool {
    is_anonymous(case)
        && !has_one_word_of(case, "token")
        && (is_of(case, "token") || is_of(case, "basic"))
}

const WHITE: [char; 2] = [' ', '\t'];

/// Splits the header of a case at its first space, without the white space around the parts.
fn words(case: &Case) -> Option<(&str, &str)> {
    let header = case.string("authorization")?.trim_matches(WHITE);
    let (scheme, rest) = header.split_once(' ')?;
    Some((scheme, rest.trim_start_matches(WHITE)))
}

fn starts_with(case: &Case, start: &str) -> bool {
    case.string("authorization")
        .is_some_and(|header| header.starts_with(start))
}

/// Returns whether the header of a case is of this scheme, in any case.
fn is_of(case: &Case, scheme: &str) -> bool {
    let header = case.string("authorization").unwrap_or_default();
    let found = words(case).map_or(header.trim_matches(WHITE), |(found, _)| found);
    found.eq_ignore_ascii_case(scheme)
}

/// Returns whether the header of a case is this scheme and one word of visible ASCII without a comma.
fn has_one_word_of(case: &Case, scheme: &str) -> bool {
    let is_visible = |c: char| c.is_ascii_graphic() && c != ',';
    is_of(case, scheme) && words(case).is_some_and(|(_, rest)| rest.chars().all(is_visible))
}

/// Returns whether the header of a case is just how its user and password are written in RFC 7617.
fn is_canonical_base64(case: &Case) -> bool {
    let part = |name: &str| case.at(&format!("/basic/credentials/{name}")).as_str();
    let (Some(user), Some(password)) = (part("username"), part("password")) else {
        return false;
    };
    let encoded = STANDARD.encode(format!("{user}:{password}"));
    words(case).is_some_and(|(_, rest)| rest == encoded)
}

fn is_parse(case: &Case) -> bool {
    case.string("kind") == Some("parse")
}

/// Returns whether the ancestor's validation lets the policy of the case pass.
fn is_accepted(case: &Case) -> bool {
    !case.has("error") && !case.has("crash")
}

/// Returns the members of an object, none of anything else.
fn members(value: &Value) -> Vec<(&String, &Value)> {
    value.as_object().into_iter().flatten().collect()
}

/// Returns every section of a policy.
fn sections(policy: &Value) -> Vec<&Value> {
    let mut sections = Vec::new();
    for (key, value) in members(&policy["resources"]) {
        if key == "*" {
            sections.push(value);
        } else {
            sections.extend(members(value).into_iter().map(|(_, section)| section));
        }
    }
    sections
}

/// Returns whether a part of the policy that we read has the wrong JSON type.
fn is_misshapen(policy: &Value) -> bool {
    let resources = policy.get("resources");
    let is_object = |value: &Value| value.is_object();
    !policy.is_object()
        || !resources.is_none_or(is_object)
        || !members(&policy["resources"])
            .iter()
            .all(|(_, value)| is_object(value))
        || sections(policy).into_iter().any(|section| {
            let is_list = |rule| section.get(rule).is_none_or(Value::is_array);
            !section.is_object() || !is_list("allow") || !is_list("block")
        })
}

/// Returns whether any list of a policy is as `is_such` says.
fn any_rule(case: &Case, is_such: fn(&[Value]) -> bool) -> bool {
    sections(case.field("policy"))
        .into_iter()
        .flat_map(|section| [&section["allow"], &section["block"]])
        .filter_map(Value::as_array)
        .any(|items| is_such(items))
}

/// Returns whether any text in a list of a policy is as `is_such` says.
fn any_method(case: &Case, is_such: fn(&str) -> bool) -> bool {
    sections(case.field("policy"))
        .into_iter()
        .flat_map(|section| [&section["allow"], &section["block"]])
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(Value::as_str)
        .any(is_such)
}

fn has_duplicates(items: &[Value]) -> bool {
    let is_before = |(index, item)| items.iter().take(index).any(|before| before == item);
    items
        .iter()
        .enumerate()
        .filter(|(_, item)| item.is_string())
        .any(is_before)
}

fn has_unknown_key(policy: &Value) -> bool {
    members(policy).iter().any(|(key, _)| *key != "resources")
        || sections(policy).into_iter().any(|section| {
            members(section)
                .iter()
                .any(|(key, _)| !matches!(key.as_str(), "allow" | "block"))
        })
}
