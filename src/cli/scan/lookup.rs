//! What the store knows of a token that was found.

use std::collections::HashMap;
use std::rc::Rc;

use tokenctl::authority::{Authority, IdentifyError};
use tokenctl::scan::{Evidence, Finding};
use tokenctl::secret::TokenDigest;
use tokenctl::store::StoreError;
use tokenctl::token::Token;

/// How many different tokens are remembered; a file may be full of them.
const MOST_REMEMBERED: usize = 65_536;

/// What a finding is.
#[derive(Clone)]
pub(super) enum Verdict {
    /// There is no store to ask.
    WellFormed,
    /// No token of the store has this secret.
    Unknown,
    /// It is this token.
    Known(Rc<Token>),
    /// It is a word that only looks like a token.
    Word,
}

/// Looks tokens up, each once.
pub(super) struct Lookup<'a> {
    authority: Option<&'a Authority>,
    /// By digest: no secret is kept.
    known: HashMap<Vec<u8>, Option<Rc<Token>>>,
}

impl<'a> Lookup<'a> {
    /// Makes a look-up in the store of `authority`, if there is one.
    pub(super) fn new(authority: Option<&'a Authority>) -> Self {
        Self {
            authority,
            known: HashMap::new(),
        }
    }

    /// Returns whether there is a store to ask.
    pub(super) fn has_store(&self) -> bool {
        self.authority.is_some()
    }

    /// Says what `finding` is.
    pub(super) fn verdict(&mut self, finding: &Finding<'_>) -> Result<Verdict, StoreError> {
        let Some(authority) = self.authority else {
            return Ok(Verdict::WellFormed);
        };
        let digest = TokenDigest::of(&finding.secret).as_bytes().to_vec();
        let token = match self.known.get(&digest) {
            Some(known) => known.clone(),
            None => {
                let found = match authority.identify(&finding.secret) {
                    Ok(token) => Some(Rc::new(token)),
                    Err(IdentifyError::Store(error)) => return Err(error),
                    Err(_) => None,
                };
                if self.known.len() >= MOST_REMEMBERED {
                    self.known.clear();
                }
                self.known.insert(digest, found.clone());
                found
            }
        };
        Ok(match (token, finding.evidence) {
            (Some(token), _) => Verdict::Known(token),
            (None, Evidence::HexWord) => Verdict::Word,
            (None, _) => Verdict::Unknown,
        })
    }
}
