//! Resources as they are written down, and what may be wrong with them.

use std::collections::BTreeSet;
use std::fmt;

use super::pattern::PatternFault;

/// The most resources of a catalogue.
pub const MAX_RESOURCES: usize = 1_000;

/// The most paths of one resource.
pub const MAX_PATHS: usize = 64;

/// The most methods of one resource.
pub const MAX_METHODS: usize = 32;

/// The longest id of a resource and the longest method, in bytes.
pub const MAX_NAME_BYTES: usize = 64;

/// One resource, as it is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The id by which policies name it.
    pub resource: String,
    /// The patterns of its paths.
    pub paths: Vec<String>,
    /// The methods that it offers.
    pub methods: Vec<String>,
}

impl Entry {
    /// Refuses an entry that is not well formed by itself; its paths are judged where they are parsed.
    pub(super) fn check(&self) -> Result<(), CatalogueError> {
        let refuse = |part, fault| Err(self.error(part, fault));
        if !is_resource_id(&self.resource) {
            return refuse(Part::Resource, EntryFault::Resource);
        }
        if self.paths.is_empty() {
            return refuse(Part::Resource, EntryFault::NoPath);
        }
        if self.paths.len() > MAX_PATHS {
            return refuse(Part::Resource, EntryFault::TooManyPaths);
        }
        if self.methods.is_empty() {
            return refuse(Part::Methods, EntryFault::NoMethod);
        }
        if self.methods.len() > MAX_METHODS {
            return refuse(Part::Methods, EntryFault::TooManyMethods);
        }
        let mut seen = BTreeSet::new();
        for (index, method) in self.methods.iter().enumerate() {
            if !is_method(method) {
                return refuse(Part::Method(index), EntryFault::Method);
            }
            if !seen.insert(method) {
                return refuse(Part::Method(index), EntryFault::MethodTwice);
            }
        }
        Ok(())
    }

    /// Returns the error that tells of `fault` in `part` of this entry.
    pub(super) fn error(&self, part: Part, fault: EntryFault) -> CatalogueError {
        CatalogueError {
            resource: self.resource.clone(),
            part,
            fault,
        }
    }
}

/// An entry that makes no catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("resource `{resource}`{part}: {fault}")]
#[non_exhaustive]
pub struct CatalogueError {
    /// The resource of the entry, as it was written.
    pub resource: String,
    /// The part of the entry that is wrong.
    pub part: Part,
    /// What is wrong with it.
    pub fault: EntryFault,
}

/// A part of an [`Entry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The resource, or the entry as a whole.
    Resource,
    /// The path of this index.
    Path(usize),
    /// The method of this index.
    Method(usize),
    /// The list of methods.
    Methods,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resource | Self::Methods => Ok(()),
            Self::Path(index) => write!(f, ", path {}", index.saturating_add(1)),
            Self::Method(index) => write!(f, ", method {}", index.saturating_add(1)),
        }
    }
}

/// What is wrong with an [`Entry`]. None repeats what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryFault {
    /// The id of the resource is none; `*` stands for all resources and is no resource either.
    #[error(
        "a resource id is 1 to {MAX_NAME_BYTES} of `A-Z a-z 0-9 . _ -`, the first a letter or digit"
    )]
    Resource,
    /// The resource has an entry already.
    #[error("the resource is there twice")]
    ResourceTwice,
    /// More than [`MAX_RESOURCES`].
    #[error("there are more than {MAX_RESOURCES} resources")]
    TooManyResources,
    /// The resource has no path.
    #[error("a path is missing")]
    NoPath,
    /// More than [`MAX_PATHS`].
    #[error("there are more than {MAX_PATHS} paths")]
    TooManyPaths,
    /// The resource has no method.
    #[error("methods are missing")]
    NoMethod,
    /// More than [`MAX_METHODS`].
    #[error("there are more than {MAX_METHODS} methods")]
    TooManyMethods,
    /// The method is none, or is not in upper case.
    #[error("a method is 1 to {MAX_NAME_BYTES} of `A-Z 0-9 _ -`, the first a letter")]
    Method,
    /// The method is in the list already.
    #[error("the method is there twice")]
    MethodTwice,
    /// The path is no pattern.
    #[error(transparent)]
    Path(PatternFault),
    /// Another path has the same shape, so that nothing tells the two apart.
    #[error("a path of `{resource}` has the same shape")]
    SameShape {
        /// The resource of the other path.
        resource: String,
    },
}

