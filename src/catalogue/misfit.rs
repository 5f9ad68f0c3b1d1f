//! What a policy says of resources and methods that there are not.

use super::Catalogue;
use crate::policy::{Mention, Policy, PolicyFault};

/// The most misfits that are told, as each takes its place from the text.
const MAX_MISFITS: usize = 100;

/// A rule of a policy that can never matter on this server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Misfit {
    /// What does not fit.
    pub kind: MisfitKind,
    /// The same as a sentence, with its place in the policy.
    pub fault: PolicyFault,
}

/// What of a policy does not fit the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MisfitKind {
    /// There is no resource of this id: what the policy says of it restricts nothing.
    UnknownResource {
        /// The most similar id that there is, if any is similar.
        nearest: Option<String>,
    },
    /// The resource does not offer the method.
    MethodNotOffered,
}

impl Catalogue {
    /// Returns what of `policy` does not fit, in the order of its text, and no more than 100 of it.
    ///
    /// A method listed for all resources fits always, and so does `*`; of an unknown resource no methods are told.
    #[must_use]
    pub fn misfits(&self, policy: &Policy) -> Vec<Misfit> {
        let mentions = policy.mentions();
        let misfits = mentions.iter().filter_map(|mention| {
            let (kind, message) = self.misfit(mention)?;
            let fault = policy.fault_at(mention, message);
            Some(Misfit { kind, fault })
        });
        misfits.take(MAX_MISFITS).collect()
    }

    fn misfit(&self, mention: &Mention<'_>) -> Option<(MisfitKind, String)> {
        let resource = mention.resource;
        match (self.methods(resource), mention.method) {
            (None, None) => {
                let nearest = self.nearest(resource);
                let hint = nearest.map(|nearest| format!(" Did you mean \"{nearest}\"?"));
                let message = format!(
                    "\"{resource}\" is not a valid resource policy ID.{}",
                    hint.unwrap_or_default()
                );
                let nearest = nearest.map(str::to_owned);
                Some((MisfitKind::UnknownResource { nearest }, message))
            }
            (Some(offered), Some((method, id)))
                if method != "*" && offered.iter().all(|offered| offered != method) =>
            {
                let message = format!(
                    "\"{method}\" in the \"resources.{resource}.{id}\" section is not offered by \"{resource}\", \
                     which has {}.",
                    offered.join(", ")
                );
                Some((MisfitKind::MethodNotOffered, message))
            }
            _ => None,
        }
    }

    /// Returns the id of the resource that is most like `id`: at most a third of it is to be changed, case aside.
    #[must_use]
    pub fn nearest(&self, id: &str) -> Option<&str> {
        let wanted: Vec<char> = id.to_ascii_lowercase().chars().collect();
        let most = (wanted.len() / 3).max(1);
        self.resources
            .keys()
            .filter(|known| known.len().abs_diff(wanted.len()) <= most)
            .map(|known| (distance(&wanted, &known.to_ascii_lowercase()), known))
            .filter(|(distance, _)| *distance <= most)
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, known)| known.as_str())
    }
}

