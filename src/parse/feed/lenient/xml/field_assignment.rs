//! Assigns the content of an element to the fields of its item.

use url::Url;

use super::XmlReader;
use crate::address::MAX_LENGTH;
use crate::parse::feed::element_names::ElementName;
use crate::parse::feed::entry::{CREATED, DATE, Entry, PUBLISHED, UPDATED, is_permalink};
use crate::parse::feed::lenient::element_text::OpenField;
use crate::parse::feed::link::{rank, resolve};
use crate::parse::plain_text;
use crate::text::lang::Lang;

/// The rank of an address next to an empty `link`: see [`rank`].
const BARE_LINK: u8 = 1;

impl<'a> XmlReader<'a, '_> {
    pub(in crate::parse::feed) fn take_guid(&mut self, guid: &str, permalink: Option<&str>) {
        let base = self.frames.last().map_or(0, |frame| frame.base);
        let link = if is_permalink(guid, permalink) { resolve(&self.bases[base], guid) } else { None };
        if let Some(entry) = &mut self.entry {
            if entry.guid_link.is_none() {
                entry.guid_link = link;
            }
            if entry.guid.is_none() && !guid.trim().is_empty() {
                entry.guid = Some(guid.trim().to_owned());
            }
        }
    }

    pub(in crate::parse::feed) fn close_field(&mut self) {
        let Some(field) = self.field.take() else { return };
        let lang = field.lang.and_then(|at| self.langs.get(at)).cloned();
        if field.name == ElementName::Language && self.entry.is_none() {
            self.feed_lang = Lang::parse(&field.into_html()).ok();
            return;
        }
        match field.name {
            ElementName::Link => return self.take_link(field),
            ElementName::Guid => {
                let permalink = field.attribute("isPermaLink");
                let guid = field.into_html();
                return self.take_guid(&guid, permalink.as_deref());
            }
            _ => {}
        }
        let base = field.base;
        let Some(entry) = &mut self.entry else { return };
        if let Some(lang) = lang
            && !entry.langs.contains(&lang)
        {
            entry.langs.push(lang);
        }
        let place = match field.name {
            ElementName::Published => PUBLISHED,
            ElementName::Date => DATE,
            ElementName::Created => CREATED,
            ElementName::Updated => UPDATED,
            _ => return keep(entry, field, &self.bases[base]),
        };
        entry.add_date(place, &field.into_html(), self.context);
    }

    /// Takes the address of `<link/>https://…`, the form that HTML tools write, since `link` has no content in HTML.
    pub(in crate::parse::feed) fn take_bare_address(&mut self, text: &str) {
        let Some(frame) = self.frames.last().filter(|frame| frame.name == ElementName::Item) else { return };
        let address = resolve(&self.bases[frame.base], &plain_text::decoded(text));
        if let Some(entry) = self.entry.as_mut().filter(|entry| entry.links.is_empty()) {
            entry.add_link(address, Some(BARE_LINK));
        }
    }

    fn take_link(&mut self, field: OpenField<'a>) {
        let (rel, kind) = (field.attribute("rel"), field.attribute("type"));
        let (href, base) = (field.attribute("href"), field.base);
        let prefixed = field.raw.contains(':');
        let text = without_markup(field.into_html());
        let address = resolve(&self.bases[base], href.as_deref().filter(|_| text.trim().is_empty()).unwrap_or(&text));
        let rank = rank(rel.as_deref(), kind.as_deref()).map(|rank| rank + u8::from(prefixed && href.is_some()));
        if let Some(entry) = &mut self.entry {
            entry.add_link(address, rank);
        }
    }
}

/// An address without the markup of some publishers: `<a href="https://…">…</a>`.
fn without_markup(html: String) -> String {
    if !html.contains('<') {
        return html;
    }
    let target = html.split_once("href=").and_then(|(_, rest)| {
        let mark = rest.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
        rest[1..].split(mark).next().map(plain_text::decoded)
    });
    target.unwrap_or_else(|| plain_text::line(&html, MAX_LENGTH))
}

/// Keeps a field that is not an address, identifier or date.
fn keep(entry: &mut Entry, field: OpenField<'_>, base: &Url) {
    match field.name {
        ElementName::Title => Entry::set(&mut entry.title, field.into_html()),
        ElementName::OtherTitle => Entry::set(&mut entry.other_title, field.into_html()),
        ElementName::Summary => Entry::set(&mut entry.summary, field.into_html()),
        ElementName::OtherSummary => Entry::set(&mut entry.other_summary, field.into_html()),
        ElementName::Content => Entry::set(&mut entry.content, field.into_html()),
        ElementName::Creator => Entry::set(&mut entry.creator, field.into_html()),
        ElementName::Person => entry.author = field.into_html(),
        ElementName::OrigLink => entry.orig_link = resolve(base, &field.into_html()),
        ElementName::Language => entry.langs.extend(Lang::parse(&field.into_html()).ok()),
        ElementName::Category => {
            let named = field.attribute("label").or_else(|| field.attribute("term"));
            entry.add_tag(&named.unwrap_or_else(|| field.into_html()));
        }
        _ => {}
    }
}
