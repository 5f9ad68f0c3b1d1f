//! All that policies can tell apart, as a finite list.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Serialize, Serializer};

use super::Policy;
use super::rules::{Access, Decision, GLOBAL, Section};
use super::words::quoted;

/// A set of accesses that the policies in question cannot tell apart, so that one answer holds for all of them.
///
/// A document can speak of the methods, resources and objects that it names, and of all the others together. So the
/// cells of some policies are few, each access is in exactly one of them, and to go through them is to go through
/// everything that anybody could ever ask. No document can tell a resource that it does not name from no resource at
/// all, nor an object that it does not name from the resource as a list: these share a cell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cell {
    /// The methods of the cell.
    pub method: CellPart,
    /// The resources of the cell.
    pub resource: CellPart,
    /// The objects of the resource. Where the resource is not a named one, it is [`CellPart::Any`].
    #[serde(rename = "id")]
    pub object: CellPart,
}

/// The methods, the resources or the objects of a [`Cell`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a name, the rest, or all: there is nothing else"
)]
pub enum CellPart {
    /// This one alone.
    Named(String),
    /// Each one that the policies do not name here, and none at all.
    AnyOther,
    /// Each one: the policies name none here.
    Any,
}

/// One access out of a [`Cell`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    method: String,
    resource: String,
    id: String,
}

impl Cell {
    /// Returns every cell of `policies` taken together, the most particular first and resources in order.
    ///
    /// A resource has the objects that any of the policies names in it, and each object the methods named for it,
    /// for its resource or for all. With `s` sections and `m` methods named in all of the policies there are at most
    /// `(2s + 1)(m + 1)` cells: some 2 million for one document at the limits. They are made as they are asked for,
    /// those of one object at a time.
    pub fn all(policies: &[&Policy]) -> impl Iterator<Item = Self> {
        Names::of(policies).map_spots(|names, spot| Some(names.cell(spot)))
    }

    /// Returns an access of this cell, with names that are in none of `policies` where the cell has no name of its
    /// own.
    ///
    /// ```
    /// use tokenctl::policy::{Cell, Policy};
    ///
    /// let policy = Policy::read_only();
    /// for cell in Cell::all(&[&policy]) {
    ///     let witness = cell.witness(&[&policy]);
    ///     println!("{cell}: {}", policy.decide(&witness.access()).allowed);
    /// }
    /// ```
    #[must_use]
    pub fn witness(&self, policies: &[&Policy]) -> Witness {
        let fresh = Fresh::to(policies);
        let name = |part: &CellPart, fresh| match part {
            CellPart::Named(name) => name.clone(),
            CellPart::AnyOther | CellPart::Any => fresh,
        };
        Witness {
            method: name(&self.method, fresh.method),
            resource: name(&self.resource, fresh.resource),
            id: name(&self.object, fresh.id),
        }
    }
}

/// As in "DELETE on review 42" and "any other method on review, any other object".
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.method {
            CellPart::Named(name) => quoted(name).fmt(f)?,
            CellPart::AnyOther => f.write_str("any other method")?,
            CellPart::Any => f.write_str("any method")?,
        }
        match &self.resource {
            CellPart::Named(name) => write!(f, " on {}", quoted(name))?,
            CellPart::AnyOther => f.write_str(" on any other resource")?,
            CellPart::Any => f.write_str(" on everything")?,
        }
        match &self.object {
            CellPart::Named(name) => write!(f, " {}", quoted(name)),
            CellPart::AnyOther => f.write_str(", any other object"),
            CellPart::Any => Ok(()),
        }
    }
}

/// The name, or `null` for what has none.
impl Serialize for CellPart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Named(name) => serializer.serialize_some(name),
            Self::AnyOther | Self::Any => serializer.serialize_none(),
        }
    }
}

impl Witness {
    /// Returns the access, to ask a policy about.
    #[must_use]
    pub fn access(&self) -> Access<'_> {
        Access::to_object(&self.method, &self.resource, &self.id)
    }
}

impl Policy {
    /// Returns every cell of this policy with its decision: all that it says, in a finite table.
    pub fn cells(&self) -> impl Iterator<Item = (Cell, Decision)> {
        Names::of(&[self]).map_spots(|names, spot| {
            let decision = self.decide(&names.access(spot));
            Some((names.cell(spot), decision))
        })
    }
}

/// The names of some policies, or of some rules: what spans their cells.
#[derive(Debug)]
pub(super) struct Names<'n> {
    methods: BTreeSet<&'n str>,
    /// By resource, then by object; `None` is any other object.
    resources: BTreeMap<&'n str, BTreeMap<Option<&'n str>, BTreeSet<&'n str>>>,
    fresh: Fresh,
}

/// What a section may speak of. Without a resource, all that no other locus has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Locus<'n> {
    pub(super) resource: Option<&'n str>,
    pub(super) object: Option<&'n str>,
}

