//! Finds what a policy says without meaning it, and writes what it seems to mean.
//!
//! Most mistakes in a policy leave something allowed: a method in lower case never matches, and what no rule speaks of
//! is allowed. [`Policy::parse`] refuses the mistakes that can be seen in one place; stored policies of other systems
//! may have them all, and some stand in well-formed documents too.

mod draft;
mod reader;

use std::fmt;

use serde::{Serialize, Serializer};

use self::reader::Linter;
use super::Policy;
use super::narrow::{PolicyTooLarge, within_limits};

/// Something in a policy that is likely not what its author meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Lint {
    /// What kind of trap it is.
    pub code: LintCode,
    /// What is wrong, as a sentence. It may quote keys and methods of the policy as they are.
    pub message: String,
    /// The RFC 6901 JSON Pointer of the place, empty for the whole document.
    pub pointer: String,
    /// What to do about it, as a sentence.
    pub fix: String,
}

/// A kind of trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LintCode {
    /// A list of allowed methods that restricts nothing, as no `"block": ["*"]` stands beside it.
    AllowWithoutBlock,
    /// A method in lower case, which matches no request.
    WrongCase,
    /// A method that no standard knows.
    UnknownMethod,
    /// An item that can be no method.
    NotAMethod,
    /// An entry that never decides, since the same section blocks what it allows.
    Unreachable,
    /// A key that has no meaning where it stands.
    UnusedKey,
    /// A key that comes again, and hides what came before.
    DuplicateKey,
    /// A method that comes again in its list.
    DuplicateMethod,
    /// A list without items, which restricts nothing.
    EmptyList,
    /// A section without rules, or a resource without sections.
    EmptySection,
    /// A part of the wrong type below a key that is not read as it is written.
    Unreadable,
    /// Rules that leave everything allowed.
    FullAccess,
    /// Rules that allow nothing at all.
    NothingAllowed,
}

impl LintCode {
    /// Returns the name, such as `allow-without-block`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AllowWithoutBlock => "allow-without-block",
            Self::WrongCase => "wrong-case",
            Self::UnknownMethod => "unknown-method",
            Self::NotAMethod => "not-a-method",
            Self::Unreachable => "unreachable",
            Self::UnusedKey => "unused-key",
            Self::DuplicateKey => "duplicate-key",
            Self::DuplicateMethod => "duplicate-method",
            Self::EmptyList => "empty-list",
            Self::EmptySection => "empty-section",
            Self::Unreadable => "unreadable",
            Self::FullAccess => "full-access",
            Self::NothingAllowed => "nothing-allowed",
        }
    }

    /// Returns whether [`Policy::fixed`] mends it. What is left needs somebody who knows what was meant.
    #[must_use]
    pub fn is_fixable(self) -> bool {
        !matches!(
            self,
            Self::UnknownMethod | Self::FullAccess | Self::NothingAllowed
        )
    }
}

impl fmt::Display for LintCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for LintCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Policy {
    /// Returns the traps in this policy, of which no more than 100 are kept. It may be one that only
    /// [`Policy::from_stored`] reads.
    ///
    /// ```
    /// use tokenctl::policy::{LintCode, Policy};
    ///
    /// let policy = Policy::from_stored(r#"{"resources":{"*":{"allow":["GET"]}}}"#)?;
    /// let lints = policy.lint();
    /// assert_eq!(lints[0].code, LintCode::AllowWithoutBlock);
    /// assert_eq!(lints[0].fix, r#"Add `"block": ["*"]` beside it."#);
    /// # Ok::<(), tokenctl::policy::PolicyUnreadable>(())
    /// ```
    #[must_use]
    pub fn lint(&self) -> Vec<Lint> {
        Linter::of(self).lints
    }

