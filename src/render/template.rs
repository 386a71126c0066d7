//! Renders bodies in the formats of other services, from templates that an operator can edit.
//!
//! A template is minijinja over the standard document (`type`, `timestamp`, `data`). Every value is printed as JSON,
//! with quotes, so no headline can break out of its string; the result must be JSON as a whole.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};
use serde_json::Value;

use super::{json, sample, sanitize};
use crate::channel::ChannelId;

/// The most bytes of a body made by a template. Chosen by hand.
const LIMIT: usize = 64_000;

/// The most steps of a template. Chosen by hand: a shipped one takes under a thousand.
const FUEL: u64 = 200_000;

const SHIPPED: [(&str, &str); 5] = [
    ("slack", include_str!("../../config/templates/slack.json.j2")),
    ("discord", include_str!("../../config/templates/discord.json.j2")),
    ("teams", include_str!("../../config/templates/teams.json.j2")),
    ("telegram", include_str!("../../config/templates/telegram.json.j2")),
    ("ntfy", include_str!("../../config/templates/ntfy.json.j2")),
];

/// The text of a shipped template.
#[must_use]
pub(crate) fn shipped(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(shipped, _)| *shipped == name).map(|(_, text)| *text)
}

/// The names of the shipped templates.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

/// Checks that a template compiles, and makes JSON of an item, an event and a digest.
///
/// ```
/// use marsad::render::template::check;
///
/// assert!(check(r#"{"text": {{ data.message }}}"#).is_ok());
/// assert!(check("{{ data.message }").is_err());
/// ```
///
/// # Errors
/// What is wrong, with the line if it is known.
pub fn check(text: &str) -> Result<(), String> {
    let channel = ChannelId::new("sample");
    for alert in [sample::item(), sample::event(), sample::digest("en")] {
        let document = json::document(&alert, &sample::stamp(), &channel);
        render(text, &document).map_err(|problem| format!("{problem} (tried on a sample {})", alert.kind()))?;
    }
    Ok(())
}

/// Renders `document` with `template`, as JSON on one line.
///
/// # Errors
/// If the template does not compile, fails, or makes invalid JSON or too much of it.
pub fn render(template: &str, document: &Value) -> Result<Vec<u8>, String> {
    let text =
        environment().render_named_str("template", template, Serde(document)).map_err(|error| explained(&error))?;
    if text.len() > LIMIT {
        return Err(format!("the output has {} bytes, more than {LIMIT}", text.len()));
    }
    let value: Value = serde_json::from_str(&text).map_err(|error| format!("the output is invalid JSON: {error}"))?;
    Ok(value.to_string().into_bytes())
}

/// The variables that a template may look up, with their attributes: `data.item.title`; none if it does not compile.
pub(super) fn variables(text: &str) -> Vec<String> {
    let environment = environment();
    let Ok(template) = environment.template_from_named_str("template", text) else { return Vec::new() };
    let mut names: Vec<String> = template.undeclared_variables(true).into_iter().collect();
    names.retain(|name| !environment.globals().any(|(global, _)| Some(global) == name.split('.').next()));
    names.sort();
    names
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Json);
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(64);
    environment.add_filter("cut", |text: String, most: usize| sanitize::cut(&text, most));
    environment.add_filter("line", |text: String| sanitize::line(&text));
    environment.add_filter("isolate", |text: String| sanitize::isolate(&text));
    environment.add_filter("entities", |text: String| entities(&text));
    environment.add_filter("markdown", |text: String| markdown(&text));
    environment
}

/// `&`, `<` and `>` as entities, as Slack and Telegram require: a headline then cannot mention a channel or add a link.
fn entities(text: &str) -> String {
    sanitize::plain(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Escapes the characters that Markdown interprets.
fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in sanitize::plain(text).chars() {
        if matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '[' | ']' | '(' | ')' | '<' | '>' | '#' | '@') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn explained(error: &Error) -> String {
    let what = error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
    error.line().map_or(what.clone(), |line| format!("line {line}: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        json::document(&sample::item(), &sample::stamp(), &ChannelId::new("desk"))
    }

    fn made(template: &str) -> Value {
        serde_json::from_slice(&render(template, &document()).unwrap()).unwrap()
    }

    #[test]
    fn every_shipped_template_makes_json_of_items_and_events() {
        assert_eq!(names().count(), 5);
        for name in names() {
            assert_eq!(check(shipped(name).unwrap()), Ok(()), "{name}");
        }
        assert_eq!(shipped("mattermost"), None);
    }

    #[test]
    fn every_shipped_template_carries_headline_link_and_watch() {
        for name in names() {
            let body = String::from_utf8(render(shipped(name).unwrap(), &document()).unwrap()).unwrap();
            for part in ["https://example.org/news/41?lan=ar", "تحذير من تفاقم الأزمة", "gaza"] {
                assert!(body.contains(part), "{name} lacks {part}: {body}");
            }
        }
    }

    #[test]
    fn a_headline_cannot_mention_everybody() {
        let mut document = document();
        document["data"]["item"]["title"] = "@everyone <!channel> [x](https://evil.example) *b*".into();
        let slack = String::from_utf8(render(shipped("slack").unwrap(), &document).unwrap()).unwrap();
        assert!(!slack.contains("<!channel>") && slack.contains("&lt;!channel&gt;"));
        let discord: Value = serde_json::from_slice(&render(shipped("discord").unwrap(), &document).unwrap()).unwrap();
        assert_eq!(discord["allowed_mentions"]["parse"], serde_json::json!([]));
    }

    #[test]
    fn every_printed_value_is_json() {
        assert_eq!(made(r#"{"t": {{ data.item.title }}}"#)["t"], document()["data"]["item"]["title"]);
        assert_eq!(made(r#"{"t": {{ data.item.title|tojson }}}"#)["t"], document()["data"]["item"]["title"]);
        assert_eq!(made(r#"{"t": {{ data.item.author }}, "n": {{ data.seq }}}"#)["n"], 41);
    }

    #[test]
    fn a_broken_template_is_named_with_its_line() {
        let problem = check("{\n \"t\": {{ data.item.title \n}").unwrap_err();
        assert!(problem.contains("line "), "{problem}");
        let problem = check("{{ data.item.title|shout }}").unwrap_err();
        assert!(problem.contains("line 1") && problem.contains("shout"), "{problem}");
        let problem = check(r#"{"t": "{{ data.item.title }}"}"#).unwrap_err();
        assert!(problem.contains("invalid JSON"), "{problem}");
    }

    #[test]
    fn a_template_that_never_ends_runs_out_of_fuel() {
        let endless = "{% for a in range(10000) %}{% for b in range(10000) %}{{ b }}{% endfor %}{% endfor %}";
        let problem = render(endless, &document()).unwrap_err();
        assert!(problem.contains("fuel"), "{problem}");
        let huge = "[{% for a in range(9000) %}{{ data.item.title }},{% endfor %}1]";
        assert!(render(huge, &document()).is_err());
    }
}
