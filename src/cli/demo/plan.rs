//! The plan of the demo: invented news in six languages, and when it is published.
//!
//! Nothing here happened, nobody is named except by office, and no sentence comes from a publisher. The forms are those
//! of real sites: words joined to the watched names, two digit systems, an agency text that others reprint.

/// A publisher of the demo: one source of its configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outlet {
    /// The id of the source, and the first part of its addresses.
    pub id: &'static str,
    /// Its display name.
    pub name: &'static str,
    /// The language of its items.
    pub lang: &'static str,
    /// The format of its document.
    pub format: OutletFormat,
}

/// The format of the document at an outlet's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutletFormat {
    /// RSS 2.0 with the full text, in UTF-8.
    Rss,
    /// RSS 2.0 in windows-1254, as some older Turkish sites serve it.
    RssTurkish,
    /// Atom with the full text.
    Atom,
    /// RSS 1.0, which is RDF, with an excerpt.
    Rdf,
    /// JSON Feed with the full text.
    Json,
    /// A category listing with cut excerpts.
    Listing,
    /// A topic page: headlines in a list, with times.
    Topic,
}

/// One thing that an outlet publishes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedItem {
    /// The last part of its address; a revision has the slug of what it revises.
    pub(crate) slug: &'static str,
    /// The outlet's name.
    pub(crate) outlet: &'static str,
    /// Seconds after the opening; 0 if it was published before.
    pub(crate) second: u32,
    /// The headline.
    pub title: &'static str,
    /// The text, one line per paragraph.
    pub text: &'static str,
    /// The expected outcome.
    pub(crate) role: ExpectedOutcome,
}

/// What marsad should do with a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExpectedOutcome {
    /// It was published before the first visit, so it does not alert.
    Before,
    /// It alerts once.
    Alerts,
    /// It resembles what is watched but is something else, so it does not alert.
    Other,
    /// It repeats the text of the piece with that slug at another outlet, so it does not alert again.
    Reprint(&'static str),
    /// It edits the earlier piece with the same slug, so it does not alert again.
    Revision,
}

/// The publishers, in the order of the configuration.
pub(crate) const OUTLETS: &[Outlet] = &[
    Outlet { id: "anba-ar", name: "وكالة أنباء المرفأ", lang: "ar", format: OutletFormat::Rss },
    Outlet {
        id: "category-ar", name: "صحيفة الرواق: أخبار المنظمة", lang: "ar", format: OutletFormat::Listing
    },
    Outlet { id: "aggregator-ar", name: "مجمّع الأخبار", lang: "ar", format: OutletFormat::Rss },
    Outlet { id: "khabar-fa", name: "خبرگزاری رواق", lang: "fa", format: OutletFormat::Atom },
    Outlet {
        id: "topic-fa", name: "پرونده: سازمان همکاری اسلامی", lang: "fa", format: OutletFormat::Topic
    },
    Outlet { id: "akhbar-ur", name: "روزنامہ دریچہ", lang: "ur", format: OutletFormat::Rss },
    Outlet { id: "haber-tr", name: "Liman Haber", lang: "tr", format: OutletFormat::RssTurkish },
    Outlet { id: "depeche-fr", name: "La Dépêche du port", lang: "fr", format: OutletFormat::Rdf },
    Outlet { id: "wire-en", name: "Harbour Wire", lang: "en", format: OutletFormat::Json },
    Outlet { id: "bank-en", name: "Development Press Room", lang: "en", format: OutletFormat::Rss },
];

/// The outlet with this id.
#[must_use]
pub(crate) fn outlet(id: &str) -> Option<&'static Outlet> {
    OUTLETS.iter().find(|outlet| outlet.id == id)
}
