//! Random choices that a seed repeats.

use tokenctl::entropy::{Entropy, EntropyError};

/// SplitMix64: repeatable, and good for nothing secret.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Returns a number below `sides`, or 0 where there is none.
    pub(crate) fn below(&mut self, sides: usize) -> usize {
        match u64::try_from(sides) {
            Ok(0) | Err(_) => 0,
            Ok(sides) => usize::try_from(self.roll() % sides).unwrap_or_default(),
        }
    }

    /// Returns one of `all`, or `None` where there is none.
    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }
}

impl Entropy for Dice {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in buffer.chunks_mut(8) {
            let bytes = self.roll().to_le_bytes();
            for (to, from) in chunk.iter_mut().zip(bytes) {
                *to = from;
            }
        }
        Ok(())
    }
}
