//! What a page says of itself in its head: `title`, `meta`, `link`, JSON-LD.

use scraper::{ElementRef, Html, Node};
use serde_json::Value;

use super::outline::clean;
use crate::parse::limits::{MAX_SUMMARY, MAX_TEXT, MAX_TITLE};
use crate::parse::plain_text;

/// The most JSON-LD that is read on one page, in bytes, and the most objects in it.
const MAX_DATA: usize = 2 << 20;
const MAX_OBJECTS: usize = 4_000;
/// The most `meta` elements that are kept.
const MAX_METAS: usize = 400;

/// What stands in the head.
#[derive(Debug, Default)]
pub struct Metadata {
    /// The text of `title`.
    pub title: Option<String>,
    /// `meta` elements by their name, property or item property, in lower case.
    metas: Vec<(String, String)>,
    /// The address of `link rel=canonical`, as it came.
    pub canonical: Option<String>,
    /// The address of `base`, as it came.
    pub base: Option<String>,
    /// The language of the `html` element.
    pub lang: Option<String>,
    /// The article that JSON-LD describes.
    pub article: JsonLdArticle,
}

/// What JSON-LD says of an article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonLdArticle {
    /// Its headline.
    pub headline: Option<String>,
    /// When it was published, as it came.
    pub published: Option<String>,
    /// Its authors.
    pub author: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Its text, where a site gives it.
    pub body: Option<String>,
    /// The name of the site.
    pub publisher: Option<String>,
}

impl Metadata {
    /// Reads the head of a page, and what stands in its body by mistake.
    #[must_use]
    pub fn of(html: &Html) -> Self {
        let (mut head, mut data) = (Self::default(), 0);
        for node in html.tree.root().descendants() {
            let Node::Element(element) = node.value() else { continue };
            let Some(element_ref) = ElementRef::wrap(node) else { continue };
            let attr = |name: &str| element.attr(name).map(str::to_owned);
            match element.name() {
                "html" => head.lang = attr("lang").or_else(|| attr("xml:lang")),
                "title" if head.title.is_none() && element_ref.parent_is("head") => {
                    head.title = Some(clean(&element_ref.text().collect::<String>(), MAX_TITLE));
                }
                "base" if head.base.is_none() => head.base = attr("href"),
                "link" if attr("rel").is_some_and(|rel| rel.eq_ignore_ascii_case("canonical")) => {
                    head.canonical = head.canonical.or_else(|| attr("href"));
                }
                "meta" => head.meta(element),
                "script" if attr("type").is_some_and(|kind| kind.to_ascii_lowercase().contains("ld+json")) => {
                    let text: String = element_ref.text().collect();
                    data += text.len();
                    if data <= MAX_DATA {
                        head.article.take(&text);
                    }
                }
                _ => {}
            }
        }
        head
    }

    fn meta(&mut self, element: &scraper::node::Element) {
        let name = ["property", "name", "itemprop"].iter().find_map(|name| element.attr(name));
        if let (Some(name), Some(content)) = (name, element.attr("content"))
            && self.metas.len() < MAX_METAS
            && !content.trim().is_empty()
        {
            self.metas.push((name.trim().to_ascii_lowercase(), content.to_owned()));
        }
    }

    /// The contents of `meta` elements, by the order of `names`.
    pub fn metas<'s>(&'s self, names: &'s [&'s str]) -> impl Iterator<Item = &'s str> + 's {
        names
            .iter()
            .flat_map(|name| self.metas.iter().filter(move |(known, _)| known == name))
            .map(|(_, content)| content.as_str())
    }

    /// The first of these as clean text.
    #[must_use]
    pub fn text(&self, names: &[&str], limit: usize) -> Option<String> {
        self.metas(names).map(|content| plain_text::line(content, limit)).find(|text| !text.is_empty())
    }

    /// The names under which the site may stand behind a title.
    #[must_use]
    pub fn site_names(&self) -> Vec<String> {
        let named =
            ["og:site_name", "application-name", "apple-mobile-web-app-title", "twitter:site", "author", "publisher"];
        let metas = self.metas(&named).map(|name| plain_text::line(name, 100));
        metas.chain(self.article.publisher.clone()).map(|name| name.trim_start_matches('@').to_owned()).collect()
    }
}

trait ParentIs {
    fn parent_is(&self, name: &str) -> bool;
}

impl ParentIs for ElementRef<'_> {
    fn parent_is(&self, name: &str) -> bool {
        self.parent().and_then(|parent| parent.value().as_element()).is_some_and(|parent| parent.name() == name)
    }
}

