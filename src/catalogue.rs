//! The catalogue: the resources that a server has, and which request path is which of them.
//!
//! A policy speaks of resources and object ids, a request of a path. The catalogue maps the one to the other, for the
//! servers and the command line alike, so that there is one reading of a path and not two that differ:
//!
//! ```
//! use tokenctl::catalogue::{Catalogue, Entry, Mapped, Mode};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let review = Entry {
//!     resource: "review".to_owned(),
//!     paths: vec!["/api/review-requests/{parent}/reviews/{id:number}".to_owned()],
//!     methods: vec!["GET".to_owned(), "DELETE".to_owned()],
//! };
//! let catalogue = Catalogue::new(Mode::Closed, [review])?;
//! let mapped = catalogue.map("/api/review-requests/7/reviews/42/?full=1")?;
//! assert_eq!(mapped, Mapped::Resource { name: "review", id: Some("42".to_owned()) });
//! assert_eq!(catalogue.map("/api/users/")?, Mapped::Denied);
//! assert!(catalogue.map("/api/users/../review-requests/7/reviews/42").is_err());
//! # Ok(())
//! # }
//! ```
//!
//! # Patterns
//!
//! A pattern is a path from the root. Each of its segments is a literal, compared byte by byte, or a parameter
//! `{name}`, which takes any one whole segment. `{id}` is the id of the object, `{id:number}` one that has to be a
//! decimal number as it is usually written; without an `{id}` the path is the resource as a list.
//!
//! - A pattern that ends in `/{id}` speaks of its list too: the same path without the id. A pattern of that shape, of
//!   whichever resource, comes before it.
//! - The most specific pattern wins: from the left, a literal comes before a parameter. Two patterns that differ in
//!   nothing but the names of parameters are refused.
//! - One slash at the end of a pattern or of a path counts as absent.
//!
//! Ids are texts. A server that reads `042` or `４２` as the object 42 must have `{id:number}`, which refuses these:
//! a rule of a policy about `42` says nothing of `042`. For the same reason the catalogue suits servers that compare
//! paths with regard to case, as most do.
//!
//! # Paths
//!
//! A path is normalised once: the query goes, percent-encodings are decoded. Whatever the next reader might take for
//! another path is refused, see [`PathRefused`]. The time it takes grows with the length of the path and, for a given
//! path, at most with the number of segments of all patterns.

mod entry;
mod misfit;
mod path;
mod pattern;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use self::pattern::{IdKind, Pattern};
use self::tree::{End, Tree};
use crate::policy::Access;

pub use self::entry::{
    CatalogueError, Entry, EntryFault, MAX_METHODS, MAX_NAME_BYTES, MAX_PATHS, MAX_RESOURCES, Part,
};
pub use self::misfit::{Misfit, MisfitKind};
pub use self::path::{MAX_PATH_BYTES, PathRefused};
pub use self::pattern::{MAX_PATTERN_BYTES, MAX_PATTERN_SEGMENTS, PatternFault};

/// What becomes of a path that no pattern matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// Exhaustive: there is no third way.
pub enum Mode {
    /// It is denied.
    Closed,
    /// It is no resource: only the rules for all resources are asked.
    Open,
}

impl Mode {
    /// Both modes.
    pub const ALL: [Self; 2] = [Self::Closed, Self::Open];

    /// Returns the word that stands for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
        }
    }
}

/// The resources of a server: their methods, and their paths.
#[derive(Clone, Debug)]
pub struct Catalogue {
    mode: Mode,
    /// The methods of each resource.
    resources: BTreeMap<String, Vec<String>>,
    paths: usize,
    tree: Tree,
}

/// What a path is.
#[derive(Clone, Debug, PartialEq, Eq)]
// Exhaustive: whoever asks has to tell all three apart.
pub enum Mapped<'c> {
    /// A resource, and the object of it where the path names one.
    Resource {
        /// The id of the resource.
        name: &'c str,
        /// The id of the object; none for the resource as a list.
        id: Option<String>,
    },
    /// No resource: only the rules for all resources are asked. The catalogue is open.
    Unmapped,
    /// Nothing that anyone may use, whatever the policy. The catalogue is closed.
    Denied,
}