/// A cell, borrowed. `None` is any other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot<'n> {
    pub(super) locus: Locus<'n>,
    pub(super) method: Option<&'n str>,
}

impl<'n> Names<'n> {
    /// Returns the names of which any of `policies` says anything.
    pub(super) fn of(policies: &[&'n Policy]) -> Self {
        let mut names = Self {
            methods: BTreeSet::new(),
            resources: BTreeMap::new(),
            fresh: Fresh::to(policies),
        };
        for rules in policies.iter().map(|policy| &policy.rules) {
            let global = rules.global.iter().flat_map(Section::methods);
            names.methods.extend(global.map(|(method, _)| method));
            for (resource, sections) in &rules.resources {
                for (id, section) in sections.iter().filter(|(_, section)| !section.is_silent()) {
                    let methods = names.locus(resource, Some(id));
                    methods.extend(section.methods().map(|(method, _)| method));
                }
            }
        }
        names
    }

    /// Returns the names in `rules`: a method, a resource and an object, each with `None` for all of them.
    pub(super) fn of_rules(
        rules: impl Iterator<Item = (Option<&'n str>, Option<&'n str>, Option<&'n str>)>,
    ) -> Self {
        let mut names = Self {
            methods: BTreeSet::new(),
            resources: BTreeMap::new(),
            fresh: Fresh::default(),
        };
        let (mut methods, mut resources, mut ids) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (method, resource, id) in rules {
            methods.extend(method);
            resources.extend(resource);
            ids.extend(id);
            match resource {
                Some(resource) => names.locus(resource, id).extend(method),
                None => names.methods.extend(method),
            }
        }
        names.fresh = Fresh::beside(&methods, &resources, &ids);
        names
    }

    /// Returns the methods of an object, which is named by this if it was not before.
    fn locus(&mut self, resource: &'n str, id: Option<&'n str>) -> &mut BTreeSet<&'n str> {
        let objects = self.resources.entry(resource).or_default();
        // There always are other objects than those that are named.
        objects.entry(None).or_default();
        objects.entry(id.filter(|id| *id != GLOBAL)).or_default()
    }

    /// Returns every locus: each resource with its named objects before the others, and all other resources last.
    pub(super) fn loci(&self) -> Vec<Locus<'n>> {
        let mut loci = Vec::new();
        for (resource, objects) in &self.resources {
            let named = objects.keys().filter(|object| object.is_some());
            loci.extend(named.chain([&None]).map(|object| Locus {
                resource: Some(resource),
                object: *object,
            }));
        }
        loci.push(Locus::GLOBAL);
        loci
    }

