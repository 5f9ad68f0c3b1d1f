//! The one table of the ancestor's answers that we depart from on purpose.
//!
//! How it is used, and when an entry of it is stale, stands in [`crate::vectors`].

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
];

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
