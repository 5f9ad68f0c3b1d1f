//! Headers that are nearly good, by damage. The tests have this file too.

/// Returns a header with one to four faults, or one of random bytes, but none that says what one of `good` does.
///
/// `below` returns a random number below the one that it is given.
pub(crate) fn damaged(good: &[Vec<u8>], below: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
    loop {
        let header = draw(good, below);
        if !good.iter().any(|good| means(good) == means(&header)) {
            return header;
        }
    }
}

fn draw(good: &[Vec<u8>], below: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
    if below(20) == 0 {
        return (0..below(80)).map(|_| byte(below)).collect();
    }
    let mut header = pick(good, below);
    for _ in 0..=below(4) {
        let place = below(header.len() + 1);
        match (below(8), header.get_mut(place)) {
            (0, _) => header.insert(place, byte(below)),
            (1, _) => header.insert(place, pick(b" \t,=:\0\n\"", below)),
            (2, _) => header.truncate(place),
            (3, _) => header = split(&header).1.to_vec(),
            (4, _) => header.extend(pick(good, below)),
            (5, _) => header.rotate_left(place),
            (6, Some(byte)) => *byte ^= 1 << below(8),
            (_, Some(_)) => drop(header.remove(place)),
            (_, None) => header.push(byte(below)),
        }
    }
    header
}

fn byte(below: &mut impl FnMut(usize) -> usize) -> u8 {
    u8::try_from(below(256)).unwrap_or_default()
}

fn pick<T: Clone + Default>(all: &[T], below: &mut impl FnMut(usize) -> usize) -> T {
    all.get(below(all.len())).cloned().unwrap_or_default()
}

/// Returns what a header says, by a reading of its own: the scheme without its case, and what follows the space.
fn means(header: &[u8]) -> (Vec<u8>, &[u8]) {
    // Of a header in a file one line break is not part of it.
    let line = header.strip_suffix(b"\n").unwrap_or(header);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (scheme, credentials) = split(trim(line));
    let scheme = match scheme.to_ascii_lowercase() {
        // Both carry a bare token.
        scheme if scheme == b"bearer" => b"token".to_vec(),
        scheme => scheme,
    };
    (scheme, trim(credentials))
}

/// Returns the scheme, and the rest from the space on.
fn split(header: &[u8]) -> (&[u8], &[u8]) {
    let space = header.iter().position(|byte| *byte == b' ');
    header.split_at(space.unwrap_or(header.len()))
}

fn trim(text: &[u8]) -> &[u8] {
    let is_white = |byte: &u8| b" \t".contains(byte);
    let Some(start) = text.iter().position(|byte| !is_white(byte)) else {
        return &[];
    };
    let end = text.iter().rposition(|byte| !is_white(byte));
    text.get(start..=end.unwrap_or(start)).unwrap_or_default()
}
