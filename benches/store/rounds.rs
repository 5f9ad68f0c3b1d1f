//! Rounds in which several pieces of work take turns, so that a drift of the machine hits all of them.

/// What each piece of work took in each round.
pub(crate) struct Rounds<const SIDES: usize>(Vec<[f64; SIDES]>);

impl<const SIDES: usize> Rounds<SIDES> {
    /// Calls each of `work` in turn, `count` times, and once before that to warm up.
    pub(crate) fn of(count: usize, mut work: [&mut dyn FnMut() -> f64; SIDES]) -> Self {
        let mut round = || work.each_mut().map(|side| side());
        round();
        Self((0..count).map(|_| round()).collect())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn median(&self, side: usize) -> f64 {
        median(self.0.iter().filter_map(|round| round.get(side)).copied())
    }

    /// Returns the median of the ratios within each round.
    pub(crate) fn ratio(&self, side: usize, to: usize) -> f64 {
        let of_round = |round: &[f64; SIDES]| Some(round.get(side)? / round.get(to)?);
        median(self.0.iter().filter_map(of_round))
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
