//! The ancestor's answers, and how ours are compared with them.
//!
//! A case has one answer, or several aspects that are compared each for itself: the words of a message may differ on
//! purpose while the session must not. Each must be as djblets has it, or be selected by an entry of [`DIFFERENCES`].
//! An entry that selects an answer in which both are equal is stale, and so is one that selects none: both fail.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::differences::{ANSWER, Cases, DIFFERENCES, Difference};

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

    /// Returns the field at a JSON Pointer, null if it is not there.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.value.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// Returns a field that is a string.
    pub(crate) fn string(&self, name: &str) -> Option<&str> {
        self.value[name].as_str()
    }

    /// Returns a field that is a list.
    pub(crate) fn list(&self, name: &str) -> &[Value] {
        self.value[name].as_array().unwrap()
    }

    /// Returns the JSON text of a field as the file has it.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.texts[name].get()
    }

    /// Returns whether the field is there and not null.
    pub(crate) fn has(&self, name: &str) -> bool {
        !self.value[name].is_null()
    }

    /// Returns whether `text` stands anywhere in the case, as JSON without spaces.
    pub(crate) fn mentions(&self, text: &str) -> bool {
        self.value.to_string().contains(text)
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

/// One thing that is compared of a case.
#[derive(Debug)]
pub(crate) struct Aspect {
    name: &'static str,
    ours: String,
    theirs: String,
}

impl Aspect {
    pub(crate) fn new(
        name: &'static str,
        ours: impl Into<String>,
        theirs: impl Into<String>,
    ) -> Self {
        Self {
            name,
            ours: ours.into(),
            theirs: theirs.into(),
        }
    }
}

/// How the answers to one file compare.
pub(crate) struct Comparison {
    entries: Vec<(&'static Difference, usize)>,
    equal: usize,
    different: usize,
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

    /// Answers every case of `vectors`, several at a time: what takes long is to wait for the medium.
    pub(crate) fn run(vectors: &Vectors, answer: impl Fn(&Case) -> Vec<Aspect> + Sync) -> Self {
        const THREADS: usize = 16;
        let mut comparison = Self::of(vectors);
        let chunk = vectors.cases.len().div_ceil(THREADS);
        let answers: Vec<Vec<Aspect>> = std::thread::scope(|scope| {
            let answer_all = |cases: &[Case]| cases.iter().map(&answer).collect::<Vec<_>>();
            let chunks = vectors.cases.chunks(chunk);
            let threads: Vec<_> = chunks
                .map(|cases| scope.spawn(move || answer_all(cases)))
                .collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect()
        });
        for (case, aspects) in vectors.cases.iter().zip(&answers) {
            comparison.check_aspects(case, aspects);
        }
        comparison
    }

    /// Takes up our answer to `case` and the ancestor's.
    pub(crate) fn check(&mut self, case: &Case, ours: &str, theirs: &str) {
        self.check_aspects(case, &[Aspect::new(ANSWER[0], ours, theirs)]);
    }

    /// Takes up our answer to `case` and the ancestor's in each aspect.
    pub(crate) fn check_aspects(&mut self, case: &Case, aspects: &[Aspect]) {
        for aspect in aspects {
            self.check_aspect(case, aspect);
        }
    }

    fn check_aspect(&mut self, case: &Case, aspect: &Aspect) {
        let Aspect { name, ours, theirs } = aspect;
        let both = format!(
            "{} {name}: ours {ours:?}, the ancestor's {theirs:?}",
            case.id()
        );
        let mut is_listed = false;
        for (entry, uses) in &mut self.entries {
            let selects = match entry.cases {
                Cases::Ids(ids) => ids.contains(&case.id()),
                Cases::Where(selects) => selects(case),
            };
            if !selects || !entry.aspects.contains(name) {
                continue;
            }
            is_listed = true;
            *uses += 1;
            if ours == theirs {
                self.failures
                    .push(format!("stale entry ({}): {both}", entry.reason));
            } else if entry.aspects.first() == Some(name) && !ours.contains(entry.ours) {
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

    /// Asserts that all was as the ancestor or the table has it, in this many answers.
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
