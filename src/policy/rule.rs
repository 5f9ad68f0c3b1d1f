//! Rules as words of a command line, and the policies that they make.

use std::collections::BTreeSet;
use std::str::FromStr;

use super::Policy;
use super::cells::Names;
use super::narrow::PolicyTooLarge;
use super::reading::is_token;
use super::rules::{Access, GLOBAL};

/// Some methods on everything, on a resource or on one object: `[resource[/id]:]METHOD[,METHOD...]`.
///
/// The last `:` ends the resource, and the first `/` in it begins the id. `*` stands for every method, resource or
/// object. A name that this cannot express needs a document.
///
/// | rule | speaks of |
/// | --- | --- |
/// | `GET,HEAD` | these two methods on everything |
/// | `*` | everything |
/// | `review:POST` | `POST` on the resource and on each of its objects |
/// | `review/42:*` | every method on review 42 |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `None` for everything, whether it is in a resource or not.
    resource: Option<String>,
    /// `None` for the resource and all of its objects.
    id: Option<String>,
    /// `*` alone for every method.
    methods: BTreeSet<String>,
}

/// The text is no rule. It is not repeated here, as it may be anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleParseError {
    /// Nothing before the `:`.
    #[error("no resource stands before the `:`")]
    EmptyResource,
    /// Nothing behind the `/`.
    #[error("no object id stands behind the `/`")]
    EmptyId,
    /// An object of every resource.
    #[error("an object id needs its resource by name, not `*`")]
    IdWithoutResource,
    /// A method is empty.
    #[error("method {number} is empty")]
    EmptyMethod {
        /// Which of the methods it is, from 1.
        number: usize,
    },
    /// A method has characters that no method has.
    #[error("method {number} has a character that no method has")]
    NotAMethod {
        /// Which of the methods it is, from 1.
        number: usize,
    },
    /// A method has lower-case letters, which would match nothing.
    #[error("method {number} is not in upper case")]
    LowerCase {
        /// Which of the methods it is, from 1.
        number: usize,
    },
}

/// No policy was made of the rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FromRulesError {
    /// There are no rules, which might mean everything or nothing.
    #[error("there is no rule to make a policy of")]
    NoRules,
    /// The policy may not be stored.
    #[error(transparent)]
    TooLarge(#[from] PolicyTooLarge),
}

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    ///
    /// [`RuleParseError`], which never repeats the text.
    ///
    /// ```
    /// use tokenctl::policy::{Rule, RuleParseError};
    ///
    /// assert!(Rule::parse("review/42:GET,PUT").is_ok());
    /// assert_eq!(Rule::parse("review:GET,put"), Err(RuleParseError::LowerCase { number: 2 }));
    /// ```
    pub fn parse(text: &str) -> Result<Self, RuleParseError> {
        let (place, methods) = match text.rsplit_once(':') {
            Some((place, methods)) => (Some(place), methods),
            None => (None, text),
        };
        let (resource, id) =
            match place.map(|place| place.split_once('/').unwrap_or((place, GLOBAL))) {
                Some((resource, id)) => (resource, id),
                None => (GLOBAL, GLOBAL),
            };
        if resource.is_empty() {
            return Err(RuleParseError::EmptyResource);
        }
        if id.is_empty() {
            return Err(RuleParseError::EmptyId);
        }
        if resource == GLOBAL && id != GLOBAL {
            return Err(RuleParseError::IdWithoutResource);
        }
        let mut rule = Self {
            resource: Some(resource.to_owned()).filter(|name| name != GLOBAL),
            id: Some(id.to_owned()).filter(|name| name != GLOBAL),
            methods: BTreeSet::new(),
        };
        for (method, number) in methods.split(',').zip(1..) {
            if method.is_empty() {
                return Err(RuleParseError::EmptyMethod { number });
            }
            if !is_token(method) {
                return Err(RuleParseError::NotAMethod { number });
            }
            if method.bytes().any(|byte| byte.is_ascii_lowercase()) {
                return Err(RuleParseError::LowerCase { number });
            }
            rule.methods.insert(method.to_owned());
        }
        if rule.methods.contains(GLOBAL) {
            rule.methods.retain(|method| method == GLOBAL);
        }
        Ok(rule)
    }

    /// Returns whether this rule speaks of `access`.
    fn covers(&self, access: &Access<'_>) -> bool {
        let is_named = |name: &Option<String>, asked| name.is_none() || name.as_deref() == asked;
        is_named(&self.resource, access.resource)
            && is_named(&self.id, access.id)
            && (self.methods.contains(GLOBAL) || self.methods.contains(access.method))
    }

    /// Returns each method with the names of the rule, `None` for all.
    fn names(&self) -> impl Iterator<Item = (Option<&str>, Option<&str>, Option<&str>)> {
        let methods = self.methods.iter().map(String::as_str);
        methods.map(|method| {
            let method = Some(method).filter(|method| *method != GLOBAL);
            (method, self.resource.as_deref(), self.id.as_deref())
        })
    }
}

impl FromStr for Rule {
    type Err = RuleParseError;

    fn from_str(text: &str) -> Result<Self, RuleParseError> {
        Self::parse(text)
    }
}

