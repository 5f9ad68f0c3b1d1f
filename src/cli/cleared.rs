//! Bytes for stdout, among which there may be a new secret.

use std::io::{self, Write};
use std::ops::Deref;

use zeroize::Zeroizing;

/// Gathers bytes and leaves none of them behind: neither where it was before it grew, nor when it is dropped.
///
/// A plain vector frees its old place as it is.
#[derive(Default)]
pub(crate) struct ClearedBuffer(Zeroizing<Vec<u8>>);

impl ClearedBuffer {
    /// Forgets what was gathered, and keeps the place for more.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Makes room for `more` bytes, by hand: what grows by itself does not clear what it leaves.
    fn reserve(&mut self, more: usize) {
        let needed = self.0.len().saturating_add(more);
        if needed <= self.0.capacity() {
            return;
        }
        let capacity = needed.max(self.0.capacity().saturating_mul(2));
        let mut larger = Zeroizing::new(Vec::with_capacity(capacity));
        larger.extend_from_slice(&self.0);
        self.0 = larger;
    }
}

impl Deref for ClearedBuffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Write for ClearedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.reserve(bytes.len());
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    use std::fs::{self, File};
    use std::os::unix::fs::FileExt as _;

    /// What the needle is hidden under, so that the search does not find itself.
    const MASK: u8 = 0xa5;

    /// Thirty-two bytes that are nowhere else, masked.
    const MASKED: [u8; 32] = *b"\x91\x03\xd8\x5eu\xe2q\x07k\xb4\xc9\x12\xf6\x3d\x88\xaa\x15\xec\x70\x2b\x97\xde\x41\x06\xcb\x59\xf3\x1e\x84\xb0\x6f\xd5";

    /// Writes the needle, byte by byte, behind what the allocator overwrites, and more until all of it has moved.
    fn write_needle(writer: &mut impl Write) {
        writer.write_all(&[0; 64]).unwrap();
        for byte in MASKED {
            writer.write_all(&[byte ^ MASK]).unwrap();
        }
        writer.write_all(&[0; 5_000]).unwrap();
    }

    /// Returns whether the needle is anywhere in the memory of this process.
    fn is_in_memory() -> bool {
        let memory = File::open("/proc/self/mem").unwrap();
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let mut chunk = vec![0; 1 << 16];
        for line in maps.lines().filter(|line| line.contains(" rw")) {
            let (range, _) = line.split_once(' ').unwrap();
            let (start, end) = range.split_once('-').unwrap();
            let hex = |digits| u64::from_str_radix(digits, 16).unwrap();
            // Each chunk begins where a needle at the end of the one before it would.
            let chunks = (hex(start)..hex(end)).step_by(chunk.len() - MASKED.len());
            for place in chunks {
                // Other tests take and give memory back meanwhile.
                let length = memory.read_at(&mut chunk, place).unwrap_or(0);
                let first = MASKED[0] ^ MASK;
                let found = memchr::memchr_iter(first, &chunk[..length]).any(|at| {
                    let window = chunk[at..length].iter().zip(MASKED);
                    window.len() == MASKED.len()
                        && window
                            .into_iter()
                            .all(|(byte, masked)| byte ^ MASK == masked)
                });
                if found {
                    return true;
                }
            }
        }
        false
    }

    #[test]
    fn what_was_gathered_is_nowhere_afterwards() {
        for _ in 0..20 {
            let mut buffer = ClearedBuffer::default();
            write_needle(&mut buffer);
            assert_eq!(buffer.len(), 5_096);
            assert_eq!(buffer[64], MASKED[0] ^ MASK);
        }
        assert!(!is_in_memory(), "a buffer has left its content behind");

        // The same by plain vectors, to know that it would be found.
        for _ in 0..200 {
            write_needle(&mut Vec::new());
        }
        assert!(is_in_memory(), "the search finds nothing");
    }
}
