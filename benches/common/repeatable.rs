//! Random choices that are the same in each run.

use tokenctl::entropy::{Entropy, EntropyError};

/// Repeatable, and good for nothing but a benchmark (SplitMix64).
pub(crate) struct Repeatable(pub(crate) u64);

impl Repeatable {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

impl Entropy for Repeatable {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in buffer.chunks_mut(8) {
            for (target, byte) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *target = byte;
            }
        }
        Ok(())
    }
}
