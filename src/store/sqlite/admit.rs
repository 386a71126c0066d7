//! What a visit brings: items, sightings, alerts and deliveries in one transaction.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::event::QueuedAlert;
use super::item::{self, StoredCandidate};
use super::story::{self, ItemStory, StoredProfiles};
use super::story_list;
use super::{Database, alerted, digest, event, flood, follow, lookup, sudden_visit};
use crate::alert::policy::{self, ItemRevision};
use crate::alert::{Alert, Hit, ItemAlert, Previous, StoryLink};
use crate::dedupe::{Verdict, judge};
use crate::item::{Item, derived};
use crate::store::{Admission, Admitted, Candidate, FollowSettlement, FollowUpdate, StoreError};
use crate::story::difference::changes;

pub(super) const BROUGHT_BEFORE: &str = "select count(*) from sighting where item = ?1 and source_id = ?2";

impl Database {
    /// Commits what a visit brings, all of it or nothing.
    ///
    /// Bodies are rendered inside the transaction, because they hold the number that their channel gives them
    /// there; that is computation alone.
    ///
    /// # Errors
    /// When the store cannot be written; nothing counts as seen then.
    pub(crate) async fn admit(&self, admission: Admission) -> Result<Admitted, StoreError> {
        self.in_place()?;
        let kept = self.events.clone();
        let (admitted, newest) = self
            .write(move |connection| {
                Box::pin(async move {
                    let mut profiles = StoredProfiles::with(kept.take());
                    let admitted = admit(connection, &mut profiles, admission).await;
                    kept.keep(profiles.events);
                    admitted
                })
            })
            .await?;
        self.announce_alerts(newest);
        Ok(admitted)
    }

    /// Makes the alerts of items that waited because of a flood; `numbers` are their rows, also of those that cannot be
    /// read.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn accept_held(&self, admission: Admission, numbers: Vec<i64>) -> Result<Admitted, StoreError> {
        let (admitted, newest) = self
            .write(move |connection| {
                Box::pin(async move {
                    flood::accept(connection, &admission.source.id, numbers).await?;
                    follow::queue_late(connection, &admission).await?;
                    sudden_visit::record(connection, &admission).await?;
                    let more = flood::holds_more(connection, &admission.source.id).await?;
                    let closes_at = sudden_visit::closes_at(connection, &admission, more).await?;
                    let came = missed(connection, &admission, closes_at).await?;
                    sudden_visit::subside(connection, &admission, more).await?;
                    Ok(came)
                })
            })
            .await?;
        self.announce_alerts(newest);
        Ok(admitted)
    }
}

async fn admit(
    connection: &mut SqliteConnection,
    profiles: &mut StoredProfiles,
    mut admission: Admission,
) -> Result<(Admitted, Option<i64>), StoreError> {
    let mut came = AdmissionProgress::default();
    if let Some(settle) = &admission.settle
        && !follow::stands(connection, settle).await?
    {
        // Somebody else has settled it meanwhile.
        return Ok((came.admitted, None));
    }
    if let Some(FollowSettlement { number, then: FollowUpdate::Attach { item, .. } }) = admission.settle {
        let placed = follow::attach(connection, &admission, item).await?;
        for (candidate, placed) in admission.candidates.iter().zip(&placed) {
            let story = story::place_again(connection, profiles, candidate, placed, admission.at).await?;
            announce(connection, &admission, candidate, (placed, &story), &mut came).await?;
        }
        follow::settle(connection, &FollowSettlement { number, then: FollowUpdate::Done }, None).await?;
        return Ok((came.admitted, came.newest));
    }
    let waiting = admission.candidates.iter().filter(|candidate| candidate.waits_for_page).count();
    came.admitted.followed = follow::queue(connection, &admission).await?;
    came.admitted.known = waiting - came.admitted.followed;
    admission.candidates.retain(|candidate| !candidate.waits_for_page);
    sudden_visit::record(connection, &admission).await?;
    // A visit itself knows whether it is a flood.
    if admission.is_flood || admission.at != admission.seen_at {
        came.flood = sudden_visit::closes_at(connection, &admission, false).await?;
    }
    bring(connection, profiles, &mut admission, &mut came).await?;
    if came.flood.is_some() {
        sudden_visit::subside(connection, &admission, false).await?;
    }
    Ok((came.admitted, came.newest))
}

/// What came of an admission so far, and its newest alert.
#[derive(Default)]
struct AdmissionProgress {
    admitted: Admitted,
    newest: Option<i64>,
    /// When the digest of the flood closes that the admission belongs to.
    flood: Option<Timestamp>,
}

