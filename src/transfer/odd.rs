//! What is odd about what comes in.

use std::fmt;

use crate::record::Landing;
use crate::user::UserName;

/// Something odd, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odd {
    /// Where.
    pub place: Place,
    /// About whom, as far as that is known.
    pub user: Option<UserName>,
    /// What.
    pub oddity: Oddity,
}

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        if let Some(user) = &self.user {
            write!(f, ", user `{user}`")?;
        }
        write!(f, ": {}", self.oddity)
    }
}

/// A place in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What is counted.
    pub unit: Unit,
    /// Which of them.
    pub number: u64,
}

/// What places are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unit {
    /// Lines of a text, from 1 on.
    Line,
    /// Rows of a table, by their number in it (the primary key, where that is a number).
    Row,
    /// Items of a store, in order.
    Item,
}

impl Place {
    /// Returns the line `number`.
    #[must_use]
    pub fn line(number: u64) -> Self {
        let unit = Unit::Line;
        Self { unit, number }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Line => "line",
            Unit::Row => "row",
            Unit::Item => "item",
        };
        write!(f, "{unit} {}", self.number)
    }
}

/// What is odd about an item. Nothing of a secret is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Oddity {
    /// A field cannot be read, so that the item cannot be taken in.
    Malformed {
        /// Which.
        field: &'static str,
    },
    /// What one of its fields says cannot be brought in from such a source, so that it would be good for more.
    Unsaid {
        /// Which.
        field: &'static str,
    },
    /// It is a row with more or fewer fields than the table has columns.
    FieldCount,
    /// It is no text in UTF-8.
    NotText,
    /// It is a line longer than any token.
    Overlong,
    /// It belongs to nobody.
    UnknownUser,
    /// More than one user there has the name of its user.
    SharedName,
    /// As [`Landing::OwnerDiffers`].
    OwnerDiffers {
        /// Who owns it here.
        here: UserName,
    },
    /// As [`Landing::IdTaken`].
    IdTaken,
    /// As [`Landing::NameReserved`].
    NameReserved,
    /// A field that is not needed cannot be read, and is left empty.
    Unreadable {
        /// Which.
        field: &'static str,
    },
    /// Its policy cannot be read: it is kept, and refuses everything.
    DamagedPolicy,
    /// What it may do there cannot be said here: it may do nothing.
    Abilities,
    /// It may be used for one part of that system only, of which nothing is known here.
    Partial,
    /// Its owner is no user there; whether they are still there is not known.
    NoUser,
    /// It is dead without a date, and has the time of the import for one.
    NoDate,
    /// The name of its user does not follow the rule for new names: it is kept as it is.
    OddName,
    /// The name of its user looks like another: it is kept as it is.
    LooksLike {
        /// The other.
        existing: UserName,
    },
    /// It lives longer than the configuration allows to new tokens: it is kept as it is.
    LivesLong,
    /// As [`Landing::Duplicate`].
    Duplicate,
    /// As [`Landing::Kept`].
    Kept,
    /// As [`Landing::DeadHere`].
    DeadHere,
    /// As [`Landing::RemovedHere`].
    RemovedHere,
    /// As [`Landing::RevokedNow`].
    RevokedNow,
    /// As [`Landing::AddedSuspended`].
    AddedSuspended,
    /// As [`Landing::SuspendedNow`].
    SuspendedNow,
}

impl Oddity {
    /// Returns what is odd about how an item has landed.
    pub(super) fn of_landing(landing: Landing) -> Option<Self> {
        Some(match landing {
            Landing::Added | Landing::Same => return None,
            Landing::AddedSuspended => Self::AddedSuspended,
            Landing::SuspendedNow => Self::SuspendedNow,
            Landing::Duplicate => Self::Duplicate,
            Landing::Kept => Self::Kept,
            Landing::DeadHere => Self::DeadHere,
            Landing::RemovedHere => Self::RemovedHere,
            Landing::RevokedNow => Self::RevokedNow,
            Landing::OwnerDiffers { here } => Self::OwnerDiffers { here },
            Landing::IdTaken => Self::IdTaken,
            Landing::NameReserved => Self::NameReserved,
        })
    }