    /// Returns the safe form of this policy, with each trap mended that [`LintCode::is_fixable`], as its lint says.
    ///
    /// It may be written: [`Policy::parse`] takes it. Where the meaning is open, the narrower one is taken: what
    /// cannot be understood in `allow` is dropped, and in `block` it becomes `*`. So compared with this policy, read
    /// with its methods in upper case and its misspelt keys as they are meant, the safe form only narrows. A policy
    /// without such traps is returned as it is.
    ///
    /// # Errors
    ///
    /// [`PolicyTooLarge`] if the safe form may not be stored.
    pub fn fixed(&self) -> Result<Self, PolicyTooLarge> {
        let linter = Linter::of(self);
        if !linter.has_fixable {
            return within_limits(self.rules.count(), self.text.len()).map(|()| self.clone());
        }
        linter.draft.written()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Preset, Rule};
    use super::*;

    /// Returns code and pointer of each lint, and the safe form.
    fn lint(text: &str) -> (Vec<(LintCode, String)>, String) {
        let policy = Policy::from_stored(text).unwrap();
        let lints = policy.lint().into_iter();
        let fixed = policy.fixed().unwrap();
        assert_eq!(Policy::parse(fixed.as_str()).unwrap(), fixed, "{text}");
        let again = fixed.lint();
        assert!(
            again.iter().all(|lint| !lint.code.is_fixable()),
            "{again:?}"
        );
        let lints = lints.map(|lint| (lint.code, lint.pointer)).collect();
        (lints, fixed.as_str().to_owned())
    }