    /// Returns the methods that are told apart at `locus`, sorted; any other method is not among them.
    pub(super) fn methods(&self, locus: Locus<'n>) -> BTreeSet<&'n str> {
        let mut methods = self.methods.clone();
        if let Some(resource) = locus.resource
            && let Some(objects) = self.resources.get(resource)
        {
            methods.extend(objects.get(&None).into_iter().flatten());
            methods.extend(objects.get(&locus.object).into_iter().flatten());
        }
        methods
    }

    /// Returns what `find` makes of each cell, those of one locus at a time.
    pub(super) fn map_spots<T>(
        self,
        mut find: impl FnMut(&Self, Spot<'n>) -> Option<T>,
    ) -> impl Iterator<Item = T> {
        self.loci().into_iter().flat_map(move |locus| {
            let methods = self.methods(locus).into_iter().map(Some).chain([None]);
            let found: Vec<T> = methods
                .filter_map(|method| find(&self, Spot { locus, method }))
                .collect();
            found
        })
    }

    /// Returns an access in the cell at `spot`.
    pub(super) fn access<'s>(&'s self, spot: Spot<'s>) -> Access<'s> {
        Access {
            method: spot.method.unwrap_or(&self.fresh.method),
            resource: spot.locus.resource.or(Some(&self.fresh.resource)),
            id: spot.locus.object.or(Some(&self.fresh.id)),
        }
    }

    /// Returns the cell at `spot`.
    pub(super) fn cell(&self, spot: Spot<'n>) -> Cell {
        let part = |name: Option<&str>, has_others: bool| match name {
            Some(name) => CellPart::Named(name.to_owned()),
            None if has_others => CellPart::AnyOther,
            None => CellPart::Any,
        };
        let Locus { resource, object } = spot.locus;
        let objects = resource.and_then(|resource| self.resources.get(resource));
        let has_methods = || !self.methods(spot.locus).is_empty();
        Cell {
            method: part(spot.method, spot.method.is_none() && has_methods()),
            resource: part(resource, !self.resources.is_empty()),
            object: part(object, objects.is_some_and(|objects| objects.len() > 1)),
        }
    }
}

impl<'n> Locus<'n> {
    /// Whatever is not in a resource that is named.
    pub(super) const GLOBAL: Self = Self {
        resource: None,
        object: None,
    };

    /// Returns where the rules stand that count if those for this locus say nothing.
    pub(super) fn parent(self) -> Option<Self> {
        match self {
            Self { resource: None, .. } => None,
            Self { object: None, .. } => Some(Self::GLOBAL),
            Self { resource, .. } => Some(Self {
                resource,
                object: None,
            }),
        }
    }
}

impl<'n> Spot<'n> {
    /// Returns the same method at another locus.
    pub(super) fn at(self, locus: Locus<'n>) -> Self {
        Self { locus, ..self }
    }
}

/// Names for a method, a resource and an object that nobody uses.
#[derive(Clone, Debug, Default)]
struct Fresh {
    method: String,
    resource: String,
    id: String,
}

impl Fresh {
    /// Returns names that are in none of `policies`.
    fn to(policies: &[&Policy]) -> Self {
        let (mut methods, mut resources, mut ids) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for rules in policies.iter().map(|policy| &policy.rules) {
            let global = rules.global.iter().flat_map(Section::methods);
            methods.extend(global.map(|(method, _)| method));
            for (resource, sections) in &rules.resources {
                resources.insert(resource.as_str());
                for (id, section) in sections {
                    ids.insert(id.as_str());
                    methods.extend(section.methods().map(|(method, _)| method));
                }
            }
        }
        Self::beside(&methods, &resources, &ids)
    }

    fn beside(methods: &BTreeSet<&str>, resources: &BTreeSet<&str>, ids: &BTreeSet<&str>) -> Self {
        // Any name would do, but people know these.
        let known = ["POST", "PUT", "PATCH", "DELETE", "GET"];
        let method = known.into_iter().find(|method| !methods.contains(method));
        Self {
            method: method.map_or_else(|| fresh("OTHER", methods), str::to_owned),
            resource: fresh("other", resources),
            id: fresh("other", ids),
        }
    }
}

/// Returns `stem`, or with the first number behind it that makes it unlike all of `names`.
fn fresh(stem: &str, names: &BTreeSet<&str>) -> String {
    let mut name = stem.to_owned();
    let mut number = 2_usize;
    while names.contains(name.as_str()) {
        name = format!("{stem}-{number}");
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> Policy {
        Policy::from_stored(text).unwrap()
    }

    fn cells(text: &str) -> Vec<String> {
        let policy = policy(text);
        Cell::all(&[&policy]).map(|cell| cell.to_string()).collect()
    }

    #[test]
    fn document_without_names_has_one_cell() {
        for text in ["{}", r#"{"resources": {"*": {"block": ["*"]}}}"#] {
            assert_eq!(cells(text), ["any method on everything"]);
        }
    }

    #[test]
    fn cells_are_the_names_and_the_others() {
        let text = r#"{"resources": {
            "*": {"allow": ["GET"], "block": ["*"]},
            "review": {"42": {"allow": ["PUT"]}},
            "user": {"*": {"block": ["GET"]}},
            "any": {"*": {"allow": ["any"]}}
        }}"#;
        assert_eq!(
            cells(text),
            [
                r#"GET on "any""#,
                r#""any" on "any""#,
                r#"any other method on "any""#,
                "GET on review 42",
                "PUT on review 42",
                "any other method on review 42",
                "GET on review, any other object",
                "any other method on review, any other object",
                "GET on user",
                "any other method on user",
                "GET on any other resource",
                "any other method on any other resource",
            ]
        );
    }

    #[test]
    fn sections_without_an_opinion_make_no_cell() {
        let text = r#"{"resources": {"review": {"1": {}, "2": {"allow": [], "block": [null]}}}}"#;
        assert_eq!(cells(text), ["any method on everything"]);
    }

    #[test]
    fn witness_has_names_that_no_document_has() {
        let first =
            policy(r#"{"resources": {"other": {"other": {"block": ["OTHER", "POST", "GET"]}}}}"#);
        let second =
            policy(r#"{"resources": {"*": {"allow": ["PUT", "PATCH", "DELETE"]}, "other-2": {}}}"#);
        let both = [&first, &second];
        let last = Cell::all(&both).last().unwrap();
        let witness = last.witness(&both);
        assert_eq!(
            witness.access(),
            Access::to_object("OTHER-2", "other-3", "other-2")
        );
    }

    #[test]
    fn cell_in_json_has_null_for_what_has_no_name() {
        let policy = policy(r#"{"resources": {"review": {"42": {"block": ["PUT"]}}}}"#);
        let lines: Vec<_> = policy
            .cells()
            .map(|(cell, decision)| (serde_json::to_string(&cell).unwrap(), decision.allowed))
            .collect();
        let null = r#"{"method":null,"resource":null,"id":null}"#.to_owned();
        assert_eq!(lines.last(), Some(&(null, true)));
        let named = r#"{"method":"PUT","resource":"review","id":"42"}"#.to_owned();
        assert_eq!(lines.first(), Some(&(named, false)));
    }
}
