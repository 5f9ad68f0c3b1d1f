//! Patterns of paths, as they are written down.

use super::path::is_plain;

/// The longest pattern, in bytes.
pub const MAX_PATTERN_BYTES: usize = 1_024;

/// The most segments of a pattern.
pub const MAX_PATTERN_SEGMENTS: usize = 32;

/// The shape of a path, and where in it the id of the object stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    segments: Vec<Segment>,
    id: Option<(usize, IdKind)>,
}

/// One segment of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// This text and no other.
    Literal(String),
    /// Any one segment.
    Parameter,
}

/// What an id may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdKind {
    Text,
    Number,
}

/// A text that is no pattern of a path. None repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternFault {
    /// More than [`MAX_PATTERN_BYTES`].
    #[error("the pattern is longer than {MAX_PATTERN_BYTES} bytes")]
    TooLong,
    /// More than [`MAX_PATTERN_SEGMENTS`].
    #[error("the pattern has more than {MAX_PATTERN_SEGMENTS} segments")]
    TooDeep,
    /// It does not begin with a slash.
    #[error("the pattern does not begin with `/`")]
    NotFromRoot,
    /// Two slashes follow each other.
    #[error("the pattern has an empty segment")]
    EmptySegment,
    /// A segment of dots alone, which no path can have.
    #[error("the pattern has a segment of dots alone")]
    DotSegment,
    /// A segment that is neither text nor a parameter, such as `:id`, `*` or `v{version}`.
    #[error(
        "a segment is `{{name}}` as a whole, or text of letters, digits and `-._~!$&'()+,=:@` that does not begin with `:`"
    )]
    Segment,
    /// A parameter without a proper name.
    #[error(
        "a parameter is `{{name}}`, the name 1 to 64 of `a-z 0-9 _`, the first a letter, or `{{id:number}}`"
    )]
    Parameter,
    /// Two parameters of one name.
    #[error("the pattern has two parameters of one name")]
    ParameterTwice,
}

impl Pattern {
    /// Reads a pattern.
    pub(super) fn parse(text: &str) -> Result<Self, PatternFault> {
        if text.len() > MAX_PATTERN_BYTES {
            return Err(PatternFault::TooLong);
        }
        let inner = text.strip_prefix('/').ok_or(PatternFault::NotFromRoot)?;
        let mut pattern = Self {
            segments: Vec::new(),
            id: None,
        };
        if inner.is_empty() {
            return Ok(pattern);
        }
        let mut names = Vec::new();
        for segment in inner.strip_suffix('/').unwrap_or(inner).split('/') {
            let index = pattern.segments.len();
            if index >= MAX_PATTERN_SEGMENTS {
                return Err(PatternFault::TooDeep);
            }
            let Some(name) = parameter(segment)? else {
                check_literal(segment)?;
                pattern.segments.push(Segment::Literal(segment.to_owned()));
                continue;
            };
            let (name, kind) = match name {
                "id:number" => ("id", IdKind::Number),
                name => (name, IdKind::Text),
            };
            if !is_name(name) {
                return Err(PatternFault::Parameter);
            }
            if names.contains(&name) {
                return Err(PatternFault::ParameterTwice);
            }
            names.push(name);
            if name == "id" {
                pattern.id = Some((index, kind));
            }
            pattern.segments.push(Segment::Parameter);
        }
        Ok(pattern)
    }

    /// Returns the segments from the left.
    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Returns which segment is the id of the object, if any is.
    pub(super) fn id(&self) -> Option<(usize, IdKind)> {
        self.id
    }

    /// Returns the list of the objects of this pattern: itself without the id, if it ends with that.
    pub(super) fn into_list(mut self) -> Option<Self> {
        let (index, _) = self.id.take()?;
        self.segments.pop()?;
        (self.segments.len() == index).then_some(self)
    }
}

/// Returns what stands between the braces, `None` if there are none.
fn parameter(segment: &str) -> Result<Option<&str>, PatternFault> {
    let name = segment
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    match name {
        Some(name) => Ok(Some(name)),
        None if segment.contains(['{', '}']) => Err(PatternFault::Segment),
        None => Ok(None),
    }
}

fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// What other notations mean by `*` and `:id` would match nothing here, and nobody would notice.
fn check_literal(segment: &str) -> Result<(), PatternFault> {
    if segment.is_empty() {
        return Err(PatternFault::EmptySegment);
    }
    if segment.bytes().all(|byte| byte == b'.') {
        return Err(PatternFault::DotSegment);
    }
    let is_literal = |byte| is_plain(byte) && byte != b'*';
    if !segment.bytes().all(is_literal) || segment.starts_with(':') {
        return Err(PatternFault::Segment);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Segment {
        Segment::Literal(text.to_owned())
    }

    #[test]
    fn segments_are_literals_and_parameters() {
        let pattern = Pattern::parse("/api/{parent}/a.b~c-d_e@f+g:h/{id:number}/").unwrap();
        let expected = [
            literal("api"),
            Segment::Parameter,
            literal("a.b~c-d_e@f+g:h"),
            Segment::Parameter,
        ];
        assert_eq!(pattern.segments(), expected);
        assert_eq!(pattern.id(), Some((3, IdKind::Number)));
        assert_eq!(Pattern::parse("/").unwrap().segments(), []);
    }

    #[test]
    fn list_is_what_stands_before_a_final_id() {
        let list = |text| Pattern::parse(text).unwrap().into_list();
        assert_eq!(list("/a/{p}/b/{id}"), Pattern::parse("/a/{q}/b").ok());
        assert_eq!(list("/{id}/"), Pattern::parse("/").ok());
        for without in ["/", "/a", "/a/{name}", "/a/{id}/b", "/{id}/{name}"] {
            assert_eq!(list(without), None, "{without}");
        }
    }

    #[test]
    fn text_that_is_no_pattern_is_refused() {
        use PatternFault as Fault;
        let (deep, long) = ("/a".repeat(33), format!("/{}", "a".repeat(1_024)));
        for (text, fault) in [
            ("", Fault::NotFromRoot),
            ("api", Fault::NotFromRoot),
            ("{id}", Fault::NotFromRoot),
            (" /api", Fault::NotFromRoot),
            ("http://host/api", Fault::NotFromRoot),
            ("//", Fault::EmptySegment),
            ("//api", Fault::EmptySegment),
            ("/api//{id}", Fault::EmptySegment),
            ("/api//", Fault::EmptySegment),
            ("/api/./a", Fault::DotSegment),
            ("/api/..", Fault::DotSegment),
            ("/api/...", Fault::DotSegment),
            ("/api/*", Fault::Segment),
            ("/api/**", Fault::Segment),
            ("/api/a*", Fault::Segment),
            ("/api/:id", Fault::Segment),
            ("/api/<id>", Fault::Segment),
            ("/api/(?P<id>[0-9]+)", Fault::Segment),
            ("/api/v{version}", Fault::Segment),
            ("/api/{version}.json", Fault::Segment),
            ("/api/{id", Fault::Segment),
            ("/api/id}", Fault::Segment),
            ("/api/%72", Fault::Segment),
            ("/api/a b", Fault::Segment),
            ("/api/a\\b", Fault::Segment),
            ("/api/a;b", Fault::Segment),
            ("/api/a?b", Fault::Segment),
            ("/api/a#b", Fault::Segment),
            ("/api/caf\u{e9}", Fault::Segment),
            ("/api/a\n", Fault::Segment),
            ("/api/\0", Fault::Segment),
            ("/api/{}", Fault::Parameter),
            ("/api/{ID}", Fault::Parameter),
            ("/api/{1}", Fault::Parameter),
            ("/api/{_id}", Fault::Parameter),
            ("/api/{i d}", Fault::Parameter),
            ("/api/{{id}}", Fault::Parameter),
            ("/api/{id}{id}", Fault::Parameter),
            ("/api/{*}", Fault::Parameter),
            ("/api/{id:}", Fault::Parameter),
            ("/api/{id:text}", Fault::Parameter),
            ("/api/{parent:number}", Fault::Parameter),
            ("/api/{id}/{id}", Fault::ParameterTwice),
            ("/api/{id}/{id:number}", Fault::ParameterTwice),
            ("/{a}/b/{a}", Fault::ParameterTwice),
            (&deep, Fault::TooDeep),
            (&long, Fault::TooLong),
        ] {
            assert_eq!(Pattern::parse(text), Err(fault), "{text}");
        }
    }
}
