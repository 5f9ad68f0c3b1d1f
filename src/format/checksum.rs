//! The checksum of both prefixed formats: CRC-32 in base 62.

/// The digits of base 62 in the order of their values.
pub(super) const ALPHABET: &[u8; 62] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The number of base 62 digits that hold any 32-bit number.
pub const CHECKSUM_LENGTH: usize = 6;

/// One table for each place among the bytes that are taken at once, counted from the last.
static TABLES: [[u32; 256]; 8] = tables();

/// Returns the CRC-32 of `bytes` as zlib, gzip and PNG compute it (reflected polynomial 0xEDB88320).
///
/// Eight bytes are taken at once, then four: on a token that is thrice as fast as one by one. No processor feature is
/// detected at run time, which would cost a cold process more than a thousand checksums.
#[must_use]
#[expect(clippy::indexing_slicing, reason = "a byte indexes 256 entries")]
pub fn crc32(bytes: &[u8]) -> u32 {
    let [of_one, ..] = &TABLES;
    let (eights, rest) = bytes.as_chunks::<8>();
    let (fours, rest) = rest.as_chunks::<4>();
    let by_eights = eights.iter().fold(u32::MAX, step);
    let by_fours = fours.iter().fold(by_eights, step);
    !rest.iter().fold(by_fours, |crc, byte| {
        let [low, ..] = crc.to_le_bytes();
        of_one[usize::from(low ^ byte)] ^ (crc >> 8)
    })
}

/// Takes as many bytes as there are in `chunk`, at least the four of `crc`.
#[expect(clippy::indexing_slicing, reason = "a byte indexes 256 entries")]
fn step<const N: usize>(crc: u32, chunk: &[u8; N]) -> u32 {
    let mut chunk = *chunk;
    for (byte, crc) in chunk.iter_mut().zip(crc.to_le_bytes()) {
        *byte ^= crc;
    }
    let tables = TABLES.iter().take(N).rev();
    tables
        .zip(chunk)
        .fold(0, |crc, (table, byte)| crc ^ table[usize::from(byte)])
}

/// Returns `number` in base 62, most significant digit first, padded with `0` on the left.
#[must_use]
pub fn base62(mut number: u32) -> [u8; CHECKSUM_LENGTH] {
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        let value = usize::try_from(number % 62).unwrap_or_default();
        *digit = ALPHABET.get(value).copied().unwrap_or(b'0');
        number /= 62;
    }
    digits
}

/// Appends `number` in base 62 to a token.
pub(super) fn append(number: u32, token: &mut String) {
    token.extend(base62(number).map(char::from));
}

#[expect(
    clippy::indexing_slicing,
    reason = "run by the compiler, which refuses an index out of bounds"
)]
const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte: u32 = 0;
    while byte < 256 {
        let mut crc = byte;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc >> 1) ^ ((crc & 1) * 0xEDB8_8320);
            bit += 1;
        }
        tables[0][byte as usize] = crc;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let shorter = tables[table - 1][byte];
            tables[table][byte] = tables[0][(shorter & 0xFF) as usize] ^ (shorter >> 8);
            byte += 1;
        }
        table += 1;
    }
    tables
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn crc_is_that_of_zlib() {
        // The check value of CRC-32/ISO-HDLC.
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn six_digits_hold_the_largest_number() {
        assert_eq!(&base62(u32::MAX), b"4gfFC3");
        assert_eq!(&base62(0), b"000000");
        assert_eq!(&base62(61), b"00000z");
        assert_eq!(&base62(62), b"000010");
    }

    proptest! {
        #[test]
        fn many_bytes_at_once_is_one_bit_at_a_time(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let bitwise = bytes.iter().fold(u32::MAX, |crc, byte| {
                (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ ((crc & 1) * 0xEDB8_8320))
            });
            prop_assert_eq!(crc32(&bytes), !bitwise);
        }

        #[test]
        fn base62_is_positional(number in any::<u32>()) {
            let read = base62(number).iter().fold(0_u64, |sum, digit| {
                sum * 62 + u64::try_from(ALPHABET.iter().position(|d| d == digit).unwrap()).unwrap()
            });
            prop_assert_eq!(read, u64::from(number));
        }
    }
}
