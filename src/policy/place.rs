//! Places inside a document: as a JSON Pointer, as the ancestor's dotted path, and as line and column.

use std::fmt;

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A value in a document, as the steps that lead there from the root.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'p> {
    parent: Option<&'p Self>,
    key: Option<&'p str>,
    index: usize,
}

impl<'p> Place<'p> {
    /// The whole document.
    pub(super) const ROOT: Self = Self {
        parent: None,
        key: None,
        index: 0,
    };

    /// Returns the place of the member at `index` of the object that stands here.
    pub(super) fn member(&'p self, index: usize, key: &'p str) -> Self {
        Self {
            parent: Some(self),
            key: Some(key),
            index,
        }
    }

    /// Returns the place of the item at `index` of the list that stands here.
    pub(super) fn item(&'p self, index: usize) -> Self {
        Self {
            parent: Some(self),
            key: None,
            index,
        }
    }

    /// Returns the key of the last step, if that is a member.
    pub(super) fn key(&self) -> Option<&'p str> {
        self.key
    }

    /// Returns the RFC 6901 JSON Pointer of this place.
    pub(super) fn pointer(&self) -> String {
        let mut text = self.parent.map_or_else(String::new, Place::pointer);
        match (self.parent, self.key) {
            (None, _) => {}
            (Some(_), Some(key)) => push_token(&mut text, key),
            (Some(_), None) => push_token(&mut text, &self.index.to_string()),
        }
        text
    }

    /// Returns the index of each step from the root.
    pub(super) fn steps(&self) -> Vec<usize> {
        let Some(parent) = self.parent else {
            return Vec::new();
        };
        let mut steps = parent.steps();
        steps.push(self.index);
        steps
    }
}

/// The keys of the way joined by `.`, as in `resources.review.42`.
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent.filter(|parent| parent.key.is_some()) {
            write!(f, "{parent}.")?;
        }
        f.write_str(self.key.unwrap_or_default())
    }
}

/// Appends `/` and `token`, escaped as RFC 6901 §3 has it.
pub(super) fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// Which end of the last step is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// The key of the member.
    Key,
    /// The value.
    Value,
}

/// Returns where in `text`, in bytes, the value at the end of `steps` or its key begins.
///
/// The steps must come from this text; where they do not fit, the answer is the last value that was reached.
pub(super) fn offset(text: &str, steps: &[usize], spot: Spot) -> usize {
    let Ok(mut value) = serde_json::from_str::<&RawValue>(text) else {
        return 0;
    };
    let mut key = value;
    for step in steps {
        let Some((next_key, next)) = child(value, *step) else {
            break;
        };
        (key, value) = (next_key, next);
    }
    let found = match spot {
        Spot::Key => key,
        Spot::Value => value,
    };
    // Each raw value borrows from `text`, as `from_str` copies nothing.
    (found.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

/// Returns the key and value at `index` of an object or list; an item of a list is its own key.
fn child(parent: &RawValue, index: usize) -> Option<(&RawValue, &RawValue)> {
    if parent.get().starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(parent.get()).ok()?;
        return items.get(index).map(|item| (*item, *item));
    }
    let mut deserializer = serde_json::Deserializer::from_str(parent.get());
    deserializer.deserialize_map(NthMember(index)).ok()
}

struct NthMember(usize);

impl<'de> Visitor<'de> for NthMember {
    type Value = (&'de RawValue, &'de RawValue);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        let mut index = 0;
        while let Some(member) = map.next_entry()? {
            if index == self.0 {
                found = Some(member);
            }
            index += 1;
        }
        found.ok_or_else(|| A::Error::custom("no such member"))
    }
}

/// Returns the line and the column in characters, both from 1, of the byte at `offset`.
pub(super) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointer_escapes_tilde_and_slash() {
        let root = Place::ROOT;
        let resources = root.member(0, "resources");
        let odd = resources.member(3, "a/b~1");
        let item = odd.item(7);
        assert_eq!(root.pointer(), "");
        assert_eq!(item.pointer(), "/resources/a~1b~01/7");
        assert_eq!(item.steps(), [0, 3, 7]);
        assert_eq!(odd.to_string(), "resources.a/b~1");
    }

    #[test]
    fn empty_key_keeps_its_step() {
        let resources = Place::ROOT.member(0, "resources");
        let review = resources.member(0, "review");
        let empty = review.member(0, "");
        assert_eq!(empty.pointer(), "/resources/review/");
        assert_eq!(empty.to_string(), "resources.review.");
    }

    #[test]
    fn offset_finds_the_right_one_of_two_equal_keys() {
        let text = " {\"é\": 1,\n \"a\": [2, {\"b\": 3, \"b\": 44}]}";
        let at = |steps: &[usize], spot| {
            let offset = offset(text, steps, spot);
            (&text[offset..], line_and_column(text, offset))
        };
        assert_eq!(at(&[], Spot::Value).1, (1, 2));
        assert_eq!(at(&[0], Spot::Value), (&text[8..], (1, 8)));
        assert_eq!(at(&[1], Spot::Key).1, (2, 2));
        let (rest, place) = at(&[1, 1, 1], Spot::Key);
        assert!(rest.starts_with("\"b\": 44"));
        assert_eq!(place, (2, 20));
        assert!(at(&[1, 1, 1], Spot::Value).0.starts_with("44"));
    }

    #[test]
    fn steps_that_do_not_fit_end_at_the_last_value_that_does() {
        let text = r#"{"a": [1]}"#;
        assert_eq!(offset(text, &[0, 5, 2], Spot::Value), 6);
        assert_eq!(offset(text, &[9], Spot::Value), 0);
        assert_eq!(offset("nonsense", &[0], Spot::Value), 0);
    }
}