/// Stores the items and makes their alerts.
async fn bring(
    connection: &mut SqliteConnection,
    profiles: &mut StoredProfiles,
    admission: &mut Admission,
    came: &mut AdmissionProgress,
) -> Result<(), StoreError> {
    judge_again(connection, admission).await?;
    let first_here = first_here(connection, admission).await?;
    let placed = item::place(connection, admission).await?;
    story::keep_texts(connection, &placed).await?;
    let at = admission.at;
    for ((candidate, placed), first_here) in admission.candidates.iter().zip(&placed).zip(first_here) {
        count(&mut came.admitted, candidate.verdict);
        if matches!(candidate.verdict, Verdict::Revised(_)) && policy::becomes_ticker(placed.edits) {
            let Item { address, title, .. } = &candidate.probe.item;
            came.admitted.tickers.push(address.as_ref().map_or_else(|| title.clone(), ToString::to_string));
        }
        if candidate.may_alert && (candidate.verdict != Verdict::Known(placed.item) || first_here) {
            let story = match candidate.verdict {
                Verdict::Revised(_) => story::place_again(connection, profiles, candidate, placed, at).await?,
                Verdict::New | Verdict::Known(_) => story::place(connection, profiles, candidate, placed, at).await?,
            };
            announce(connection, admission, candidate, (placed, &story), came).await?;
        }
    }
    came.admitted.held += flood::hold(connection, admission, &placed).await?;
    if let (Some(settle), Some(candidate)) = (&admission.settle, admission.candidates.first()) {
        let new = placed.first().filter(|_| candidate.verdict == Verdict::New);
        follow::settle(connection, settle, new.map(|placed| placed.item)).await?;
    }
    Ok(())
}

/// Alerts of known items that their watches missed; `flood` is when the digest closes in which they leave, none if they
/// leave alone.
pub(super) async fn missed(
    connection: &mut SqliteConnection,
    admission: &Admission,
    flood: Option<Timestamp>,
) -> Result<(Admitted, Option<i64>), StoreError> {
    let mut came = AdmissionProgress { flood, ..AdmissionProgress::default() };
    let profiles = &mut StoredProfiles::default();
    for candidate in &admission.candidates {
        if let Verdict::Known(item) = candidate.verdict {
            let placed = item::known(connection, item).await?;
            let story = story::place(connection, profiles, candidate, &placed, admission.at).await?;
            announce(connection, admission, candidate, (&placed, &story), &mut came).await?;
        }
    }
    Ok((came.admitted, came.newest))
}

/// Makes an alert of the hits that their watches have not alerted for.
async fn announce(
    connection: &mut SqliteConnection,
    admission: &Admission,
    candidate: &Candidate,
    (placed, story): (&StoredCandidate, &ItemStory),
    came: &mut AdmissionProgress,
) -> Result<(), StoreError> {
    if candidate.hits.is_empty() && candidate.hit_before.is_empty() {
        return Ok(());
    }
    let hits = not_alerted(connection, admission, candidate, (placed, story)).await?;
    if hits.is_empty() {
        came.admitted.copies += usize::from(story.copy_of.is_some() && placed.previous.is_none());
        return Ok(());
    }
    let mut alert = alert(admission, candidate, placed, hits);
    alert.story = Some(match story.is_alone {
        true => StoryLink::alone(story.id.clone(), admission.source.id.clone()),
        false => story_list::link(connection, &placed.id, &story.id).await?,
    });
    if let Some((number, deliveries)) = queue_deliveries(connection, admission, &alert, placed, came.flood).await? {
        came.admitted.alerts += 1;
        came.admitted.deliveries += deliveries;
        came.admitted.alerted.extend(alert.hits.iter().map(|hit| hit.watch.clone()));
        came.newest = Some(number);
    }
    Ok(())
}

/// Another visit may have brought the same text since this one asked: here, nobody comes in between.
async fn judge_again(connection: &mut SqliteConnection, admission: &mut Admission) -> Result<(), StoreError> {
    let new = |candidate: &&mut Candidate| candidate.verdict == Verdict::New;
    let probes: Vec<_> = admission.candidates.iter().filter(|c| c.verdict == Verdict::New).map(|c| &c.probe).collect();
    if probes.is_empty() {
        return Ok(());
    }
    // A row that cannot be read was reported when the visit asked first.
    let mut texts = lookup::Texts::default();
    let seen = lookup::seen(connection, &admission.source.id, probes, admission.at, &mut texts).await?;
    for (candidate, mut seen) in admission.candidates.iter_mut().filter(new).zip(seen) {
        seen.retain(|seen| !candidate.ruled_out.contains(&seen.item));
        candidate.verdict = match judge(&seen) {
            Verdict::New => Verdict::New,
            Verdict::Known(item) | Verdict::Revised(item) => Verdict::Known(item),
        };
    }
    Ok(())
}

