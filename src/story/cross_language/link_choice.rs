//! Decides which reports in other languages a report is linked to, given its likeness to each.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::LINK;

/// The most time between two linked reports. Chosen by hand: agencies translate a report within two days.
pub(crate) const LINK_WINDOW: SignedDuration = SignedDuration::from_hours(48);

/// How many stored reports a report is compared with. Chosen by hand.
pub(crate) const CANDIDATES: i64 = 8;

/// By how much the likeness of the best report exceeds that of another story. Chosen by hand: if two stories are about
/// as alike, neither is linked.
const MARGIN: f64 = 0.1;

/// A stored report in another language, compared with the new one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ComparedReport {
    /// The stored item's row.
    pub(crate) item: i64,
    /// The first item of its story.
    pub(crate) story: i64,
    /// Its language.
    pub(crate) lang: String,
    /// How likely both tell of one event, from 0 to 1.
    pub(crate) likeness: f64,
    /// The likeness of the report in the new one's language to which it is linked; none if there is no such link.
    pub(crate) linked: Option<f64>,
}

/// The reports to link, at most one in each language: the best one, unless another story is about as alike or the
/// report is linked to one that is at least as alike.
#[must_use]
pub(crate) fn choose(compared: &[ComparedReport]) -> Vec<&ComparedReport> {
    let mut languages: BTreeMap<&str, Vec<&ComparedReport>> = BTreeMap::new();
    for report in compared {
        languages.entry(&report.lang).or_default().push(report);
    }
    languages.into_values().filter_map(|reports| best(&reports)).collect()
}

fn best<'r>(reports: &[&'r ComparedReport]) -> Option<&'r ComparedReport> {
    let more =
        |a: &&&'r ComparedReport, b: &&&'r ComparedReport| a.likeness.total_cmp(&b.likeness).then(b.item.cmp(&a.item));
    let best = *reports.iter().max_by(more)?;
    let others = reports.iter().filter(|report| report.story != best.story);
    let is_distinct = others.map(|report| report.likeness).all(|likeness| best.likeness - likeness >= MARGIN);
    let is_mutual = best.linked.is_none_or(|linked| best.likeness > linked);
    (best.likeness >= LINK && is_distinct && is_mutual).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(item: i64, lang: &str, likeness: f64) -> ComparedReport {
        ComparedReport { item, story: item, lang: lang.to_owned(), likeness, linked: None }
    }

    fn chosen(compared: &[ComparedReport]) -> Vec<i64> {
        choose(compared).into_iter().map(|report| report.item).collect()
    }

    #[test]
    fn the_best_report_in_each_language_is_linked() {
        let reports = [report(1, "ar", 0.9), report(2, "ar", 0.7), report(3, "tr", 0.55), report(4, "fa", 0.49)];
        assert_eq!(chosen(&reports), [1, 3]);
    }

    #[test]
    fn a_report_as_like_as_one_of_another_story_is_not_linked() {
        let second = report(2, "ar", 0.85);
        assert!(chosen(&[report(1, "ar", 0.9), second.clone()]).is_empty());
        assert_eq!(chosen(&[report(1, "ar", 0.9), ComparedReport { story: 1, ..second }]), [1]);
    }

    #[test]
    fn a_report_that_is_linked_to_a_better_one_is_not_linked() {
        let linked = |likeness| ComparedReport { linked: Some(likeness), ..report(1, "ar", 0.8) };
        assert!(chosen(&[linked(0.9)]).is_empty());
        assert!(chosen(&[linked(0.8)]).is_empty());
        assert_eq!(chosen(&[linked(0.7)]), [1]);
    }
}
