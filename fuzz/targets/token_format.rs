//! Token formats: what is generated is known again, one wrong character is noticed, and `tokenctl_v1` accepts exactly
//! what a reading of its own does.

#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tokenctl::entropy::{Entropy, EntropyError};
use tokenctl::format::{
    LONGEST_TOKEN, NewSecret, Prefix, Shape, TokenFormats, TokenctlV1, VendorType,
};
use tokenctl::token_id::TokenId;
use tokenctl_fuzz::oracle::is_own;

const PREFIXES: [&str; 2] = ["tkc", "ab1"];

static FORMATS: LazyLock<TokenFormats> = LazyLock::new(|| {
    let prefixes = PREFIXES.map(|prefix| Prefix::parse(prefix).unwrap());
    let types = vec![VendorType::parse("rbp").unwrap()];
    let built_in = TokenFormats::built_in(prefixes.to_vec(), types);
    TokenFormats::new(built_in, TokenctlV1::ID, BTreeSet::new()).unwrap()
});

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        judge(text);
    }
    for format in FORMATS.ids() {
        // Too little randomness is no token.
        let _ = generate(format, input);
    }
});

fn judge(text: &str) {
    let shape = FORMATS.judge(text);
    let is_word = (1..=LONGEST_TOKEN).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'!'..=b'~') && byte != b',');
    if !matches!(shape, Shape::Malformed(_)) {
        assert!(is_word);
    }
    let own = FORMATS.find(TokenctlV1::ID).unwrap();
    assert_eq!(own.check(text).is_ok(), is_own(text, &PREFIXES));
    assert_eq!(own.token_id_of(text).is_some(), is_own(text, &PREFIXES));
    if own.has_prefix(text) {
        assert_eq!(
            matches!(shape, Shape::WellFormed { .. }),
            is_own(text, &PREFIXES)
        );
    }
}

fn generate(id: &str, input: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    let mut entropy = Given(input);
    let request = NewSecret {
        id: TokenId::generate(&mut entropy)?,
        prefix: None,
    };
    let format = FORMATS.find(id).unwrap();
    let secret = format.generate(&request, &mut entropy)?;
    let token = secret.expose_secret();
    assert_eq!(FORMATS.judge(token), Shape::WellFormed { format: id });
    if id == TokenctlV1::ID {
        assert_eq!(format.token_id_of(token), Some(request.id));
        let mut wrong = token.as_bytes().to_vec();
        wrong[usize::from(input[0]) % token.len()] = input[1] & 0x7f;
        let wrong = String::from_utf8(wrong)?;
        assert!(wrong == token || format.check(&wrong).is_err());
    }
    Ok(())
}

/// Randomness that ends.
struct Given<'a>(&'a [u8]);

impl Entropy for Given<'_> {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        let (given, rest) = self.0.split_at_checked(buffer.len()).ok_or(EntropyError)?;
        buffer.copy_from_slice(given);
        self.0 = rest;
        Ok(())
    }
}
