//! What was found at an address.

use crate::address::Address;
use crate::fetch::FetchError;
use crate::parse::{Advertised, Document};
use crate::pipeline::Reading;
use crate::source::Source;

/// What was found at an address.
pub struct Survey {
    /// The address that answered.
    pub address: Address,
    /// What was served there.
    pub document: Document,
    /// How many bytes came.
    pub bytes: usize,
    /// What it is: `rss`, `sitemap index`, `web page`, …
    pub kind: &'static str,
    /// The feeds that it advertises, best first, with what came of those that were tried.
    pub feeds: Vec<(Advertised, Tried)>,
    /// The usual places of feeds that were tried.
    pub places: Vec<(Address, Tried)>,
    /// What can be watched, best first.
    pub choices: Vec<Choice>,
    /// What stands in the way of something, in whole sentences.
    pub remarks: Vec<String>,
}

/// What came of a feed: nothing (it was not tried), its items, or why it has none.
pub type Tried = Option<Result<usize, String>>;

/// Something that can be watched.
pub struct Choice {
    /// As what, and where.
    pub source: Source,
    /// What a visit would read.
    pub reading: Reading,
    /// Why it is read that way.
    pub why: String,
}

/// Why there is nothing to tell of an address.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It was fetched, and is nothing that can be read.
    #[error("{0}")]
    Document(String),
}

impl Survey {
    /// The address to watch: where the document was served, unless that is another place than the typed one, which may
    /// lead elsewhere tomorrow.
    #[must_use]
    pub fn lasting(&self) -> Address {
        let path = |address: &Address| address.url().path().trim_end_matches('/').to_owned();
        let (typed, served) = (&self.address, &self.document.address);
        let same = path(typed) == path(served) && typed.url().query() == served.url().query();
        if same || path(typed).is_empty() { served.canonical() } else { typed.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lasting(typed: &str, served: &str) -> String {
        let address = |text: &str| Address::parse(text).unwrap();
        let (media_type, text) = (String::new(), String::new());
        let document = Document { address: address(served), media_type, text, encoding: "UTF-8", replaced: 0 };
        let (feeds, places, choices, remarks) = Default::default();
        let address = address(typed);
        let survey = Survey { address, document, bytes: 0, kind: "rss", feeds, places, choices, remarks };
        survey.lasting().as_str().to_owned()
    }

    #[test]
    fn a_redirect_that_may_lead_elsewhere_tomorrow_is_not_written_down() {
        assert_eq!(lasting("http://a.org/feed", "https://www.a.org/feed/"), "https://www.a.org/feed/");
        assert_eq!(lasting("http://a.org/", "https://a.org/ar/"), "https://a.org/ar/");
        assert_eq!(lasting("https://a.org/latest", "https://a.org/2026/11/22"), "https://a.org/latest");
        assert_eq!(lasting("https://a.org/go?x=1", "https://a.org/go?x=2"), "https://a.org/go?x=1");
    }
}
