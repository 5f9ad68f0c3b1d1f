//! Parts of secrets, in whatever form they may hide.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// How much of a secret is already too much: less would be found in any large file.
pub(crate) const WINDOW: usize = 16;

/// Every sixteen bytes in a row of each secret.
#[derive(Default)]
pub(crate) struct Traces(HashSet<[u8; WINDOW]>);

impl Traces {
    /// Adds what follows the id, which is public.
    pub(crate) fn add(&mut self, secret: &str) {
        let body = body(secret);
        let hex: String = body.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut forms: Vec<Vec<u8>> = vec![
            body.into(),
            body.bytes().rev().collect(),
            hex.to_uppercase().into_bytes(),
            hex.into_bytes(),
            body.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            body.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ];
        // Base64 looks different at each of three offsets, and its ends mix with what stands beside.
        for before in ["", " ", "  "] {
            let shifted = format!("{before}{body}");
            for encoded in [STANDARD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
                let whole = encoded.trim_end_matches('=').as_bytes();
                forms.extend(whole.get(4..whole.len() - 4).map(<[u8]>::to_vec));
            }
        }
        for form in forms {
            self.0.extend(form.array_windows::<WINDOW>());
        }
    }

    pub(crate) fn are_in(&self, bytes: &[u8]) -> bool {
        bytes
            .array_windows::<WINDOW>()
            .any(|window| self.0.contains(window))
    }
}

/// Returns the part of a secret that is one.
pub(crate) fn body(secret: &str) -> &str {
    secret.rsplit('_').next().unwrap_or(secret)
}
