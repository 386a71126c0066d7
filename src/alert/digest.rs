//! Defines digests, each one message for many alerts, and when alerts are gathered in one.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Hit, ItemAlert, Previous, WatchId};
use crate::clock::later;
use crate::source::SourceId;
use crate::text::lang::Lang;

/// The most alerts that a digest lists. Chosen by hand: nobody reads more.
pub(crate) const MAX_ENTRIES: usize = 100;

/// The most single mails an hour to one recipient. Chosen by hand: three minutes for each.
pub(crate) const MAILS_PER_HOUR: usize = 20;

/// The time over which mails are counted.
pub(crate) const MAIL_WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// How long the first digest beyond the limit gathers alerts. Chosen by hand: long enough for one visit's alerts.
const GROUP_WAIT: SignedDuration = SignedDuration::from_secs(30);

/// The shortest time between two digests beyond the limit. Chosen by hand.
pub(crate) const GROUP_PAUSE: SignedDuration = SignedDuration::from_mins(10);

/// How long a flood waits for the pages of its items: longer than any item waits for its page. Chosen by hand.
pub(crate) const FLOOD_WAIT: SignedDuration = SignedDuration::from_secs(150);

/// The most alerts that leave one by one after quiet hours or a flood. Chosen by hand.
const MAX_SINGLES: usize = 5;

/// The most characters of a text that a digest keeps. Chosen by hand; bodies show less.
const SUMMARY: usize = 600;

/// Why alerts are gathered. A later reason takes precedence if a digest has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DigestReason {
    /// A source brought far more items than usual at once.
    Flood,
    /// The recipient got as many mails as an hour may have.
    Limit,
    /// They came in during the channel's quiet hours.
    Quiet,
    /// The channel's `send` has set times.
    Schedule,
}

/// One message for many alerts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Why the alerts were gathered.
    pub(crate) reason: DigestReason,
    /// The language of its own words.
    pub(crate) lang: Lang,
    /// When it was closed.
    pub at: Timestamp,
    /// When the oldest of its alerts was made; none without alerts.
    pub(crate) since: Option<Timestamp>,
    /// True if an alert in it is urgent.
    pub(crate) urgent: bool,
    /// How many alerts each watch has, listed or not. An alert counts for the first of its watches.
    pub(crate) counts: Vec<DigestCount>,
    /// The listed alerts, in the order in which they may be left out: the last one first.
    pub(crate) items: Vec<ItemAlert>,
    /// The state of sources and deliveries; none except at a daily or weekly time.
    pub(crate) health: Option<DigestHealth>,
}

/// How many alerts of a digest a watch has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DigestCount {
    /// The watch.
    pub(crate) watch: WatchId,
    /// Its display name.
    pub(crate) name: String,
    /// The number of alerts.
    pub(crate) alerts: usize,
}

/// The state of sources and deliveries when a digest was closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DigestHealth {
    /// The number of enabled sources.
    pub(crate) sources: usize,
    /// How many of them are healthy, or were not read yet.
    pub(crate) healthy: usize,
    /// The others, with their health.
    pub(crate) unhealthy: Vec<(SourceId, String)>,
    /// The number of deliveries that wait for an attempt.
    pub(crate) pending: u64,
}

/// The alerts of one watch in a digest.
#[derive(Clone, Debug)]
pub(crate) struct DigestGroup<'a> {
    /// The watch and how many alerts it has.
    pub(crate) count: &'a DigestCount,
    /// The listed ones by story: the story that most sources carry first, its newest report first.
    pub(crate) stories: Vec<Vec<&'a ItemAlert>>,
}

/// How many items a visit brought, for [`VisitSize::is_flood`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct VisitSize {
    /// The entries of the document.
    pub(crate) entries: usize,
    /// Those that are new.
    pub(crate) new: usize,
    /// Those of the new ones that a watch matches, or may match once their page is read.
    pub(crate) matched: usize,
    /// The number of new items that its visits usually find: see [`usual`].
    pub(crate) usual: Option<usize>,
    /// True if the visits before failed, or the last one that succeeded is long ago.
    pub(crate) after_outage: bool,
}

impl VisitSize {
    /// More matched items than this at once are a flood, if the source usually brings fewer than [`Self::FEW`].
    const MANY: usize = 30;
    /// A source that usually brings fewer items than this brings few.
    const FEW: usize = 5;
    /// More matched items than this are a flood if it is unknown what the source usually brings. Chosen by hand: no
    /// agency publishes as many between two visits.
    const UNUSUAL: usize = 300;
    /// The share of a document's entries, in percent, above which it counts as replaced.
    const REPLACED: usize = 80;
    /// The fewest entries of a document for that share to mean anything. Chosen by hand: short pages are often replaced.
    const LEAST: usize = 20;