fn is_resource_id(text: &str) -> bool {
    text.len() <= MAX_NAME_BYTES
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn is_method(text: &str) -> bool {
    text.len() <= MAX_NAME_BYTES
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"_-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::super::{Catalogue, Mode};
    use super::*;

    fn entry(resource: &str, paths: &[&str]) -> Entry {
        Entry {
            resource: resource.to_owned(),
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            methods: vec!["GET".to_owned(), "DELETE".to_owned()],
        }
    }

    fn refused(entries: impl IntoIterator<Item = Entry>) -> CatalogueError {
        Catalogue::new(Mode::Open, entries).unwrap_err()
    }

    #[test]
    fn resource_ids_are_plain_words() {
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        for id in [
            "",
            "*",
            "_x",
            "-x",
            ".x",
            "a/b",
            "a:b",
            "a b",
            "a,b",
            "r\u{e9}view",
            "a\n",
            "a*",
            &long,
        ] {
            let error = refused([entry(id, &["/x"])]);
            assert_eq!(
                (error.part, error.fault),
                (Part::Resource, EntryFault::Resource),
                "{id:?}"
            );
        }
        for id in ["r", "review_request", "v1.Review-x", "42", &long[1..]] {
            assert!(Catalogue::new(Mode::Open, [entry(id, &["/x"])]).is_ok());
        }
    }

    #[test]
    fn methods_are_upper_case_and_told_once() {
        let with = |methods: &[&str]| {
            let methods = methods.iter().map(|method| (*method).to_owned());
            let entry = Entry {
                methods: methods.collect(),
                ..entry("review", &["/x"])
            };
            let error = refused([entry]);
            (error.part, error.fault)
        };
        assert_eq!(with(&[]), (Part::Methods, EntryFault::NoMethod));
        assert_eq!(
            with(&["GET"; MAX_METHODS + 1]),
            (Part::Methods, EntryFault::TooManyMethods)
        );
        assert_eq!(
            with(&["GET", "PUT", "GET"]),
            (Part::Method(2), EntryFault::MethodTwice)
        );
        let long = "X".repeat(MAX_NAME_BYTES + 1);
        for bad in [
            "get", "Get", "", "*", "GET ", "GET,PUT", "-GET", "1", "G\u{c9}T", &long,
        ] {
            assert_eq!(
                with(&["PUT", bad]),
                (Part::Method(1), EntryFault::Method),
                "{bad}"
            );
        }
    }

    #[test]
    fn entries_beyond_the_limits_are_refused() {
        let fault = |entries: Vec<Entry>| refused(entries).fault;
        assert_eq!(fault(vec![entry("a", &[])]), EntryFault::NoPath);
        let twice = vec![entry("a", &["/x"]), entry("a", &["/y"])];
        assert_eq!(fault(twice), EntryFault::ResourceTwice);
        let paths = ["/x"; MAX_PATHS + 1];
        assert_eq!(fault(vec![entry("a", &paths)]), EntryFault::TooManyPaths);
        let many = (0..=MAX_RESOURCES).map(|n| entry(&format!("r{n}"), &[&format!("/{n}")]));
        assert_eq!(fault(many.collect()), EntryFault::TooManyResources);
        assert_eq!(
            fault(vec![entry("a", &["x"])]),
            EntryFault::Path(PatternFault::NotFromRoot)
        );
    }
}
