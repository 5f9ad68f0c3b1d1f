//! Resources and objects that are asked about.

use super::exit::CliError;

/// Reads the name of a resource, of an object, or of a method as a policy has it.
///
/// An empty one is most likely a variable of a shell that is not set. No rule would speak of it, and what no rule
/// speaks of is allowed.
///
/// # Errors
///
/// An empty name.
pub(crate) fn parse_name(text: &str) -> Result<String, CliError> {
    if text.is_empty() {
        return Err(CliError::usage("a name is expected, and this one is empty"));
    }
    Ok(text.to_owned())
}

/// A resource, and maybe one object of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    /// The resource.
    pub(crate) resource: String,
    /// The object.
    pub(crate) id: Option<String>,
}

impl Object {
    /// Reads `RESOURCE` or `RESOURCE/OBJECT`.
    ///
    /// # Errors
    ///
    /// One of which a part is empty.
    pub(crate) fn parse(text: &str) -> Result<Self, CliError> {
        let (resource, id) = match text.split_once('/') {
            None => (text, None),
            Some((resource, id)) => (resource, Some(id)),
        };
        Ok(Self {
            resource: parse_name(resource)?,
            id: id.map(parse_name).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_is_named_with_its_resource() {
        let object = |text: &str| Object::parse(text).map(|object| (object.resource, object.id));
        assert_eq!(object("review"), Ok(("review".to_owned(), None)));
        assert_eq!(
            object("review/42/7"),
            Ok(("review".to_owned(), Some("42/7".to_owned())))
        );
        for text in ["", "/", "/42", "review/"] {
            assert_eq!(object(text).unwrap_err().exit.code(), 2, "{text:?}");
        }
    }
}