impl JsonLdArticle {
    /// Takes what one block of JSON-LD adds.
    fn take(&mut self, text: &str) {
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let Ok(value) = serde_json::from_str::<Value>(bare(&text)) else { return self.take_broken(&text) };
        let mut waiting = vec![&value];
        let mut seen = 0;
        while let Some(value) = waiting.pop() {
            seen += 1;
            if seen > MAX_OBJECTS {
                return;
            }
            match value {
                Value::Array(values) => waiting.extend(values.iter().rev()),
                Value::Object(object) => {
                    if is_article(&object.get("@type").cloned().unwrap_or_default()) {
                        self.merge(value);
                    } else {
                        waiting.extend(
                            ["@graph", "mainEntity", "mainEntityOfPage"]
                                .iter()
                                .rev()
                                .filter_map(|key| object.get(*key)),
                        );
                    }
                }
                _ => {}
            }
        }
    }

    /// Takes the day out of a block that is no JSON, where it speaks of one article only.
    fn take_broken(&mut self, text: &str) {
        let kinds = ["Article\"", "\"BlogPosting\"", "\"LiveBlogPosting\""];
        let mut days = text.split("\"datePublished\"").skip(1);
        if let (Some(after), None) = (days.next(), days.next())
            && kinds.iter().any(|kind| text.contains(kind))
            && let Some(day) = after.trim_start_matches([' ', ':']).strip_prefix('"')
            && let Some((day, _)) = day.split_once('"')
        {
            self.published = self.published.take().or_else(|| Some(plain_text::line(day, 100)));
        }
    }

    fn merge(&mut self, value: &Value) {
        let text = |key: &str, limit: usize| {
            let text = plain_text::line(value.get(key)?.as_str()?, limit);
            (!text.is_empty()).then_some(text)
        };
        let found = Self {
            headline: text("headline", MAX_TITLE).or_else(|| text("name", MAX_TITLE)),
            published: text("datePublished", 100),
            author: value.get("author").and_then(names),
            description: text("description", MAX_SUMMARY),
            body: value.get("articleBody").and_then(Value::as_str).map(|body| plain_text::text(body, MAX_TEXT)),
            publisher: value.get("publisher").and_then(names),
        };
        self.headline = self.headline.take().or(found.headline);
        self.published = self.published.take().or(found.published);
        self.author = self.author.take().or(found.author);
        self.description = self.description.take().or(found.description);
        self.body = self.body.take().or(found.body);
        self.publisher = self.publisher.take().or(found.publisher);
    }
}

/// A block without what hides it from old readers: `<!-- … -->`, `//<![CDATA[ … //]]>`.
fn bare(text: &str) -> &str {
    let mut text = text.trim();
    for mark in ["<!--", "/*", "//", "<![CDATA[", "*/", "//"] {
        text = text.strip_prefix(mark).unwrap_or(text).trim_start();
    }
    for mark in ["-->", "*/", "]]>", "/*", "//"] {
        text = text.strip_suffix(mark).unwrap_or(text).trim_end();
    }
    text.trim_end_matches(';')
}

fn is_article(kind: &Value) -> bool {
    let is = |kind: &str| {
        let kind = kind.rsplit(['/', ':']).next().unwrap_or_default();
        kind.ends_with("Article") || matches!(kind, "BlogPosting" | "LiveBlogPosting" | "Report" | "SocialMediaPosting")
    };
    match kind {
        Value::String(kind) => is(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).any(is),
        _ => false,
    }
}

/// The names in a person, an organisation or a list of these.
fn names(value: &Value) -> Option<String> {
    let name = |value: &Value| {
        let text = value.as_str().or_else(|| value.get("name").and_then(Value::as_str))?;
        let text = plain_text::line(text, 100);
        (!text.is_empty() && !text.starts_with("http")).then_some(text)
    };
    match value {
        Value::Array(values) => {
            let names: Vec<String> = values.iter().take(5).filter_map(name).collect();
            (!names.is_empty()).then(|| names.join(", "))
        }
        other => name(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(script: &str) -> Option<String> {
        let mut described = JsonLdArticle::default();
        described.take(script);
        described.published
    }

    #[test]
    fn what_hides_a_block_from_old_readers_is_no_part_of_it() {
        let block = r#"{"@type":"NewsArticle","datePublished":"2025-11-21"}"#;
        for (before, behind) in [
            ("", ""),
            ("<!--", "-->"),
            ("<![CDATA[ ", " ]]>"),
            ("//<![CDATA[ ", " //]]>"),
            ("/*<![CDATA[*/", "/*]]>*/;"),
        ] {
            assert_eq!(published(&format!("{before}{block}{behind}")).as_deref(), Some("2025-11-21"), "{before}");
        }
    }

    #[test]
    fn a_broken_block_still_gives_the_day_of_its_one_article() {
        let broken = r#"{"@type":"NewsArticle","headline":"The "great" day","datePublished": "2025-11-21T08:00:00Z",}"#;
        assert_eq!(published(broken).as_deref(), Some("2025-11-21T08:00:00Z"));
        assert_eq!(published(&format!("{broken},{broken}")), None);
        assert_eq!(published(r#"{"@type":"Event",,"datePublished":"2025-11-21"}"#), None);
    }
}
