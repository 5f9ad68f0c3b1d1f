//! The chain of events: walking it, and the head of it that is kept elsewhere.

use std::fmt;
use std::str::FromStr;

use super::event::{CHAIN_START, Event, hex};

/// Walks a chain of events and finds the first that does not belong.
///
/// It finds an edited, deleted, inserted or moved event. A cut tail it cannot see, nor a chain that was made anew from
/// some event on: that takes a [`ChainHead`] kept elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChainCheck {
    head: ChainHead,
}

impl ChainCheck {
    /// Takes the next event.
    ///
    /// # Errors
    ///
    /// [`ChainBroken`] when it does not follow from those before.
    pub fn admit(&mut self, event: &Event) -> Result<(), ChainBroken> {
        let ChainHead { seq: after, hash } = self.head;
        let next = after.saturating_add(1);
        let broken = |seq, fault| Err(ChainBroken { after, seq, fault });
        if event.seq > next {
            return broken(next, ChainFault::Missing { next: event.seq });
        }
        if event.seq < next {
            return broken(event.seq, ChainFault::Misplaced);
        }
        if event.hash != event.expected_hash() {
            return broken(next, ChainFault::Changed);
        }
        if event.previous_hash != hash {
            return broken(next, ChainFault::Unlinked);
        }
        self.head = ChainHead::of(event);
        Ok(())
    }

    /// Compares the last event taken with one that was kept elsewhere, if it has the number of that.
    ///
    /// # Errors
    ///
    /// [`ChainBroken`] when it is another.
    pub fn compare(&self, kept: &ChainHead) -> Result<(), ChainBroken> {
        let ChainHead { seq, hash } = self.head;
        if kept.seq == seq && kept.hash != hash {
            return Err(ChainBroken {
                after: seq.saturating_sub(1),
                seq,
                fault: ChainFault::Replaced,
            });
        }
        Ok(())
    }

    /// Takes the end of the chain, which must not come before an event that was kept elsewhere.
    ///
    /// # Errors
    ///
    /// [`ChainBroken`] when it does.
    pub fn end(&self, kept: &ChainHead) -> Result<(), ChainBroken> {
        let after = self.head.seq;
        if kept.seq > after {
            return Err(ChainBroken {
                after,
                seq: after.saturating_add(1),
                fault: ChainFault::Cut { kept: kept.seq },
            });
        }
        Ok(())
    }

    /// Returns number and hash of the last event taken.
    #[must_use]
    pub fn head(&self) -> (u64, [u8; 32]) {
        (self.head.seq, self.head.hash)
    }
}

/// The number and hash of the last event of a chain. Kept elsewhere, it proves that the chain up to there is the same.
///
/// As text it is `SEQ:HASH`, the hash in 64 hexadecimal digits; that of the empty chain is `0:` and 64 zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct ChainHead {
    /// The number of the last event, 0 where there is none.
    pub seq: u64,
    /// Its hash; all zero where there is none.
    pub hash: [u8; 32],
}

impl ChainHead {
    /// Returns the head of a chain that ends with `event`.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        Self {
            seq: event.seq,
            hash: event.hash,
        }
    }
}

impl Default for ChainHead {
    fn default() -> Self {
        Self {
            seq: 0,
            hash: CHAIN_START,
        }
    }
}

impl fmt::Display for ChainHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, hex(&self.hash))
    }
}

impl FromStr for ChainHead {
    type Err = NotAHead;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (seq, digits) = text.split_once(':').ok_or(NotAHead)?;
        let is_number = seq.bytes().all(|byte| byte.is_ascii_digit());
        let seq = seq.parse().ok().filter(|_| is_number).ok_or(NotAHead)?;
        if digits.len() != 64 {
            return Err(NotAHead);
        }
        let mut hash = CHAIN_START;
        for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            let [high, low] = pair else {
                return Err(NotAHead);
            };
            *byte = hex_digit(*high).ok_or(NotAHead)? << 4 | hex_digit(*low).ok_or(NotAHead)?;
        }
        // No chain has another head of that number: it would be found broken for a slip of the pen.
        if seq == 0 && hash != CHAIN_START {
            return Err(NotAHead);
        }
        Ok(Self { seq, hash })
    }
}

fn hex_digit(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

/// A text is no head of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`SEQ:HASH` is expected, as `tokenctl audit head` prints it")]
// Exhaustive: there is no more to say.
pub struct NotAHead;

/// The chain of events does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainBroken {
    /// The last event that holds.
    pub after: u64,
    /// The number of the first that does not hold, or is not there.
    pub seq: u64,
    /// What is wrong with it.
    pub fault: ChainFault,
}

/// What is wrong with an event of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChainFault {
    /// It is not there.
    Missing {
        /// The next that is.
        next: u64,
    },
    /// It stands in a place that is taken, or before the first.
    Misplaced,
    /// It is not as it was recorded.
    Changed,
    /// It is whole, and follows another event than the one before it.
    Unlinked,
    /// It is whole, and another than the one whose head was kept.
    Replaced,
    /// It is not there, nor any after it, though a later one was.
    Cut {
        /// The number of the head that was kept.
        kept: u64,
    },
    /// It holds values that no build writes, and cannot be read.
    Unreadable,
}

