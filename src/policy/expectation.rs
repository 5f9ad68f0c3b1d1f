//! Expectations: what a policy is tested against.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::Policy;
use super::reading::is_token;
use super::rules::{Access, Decision, GLOBAL};
use super::words::quoted;

/// What a policy should say of one access, as in `GET review 42 = allow`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Expectation {
    /// The method.
    pub method: String,
    /// The resource, if the access is to one.
    pub resource: Option<String>,
    /// The object, if the access is to one.
    pub id: Option<String>,
    /// Whether it should be allowed.
    pub allowed: bool,
}

/// The text is no expectation. It is not repeated here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpectationError {
    /// There is no `=`, or what stands behind the last one is not `allow` or `deny`.
    #[error("an expectation ends in `= allow` or `= deny`")]
    Answer,
    /// There is no method, or one with characters that no method has.
    #[error("an expectation begins with a method")]
    Method,
    /// The method has lower-case letters.
    #[error("the method is not in upper case")]
    LowerCase,
    /// A `*`, which is not the name of anything that can be accessed.
    #[error("`*` is no single access: leave it out, or name one")]
    Star,
}

/// A policy says otherwise than was expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Mismatch {
    /// What was expected.
    pub expected: Expectation,
    /// What the policy says instead, and the rule that says it.
    pub decision: Decision,
}

impl Expectation {
    /// Reads `METHOD [resource [id]] = allow|deny`; the id may have spaces inside, and `=` too.
    ///
    /// # Errors
    ///
    /// [`ExpectationError`], which never repeats the text.
    ///
    /// ```
    /// use tokenctl::policy::{Expectation, Policy};
    ///
    /// let expectation = Expectation::parse("POST review 42 = allow")?;
    /// let mismatch = expectation.check(&Policy::read_only()).unwrap();
    /// assert_eq!(
    ///     mismatch.to_string(),
    ///     "POST review 42 = allow: is refused by /resources/*/block/0"
    /// );
    /// # Ok::<(), tokenctl::policy::ExpectationError>(())
    /// ```
    pub fn parse(line: &str) -> Result<Self, ExpectationError> {
        let (access, answer) = line.rsplit_once('=').ok_or(ExpectationError::Answer)?;
        Self::of(access, answer)
    }

    /// Reads the two sides of the `=`, which may come as key and value of a table.
    ///
    /// # Errors
    ///
    /// As for [`Expectation::parse`].
    pub fn of(access: &str, answer: &str) -> Result<Self, ExpectationError> {
        let allowed = match answer.trim() {
            "allow" => true,
            "deny" => false,
            _ => return Err(ExpectationError::Answer),
        };
        let (method, rest) = first_word(access.trim());
        let (resource, id) = first_word(rest);
        if [method, resource, id].contains(&GLOBAL) {
            return Err(ExpectationError::Star);
        }
        if !is_token(method) {
            return Err(ExpectationError::Method);
        }
        if method.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(ExpectationError::LowerCase);
        }
        let named = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
        Ok(Self {
            method: method.to_owned(),
            resource: named(resource),
            id: named(id),
            allowed,
        })
    }

    /// Returns the access that this is about.
    #[must_use]
    pub fn access(&self) -> Access<'_> {
        Access {
            method: &self.method,
            resource: self.resource.as_deref(),
            id: self.id.as_deref(),
        }
    }

    /// Returns how `policy` fails this expectation, or `None` if it meets it.
    #[must_use]
    pub fn check(&self, policy: &Policy) -> Option<Mismatch> {
        let decision = policy.decide(&self.access());
        (decision.allowed != self.allowed).then(|| Mismatch {
            expected: self.clone(),
            decision,
        })
    }
}

/// Returns the first word of `text`, and what is behind the white space after it.
fn first_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

impl FromStr for Expectation {
    type Err = ExpectationError;

    fn from_str(line: &str) -> Result<Self, ExpectationError> {
        Self::parse(line)
    }
}

/// The line that it was read from, but for odd names, which are quoted.
impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        quoted(&self.method).fmt(f)?;
        for name in self.resource.iter().chain(&self.id) {
            write!(f, " {}", quoted(name))?;
        }
        f.write_str(if self.allowed { " = allow" } else { " = deny" })
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.expected)?;
        let verb = if self.decision.allowed {
            "allowed"
        } else {
            "refused"
        };
        match &self.decision.rule {
            Some(rule) => write!(f, "is {verb} by {rule}"),
            None => write!(f, "no rule speaks of it, so it is {verb}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_word_by_word() {
        let read = |line| {
            let Expectation {
                method,
                resource,
                id,
                allowed,
            } = Expectation::parse(line).unwrap();
            (method, resource, id, allowed)
        };
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(read("GET=allow"), ("GET".to_owned(), None, None, true));
        assert_eq!(
            read("  PUT  review = deny\n"),
            ("PUT".to_owned(), name("review"), None, false)
        );
        assert_eq!(
            read("GET review a b=c = allow"),
            ("GET".to_owned(), name("review"), name("a b=c"), true)
        );
    }

    #[test]
    fn what_is_no_expectation_is_refused() {
        let cases = [
            ("", ExpectationError::Answer),
            ("GET review", ExpectationError::Answer),
            ("GET = yes", ExpectationError::Answer),
            ("GET = Allow", ExpectationError::Answer),
            ("= allow", ExpectationError::Method),
            ("G:T = allow", ExpectationError::Method),
            ("get review = deny", ExpectationError::LowerCase),
            ("* = deny", ExpectationError::Star),
            ("GET * = deny", ExpectationError::Star),
            ("GET review * = deny", ExpectationError::Star),
        ];
        for (line, error) in cases {
            assert_eq!(Expectation::parse(line), Err(error), "{line}");
        }
    }

    #[test]
    fn mismatch_names_the_rule_or_its_lack() {
        let check = |line, policy| Expectation::parse(line).unwrap().check(&policy);
        assert_eq!(check("GET review = allow", Policy::read_only()), None);
        assert_eq!(check("PUT review = deny", Policy::read_only()), None);
        let mismatch = check("PUT review a b = deny", Policy::full_access()).unwrap();
        assert_eq!(
            mismatch.to_string(),
            "PUT review \"a b\" = deny: no rule speaks of it, so it is allowed"
        );
    }
}