/// Returns how many characters have to be put in, taken out or replaced to make `to` of `from` (Levenshtein).
fn distance(from: &[char], to: &str) -> usize {
    let mut row: Vec<usize> = (0..=from.len()).collect();
    for (index, wanted) in to.chars().enumerate() {
        let mut left = index.saturating_add(1);
        let mut above_left = index;
        for (cell, found) in row.iter_mut().skip(1).zip(from) {
            let replaced = above_left.saturating_add(usize::from(wanted != *found));
            above_left = *cell;
            left = replaced.min(above_left.min(left).saturating_add(1));
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = index.saturating_add(1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::{Entry, Mode};
    use super::*;

    fn catalogue(resources: &[&str]) -> Catalogue {
        let entries = resources.iter().map(|resource| Entry {
            resource: (*resource).to_owned(),
            paths: vec![format!("/{resource}/{{id}}")],
            methods: vec!["GET".to_owned(), "POST".to_owned()],
        });
        Catalogue::new(Mode::Closed, entries).unwrap()
    }

    #[test]
    fn distance_is_that_of_levenshtein() {
        for (from, to, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("abc", "abc", 0),
            ("kitten", "sitting", 3),
            ("flaw", "lawn", 2),
            ("review", "reveiw", 2),
            ("saturday", "sunday", 3),
        ] {
            let from: Vec<char> = from.chars().collect();
            assert_eq!(distance(&from, to), expected, "{to}");
        }
    }

    #[test]
    fn nearest_is_similar_or_none() {
        let catalogue = catalogue(&["diff", "review", "review_request", "user"]);
        for (id, nearest) in [
            ("reviwe", Some("review")),
            ("Review", Some("review")),
            ("reviews", Some("review")),
            ("review-request", Some("review_request")),
            ("users", Some("user")),
            ("dif", Some("diff")),
            ("", None),
            ("repository", None),
            ("us", None),
            ("\u{443}ser", Some("user")),
        ] {
            assert_eq!(catalogue.nearest(id), nearest, "{id}");
        }
        assert_eq!(catalogue.nearest(&"x".repeat(100_000)), None);
    }

    #[test]
    fn unknown_resources_and_methods_not_offered_are_misfits() {
        let catalogue = catalogue(&["review", "user"]);
        let text = "{\"resources\": {\"*\": {\"block\": [\"DELETE\"]},\n \"reviwe\": {\"*\": {\"block\": [\"PUT\"]}},\n \
                    \"user\": {\"7\": {\"allow\": [\"GET\", \"*\", \"PUT\"]}},\n \"xyz\": {\"1\": {\"block\": [\"*\"]}}}}";
        let misfits = catalogue.misfits(&Policy::parse(text).unwrap());
        let told: Vec<_> = misfits
            .iter()
            .map(|misfit| (misfit.fault.to_string(), misfit.fault.pointer.as_str()))
            .collect();
        let told: Vec<_> = told
            .iter()
            .map(|(fault, pointer)| (fault.as_str(), *pointer))
            .collect();
        assert_eq!(
            told,
            [
                (
                    "2:2: \"reviwe\" is not a valid resource policy ID. Did you mean \"review\"?",
                    "/resources/reviwe"
                ),
                (
                    "3:39: \"PUT\" in the \"resources.user.7\" section is not offered by \"user\", which has GET, POST.",
                    "/resources/user/7/allow/2"
                ),
                (
                    "4:2: \"xyz\" is not a valid resource policy ID.",
                    "/resources/xyz"
                ),
            ]
        );
        let nearest = Some("review".to_owned());
        assert_eq!(misfits[0].kind, MisfitKind::UnknownResource { nearest });
        assert_eq!(misfits[1].kind, MisfitKind::MethodNotOffered);
    }

    #[test]
    fn what_fits_is_not_told() {
        let catalogue = catalogue(&["review"]);
        for text in [
            "{}",
            r#"{"resources": {"*": {"allow": ["FETCH"], "block": ["*"]}}}"#,
            r#"{"resources": {"review": {"*": {"allow": ["GET"], "block": ["*"]}}}}"#,
        ] {
            let policy = Policy::parse(text).unwrap();
            assert_eq!(catalogue.misfits(&policy), [], "{text}");
        }
    }

    #[test]
    fn misfits_are_no_more_than_can_be_read() {
        let resources: Vec<_> = (0..1_500)
            .map(|n| format!(r#""r{n}": {{"*": {{"block": ["*"]}}}}"#))
            .collect();
        let text = format!(r#"{{"resources": {{{}}}}}"#, resources.join(","));
        let policy = Policy::parse(&text).unwrap();
        assert_eq!(catalogue(&["review"]).misfits(&policy).len(), MAX_MISFITS);
    }

    #[test]
    fn resources_are_what_the_strict_parse_takes() {
        let known = catalogue(&["review"]).resources();
        let policy =
            |id: &str| format!(r#"{{"resources": {{"{id}": {{"*": {{"block": ["*"]}}}}}}}}"#);
        assert!(Policy::parse_known(&policy("review"), &known).is_ok());
        assert!(Policy::parse_known(&policy("reviews"), &known).is_err());
    }
}
