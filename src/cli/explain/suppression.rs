//! Finds why a watch that matches an item did not alert for it.

use jiff::{SignedDuration, Timestamp};

use crate::alert::WatchId;
use crate::clock::later;
use crate::item::ItemId;
use crate::source::SourceId;
use crate::store::{ItemHistory, RelatedAlert};
use crate::watch::{OncePer, Watch};

/// Why a watch that matches an item did not alert for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Suppression {
    /// The alerts of the item wait because of a flood at this source.
    Held(SourceId),
    /// It copies the text of an item for which the watch alerted.
    Copy(ItemId, Timestamp),
    /// The watch alerted for another item of its story, and alerts once per story.
    Story(ItemId, Timestamp),
    /// It was listed only at quiet first visits, or its alerts were suppressed.
    Baseline(SourceId),
    /// The watch was added later.
    AddedLater(Timestamp),
    /// Alerts of that time are deleted by now.
    Expired,
    /// The watch or the text has changed since.
    Changed,
}

impl Suppression {
    /// The reason for this watch; `added` is since when it is configured.
    pub(super) fn of(
        watch: &Watch,
        history: &ItemHistory,
        added: Option<Timestamp>,
        kept: SignedDuration,
        now: Timestamp,
    ) -> Self {
        if let Some(source) = history.held_by.first() {
            return Self::Held(source.clone());
        }
        if let Some((root, at)) = copied(&watch.id, history).filter(|_| watch.once_per != OncePer::Item) {
            return Self::Copy(root, at);
        }
        let alerted = |related: &&RelatedAlert| related.watches.contains(&watch.id);
        if let Some(related) = history.related.iter().find(alerted).filter(|_| watch.once_per == OncePer::Story) {
            return Self::Story(related.item.clone(), related.at);
        }
        if let Some(first) = history.sightings.first().filter(|_| history.sightings.iter().all(|s| s.baseline)) {
            return Self::Baseline(first.source.clone());
        }
        match added.filter(|added| *added > history.stored.first_seen) {
            Some(added) => Self::AddedLater(added),
            None if history.stored.first_seen < later(now, -kept) => Self::Expired,
            None => Self::Changed,
        }
    }

    /// The reason in one word.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Held(_) => "held",
            Self::Copy(..) => "copy",
            Self::Story(..) => "story",
            Self::Baseline(_) => "first_visit",
            Self::AddedLater(_) => "added_later",
            Self::Expired => "expired",
            Self::Changed => "changed",
        }
    }

    /// The item for which the watch alerted instead.
    pub(super) fn instead(&self) -> Option<&ItemId> {
        match self {
            Self::Copy(item, _) | Self::Story(item, _) => Some(item),
            _ => None,
        }
    }

    /// The reason in one sentence; `time` writes an instant.
    pub(super) fn text(&self, time: impl Fn(Timestamp) -> String) -> String {
        match self {
            Self::Held(source) => format!(
                "waits since a redesign of {source}: run marsad sources accept {source}, or marsad sources discard {source}"
            ),
            Self::Copy(item, at) => format!("suppressed: a copy of {item}, for whose text it alerted {}", time(*at)),
            Self::Story(item, at) => {
                format!("suppressed: once_per = \"story\", and it alerted for {item} of the same story {}", time(*at))
            }
            Self::Baseline(source) => {
                format!("suppressed: {source} listed it at its quiet first visit, or when its layout had changed")
            }
            Self::AddedLater(at) => format!("no alert: the watch was added {}, after the item came", time(*at)),
            Self::Expired => "unknown: alerts of that time are deleted (`retention.deliveries`)".to_owned(),
            Self::Changed => "no alert: it matches now, but did not when the item came; the watch or the text has \
                              changed since, or the watch has alerted for the same text before"
                .to_owned(),
        }
    }
}

/// The text that an item copies, if the watch alerted for it or for another copy of it.
fn copied(watch: &WatchId, history: &ItemHistory) -> Option<(ItemId, Timestamp)> {
    let (root, _) = history.placement.as_ref()?.copy_of.as_ref()?;
    let of_text = |related: &&RelatedAlert| related.item == *root || related.copy_of.as_ref() == Some(root);
    let alerted = history.related.iter().filter(of_text).find(|related| related.watches.contains(watch))?;
    Some((root.clone(), alerted.at))
}
