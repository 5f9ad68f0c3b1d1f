//! What can happen to the bytes of a file.

use std::fmt;

use crate::dice::Dice;

/// How long a page of the store is, and what stands before each in the log.
const PAGE: usize = 4_096;
const FRAME: usize = PAGE + 24;

/// How long the headers of both files are.
const DATABASE_HEADER: usize = 100;
const LOG_HEADER: usize = 32;
const HEADERS: usize = DATABASE_HEADER + LOG_HEADER;

/// What is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum File {
    /// That of a store that was closed.
    Closed,
    /// That of an open store, beside its log.
    Database,
    Log,
}

/// One damage.
#[derive(Clone, Debug)]
pub(crate) enum Damage {
    FlipBit {
        at: usize,
        bit: u32,
    },
    SetByte {
        at: usize,
        value: u8,
    },
    Cut {
        to: usize,
    },
    SwapPages {
        one: usize,
        other: usize,
    },
    ZeroPage {
        page: usize,
    },
    Overwrite {
        at: usize,
        bytes: Vec<u8>,
    },
    Copy {
        from: usize,
        to: usize,
        length: usize,
    },
    /// The file is not there.
    Lose,
    /// The file of another store is in its place.
    Replace,
}

/// A damage, and to which file.
pub(crate) struct Edit {
    pub(crate) file: File,
    damage: Damage,
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.damage {
            Damage::Overwrite { at, bytes } => {
                write!(
                    f,
                    "{:?} Overwrite {{ at: {at}, {} bytes }}",
                    self.file,
                    bytes.len()
                )
            }
            damage => write!(f, "{:?} {damage:?}", self.file),
        }
    }
}

impl Edit {
    /// Returns the damage with this number: first each byte of both headers gets its turn, the rest is random.
    pub(crate) fn draw(number: usize, lengths: [usize; 3], dice: &mut Dice) -> Self {
        let header = match number {
            ..DATABASE_HEADER => Some((File::Closed, number)),
            DATABASE_HEADER..HEADERS => Some((File::Log, number - DATABASE_HEADER)),
            _ => None,
        };
        if let Some((file, at)) = header {
            let value = dice.roll().to_le_bytes()[0];
            let damage = Damage::SetByte { at, value };
            return Self { file, damage };
        }
        let [closed, database, log] = lengths;
        match dice.below(5) {
            0 | 1 => Self::random(File::Closed, closed, closed / PAGE, dice),
            2 => Self::random(File::Database, database, database / PAGE, dice),
            _ => Self::random(File::Log, log, (log - LOG_HEADER) / FRAME, dice),
        }
    }

    fn random(file: File, length: usize, pages: usize, dice: &mut Dice) -> Self {
        let damage = match dice.below(if file == File::Log { 12 } else { 10 }) {
            0..3 => Damage::FlipBit {
                at: dice.below(length),
                bit: u32::try_from(dice.below(8)).unwrap_or_default(),
            },
            3 | 4 => Damage::SetByte {
                at: dice.below(length),
                value: dice.roll().to_le_bytes()[0],
            },
            5 => Damage::Cut {
                to: dice.below(length),
            },
            6 => Damage::SwapPages {
                one: dice.below(pages),
                other: dice.below(pages),
            },
            7 => Damage::ZeroPage {
                page: dice.below(pages),
            },
            8 => Damage::Overwrite {
                at: dice.below(length),
                bytes: (0..1 + dice.below(2_000))
                    .map(|_| dice.roll().to_le_bytes()[0])
                    .collect(),
            },
            9 => Damage::Copy {
                from: dice.below(length),
                to: dice.below(length),
                length: 1 + dice.below(PAGE),
            },
            10 => Damage::Lose,
            _ => Damage::Replace,
        };
        Self { file, damage }
    }

    /// Returns whether a file of another store is in the place of ours.
    pub(crate) fn is_of_another_store(&self) -> bool {
        matches!(self.damage, Damage::Replace)
    }

    /// Returns `bytes` with the damage done, `None` where the file is gone; `foreign` is that file of another store.
    pub(crate) fn apply(&self, bytes: &[u8], foreign: &[u8]) -> Option<Vec<u8>> {
        let mut bad = bytes.to_vec();
        let start = if self.file == File::Log {
            LOG_HEADER
        } else {
            0
        };
        let page = if self.file == File::Log { FRAME } else { PAGE };
        let range = |number: usize| start + number * page..start + (number + 1) * page;
        match &self.damage {
            Damage::FlipBit { at, bit } => bad.get_mut(*at).map(|byte| *byte ^= 1 << bit)?,
            Damage::SetByte { at, value } => bad.get_mut(*at).map(|byte| *byte = *value)?,
            Damage::Cut { to } => bad.truncate(*to),
            Damage::SwapPages { one, other } => {
                let (first, second) = (bytes.get(range(*one))?, bytes.get(range(*other))?);
                bad.get_mut(range(*one))?.copy_from_slice(second);
                bad.get_mut(range(*other))?.copy_from_slice(first);
            }
            Damage::ZeroPage { page } => bad.get_mut(range(*page))?.fill(0),
            Damage::Overwrite { at, bytes } => put(&mut bad, *at, bytes),
            Damage::Copy { from, to, length } => {
                let end = from.saturating_add(*length).min(bytes.len());
                put(&mut bad, *to, bytes.get(*from..end)?);
            }
            Damage::Lose => return None,
            Damage::Replace => return Some(foreign.to_vec()),
        }
        Some(bad)
    }
}

/// Writes `bytes` at `place`, as far as there is something to write over.
fn put(file: &mut [u8], place: usize, bytes: &[u8]) {
    for (old, new) in file.iter_mut().skip(place).zip(bytes) {
        *old = *new;
    }
}
