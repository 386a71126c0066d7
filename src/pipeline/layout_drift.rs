//! What is said of a page whose items stand elsewhere than they used to.

use serde_json::{Map, Value, json};

use crate::store::Candidate;

/// How many headlines that were kept quiet an event names.
const NAMED: usize = 20;

/// A page whose items stand elsewhere than they used to.
#[derive(Clone, Debug, Default)]
pub struct LayoutDrift {
    /// The places that were known.
    pub(super) was: Vec<(String, usize)>,
    /// The places of today.
    pub(super) is: Vec<(String, usize)>,
    /// How many of the items were stored without an alert, because most of the page was never seen.
    pub quiet: usize,
    /// Those of them that a watch asks for.
    pub withheld: Vec<Candidate>,
}

impl LayoutDrift {
    /// What happened, as the end of a sentence that begins with the source's name.
    #[must_use]
    pub fn message(&self) -> String {
        let place = |places: &[(String, usize)]| places.first().map_or("nowhere", |(place, _)| place).to_owned();
        let mut message = format!(
            "changed its layout: its items were in {:?}, now they are in {:?}",
            place(&self.was),
            place(&self.is)
        );
        match (self.quiet, self.withheld.len()) {
            (0, _) => message += "; most are known, and new items alert as usual",
            (quiet, 0) => message += &format!("; {quiet} new items are stored without an alert"),
            (quiet, hits) => {
                message += &format!(
                    "; {quiet} new items are stored without an alert, and the {hits} that match a watch \
                     are listed here"
                );
            }
        }
        message
    }

    /// The particulars, for a program.
    pub(super) fn detail(&self, id: &str) -> Map<String, Value> {
        let places = |places: &[(String, usize)]| -> Value {
            places.iter().take(8).map(|(place, items)| json!({ "place": place, "items": items })).collect()
        };
        let withheld = |candidate: &Candidate| {
            let watches: Vec<&str> = candidate.hits.iter().map(|hit| hit.watch.as_str()).collect();
            let item = &candidate.probe.item;
            json!({ "title": item.title, "url": item.address, "watches": watches })
        };
        Map::from_iter([
            ("was".to_owned(), places(&self.was)),
            ("is".to_owned(), places(&self.is)),
            ("quiet".to_owned(), self.quiet.into()),
            ("withheld_total".to_owned(), self.withheld.len().into()),
            ("withheld".to_owned(), self.withheld.iter().take(NAMED).map(withheld).collect()),
            ("try".to_owned(), format!("marsad visit {id}").into()),
        ])
    }
}
