//! Second readings of the same input, in the plainest way.

use serde_json::Value;
use tokenctl::policy::Access;
use tokenctl::token_id::TokenId;

/// The number of secret characters of `tokenctl_v1`.
const SECRET: usize = 32;

/// The digits of base 62.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Decides in the plainest way: of object, resource and all resources, the first with an opinion; none is a yes. `*` is
/// the section of all resources, and no resource whatever is asked.
pub fn allows(document: &Value, access: &Access<'_>) -> bool {
    let resources = document.get("resources");
    let resource = access
        .resource
        .filter(|resource| *resource != "*")
        .and_then(|resource| resources?.get(resource));
    let object = access.id.and_then(|id| resource?.get(id));
    let general = resource.and_then(|resource| resource.get("*"));
    let all = resources.and_then(|resources| resources.get("*"));
    [object, general, all]
        .into_iter()
        .flatten()
        .find_map(|section| opinion(section, access.method))
        .unwrap_or(true)
}

/// Returns what a section says: of the method before `*`, and of each `block` before `allow`.
fn opinion(section: &Value, method: &str) -> Option<bool> {
    for word in [method, "*"] {
        for (rule, answer) in [("block", false), ("allow", true)] {
            let items = section.get(rule).and_then(Value::as_array);
            if items.is_some_and(|items| items.iter().any(|item| item == word)) {
                return Some(answer);
            }
        }
    }
    None
}

/// Reads a token of `tokenctl_v1` in the plainest way.
pub fn is_own(text: &str, prefixes: &[&str]) -> bool {
    let parts: Vec<&str> = text.split('_').collect();
    let [prefix, id, rest] = parts[..] else {
        return false;
    };
    let is_id = |id: &str| TokenId::parse(id).is_ok_and(|parsed| parsed.as_str() == id);
    prefixes.contains(&prefix)
        && is_id(id)
        && rest.len() == SECRET + 6
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.as_bytes()[text.len() - 6..] == checksum(&text.as_bytes()[..text.len() - 6])
}

/// CRC-32 bit by bit, in six digits of base 62.
fn checksum(bytes: &[u8]) -> [u8; 6] {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
        }
    }
    let mut rest = !crc;
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}
