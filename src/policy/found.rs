//! Faults as they are found in a document, before they are looked up in its text.

use super::faults::{PolicyFault, PolicyFaults, PolicyUnreadable, Whereabouts};
use super::place::{Spot, line_and_column, offset};

/// Who refuses a document for a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A wrong JSON type: also a stored policy is unreadable.
    Shape,
    /// The ancestor refuses it at creation, but decides by it.
    Ancestor,
    /// The ancestor takes it.
    Strict,
}

/// A fault whose line and column are not known yet.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) class: Class,
    pub(super) message: String,
    pub(super) pointer: String,
    pub(super) steps: Vec<usize>,
    pub(super) spot: Spot,
}

impl Found {
    fn offset(&self, text: &str) -> usize {
        offset(text, &self.steps, self.spot)
    }

    fn at(self, offset: usize, text: &str) -> PolicyFault {
        let (line, column) = line_and_column(text, offset);
        PolicyFault {
            message: self.message,
            pointer: self.pointer,
            line,
            column,
        }
    }
}

impl From<Found> for PolicyUnreadable {
    fn from(found: Found) -> Self {
        Self {
            message: found.message,
            pointer: found.pointer,
            whereabouts: Whereabouts::Steps(found.steps, found.spot),
        }
    }
}

/// Gives each fault its line and column, and puts all but the ancestor's first in the order of the text.
pub(super) fn located(mut found: Vec<Found>, text: &str) -> Option<PolicyFaults> {
    let leading = found
        .iter()
        .position(|found| found.class != Class::Strict)
        .map(|index| found.remove(index));
    let mut rest: Vec<_> = found
        .into_iter()
        .map(|found| (found.offset(text), found))
        .collect();
    rest.sort_by_key(|(offset, _)| *offset);
    let mut faults = leading
        .map(|found| (found.offset(text), found))
        .into_iter()
        .chain(rest)
        .map(|(offset, found)| found.at(offset, text));
    Some(PolicyFaults::new(faults.next()?, faults.collect()))
}

/// Returns a fault of the whole document.
pub(super) fn whole(message: String, (line, column): (usize, usize)) -> PolicyFault {
    PolicyFault {
        message,
        pointer: String::new(),
        line,
        column,
    }
}