    /// Asserts that `resources` has these traps, and this safe form.
    fn check(resources: &str, expected: &[(LintCode, &str)], fixed: &str) {
        let (lints, found) = lint(&format!(r#"{{"resources": {resources}}}"#));
        let lints: Vec<_> = lints
            .iter()
            .map(|(code, pointer)| (*code, pointer.as_str()))
            .collect();
        assert_eq!(lints, expected, "{resources}");
        assert_eq!(found, fixed, "{resources}");
    }

    #[test]
    fn what_means_nothing_is_told_once_and_not_read() {
        let (lints, fixed) = lint(r#"{"Resources": 5}"#);
        let once = (LintCode::UnusedKey, "/Resources".to_owned());
        let rest = (LintCode::FullAccess, String::new());
        assert_eq!(lints, [once, rest.clone()]);
        assert_eq!(fixed, "{}");
        let (lints, fixed) = lint(r#"{"other": {"*": {"block": ["GET"]}}}"#);
        assert_eq!(lints, [(LintCode::UnusedKey, "/other".to_owned()), rest]);
        assert_eq!(fixed, "{}");
    }

    #[test]
    fn trap_is_written_by_its_name() {
        assert_eq!(LintCode::WrongCase.to_string(), "wrong-case");
    }

    #[test]
    fn good_policies_are_clean() {
        let rules = |texts: &[&str]| -> Vec<Rule> {
            texts
                .iter()
                .map(|text| Rule::parse(text).unwrap())
                .collect()
        };
        let made = |allow: &[&str], block: &[&str]| {
            Policy::from_rules(&rules(allow), &rules(block)).unwrap()
        };
        let example = r#"{"resources": {
            "*": {"allow": ["GET"], "block": ["*"]},
            "review": {"*": {"allow": ["POST"]}, "42": {"block": ["*"]}}
        }}"#;
        let policies = [
            made(&["GET,HEAD", "review/42:PUT"], &[]),
            made(&[], &["DELETE", "user:*"]),
            made(&["*"], &["review/42:GET,PUT"]),
            Policy::parse(example).unwrap(),
            Policy::parse(
                r#"{"resources":{"*":{"block":["POST"]},"review":{"*":{"allow":["POST"]}}}}"#,
            )
            .unwrap(),
        ];
        for policy in policies.into_iter().chain(Preset::ALL.map(Preset::policy)) {
            assert_eq!(policy.lint(), [], "{}", policy.as_str());
            assert_eq!(policy.fixed().unwrap().as_str(), policy.as_str());
        }
    }

    #[test]
    fn allow_without_block_is_closed() {
        use LintCode::{AllowWithoutBlock, FullAccess};
        check(
            r#"{"*": {"allow": ["GET"]}}"#,
            &[(AllowWithoutBlock, "/resources/*/allow"), (FullAccess, "")],
            r#"{"resources":{"*":{"allow":["GET"],"block":["*"]}}}"#,
        );
        check(
            r#"{"*": {"block": ["PUT"]}, "review": {"7": {"allow": ["GET"], "block": ["POST"]}}}"#,
            &[(AllowWithoutBlock, "/resources/review/7/allow")],
            r#"{"resources":{"*":{"block":["PUT"]},"review":{"7":{"allow":["GET"],"block":["POST","*"]}}}}"#,
        );
    }

    #[test]
    fn allowing_nothing_without_block_is_closed() {
        use LintCode::{AllowWithoutBlock, EmptyList, FullAccess};
        check(
            r#"{"*": {"allow": []}}"#,
            &[
                (EmptyList, "/resources/*/allow"),
                (AllowWithoutBlock, "/resources/*/allow"),
                (FullAccess, ""),
            ],
            r#"{"resources":{"*":{"block":["*"]}}}"#,
        );
    }

    #[test]
    fn wrong_case_becomes_upper_case() {
        check(
            r#"{"*": {"block": ["post", "Put"]}}"#,
            &[
                (LintCode::WrongCase, "/resources/*/block/0"),
                (LintCode::WrongCase, "/resources/*/block/1"),
            ],
            r#"{"resources":{"*":{"block":["POST","PUT"]}}}"#,
        );
    }

    #[test]
    fn unknown_method_is_left_to_the_author() {
        check(
            r#"{"*": {"block": ["DELET", "PROPFIND"]}}"#,
            &[(LintCode::UnknownMethod, "/resources/*/block/0")],
            r#"{"resources": {"*": {"block": ["DELET", "PROPFIND"]}}}"#,
        );
    }

    #[test]
    fn what_is_no_method_is_dropped_from_allow_and_closes_block() {
        use LintCode::NotAMethod;
        check(
            r#"{"*": {"allow": [null, "", "GET "], "block": ["*"]}, "a": {"*": {"block": ["ＧＥＴ", 5]}}}"#,
            &[
                (NotAMethod, "/resources/*/allow/0"),
                (NotAMethod, "/resources/*/allow/1"),
                (NotAMethod, "/resources/*/allow/2"),
                (NotAMethod, "/resources/a/*/block/0"),
                (NotAMethod, "/resources/a/*/block/1"),
            ],
            r#"{"resources":{"*":{"allow":["GET"],"block":["*"]},"a":{"*":{"block":["*"]}}}}"#,
        );
    }

    #[test]
    fn entry_that_its_own_section_blocks_is_unreachable() {
        check(
            r#"{"*": {"allow": ["PUT", "GET"], "block": ["PUT", "*"]}}"#,
            &[(LintCode::Unreachable, "/resources/*/allow/0")],
            r#"{"resources":{"*":{"allow":["GET"],"block":["PUT","*"]}}}"#,
        );
        check(
            r#"{"review": {"*": {"allow": ["*"], "block": ["*"]}}}"#,
            &[(LintCode::Unreachable, "/resources/review/*/allow/0")],
            r#"{"resources":{"review":{"*":{"block":["*"]}}}}"#,
        );
    }

    #[test]
    fn unused_keys_are_dropped() {
        check(
            r#"{"*": {"block": ["PUT"], "deny": ["*"]}}"#,
            &[(LintCode::UnusedKey, "/resources/*/deny")],
            r#"{"resources":{"*":{"block":["PUT"]}}}"#,
        );
        let (lints, fixed) = lint(r#"{"note": 1}"#);
        let expected = [LintCode::UnusedKey, LintCode::FullAccess];
        assert!(lints.iter().map(|(code, _)| *code).eq(expected));
        assert_eq!(fixed, "{}");
    }

    #[test]
    fn misspelt_keys_are_read_as_they_are_meant() {
        use LintCode::{FullAccess, Unreadable, UnusedKey};
        check(
            r#"{"*": {"Allow": ["GET"], "BLOCK": ["*"]}}"#,
            &[
                (UnusedKey, "/resources/*/Allow"),
                (UnusedKey, "/resources/*/BLOCK"),
                (FullAccess, ""),
            ],
            r#"{"resources":{"*":{"allow":["GET"],"block":["*"]}}}"#,
        );
        check(
            r#"{"*": {"*": {"block": ["PUT"]}}}"#,
            &[(UnusedKey, "/resources/*/*"), (FullAccess, "")],
            r#"{"resources":{"*":{"block":["PUT"]}}}"#,
        );
        let text = r#"{"Resources": {"a": {"*": {"block": 5}}, "b": 5, "*": {"block": ["PUT"]}}}"#;
        let (lints, fixed) = lint(text);
        let expected = [UnusedKey, Unreadable, Unreadable, FullAccess];
        assert!(
            lints.iter().map(|(code, _)| *code).eq(expected),
            "{lints:?}"
        );
        assert_eq!(
            fixed,
            r#"{"resources":{"*":{"block":["PUT"]},"a":{"*":{"block":["*"]}},"b":{"*":{"block":["*"]}}}}"#
        );
    }

    #[test]
    fn last_of_duplicate_keys_is_kept() {
        check(
            r#"{"*": {"block": ["*"], "block": ["PUT"]}}"#,
            &[(LintCode::DuplicateKey, "/resources/*/block")],
            r#"{"resources":{"*":{"block":["PUT"]}}}"#,
        );
    }

    #[test]
    fn duplicate_methods_are_dropped() {
        check(
            r#"{"*": {"block": ["PUT", "PUT"]}}"#,
            &[(LintCode::DuplicateMethod, "/resources/*/block/1")],
            r#"{"resources":{"*":{"block":["PUT"]}}}"#,
        );
    }

    #[test]
    fn empty_lists_and_sections_are_dropped() {
        use LintCode::{EmptyList, EmptySection};
        check(
            r#"{"*": {"block": ["PUT"], "allow": []}, "a": {}, "b": {"1": {}, "2": {"block": []}}}"#,
            &[
                (EmptyList, "/resources/*/allow"),
                (EmptySection, "/resources/a"),
                (EmptySection, "/resources/b/1"),
                (EmptyList, "/resources/b/2/block"),
            ],
            r#"{"resources":{"*":{"block":["PUT"]}}}"#,
        );
        check(
            "{}",
            &[(EmptySection, "/resources"), (LintCode::FullAccess, "")],
            "{}",
        );
    }

    #[test]
    fn full_access_and_its_opposite_are_told() {
        let all = r#"{"resources": {"*": {"allow": ["*"]}}}"#;
        assert_eq!(
            lint(all),
            (vec![(LintCode::FullAccess, String::new())], all.to_owned())
        );
        let nothing = r#"{"resources": {"*": {"block": ["*"]}, "a": {"1": {"block": ["GET"]}}}}"#;
        assert_eq!(
            lint(nothing),
            (
                vec![(LintCode::NothingAllowed, String::new())],
                nothing.to_owned()
            )
        );
    }

    #[test]
    fn number_of_lints_is_bounded() {
        let members: Vec<_> = (0..500).map(|n| format!("\"k{n}\": {n}")).collect();
        let policy = Policy::from_stored(&format!("{{{}}}", members.join(", "))).unwrap();
        assert_eq!(policy.lint().len(), 100);
        assert_eq!(policy.fixed().unwrap().as_str(), "{}");
    }

    #[test]
    fn lint_in_json_names_its_code() {
        let lint = &Policy::from_stored(r#"{"note": 1}"#).unwrap().lint()[0];
        assert_eq!(
            serde_json::to_string(lint).unwrap(),
            r#"{"code":"unused-key","message":"\"note\" means nothing here.","pointer":"/note","fix":"Remove it."}"#
        );
    }
}
