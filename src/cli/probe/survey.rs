//! The result of a survey.

use crate::address::Address;
use crate::fetch::FetchError;
use crate::parse::{Advertised, Document, DocumentFormat};
use crate::pipeline::SourceContent;
use crate::source::Source;

/// What a survey found at an address.
pub(crate) struct Survey {
    /// The address that answered.
    pub address: Address,
    /// What was served there.
    pub document: Document,
    /// True if the document at the address leads browsers to this one.
    pub(crate) refreshed: bool,
    /// Its size in bytes.
    pub bytes: usize,
    /// Its format.
    pub format: DocumentFormat,
    /// The advertised feeds, best first, with the result of those that were tried.
    pub feeds: Vec<(Advertised, FeedTrial)>,
    /// The usual paths that were tried.
    pub places: Vec<(Address, FeedTrial)>,
    /// What can be watched, best first.
    pub(crate) choices: Vec<WatchableSource>,
    /// Why the typed address has no document, if the survey goes by the usual paths alone.
    pub(crate) missing: Option<String>,
    /// Obstacles, one sentence each.
    pub(crate) remarks: Vec<String>,
}

/// The result for a feed: `None` if it was not tried, its number of items, or an error.
pub(crate) type FeedTrial = Option<Result<usize, String>>;

/// Something that can be watched.
pub(crate) struct WatchableSource {
    /// As what, and where.
    pub source: Source,
    /// What a visit would read.
    pub reading: SourceContent,
    /// Why it is read that way.
    pub(crate) why: String,
}

/// Why a survey failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProbeFailure {
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It was fetched but cannot be read.
    #[error("{0}")]
    Document(String),
}

impl Survey {
    /// Its format, for people: `rss`, `sitemap index`, `web page`, …
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.format {
            DocumentFormat::Html => "web page",
            format => format.as_str(),
        }
    }

    /// The address to watch: the one that served the document, unless the typed address redirects to another page. Such
    /// a redirect may lead elsewhere tomorrow, so the typed address is kept. A page that leads browsers on is not kept,
    /// because it can be replaced by one with content.
    #[must_use]
    pub(crate) fn lasting(&self) -> Address {
        let path = |address: &Address| address.url().path().trim_end_matches('/').to_owned();
        let (typed, served) = (&self.address, &self.document.address);
        let same = path(typed) == path(served) && typed.url().query() == served.url().query();
        if self.refreshed || same || path(typed).is_empty() { served.canonical() } else { typed.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lasting(typed: &str, served: &str) -> String {
        lasting_after(false, typed, served)
    }

    fn lasting_after(refreshed: bool, typed: &str, served: &str) -> String {
        let address = |text: &str| Address::parse(text).unwrap();
        let (media_type, text) = (String::new(), String::new());
        let document = Document { address: address(served), media_type, text, encoding: "UTF-8", replaced: 0 };
        let (feeds, places, choices, remarks) = Default::default();
        let address = address(typed);
        let (format, missing) = (DocumentFormat::Rss, None);
        let survey =
            Survey { address, document, refreshed, bytes: 0, format, feeds, places, choices, missing, remarks };
        survey.lasting().as_str().to_owned()
    }

    #[test]
    fn the_target_of_a_changeable_redirect_is_not_kept() {
        assert_eq!(lasting("http://a.org/feed", "https://www.a.org/feed/"), "https://www.a.org/feed/");
        assert_eq!(lasting("http://a.org/", "https://a.org/ar/"), "https://a.org/ar/");
        assert_eq!(lasting("https://a.org/latest", "https://a.org/2026/11/22"), "https://a.org/latest");
        assert_eq!(lasting_after(true, "https://a.org/old", "https://a.org/new"), "https://a.org/new");
        assert_eq!(lasting("https://a.org/go?x=1", "https://a.org/go?x=2"), "https://a.org/go?x=1");
    }
}
