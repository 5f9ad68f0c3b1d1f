//! What a policy speaks of, for checks against what there is.

use super::Policy;
use super::document::{Json, Member, Object};
use super::faults::PolicyFault;
use super::place::{Place, Spot, line_and_column, offset};
use super::rules::GLOBAL;

/// A resource that a policy names, or a method that it lists for one.
#[derive(Debug)]
pub(crate) struct Mention<'p> {
    /// The resource, never `*`.
    pub(crate) resource: &'p str,
    /// The method, which may be `*`, and the object id, which may be too; `None` for the resource itself.
    pub(crate) method: Option<(&'p str, &'p str)>,
    pointer: String,
    steps: Vec<usize>,
    spot: Spot,
}

impl Policy {
    /// Returns each resource that this policy names, and after it the methods that it lists there, in the order of
    /// the text. What a later key of the same name hides is not among them.
    pub(crate) fn mentions(&self) -> Vec<Mention<'_>> {
        let mut mentions = Vec::new();
        let root = Place::ROOT;
        for_each_member(&self.document, &root, |member, place| {
            if member.key != "resources" {
                return;
            }
            for_each_member(member.value, place, |resource, place| {
                if resource.key == GLOBAL {
                    return;
                }
                mentions.push(Mention {
                    resource: resource.key,
                    method: None,
                    pointer: place.pointer(),
                    steps: place.steps(),
                    spot: Spot::Key,
                });
                for_each_member(resource.value, place, |section, place| {
                    add_section(&mut mentions, resource.key, section, place);
                });
            });
        });
        mentions
    }

    /// Returns the fault that `message` tells of `mention`, which must be of this policy.
    pub(crate) fn fault_at(&self, mention: &Mention<'_>, message: String) -> PolicyFault {
        let offset = offset(&self.text, &mention.steps, mention.spot);
        let (line, column) = line_and_column(&self.text, offset);
        PolicyFault {
            message,
            pointer: mention.pointer.clone(),
            line,
            column,
        }
    }
}

fn add_section<'p>(
    mentions: &mut Vec<Mention<'p>>,
    resource: &'p str,
    section: Member<'p>,
    place: &Place<'_>,
) {
    for_each_member(section.value, place, |rule, place| {
        let (true, Json::List(items)) = (matches!(rule.key, "allow" | "block"), rule.value) else {
            return;
        };
        for (index, item) in items.iter().enumerate() {
            let Json::Text(method) = item else {
                continue;
            };
            let place = place.item(index);
            mentions.push(Mention {
                resource,
                method: Some((method, section.key)),
                pointer: place.pointer(),
                steps: place.steps(),
                spot: Spot::Value,
            });
        }
    });
}

/// Calls `visit` with each effective member of `value`, which stands at `place`; nothing else has any.
fn for_each_member<'p>(
    value: &'p Json,
    place: &Place<'_>,
    mut visit: impl FnMut(Member<'p>, &Place<'_>),
) {
    let Json::Object(object) = value else {
        return;
    };
    for member in Object::effective(object) {
        visit(member, &place.member(member.index, member.key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_and_their_methods_are_mentioned_in_order() {
        let text = "{\"note\": {\"x\": {}},\n \"resources\": {\"*\": {\"allow\": [\"GET\"]},\n  \
                    \"b\": {\"1\": {\"block\": [null, \"PUT\", \"*\"], \"note\": [\"GET\"]}},\n  \"a\": {}}}";
        let policy = Policy::from_stored(text).unwrap();
        let found: Vec<_> = policy
            .mentions()
            .iter()
            .map(|mention| {
                let fault = policy.fault_at(mention, format!("{:?}", mention.method));
                format!("{} {fault} {}", mention.resource, fault.pointer)
            })
            .collect();
        assert_eq!(
            found,
            [
                "b 3:3: None /resources/b",
                "b 3:31: Some((\"PUT\", \"1\")) /resources/b/1/block/1",
                "b 3:38: Some((\"*\", \"1\")) /resources/b/1/block/2",
                "a 4:3: None /resources/a",
            ]
        );
    }

    #[test]
    fn hidden_members_are_not_mentioned() {
        let text =
            r#"{"resources": {"a": {"1": {"block": ["PUT"]}}, "a": {"1": {"block": ["GET"]}}}}"#;
        let policy = Policy::from_stored(text).unwrap();
        let mentions = policy.mentions();
        assert_eq!(mentions.len(), 2);
        assert_eq!(mentions[1].method, Some(("GET", "1")));
        let fault = policy.fault_at(&mentions[1], String::new());
        assert_eq!((fault.line, fault.column), (1, 70));
        assert!(Policy::full_access().mentions().is_empty());
    }
}
