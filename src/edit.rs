//! Edits: what a token is called by people.

use std::collections::BTreeSet;

use crate::label::{LabelError, Labels};
use crate::text::FreeText;
use crate::token::Token;

/// What shall be written to a token in other words. What is not set stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edit {
    /// The new note.
    pub note: Option<FreeText>,
    /// Labels it shall have; one whose key it has gets the new value.
    pub labels: Labels,
    /// The keys of labels it shall not have; one that it has not is no error.
    pub remove_labels: BTreeSet<String>,
}

impl Edit {
    /// Returns note and labels of `token` after this edit.
    ///
    /// # Errors
    ///
    /// [`LabelError::TooMany`] when more labels would be left than a token can have.
    pub fn of(&self, token: &Token) -> Result<(FreeText, Labels), LabelError> {
        let note = self.note.as_ref().unwrap_or(&token.note);
        let mut labels = token.labels.clone();
        for key in &self.remove_labels {
            labels.remove(key);
        }
        labels.set_all(&self.labels)?;
        Ok((note.clone(), labels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tests::sample;

    fn labels(pairs: &[&str]) -> Labels {
        let mut labels = Labels::default();
        for pair in pairs {
            labels.insert(pair).unwrap();
        }
        labels
    }

    #[test]
    fn what_is_not_named_stays() {
        let token = Token {
            note: FreeText::parse("nightly").unwrap(),
            labels: labels(&["team=web", "env=test"]),
            ..sample()
        };
        let nothing = Edit::default().of(&token).unwrap();
        assert_eq!(nothing, (token.note.clone(), token.labels.clone()));
        let edit = Edit {
            note: Some(FreeText::default()),
            labels: labels(&["team=infra", "tier=1"]),
            remove_labels: ["env".to_owned(), "none".to_owned()].into(),
        };
        let (note, left) = edit.of(&token).unwrap();
        assert_eq!(note, FreeText::default());
        assert_eq!(left, labels(&["team=infra", "tier=1"]));
    }

    #[test]
    fn more_labels_than_are_kept_are_refused() {
        let full: Vec<String> = (0..Labels::MAX_COUNT).map(|n| format!("k{n}=v")).collect();
        let full: Vec<&str> = full.iter().map(String::as_str).collect();
        let token = Token {
            labels: labels(&full),
            ..sample()
        };
        let edit = |keys: &[&str]| Edit {
            labels: labels(&["more=v"]),
            remove_labels: keys.iter().map(|key| (*key).to_owned()).collect(),
            ..Edit::default()
        };
        assert_eq!(edit(&[]).of(&token), Err(LabelError::TooMany));
        assert_eq!(edit(&["none"]).of(&token), Err(LabelError::TooMany));
        assert!(edit(&["k0"]).of(&token).is_ok());
    }
}
