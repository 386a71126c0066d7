//! Reads the structure of an XML feed and repairs it: which element belongs to which item.

use url::Url;

use crate::parse::DocumentFormat;
use crate::parse::Parsed;
use crate::parse::feed::element_names::{ElementName, Namespace, Prefixes, by_uri};
use crate::parse::feed::entry::Entry;
use crate::parse::feed::lenient::element_text::{OpenField, is_void};
use crate::parse::feed::link::is_address;
use crate::parse::feed::newest::NewestEntries;
use crate::parse::feed::{FeedContext, FeedReader, empty_items};
use crate::parse::xml_tokenizer::{XmlTag, XmlToken, XmlTokens};
use crate::text::lang::Lang;

mod field_assignment;

/// The deepest nesting that is followed, in elements; deeper ones are only counted. Chosen by hand.
const MAX_DEPTH: usize = 60;
/// The most languages of one feed. Chosen by hand.
const MAX_LANGS: usize = 64;
/// The longest name of an author, in bytes: at which more text is ignored, and with CDATA added. Chosen by hand.
const MAX_AUTHOR: usize = 1_024;
const MAX_AUTHOR_WITH_CDATA: usize = 4_096;
/// The shortest text that can be an address, in bytes: one byte after `https://`.
const MIN_ADDRESS: usize = 9;

/// An open element that contains others.
struct OpenElement<'a> {
    raw: &'a str,
    name: ElementName,
    default: Namespace,
    base: usize,
    lang: Option<usize>,
}

/// The state of one reading.
struct XmlReader<'a, 'c> {
    context: &'c FeedContext<'a>,
    prefixes: Prefixes,
    frames: Vec<OpenElement<'a>>,
    /// How many elements are open below the deepest frame.
    deeper: usize,
    bases: Vec<Url>,
    langs: Vec<Lang>,
    feed_lang: Option<Lang>,
    field: Option<OpenField<'a>>,
    entry: Option<Entry>,
    /// True inside an item that is only counted.
    skipping: bool,
    parsed: Parsed,
    kept: NewestEntries,
    /// The first repair: what, and at which byte.
    repaired: Option<(String, usize)>,
    ended: bool,
}

/// Reads the feed whose root begins at byte `from`; the declarations of its document type precede that.
pub(in crate::parse::feed) fn read(context: &FeedContext<'_>, from: usize) -> Parsed {
    let mut reader = XmlReader::new(context);
    let mut tokens = XmlTokens::new(&context.document.text, 0);
    while tokens.at() < from && tokens.next().is_some() {}
    while let Some(token) = tokens.next() {
        let at = tokens.at();
        match token {
            XmlToken::Open(tag) => reader.open(tag, at),
            XmlToken::Close(name) => reader.close(name, at),
            XmlToken::Text(text) => reader.text(text, &tokens),
            XmlToken::Cdata(text) => reader.cdata(text),
        }
        if reader.ended {
            break;
        }
    }
    let torn = tokens.torn;
    reader.finish(torn)
}

impl<'a, 'c> XmlReader<'a, 'c> {
    fn new(context: &'c FeedContext<'a>) -> Self {
        Self {
            context,
            prefixes: Prefixes::default(),
            frames: Vec::new(),
            deeper: 0,
            bases: vec![context.document.address.url().clone()],
            langs: Vec::new(),
            feed_lang: None,
            field: None,
            entry: None,
            skipping: false,
            parsed: Parsed { reader: Some(FeedReader::Lenient), ..Parsed::of(DocumentFormat::Rss) },
            kept: NewestEntries::new(context.source.max_items),
            repaired: None,
            ended: false,
        }
    }

    fn repair(&mut self, what: impl FnOnce() -> String, at: usize) {
        if self.repaired.is_none() {
            self.repaired = Some((what(), at));
        }
    }

