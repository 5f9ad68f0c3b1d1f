//! How many tokens the stores have.

use std::fmt;

/// A number of tokens, with the name that a size has in reports: `10k`, `1M`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

impl Size {
    /// Returns those that `TOKENCTL_BENCH_SIZES` asks for, such as `10k,1M`, or `unless_asked`.
    pub(crate) fn asked(unless_asked: &str) -> Vec<Self> {
        let asked = std::env::var("TOKENCTL_BENCH_SIZES");
        let asked = asked.as_deref().unwrap_or(unless_asked);
        asked.split(',').map(Self::parse).collect()
    }

    fn parse(text: &str) -> Self {
        let (number, unit) = match text.split_at_checked(text.len().saturating_sub(1)) {
            Some((number, "k")) => (number, 1_000),
            Some((number, "M")) => (number, 1_000_000),
            _ => (text, 1),
        };
        let number: u64 = number
            .parse()
            .expect("sizes are numbers, such as 500, 10k or 1M");
        Self(number * unit)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            tokens if tokens.is_multiple_of(1_000_000) => write!(f, "{}M", tokens / 1_000_000),
            tokens if tokens.is_multiple_of(1_000) => write!(f, "{}k", tokens / 1_000),
            tokens => write!(f, "{tokens}"),
        }
    }
}