impl Mapped<'_> {
    /// Returns the question to put to a policy; `None` is a no without asking any.
    #[must_use]
    pub fn access<'a>(&'a self, method: &'a str) -> Option<Access<'a>> {
        match self {
            Self::Resource { name, id } => Some(Access {
                method,
                resource: Some(name),
                id: id.as_deref(),
            }),
            Self::Unmapped => Some(Access::to_unmapped(method)),
            Self::Denied => None,
        }
    }
}

impl Catalogue {
    /// Makes a catalogue of `entries`; without any, every path is what `mode` says.
    ///
    /// # Errors
    ///
    /// [`CatalogueError`] for the first entry that is not well formed, goes beyond a limit, or repeats a resource or
    /// the shape of another path.
    pub fn new(
        mode: Mode,
        entries: impl IntoIterator<Item = Entry>,
    ) -> Result<Self, CatalogueError> {
        let mut catalogue = Self {
            mode,
            resources: BTreeMap::new(),
            paths: 0,
            tree: Tree::default(),
        };
        let mut lists = Vec::new();
        for entry in entries {
            lists.extend(catalogue.add(entry)?);
        }
        // Lists come last, as each gives way to any pattern of its shape.
        for (list, resource) in lists {
            let end = End { resource, id: None };
            catalogue.tree.insert(&list, end).ok();
        }
        Ok(catalogue)
    }

    /// Adds one entry, and returns the lists of its items.
    fn add(&mut self, entry: Entry) -> Result<Vec<(Pattern, String)>, CatalogueError> {
        entry.check()?;
        let refuse = |fault| Err(entry.error(Part::Resource, fault));
        if self.resources.contains_key(&entry.resource) {
            return refuse(EntryFault::ResourceTwice);
        }
        if self.resources.len() >= MAX_RESOURCES {
            return refuse(EntryFault::TooManyResources);
        }
        let mut lists = Vec::new();
        for (index, path) in entry.paths.iter().enumerate() {
            let error = |fault| entry.error(Part::Path(index), fault);
            let pattern = Pattern::parse(path).map_err(|fault| error(EntryFault::Path(fault)))?;
            let end = End {
                resource: entry.resource.clone(),
                id: pattern.id(),
            };
            if let Err(resource) = self.tree.insert(&pattern, end) {
                return Err(error(EntryFault::SameShape { resource }));
            }
            let list = pattern.into_list();
            lists.extend(list.map(|list| (list, entry.resource.clone())));
        }
        self.paths = self.paths.saturating_add(entry.paths.len());
        self.resources.insert(entry.resource, entry.methods);
        Ok(lists)
    }

    /// Returns what `target` is: the target of a request in origin form, path and query as they were sent.
    ///
    /// # Errors
    ///
    /// [`PathRefused`] for a path that might be read in more than one way; the request is to be refused, as a bad one.
    pub fn map(&self, target: &str) -> Result<Mapped<'_>, PathRefused> {
        let segments = path::segments(target)?;
        let Some(end) = self.tree.find(&segments) else {
            return Ok(match self.mode {
                Mode::Closed => Mapped::Denied,
                Mode::Open => Mapped::Unmapped,
            });
        };
        let id = match end.id {
            Some((index, kind)) => {
                let id = segments.into_iter().nth(index).unwrap_or_default();
                if kind == IdKind::Number && !is_number(&id) {
                    return Err(PathRefused::Number);
                }
                Some(id)
            }
            None => None,
        };
        Ok(Mapped::Resource {
            name: &end.resource,
            id,
        })
    }

    /// Returns what becomes of a path that no pattern matches.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Returns the ids of all resources, as [`Policy::parse_known`](crate::policy::Policy::parse_known) takes them.
    #[must_use]
    pub fn resources(&self) -> BTreeSet<String> {
        self.resources.keys().cloned().collect()
    }

    /// Returns the methods that `resource` offers, as they were written; `None` if there is no such resource.
    #[must_use]
    pub fn methods(&self, resource: &str) -> Option<&[String]> {
        self.resources.get(resource).map(Vec::as_slice)
    }
}

