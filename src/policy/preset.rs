//! Policies that are known by a name.

use std::fmt;

use super::Policy;

/// A policy that is known by a name, for a menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Preset {
    /// What changes nothing.
    ReadOnly,
    /// All but deleting.
    NoDelete,
    /// Everything.
    FullAccess,
}

impl Preset {
    /// Every preset, the narrowest first.
    pub const ALL: [Self; 3] = [Self::ReadOnly, Self::NoDelete, Self::FullAccess];

    /// Returns the preset of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// Returns the name, such as `read-only`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::NoDelete => "no-delete",
            Self::FullAccess => "full-access",
        }
    }

    /// Returns what the policy is good for, as a sentence.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::ReadOnly => "GET, HEAD and OPTIONS on everything, and nothing else.",
            Self::NoDelete => "Everything but DELETE.",
            Self::FullAccess => "Everything that the user may do.",
        }
    }

    /// Returns the policy.
    #[must_use]
    pub fn policy(self) -> Policy {
        match self {
            Self::ReadOnly => Policy::read_only(),
            Self::NoDelete => Policy::parse(r#"{"resources":{"*":{"block":["DELETE"]}}}"#)
                .expect("the text is a valid policy"),
            Self::FullAccess => Policy::full_access(),
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_preset_is_found_by_its_name_and_narrower_than_the_next() {
        for preset in Preset::ALL {
            assert_eq!(Preset::find(preset.name()), Some(preset));
            assert_eq!(preset.to_string(), preset.name());
        }
        assert_eq!(Preset::find("Read-Only"), None);
        for pair in Preset::ALL.windows(2) {
            assert_eq!(pair[1].policy().widening(&pair[0].policy()), None);
        }
    }

    #[test]
    fn no_delete_refuses_that_alone() {
        assert_eq!(
            Preset::NoDelete.policy().in_words(),
            ["everything except DELETE"]
        );
    }
}