    /// Returns whether the item cannot be taken in.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        self.is_bad_content() || self.is_conflict()
    }

    /// Returns whether that is for what it says itself.
    #[must_use]
    pub fn is_bad_content(&self) -> bool {
        matches!(
            self,
            Self::Malformed { .. }
                | Self::Unsaid { .. }
                | Self::FieldCount
                | Self::NotText
                | Self::Overlong
                | Self::UnknownUser
                | Self::SharedName
        )
    }

    /// Returns whether that is for what is in the store.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::OwnerDiffers { .. } | Self::IdTaken | Self::NameReserved
        )
    }

    /// Returns the word for it, for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } | Self::FieldCount | Self::NotText | Self::Overlong => {
                "malformed"
            }
            Self::Unsaid { .. } => "unsaid",
            Self::UnknownUser => "unknown_user",
            Self::SharedName => "shared_name",
            Self::NoUser => "no_user",
            Self::OwnerDiffers { .. } => "owner_differs",
            Self::IdTaken => "id_taken",
            Self::NameReserved => "name_reserved",
            Self::Unreadable { .. } => "unreadable_field",
            Self::DamagedPolicy => "damaged_policy",
            Self::Abilities => "abilities",
            Self::Partial => "partial",
            Self::NoDate => "no_date",
            Self::OddName => "odd_name",
            Self::LooksLike { .. } => "look_alike",
            Self::LivesLong => "lives_long",
            Self::Duplicate => "duplicate",
            Self::Kept => "kept",
            Self::DeadHere => "dead_here",
            Self::RemovedHere => "removed_here",
            Self::RevokedNow => "revoked_now",
            Self::AddedSuspended => "suspended",
            Self::SuspendedNow => "suspended_now",
        }
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed { field } => return write!(f, "{field} cannot be read"),
            Self::Unsaid { field } => {
                return write!(
                    f,
                    "{field} cannot be brought in from a table; export without `--format csv`"
                );
            }
            Self::OwnerDiffers { here } => {
                return write!(f, "the token is here already, and belongs to `{here}`");
            }
            Self::LooksLike { existing } => {
                return write!(f, "the name looks like `{existing}`; it is kept as it is");
            }
            Self::Unreadable { field } => {
                return write!(f, "{field} cannot be read, and is left empty");
            }
            Self::FieldCount => "it has more or fewer fields than the header",
            Self::NotText => "it is not UTF-8 text",
            Self::Overlong => "the line is too long for a token",
            Self::UnknownUser => "the token belongs to nobody",
            Self::SharedName => "more than one user has the name of its user",
            Self::NoUser => {
                "its owner is no user, and may be gone: see whether it should live, and revoke it if not"
            }
            Self::IdTaken => "another token has or had this id here",
            Self::NameReserved => {
                "the name is reserved here: its user was deleted, or has another name now"
            }
            Self::DamagedPolicy => "the policy is damaged; it is kept, and everything is refused",
            Self::Abilities => {
                "its abilities cannot be said in a policy; everything is refused until it has one"
            }
            Self::Partial => "it was good for one part of that system only; here nothing says so",
            Self::NoDate => "it is revoked without a date; the time of the import is its date",
            Self::OddName => "the name does not follow the rule for new names; it is kept as it is",
            Self::LivesLong => {
                "it lives longer than `issue.max_lifetime` allows to new tokens; its end is kept"
            }
            Self::Duplicate => "the token came before; the first counts",
            Self::Kept => "it is here already and says something else; it is left as it is here",
            Self::DeadHere => "it is here already and revoked; it stays so",
            Self::RemovedHere => "it was removed here; it stays away",
            Self::RevokedNow => "it was revoked there since it came; now it is here too",
            Self::AddedSuspended => {
                "its user is disabled there and active here; the token is suspended"
            }
            Self::SuspendedNow => {
                "it is suspended or replaced there, or its user is disabled, and not here; now it is suspended"
            }
        })
    }
}
