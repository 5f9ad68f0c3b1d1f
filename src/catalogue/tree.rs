//! All patterns as one tree, segment by segment.

use std::collections::BTreeMap;

use super::pattern::{IdKind, Pattern, Segment};

/// What may follow at one place of a path.
///
/// The way from the root to a node is unique, and so is the segment that a search compares there: the one at the depth
/// of the node. So a search comes to each node once at most, although it may turn back from a literal that leads
/// nowhere; it ends after as many steps as there are nodes, which are no more than the segments of all patterns.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    literals: BTreeMap<String, Self>,
    parameter: Option<Box<Self>>,
    end: Option<End>,
}

/// What a path is that ends at a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) resource: String,
    /// The segment that is the id of the object.
    pub(super) id: Option<(usize, IdKind)>,
}

impl Tree {
    /// Makes `pattern` lead to `end`, unless one of its shape leads elsewhere: that one's resource is the error.
    pub(super) fn insert(&mut self, pattern: &Pattern, end: End) -> Result<(), String> {
        let mut node = self;
        for segment in pattern.segments() {
            node = match segment {
                Segment::Literal(text) => node.literals.entry(text.clone()).or_default(),
                Segment::Parameter => node.parameter.get_or_insert_default(),
            };
        }
        match &node.end {
            Some(other) => Err(other.resource.clone()),
            None => {
                node.end = Some(end);
                Ok(())
            }
        }
    }

    /// Returns the end of the most specific pattern that `segments` match. It calls itself no deeper than the longest
    /// pattern is.
    pub(super) fn find(&self, segments: &[String]) -> Option<&End> {
        let Some((first, rest)) = segments.split_first() else {
            return self.end.as_ref();
        };
        let literal = self.literals.get(first).and_then(|node| node.find(rest));
        literal.or_else(|| self.parameter.as_ref()?.find(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(patterns: &[&str]) -> Tree {
        let mut tree = Tree::default();
        for text in patterns {
            let pattern = Pattern::parse(text).unwrap();
            let end = End {
                resource: (*text).to_owned(),
                id: pattern.id(),
            };
            tree.insert(&pattern, end).unwrap();
        }
        tree
    }

    fn found<'t>(tree: &'t Tree, path: &str) -> Option<&'t str> {
        let segments: Vec<_> = path.split_terminator('/').map(str::to_owned).collect();
        tree.find(&segments).map(|end| end.resource.as_str())
    }

    #[test]
    fn literal_comes_before_parameter_from_the_left() {
        let tree = tree(&[
            "/a/{x}/c",
            "/a/b/{y}",
            "/{x}/b/c",
            "/{x}/{y}/{z}",
            "/a/b/d/e",
        ]);
        for (path, expected) in [
            ("a/b/c", Some("/a/b/{y}")),
            ("a/x/c", Some("/a/{x}/c")),
            ("x/b/c", Some("/{x}/b/c")),
            ("x/b/d", Some("/{x}/{y}/{z}")),
            // A literal that leads nowhere is left again.
            ("a/x/d", Some("/{x}/{y}/{z}")),
            ("a/b/d", Some("/a/b/{y}")),
            ("a/b/d/e", Some("/a/b/d/e")),
            ("a/b/c/e", None),
            ("a/b", None),
            ("", None),
            ("{x}/b", None),
        ] {
            assert_eq!(found(&tree, path), expected, "{path}");
        }
    }
}
