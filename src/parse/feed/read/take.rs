//! What an element that has been read says about its item.

use url::Url;

use super::Reader;
use crate::parse::feed::canon::Name;
use crate::parse::feed::draft::{CREATED, DATE, Draft, PUBLISHED, UPDATED, is_permalink};
use crate::parse::feed::field::Field;
use crate::parse::feed::link::{rank, resolve};
use crate::text::lang::Lang;

impl<'a> Reader<'a, '_> {
    pub(super) fn take_guid(&mut self, guid: &str, permalink: Option<&str>) {
        let base = self.frames.last().map_or(0, |frame| frame.base);
        let link = if is_permalink(guid, permalink) { resolve(&self.bases[base], guid) } else { None };
        if let Some(draft) = &mut self.draft {
            if draft.guid_link.is_none() {
                draft.guid_link = link;
            }
            if draft.guid.is_none() && !guid.trim().is_empty() {
                draft.guid = Some(guid.trim().to_owned());
            }
        }
    }

    pub(super) fn close_field(&mut self) {
        let Some(field) = self.field.take() else { return };
        let lang = field.lang.and_then(|at| self.langs.get(at)).cloned();
        if field.name == Name::Language && self.draft.is_none() {
            self.feed_lang = Lang::parse(&field.into_html()).ok();
            return;
        }
        match field.name {
            Name::Link => return self.take_link(field),
            Name::Guid => {
                let permalink = field.attribute("isPermaLink");
                let guid = field.into_html();
                return self.take_guid(&guid, permalink.as_deref());
            }
            _ => {}
        }
        let base = field.base;
        let Some(draft) = &mut self.draft else { return };
        if let Some(lang) = lang
            && !draft.langs.contains(&lang)
        {
            draft.langs.push(lang);
        }
        let place = match field.name {
            Name::Published => PUBLISHED,
            Name::Date => DATE,
            Name::Created => CREATED,
            Name::Updated => UPDATED,
            _ => return keep(draft, field, &self.bases[base]),
        };
        draft.add_date(place, &field.into_html(), self.context);
    }

    fn take_link(&mut self, field: Field<'a>) {
        let (rel, kind) = (field.attribute("rel"), field.attribute("type"));
        let (href, base) = (field.attribute("href"), field.base);
        let prefixed = field.raw.contains(':');
        let text = field.into_html();
        let address = resolve(&self.bases[base], href.as_deref().filter(|_| text.trim().is_empty()).unwrap_or(&text));
        let rank = rank(rel.as_deref(), kind.as_deref()).map(|rank| rank + u8::from(prefixed && href.is_some()));
        if let Some(draft) = &mut self.draft {
            draft.add_link(address, rank);
        }
    }
}

/// Keeps what is neither an address, an identifier nor a date.
fn keep(draft: &mut Draft, field: Field<'_>, base: &Url) {
    match field.name {
        Name::Title => Draft::set(&mut draft.title, field.into_html()),
        Name::OtherTitle => Draft::set(&mut draft.other_title, field.into_html()),
        Name::Summary => Draft::set(&mut draft.summary, field.into_html()),
        Name::OtherSummary => Draft::set(&mut draft.other_summary, field.into_html()),
        Name::Content => Draft::set(&mut draft.content, field.into_html()),
        Name::Creator => Draft::set(&mut draft.creator, field.into_html()),
        Name::Person => draft.author = field.into_html(),
        Name::OrigLink => draft.orig_link = resolve(base, &field.into_html()),
        Name::Language => draft.langs.extend(Lang::parse(&field.into_html()).ok()),
        Name::Category => {
            let named = field.attribute("label").or_else(|| field.attribute("term"));
            draft.add_tag(&named.unwrap_or_else(|| field.into_html()));
        }
        _ => {}
    }
}