impl Policy {
    /// Returns the policy that these rules ask for.
    ///
    /// With rules in `allow`, what they speak of is allowed and nothing else; with none, everything is. Of that, what
    /// the rules in `block` speak of is refused: here a block always wins, however general it is.
    ///
    /// # Errors
    ///
    /// [`FromRulesError`] if there is no rule at all, or the policy may not be stored.
    ///
    /// ```
    /// use tokenctl::policy::{Policy, Rule};
    ///
    /// let rules = |texts: &[&str]| -> Result<Vec<Rule>, _> { texts.iter().map(|text| text.parse()).collect() };
    /// // That and nothing else.
    /// let policy = Policy::from_rules(&rules(&["GET", "review:POST"])?, &[])?;
    /// assert_eq!(policy.in_words(), [
    ///     "review: POST is allowed, anything else as the rules below say",
    ///     "otherwise: GET, nothing else",
    /// ]);
    /// // All but that.
    /// let policy = Policy::from_rules(&[], &rules(&["DELETE", "review/42:*"])?)?;
    /// assert_eq!(policy.in_words(), ["review 42: everything is refused", "otherwise: everything except DELETE"]);
    /// // What is allowed and not blocked.
    /// let policy = Policy::from_rules(&rules(&["GET,HEAD"])?, &rules(&["user:*"])?)?;
    /// assert_eq!(policy.in_words(), ["user: everything is refused", "otherwise: GET and HEAD, nothing else"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_rules(allow: &[Rule], block: &[Rule]) -> Result<Self, FromRulesError> {
        if allow.is_empty() && block.is_empty() {
            return Err(FromRulesError::NoRules);
        }
        let names = Names::of_rules(allow.iter().chain(block).flat_map(Rule::names));
        let any_covers =
            |rules: &[Rule], access: &Access<'_>| rules.iter().any(|rule| rule.covers(access));
        let policy = Self::of_cells(&names, |access| {
            (allow.is_empty() || any_covers(allow, access)) && !any_covers(block, access)
        })?;
        Ok(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(allow: &[&str], block: &[&str]) -> String {
        let rules = |texts: &[&str]| -> Vec<Rule> {
            texts
                .iter()
                .map(|text| Rule::parse(text).unwrap())
                .collect()
        };
        let policy = Policy::from_rules(&rules(allow), &rules(block)).unwrap();
        assert_eq!(Policy::parse(policy.as_str()).unwrap(), policy);
        policy.as_str().to_owned()
    }

    #[test]
    fn names_are_split_at_the_last_colon_and_the_first_slash() {
        let rule = Rule::parse("urn:x/a/b:c:GET,PUT,GET").unwrap();
        assert_eq!(rule.resource.as_deref(), Some("urn:x"));
        assert_eq!(rule.id.as_deref(), Some("a/b:c"));
        assert!(rule.methods.iter().eq(["GET", "PUT"]));
    }

    #[test]
    fn star_is_everything() {
        for text in ["*", "*:*", "*/*:GET,*"] {
            assert_eq!(Rule::parse(text), Rule::parse("*"), "{text}");
        }
        assert_eq!(Rule::parse("review/*:GET"), Rule::parse("review:GET"));
        assert_eq!(Rule::parse("*:GET"), Rule::parse("GET"));
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        let empty = |number| RuleParseError::EmptyMethod { number };
        let not_a_method = |number| RuleParseError::NotAMethod { number };
        let cases = [
            ("", empty(1)),
            ("review:", empty(1)),
            ("GET,", empty(2)),
            ("GET, PUT", not_a_method(2)),
            ("review/42", not_a_method(1)),
            ("POST,get", RuleParseError::LowerCase { number: 2 }),
            ("review", RuleParseError::LowerCase { number: 1 }),
            (":GET", RuleParseError::EmptyResource),
            ("/42:GET", RuleParseError::EmptyResource),
            ("review/:GET", RuleParseError::EmptyId),
            ("*/42:GET", RuleParseError::IdWithoutResource),
        ];
        for (text, error) in cases {
            assert_eq!(Rule::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn policies_are_written_as_one_would_write_them() {
        assert_eq!(
            made(&["GET,HEAD,OPTIONS"], &[]),
            Policy::read_only().as_str()
        );
        assert_eq!(made(&["*"], &[]), "{}");
        assert_eq!(made(&[], &["*"]), r#"{"resources":{"*":{"block":["*"]}}}"#);
        assert_eq!(
            made(&[], &["DELETE"]),
            r#"{"resources":{"*":{"block":["DELETE"]}}}"#
        );
        assert_eq!(
            made(&["review/42:*"], &["review:DELETE"]),
            r#"{"resources":{"*":{"block":["*"]},"review":{"42":{"allow":["*"],"block":["DELETE"]}}}}"#
        );
        assert_eq!(
            made(&["GET"], &["review/42:GET"]),
            r#"{"resources":{"*":{"allow":["GET"],"block":["*"]},"review":{"42":{"block":["*"]}}}}"#
        );
    }

    #[test]
    fn no_rules_make_no_policy() {
        assert_eq!(
            Policy::from_rules(&[], &[]).unwrap_err(),
            FromRulesError::NoRules
        );
    }

    #[test]
    fn policy_that_may_not_be_stored_is_not_made() {
        let rules: Vec<_> = (0..2_001)
            .map(|n| Rule::parse(&format!("r{n}:GET")).unwrap())
            .collect();
        let error = Policy::from_rules(&rules, &[]).unwrap_err();
        let FromRulesError::TooLarge(too_large) = error else {
            panic!("{error:?}");
        };
        assert_eq!(too_large.entries, 2_002);
    }
}