impl fmt::Display for ChainBroken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { after, seq, fault } = self;
        match fault {
            ChainFault::Missing { next } if *next == seq.saturating_add(1) => {
                write!(f, "event {seq} is missing")
            }
            ChainFault::Missing { next } => {
                write!(f, "events {seq} to {} are missing", next.saturating_sub(1))
            }
            ChainFault::Misplaced => {
                write!(f, "an event of number {seq} was put in after event {after}")
            }
            ChainFault::Changed => write!(
                f,
                "event {seq} was changed: what it says does not match its hash"
            ),
            ChainFault::Unlinked => write!(
                f,
                "event {seq} does not follow from event {after}: one of the two was replaced"
            ),
            ChainFault::Replaced => write!(
                f,
                "event {seq} is not the one whose head was kept: the chain was replaced up to it or before"
            ),
            ChainFault::Cut { kept } => write!(
                f,
                "the chain ends with event {after}, and a head of event {kept} was kept: its end was cut off"
            ),
            ChainFault::Unreadable => write!(f, "event {seq} cannot be read"),
        }
    }
}

impl std::error::Error for ChainBroken {}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn chain(length: u64) -> Vec<Event> {
        let mut previous_hash = CHAIN_START;
        (1..=length)
            .map(|seq| {
                let mut event = Event {
                    seq,
                    at: Timestamp::UNIX_EPOCH,
                    actor: "{}".into(),
                    action: "token.issued".into(),
                    user: "alice".into(),
                    token: Some(format!("token{seq}")),
                    details: "{}".into(),
                    previous_hash,
                    hash: CHAIN_START,
                };
                event.hash = event.expected_hash();
                previous_hash = event.hash;
                event
            })
            .collect()
    }

    fn check(events: &[Event]) -> Result<ChainCheck, ChainBroken> {
        let mut check = ChainCheck::default();
        events.iter().try_for_each(|event| check.admit(event))?;
        Ok(check)
    }

    #[test]
    fn an_untouched_chain_holds() {
        assert!(check(&chain(5)).is_ok());
        assert_eq!(check(&[]).unwrap().head(), (0, CHAIN_START));
    }

    #[test]
    fn edits_deletions_insertions_and_swaps_are_found() {
        let good = chain(5);
        let tampered = |change: &dyn Fn(&mut Vec<Event>)| {
            let mut events = good.clone();
            change(&mut events);
            let broken = check(&events).unwrap_err();
            (broken.after, broken.seq, broken.fault)
        };
        let changed = (2, 3, ChainFault::Changed);
        assert_eq!(tampered(&|e| e[2].user = "bob".into()), changed);
        assert_eq!(tampered(&|e| e[2].token = None), changed);
        assert_eq!(
            tampered(&|e| drop(e.remove(0))),
            (0, 1, ChainFault::Missing { next: 2 })
        );
        assert_eq!(
            tampered(&|e| drop(e.drain(2..4))),
            (2, 3, ChainFault::Missing { next: 5 })
        );
        assert_eq!(
            tampered(&|e| e.swap(1, 2)),
            (1, 2, ChainFault::Missing { next: 3 })
        );
        assert_eq!(
            tampered(&|e| e.insert(1, e[0].clone())),
            (1, 1, ChainFault::Misplaced)
        );
        let rehashed = |e: &mut Vec<Event>| {
            e[1].user = "bob".into();
            e[1].hash = e[1].expected_hash();
        };
        assert_eq!(tampered(&rehashed), (2, 3, ChainFault::Unlinked));
    }

    #[test]
    fn events_that_are_missing_are_named() {
        let broken = |next| ChainBroken {
            after: 1,
            seq: 2,
            fault: ChainFault::Missing { next },
        };
        assert_eq!(broken(3).to_string(), "event 2 is missing");
        assert_eq!(broken(5).to_string(), "events 2 to 4 are missing");
    }

    #[test]
    fn kept_head_finds_a_cut_and_a_chain_made_anew() {
        let good = chain(5);
        let kept = ChainHead::of(&good[3]);
        let whole = check(&good).unwrap();
        assert_eq!((whole.compare(&kept), whole.end(&kept)), (Ok(()), Ok(())));
        let cut = check(&good[..3]).unwrap();
        assert_eq!(cut.compare(&kept), Ok(()));
        let broken = cut.end(&kept).unwrap_err();
        assert_eq!((broken.after, broken.seq), (3, 4));
        assert_eq!(broken.fault, ChainFault::Cut { kept: 4 });
        let anew = check(&good[..4]).unwrap();
        let other = ChainHead {
            hash: [7; 32],
            ..kept
        };
        let broken = anew.compare(&other).unwrap_err();
        assert_eq!((broken.after, broken.seq), (3, 4));
        assert_eq!(broken.fault, ChainFault::Replaced);
    }

    #[test]
    fn heads_are_read_as_they_are_written() {
        let hash = "0123456789abcdef".repeat(4);
        let text = format!("12:{hash}");
        let head: ChainHead = text.parse().unwrap();
        assert_eq!(head.to_string(), text);
        let empty = ChainHead::default();
        assert_eq!(empty.to_string().parse(), Ok(empty));
        for bad in [
            String::new(),
            "12".to_owned(),
            hash.clone(),
            format!(":{hash}"),
            format!("+1:{hash}"),
            format!("-1:{hash}"),
            format!("12:{hash}0"),
            format!("12:{}", &hash[1..]),
            format!("12:{}g", &hash[1..]),
            format!("12:{}é", &hash[2..]),
            format!("0:{hash}"),
            format!("18446744073709551616:{hash}"),
            format!(" 12:{hash}"),
        ] {
            assert_eq!(bad.parse::<ChainHead>(), Err(NotAHead), "{bad}");
        }
    }
}