/// For each candidate, whether this source brings a known item for the first time: then it may still alert, as
/// when it belonged to the baseline of another source.
async fn first_here(connection: &mut SqliteConnection, admission: &Admission) -> Result<Vec<bool>, StoreError> {
    let mut first = Vec::with_capacity(admission.candidates.len());
    for candidate in &admission.candidates {
        first.push(match candidate.verdict {
            Verdict::Known(item) if candidate.may_alert && !candidate.hits.is_empty() => {
                let before: i64 = sqlx::query_scalar(BROUGHT_BEFORE)
                    .bind(item)
                    .bind(admission.source.id.as_str())
                    .fetch_one(&mut *connection)
                    .await?;
                before == 0
            }
            _ => false,
        });
    }
    Ok(first)
}

fn count(admitted: &mut Admitted, verdict: Verdict) {
    match verdict {
        Verdict::New => admitted.new += 1,
        Verdict::Revised(_) => admitted.revised += 1,
        Verdict::Known(_) => admitted.known += 1,
    }
}

/// The hits that alert by [`policy`]; what the decisions remember is written down.
async fn not_alerted(
    connection: &mut SqliteConnection,
    admission: &Admission,
    candidate: &Candidate,
    (placed, story): (&StoredCandidate, &ItemStory),
) -> Result<Vec<Hit>, StoreError> {
    let revision = ItemRevision {
        id: &placed.id,
        hash: &candidate.probe.hash,
        revision: placed.revision,
        source: &admission.source.id,
        before: placed.previous.as_ref().map(|_| candidate.hit_before.as_slice()),
        new_title: placed.previous.as_ref().is_some_and(|item| item.title != candidate.probe.item.title),
        copy_of: story.copy_of.as_ref(),
        story: &story.id,
        left_copy: story.left_copy,
        edits: placed.edits,
    };
    let keys = revision.keys();
    let mut alerting = Vec::new();
    for hit in policy::hits(&candidate.hits, &candidate.hit_before) {
        let Some(watch) = admission.watches.watch(&hit.watch) else { continue };
        let remembered = alerted::remembered(connection, &watch.id, &keys).await?;
        let decision = policy::decide(watch, &hit, &revision, &remembered);
        alerted::remember(connection, &watch.id, &decision.remember, admission.at, placed.item).await?;
        if decision.alerts {
            alerting.push(hit);
        }
    }
    Ok(alerting)
}

fn alert(admission: &Admission, candidate: &Candidate, placed: &StoredCandidate, hits: Vec<Hit>) -> ItemAlert {
    let urgent = policy::is_urgent(&admission.watches, hits.iter().map(|hit| &hit.watch));
    let previous = placed.previous.as_ref().map(|item| Previous {
        revision: placed.revision - 1,
        title: item.title.clone(),
        summary: item.summary.clone(),
        changes: changes(item, &candidate.probe.item),
    });
    ItemAlert {
        id: placed.id.clone(),
        source: admission.source.id.clone(),
        item: candidate.probe.item.clone(),
        first_seen: placed.first_seen,
        revision: placed.revision,
        previous,
        hits,
        urgent,
        source_name: Some(admission.settings.names.source(admission.source.id.as_str()).to_owned()),
        story: None,
    }
}

/// Stores the alert and its deliveries: each channel gets the hits of the watches that name it.
async fn queue_deliveries(
    connection: &mut SqliteConnection,
    admission: &Admission,
    alert: &ItemAlert,
    placed: &StoredCandidate,
    flood: Option<Timestamp>,
) -> Result<Option<(i64, usize)>, StoreError> {
    let watches: Vec<&str> = alert.hits.iter().map(|hit| hit.watch.as_str()).collect();
    let revision = alert.revision.to_string();
    let mut parts = vec!["item", alert.id.as_str(), &revision, alert.source.as_str()];
    parts.extend(&watches);
    let whole = Alert::Item(Box::new(alert.clone()));
    let id = derived(&parts, 26);
    let Some(number) = event::insert(connection, &id, &whole, Some(placed.item), admission.at).await? else {
        return Ok(None);
    };
    let mut deliveries = 0;
    for (channel, part) in policy::by_channel(&admission.watches, &admission.channels, alert) {
        let (alert, settings, at) = (&Alert::Item(Box::new(part)), &admission.settings, admission.at);
        let queued = QueuedAlert { id: &id, number, alert, channel, settings, at };
        deliveries += digest::queue(connection, &queued, flood).await?;
    }
    Ok(Some((number, deliveries)))
}
