//! Finds tokens in a stream of bytes: logs, diffs, dumps of memory or of databases.
//!
//! A token of a format with [marks](TokenFormat::marks) is found by its prefix and told from other text by length,
//! alphabet and checksum, wherever it stands: what is around it does not matter. Between quotes, before a `\n` that is
//! spelt out, glued to other letters or in the middle of a binary, a token is a token, and letters that follow one are
//! no reason to overlook it, since the length is fixed. By chance the checksum fits one candidate in four thousand
//! million. Overlapping candidates are each judged; where two formats accept the same bytes, the first of them counts,
//! as in [`TokenFormats::judge`]. Case counts, as it does when the token is presented.
//!
//! What is not found: a token that was encoded (Base64, UTF-16, compressed), broken over lines, or cut short.
//!
//! Memory is bounded, time is linear, and the findings do not depend on how the stream is cut into reads.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use memchr::memmem::Finder;
use zeroize::Zeroizing;

use crate::format::{TokenFormat, TokenFormats};
use crate::secret::Secret;
use crate::token_id::TokenId;

/// How many bytes are read at once: what stays in the cache while it is searched more than once.
const READ: usize = 128 * 1024;

/// The length of a token that was the hexadecimal form of a SHA-1.
const HEX_LENGTH: usize = 40;

/// Finds tokens of the formats of an installation in streams of bytes.
#[derive(Clone)]
pub struct Scanner {
    needles: Vec<Needle>,
    hex_words: HexWords,
    /// How many bytes from the beginning of a candidate on decide on it.
    reach: usize,
}

impl Scanner {
    /// Makes a scanner for the formats among `formats` whose tokens can be told from other words: those with marks.
    #[must_use]
    pub fn new(formats: &TokenFormats) -> Self {
        let of_format = |format: &Arc<dyn TokenFormat>| {
            let needle = |mark: crate::format::Mark| Needle {
                start: Finder::new(&mark.start).into_owned(),
                length: mark.length,
                format: Arc::clone(format),
            };
            format.marks().into_iter().map(needle).collect::<Vec<_>>()
        };
        let needles: Vec<Needle> = formats.all().iter().flat_map(of_format).collect();
        let longest = needles.iter().map(|needle| needle.length).max();
        Self {
            needles,
            hex_words: HexWords::Pass,
            reach: longest.unwrap_or_default().max(1),
        }
    }

    /// Finds besides each run of exactly 40 hexadecimal digits, in either case.
    ///
    /// Such a word has no checksum, and most are ids of commits: only a look-up tells. A run ends where another byte
    /// than such a digit stands, so that one behind a `\n` that is spelt out is found too.
    #[must_use]
    pub fn with_hex_words(mut self) -> Self {
        self.hex_words = HexWords::Find;
        self.reach = self.reach.max(HEX_LENGTH + 1);
        self
    }

    /// Reads `source` to its end and returns what is found on the way, in the order of the stream.
    pub fn scan<R: Read>(&self, source: R) -> Findings<'_, R> {
        let window = Zeroizing::new(vec![0; READ + self.reach]);
        Findings::new(self, source, window)
    }

    /// Returns what begins in `range` of `window`, in order, one for each place and length.
    fn hits(&self, window: &[u8], range: Range<usize>) -> Vec<Hit<'_>> {
        let mut hits = Vec::new();
        for needle in &self.needles {
            needle.find(window, range.clone(), &mut hits);
        }
        if self.hex_words == HexWords::Find {
            find_hex_words(window, range, &mut hits);
        }
        // Stable: of equal ones the first format stays.
        hits.sort_by(Hit::compare);
        hits.dedup_by(|later, first| later.compare(first).is_eq());
        hits
    }
}

impl fmt::Debug for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let formats: Vec<&str> = self.needles.iter().map(|n| n.format.id()).collect();
        f.debug_struct("Scanner")
            .field("formats", &formats)
            .field("hex_words", &self.hex_words)
            .finish_non_exhaustive()
    }
}

