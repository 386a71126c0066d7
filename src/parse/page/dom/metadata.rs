//! Reads the metadata of a page: `title`, `meta`, `link`, JSON-LD.

use scraper::{ElementRef, Html, Node};
use serde_json::Value;

use super::flat_tree::clean;
use crate::parse::item_limits::{MAX_SUMMARY, MAX_TEXT, MAX_TITLE};
use crate::parse::plain_text;

/// The most JSON-LD that is read on one page, in bytes, and the most values in one block. Chosen by hand.
const MAX_DATA: usize = 2 << 20;
const MAX_OBJECTS: usize = 4_000;
/// The most `meta` elements that are kept. Chosen by hand.
const MAX_METAS: usize = 400;
/// The longest name of a person or site, and the longest date, in characters. Chosen by hand.
const MAX_NAME: usize = 100;
const MAX_DATE: usize = 100;
/// The most authors that are named. Chosen by hand.
const MAX_AUTHORS: usize = 5;

/// The metadata of a page.
#[derive(Debug, Default)]
pub struct Metadata {
    /// The text of `title`.
    pub title: Option<String>,
    /// `meta` elements by their name, property or item property, in lower case.
    metas: Vec<(String, String)>,
    /// The address of `link rel=canonical`, as written.
    pub canonical: Option<String>,
    /// The address of `base`, as written.
    pub base: Option<String>,
    /// The language of the `html` element.
    pub lang: Option<String>,
    /// The article that JSON-LD describes.
    pub article: JsonLdArticle,
    /// When the page or the work on it was published according to JSON-LD that describes no article, as written.
    pub(crate) page_published: Option<String>,
}

/// An article as JSON-LD describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonLdArticle {
    /// Its headline.
    pub headline: Option<String>,
    /// When it was published, as written.
    pub published: Option<String>,
    /// Its authors.
    pub author: Option<String>,
    /// Its description.
    pub(crate) description: Option<String>,
    /// Its text, if the site includes it.
    pub body: Option<String>,
    /// The name of the site.
    pub(crate) publisher: Option<String>,
}

impl Metadata {
    /// Reads the metadata in the head of a page, and any that is in its body by mistake.
    ///
    /// ```
    /// use marsad::parse::page::dom::{metadata::Metadata, bounded_tree};
    /// let html = bounded_tree::read("<html lang=ar><title>News</title><meta property=og:type content=article>").unwrap();
    /// let metadata = Metadata::of(&html);
    /// assert_eq!(metadata.title.as_deref(), Some("News"));
    /// assert_eq!(metadata.metas(&["og:type"]).next(), Some("article"));
    /// ```
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
                        let published = head.article.take(&text);
                        head.page_published = head.page_published.or(published);
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

