//! The document of a policy as it was written: its members in order, also those that a later one hides.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Number;
use serde_json::error::Category;

/// Any JSON value.
///
/// `serde_json::Value` would sort the members and drop duplicate keys, which are what a strict reading looks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Self>),
    Object(Object),
}

/// The text is not JSON, or more deeply nested than is read.
#[derive(Debug)]
pub(super) struct NotJson(serde_json::Error);

impl Json {
    /// Reads a whole text.
    pub(super) fn parse(text: &str) -> Result<Self, NotJson> {
        serde_json::from_str(text).map_err(NotJson)
    }
}

impl NotJson {
    /// Returns the line and the column in characters, both from 1, where reading `text` ended.
    pub(super) fn line_and_column(&self, text: &str) -> (usize, usize) {
        let line = self.0.line().max(1);
        // serde_json counts the column in bytes, and may point before the first one.
        let column = text
            .split('\n')
            .nth(line - 1)
            .unwrap_or_default()
            .char_indices()
            .take_while(|(at, _)| *at < self.0.column())
            .count();
        (line, column.max(1))
    }
}

/// A sentence, with nothing of the text in it.
impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.classify() {
            Category::Eof => f.write_str("The policy is not valid JSON: it ends too early."),
            // These are fixed phrases of serde_json, with the place behind them.
            Category::Syntax => {
                let phrase = self.0.to_string();
                let phrase = phrase.split(" at line ").next().unwrap_or_default();
                write!(f, "The policy is not valid JSON: {phrase}.")
            }
            Category::Data | Category::Io => f.write_str("The policy is not valid JSON."),
        }
    }
}

/// The members of a JSON object in the order of the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Object(Vec<(String, Json)>);

/// One member of an object, and where it stands among all of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member<'j> {
    pub(super) index: usize,
    pub(super) key: &'j str,
    pub(super) value: &'j Json,
}

impl Object {
    /// Returns whether there is no member at all.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns each key once with the last of its values, in the order in which the keys came first, as Python's
    /// `dict` has them.
    pub(super) fn effective(&self) -> Vec<Member<'_>> {
        let mut slots = BTreeMap::new();
        let mut members: Vec<Member<'_>> = Vec::with_capacity(self.0.len());
        for (index, (key, value)) in self.0.iter().enumerate() {
            let slot = *slots.entry(key.as_str()).or_insert(members.len());
            let member = Member { index, key, value };
            match members.get_mut(slot) {
                Some(hidden) => *hidden = member,
                None => members.push(member),
            }
        }
        members
    }

    /// Returns the members whose key came before.
    pub(super) fn repeated(&self) -> Vec<Member<'_>> {
        let mut seen = BTreeMap::new();
        self.0
            .iter()
            .enumerate()
            .filter(|(_, (key, _))| seen.insert(key.as_str(), ()).is_some())
            .map(|(index, (key, value))| Member { index, key, value })
            .collect()
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => items.serialize(serializer),
            Self::Object(object) => object.serialize(serializer),
        }
    }
}

/// Each key is written once: what reads the output may not agree with us on which of two counts.
impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = self.effective();
        let mut map = serializer.serialize_map(Some(members.len()))?;
        for member in members {
            map.serialize_entry(member.key, member.value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("number out of range"))?;
        Ok(Json::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(Object(members)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Object {
        match serde_json::from_str(text).unwrap() {
            Json::Object(object) => object,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn later_value_takes_the_place_of_the_first_key() {
        let object = object(r#"{"b": 1, "a": 2, "b": 3}"#);
        let effective: Vec<_> = object
            .effective()
            .iter()
            .map(|member| (member.index, member.key))
            .collect();
        assert_eq!(effective, [(2, "b"), (1, "a")]);
        let repeated: Vec<_> = object.repeated().iter().map(|m| m.index).collect();
        assert_eq!(repeated, [2]);
    }

    #[test]
    fn serialization_keeps_order_and_writes_each_key_once() {
        let json: Json = serde_json::from_str(
            r#" {"b": [1, -2, 1.5, null, true, "x\n"], "a": {"z": 1, "z": 2}} "#,
        )
        .unwrap();
        assert_eq!(
            serde_json::to_string(&json).unwrap(),
            r#"{"b":[1,-2,1.5,null,true,"x\n"],"a":{"z":2}}"#
        );
    }

    #[test]
    fn what_is_not_json_is_told_without_an_echo() {
        let deep = "{\"a\":".repeat(100_000);
        let cases = [
            ("", "it ends too early", (1, 1)),
            ("{\"a\": \"hunter2", "it ends too early", (1, 14)),
            ("{\"a\":\n  {\"é\": hunter2", "expected value", (2, 9)),
            ("\u{feff}{}", "expected value", (1, 1)),
            ("{\"a\": NaN}", "expected value", (1, 7)),
            ("{'hunter2': 1}", "key must be a string", (1, 2)),
            ("[1e999]", "number out of range", (1, 6)),
            ("{} hunter2", "trailing characters", (1, 4)),
            (
                "\"\\ud800 hunter2\"",
                "unexpected end of hex escape",
                (1, 8),
            ),
            (
                "{\"\\udc00\": 1}",
                "lone leading surrogate in hex escape",
                (1, 8),
            ),
            (&"[".repeat(1_000), "recursion limit exceeded", (1, 128)),
            (&deep, "recursion limit exceeded", (1, 636)),
        ];
        for (text, phrase, place) in cases {
            let error = Json::parse(text).unwrap_err();
            let message = format!("The policy is not valid JSON: {phrase}.");
            assert_eq!(
                (error.to_string(), error.line_and_column(text)),
                (message, place)
            );
        }
    }
}