/// Something that looks like a token, and where it stands.
#[derive(Debug)]
#[non_exhaustive]
pub struct Finding<'s> {
    /// How many bytes of the stream are before it.
    pub offset: u64,
    /// The number of its line, from 1.
    pub line: u64,
    /// The number of its first byte in the line, from 1.
    pub column: u64,
    /// Why it is taken for a token.
    pub evidence: Evidence<'s>,
    /// The public id that is written in it, of which nobody knows yet whether there is such a token.
    pub id: Option<TokenId>,
    /// The token.
    pub secret: Secret,
}

/// Why something is taken for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence<'s> {
    /// Its prefix, length, alphabet and checksum are those of a format.
    WellFormed {
        /// The id of the format.
        format: &'s str,
    },
    /// It is a word of 40 hexadecimal digits, as there are many.
    HexWord,
}

/// The findings in a stream, which is read as they are asked for.
///
/// After an error of the stream, what was read before it has been judged, and there is nothing more.
pub struct Findings<'s, R> {
    scanner: &'s Scanner,
    source: R,
    /// What was read and is still needed; it never grows, so that no copy of it stays behind.
    window: Zeroizing<Vec<u8>>,
    filled: usize,
    /// All candidates that begin before this place of the window are judged.
    decided: usize,
    window_offset: u64,
    lines: Lines,
    found: VecDeque<Finding<'s>>,
    end: Option<Result<(), io::Error>>,
}

impl<'s, R> Findings<'s, R> {
    fn new(scanner: &'s Scanner, source: R, window: Zeroizing<Vec<u8>>) -> Self {
        Self {
            scanner,
            source,
            window,
            filled: 0,
            decided: 0,
            window_offset: 0,
            lines: Lines::default(),
            found: VecDeque::new(),
            end: None,
        }
    }

    /// Scans another stream in the memory of this one, which is done with: to clear it costs more than a small file.
    pub fn rescan<S: Read>(self, source: S) -> Findings<'s, S> {
        Findings::new(self.scanner, source, self.window)
    }

    /// Returns how many bytes were read so far.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.window_offset.saturating_add(to_u64(self.filled))
    }

    /// Drops what is not needed any more. The byte before the first open candidate stays: it may border a word.
    fn advance(&mut self) {
        let kept = self.decided.saturating_sub(1);
        self.window.copy_within(kept..self.filled, 0);
        self.window_offset = self.window_offset.saturating_add(to_u64(kept));
        self.filled -= kept;
        self.decided -= kept;
    }

    /// Judges the candidates all of whose bytes are there.
    fn judge(&mut self) {
        let open = match self.end {
            None => self.scanner.reach - 1,
            Some(_) => 0,
        };
        let until = self.filled.saturating_sub(open);
        if until <= self.decided {
            return;
        }
        let window = self.window.get(..self.filled).unwrap_or_default();
        let mut counted = self.decided;
        for hit in self.scanner.hits(window, self.decided..until) {
            let offset = |place| self.window_offset.saturating_add(to_u64(place));
            self.lines.pass(window, counted..hit.at, offset(counted));
            counted = hit.at;
            self.found.push_back(Finding {
                offset: offset(hit.at),
                line: self.lines.ended.saturating_add(1),
                column: offset(hit.at).saturating_sub(self.lines.begin) + 1,
                evidence: hit.evidence,
                id: hit.id,
                secret: hit.secret,
            });
        }
        let offset = self.window_offset.saturating_add(to_u64(counted));
        self.lines.pass(window, counted..until, offset);
        self.decided = until;
    }
}

impl<R: Read> Findings<'_, R> {
    /// Reads on.
    fn fill(&mut self) {
        let room = self.window.get_mut(self.filled..).unwrap_or_default();
        match self.source.read(room) {
            Ok(0) => self.end = Some(Ok(())),
            Ok(count) => self.filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => self.end = Some(Err(error)),
        }
    }
}

impl<'s, R: Read> Iterator for Findings<'s, R> {
    type Item = io::Result<Finding<'s>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(finding) = self.found.pop_front() {
                return Some(Ok(finding));
            }
            if let Some(end) = &mut self.end {
                return std::mem::replace(end, Ok(())).err().map(Err);
            }
            self.advance();
            self.fill();
            self.judge();
        }
    }
}

impl<R> fmt::Debug for Findings<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Findings")
            .field("scanner", self.scanner)
            .field("bytes_read", &self.bytes_read())
            .finish_non_exhaustive()
    }
}

