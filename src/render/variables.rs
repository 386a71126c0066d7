//! Finds the variables of a template that no body has: they would print as `null`.

use serde_json::Value;
use strsim::osa_distance;

use super::{json, sample, template};
use crate::channel::ChannelId;

/// Keys of `data` that the samples lack: of a revised item, and of other events.
const OTHER_KEYS: &[&str] = &["previous", "difference", "items", "samples", "unread", "changes", "report", "error"];
/// The most mistyped letters in a name for which a correction is proposed. Chosen by hand.
const MAX_TYPOS: usize = 2;

/// The variables of a template that no body has, each with a remedy.
///
/// An event may have any key in `data`, so a key there is reported only if it has attributes or is near a known one.
pub(crate) fn unknown(text: &str) -> Vec<(String, String)> {
    let channel = ChannelId::new("sample");
    let samples = [sample::item(), sample::event(), sample::digest("en")];
    let bodies = samples.map(|alert| json::document(&alert, &sample::stamp(), &channel));
    template::variables(text).into_iter().filter_map(|name| Some((name.clone(), remedy(&name, &bodies)?))).collect()
}

/// What to write instead of an unknown variable; `None` if a body may have it.
fn remedy(name: &str, bodies: &[Value]) -> Option<String> {
    let parts: Vec<&str> = name.split('.').collect();
    let mut at: Vec<&Value> = bodies.iter().collect();
    for (depth, part) in parts.iter().enumerate() {
        // The keys of a list, a text or a missing value are unknown here.
        let objects: Vec<_> = at.iter().filter_map(|value| value.as_object()).collect();
        if objects.len() < at.len() || objects.is_empty() || depth == 1 && OTHER_KEYS.contains(part) {
            return None;
        }
        let next: Vec<&Value> = objects.iter().filter_map(|object| object.get(*part)).collect();
        if next.is_empty() {
            let mut known: Vec<&str> = objects.iter().flat_map(|object| object.keys().map(String::as_str)).collect();
            known.sort_unstable();
            known.dedup();
            let path = |last: &str| [&parts[..depth], &[last], &parts[depth + 1..]].concat().join(".");
            let nearest = known.iter().map(|key| (osa_distance(part, key), *key)).min();
            return match nearest.filter(|(typos, key)| *typos <= MAX_TYPOS && *typos < key.chars().count()) {
                Some((_, meant)) => Some(format!("did you mean `{}`?", path(meant))),
                None if depth == 1 && parts.len() == 2 => None,
                None => Some(format!("its names here are: {}", known.join(", "))),
            };
        }
        at = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_of_the_shipped_templates_is_known() {
        for name in template::names() {
            assert_eq!(unknown(template::shipped(name).unwrap()), [], "{name}");
        }
    }

    #[test]
    fn a_variable_that_no_body_has_is_named_with_the_right_one() {
        for (text, name, remedy) in [
            ("{{ data.item.titel }}", "data.item.titel", "did you mean `data.item.title`?"),
            ("{{ data.itm.title }}", "data.itm.title", "did you mean `data.item.title`?"),
            ("{{ data.mesage }}", "data.mesage", "did you mean `data.message`?"),
            ("{{ item.title }}", "item.title", "its names here are: data, timestamp, type"),
            (
                "{% if data.item.published.day %}1{% endif %}",
                "data.item.published.day",
                "its names here are: at, from, precision",
            ),
        ] {
            assert_eq!(unknown(text), [(name.to_owned(), remedy.to_owned())], "{text}");
        }
        for fine in [
            "{{ data.item.title }}{{ data.previous.title }}{{ data.failures }}{{ data.items }}",
            "{% for m in data.matches %}{{ m.text }}{% endfor %}{% for n in range(3) %}{{ n }}{% endfor %}",
            "{% set x = data.item.url %}{{ x.y }}{{ data.matches[0].text }}",
        ] {
            assert_eq!(unknown(fine), [], "{fine}");
        }
    }
}