    /// The contents of the `meta` elements with these names, in the order of `names`.
    pub fn metas<'s>(&'s self, names: &'s [&'s str]) -> impl Iterator<Item = &'s str> + 's {
        names
            .iter()
            .flat_map(|name| self.metas.iter().filter(move |(known, _)| known == name))
            .map(|(_, content)| content.as_str())
    }

    /// The first of these that is not empty, as clean text.
    #[must_use]
    pub fn text(&self, names: &[&str], limit: usize) -> Option<String> {
        self.metas(names).map(|content| plain_text::line(content, limit)).find(|text| !text.is_empty())
    }

    /// The names of the site that may follow a title.
    #[must_use]
    pub(crate) fn site_names(&self) -> Vec<String> {
        let named =
            ["og:site_name", "application-name", "apple-mobile-web-app-title", "twitter:site", "author", "publisher"];
        let metas = self.metas(&named).map(|name| plain_text::line(name, MAX_NAME));
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
    /// Merges one block of JSON-LD. Returns the date of a work in it that is no article.
    fn take(&mut self, text: &str) -> Option<String> {
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let Ok(value) = serde_json::from_str::<Value>(bare(&text)) else {
            self.take_broken(&text);
            return None;
        };
        let (mut pending, mut page_published) = (vec![&value], None);
        let mut seen = 0;
        while let Some(value) = pending.pop() {
            seen += 1;
            if seen > MAX_OBJECTS {
                break;
            }
            match value {
                Value::Array(values) => pending.extend(values.iter().rev()),
                Value::Object(object) => {
                    if is_article(&object.get("@type").cloned().unwrap_or_default()) {
                        self.merge(value);
                    } else {
                        page_published = page_published.or_else(|| work_date(value));
                        pending.extend(
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
        page_published
    }

    /// Reads the date from a block that is not valid JSON, if it describes one article only.
    fn take_broken(&mut self, text: &str) {
        let kinds = ["Article\"", "\"BlogPosting\"", "\"LiveBlogPosting\""];
        let mut days = text.split("\"datePublished\"").skip(1);
        if let (Some(after), None) = (days.next(), days.next())
            && kinds.iter().any(|kind| text.contains(kind))
            && let Some(day) = after.trim_start_matches([' ', ':']).strip_prefix('"')
            && let Some((day, _)) = day.split_once('"')
        {
            self.published = self.published.take().or_else(|| Some(plain_text::line(day, MAX_DATE)));
        }
    }

    fn merge(&mut self, value: &Value) {
        let text = |key: &str, limit: usize| {
            let text = plain_text::line(value.get(key)?.as_str()?, limit);
            (!text.is_empty()).then_some(text)
        };
        let found = Self {
            headline: text("headline", MAX_TITLE).or_else(|| text("name", MAX_TITLE)),
            published: text("datePublished", MAX_DATE),
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

/// The date of publication of a page, or of the work that it presents.
fn work_date(value: &Value) -> Option<String> {
    const KINDS: &[&str] = &[
        "WebPage",
        "ItemPage",
        "AboutPage",
        "CreativeWork",
        "VideoObject",
        "AudioObject",
        "PodcastEpisode",
        "Recipe",
        "HowTo",
        "FAQPage",
        "Book",
        "Dataset",
        "Review",
        "JobPosting",
        "MediaObject",
        "Episode",
        "Course",
        "Game",
    ];
    let is_work = |kind: &Value| kind.as_str().is_some_and(|kind| KINDS.contains(&kind));
    let kind = value.get("@type")?;
    let work = is_work(kind) || kind.as_array().is_some_and(|kinds| kinds.iter().any(is_work));
    let date = ["datePublished", "uploadDate", "datePosted"].iter().find_map(|key| value.get(*key)?.as_str())?;
    work.then(|| plain_text::line(date, MAX_DATE))
}

/// A block without the comment marks that hide it from old browsers: `<!-- … -->`, `//<![CDATA[ … //]]>`.
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

/// The names of a person, an organization, or a list of these.
fn names(value: &Value) -> Option<String> {
    let name = |value: &Value| {
        let text = value.as_str().or_else(|| value.get("name").and_then(Value::as_str))?;
        let text = plain_text::line(text, MAX_NAME);
        (!text.is_empty() && !text.starts_with("http")).then_some(text)
    };
    match value {
        Value::Array(values) => {
            let names: Vec<String> = values.iter().take(MAX_AUTHORS).filter_map(name).collect();
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
    fn the_marks_that_hide_a_block_from_old_browsers_are_removed() {
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
    fn a_broken_block_still_gives_the_date_of_its_only_article() {
        let broken = r#"{"@type":"NewsArticle","headline":"The "great" day","datePublished": "2025-11-21T08:00:00Z",}"#;
        assert_eq!(published(broken).as_deref(), Some("2025-11-21T08:00:00Z"));
        assert_eq!(published(&format!("{broken},{broken}")), None);
        assert_eq!(published(r#"{"@type":"Event",,"datePublished":"2025-11-21"}"#), None);
    }
}
