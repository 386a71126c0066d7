//! Lists the formats of documents that are read.

/// The format in which a document was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DocumentFormat {
    /// RSS of any version but 1.0.
    Rss,
    /// RSS 1.0.
    Rdf,
    /// Atom.
    Atom,
    /// JSON Feed.
    Json,
    /// The JSON of WordPress.
    WordPress,
    /// A sitemap.
    Sitemap,
    /// An index of sitemaps.
    SitemapIndex,
    /// A page that lists items.
    Listing,
    /// A page of one article.
    Article,
    /// A page with several items in sections.
    Bulletin,
    /// A web page in place of a feed or sitemap.
    #[default]
    Html,
}

impl DocumentFormat {
    /// The word in JSON and on the terminal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Rdf => "rdf",
            Self::Atom => "atom",
            Self::Json => "json",
            Self::WordPress => "wordpress",
            Self::Sitemap => "sitemap",
            Self::SitemapIndex => "sitemap index",
            Self::Listing => "listing",
            Self::Article => "article",
            Self::Bulletin => "bulletin",
            Self::Html => "html",
        }
    }
}
