//! The section `[catalogue]` of the configuration file.

use tokenctl::catalogue::{Catalogue, CatalogueError, Entry, Mode, Part};
use toml::Spanned;
use toml::de::DeValue;

/// What is wrong, and at which byte of the file.
#[derive(Debug)]
pub(super) struct Misplaced {
    pub(super) offset: usize,
    pub(super) what: String,
}

/// One member of a table.
struct Member<'v, 'i> {
    /// The whole way to it, as in `catalogue.mode`.
    name: String,
    key: &'v str,
    /// Where the key begins.
    offset: usize,
    value: &'v Spanned<DeValue<'i>>,
}

/// One resource, and where its parts begin.
struct Resource {
    name: String,
    entry: Entry,
    key_offset: usize,
    path_offsets: Vec<usize>,
    methods_offset: usize,
    method_offsets: Vec<usize>,
}

/// Reads the section; a mode that is not told is `closed`.
pub(super) fn read(section: &Spanned<DeValue<'_>>) -> Result<Catalogue, Misplaced> {
    let mut mode = Mode::Closed;
    let mut resources = Vec::new();
    for member in members("catalogue", section)? {
        match member.key {
            "mode" => mode = member.mode()?,
            "resources" => {
                for member in members(&member.name, member.value)? {
                    resources.push(Resource::read(member)?);
                }
            }
            _ => return Err(member.unknown()),
        }
    }
    // Closed it would deny everything, open it would do nothing.
    if resources.is_empty() {
        let expected = "a resource in `catalogue.resources` is expected";
        return Err(bad("catalogue", section.span().start, expected));
    }
    let entries: Vec<_> = resources.iter().map(|it| it.entry.clone()).collect();
    Catalogue::new(mode, entries).map_err(|error| placed(&error, &resources))
}

impl Resource {
    fn read(resource: Member<'_, '_>) -> Result<Self, Misplaced> {
        let (mut path, mut methods) = (None, None);
        for member in members(&resource.name, resource.value)? {
            match member.key {
                "path" => path = Some(member.text_or_texts()?),
                "methods" => methods = Some((member.texts()?, member.value.span().start)),
                _ => return Err(member.unknown()),
            }
        }
        let missing = |key| resource.bad(&format!("the key `{key}` is missing"));
        let (paths, path_offsets) = path.ok_or_else(|| missing("path"))?.into_iter().unzip();
        let (methods, methods_offset) = methods.ok_or_else(|| missing("methods"))?;
        let (methods, method_offsets) = methods.into_iter().unzip();
        let entry = Entry {
            resource: resource.key.to_owned(),
            paths,
            methods,
        };
        Ok(Self {
            name: resource.name,
            entry,
            key_offset: resource.offset,
            path_offsets,
            methods_offset,
            method_offsets,
        })
    }
}

impl Member<'_, '_> {
    fn mode(&self) -> Result<Mode, Misplaced> {
        let word = self.value.get_ref().as_str();
        let mode = Mode::ALL.into_iter().find(|mode| word == Some(mode.name()));
        mode.ok_or_else(|| self.bad("\"closed\" or \"open\" is expected"))
    }

    /// Returns a list of texts, each with its place.
    fn texts(&self) -> Result<Vec<(String, usize)>, Misplaced> {
        let expected = "a list of texts in quotes is expected";
        let list = self.value.get_ref().as_array();
        let list = list.ok_or_else(|| self.bad(expected))?;
        list.iter()
            .map(|item| {
                let offset = item.span().start;
                let text = item.get_ref().as_str();
                let text = text.ok_or_else(|| bad(&self.name, offset, expected))?;
                Ok((text.to_owned(), offset))
            })
            .collect()
    }

    /// Returns a list of texts, or the only one, each with its place.
    fn text_or_texts(&self) -> Result<Vec<(String, usize)>, Misplaced> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(vec![(text.to_string(), self.value.span().start)]),
            DeValue::Array(_) => self.texts(),
            _ => Err(self.bad("a text in quotes or a list of such is expected")),
        }
    }

    fn bad(&self, what: &str) -> Misplaced {
        bad(&self.name, self.value.span().start, what)
    }

    fn unknown(&self) -> Misplaced {
        Misplaced {
            offset: self.offset,
            what: format!("there is no key `{}`", self.name),
        }
    }
}

