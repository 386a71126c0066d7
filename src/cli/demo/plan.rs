//! What the demo's newsrooms publish, and when: invented news in six languages.
//!
//! Nothing here happened, nobody is named but by office, and no sentence was taken from a publisher. The shapes are
//! those of real sites: words glued to the watched names, two digit systems, an agency text that others reprint.

/// A publisher of the demo: one source of its configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlet {
    /// The source's name, and the first part of its addresses.
    pub id: &'static str,
    /// What it calls itself.
    pub name: &'static str,
    /// The language that it writes in.
    pub lang: &'static str,
    /// What it serves.
    pub shape: OutletFormat,
}

/// What an outlet serves at its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutletFormat {
    /// RSS 2.0 with the full text, in UTF-8.
    Rss,
    /// RSS 2.0 in windows-1254, as older Turkish sites still serve it.
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
pub struct PlannedItem {
    /// The last part of its address; a revision bears the slug of what it revises.
    pub slug: &'static str,
    /// The outlet's name.
    pub outlet: &'static str,
    /// Seconds after the opening; 0: it stood there before.
    pub beat: u32,
    /// The headline.
    pub title: &'static str,
    /// The text, one line per paragraph.
    pub text: &'static str,
    /// What marsad is to make of it.
    pub role: ExpectedOutcome,
}

/// What marsad is to make of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedOutcome {
    /// It stood there before the first visit: nobody is told.
    Before,
    /// It is told, once.
    Told,
    /// It resembles what is watched, and is not: nobody is told.
    Other,
    /// The same text as the piece of that slug, elsewhere: not told again.
    Reprint(&'static str),
    /// An edit of the earlier piece with the same slug: not told again.
    Revision,
}

/// The publishers, in the order of the configuration.
pub const OUTLETS: &[Outlet] = &[
    Outlet { id: "anba-ar", name: "وكالة أنباء المرفأ", lang: "ar", shape: OutletFormat::Rss },
    Outlet {
        id: "category-ar", name: "صحيفة الرواق: أخبار المنظمة", lang: "ar", shape: OutletFormat::Listing
    },
    Outlet { id: "aggregator-ar", name: "مجمّع الأخبار", lang: "ar", shape: OutletFormat::Rss },
    Outlet { id: "khabar-fa", name: "خبرگزاری رواق", lang: "fa", shape: OutletFormat::Atom },
    Outlet {
        id: "topic-fa", name: "پرونده: سازمان همکاری اسلامی", lang: "fa", shape: OutletFormat::Topic
    },
    Outlet { id: "akhbar-ur", name: "روزنامہ دریچہ", lang: "ur", shape: OutletFormat::Rss },
    Outlet { id: "haber-tr", name: "Liman Haber", lang: "tr", shape: OutletFormat::RssTurkish },
    Outlet { id: "depeche-fr", name: "La Dépêche du port", lang: "fr", shape: OutletFormat::Rdf },
    Outlet { id: "wire-en", name: "Harbour Wire", lang: "en", shape: OutletFormat::Json },
    Outlet { id: "bank-en", name: "Development Press Room", lang: "en", shape: OutletFormat::Rss },
];

/// The outlet of this name.
#[must_use]
pub fn outlet(id: &str) -> Option<&'static Outlet> {
    OUTLETS.iter().find(|outlet| outlet.id == id)
}
