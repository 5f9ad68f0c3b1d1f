//! What the harness knows of secrets, from what was acknowledged and what was found since.

use std::collections::HashMap;

use super::base::{Base, Known};
use super::examiner::{Examiner, Standing};
use super::tally::Tally;
use crate::dice::Dice;

pub(super) struct Journal {
    standings: HashMap<String, Standing>,
    /// The secrets, so that some can be picked.
    secrets: Vec<String>,
}

impl Journal {
    /// Begins with what is in the stores of `base`.
    pub(super) fn new(base: &Base, refused: Standing) -> Self {
        let mut journal = Self {
            standings: HashMap::new(),
            secrets: Vec::new(),
        };
        let mut know = |known: &Known, standing| journal.keep(known.secret.clone(), standing);
        base.live.iter().for_each(|it| know(it, Standing::Full));
        base.refused.iter().for_each(|it| know(it, refused));
        let dead = base.dead.iter().flatten();
        dead.for_each(|it| know(it, Standing::Revoked));
        journal
    }

    pub(super) fn keep(&mut self, secret: String, standing: Standing) {
        if self.standings.insert(secret.clone(), standing).is_none() {
            self.secrets.push(secret);
        }
    }

    /// Verifies some of the secrets.
    pub(super) fn verify_some(
        &self,
        count: usize,
        dice: &mut Dice,
        examiner: &Examiner,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        for _ in 0..count {
            if let Some(secret) = self.secrets.get(dice.below(self.secrets.len())) {
                self.verify(secret, examiner, tally)?;
            }
        }
        Ok(())
    }

    pub(super) fn verify_all(&self, examiner: &Examiner, tally: &mut Tally) -> anyhow::Result<()> {
        for secret in &self.secrets {
            self.verify(secret, examiner, tally)?;
        }
        Ok(())
    }

    fn verify(&self, secret: &str, examiner: &Examiner, tally: &mut Tally) -> anyhow::Result<()> {
        let Some(expected) = self.standings.get(secret) else {
            return Ok(());
        };
        let found = examiner.standing(secret)?;
        tally.verified += 1;
        if found == *expected {
            return Ok(());
        }
        tally.tell(format!("a token that was {expected:?} is {found:?}"));
        match found.is_accepted() && !expected.is_accepted() {
            true => tally.revived += 1,
            false => tally.lost += 1,
        }
        Ok(())
    }
}