/// Returns the members of the table `name` in the order of the file.
fn members<'v, 'i>(
    name: &str,
    value: &'v Spanned<DeValue<'i>>,
) -> Result<Vec<Member<'v, 'i>>, Misplaced> {
    let table = value.get_ref().as_table();
    let table = table.ok_or_else(|| bad(name, value.span().start, "a table is expected"))?;
    let mut members: Vec<_> = table
        .iter()
        .map(|(key, value)| Member {
            name: format!("{name}.{}", key.get_ref()),
            key: key.get_ref(),
            offset: key.span().start,
            value,
        })
        .collect();
    members.sort_by_key(|member| member.offset);
    Ok(members)
}

fn bad(name: &str, offset: usize, what: &str) -> Misplaced {
    let what = format!("bad value for `{name}`: {what}");
    Misplaced { offset, what }
}

/// Gives an error of the catalogue its place; a resource that the file has twice is none of these.
fn placed(error: &CatalogueError, resources: &[Resource]) -> Misplaced {
    let found = resources
        .iter()
        .find(|it| it.entry.resource == error.resource);
    let Some(resource) = found else {
        return bad("catalogue.resources", 0, &error.to_string());
    };
    let name = &resource.name;
    let at = |offsets: &[usize], index: usize| {
        let offset = offsets.get(index).copied();
        offset.unwrap_or(resource.key_offset)
    };
    let (name, offset) = match error.part {
        Part::Path(index) => (format!("{name}.path"), at(&resource.path_offsets, index)),
        Part::Method(index) => (
            format!("{name}.methods"),
            at(&resource.method_offsets, index),
        ),
        Part::Methods => (format!("{name}.methods"), resource.methods_offset),
        _ => (name.clone(), resource.key_offset),
    };
    bad(&name, offset, &error.fault.to_string())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tokenctl::catalogue::Mapped;

    use super::super::file::parse;

    fn catalogue(text: &str) -> Result<tokenctl::catalogue::Catalogue, String> {
        let settings = parse(Path::new("c.toml"), text).map_err(|error| error.message)?;
        Ok(settings.catalogue.unwrap())
    }

    #[test]
    fn catalogue_is_read_in_either_notation() {
        let tables = "[catalogue]\nmode = 'open'\n[catalogue.resources]\n\
                      review = { path = '/reviews/{id:number}', methods = ['GET', 'DELETE'] }\n\
                      [catalogue.resources.user]\npath = ['/users/{id}', '/people/{id}']\nmethods = ['GET']\n";
        let dotted = "catalogue.mode = 'open'\n\
                      catalogue.resources.review = { path = ['/reviews/{id:number}'], methods = ['GET', 'DELETE'] }\n\
                      catalogue.resources.user = { path = ['/users/{id}', '/people/{id}'], methods = ['GET'] }";
        for text in [tables, dotted] {
            let catalogue = catalogue(text).unwrap();
            assert_eq!(catalogue.to_string(), "open, 2 resources, 3 paths");
            assert_eq!(catalogue.methods("review").unwrap(), ["GET", "DELETE"]);
            let id = Some("ada".to_owned());
            let user = Mapped::Resource { name: "user", id };
            assert_eq!(catalogue.map("/people/ada/"), Ok(user));
        }
    }

    #[test]
    fn mode_that_is_not_told_is_closed() {
        let one = "catalogue.resources.review = { path = '/reviews', methods = ['GET'] }";
        assert_eq!(catalogue(one).unwrap().map("/x"), Ok(Mapped::Denied));
        let nothing = parse(Path::new("c.toml"), "").unwrap();
        assert!(nothing.catalogue.is_none());
    }

    #[test]
    fn faults_are_placed_and_values_are_not_repeated() {
        let of_review = "bad value for `catalogue.resources.review";
        for (text, place, what) in [
            (
                "catalogue = 'hunter2'",
                "1:13",
                "bad value for `catalogue`: a table",
            ),
            (
                "[catalogue]",
                "1:1",
                "bad value for `catalogue`: a resource in",
            ),
            (
                "[catalogue]\nresources = {}",
                "1:1",
                "bad value for `catalogue`: a resource in",
            ),
            (
                "[catalogue]\nmode = 'hunter2'",
                "2:8",
                "bad value for `catalogue.mode`: \"closed\" or \"open\" is expected",
            ),
            (
                "[catalogue]\nmode = true",
                "2:8",
                "bad value for `catalogue.mode`: ",
            ),
            (
                "[catalogue]\nmod = 'hunter2'",
                "2:1",
                "there is no key `catalogue.mod`",
            ),
            (
                "[catalogue]\nresources = ['hunter2']",
                "2:13",
                "bad value for `catalogue.resources`: a table",
            ),
            (
                "[catalogue.resources]\nreview = 'hunter2'",
                "2:10",
                &format!("{of_review}`: a table"),
            ),
            (
                "[catalogue.resources]\nreview = { path = '/x', methds = ['hunter2'] }",
                "2:25",
                "there is no key `catalogue.resources.review.methds`",
            ),
            (
                "[catalogue.resources]\nreview = { 'x.path' = '/hunter2', methods = ['GET'] }",
                "2:12",
                "there is no key `catalogue.resources.review.x.path`",
            ),
            (
                "[catalogue.resources]\nreview = { path = '/x' }",
                "2:10",
                &format!("{of_review}`: the key `methods` is missing"),
            ),
            (
                "[catalogue.resources]\nreview = { methods = ['GET'] }",
                "2:10",
                &format!("{of_review}`: the key `path` is missing"),
            ),
            (
                "[catalogue.resources]\nreview = { path = 5, methods = ['GET'] }",
                "2:19",
                &format!("{of_review}.path`: a text in quotes or a list"),
            ),
            (
                "[catalogue.resources]\nreview = { path = ['/x', 5], methods = ['GET'] }",
                "2:26",
                &format!("{of_review}.path`: a list of texts"),
            ),
            (
                "[catalogue.resources]\nreview = { path = [], methods = ['GET'] }",
                "2:1",
                &format!("{of_review}`: a path is missing"),
            ),
            (
                "[catalogue.resources]\nreview = { path = ['/x', '/hunter2/:id'], methods = ['GET'] }",
                "2:26",
                &format!("{of_review}.path`: a segment is `{{name}}`"),
            ),
            (
                "[catalogue.resources]\nreview = { path = '/x', methods = 'GET' }",
                "2:35",
                &format!("{of_review}.methods`: a list of texts"),
            ),
            (
                "[catalogue.resources]\nreview = { path = '/x', methods = [] }",
                "2:35",
                &format!("{of_review}.methods`: methods are missing"),
            ),
            (
                "[catalogue.resources]\nreview = { path = '/x', methods = ['GET', 'hunter2'] }",
                "2:43",
                &format!("{of_review}.methods`: a method is"),
            ),
            (
                "[catalogue.resources]\n'*' = { path = '/x', methods = ['GET'] }",
                "2:1",
                "bad value for `catalogue.resources.*`: a resource id is",
            ),
            (
                "[catalogue.resources]\nb = { path = '/x/{a}', methods = ['GET'] }\na = { path = '/x/{b}', methods = ['GET'] }",
                "3:14",
                "bad value for `catalogue.resources.a.path`: a path of `b` has the same shape",
            ),
            (
                "[catalogue.resources]\na.path = '/x'\na.path = '/hunter2'",
                "3:3",
                "it is not valid TOML here",
            ),
        ] {
            let told = catalogue(text).unwrap_err();
            let expected = format!("bad configuration at c.toml:{place}: {what}");
            assert!(told.starts_with(&expected), "{text}: {told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
    }
}
