//! Labels: `KEY=VALUE` pairs by which tokens are found again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The labels of a token, by key.
///
/// At most [`Labels::MAX_COUNT`]. A key has 1 to 63 characters of `A-Z a-z 0-9 . _ / -` and begins with a letter or
/// digit; a value has at most 256 bytes and no NUL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    into = "BTreeMap<String, String>",
    try_from = "BTreeMap<String, String>"
)]
pub struct Labels(BTreeMap<String, String>);

impl Labels {
    /// The most labels a token can have.
    pub const MAX_COUNT: usize = 32;
    const MAX_KEY: usize = 63;
    const MAX_VALUE: usize = 256;

    /// Adds the label written as `KEY=VALUE`.
    ///
    /// # Errors
    ///
    /// [`LabelError`] when it does not follow the rules of [`Labels`], or its key is there already.
    pub fn insert(&mut self, label: &str) -> Result<(), LabelError> {
        let (key, value) = Self::parse_pair(label)?;
        if self.0.len() == Self::MAX_COUNT {
            return Err(LabelError::TooMany);
        }
        if self.0.contains_key(&key) {
            return Err(LabelError::Repeated { key });
        }
        self.0.insert(key, value);
        Ok(())
    }

    /// Adds each label of `others`, in the place of one with the same key.
    ///
    /// # Errors
    ///
    /// [`LabelError::TooMany`] when there would be more than [`Labels::MAX_COUNT`]; none was added then.
    pub fn set_all(&mut self, others: &Self) -> Result<(), LabelError> {
        let new = others.0.keys().filter(|key| !self.0.contains_key(*key));
        if self.0.len().saturating_add(new.count()) > Self::MAX_COUNT {
            return Err(LabelError::TooMany);
        }
        let others = others.0.iter();
        self.0
            .extend(others.map(|(key, value)| (key.clone(), value.clone())));
        Ok(())
    }

    /// Removes the label `key`; it returns whether there was one.
    pub fn remove(&mut self, key: &str) -> bool {
        self.0.remove(key).is_some()
    }

    /// Splits and checks one label written as `KEY=VALUE`.
    ///
    /// # Errors
    ///
    /// [`LabelError`] when it does not follow the rules of [`Labels`].
    pub fn parse_pair(label: &str) -> Result<(String, String), LabelError> {
        let (key, value) = label.split_once('=').ok_or(LabelError::NoValue)?;
        let key = Self::parse_key(key)?;
        Self::check_value(&key, value)?;
        Ok((key, value.to_owned()))
    }

    fn check_value(key: &str, value: &str) -> Result<(), LabelError> {
        if value.len() > Self::MAX_VALUE || value.contains('\0') {
            let key = key.to_owned();
            return Err(LabelError::Value { key });
        }
        Ok(())
    }

    /// Checks the key of a label.
    ///
    /// # Errors
    ///
    /// [`LabelError::Key`] when it does not follow the rules of [`Labels`].
    pub fn parse_key(key: &str) -> Result<String, LabelError> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte);
        let is_good = key.len() <= Self::MAX_KEY
            && key.starts_with(|first: char| first.is_ascii_alphanumeric())
            && key.bytes().all(word);
        if is_good {
            Ok(key.to_owned())
        } else {
            Err(LabelError::Key)
        }
    }

    /// Returns the value of the label `key`.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Returns each key with its value, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<BTreeMap<String, String>> for Labels {
    type Error = LabelError;

    fn try_from(pairs: BTreeMap<String, String>) -> Result<Self, LabelError> {
        if pairs.len() > Self::MAX_COUNT {
            return Err(LabelError::TooMany);
        }
        for (key, value) in &pairs {
            Self::parse_key(key)?;
            Self::check_value(key, value)?;
        }
        Ok(Self(pairs))
    }
}

impl From<Labels> for BTreeMap<String, String> {
    fn from(labels: Labels) -> Self {
        labels.0
    }
}

/// A label that cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// There is no `=`.
    #[error("a label is written KEY=VALUE")]
    NoValue,
    /// The key breaks its rule.
    #[error("a label's key has 1 to 63 of A-Z a-z 0-9 . _ / - and begins with a letter or digit")]
    Key,
    /// The value breaks its rule.
    #[error("the value of label `{key}` is longer than 256 bytes or holds a NUL")]
    Value {
        /// Whose value.
        key: String,
    },
    /// The key was given twice.
    #[error("label `{key}` is given twice")]
    Repeated {
        /// Which key.
        key: String,
    },
    /// More than [`Labels::MAX_COUNT`].
    #[error("a token has at most {} labels", Labels::MAX_COUNT)]
    TooMany,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_key_and_a_value() {
        let mut labels = Labels::default();
        labels.insert("team=infra").unwrap();
        labels.insert("example.com/app=a=b").unwrap();
        labels.insert("empty=").unwrap();
        assert_eq!(labels.value("example.com/app"), Some("a=b"));
        assert_eq!(labels.value("empty"), Some(""));
        assert_eq!(labels.value("none"), None);
    }

    #[test]
    fn broken_labels_are_refused() {
        let mut labels = Labels::default();
        labels.insert("team=infra").unwrap();
        for (label, error) in [
            ("team", LabelError::NoValue),
            ("=x", LabelError::Key),
            ("-a=x", LabelError::Key),
            ("a b=x", LabelError::Key),
            ("é=x", LabelError::Key),
            ("a=\0", LabelError::Value { key: "a".into() }),
            ("team=web", LabelError::Repeated { key: "team".into() }),
        ] {
            assert_eq!(labels.insert(label), Err(error), "{label:?}");
        }
        assert_eq!(
            labels.insert(&format!("{}=x", "k".repeat(64))),
            Err(LabelError::Key)
        );
        for number in 1..Labels::MAX_COUNT {
            labels.insert(&format!("k{number}=v")).unwrap();
        }
        assert_eq!(labels.insert("more=x"), Err(LabelError::TooMany));
    }
}
