//! The history of one token as a register that goes from absent to live to dead, and whether it can have happened.

/// When something began and ended, on the clock that processes have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl Span {
    fn overlaps(self, other: Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }
}

/// What a verify says of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Absent,
    Live,
    /// Revoked or rotated out.
    Dead,
}

/// The verifies with one answer: all that matters of their times.
#[derive(Clone, Copy)]
struct Bounds {
    latest_start: u64,
    earliest_end: u64,
}

impl Bounds {
    const NONE: Self = Self {
        latest_start: 0,
        earliest_end: u64::MAX,
    };

    fn add(&mut self, span: Span) {
        self.latest_start = self.latest_start.max(span.start);
        self.earliest_end = self.earliest_end.min(span.end);
    }
}

/// What all processes together did to one token, and saw of it. The issue and the end are known before the verifies
/// are added.
#[derive(Clone)]
pub(crate) struct History {
    issue: Option<Span>,
    /// The revocation, or the rotation that replaced it.
    end: Option<Span>,
    absent: Bounds,
    live: Bounds,
    dead: Bounds,
    /// Verifies after the issue and before the end that did not accept.
    wrongly_refused: usize,
}

impl Default for History {
    fn default() -> Self {
        Self {
            issue: None,
            end: None,
            absent: Bounds::NONE,
            live: Bounds::NONE,
            dead: Bounds::NONE,
            wrongly_refused: 0,
        }
    }
}

/// What is wrong with a history.
#[derive(Default)]
pub(crate) struct Wrongs {
    pub(crate) accepted_after_the_end: bool,
    pub(crate) accepted_after_a_refusal: bool,
    pub(crate) wrongly_refused: usize,
    /// There is no order of the operations, each at some moment of its span, in which a register gives these answers.
    pub(crate) impossible: bool,
}

impl Wrongs {
    pub(super) fn are_any(&self) -> bool {
        self.accepted_after_the_end
            || self.accepted_after_a_refusal
            || self.wrongly_refused > 0
            || self.impossible
    }
}

impl History {
    pub(crate) fn issued(&mut self, span: Span) {
        self.issue = Some(span);
    }

    pub(crate) fn ended(&mut self, span: Span) {
        self.end = Some(span);
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Adds a verify, and returns whether it ran beside the issue or the end.
    pub(crate) fn verified(&mut self, span: Span, seen: Seen) -> bool {
        match seen {
            Seen::Absent => self.absent.add(span),
            Seen::Live => self.live.add(span),
            Seen::Dead => self.dead.add(span),
        }
        let is_after_issue = self.issue.is_some_and(|issue| issue.end < span.start);
        let is_before_end = self.end.is_none_or(|end| span.end < end.start);
        if is_after_issue && is_before_end && seen != Seen::Live {
            self.wrongly_refused += 1;
        }
        let changes = [self.issue, self.end];
        changes.into_iter().flatten().any(|it| it.overlaps(span))
    }

    /// Returns whether a verify that began after one had refused this token for good found `successor` not yet there.
    pub(crate) fn was_replaced_by_nothing(&self, successor: &Self) -> bool {
        successor.absent.latest_start > self.dead.earliest_end
    }

    pub(crate) fn judge(&self) -> Wrongs {
        Wrongs {
            accepted_after_the_end: self.end.is_some_and(|end| self.live.latest_start > end.end),
            accepted_after_a_refusal: self.live.latest_start > self.dead.earliest_end,
            wrongly_refused: self.wrongly_refused,
            impossible: !self.is_linearizable(),
        }
    }

    /// Returns whether there are a moment of issue and a moment of end, each within its span, such that each verify
    /// has a moment in its own span at which its answer was true.
    ///
    /// An answer `absent` has one if the issue came after its start; `live` if the issue came before its end and the
    /// end after its start; `dead` if the end came before its end. As each change happens once, and in this order, the
    /// latest starts and the earliest ends decide, and nothing has to be searched.
    fn is_linearizable(&self) -> bool {
        let Some(issue) = self.issue else {
            let never = [self.live, self.dead];
            return never.iter().all(|it| it.earliest_end == u64::MAX);
        };
        let issued_from = issue.start.max(self.absent.latest_start);
        let issued_by = issue
            .end
            .min(self.live.earliest_end)
            .min(self.dead.earliest_end);
        if issued_from > issued_by {
            return false;
        }
        let Some(end) = self.end else {
            return self.dead.earliest_end == u64::MAX;
        };
        let ended_from = end.start.max(self.live.latest_start).max(issued_from);
        let ended_by = end.end.min(self.dead.earliest_end);
        ended_from <= ended_by
    }
}

/// Returns how many of the [`PLANTED`] faults are found in histories that have them.
pub(crate) fn planted_faults_found() -> usize {
    let span = |start, end| Span { start, end };
    let good = || {
        let mut history = History::default();
        history.issued(span(10, 20));
        history.ended(span(50, 60));
        for (from, to, seen) in [
            (5, 12, Seen::Absent),
            (11, 15, Seen::Live),
            (25, 30, Seen::Live),
            (48, 55, Seen::Live),
            (54, 57, Seen::Dead),
            (70, 75, Seen::Dead),
        ] {
            history.verified(span(from, to), seen);
        }
        history
    };
    let with = |from, to, seen| {
        let mut history = good();
        history.verified(span(from, to), seen);
        history.judge()
    };
    let sound = good().judge();
    if sound.impossible || sound.wrongly_refused > 0 {
        return 0;
    }
    let late = with(61, 65, Seen::Live);
    let revived = with(58, 59, Seen::Live);
    let refused = with(30, 40, Seen::Dead);
    let forgotten = with(30, 40, Seen::Absent);
    [
        late.accepted_after_the_end && late.impossible,
        revived.accepted_after_a_refusal && revived.impossible,
        refused.wrongly_refused == 1 && refused.impossible,
        forgotten.wrongly_refused == 1 && forgotten.impossible,
    ]
    .into_iter()
    .filter(|found| *found)
    .count()
}

/// How many faults are planted.
pub(crate) const PLANTED: usize = 4;
