//! JSON as it is printed: nothing in it but printable text, and stored documents in their own order.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::escape::Scan;

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Everything on one line, without spaces.
    Compact,
    /// One member a line, indented by two spaces.
    Pretty,
}

/// Returns `value` as JSON, as if it stood `depth` levels deep (which only the indentation shows).
pub(crate) fn to_vec(
    value: &impl Serialize,
    layout: Layout,
    depth: usize,
) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::with_capacity(256);
    write(&mut json, value, layout, depth)?;
    Ok(json)
}

/// Writes `value` as [`to_vec`] has it, and keeps no copy.
pub(crate) fn write(
    writer: &mut impl io::Write,
    value: &impl Serialize,
    layout: Layout,
    depth: usize,
) -> serde_json::Result<()> {
    let formatter = JsonFormatter::new(layout, depth);
    value.serialize(&mut Serializer::with_formatter(writer, formatter))
}

/// Returns `value` as JSON on one line.
pub(crate) fn to_line(value: &impl Serialize) -> serde_json::Result<String> {
    // Bytes of `serde_json` are UTF-8, so nothing is ever replaced here.
    to_vec(value, Layout::Compact, 0).map(|json| String::from_utf8_lossy(&json).into_owned())
}

/// Writes characters that a terminal would not show as `\u` and four digits, which `serde_json` does for C0 only.
///
/// A [`RawValue`](serde_json::value::RawValue) is escaped and laid out again like the rest, its members in their order.
pub(crate) struct JsonFormatter {
    layout: Layout,
    depth: usize,
    filled: bool,
}

impl JsonFormatter {
    /// Makes a formatter for a value `depth` levels deep.
    pub(crate) fn new(layout: Layout, depth: usize) -> Self {
        Self {
            layout,
            depth,
            filled: false,
        }
    }

    fn open<W: ?Sized + io::Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth = self.depth.saturating_add(1);
        self.filled = false;
        writer.write_all(bracket)
    }

    fn close<W: ?Sized + io::Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        if self.filled {
            self.line(writer)?;
        }
        writer.write_all(bracket)
    }

    fn separate<W: ?Sized + io::Write>(&self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.line(writer)
    }

    fn line<W: ?Sized + io::Write>(&self, writer: &mut W) -> io::Result<()> {
        if self.layout == Layout::Compact {
            return Ok(());
        }
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"  "))
    }
}

impl Formatter for JsonFormatter {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.separate(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.separate(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        match self.layout {
            Layout::Compact => writer.write_all(b":"),
            Layout::Pretty => writer.write_all(b": "),
        }
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut scan = Scan::new();
        fragment
            .chars()
            .try_for_each(|character| write_character(writer, &mut scan, character))
    }

    fn write_raw_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut characters = fragment.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '"' => {
                    writer.write_all(b"\"")?;
                    let mut scan = Scan::new();
                    while let Some(character) = characters.next() {
                        write_character(writer, &mut scan, character)?;
                        match character {
                            '"' => break,
                            '\\' => {
                                if let Some(escaped) = characters.next() {
                                    write_character(writer, &mut scan, escaped)?;
                                }
                            }
                            _ => {}
                        }
                    }
                }
                ' ' | '\t' | '\r' | '\n' => {}
                '[' | '{' => {
                    while characters
                        .next_if(|next| next.is_ascii_whitespace())
                        .is_some()
                    {}
                    self.open(writer, if character == '[' { b"[" } else { b"{" })?;
                    if !matches!(characters.peek(), Some(']' | '}')) {
                        self.filled = true;
                        self.line(writer)?;
                    }
                }
                ']' => self.close(writer, b"]")?,
                '}' => self.close(writer, b"}")?,
                ',' => self.separate(writer, false)?,
                ':' => self.begin_object_value(writer)?,
                other => write_character(writer, &mut Scan::new(), other)?,
            }
            if matches!(character, ']' | '}') {
                self.filled = true;
            }
        }
        Ok(())
    }
}

fn write_character<W: ?Sized + io::Write>(
    writer: &mut W,
    scan: &mut Scan,
    character: char,
) -> io::Result<()> {
    if scan.hides(character) {
        let mut units = [0; 2];
        for unit in character.encode_utf16(&mut units) {
            write!(writer, "\\u{unit:04x}")?;
        }
        return Ok(());
    }
    writer.write_all(character.encode_utf8(&mut [0; 4]).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;
    use serde_json::value::RawValue;
    use serde_json::{Value, json};

    fn pretty(value: &impl Serialize) -> String {
        String::from_utf8(to_vec(value, Layout::Pretty, 0).unwrap()).unwrap()
    }

    #[test]
    fn hostile_characters_are_escaped_and_backslashes_stay_json() {
        assert_eq!(
            to_line(&"\u{7f}\u{9b}\u{202e}\u{1b}\n\u{e0041}é\\\"").unwrap(),
            r#""\u007f\u009b\u202e\u001b\n\udb40\udc41é\\\"""#
        );
    }

    #[test]
    fn every_scalar_comes_back_and_none_is_raw() {
        for character in '\0'..=char::MAX {
            let json = to_line(&character).unwrap();
            assert_eq!(serde_json::from_str::<char>(&json).unwrap(), character);
            let raw = serde_json::to_string(&character).unwrap();
            let raw = RawValue::from_string(raw).unwrap();
            assert_eq!(to_line(&raw).unwrap(), json);
            let mut scan = Scan::new();
            assert!(!json.chars().any(|out| scan.hides(out)), "{json}");
        }
    }

    #[test]
    fn raw_documents_keep_their_order_and_take_the_layout() {
        let text = "{ \"b\" : [ 1 , {} , [ ] ],\n\"a\": { \"x\\\"{\u{9b}\" : null } }";
        let raw = RawValue::from_string(text.to_owned()).unwrap();
        assert_eq!(
            to_line(&raw).unwrap(),
            r#"{"b":[1,{},[]],"a":{"x\"{\u009b":null}}"#
        );
        assert_eq!(
            pretty(&[raw]),
            "[\n  {\n    \"b\": [\n      1,\n      {},\n      []\n    ],\n    \"a\": {\n      \
             \"x\\\"{\\u009b\": null\n    }\n  }\n]"
        );
    }

    #[test]
    fn pretty_is_what_serde_json_calls_pretty() {
        let value = json!({"a": [], "b": [1, {"c": {}}], "d": {"e": [[]]}});
        assert_eq!(
            pretty(&value),
            serde_json::to_string_pretty(&value).unwrap()
        );
        let raw = RawValue::from_string(value.to_string()).unwrap();
        assert_eq!(pretty(&raw), serde_json::to_string_pretty(&value).unwrap());
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>()) {
            let json = to_line(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), Value::String(text));
        }
    }
}
