//! What is wrong with a policy, and where.

use std::fmt;

use serde::Serialize;

use super::place::{Spot, line_and_column, offset};

/// One thing that is wrong with a policy text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyFault {
    /// What is wrong, as a sentence. It may quote keys and methods of the policy as they are, control characters too.
    pub message: String,
    /// The RFC 6901 JSON Pointer of the place, empty for the whole document.
    pub pointer: String,
    /// The line of the place, from 1.
    pub line: usize,
    /// The column of the place in characters, from 1.
    pub column: usize,
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// All that is wrong with a policy text; there is always at least one fault.
///
/// The first is the one that djblets would report, if it refuses the document too. The others are in the order of
/// the text. No more than 100 are kept, as each may quote a long key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFaults {
    first: PolicyFault,
    rest: Vec<PolicyFault>,
}

impl PolicyFaults {
    pub(super) fn new(first: PolicyFault, rest: Vec<PolicyFault>) -> Self {
        Self { first, rest }
    }

    /// Returns the fault to report if there is room for one.
    #[must_use]
    pub fn first(&self) -> &PolicyFault {
        &self.first
    }

    /// Returns every fault, the first one first.
    pub fn iter(&self) -> impl Iterator<Item = &PolicyFault> {
        std::iter::once(&self.first).chain(&self.rest)
    }
}

impl fmt::Display for PolicyFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        self.rest.iter().try_for_each(|fault| write!(f, " {fault}"))
    }
}

impl std::error::Error for PolicyFaults {}

/// A stored policy that cannot be understood, so that nothing may be allowed by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyUnreadable {
    /// What is wrong, as a sentence. It may quote keys of the policy as they are.
    pub message: String,
    /// The RFC 6901 JSON Pointer of the place, empty for the whole document.
    pub pointer: String,
    pub(super) whereabouts: Whereabouts,
}

impl PolicyUnreadable {
    /// Returns the fault with its line and column in `text`, which is what was read.
    ///
    /// Reading does not look them up: each request may come upon such a policy, and only people ask where it is wrong.
    #[must_use]
    pub fn locate(&self, text: &str) -> PolicyFault {
        let (line, column) = match &self.whereabouts {
            Whereabouts::Known(place) => *place,
            Whereabouts::Steps(steps, spot) => line_and_column(text, offset(text, steps, *spot)),
        };
        PolicyFault {
            message: self.message.clone(),
            pointer: self.pointer.clone(),
            line,
            column,
        }
    }
}

/// What leads to the place of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whereabouts {
    /// Its line and column.
    Known((usize, usize)),
    /// The index of each step from the root, and which end of the last is meant.
    Steps(Vec<usize>, Spot),
}

impl fmt::Display for PolicyUnreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PolicyUnreadable {}
