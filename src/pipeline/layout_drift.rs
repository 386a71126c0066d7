//! Describes the layout drift of a page, for events.

use serde_json::{Map, Value, json};

use crate::store::Candidate;

/// How many suppressed headlines an event lists. Chosen by hand.
const MAX_SUPPRESSED_LISTED: usize = 20;

/// How many old or new locations an event lists. Chosen by hand.
const MAX_LOCATIONS_LISTED: usize = 8;

/// A page that shows its items in other places than before.
#[derive(Clone, Debug, Default)]
pub(crate) struct LayoutDrift {
    /// The known locations, each with its number of items.
    pub(super) was: Vec<(String, usize)>,
    /// The locations of this visit, each with its number of items.
    pub(super) is: Vec<(String, usize)>,
    /// How many items were stored without an alert because most of the page was unseen.
    pub(crate) quiet: usize,
    /// The suppressed items that match a watch.
    pub(crate) suppressed: Vec<Candidate>,
}

impl LayoutDrift {
    /// Describes the drift, as the end of a sentence that begins with the source's name.
    #[must_use]
    pub fn message(&self) -> String {
        let place = |places: &[(String, usize)]| places.first().map_or("nowhere", |(place, _)| place).to_owned();
        let mut message = format!(
            "changed its layout: its items were in {:?}, now they are in {:?}",
            place(&self.was),
            place(&self.is)
        );
        match (self.quiet, self.suppressed.len()) {
            (0, _) => message += "; most are known, and new items alert as usual",
            (quiet, hits) => {
                let items = if quiet == 1 { "item is" } else { "items are" };
                message += &format!("; {quiet} new {items} stored without an alert");
                message += &match hits {
                    0 => String::new(),
                    1 => ", and the one that matches a watch is listed here".to_owned(),
                    hits => format!(", and the {hits} that match a watch are listed here"),
                };
            }
        }
        message
    }

    /// The event's details.
    pub(super) fn detail(&self, id: &str) -> Map<String, Value> {
        let places = |places: &[(String, usize)]| -> Value {
            places
                .iter()
                .take(MAX_LOCATIONS_LISTED)
                .map(|(place, items)| json!({ "place": place, "items": items }))
                .collect()
        };
        let suppressed = |candidate: &Candidate| {
            let watches: Vec<&str> = candidate.hits.iter().map(|hit| hit.watch.as_str()).collect();
            let item = &candidate.probe.item;
            json!({ "title": item.title, "url": item.address, "watches": watches })
        };
        Map::from_iter([
            ("was".to_owned(), places(&self.was)),
            ("is".to_owned(), places(&self.is)),
            ("quiet".to_owned(), self.quiet.into()),
            ("withheld_total".to_owned(), self.suppressed.len().into()),
            ("withheld".to_owned(), self.suppressed.iter().take(MAX_SUPPRESSED_LISTED).map(suppressed).collect()),
            ("try".to_owned(), format!("marsad visit {id}").into()),
        ])
    }
}