    /// True if the alerts of the visit leave as one digest. Whether the items may be old ones of a redesigned site is a
    /// question apart.
    #[must_use]
    pub(crate) fn is_flood(&self) -> bool {
        let brings_few = match self.usual {
            Some(usual) => usual < Self::FEW,
            None => self.after_outage || self.matched > Self::UNUSUAL,
        };
        let is_replaced = self.entries >= Self::LEAST && self.new * 100 > self.entries * Self::REPLACED;
        let is_sudden = self.usual.map_or(self.after_outage, |usual| self.new > 2 * usual);
        self.matched > Self::MANY && brings_few || self.matched > MAX_SINGLES && is_replaced && is_sudden
    }
}

/// A source that was not read for this long was out of reach, or marsad did not run. Chosen by hand: twice the longest
/// pause between two visits.
pub(crate) const OUTAGE: SignedDuration = SignedDuration::from_hours(12);

/// The most visits whose new items are remembered. Chosen by hand.
pub(crate) const REMEMBERED_VISITS: usize = 20;

/// The fewest visits that tell what is usual. Chosen by hand.
const FEWEST_VISITS: usize = 2;

/// How many new items a source usually brings: the median of its latest visits; none after too few.
#[must_use]
pub(crate) fn usual(visits: &[usize]) -> Option<usize> {
    let mut sorted = visits.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().filter(|_| visits.len() >= FEWEST_VISITS)
}

/// When a digest beyond the limit of mails closes that begins now. `last` is when the recipient's last digest was made.
#[must_use]
pub(crate) fn limit_closes_at(now: Timestamp, last: Option<Timestamp>) -> Timestamp {
    let first = later(now, GROUP_WAIT);
    last.map_or(first, |last| later(last, GROUP_PAUSE).clamp(first, later(now, GROUP_PAUSE)))
}

/// Which of the waiting alerts a digest lists: their indexes, in order of importance. `watches` is the first watch of
/// each, newest first: every watch gets its newest alert before any gets its second.
#[must_use]
pub(crate) fn selected(watches: &[&str], most: usize) -> Vec<usize> {
    let mut seen: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    let mut ranked: Vec<(usize, usize)> = watches
        .iter()
        .enumerate()
        .map(|(index, watch)| {
            let rank = seen.entry(watch).or_default();
            *rank += 1;
            (*rank, index)
        })
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().take(most).map(|(_, index)| index).collect()
}

impl DigestReason {
    /// Every reason.
    pub(crate) const ALL: [Self; 4] = [Self::Flood, Self::Limit, Self::Quiet, Self::Schedule];

    /// The word in the payload and the store.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Flood => "flood",
            Self::Limit => "limit",
            Self::Quiet => "quiet",
            Self::Schedule => "schedule",
        }
    }

    /// Parses the word; an unknown one, written by another version, reads as [`Self::Schedule`].
    #[must_use]
    pub(crate) fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word).unwrap_or(Self::Schedule)
    }

    /// The most alerts that leave one by one instead of in a digest.
    #[must_use]
    pub(crate) fn max_singles(self) -> usize {
        match self {
            Self::Flood | Self::Quiet => MAX_SINGLES,
            Self::Limit => 1,
            Self::Schedule => 0,
        }
    }
}

impl Digest {
    /// The number of alerts, listed or not.
    #[must_use]
    pub(crate) fn total(&self) -> usize {
        self.counts.iter().map(|count| count.alerts).sum()
    }

    /// How many alerts it does not list.
    #[must_use]
    pub(crate) fn left_out(&self) -> usize {
        self.total().saturating_sub(self.items.len())
    }

    /// The digest with at most `most` listed alerts.
    #[must_use]
    pub(crate) fn with_at_most(&self, most: usize) -> Self {
        Self { items: self.items.iter().take(most).cloned().collect(), ..self.clone() }
    }

    /// The alerts by watch, the watch with the most first, and by story.
    #[must_use]
    pub(crate) fn groups(&self) -> Vec<DigestGroup<'_>> {
        let mut counts: Vec<&DigestCount> = self.counts.iter().collect();
        counts.sort_by(|one, other| other.alerts.cmp(&one.alerts).then_with(|| one.watch.cmp(&other.watch)));
        let of = |count| DigestGroup { count, stories: stories(self.items.iter().filter(|item| is_of(item, count))) };
        counts.into_iter().map(of).collect()
    }
}

impl DigestGroup<'_> {
    /// How many alerts of the watch are not listed.
    #[must_use]
    pub(crate) fn left_out(&self) -> usize {
        self.count.alerts.saturating_sub(self.stories.iter().map(Vec::len).sum())
    }
}

fn is_of(alert: &ItemAlert, count: &DigestCount) -> bool {
    alert.hits.first().is_some_and(|hit| hit.watch == count.watch)
}