/// Whether words of 40 hexadecimal digits are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HexWords {
    Pass,
    Find,
}

/// What tokens of one mark are found by.
#[derive(Clone)]
struct Needle {
    start: Finder<'static>,
    length: usize,
    format: Arc<dyn TokenFormat>,
}

impl Needle {
    /// Adds to `hits` each token that begins in `range` of `window`.
    fn find<'s>(&'s self, window: &[u8], range: Range<usize>, hits: &mut Vec<Hit<'s>>) {
        let end = range.end + self.start.needle().len().saturating_sub(1);
        let searched = window.get(..end).unwrap_or(window);
        let mut from = range.start;
        // Byte by byte, since beginnings may overlap: that of the type `_` stands in `___` twice.
        while let Some(rest) = searched.get(from..).filter(|rest| !rest.is_empty()) {
            let Some(skipped) = self.start.find(rest) else {
                return;
            };
            let at = from + skipped;
            hits.extend(self.token_at(window, at));
            from = at + 1;
        }
    }

    fn token_at<'s>(&'s self, window: &[u8], at: usize) -> Option<Hit<'s>> {
        let bytes = window.get(at..at.checked_add(self.length)?)?;
        let token = std::str::from_utf8(bytes).ok()?;
        self.format.check(token).ok()?;
        let format = self.format.id();
        Some(Hit {
            at,
            length: self.length,
            evidence: Evidence::WellFormed { format },
            id: self.format.token_id_of(token),
            secret: Secret::new(token.to_owned()),
        })
    }
}

/// A finding before its line is counted.
struct Hit<'s> {
    at: usize,
    length: usize,
    evidence: Evidence<'s>,
    id: Option<TokenId>,
    secret: Secret,
}

impl Hit<'_> {
    fn compare(&self, other: &Self) -> Ordering {
        (self.at, self.length).cmp(&(other.at, other.length))
    }
}

/// Adds to `hits` each run of exactly [`HEX_LENGTH`] hexadecimal digits that begins in `range` of `window`.
///
/// Only one byte in [`HEX_LENGTH`] is looked at where there is no such digit: no run can hide between two of them.
fn find_hex_words(window: &[u8], range: Range<usize>, hits: &mut Vec<Hit<'_>>) {
    let is_digit = |place: usize| window.get(place).is_some_and(u8::is_ascii_hexdigit);
    let mut from = range.start;
    while from < range.end {
        let probe = from + HEX_LENGTH - 1;
        if !is_digit(probe) {
            from = probe + 1;
            continue;
        }
        let start = (from..probe)
            .rev()
            .find(|&place| !is_digit(place))
            .map_or(from, |place| place + 1);
        let end = (probe..window.len())
            .find(|&place| !is_digit(place))
            .unwrap_or(window.len());
        // Before `from` stands a byte that is no digit, or at the edge of the range perhaps one.
        let begins =
            start < range.end && start.checked_sub(1).is_none_or(|before| !is_digit(before));
        let text = window.get(start..end).map(std::str::from_utf8);
        if let (true, HEX_LENGTH, Some(Ok(text))) = (begins, end - start, text) {
            hits.push(Hit {
                at: start,
                length: HEX_LENGTH,
                evidence: Evidence::HexWord,
                id: None,
                secret: Secret::new(text.to_owned()),
            });
        }
        from = end + 1;
    }
}

/// Counts the lines that have gone by.
#[derive(Default)]
struct Lines {
    ended: u64,
    /// How many bytes of the stream are before the present line.
    begin: u64,
}

impl Lines {
    /// Passes over `range` of `window`, before the first byte of which are `offset` bytes of the stream.
    fn pass(&mut self, window: &[u8], range: Range<usize>, offset: u64) {
        let passed = window.get(range).unwrap_or_default();
        let Some(last) = memchr::memrchr(b'\n', passed) else {
            return;
        };
        let ended = memchr::memchr_iter(b'\n', passed).count();
        self.ended = self.ended.saturating_add(to_u64(ended));
        self.begin = offset.saturating_add(to_u64(last)).saturating_add(1);
    }
}

fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
