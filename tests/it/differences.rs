//! The ancestor's answers, and the one table of those that we depart from on purpose.
//!
//! Each case of `tests/vectors` must either be answered as djblets answered it, or be selected by an entry of
//! [`DIFFERENCES`]. An entry that selects a case where the answers are equal is stale, and so is one that selects
//! none: both fail the test.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// A kind of case that we answer differently on purpose.
pub(crate) struct Difference {
    /// The file in `tests/vectors`.
    file: &'static str,
    /// The cases it is about.
    cases: Cases,
    /// Some words that must be in our answer.
    ours: &'static str,
    /// Why, with the place in `behaviour.md`.
    reason: &'static str,
}

/// Selects cases of one file.
enum Cases {
    Ids(&'static [&'static str]),
    Where(fn(&Case) -> bool),
}

const DIFFERENCES: &[Difference] = &[
    Difference {
        file: "policy_decide.json",
        cases: Cases::Where(|case| is_misshapen(case.field("policy")) && case.has("crash")),
        ours: "unreadable",
        reason: "2.2: a damaged policy raises, and decides nothing (8.7); ours is a clear denial",
    },
    Difference {
        file: "policy_decide.json",
        cases: Cases::Where(|case| is_misshapen(case.field("policy")) && !case.has("crash")),
        ours: "unreadable",
        reason: "2.2: falsy sections count as none, texts match by substring and objects by key; `Damaged stored \
                 policies deny` here",
    },
    Difference {
        file: "policy_validate.json",
        cases: Cases::Where(|case| is_accepted(case) && any_rule(case, |items| items.is_empty())),
        ours: "rule must not be empty.",
        reason: "2.1 `Not checked`: empty lists; they say nothing (8.6)",
    },
    Difference {
        file: "policy_validate.json",
        cases: Cases::Where(|case| {
            is_accepted(case) && any_rule(case, |items| !items.iter().all(Value::is_string))
        }),
        ours: "rule must be a string.",
        reason: "2.1 `Not checked`: list members (any JSON); they match nothing",
    },
    Difference {
        file: "policy_validate.json",
        cases: Cases::Where(|case| {
            is_accepted(case) && any_method(case, |method| method.contains(char::is_lowercase))
        }),
        ours: "must be in upper case.",
        reason: "2.1 `Not checked`: lower case; `get` in a policy never matches `GET` (2.2, 8.6)",
    },
    Difference {
        file: "policy_validate.json",
        cases: Cases::Where(|case| is_accepted(case) && any_method(case, str::is_empty)),
        ours: "is not a valid method.",
        reason: "2.1 `Not checked`: unknown methods; no request has this one",
    },
    Difference {
        file: "policy_validate.json",
        cases: Cases::Where(|case| is_accepted(case) && any_rule(case, has_duplicates)),
        ours: "more than once.",
        reason: "8.6: duplicates in a list",
    },
    Difference {
        file: "policy_validate.json",
        cases: Cases::Where(|case| is_accepted(case) && has_unknown_key(case.field("policy"))),
        ours: "is not a valid key of",
        reason: "2.1 `Not checked`: extra keys at any level (8.6)",
    },
    Difference {
        file: "policy_validate.json",
        cases: Cases::Where(|case| {
            let resources = members(&case.field("policy")["resources"]);
            is_accepted(case) && resources.iter().any(|(_, value)| members(value).is_empty())
        }),
        ours: "section must not be empty.",
        reason: "2.1 `Not checked`: a resource with no sub-keys",
    },
    Difference {
        file: "policy_text.json",
        cases: Cases::Ids(&["t019", "t021"]),
        ours: "key more than once.",
        reason: "2.1: `last duplicate key wins silently`; refused here (8.9)",
    },
    Difference {
        file: "policy_text.json",
        cases: Cases::Ids(&["t023"]),
        ours: "The policy is not valid JSON",
        reason: "2.1: `NaN`/`Infinity` accepted; they are not JSON (8.9)",
    },
    Difference {
        file: "policy_text.json",
        cases: Cases::Ids(&["t021", "t031"]),
        ours: "rule must not be empty.",
        reason: "2.1 `Not checked`: empty lists; they say nothing (8.6)",
    },
    Difference {
        file: "policy_text.json",
        cases: Cases::Ids(&["t036"]),
        ours: "rule must be a string.",
        reason: "2.1 `Not checked`: list members (any JSON); they match nothing",
    },
];

