//! What is left of secrets in memory.

use std::fs::{self, File};
use std::hint::black_box;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use anyhow::Context as _;

use super::traces::{WINDOW, body};

/// Under what a secret is kept that is searched for, so that the search does not find what it searches with.
const MASK: u8 = 0xa5;

/// Three parts of the body of a secret, masked.
pub(super) struct Needle([[u8; WINDOW]; 3]);

impl Needle {
    pub(super) fn of(secret: &str) -> anyhow::Result<Self> {
        let body = body(secret).as_bytes();
        let mut parts = [[0; WINDOW]; 3];
        for (part, place) in parts.iter_mut().zip([0, 11, body.len() - WINDOW]) {
            let bytes = body
                .get(place..place + WINDOW)
                .context("a secret is longer")?;
            for (masked, byte) in part.iter_mut().zip(bytes) {
                // One by one: sixteen at once may stay behind on the stack, and be found.
                *masked = black_box(*byte) ^ MASK;
            }
        }
        Ok(Self(parts))
    }

    /// Returns whether a part of it is in the memory of `process`, a directory of `/proc`.
    pub(super) fn is_in_memory_of(&self, process: &Path) -> anyhow::Result<bool> {
        let memory = File::open(process.join("mem"))?;
        let maps = fs::read_to_string(process.join("maps"))?;
        let mut chunk = vec![0; 1 << 20];
        for line in maps.lines().filter(|line| line.contains(" rw")) {
            let (range, _) = line.split_once(' ').context("a map has a range")?;
            let (start, end) = range.split_once('-').context("a range has an end")?;
            let (start, end) = (
                u64::from_str_radix(start, 16)?,
                u64::from_str_radix(end, 16)?,
            );
            // Each chunk begins where a part at the end of the one before it would.
            for place in (start..end).step_by(chunk.len() - WINDOW) {
                let rest = usize::try_from(end - place)?.min(chunk.len());
                let part = chunk.get_mut(..rest).context("it is no longer")?;
                // Some of what is mapped cannot be read.
                let length = memory.read_at(part, place).unwrap_or(0);
                if self.is_in(part.get(..length).context("it is no longer")?) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        self.0.iter().any(|part| {
            let [first, ..] = part;
            memchr::memchr_iter(first ^ MASK, bytes).any(|at| {
                let found = bytes.get(at..at + WINDOW);
                found.is_some_and(|found| {
                    found
                        .iter()
                        .zip(part)
                        .all(|(byte, masked)| byte ^ MASK == *masked)
                })
            })
        })
    }
}