/// The alerts by story. An alert without a story stands alone.
fn stories<'a>(alerts: impl Iterator<Item = &'a ItemAlert>) -> Vec<Vec<&'a ItemAlert>> {
    let mut stories: Vec<Vec<&ItemAlert>> = Vec::new();
    let story = |alert: &ItemAlert| alert.story.as_ref().map_or_else(|| alert.id.clone(), |link| link.id.clone());
    for alert in alerts {
        match stories.iter_mut().find(|reports| story(reports[0]) == story(alert)) {
            Some(reports) => reports.push(alert),
            None => stories.push(vec![alert]),
        }
    }
    let sources = |alert: &&ItemAlert| alert.story.as_ref().map_or(1, |link| link.sources.len());
    let weight = |reports: &Vec<&ItemAlert>| reports.iter().map(sources).max().unwrap_or(1).max(reports.len());
    for reports in &mut stories {
        reports.sort_by_key(|report| std::cmp::Reverse(report.first_seen));
    }
    stories.sort_by_key(|reports| std::cmp::Reverse((weight(reports), reports[0].first_seen)));
    stories
}

/// The alert as a digest lists it: with the hits of these watches, and only the beginning of its text.
#[must_use]
pub(crate) fn brief(mut alert: ItemAlert, watches: &[WatchId]) -> ItemAlert {
    let text = if alert.item.summary.trim().is_empty() { &alert.item.text } else { &alert.item.summary };
    alert.item.summary = text.chars().take(SUMMARY).collect();
    alert.item.text = String::new();
    alert.hits.retain(|hit| watches.contains(&hit.watch));
    alert.hits = alert.hits.into_iter().map(|hit| Hit { matches: Vec::new(), ..hit }).collect();
    let previous = |previous: Previous| Previous { changes: Vec::new(), summary: String::new(), ..previous };
    alert.previous = alert.previous.map(previous);
    if let Some(story) = &mut alert.story {
        story.also.clear();
    }
    alert
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(entries: usize, new: usize, matched: usize, usual: Option<usize>) -> VisitSize {
        VisitSize { entries, new, matched, usual, after_outage: false }
    }

    #[test]
    fn a_flood_is_many_items_of_a_source_that_brings_few_or_a_replaced_document() {
        let outage = |size| VisitSize { after_outage: true, ..size };
        for (size, expected, why) in [
            (size(500, 31, 31, Some(4)), true, "more than 30 of a source that brings fewer than 5"),
            (size(500, 30, 30, Some(4)), false, "30 are not more than 30"),
            (size(500, 200, 200, Some(5)), false, "a source that brings 5 is a busy one"),
            (outage(size(500, 31, 31, None)), true, "a site that returns after a day"),
            (size(300, 300, 300, None), false, "a new source may be a busy one"),
            (size(500, 500, 500, None), true, "nobody is that busy"),
            (size(500, 500, 20, Some(30)), true, "over 80 % of the entries"),
            (size(30, 24, 24, Some(0)), false, "80 % are not over 80 %"),
            (size(19, 19, 19, Some(0)), false, "a short page is often replaced"),
            (size(40, 40, 40, Some(40)), false, "a page that is always replaced"),
            (size(500, 500, 5, Some(0)), false, "five alerts are no flood for their reader"),
        ] {
            assert_eq!(size.is_flood(), expected, "{why}: {size:?}");
        }
    }

    #[test]
    fn the_usual_number_is_the_median_of_the_latest_visits() {
        let expected = [None, None, Some(150), Some(1), Some(3)];
        assert_eq!([usual(&[]), usual(&[7]), usual(&[2, 150]), usual(&[1, 0, 500]), usual(&[0, 0, 3, 9])], expected);
    }

    #[test]
    fn every_watch_has_its_newest_alert_listed_before_any_has_its_second() {
        assert_eq!(selected(&["gaza", "gaza", "gaza", "oic"], 2), [0, 3]);
        assert_eq!(selected(&["gaza", "gaza", "gaza", "oic"], 9), [0, 3, 1, 2]);
    }

    #[test]
    fn a_digest_beyond_the_limit_waits_thirty_seconds_and_ten_minutes_after_the_last() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let closes = |last: Option<&str>| limit_closes_at(now, last.map(|at| at.parse().unwrap())).to_string();
        assert_eq!(closes(None), "2026-11-21T12:00:30Z");
        assert_eq!(closes(Some("2026-11-21T11:58:00Z")), "2026-11-21T12:08:00Z");
        assert_eq!(closes(Some("2026-11-21T11:00:00Z")), "2026-11-21T12:00:30Z");
        assert_eq!(closes(Some("2076-11-21T11:00:00Z")), "2026-11-21T12:10:00Z", "the clock was set back");
    }

    #[test]
    fn every_reason_is_stored_by_its_word_and_documented() {
        let documented = include_str!("../../docs/payloads.md");
        for reason in DigestReason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
            assert_eq!(DigestReason::from_word(reason.as_str()), reason);
            assert!(documented.contains(&format!("`{}`", reason.as_str())), "{}", reason.as_str());
        }
    }
}
