//! Text that users can set, made harmless where it leaves the program.

use std::borrow::Cow;
use std::fmt::Write as _;

/// How many combining marks may follow one character before the rest is escaped.
const MARKS_IN_A_ROW: u32 = 4;

/// Returns `text` with every character that a terminal would not show as itself written as `\u{9b}`.
///
/// These are controls, bidirectional and zero-width characters, invisible fillers, private use, unassigned code points
/// and noncharacters, separators that look like a space, and combining marks that begin the text or follow
/// [`MARKS_IN_A_ROW`] others. The backslash is doubled, so that two texts never look the same because of the escaping.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|byte| matches!(byte, b' '..=b'~') && byte != b'\\')
    {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len().saturating_add(16));
    let mut scan = Scan::new();
    for character in text.chars() {
        if scan.hides(character) {
            // Writing to a `String` cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        } else {
            if character == '\\' {
                shown.push('\\');
            }
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Decides character by character, as a combining mark depends on what went before it.
pub(crate) struct Scan {
    marks: u32,
}

impl Scan {
    /// Begins a text: a mark that comes first would land on whatever stands before the text.
    pub(crate) fn new() -> Self {
        Self {
            marks: MARKS_IN_A_ROW,
        }
    }

    /// Returns whether `character`, the next of the text, has to be escaped.
    pub(crate) fn hides(&mut self, character: char) -> bool {
        match Class::of(character) {
            Class::Plain => {
                self.marks = 0;
                false
            }
            Class::Hidden => true,
            Class::Mark => {
                self.marks = self.marks.saturating_add(1);
                self.marks > MARKS_IN_A_ROW
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    Mark,
    Hidden,
}

impl Class {
    fn of(character: char) -> Self {
        match character {
            ' '..='~' => Self::Plain,
            // Ordinary in French and in Chinese and Japanese text, and wide enough to be seen.
            '\u{a0}' | '\u{3000}' => Self::Plain,
            character if is_listed(character) => Self::Hidden,
            // The standard library knows what is printable; its tables are in every binary anyway. Alone it escapes
            // marks too, after a letter it does not.
            character if character.escape_debug().next() != Some('\\') => Self::Plain,
            character if format!("a{character}").escape_debug().nth(1) == Some('\\') => {
                Self::Hidden
            }
            _ => Self::Mark,
        }
    }
}

/// Returns whether `character` is one of those that are assigned, and by category even printable, but not seen.
fn is_listed(character: char) -> bool {
    matches!(
        character,
        '\u{0}'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
            | '\u{f0000}'..='\u{10ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    #[test]
    fn ordinary_text_is_borrowed_as_it_is() {
        for text in ["", "alice", "Deploy key (ci) #7 ~!"] {
            assert!(matches!(escape(text), Cow::Borrowed(shown) if shown == text));
        }
        assert_eq!(escape("Grüße, 東京　é"), "Grüße, 東京　é");
    }

    #[test]
    fn hostile_text_is_shown() {
        for (text, shown) in [
            ("\u{1b}[31mred", r"\u{1b}[31mred"),
            ("\u{9b}31m", r"\u{9b}31m"),
            ("a\nb\r\tc\u{7f}", r"a\u{a}b\u{d}\u{9}c\u{7f}"),
            ("user\u{202e}nimda", r"user\u{202e}nimda"),
            ("ali\u{200b}ce\u{feff}", r"ali\u{200b}ce\u{feff}"),
            ("so\u{ad}ft\u{115f}\u{3164}", r"so\u{ad}ft\u{115f}\u{3164}"),
            (r"C:\x", r"C:\\x"),
            (r"\u{9b}", r"\\u{9b}"),
            ("\u{301}x", r"\u{301}x"),
            ("e\u{301}x", "e\u{301}x"),
            (
                "e\u{301}\u{301}\u{301}\u{301}\u{301}",
                "e\u{301}\u{301}\u{301}\u{301}\\u{301}",
            ),
            (
                "\u{e000}\u{fdd0}\u{ffff}\u{378}\u{10ffff}",
                r"\u{e000}\u{fdd0}\u{ffff}\u{378}\u{10ffff}",
            ),
            ("\u{e0041}\u{fe0f}\u{2028}", r"\u{e0041}\u{fe0f}\u{2028}"),
        ] {
            assert_eq!(escape(text), shown);
        }
    }

    #[test]
    fn no_scalar_leaves_as_a_control_or_an_invisible_character() {
        for character in '\0'..=char::MAX {
            let text = format!("a{character}");
            let shown = escape(&text);
            assert_eq!(unescape(&shown), text);
            for out in shown.chars() {
                let code = u32::from(out);
                assert!(!out.is_control(), "{code:x}");
                assert!(!matches!(code, 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f));
                assert!(!matches!(code, 0xe000..=0xf8ff | 0xfeff | 0xad | 0xe_0000..));
                assert!(code & 0xfffe != 0xfffe && !matches!(code, 0xfdd0..=0xfdef));
                assert!(!out.is_whitespace() || matches!(out, ' ' | '\u{a0}' | '\u{3000}'));
            }
        }
    }

    fn unescape(shown: &str) -> String {
        let mut text = String::new();
        let mut characters = shown.chars();
        while let Some(character) = characters.next() {
            if character != '\\' {
                text.push(character);
            } else if characters.next() == Some('u') {
                let hex: String = characters.by_ref().take_while(|&c| c != '}').collect();
                let code = u32::from_str_radix(hex.trim_start_matches('{'), 16).unwrap();
                text.push(char::from_u32(code).unwrap());
            } else {
                text.push('\\');
            }
        }
        text
    }

    proptest! {
        #[test]
        fn escaping_can_be_undone(text in any::<String>()) {
            prop_assert_eq!(unescape(&escape(&text)), text);
        }
    }
}
