//! Merges the text of an item's own page into the item.

use super::article::{Article, is_about};
use crate::item::{Item, TextState, TitleFrom};
use crate::text::fold;

/// The item with the text of its own page, and with the fields that its source left empty; none if the page is about
/// something else, such as the front page to which a site redirects what it has removed.
///
/// The source's headline stays, so that it is the same at every visit. The page's headline replaces it only if it was
/// cut off, or was taken from the text because the source has none.
///
/// ```
/// use marsad::item::{Item, TextState};
/// use marsad::parse::page::{article::Article, item_page_merge::with_article};
/// let item = Item { title: "Harbour council meets".to_owned(), ..Item::default() };
/// let text = "The harbour council meets in May.".to_owned();
/// let article = Article { text, text_state: TextState::Full, ..Article::default() };
/// assert_eq!(with_article(&item, &article).unwrap().text_state, TextState::Full);
/// ```
#[must_use]
pub fn with_article(item: &Item, article: &Article) -> Option<Item> {
    if !is_about(&item.title, &format!("{}\n{}", article.title, article.text), &item.summary) {
        return None;
    }
    let mut merged = item.clone();
    if is_better(item, &article.title) {
        merged.title.clone_from(&article.title);
        merged.title_from = TitleFrom::Page;
    }
    if merged.summary.is_empty() {
        merged.summary.clone_from(&article.description);
    }
    if article.text_state == TextState::Full && !article.text.is_empty() {
        merged.text.clone_from(&article.text);
        merged.text_state = TextState::Full;
    } else if merged.text_state == TextState::None && !merged.summary.is_empty() {
        merged.text_state = TextState::Excerpt;
    }
    merged.author = merged.author.or_else(|| article.author.clone());
    merged.agency = merged.agency.or_else(|| article.agency.clone());
    merged.published = merged.published.or_else(|| article.published.clone());
    // The full text shows the language better than a headline does.
    merged.lang = article.lang.clone().or(merged.lang);
    Some(merged)
}

/// The item as its source shows it today, with the text that an earlier visit read at the item's own page: an excerpt
/// that is cut at another place is no revision.
#[must_use]
pub(crate) fn with_stored_text(item: &Item, before: &Item) -> Item {
    if before.text_state != TextState::Full || item.text_state == TextState::Full {
        return item.clone();
    }
    let title = if before.title_from == TitleFrom::Page { before.title.clone() } else { String::new() };
    let article = Article {
        title,
        text: before.text.clone(),
        text_state: TextState::Full,
        author: before.author.clone(),
        agency: before.agency.clone(),
        published: before.published.clone(),
        lang: before.lang.clone(),
        ..Article::default()
    };
    with_article(item, &article).unwrap_or_else(|| item.clone())
}

/// True if the page's headline is better than the item's: the item's was taken from its text, or is cut off where the
/// page's continues.
fn is_better(item: &Item, title: &str) -> bool {
    if title.is_empty() {
        return false;
    }
    let start = item.title.trim_end().trim_end_matches(['…', '.', ' ']);
    let is_cut = item.title.trim_end().ends_with('…') || item.title.trim_end().ends_with("...");
    let continues = || fold::key(title).starts_with(&fold::key(start)) && title.chars().count() > start.chars().count();
    item.title_from == TitleFrom::Text || is_cut && continues()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::ContentHash;

    const TEXT: &str = "The harbour council met for two days.\nIt agreed on a plan for ropes, lamps and new charts.";

    fn item(title: &str, from: TitleFrom) -> Item {
        Item {
            title: title.to_owned(),
            title_from: from,
            summary: "The harbour council met …".to_owned(),
            text_state: TextState::Excerpt,
            ..Item::default()
        }
    }

    fn article(title: &str) -> Article {
        Article {
            title: title.to_owned(),
            text: TEXT.to_owned(),
            text_state: TextState::Full,
            author: Some("A. Writer".to_owned()),
            ..Article::default()
        }
    }

    #[test]
    fn the_page_gives_the_text_and_the_source_keeps_its_headline() {
        let merged =
            with_article(&item("Harbour council meets", TitleFrom::Page), &article("Council of the harbour meets"));
        let merged = merged.unwrap();
        assert_eq!((merged.title.as_str(), merged.text.as_str()), ("Harbour council meets", TEXT));
        assert_eq!((merged.text_state, merged.author.as_deref()), (TextState::Full, Some("A. Writer")));
        assert_eq!(merged.summary, "The harbour council met …");
    }

    #[test]
    fn a_headline_that_was_cut_or_missing_comes_from_the_page() {
        let title = "Harbour council meets for two days";
        for (ours, from) in [("Harbour council meets …", TitleFrom::Page), ("The harbour council met", TitleFrom::Text)]
        {
            let merged = with_article(&item(ours, from), &article(title)).unwrap();
            assert_eq!((merged.title.as_str(), merged.title_from), (title, TitleFrom::Page), "{ours}");
        }
    }

    #[test]
    fn a_page_about_something_else_adds_nothing() {
        let front = Article { title: "Welcome".to_owned(), text: "Weather and tides.".to_owned(), ..article("") };
        let removed = Item { summary: String::new(), ..item("Harbour council signs treaty", TitleFrom::Feed) };
        assert_eq!(with_article(&removed, &front), None);
    }

    #[test]
    fn a_page_without_text_leaves_the_excerpt() {
        let empty = Article { text: String::new(), text_state: TextState::Excerpt, ..article("Harbour council meets") };
        let merged = with_article(&item("Harbour council meets", TitleFrom::Feed), &empty).unwrap();
        assert_eq!((merged.text.as_str(), merged.text_state), ("", TextState::Excerpt));
    }

    #[test]
    fn another_cut_of_the_excerpt_is_no_revision_and_another_headline_is_one() {
        let stored = with_article(&item("Harbour council meets", TitleFrom::Feed), &article("x")).unwrap();
        let cut = Item {
            summary: "The harbour council met for …".to_owned(),
            ..item("Harbour council meets", TitleFrom::Feed)
        };
        assert_eq!(ContentHash::of(&with_stored_text(&cut, &stored)), ContentHash::of(&stored));
        let renamed = with_stored_text(&item("Harbour council meets again", TitleFrom::Feed), &stored);
        assert_eq!((renamed.title.as_str(), renamed.text.as_str()), ("Harbour council meets again", TEXT));
        assert_ne!(ContentHash::of(&renamed), ContentHash::of(&stored));
    }
}
