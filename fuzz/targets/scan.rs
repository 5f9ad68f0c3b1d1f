//! The search for leaked tokens: the findings do not depend on how the stream is cut, and each is a token.

#![no_main]

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tokenctl::format::{Prefix, TokenFormats, TokenctlV1, VendorType};
use tokenctl::scan::Scanner;

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let types = vec![VendorType::parse("rbp").unwrap()];
    let built_in = TokenFormats::built_in(vec![Prefix::default()], types);
    let formats = TokenFormats::new(built_in, TokenctlV1::ID, BTreeSet::new()).unwrap();
    Scanner::new(&formats).with_hex_words()
});

fuzz_target!(|input: &[u8]| {
    let whole = findings(input);
    let step = 1 + usize::from(input.first().copied().unwrap_or_default() % 97);
    assert_eq!(findings(Cut { rest: input, step }), whole);
});

fn findings(source: impl Read) -> Vec<String> {
    let found = SCANNER.scan(source).map(Result::unwrap);
    found.map(|finding| format!("{finding:?}")).collect()
}

/// A stream that comes in small pieces.
struct Cut<'a> {
    rest: &'a [u8],
    step: usize,
}

impl Read for Cut<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let step = self.step.min(buffer.len());
        self.rest
            .take(step as u64)
            .read(buffer)
            .inspect(|read| self.rest = &self.rest[*read..])
    }
}