/// A summary, as in "closed, 2 resources, 3 paths".
impl fmt::Display for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (resources, paths) = (self.resources.len(), self.paths);
        let plural = |count| if count == 1 { "" } else { "s" };
        write!(
            f,
            "{}, {resources} resource{}, {paths} path{}",
            self.mode.name(),
            plural(resources),
            plural(paths)
        )
    }
}

/// Returns whether `id` is a decimal number in the one way that everybody writes it.
fn is_number(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_digit())
        && (id == "0" || id.starts_with(|first| matches!(first, '1'..='9')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(resource: &str, paths: &[&str]) -> Entry {
        Entry {
            resource: resource.to_owned(),
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            methods: vec!["GET".to_owned(), "DELETE".to_owned()],
        }
    }

    fn catalogue(mode: Mode) -> Catalogue {
        let entries = [
            entry("root", &["/api/"]),
            entry("review", &["/api/reviews/{id:number}/"]),
            entry("reply", &["/api/reviews/{parent}/replies/{id}"]),
            entry("user", &["/api/users/{id}", "/api/teams/{team}/users/{id}"]),
            entry("session", &["/api/users/me"]),
            entry("avatar", &["/api/users/{id}/avatar"]),
        ];
        Catalogue::new(mode, entries).unwrap()
    }

    fn to<'c>(name: &'c str, id: &str) -> Mapped<'c> {
        let id = Some(id.to_owned());
        Mapped::Resource { name, id }
    }

    fn list(name: &str) -> Mapped<'_> {
        Mapped::Resource { name, id: None }
    }

    #[test]
    fn paths_map_to_resource_and_id() {
        let catalogue = catalogue(Mode::Closed);
        for (target, mapped) in [
            ("/api", list("root")),
            ("/api/", list("root")),
            ("/api/reviews", list("review")),
            ("/api/reviews/", list("review")),
            ("/api/reviews/42", to("review", "42")),
            ("/api/reviews/42/", to("review", "42")),
            ("/api/reviews/0", to("review", "0")),
            ("/api/reviews/42?", to("review", "42")),
            ("/api/reviews/42/?a=/../b;c#d%zz", to("review", "42")),
            ("/api/%72eviews/%34%32", to("review", "42")),
            ("/api/reviews/42/replies", list("reply")),
            ("/api/reviews/042/replies/7", to("reply", "7")),
            ("/api/users", list("user")),
            ("/api/users/me", list("session")),
            ("/api/users/%6De", list("session")),
            ("/api/users/ME", to("user", "ME")),
            ("/api/users/me/avatar", to("avatar", "me")),
            ("/api/users/Ren%C3%A9", to("user", "Ren\u{e9}")),
            ("/api/users/a@b.c+d", to("user", "a@b.c+d")),
            ("/api/users/*", to("user", "*")),
            ("/api/teams/x/users", list("user")),
            ("/api/teams/x/users/me", to("user", "me")),
        ] {
            assert_eq!(catalogue.map(target), Ok(mapped), "{target}");
        }
    }

    /// Paths that somebody might take for review 42 or the user `ada`, and we do not; `path` refuses more of them.
    #[test]
    fn hostile_paths_are_refused_or_something_else() {
        use PathRefused as No;
        let rows = [
            ("/api/reviews/042", Err(No::Number)),
            ("/api/reviews/00", Err(No::Number)),
            ("/api/reviews/+42", Err(No::Number)),
            ("/api/reviews/-42", Err(No::Number)),
            ("/api/reviews/42.", Err(No::Number)),
            ("/api/reviews/42.0", Err(No::Number)),
            ("/api/reviews/42.json", Err(No::Number)),
            ("/api/reviews/4_2", Err(No::Number)),
            ("/api/reviews/0x2a", Err(No::Number)),
            ("/api/reviews/42e0", Err(No::Number)),
            ("/api/reviews/42,7", Err(No::Number)),
            ("/api/reviews/42%20", Err(No::Number)),
            ("/api/reviews/%2042", Err(No::Number)),
            ("/api/reviews/%EF%BC%94%EF%BC%92", Err(No::Number)),
            ("/api/reviews/%D9%A4%D9%A2", Err(No::Number)),
            ("/api/reviews/42%C2%A0", Err(No::Number)),
            ("/api/reviews/x", Err(No::Number)),
            // Read in one way, and nothing that the catalogue has.
            ("/", Ok(Mapped::Denied)),
            ("/API/reviews/42", Ok(Mapped::Denied)),
            ("/api/Reviews/42", Ok(Mapped::Denied)),
            ("/api/%52eviews/42", Ok(Mapped::Denied)),
            ("/api/reviews./42", Ok(Mapped::Denied)),
            ("/api./reviews/42", Ok(Mapped::Denied)),
            ("/api/reviews%20/42", Ok(Mapped::Denied)),
            ("/api/reviews,42", Ok(Mapped::Denied)),
            ("/api/reviews:42", Ok(Mapped::Denied)),
            ("/api/reviews&x/42", Ok(Mapped::Denied)),
            ("/api/r%D0%B5views/42", Ok(Mapped::Denied)),
            ("/api%EF%BC%8Freviews/42", Ok(Mapped::Denied)),
            ("/api/reviews/42/x", Ok(Mapped::Denied)),
            ("/api/reviews/7/%EF%BC%8E%EF%BC%8E/42", Ok(Mapped::Denied)),
            ("/x/api/reviews/42", Ok(Mapped::Denied)),
            ("/reviews/42", Ok(Mapped::Denied)),
            // Read in one way, and another object.
            ("/api/users/ADA", Ok(to("user", "ADA"))),
            ("/api/users/ada.", Ok(to("user", "ada."))),
            ("/api/users/ada%20", Ok(to("user", "ada "))),
            ("/api/users/ada.json", Ok(to("user", "ada.json"))),
            ("/api/users/%D0%B0da", Ok(to("user", "\u{430}da"))),
            ("/api/users/ada%E2%80%8B", Ok(to("user", "ada\u{200b}"))),
        ];
        let (closed, open) = (catalogue(Mode::Closed), catalogue(Mode::Open));
        for (target, expected) in rows {
            assert_eq!(closed.map(target), expected, "{target:?}");
            let expected = match expected {
                Ok(Mapped::Denied) => Ok(Mapped::Unmapped),
                other => other,
            };
            assert_eq!(open.map(target), expected, "{target:?}");
        }
    }

    #[test]
    fn length_counts_without_the_query() {
        let catalogue = catalogue(Mode::Open);
        let long = "/".to_owned() + &"a".repeat(MAX_PATH_BYTES);
        assert_eq!(catalogue.map(&long), Err(PathRefused::TooLong));
        assert_eq!(catalogue.map(&long[1..]), Err(PathRefused::NotFromRoot));
        assert_eq!(catalogue.map(&long[..MAX_PATH_BYTES]), Ok(Mapped::Unmapped));
        assert_eq!(
            catalogue.map(&format!("/api?{}", "a".repeat(MAX_PATH_BYTES))),
            Ok(list("root"))
        );
        let deep = "/a".repeat(MAX_PATH_BYTES / 2);
        assert_eq!(catalogue.map(&deep), Ok(Mapped::Unmapped));
    }

    #[test]
    fn list_of_items_gives_way_to_a_pattern_of_its_shape() {
        let replies = entry("reply", &["/api/reviews/{parent}/{id}"]);
        let entries = [replies, entry("review", &["/api/reviews/{id}"])];
        let catalogue = Catalogue::new(Mode::Closed, entries).unwrap();
        assert_eq!(catalogue.map("/api/reviews/1"), Ok(to("review", "1")));
        assert_eq!(catalogue.map("/api/reviews/1/2"), Ok(to("reply", "2")));

        let entries = [
            entry("user", &["/users/{id}"]),
            entry("overview", &["/users"]),
        ];
        let catalogue = Catalogue::new(Mode::Closed, entries).unwrap();
        assert_eq!(catalogue.map("/users"), Ok(list("overview")));

        let entries = [entry("user", &["/users", "/users/{id}"])];
        let catalogue = Catalogue::new(Mode::Closed, entries).unwrap();
        assert_eq!(catalogue.map("/users"), Ok(list("user")));
    }

    #[test]
    fn access_asks_what_was_mapped_and_nothing_when_denied() {
        let open = catalogue(Mode::Open);
        let access = |target| {
            let mapped = open.map(target).unwrap();
            mapped.access("GET").map(|access| {
                (
                    access.resource.map(str::to_owned),
                    access.id.map(str::to_owned),
                )
            })
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            access("/api/reviews/42"),
            Some((text("review"), text("42")))
        );
        assert_eq!(access("/api/reviews"), Some((text("review"), None)));
        assert_eq!(access("/elsewhere"), Some((None, None)));
        assert_eq!(Mapped::Denied.access("GET"), None);
    }

    #[test]
    fn catalogue_tells_what_it_has() {
        let one = Catalogue::new(Mode::Closed, [entry("review", &["/r/{id}"])]).unwrap();
        assert_eq!(one.to_string(), "closed, 1 resource, 1 path");
        let open = catalogue(Mode::Open);
        assert_eq!(open.to_string(), "open, 6 resources, 7 paths");
        assert_eq!(open.mode(), Mode::Open);
        assert_eq!(open.methods("review").unwrap(), ["GET", "DELETE"]);
        assert_eq!(open.methods("Review"), None);
        let empty = Catalogue::new(Mode::Closed, []).unwrap();
        assert_eq!(empty.map("/"), Ok(Mapped::Denied));
    }

    fn refused(entries: impl IntoIterator<Item = Entry>) -> CatalogueError {
        Catalogue::new(Mode::Open, entries).unwrap_err()
    }

    #[test]
    fn shapes_that_nothing_tells_apart_are_refused() {
        for (one, other) in [
            ("/x", "/x"),
            ("/x", "/x/"),
            ("/", "/"),
            ("/x/{a}", "/x/{b}"),
            ("/x/{id}", "/x/{a}"),
            ("/x/{id}", "/x/{id:number}"),
            ("/x/{a}/y/{id}", "/x/{b}/y/{id}"),
        ] {
            let fault = EntryFault::SameShape {
                resource: "a".to_owned(),
            };
            let apart = refused([entry("a", &[one]), entry("b", &[other])]);
            assert_eq!(
                (apart.resource.as_str(), apart.part, &apart.fault),
                ("b", Part::Path(0), &fault)
            );
            let within = refused([entry("a", &["/y", one, other])]);
            assert_eq!((within.part, within.fault), (Part::Path(2), fault));
        }
        let apart = [
            entry("a", &["/x/{a}/c", "/X"]),
            entry("b", &["/x/b/{c}", "/x"]),
        ];
        assert!(Catalogue::new(Mode::Open, apart).is_ok());
    }

    #[test]
    fn errors_name_the_place_and_not_the_text() {
        let error = refused([entry("a", &["/x", "/hunter2/:id"])]);
        let told = error.to_string();
        assert!(
            told.starts_with("resource `a`, path 2: a segment is `{name}`"),
            "{told}"
        );
        assert!(!told.contains("hunter2"), "{told}");
        let apart = refused([entry("a", &["/x"]), entry("b", &["/x/"])]);
        assert_eq!(
            apart.to_string(),
            "resource `b`, path 1: a path of `a` has the same shape"
        );
    }
}