    /// The vocabulary of a tag without a prefix, and what the tag means.
    fn meaning(&mut self, tag: &XmlTag<'a>) -> (Namespace, ElementName) {
        if tag.attributes.iter().any(|(name, _)| name.len() > 5 && name.as_bytes()[..5].eq_ignore_ascii_case(b"xmlns"))
        {
            self.prefixes.declare(&tag.attributes);
        }
        let outer = self.frames.last().map_or(Namespace::Feed, |frame| frame.default);
        let default = match tag.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case("xmlns")) {
            Some((_, uri)) => match by_uri(uri) {
                Namespace::Unknown if self.entry.is_none() => Namespace::Feed,
                Namespace::Unknown if uri.is_empty() => outer,
                space => space,
            },
            None => outer,
        };
        if self.frames.is_empty() {
            self.prefixes.adopt(tag.name);
        }
        (default, self.prefixes.name(tag.name, default))
    }

    fn open(&mut self, tag: XmlTag<'a>, at: usize) {
        let (default, name) = self.meaning(&tag);
        if let Some(field) = &mut self.field {
            if field.accepts(name, &tag) {
                field.open(&tag, default == Namespace::Html);
                return;
            }
            let (raw, opened) = (field.raw, field.at);
            self.repair(|| format!("the element <{raw}> is not closed"), opened);
            self.close_field();
        }
        match name {
            ElementName::Item => self.open_item(&tag, default, at),
            name if name.is_field() => self.open_field(name, tag, default, at),
            name => self.push(&tag, name, default),
        }
    }

    fn open_item(&mut self, tag: &XmlTag<'a>, default: Namespace, at: usize) {
        if self.entry.is_some() || self.skipping {
            let depth = self.frames.iter().rposition(|frame| frame.name == ElementName::Item).unwrap_or(0);
            self.repair(|| "an item is not closed".to_owned(), at);
            self.pop_to(depth);
        }
        self.push(tag, ElementName::Item, default);
        if !self.kept.wants_another() {
            self.skipping = true;
        } else {
            self.entry = Some(Entry::default());
            if let Some((_, about)) =
                tag.attributes.iter().find(|(name, _)| name.to_ascii_lowercase().ends_with(":about"))
            {
                self.take_guid(about, None);
            }
        }
        if tag.closed {
            let depth = self.frames.len() - 1;
            self.pop_to(depth);
        }
    }

    fn open_field(&mut self, name: ElementName, tag: XmlTag<'a>, default: Namespace, at: usize) {
        let closed = tag.closed;
        if !self.is_relevant(name) {
            if !closed {
                self.push(&tag, ElementName::Other, default);
            }
            return;
        }
        let (base, lang) = self.scope(&tag);
        self.field = Some(OpenField::new(name, tag, at, base, lang));
        if closed {
            self.close_field();
        }
    }

    /// True if a field at this place describes the item or the feed.
    fn is_relevant(&self, name: ElementName) -> bool {
        let inner = self.frames.iter().rev();
        if self.entry.is_none() {
            return name == ElementName::Language
                && !self.skipping
                && self.frames.iter().all(|frame| frame.name.is_container());
        }
        for frame in inner {
            match frame.name {
                ElementName::Item => return true,
                ElementName::Group => {}
                ElementName::Author if matches!(name, ElementName::Person | ElementName::Mailbox) => {}
                _ => return false,
            }
        }
        true
    }

    /// The base address and the language within `tag`, by index.
    fn scope(&mut self, tag: &XmlTag<'a>) -> (usize, Option<usize>) {
        let (mut base, mut lang) = self.frames.last().map_or((0, None), |frame| (frame.base, frame.lang));
        for (name, value) in &tag.attributes {
            if name.eq_ignore_ascii_case("xml:base") {
                if let Ok(url) = self.bases[base].join(crate::address::stripped(value)) {
                    self.bases.truncate(base + 1);
                    self.bases.push(url);
                    base = self.bases.len() - 1;
                }
            } else if name.eq_ignore_ascii_case("xml:lang")
                && let Ok(value) = Lang::parse(value)
            {
                lang = self.langs.iter().position(|known| *known == value).or_else(|| {
                    (self.langs.len() < MAX_LANGS).then(|| {
                        self.langs.push(value);
                        self.langs.len() - 1
                    })
                });
            }
        }
        (base, lang)
    }

    fn push(&mut self, tag: &XmlTag<'a>, name: ElementName, default: Namespace) {
        if name.is_container() && self.frames.is_empty() {
            self.parsed.format = match name {
                ElementName::Feed => DocumentFormat::Atom,
                ElementName::Rdf => DocumentFormat::Rdf,
                _ => DocumentFormat::Rss,
            };
        }
        if name != ElementName::Item && (tag.closed || is_void(tag.name)) {
            return;
        }
        if self.frames.len() >= MAX_DEPTH && name != ElementName::Item {
            self.deeper += 1;
            return;
        }
        let (base, lang) = self.scope(tag);
        self.frames.push(OpenElement { raw: tag.name, name, default, base, lang });
    }

    fn text(&mut self, text: &'a str, tokens: &XmlTokens<'a>) {
        if let Some(field) = &mut self.field {
            field.text(text, tokens);
        } else if self.frames.last().is_some_and(|frame| frame.name == ElementName::Author)
            && let Some(entry) = &mut self.entry
            && entry.author.len() < MAX_AUTHOR
        {
            entry.author.push_str(&crate::parse::plain_text::decoded(text));
        } else if text.len() >= MIN_ADDRESS && is_address(text) {
            self.take_bare_address(text);
        }
    }

    fn cdata(&mut self, text: &'a str) {
        if let Some(field) = &mut self.field {
            field.cdata(text);
        } else if self.frames.last().is_some_and(|frame| frame.name == ElementName::Author)
            && let Some(entry) = &mut self.entry
            && entry.author.len() + text.len() < MAX_AUTHOR_WITH_CDATA
        {
            entry.author.push_str(text);
        }
    }

    fn close(&mut self, raw: &'a str, at: usize) {
        let default = self.frames.last().map_or(Namespace::Feed, |frame| frame.default);
        let name = self.prefixes.name(raw, default);
        if let Some(field) = &mut self.field {
            if field.ends_with(raw) {
                self.close_field();
                return;
            }
            let outer = name == ElementName::Item || name.is_container();
            if !outer && !field.is_outside(name) {
                return;
            }
            let opened = field.raw;
            self.repair(|| format!("the element <{opened}> is closed by </{raw}>"), at);
            self.close_field();
            if !outer {
                return;
            }
        }
        if self.deeper > 0 && name != ElementName::Item && !name.is_container() {
            self.deeper -= 1;
            return;
        }
        let by_name = self.frames.iter().rposition(|frame| frame.raw.eq_ignore_ascii_case(raw));
        let by_meaning = || {
            self.frames
                .iter()
                .rposition(|frame| frame.name == name && (name == ElementName::Item || name.is_container()))
        };
        match by_name.or_else(by_meaning) {
            Some(depth) => {
                if depth + 1 < self.frames.len() {
                    self.repair(|| format!("</{raw}> closes other open elements"), at);
                }
                self.pop_to(depth);
                self.ended = depth == 0 && !self.kept.is_empty();
            }
            None => self.repair(|| format!("</{raw}> closes nothing"), at),
        }
    }

    /// Closes every frame from number `depth` on, and the items among them.
    fn pop_to(&mut self, depth: usize) {
        self.deeper = 0;
        while self.frames.len() > depth {
            if self.frames.pop().is_some_and(|frame| frame.name == ElementName::Item) {
                self.skipping = false;
                if let Some(entry) = self.entry.take() {
                    self.finish_item(entry);
                }
            }
        }
    }

    fn finish_item(&mut self, entry: Entry) {
        match entry.into_item(self.feed_lang.as_ref()) {
            Some(item) => self.kept.push(item),
            None => self.parsed.empty += 1,
        }
    }

    fn finish(mut self, torn: bool) -> Parsed {
        let cut_in_field = self.field.is_some() || torn;
        self.field = None;
        let complete = self.entry.as_ref().is_some_and(|entry| !entry.title.is_empty() && !entry.links.is_empty());
        // If nothing was read, the items may be in the missing part.
        let truncated = !self.frames.is_empty() && (cut_in_field || self.entry.is_some() || self.kept.is_empty());
        if cut_in_field || !complete {
            self.entry = None;
        }
        self.pop_to(0);
        self.kept.finish(&mut self.parsed);
        let text = &self.context.document.text;
        self.parsed.cut_off = truncated;
        self.parsed.degraded = degraded(text, truncated, self.parsed.empty, self.repaired.as_ref());
        self.parsed
    }
}

/// What was wrong with the feed, in one sentence.
fn degraded(text: &str, truncated: bool, empty: usize, repaired: Option<&(String, usize)>) -> Option<String> {
    let mut parts = Vec::new();
    if truncated {
        parts.push("the feed is cut off: its complete items were read".to_owned());
    }
    parts.extend(empty_items(empty));
    if let Some((what, at)) = repaired {
        let line = 1 + text.as_bytes()[..*at].iter().filter(|b| **b == b'\n').count();
        parts.push(format!("line {line}: {what}"));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}
