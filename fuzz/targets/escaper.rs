//! Text that users can set, on its way out: nothing in it that a terminal would act on, and nothing lost.

#![no_main]
#![expect(
    dead_code,
    reason = "the modules are those of the binary, which uses more of them"
)]

use libfuzzer_sys::{Corpus, fuzz_target};

#[path = "../../src/cli"]
mod cli {
    pub(crate) mod escape;
    pub(crate) mod json;
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(input) else {
        return Corpus::Reject;
    };
    let shown = cli::escape::escape(text);
    assert!(shown.chars().all(is_harmless), "{shown:?}");
    assert_eq!(unescaped(&shown), text);
    let json = cli::json::to_line(&text).unwrap();
    assert!(json.chars().all(is_harmless), "{json:?}");
    assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    Corpus::Keep
});

/// Knows the characters that do harm by a list of its own: controls, and what changes the direction or the look of
/// others without being seen.
fn is_harmless(character: char) -> bool {
    !character.is_control()
        && !matches!(u32::from(character),
            0xad | 0x61c | 0x115f..=0x1160 | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e
            | 0x2060..=0x206f | 0x3164 | 0xe000..=0xf8ff | 0xfe00..=0xfe0f | 0xfeff | 0xffa0
            | 0xfff9..=0xfffb | 0xe0000..=0x10_ffff)
}

fn unescaped(shown: &str) -> String {
    let mut text = String::new();
    let mut rest = shown;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('\\') {
            text.push('\\');
            rest = after;
            continue;
        }
        let (code, after) = rest.strip_prefix("u{").unwrap().split_once('}').unwrap();
        text.extend(char::from_u32(u32::from_str_radix(code, 16).unwrap()));
        rest = after;
    }
    text + rest
}