/// One case of a vector file.
pub(crate) struct Case {
    value: Value,
    /// The fields as they are written, as the order of members matters in some.
    texts: BTreeMap<String, Box<RawValue>>,
}

impl Case {
    /// Returns the name of the case.
    pub(crate) fn id(&self) -> &str {
        self.value["id"].as_str().unwrap()
    }

    /// Returns a field, null if it is not there.
    pub(crate) fn field(&self, name: &str) -> &Value {
        &self.value[name]
    }

    /// Returns a field that is a string.
    pub(crate) fn string(&self, name: &str) -> Option<&str> {
        self.value[name].as_str()
    }

    /// Returns the JSON text of a field as the file has it.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.texts[name].get()
    }

    /// Returns whether the field is there and not null.
    pub(crate) fn has(&self, name: &str) -> bool {
        !self.value[name].is_null()
    }
}

impl<'de> Deserialize<'de> for Case {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = BTreeMap::<String, Box<RawValue>>::deserialize(deserializer)?;
        let value = texts
            .iter()
            .map(|(key, text)| (key.clone(), serde_json::from_str(text.get()).unwrap()))
            .collect();
        Ok(Self {
            value: Value::Object(value),
            texts,
        })
    }
}

/// The vectors of one file.
pub(crate) struct Vectors {
    file: &'static str,
    pub(crate) cases: Vec<Case>,
    /// What stands beside the cases.
    pub(crate) beside: BTreeMap<String, Value>,
}

impl Vectors {
    /// Reads `tests/vectors/FILE`.
    pub(crate) fn read(file: &'static str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
        let text = std::fs::read_to_string(path.join(file)).unwrap();
        let mut fields: BTreeMap<String, &RawValue> = serde_json::from_str(&text).unwrap();
        let cases = fields.remove("cases").unwrap();
        let parse = |text: &RawValue| serde_json::from_str(text.get()).unwrap();
        Self {
            file,
            cases: serde_json::from_str(cases.get()).unwrap(),
            beside: fields
                .into_iter()
                .map(|(key, text)| (key, parse(text)))
                .collect(),
        }
    }
}

/// How the answers to one file compare.
pub(crate) struct Comparison {
    entries: Vec<(&'static Difference, usize)>,
    pub(crate) equal: usize,
    pub(crate) different: usize,
    failures: Vec<String>,
}

impl Comparison {
    /// Starts the comparison of the answers to `vectors`.
    pub(crate) fn of(vectors: &Vectors) -> Self {
        let entries = DIFFERENCES
            .iter()
            .filter(|entry| entry.file == vectors.file)
            .map(|entry| (entry, 0))
            .collect();
        Self {
            entries,
            equal: 0,
            different: 0,
            failures: Vec::new(),
        }
    }

    /// Takes up our answer to `case` and the ancestor's.
    pub(crate) fn check(&mut self, case: &Case, ours: &str, theirs: &str) {
        let both = format!("{}: ours {ours:?}, the ancestor's {theirs:?}", case.id());
        let mut is_listed = false;
        for (entry, uses) in &mut self.entries {
            let selects = match entry.cases {
                Cases::Ids(ids) => ids.contains(&case.id()),
                Cases::Where(selects) => selects(case),
            };
            if !selects {
                continue;
            }
            is_listed = true;
            *uses += 1;
            if ours == theirs {
                self.failures
                    .push(format!("stale entry ({}): {both}", entry.reason));
            } else if !ours.contains(entry.ours) {
                self.failures
                    .push(format!("not for this reason ({}): {both}", entry.reason));
            }
        }
        if ours == theirs {
            self.equal += 1;
        } else if is_listed {
            self.different += 1;
        } else {
            self.failures.push(format!("not in the table: {both}"));
        }
    }

    /// Asserts that all was as the ancestor or the table has it.
    pub(crate) fn finish(mut self, equal: usize, different: usize) {
        for (entry, uses) in &self.entries {
            if *uses == 0 {
                self.failures
                    .push(format!("entry that selects nothing: {}", entry.reason));
            }
        }
        let failures = self.failures.join("\n");
        assert!(failures.is_empty(), "{failures}");
        // Pinned, so that a predicate that grew too wide is seen.
        assert_eq!((self.equal, self.different), (equal, different));
    }
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
