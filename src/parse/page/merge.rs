//! An item, made whole by what its own page says.

use super::article::{Article, is_about};
use crate::item::{Item, TextState, TitleFrom};
use crate::text::fold;

/// The item with the text of its own page, and with what else its source did not say; none where the page speaks of
/// something else, as a front page does to which a site redirects what it has removed.
///
/// What the source said of the headline stands, so that it is the same at every visit; only a headline that was cut
/// off, or taken from the text for want of one, is replaced by the page's.
#[must_use]
pub fn whole(item: &Item, article: &Article) -> Option<Item> {
    if !is_about(&item.title, &format!("{}\n{}", article.title, article.text), &item.summary) {
        return None;
    }
    let mut whole = item.clone();
    if is_better(item, &article.title) {
        whole.title.clone_from(&article.title);
        whole.title_from = TitleFrom::Page;
    }
    if whole.summary.is_empty() {
        whole.summary.clone_from(&article.description);
    }
    if article.text_state == TextState::Full && !article.text.is_empty() {
        whole.text.clone_from(&article.text);
        whole.text_state = TextState::Full;
    } else if whole.text_state == TextState::None && !whole.summary.is_empty() {
        whole.text_state = TextState::Excerpt;
    }
    whole.author = whole.author.or_else(|| article.author.clone());
    whole.agency = whole.agency.or_else(|| article.agency.clone());
    whole.published = whole.published.or_else(|| article.published.clone());
    // The whole text tells the language better than a headline does.
    whole.lang = article.lang.clone().or(whole.lang);
    Some(whole)
}

/// What a source says of an item today, with the text that was read at the item's own page before: a source that
/// cuts its excerpt elsewhere says nothing new.
#[must_use]
pub fn still_whole(item: &Item, before: &Item) -> Item {
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
    whole(item, &article).unwrap_or_else(|| item.clone())
}

/// True where the page's headline says more than the item's: the item's own was taken from its text, or breaks off
/// where the page's goes on.
fn is_better(item: &Item, title: &str) -> bool {
    if title.is_empty() {
        return false;
    }
    let start = item.title.trim_end().trim_end_matches(['…', '.', ' ']);
    let is_cut = item.title.trim_end().ends_with('…') || item.title.trim_end().ends_with("...");
    let goes_on = || fold::key(title).starts_with(&fold::key(start)) && title.chars().count() > start.chars().count();
    item.title_from == TitleFrom::Text || is_cut && goes_on()
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
        let whole = whole(&item("Harbour council meets", TitleFrom::Page), &article("Council of the harbour meets"));
        let whole = whole.unwrap();
        assert_eq!((whole.title.as_str(), whole.text.as_str()), ("Harbour council meets", TEXT));
        assert_eq!((whole.text_state, whole.author.as_deref()), (TextState::Full, Some("A. Writer")));
        assert_eq!(whole.summary, "The harbour council met …");
    }

    #[test]
    fn a_headline_that_was_cut_or_missing_comes_from_the_page() {
        let title = "Harbour council meets for two days";
        for (ours, from) in [("Harbour council meets …", TitleFrom::Page), ("The harbour council met", TitleFrom::Text)]
        {
            let whole = whole(&item(ours, from), &article(title)).unwrap();
            assert_eq!((whole.title.as_str(), whole.title_from), (title, TitleFrom::Page), "{ours}");
        }
    }

    #[test]
    fn a_page_about_something_else_adds_nothing() {
        let front = Article { title: "Welcome".to_owned(), text: "Weather and tides.".to_owned(), ..article("") };
        let removed = Item { summary: String::new(), ..item("Harbour council signs treaty", TitleFrom::Feed) };
        assert_eq!(whole(&removed, &front), None);
    }

    #[test]
    fn a_page_without_text_leaves_the_excerpt_and_says_so() {
        let empty = Article { text: String::new(), text_state: TextState::Excerpt, ..article("Harbour council meets") };
        let whole = whole(&item("Harbour council meets", TitleFrom::Feed), &empty).unwrap();
        assert_eq!((whole.text.as_str(), whole.text_state), ("", TextState::Excerpt));
    }

    #[test]
    fn another_cut_of_the_excerpt_says_nothing_new_and_another_headline_does() {
        let stored = whole(&item("Harbour council meets", TitleFrom::Feed), &article("x")).unwrap();
        let cut = Item {
            summary: "The harbour council met for …".to_owned(),
            ..item("Harbour council meets", TitleFrom::Feed)
        };
        assert_eq!(ContentHash::of(&still_whole(&cut, &stored)), ContentHash::of(&stored));
        let renamed = still_whole(&item("Harbour council meets again", TitleFrom::Feed), &stored);
        assert_eq!((renamed.title.as_str(), renamed.text.as_str()), ("Harbour council meets again", TEXT));
        assert_ne!(ContentHash::of(&renamed), ContentHash::of(&stored));
    }
}
